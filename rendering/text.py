"""Blocks on a terminal, with rich: colour where there is a terminal that wants it, plain text everywhere else."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from ..engine.decision import Explanation
from .report import MARKS, Block, Entry, Heading, Paragraph, Points, Reasons

COLOURS = {"allow": "green", "conditions": "yellow", "deny": "red", "undetermined": "cyan"}
_TRUTH = {"true": ("✓", "green"), "false": ("✗", "red"), "unknown": ("?", "cyan")}
_MARK_COLOUR = {"met": "green", "outstanding": "yellow", "contingent": "cyan", "failed": "red", "point": "dim"}


def print_blocks(blocks: list[Block], console: Console) -> None:
    """Print blocks."""
    for position, block in enumerate(blocks):
        if isinstance(block, Heading):
            _heading(block, console, first=position == 0)
        elif isinstance(block, Paragraph):
            console.print(Text(block.text, style="dim" if block.quiet else ""), soft_wrap=False)
            if block.quiet and position + 1 < len(blocks) and isinstance(blocks[position + 1], Paragraph):
                console.print()
        elif isinstance(block, Points):
            for entry in block.entries:
                _entry(entry, console)
        elif isinstance(block, Reasons):
            console.print(Padding(_tree(block.root), (0, 0, 0, 2), expand=False))


def _heading(block: Heading, console: Console, *, first: bool) -> None:
    colour = COLOURS.get(block.outcome or "", "")
    if block.level == 3:
        console.print(Padding(Text(block.text, style="bold"), (0, 0, 0, 2), expand=False))
        return
    if not first:
        console.print()
    console.print(Text(block.text, style=f"bold {colour}".strip()))


def _entry(entry: Entry, console: Console) -> None:
    line = Text(f"{MARKS[entry.mark]} ", style=_MARK_COLOUR[entry.mark])
    line.append(entry.text, style="")
    if entry.source:
        line.append(f"  {entry.source}", style="dim")
    # the mark hangs in the margin, so that wrapped lines align with the text
    grid = _hanging(line, console)
    console.print(Padding(grid, (0, 0, 0, 4), expand=False))
    for remark in entry.remarks:
        console.print(Padding(Text(remark, style="dim"), (0, 0, 0, 6), expand=False))


def _hanging(line: Text, console: Console) -> Text:
    width = max(24, console.width - 6)
    parts = line.wrap(console, width)
    result = Text()
    for index, part in enumerate(parts):
        if index:
            result.append("\n  ")
        part.rstrip()
        result.append_text(part)
    return result


def _tree(node: Explanation) -> Tree:
    tree = Tree(_node(node), guide_style="dim", highlight=False)
    for child in node.children:
        tree.children.append(_tree(child))
    return tree


def _node(node: Explanation) -> Text:
    mark, colour = _TRUTH[node.truth]
    line = Text(f"{mark} ", style=colour)
    line.append(f"{node.rule}: {node.text}" if node.kind == "rule" and node.rule else node.text)
    if node.fact is not None:
        said = f"it is: {node.value}" if node.value is not None else "not stated"
        line.append(f"  [{said}]" if node.kind != "derived" else "", style="dim")
    tail = str(node.source) if node.source else node.place if node.fact is not None else None
    if tail:
        line.append(f"  {tail}", style="dim")
    return line
