"""Roads and packages as blocks for any format."""

from __future__ import annotations

from ..engine.decision import cited
from ..engine.wording import OUTCOMES, duration_words, of_direction, raised
from ..languages.words import changed, count, fill, listed, say
from ..rendering.phrases import condition_words, headline, of_item, stage_words
from ..rendering.report import Block, Entry, Heading, Paragraph, Points
from .marks import Mark
from .package import GUIDELINES, Going, Package
from .receiving import Act, Breach, Receiving
from .relays import Relay
from .routes import Need, Road, Routes
from .words import conditions_words

_KEPT = {"by_law": "met", "undertaken": "outstanding", "not_kept": "failed", "not_known": "contingent"}
_STEP = {
    "allow": "met",
    "conditions": "outstanding",
    "undetermined": "contingent",
    "not_encoded": "contingent",
    "deny": "failed",
}
_TITLES = {
    "outgoing": say("PACKAGE: {case}"),
    "use": say("USE: {case}"),
    "onward": say("PASSING ON: {case}"),
}
_NOW = {
    "outgoing": say("{item}: may go now"),
    "use": say("{item}: may be used now"),
    "onward": say("{item}: may be passed on now"),
}
_THEN = {
    "outgoing": say("{item}: may go once this is done"),
    "use": say("{item}: may be used once this is done"),
    "onward": say("{item}: may be passed on once this is done"),
}


def routes_blocks(found: Routes) -> list[Block]:
    """The roads, best first, then the ways round."""
    blocks: list[Block] = [
        Heading(1, say("ROADS: {case}", case=found.case), found.outcome),
        Paragraph(say("As stated: {answer}", answer=found.short)),
    ]
    good = [r for r in found.roads if r.outcome in ("allow", "conditions")]
    partly = [r for r in found.roads if r not in good and any(o in ("allow", "conditions") for o in r.items.values())]
    rest = [r for r in found.roads if r not in good and r not in partly]
    groups = (
        (say("Roads that are open"), good),
        (say("Open for some items"), partly),
        (say("Roads that may be open, once more is known"), rest),
    )
    for title, roads in groups:
        if roads:
            blocks.append(Heading(2, title))
            for number, road in enumerate(roads, 1):
                blocks += _road(road, number)
    if not found.roads:
        blocks.append(Paragraph(say("No road was found that the law encoded here leaves open.")))
    if found.more:
        more = count(
            "{n} further combination behind these; --most shows more.",
            "{n} further combinations behind these; --most shows more.",
            found.more,
        )
        blocks.append(Paragraph(more, quiet=True))
    if found.relays:
        blocks.append(Heading(2, say("Ways round, step by step")))
        for relay in found.relays:
            blocks += _relay(relay)
    return blocks


def _road(road: Road, number: int) -> list[Block]:
    entries = []
    if road.differs:
        entries.append(Entry(say("otherwise than stated: {facts}", facts=listed(road.differs)), "warning"))
    if len(set(road.items.values())) > 1:
        entries.append(Entry(listed(of_item(i, OUTCOMES[o]) for i, o in road.items.items()), "point"))
    entries += [_need(n) for n in road.needs]
    if road.missing:
        entries.append(Entry(_to_find_out(road.missing, 5), "contingent"))
    if road.limit:
        limit = say("time limit that the law states: {time}", time=duration_words(road.limit))
        entries.append(Entry(limit, "point"))
    if not road.needs and not road.missing:
        entries.append(Entry(say("needs nothing further"), "met"))
    entries.append(Entry(say("rests on {rules}", rules=", ".join(road.rules)), "point", cited(road.sources)))
    said = {"number": number, "road": road.text}
    title = say("{number}. {road} (as stated)", **said) if road.as_stated else say("{number}. {road}", **said)
    return [Heading(3, title), Points(tuple(entries))]


def _to_find_out(facts: tuple[str, ...], shown: int) -> str:
    first, more = ", ".join(facts[:shown]), len(facts) - shown
    if more > 0:
        return count(
            "to be found out: {facts} and {n} more", "to be found out: {facts} and {n} more", more, facts=first
        )
    return say("to be found out: {facts}", facts=first)


def _need(need: Need, direction: str = "outgoing") -> Entry:
    mark = "outstanding" if need.status == "outstanding" else "contingent"
    return Entry(condition_words(need, direction), mark, cited([need.source, *need.further]))


