"""Blocks on a terminal: laid out here in lines of styled words, coloured by rich where a terminal wants colour.

Off a terminal rich is not even imported, and no line ends in a blank.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from ..engine.decision import Explanation
from .report import MARKS, Block, Entry, Heading, Paragraph, Points, Quote, Reasons, Table
from .spoken import in_language, node_words

COLOURS = {"allow": "green", "conditions": "yellow", "deny": "red", "undetermined": "cyan"}
_TRUTH = {"true": ("✓", "green"), "false": ("✗", "red"), "unknown": ("?", "cyan")}
_MARK_COLOUR = {
    "met": "green",
    "outstanding": "yellow",
    "contingent": "cyan",
    "failed": "red",
    "point": "dim",
    "warning": "yellow",
}
NARROWEST = 24
OFF_TERMINAL = 100

Span = tuple[str, str]
"""A piece of text and its style (empty for none)."""
Line = list[Span]


def print_blocks(blocks: list[Block], stream: TextIO | None = None) -> None:
    """Print blocks to a stream (standard output if omitted), wrapped to its terminal's width."""
    target = stream or sys.stdout
    print_lines(layout(blocks, width_of(target)), target)


def print_lines(lines: Iterable[Line], target: TextIO) -> None:
    """Print lines as they are, in colour where the stream wants it."""
    if coloured(target):
        from rich.console import Console
        from rich.text import Text

        console = Console(file=target, highlight=False)
        for line in lines:
            console.print(Text.assemble(*line), soft_wrap=True)
    else:
        target.write("".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines))


def width_of(stream: TextIO) -> int:
    """Columns to lay text out in: the terminal's, or COLUMNS, or a fixed width off a terminal."""
    return max(NARROWEST, shutil.get_terminal_size((OFF_TERMINAL, 24)).columns)


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour (https://no-color.org)."""
    import os

    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def layout(blocks: list[Block], width: int) -> Iterator[Line]:
    """Blocks as lines of at most `width` columns, where words allow it."""
    blocks = in_language(blocks)
    for position, block in enumerate(blocks):
        if isinstance(block, Heading):
            if block.level < 3 and (position or block.level > 1):
                yield []
            style = f"bold {COLOURS.get(block.outcome or '', '')}".strip()
            yield from wrapped([(block.text, style)], width, "  " if block.level == 3 else "")
        elif isinstance(block, Paragraph):
            if position > 1 and isinstance(blocks[position - 1], (Paragraph, Points)):
                yield []
            yield from wrapped([(block.text, "dim" if block.quiet else "")], width)
        elif isinstance(block, Points):
            for entry in block.entries:
                yield from _entry(entry, width)
        elif isinstance(block, Table):
            for row in block.rows:
                yield from wrapped(
                    [(f"{row[0]}: ", "bold"), ("; ".join(c for c in row[1:] if c), "")], width, "    ", "      "
                )
        elif isinstance(block, Quote):
            for paragraph in block.paragraphs:
                yield from wrapped([(paragraph, "")], width, "    ")
        elif isinstance(block, Reasons):
            yield from _tree(block.root, width, "  ", "  ")


def wrapped(spans: Line, width: int, first: str = "", rest: str | None = None) -> Iterator[Line]:
    """Spans as lines of at most `width` columns behind a prefix, the further lines behind another."""
    rest = first if rest is None else rest
    room = max(NARROWEST, width - max(len(first), len(rest)))
    line: Line = []
    used, prefix = 0, first
    for word, style in _words(spans):
        blank = word.isspace()
        if used + len(word) > room and used and not blank:
            yield [(prefix, "dim"), *_without_end(line)]
            line, used, prefix = [], 0, rest
        if blank and not used:
            continue
        line.append((word, style))
        used += len(word)
    yield [(prefix, "dim"), *_without_end(line)]


def _words(spans: Line) -> Iterator[Span]:
    for text, style in spans:
        for word in re.findall(r"[ \t\n]+|[^ \t\n]+", text):  # a no-break space keeps a French colon with its word
            yield word, style


def _without_end(line: Line) -> Line:
    while line and line[-1][0].isspace():
        line = line[:-1]
    return line


def _entry(entry: Entry, width: int) -> Iterator[Line]:
    label: Line = [(f"{entry.label} ", "bold")] if entry.label else []
    spans: Line = [(f"{MARKS[entry.mark]} ", _MARK_COLOUR[entry.mark]), *label, (entry.text, "")]
    if entry.source:
        spans.append((f"  {entry.source}", "dim"))
    yield from wrapped(spans, width, "    ", "      ")
    for remark in entry.remarks:
        yield from wrapped([(remark, "dim")], width, "      ")


def _tree(node: Explanation, width: int, first: str, rest: str) -> Iterator[Line]:
    """A node and its children, joined by guide lines."""
    yield from wrapped(_node(node), width, first, rest + ("│   " if node.children else "    "))
    for child in node.children:
        last = child is node.children[-1]
        yield from _tree(child, width, rest + ("└── " if last else "├── "), rest + ("    " if last else "│   "))


def _node(node: Explanation) -> Line:
    mark, colour = _TRUTH[node.truth]
    text, said, tail = node_words(node)
    spans: Line = [(f"{mark} ", colour), (text, "")]
    if said:
        spans.append((f"  [{said}]", "dim"))
    return [*spans, (f"  {tail}", "dim")] if tail else spans
