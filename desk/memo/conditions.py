"""The conditions of a memo, as checklists: before, with and after; who is bound, for which items, by when."""

from __future__ import annotations

from dataclasses import dataclass

from ...engine.decision import ConditionStatus, Duty, ItemDecision, cited, once, standing
from ...engine.wording import joined, of_direction, raised
from ...languages.words import AND, SEMICOLON, changed, fill, listed, say
from ...rendering.phrases import stage_words
from ...rendering.report import Block, Entry, Heading, Paragraph, Points
from .naming import Naming, within

NONE_FOR = {
    "outgoing": say("None arises for {items}, which may not go."),
    "use": say("None arises for {items}, which may not be used."),
    "onward": say("None arises for {items}, which may not be passed on."),
}
_NOT_YET = say("Whether it may be done at all is not known yet; these would then be the conditions.")


@dataclass(frozen=True)
class Asked:
    """A condition, and the items it concerns."""

    condition: ConditionStatus
    items: tuple[str, ...]

    @property
    def cited(self) -> str:
        """Its provisions."""
        return cited([self.condition.source, *self.condition.further])


def asked(items: tuple[ItemDecision, ...]) -> list[Asked]:
    """The conditions of the gateway that asks least, and those that are met, over all items that may go or may yet go."""
    found: dict[tuple[str, str, str], tuple[list[ConditionStatus], list[str]]] = {}
    for item in items:
        for c in standing(item):
            conditions, names = found.setdefault((c.id, c.text, c.status), ([], []))
            conditions.append(c)
            names.append(item.id)
    return [Asked(once(conditions)[0], tuple(names)) for conditions, names in found.values()]


def checklists(naming: Naming) -> list[Block]:
    """The conditions section."""
    decision = naming.decision
    found = asked(decision.items)
    blocks: list[Block] = []
    for stage in ("before", "with", "after"):
        some = [a for a in found if a.condition.stage == stage]
        if some:
            title = changed(stage_words(stage, decision.direction), raised)
            entries = tuple(_entry(naming, a, several=len(decision.items) > 1) for a in some)
            blocks += [Heading(3, title), Points(entries, boxes=True)]
    if not found:
        blocks.append(Paragraph(say("No condition arises.")))
    if found:
        blocks = [*_gateways(decision.items), *blocks]
    shut = [f"`{i.id}`" for i in decision.items if i.outcome == "deny"]
    if shut and found:
        none = fill(of_direction(NONE_FOR, decision.direction), items=", ".join(shut))
        blocks.append(Paragraph(none, quiet=True))
    return blocks + _duties(naming)


def _gateways(items: tuple[ItemDecision, ...]) -> list[Block]:
    """Whose conditions these are, where there is more than one gateway or none is sure."""
    said = [say("`{item}` under `{rule}`", item=i.id, rule=i.gateways[0].rule) for i in items if len(i.gateways) > 1]
    blocks: list[Block] = []
    if any(i.outcome == "undetermined" for i in items):
        blocks.append(Paragraph(_NOT_YET))
    if said:
        blocks.append(
            Paragraph(say("Of the gateways, the one that asks least is taken: {gateways}.", gateways=joined(said, AND)))
        )
    return blocks


def _entry(naming: Naming, asked: Asked, *, several: bool) -> Entry:
    c = asked.condition
    parts: list[str] = [say("Bound: {who}", who=naming.bound(c.bound))]
    if several:
        parts.append(say("for {items}", items=", ".join(f"`{i}`" for i in asked.items)))
    if c.due:
        parts.append(within(c.due, naming.decision.as_of))
    if c.until:
        parts.append(say("until {end}", end=c.until))
    remarks = [say("{sentence}.", sentence=listed(parts, SEMICOLON))]
    if c.status == "met":
        remarks.append(say("Met, as stated: {facts}.", facts=listed(naming.inner_fact(f) for f in c.met_by)))
    elif c.status == "contingent":
        depends = listed(naming.inner_fact(f) for f in c.depends_on)
        remarks.append(say("Applies only depending on: {facts}.", facts=depends))
    return Entry(c.text, c.status, asked.cited, tuple(remarks))


def _duties(naming: Naming) -> list[Block]:
    """Duties to send, with the day by which it has to go."""
    entries = [
        Entry(_duty(naming, item.id, duty), "outstanding", cited(duty.sources))
        for item in naming.decision.items
        for duty in item.duties
    ]
    return [Heading(3, say("Duty to send")), Points(tuple(entries), boxes=True)] if entries else []


def _duty(naming: Naming, item: str, duty: Duty) -> str:
    said = {"item": item, "duty": duty.title}
    if not duty.due:
        return (
            say("`{item}` must be sent: {duty}", **said)
            if duty.truth == "true"
            else say("`{item}` may have to be sent: {duty}", **said)
        )
    limit = within(duty.due, naming.decision.as_of)
    if duty.truth == "true":
        return say("`{item}` must be sent, {limit}: {duty}", limit=limit, **said)
    return say("`{item}` may have to be sent, {limit}: {duty}", limit=limit, **said)
