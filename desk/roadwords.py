"""Roads and packages as blocks for any format."""

from __future__ import annotations

from collections.abc import Iterable

from ..engine.wording import GO
from ..rendering.report import Block, Entry, Heading, Paragraph, Points, bound_words, headline, stage_words
from .package import GUIDELINES, Going, Package
from .receiving import Receiving
from .relays import Relay
from .routes import Need, Road, Routes
from .words import cited, counted

_KEPT = {"by_law": "met", "undertaken": "outstanding", "not_kept": "failed", "not_known": "contingent"}
_STEP = {
    "allow": "met",
    "conditions": "outstanding",
    "undetermined": "contingent",
    "not_encoded": "contingent",
    "deny": "failed",
}


def routes_blocks(found: Routes) -> list[Block]:
    """The roads, best first, then the ways round."""
    blocks: list[Block] = [Heading(1, f"ROADS: {found.case}", found.outcome), Paragraph(f"As stated: {found.short}")]
    good = [r for r in found.roads if r.outcome in ("allow", "conditions")]
    partly = [r for r in found.roads if r not in good and any(o in ("allow", "conditions") for o in r.items.values())]
    rest = [r for r in found.roads if r not in good and r not in partly]
    groups = (
        ("Roads that are open", good),
        ("Open for some items", partly),
        ("Roads that may be open, once more is known", rest),
    )
    for title, roads in groups:
        if roads:
            blocks.append(Heading(2, title))
            for number, road in enumerate(roads, 1):
                blocks += _road(road, number)
    if not found.roads:
        blocks.append(Paragraph("No road was found that the law encoded here leaves open."))
    if found.more:
        blocks.append(
            Paragraph(f"{counted(found.more, 'further combination')} behind these; --most shows more.", quiet=True)
        )
    if found.relays:
        blocks.append(Heading(2, "Ways round, step by step"))
        for relay in found.relays:
            blocks += _relay(relay)
    return blocks


def _road(road: Road, number: int) -> list[Block]:
    here = " (as stated)" if road.as_stated else ""
    entries = [Entry(f"otherwise than stated: {', '.join(road.differs)}", "warning")] if road.differs else []
    if len(set(road.items.values())) > 1:
        entries.append(Entry(", ".join(f"{i}: {o}" for i, o in road.items.items()), "point"))
    entries += [_need(n) for n in road.needs]
    if road.missing:
        more = f" and {len(road.missing) - 5} more" if len(road.missing) > 5 else ""
        entries.append(Entry(f"to be found out: {', '.join(road.missing[:5])}{more}", "contingent"))
    if road.limit:
        entries.append(Entry(f"time limit that the law states: {road.limit}", "point"))
    if not road.needs and not road.missing:
        entries.append(Entry("needs nothing further", "met"))
    entries.append(Entry(f"rests on {', '.join(road.rules)}", "point", cited(road.sources)))
    return [Heading(3, f"{number}. {road.text}{here}"), Points(tuple(entries))]


def _need(need: Need, direction: str = "outgoing") -> Entry:
    due = f", within {need.due}" if need.due else ""
    mark = "outstanding" if need.status == "outstanding" else "contingent"
    when, who = stage_words(need.stage, direction), bound_words(need.bound, direction)
    return Entry(f"{need.text} ({when}, {who}{due})", mark, cited([need.source, *need.further]))


def _relay(relay: Relay) -> list[Block]:
    said = "not every step is encoded here" if relay.outcome == "not_encoded" else headline(relay.outcome, "outgoing")
    entries = []
    for number, step in enumerate(relay.steps, 1):
        remarks = [step.short]
        if step.conditions:
            remarks.append(f"{counted(len(step.conditions), 'condition')}: {', '.join(step.conditions)}")
        if step.missing:
            remarks.append(f"{counted(len(step.missing), 'fact')} to be found out")
        text = f"{number}. {step.text} (law of {step.law})"
        entries.append(Entry(text, _STEP[step.outcome], cited(step.sources), tuple(remarks)))
    return [Heading(3, f"through {relay.through}: {said}"), Points(tuple(entries))]


# -- package --------------------------------------------------------------------------------------------------


def package_blocks(found: Package) -> list[Block]:
    """What may go now, what stays, and what goes with it."""
    verb = {"outgoing": "PACKAGE", "use": "USE", "onward": "PASSING ON"}[found.direction]
    blocks: list[Block] = [Heading(1, f"{verb}: {found.case}", found.outcome), Paragraph(found.short)]
    for item in found.going:
        blocks += _going(item, found.direction)
    for left in found.staying:
        entries = [Entry(left.reason, "failed" if left.outcome == "deny" else "contingent", cited(left.sources))]
        if left.missing:
            entries.append(Entry(f"to be found out: {', '.join(left.missing[:6])}", "contingent"))
        blocks += [
            Heading(2, f"{left.id}: {_stays(found.direction, left.outcome)}", left.outcome),
            Points(tuple(entries)),
        ]
    if found.receiving is not None:
        blocks += receiving_blocks(found.receiving)
    if found.follow_up:
        entries = [Entry(f.text, "point", f"guideline {f.guideline}") for f in found.follow_up]
        blocks += [Heading(2, f"What could follow ({GUIDELINES})"), Points(tuple(entries))]
    return blocks


def _stays(direction: str, outcome: str) -> str:
    return "stays" if direction == "outgoing" else headline(outcome, direction)


def _going(item: Going, direction: str) -> list[Block]:
    go = GO[direction]
    title = f"may {go} now" if item.now else f"may {go} once this is done"
    blocks: list[Block] = [Heading(2, f"{item.id}: {title}", item.outcome)]
    if item.contradictions:
        wrong = tuple(Entry(c.text, "warning", cited(c.sources)) for c in item.contradictions)
        blocks += [Heading(3, "Marks that contradict"), Points(wrong)]
    for stage, needs in (("before", item.before), ("with", item.with_), ("after", item.after)):
        if needs:
            title = stage_words(stage, direction).capitalize()
            blocks += [Heading(3, title), Points(tuple(_need(n, direction) for n in needs))]
    if item.marks:
        marks = (
            Entry(f"{_code(m.code)}{m.text}", "met" if m.stated else "outstanding", cited([m.source]), m.words)
            for m in item.marks
        )
        blocks += [Heading(3, "Marks it must carry"), Points(tuple(marks))]
    blocks += [Points((Entry(f"rests on {item.rule}", "point", cited(item.sources)),))] if item.rule else []
    return blocks


def _code(code: str) -> str:
    return "caveat: " if code == "caveat" else f"{code}: "


def receiving_blocks(found: Receiving) -> list[Block]:
    """The receiver's side."""
    entries: Iterable[Entry] = (
        Entry(f"{c.text}: {c.because}", _KEPT[c.kept], cited(c.sources or [c.source])) for c in found.conditions
    )
    blocks: list[Block] = [Heading(2, "At the receiving end"), Paragraph(found.short)]
    if found.conditions:
        blocks += [Heading(3, "Conditions it would have to keep"), Points(tuple(entries))]
    if found.acts:
        acts = (Entry(f"{a.item}, {a.act}: {a.short}", _STEP[a.outcome]) for a in found.acts)
        blocks += [Heading(3, "What the law of the receiver says"), Points(tuple(acts))]
    return blocks