def _relay(relay: Relay) -> list[Block]:
    said = (
        say("not every step is encoded here") if relay.outcome == "not_encoded" else headline(relay.outcome, "outgoing")
    )
    entries = []
    for number, step in enumerate(relay.steps, 1):
        remarks = [step.short]
        if step.conditions:
            number_of = conditions_words(len(step.conditions))
            remarks.append(say("{number}: {conditions}", number=number_of, conditions=", ".join(step.conditions)))
        if step.missing:
            remarks.append(count("{n} fact to be found out", "{n} facts to be found out", len(step.missing)))
        text = say("{number}. {step} (law of {state})", number=number, step=step.text, state=step.law)
        entries.append(Entry(text, _STEP[step.outcome], cited(step.sources), tuple(remarks)))
    return [Heading(3, say("through {bodies}: {verdict}", bodies=relay.through, verdict=said)), Points(tuple(entries))]


# -- package --------------------------------------------------------------------------------------------------


def package_blocks(found: Package) -> list[Block]:
    """What may go now, what stays, and what goes with it."""
    title = fill(_TITLES[found.direction], case=found.case)
    blocks: list[Block] = [Heading(1, title, found.outcome), Paragraph(found.short)]
    for item in found.going:
        blocks += _going(item, found.direction)
    for left in found.staying:
        entries = [Entry(left.reason, "failed" if left.outcome == "deny" else "contingent", cited(left.sources))]
        if left.missing:
            entries.append(Entry(_to_find_out(left.missing, 6), "contingent"))
        blocks += [
            Heading(2, of_item(left.id, _stays(found.direction, left.outcome)), left.outcome),
            Points(tuple(entries)),
        ]
    if found.receiving is not None:
        blocks += receiving_blocks(found.receiving)
    if found.follow_up:
        entries = [Entry(f.text, "point", say("guideline {number}", number=f.guideline)) for f in found.follow_up]
        blocks += [Heading(2, say("What could follow ({guidelines})", guidelines=GUIDELINES)), Points(tuple(entries))]
    return blocks


def _stays(direction: str, outcome: str) -> str:
    return say("stays") if direction == "outgoing" else headline(outcome, direction)


def _going(item: Going, direction: str) -> list[Block]:
    title = fill(of_direction(_NOW if item.now else _THEN, direction), item=item.id)
    blocks: list[Block] = [Heading(2, title, item.outcome)]
    if item.contradictions:
        wrong = tuple(Entry(c.text, "warning", cited(c.sources)) for c in item.contradictions)
        blocks += [Heading(3, say("Marks that contradict")), Points(wrong)]
    for stage, needs in (("before", item.before), ("with", item.with_), ("after", item.after)):
        if needs:
            title = changed(stage_words(stage, direction), raised)
            blocks += [Heading(3, title), Points(tuple(_need(n, direction) for n in needs))]
    if item.marks:
        marks = (Entry(_mark(m), "met" if m.stated else "outstanding", cited([m.source]), m.words) for m in item.marks)
        blocks += [Heading(3, say("Marks it must carry")), Points(tuple(marks))]
    blocks += (
        [Points((Entry(say("rests on {rules}", rules=item.rule), "point", cited(item.sources)),))] if item.rule else []
    )
    return blocks


def _mark(mark: Mark) -> str:
    if mark.code == "caveat":
        return say("caveat: {text}", text=mark.text)
    return say("{mark}: {text}", mark=mark.code, text=mark.text)


def receiving_blocks(found: Receiving) -> list[Block]:
    """The receiver's side."""
    blocks: list[Block] = [Heading(2, say("At the receiving end")), Paragraph(found.short)]
    if found.conditions:
        kept = tuple(_kept(c) for c in found.conditions)
        blocks += [Heading(3, say("Conditions it would have to keep")), Points(kept)]
    if found.acts:
        acts = tuple(_act(a) for a in found.acts)
        blocks += [Heading(3, say("What the law of the receiver says")), Points(acts)]
    return blocks


def _kept(condition: Breach) -> Entry:
    text = say("{condition}: {because}", condition=condition.text, because=condition.because)
    return Entry(text, _KEPT[condition.kept], cited(condition.sources or [condition.source]))


def _act(act: Act) -> Entry:
    return Entry(say("{item}, {act}: {answer}", item=act.item, act=act.act, answer=act.short), _STEP[act.outcome])
