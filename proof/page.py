"""Answers as pages: the blocks of a decision's report, and beside them case files and tables; as text, Markdown and HTML."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from ..engine.decision import Decision
from ..rendering.report import Block, Entry, Heading, Paragraph, Points, Reasons


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A case file, to be copied as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `tones` gives a cell's colour by (row, column): an outcome's or a verdict's name.

    `heat` gives a cell's depth of colour instead, from 0 to 1.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: dict[tuple[int, int], str] = field(default_factory=dict)
    heat: dict[tuple[int, int], float] = field(default_factory=dict)


Part = Block | Verbatim | Grid
Page = Sequence[Part]

TONES = {
    "allow": "green", "conditions": "yellow", "deny": "red", "undetermined": "cyan", "mixed": "magenta",
    "in_line": "green", "departs": "red", "cannot_be_told": "cyan",
}  # fmt: skip
"""Colours on a terminal; on a page the tone is the cell's class."""


def print_page(page: Page, stream: TextIO | None = None) -> None:
    """A page on a terminal, wrapped to its width; coloured where the terminal wants colour."""
    from ..rendering.text import layout, print_lines, width_of

    target = stream or sys.stdout
    run: list[Block] = []
    after_other = False
    for block in [*page, None]:
        if isinstance(block, (Heading, Paragraph, Points, Reasons)):
            run.append(block)
            continue
        if after_other and run and isinstance(run[0], Heading) and run[0].level < 3:
            print_lines([[]], target)
        print_lines(layout(run, width_of(target)), target)
        run, after_other = [], True
        if isinstance(block, Verbatim):
            body = [[(f"    {line}", "")] for line in block.text.rstrip("\n").split("\n")]
            print_lines([[], *body, []], target)
        elif isinstance(block, Grid):
            _print_grid(block, target, width_of(target))


def _print_grid(grid: Grid, target: TextIO, width: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..rendering.text import coloured

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in grid.head:
        table.add_column(name, overflow="fold")
    for r, row in enumerate(grid.rows):
        cells = [Text(cell, style=TONES.get(grid.tones.get((r, c), ""), "")) for c, cell in enumerate(row)]
        table.add_row(*cells)
    shown = Console(file=target, highlight=False, width=width, no_color=not coloured(target), legacy_windows=False)
    with shown.capture() as captured:
        shown.print(table)
    text = captured.get()
    target.write("\n" + (text if coloured(target) else "\n".join(line.rstrip() for line in text.splitlines()) + "\n"))


def markdown_page(page: Page) -> str:
    """A page as Markdown."""
    from ..rendering.markdown import escaped, markdown

    parts = []
    for block in page:
        if isinstance(block, Verbatim):
            parts.append(f"```yaml\n{block.text.rstrip()}\n```\n")
        elif isinstance(block, Grid):
            lines = ["| " + " | ".join(map(escaped, block.head)) + " |", "|" + " --- |" * len(block.head)]
            lines += ["| " + " | ".join(escaped(c) or " " for c in row) + " |" for row in block.rows]
            parts.append("\n".join(lines) + "\n")
        else:
            parts.append(markdown([block]))
    return "\n".join(parts)


def html_page(page: Page, title: str) -> str:
    """A page as one self-contained HTML document, nothing loaded from elsewhere."""
    from ..rendering.page.shell import document

    return document(title, "\n".join(_html(block) for block in page))


def _html(block: Part) -> str:
    from ..rendering.page.shell import blocks_html

    if isinstance(block, Verbatim):
        return f"<pre>{html.escape(block.text.rstrip())}</pre>"
    return _html_grid(block) if isinstance(block, Grid) else str(blocks_html([block]))


def _html_grid(grid: Grid) -> str:
    heads = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in grid.head)
    lines = [f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>']
    for r, row in enumerate(grid.rows):
        first, *rest = (html.escape(cell) for cell in row)
        cells = [f"<td{_coloured(grid, r, c)}>{cell}</td>" for c, cell in enumerate(rest, 1)]
        lines.append(f'<tr><th scope="row">{first}</th>{"".join(cells)}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def _coloured(grid: Grid, row: int, column: int) -> str:
    if (heat := grid.heat.get((row, column))) is not None:
        return f' class="heat" style="--heat: {heat:.0%}"'
    tone = grid.tones.get((row, column))
    return f' class="{tone}"' if tone else ""


def reasons(decision: Decision, of: str = "") -> list[Block]:
    """Why a case is decided as it is, in a few lines: the answer, and the rules it rests on; `of` says whose answer it is."""
    item = decision.items[0]
    entries = [
        Entry(f"{g.title} ({g.rule})", "failed" if g.effect in ("forbid", "disapply") else "met", cited(g.sources))
        for g in item.grounds
    ]
    best = item.gateways[0].conditions if item.gateways else ()
    entries += [
        Entry(f"{c.text} ({c.rule})", c.status, str(c.source) if c.source else "")
        for c in item.conditions
        if c.id in best
    ]
    answer = f"{decision.outcome}: {item.short}"
    blocks: list[Block] = [Paragraph(f"{of}: {answer}" if of else answer)]
    return [*blocks, Points(tuple(entries))] if entries else blocks


def cited(sources: Iterable[object]) -> str:
    """Provisions in a line."""
    return "; ".join(dict.fromkeys(str(s) for s in sources))
