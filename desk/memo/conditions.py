"""The conditions of a memo, as checklists: before, with and after; who is bound, for which items, by when."""

from __future__ import annotations

from dataclasses import dataclass

from ...engine.decision import ConditionStatus, ItemDecision, cited, once, standing
from ...engine.wording import joined
from ...languages.words import AND
from ...rendering.phrases import stage_words
from ...rendering.report import Block, Entry, Heading, Paragraph, Points
from .naming import GO, Naming, within


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
            title = stage_words(stage, decision.direction)
            entries = tuple(_entry(naming, a, several=len(decision.items) > 1) for a in some)
            blocks += [Heading(3, title[:1].upper() + title[1:]), Points(entries, boxes=True)]
    if not found:
        blocks.append(Paragraph("No condition arises."))
    if found:
        blocks = [*_gateways(decision.items), *blocks]
    shut = [f"`{i.id}`" for i in decision.items if i.outcome == "deny"]
    if shut and found:
        blocks.append(
            Paragraph(f"None arises for {', '.join(shut)}, which may not {GO[decision.direction]}.", quiet=True)
        )
    return blocks + _duties(naming)


def _gateways(items: tuple[ItemDecision, ...]) -> list[Block]:
    """Whose conditions these are, where there is more than one gateway or none is sure."""
    said = [f"`{i.id}` under `{i.gateways[0].rule}`" for i in items if len(i.gateways) > 1]
    blocks: list[Block] = []
    if any(i.outcome == "undetermined" for i in items):
        blocks.append(Paragraph("Whether it may be done at all is not known yet; these would then be the conditions."))
    if said:
        blocks.append(Paragraph(f"Of the gateways, the one that asks least is taken: {joined(said, AND)}."))
    return blocks


def _entry(naming: Naming, asked: Asked, *, several: bool) -> Entry:
    c = asked.condition
    parts = [f"Bound: {naming.bound(c.bound)}"]
    if several:
        parts.append(f"for {', '.join(f'`{i}`' for i in asked.items)}")
    if c.due:
        parts.append(within(c.due, naming.decision.as_of))
    if c.until:
        parts.append(f"until {c.until}")
    remarks = ["; ".join(parts) + "."]
    if c.status == "met":
        remarks.append(f"Met, as stated: {', '.join(naming.fact(f).lower() for f in c.met_by)}.")
    elif c.status == "contingent":
        remarks.append(f"Applies only depending on: {', '.join(naming.fact(f).lower() for f in c.depends_on)}.")
    return Entry(c.text, c.status, asked.cited, tuple(remarks))


def _duties(naming: Naming) -> list[Block]:
    """Duties to send, with the day by which it has to go."""
    entries = [
        Entry(
            f"`{item.id}` {'must' if duty.truth == 'true' else 'may have to'} be sent"
            f"{f', {within(duty.due, naming.decision.as_of)}' if duty.due else ''}: {duty.title}",
            "outstanding",
            cited(duty.sources),
        )
        for item in naming.decision.items
        for duty in item.duties
    ]
    return [Heading(3, "Duty to send"), Points(tuple(entries), boxes=True)] if entries else []
