"""Blocks on a terminal: colour where there is a terminal that wants it, plain text without trailing blanks elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ..engine.decision import Explanation
from .report import MARKS, Block, Entry, Heading, Paragraph, Points, Reasons

COLOURS = {"allow": "green", "conditions": "yellow", "deny": "red", "undetermined": "cyan"}
_TRUTH = {"true": ("✓", "green"), "false": ("✗", "red"), "unknown": ("?", "cyan")}
_MARK_COLOUR = {"met": "green", "outstanding": "yellow", "contingent": "cyan", "failed": "red", "point": "dim", "warning": "yellow"}
NARROWEST = 24


def print_blocks(blocks: list[Block], console: Console) -> None:
    """Print blocks, wrapped to the console's width."""
    for position, block in enumerate(blocks):
        if isinstance(block, Heading):
            _heading(block, console, first=position == 0)
        elif isinstance(block, Paragraph):
            if position > 1 and isinstance(blocks[position - 1], (Paragraph, Points)):
                console.print()
            _write(console, Text(block.text, style="dim" if block.quiet else ""))
        elif isinstance(block, Points):
            for entry in block.entries:
                _entry(entry, console)
        elif isinstance(block, Reasons):
            _tree(block.root, console, "  ", "  ")


def _write(console: Console, text: Text, first: str = "", rest: str | None = None) -> None:
    """Print a text behind a prefix, its further lines behind another."""
    rest = first if rest is None else rest
    width = max(NARROWEST, console.width - max(len(first), len(rest)))
    for index, line in enumerate(text.wrap(console, width)):
        line.rstrip()
        prefixed = Text(rest if index else first, style="dim" if first.strip() else "")
        console.print(prefixed.append_text(line), soft_wrap=True)


def _heading(block: Heading, console: Console, *, first: bool) -> None:
    if block.level == 3:
        _write(console, Text(block.text, style="bold"), "  ")
        return
    if not first:
        console.print()
    _write(console, Text(block.text, style=f"bold {COLOURS.get(block.outcome or '', '')}".strip()))


def _entry(entry: Entry, console: Console) -> None:
    line = Text(f"{MARKS[entry.mark]} ", style=_MARK_COLOUR[entry.mark])
    line.append(entry.text, style="not dim")
    if entry.source:
        line.append(f"  {entry.source}", style="dim")
    _write(console, line, "    ", "      ")
    for remark in entry.remarks:
        _write(console, Text(remark, style="dim"), "      ")


def _tree(node: Explanation, console: Console, first: str, rest: str) -> None:
    """A node and its children, joined by guide lines."""
    _write(console, _node(node), first, rest + ("│   " if node.children else "    "))
    for child in node.children:
        last = child is node.children[-1]
        _tree(child, console, rest + ("└── " if last else "├── "), rest + ("    " if last else "│   "))


def _node(node: Explanation) -> Text:
    mark, colour = _TRUTH[node.truth]
    line = Text(f"{mark} ", style=colour)
    line.append(f"{node.rule}: {node.text}" if node.kind == "rule" and node.rule else node.text)
    if node.fact is not None and node.kind != "derived":
        said = f"it is: {node.value}" if node.value is not None else "not stated"
        line.append(f"  [{said}]", style="dim")
    tail = str(node.source) if node.source else node.place if node.fact is not None else None
    if tail:
        line.append(f"  {tail}", style="dim")
    return line
