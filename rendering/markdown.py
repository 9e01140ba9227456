"""Blocks as Markdown."""

from __future__ import annotations

import re

from ..engine.decision import Explanation
from .report import MARKS, Block, Entry, Heading, Paragraph, Points, Quote, Reasons, Table
from .spoken import in_language, node_words

_TRUTH = {"true": "✓", "false": "✗", "unknown": "?"}


def markdown(blocks: list[Block]) -> str:
    """The blocks as a Markdown text."""
    parts: list[str] = []
    for block in in_language(blocks):
        if isinstance(block, Heading):
            parts.append(f"{'#' * block.level} {escaped(block.text)}")
        elif isinstance(block, Paragraph):
            parts.append(f"*{escaped(block.text)}*" if block.quiet else escaped(block.text))
        elif isinstance(block, Points):
            parts.append("\n".join(line for entry in block.entries for line in _entry(entry, block.boxes)))
        elif isinstance(block, Table):
            parts.append("\n".join(_table(block)))
        elif isinstance(block, Quote):
            parts.append("\n>\n".join(f"> {escaped(p)}" for p in block.paragraphs))
        elif isinstance(block, Reasons):
            parts.append("\n".join(_tree(block.root, 0)))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text with Markdown's own characters made harmless, code spans kept."""
    pieces = re.split(r"(`[^`\n]*`)", text)
    return "".join(
        p if p.startswith("`") and p.endswith("`") and len(p) > 1 else re.sub(r"([\\*_\[\]<>#|])", r"\\\1", p)
        for p in pieces
    )


def _table(table: Table) -> list[str]:
    """A pipe table; a form has an empty heading, as Markdown wants one."""
    heads = table.columns or ("",) * len(table.widths)
    rows = [heads, ("---",) * len(heads), *table.rows]
    cells = [[c if row[0] == "---" else escaped(c).replace("\n", "<br>") for c in row] for row in rows]
    return [f"| {' | '.join(row)} |".replace("  ", " ") for row in cells]


def _entry(entry: Entry, boxes: bool) -> list[str]:
    mark = "" if entry.mark == "point" else f"{MARKS[entry.mark]} "
    if boxes:
        mark = "[x] " if entry.mark == "met" else "[ ] "
    source = f" — *{escaped(entry.source)}*" if entry.source else ""
    label = f"**{escaped(entry.label)}** " if entry.label else ""
    return [f"- {mark}{label}{escaped(entry.text)}{source}", *(f"  - {escaped(r)}" for r in entry.remarks)]


def _tree(node: Explanation, depth: int) -> list[str]:
    name, said, where = node_words(node)
    known = f" [{said}]" if said else ""
    source = f" — *{escaped(where)}*" if node.source else ""
    line = f"{'  ' * depth}- {_TRUTH[node.truth]} {escaped(name + known)}{source}"
    return [line, *(inner for child in node.children for inner in _tree(child, depth + 1))]
