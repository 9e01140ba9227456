"""What the desk finds, as blocks for any format."""

from __future__ import annotations

from collections.abc import Iterable

from ..engine.decision import SourceText
from ..rendering.report import Block, Entry, Heading, Paragraph, Points, headline
from .compare import Comparison
from .whatif import Way, WhatIf


def cited(sources: Iterable[SourceText | None]) -> str:
    """Provisions in a line."""
    return "; ".join(dict.fromkeys(str(s) for s in sources if s is not None))


def counted(number: int, thing: str) -> str:
    """`1 condition`, `2 conditions`, `no condition`."""
    return f"{number or 'no'} {thing}{'s' if number > 1 else ''}"


# -- what-if --------------------------------------------------------------------------------------------------


def whatif_blocks(answer: WhatIf) -> list[Block]:
    """The smallest changes, item by item."""
    blocks: list[Block] = [Heading(1, f"WHAT IF: {answer.case}", answer.outcome), Paragraph(answer.short)]
    if answer.outcome in ("allow", "conditions"):
        blocks.append(Paragraph("Nothing has to change for it to go; `mayshare check` lists the conditions."))
        return blocks
    for item in dict.fromkeys(w.item for w in answer.ways):
        ways = [w for w in answer.ways if w.item == item]
        title = f"{item}: what would let it go" if item else "What could go at once"
        blocks.append(Heading(2, title))
        for number, way in enumerate(ways, 1):
            blocks += _way(way, number if len(ways) > 1 else 0, answer.direction)
    for name in answer.hopeless:
        blocks += [
            Heading(2, f"{name}: no change found"),
            Paragraph("Nothing within reach was found that would change it."),
        ]
    for name in answer.too_open:
        text = "Too much is not known to say what the smallest change is. `mayshare ask` asks for what decides."
        blocks += [Heading(2, f"{name}: too much is not known"), Paragraph(text)]
    if answer.ways:
        blocks.append(
            Paragraph(
                "Each way was checked by deciding the changed case again. What is to be found out "
                "has to be true; it is no choice.",
                quiet=True,
            )
        )
    return blocks


def _way(way: Way, number: int, direction: str) -> list[Block]:
    lead = f"{number}. " if number else ""
    title = f"{lead}{counted(len(way.changes), 'change')}: then it {headline(way.outcome, direction)}"
    if way.outcome == "conditions" and way.outstanding:
        may = headline("allow", direction)
        title = (
            f"{lead}{counted(len(way.changes), 'change')}: then it {may}, on {counted(way.outstanding, 'condition')}"
        )
    entries = [
        Entry(f"{f'{c.item}: ' if c.item and way.item != c.item else ''}{c.text}", "outstanding") for c in way.changes
    ]
    if way.rule:
        entries.append(Entry(f"rests then on {way.rule}", "point", cited(way.sources)))
    if way.presumes:
        entries.append(Entry(f"taken to hold for the new authority too: {', '.join(way.presumes)}", "warning"))
    if way.item and way.case_outcome not in ("allow", "conditions"):
        entries.append(Entry(f"another item still keeps the case as a whole at `{way.case_outcome}`", "warning"))
    return [Heading(3, title), Points(tuple(entries))]


def comparison_blocks(found: Comparison) -> list[Block]:
    """Both answers side by side."""
    same = found.before == found.after
    verdict = "the answer stays" if same else f"{found.before.outcome} becomes {found.after.outcome}"
    if not same and found.before.outcome == found.after.outcome:
        verdict = f"still {found.after.outcome}, with something changed"
    blocks: list[Block] = [
        Heading(1, f"WHAT IF: {verdict}", found.after.outcome),
        Points(tuple(Entry(f"{f'{c.item}: ' if c.item else ''}{c.text}", "outstanding") for c in found.changes)),
        Paragraph(f"Before: {found.before.short}"),
        Paragraph(f"After: {found.after.short}"),
    ]
    moved = [i for i in found.items if i.before != i.after]
    if len(found.items) > 1 and moved:
        blocks += [Heading(2, "Items"), Points(tuple(Entry(f"{i.id}: {i.before} → {i.after}") for i in moved))]
    if found.conditions:
        marks = {"met": "met", "outstanding": "outstanding", "contingent": "contingent", "absent": "failed"}
        several = len(found.items) > 1
        entries = tuple(
            Entry(f"{f'{c.item}: ' if several else ''}{c.text} ({c.before} → {c.after})", marks[c.after])
            for c in found.conditions
        )
        blocks += [Heading(2, "Conditions"), Points(entries)]
    return blocks
