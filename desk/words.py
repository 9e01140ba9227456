"""What the desk finds, as blocks for any format."""

from __future__ import annotations

from ..engine.decision import Outcome, cited
from ..engine.wording import OUTCOMES, of_direction
from ..languages.words import Phrase, count, fill, say, term
from ..rendering.phrases import of_item
from ..rendering.report import Block, Entry, Heading, Paragraph, Points
from .compare import Comparison
from .whatif import Change, Way, WhatIf

_THEN = {
    "outgoing": {
        "allow": say("{changes}: then it may be sent"),
        "conditions": say("{changes}: then it may be sent, on {conditions}"),
        "some": say("{changes}: then it may be sent on conditions"),
    },
    "use": {
        "allow": say("{changes}: then it may be used"),
        "conditions": say("{changes}: then it may be used, on {conditions}"),
        "some": say("{changes}: then it may be used on conditions"),
    },
    "onward": {
        "allow": say("{changes}: then it may be passed on"),
        "conditions": say("{changes}: then it may be passed on, on {conditions}"),
        "some": say("{changes}: then it may be passed on on conditions"),
    },
}
_STAYS: dict[Outcome, Phrase] = {
    "allow": say("still allow, with something changed"),
    "conditions": say("still conditions, with something changed"),
    "deny": say("still deny, with something changed"),
    "undetermined": say("still undetermined, with something changed"),
}
STATES = {
    "met": term("condition", "met"),
    "outstanding": term("condition", "outstanding"),
    "contingent": term("condition", "contingent"),
    "absent": term("condition", "absent"),
}


def conditions_words(number: int) -> Phrase:
    """How many conditions."""
    return count("{n} condition", "{n} conditions", number)


# -- what-if --------------------------------------------------------------------------------------------------


def whatif_blocks(answer: WhatIf) -> list[Block]:
    """The smallest changes, item by item."""
    blocks: list[Block] = [
        Heading(1, say("WHAT IF: {case}", case=answer.case), answer.outcome),
        Paragraph(answer.short),
    ]
    if answer.outcome in ("allow", "conditions"):
        nothing = say("Nothing has to change for it to go; `mayshare check` lists the conditions.")
        return [*blocks, Paragraph(nothing)]
    for item in dict.fromkeys(w.item for w in answer.ways):
        ways = [w for w in answer.ways if w.item == item]
        title = say("{item}: what would let it go", item=item) if item else say("What could go at once")
        blocks.append(Heading(2, title))
        for number, way in enumerate(ways, 1):
            blocks += _way(way, number if len(ways) > 1 else 0, answer.direction)
    for name in answer.hopeless:
        blocks += [
            Heading(2, say("{item}: no change found", item=name)),
            Paragraph(say("Nothing within reach was found that would change it.")),
        ]
    for name in answer.too_open:
        text = say("Too much is not known to say what the smallest change is. `mayshare ask` asks for what decides.")
        blocks += [Heading(2, say("{item}: too much is not known", item=name)), Paragraph(text)]
    return [*blocks, Paragraph(_CHECKED, quiet=True)] if answer.ways else blocks


_CHECKED = say(
    "Each way was checked by deciding the changed case again. What is to be found out has to be true; it is no choice."
)


def _way(way: Way, number: int, direction: str) -> list[Block]:
    changes = count("{n} change", "{n} changes", len(way.changes))
    counted = way.outcome == "conditions" and way.outstanding
    words = of_direction(_THEN, direction)[
        "conditions" if counted else "some" if way.outcome == "conditions" else "allow"
    ]
    title = fill(words, changes=changes, conditions=conditions_words(way.outstanding))
    entries = [Entry(_change(c, about=way.item), "outstanding") for c in way.changes]
    if way.rule:
        entries.append(Entry(say("rests then on {rule}", rule=way.rule), "point", cited(way.sources)))
    if way.presumes:
        presumed = say("taken to hold for the new authority too: {facts}", facts=", ".join(way.presumes))
        entries.append(Entry(presumed, "warning"))
    if way.item and way.case_outcome not in ("allow", "conditions"):
        kept = say("another item still keeps the case as a whole at `{outcome}`", outcome=OUTCOMES[way.case_outcome])
        entries.append(Entry(kept, "warning"))
    return [Heading(3, say("{number}. {text}", number=number, text=title) if number else title), Points(tuple(entries))]


def _change(change: Change, about: str | None = None) -> str:
    return of_item(change.item if change.item != about else None, change.text)


def comparison_blocks(found: Comparison) -> list[Block]:
    """Both answers side by side."""
    blocks: list[Block] = [
        Heading(1, _verdict(found), found.after.outcome),
        Points(tuple(Entry(_change(c), "outstanding") for c in found.changes)),
        Paragraph(say("Before: {answer}", answer=found.before.short)),
        Paragraph(say("After: {answer}", answer=found.after.short)),
    ]
    moved = [i for i in found.items if i.before != i.after]
    if len(found.items) > 1 and moved:
        entries = tuple(
            Entry(say("{item}: {before} → {after}", item=i.id, before=OUTCOMES[i.before], after=OUTCOMES[i.after]))
            for i in moved
        )
        blocks += [Heading(2, say("Items")), Points(entries)]
    if found.conditions:
        blocks += [Heading(2, say("Conditions")), Points(_moves(found))]
    return blocks


def _verdict(found: Comparison) -> str:
    before, after = found.before.outcome, found.after.outcome
    if found.before == found.after:
        verdict = say("the answer stays")
    elif before == after:
        verdict = _STAYS[after]
    else:
        verdict = say("{before} becomes {after}", before=OUTCOMES[before], after=OUTCOMES[after])
    return say("WHAT IF: {case}", case=verdict)


def _moves(found: Comparison) -> tuple[Entry, ...]:
    marks = {"met": "met", "outstanding": "outstanding", "contingent": "contingent", "absent": "failed"}
    several = len(found.items) > 1
    entries = []
    for move in found.conditions:
        text = say(
            "{condition} ({before} → {after})",
            condition=move.text,
            before=STATES[move.before],
            after=STATES[move.after],
        )
        entries.append(Entry(of_item(move.item if several else None, text), marks[move.after]))
    return tuple(entries)
