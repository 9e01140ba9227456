"""Coverage for people (text, HTML) and for programs (JSON, Cobertura)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from ..rendering.text import Line, wrapped
from .coverage import KINDS, Coverage, Goal, Row

SCHEMA_VERSION = 1
MOST = 12
"""Goals a policy that are listed unless all are asked for."""


def percent(share: float) -> str:
    """A share as whole percent, never rounded up to 100."""
    return "100 %" if share >= 1 else f"{min(99, int(share * 100))} %"


def coverage_lines(coverage: Coverage, width: int, *, everything: bool = False) -> Iterator[Line]:
    """Coverage as a table, then what is not shown yet, rule by rule."""
    yield []
    yield from _table(coverage, width)
    for row in coverage.rows:
        if row.open:
            yield from _open(row, width, len(row.open) if everything else MOST)


def _table(coverage: Coverage, width: int) -> Iterator[Line]:
    cells = [["policy", *KINDS, "all"]]
    cells += [[r.policy, *(f"{n}/{of}" for n, of in r.counts.values()), percent(r.share)] for r in coverage.rows]
    if len(coverage.rows) > 1:
        sums = [[sum(r.counts[k][i] for r in coverage.rows) for i in (0, 1)] for k in KINDS]
        cells.append(["all", *(f"{n}/{of}" for n, of in sums), percent(coverage.share)])
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    if sum(widths) + 2 * len(widths) > width:
        yield from _narrow(cells)
        return
    for position, row in enumerate(cells):
        text = "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        yield [(text, "bold" if position == 0 else "")]


def _narrow(cells: list[list[str]]) -> Iterator[Line]:
    """The table for a narrow screen: a block a policy."""
    names = cells[0]
    for row in cells[1:]:
        yield [(row[0], "bold"), (f"  {row[-1]}", "")]
        for name, cell in zip(names[1:-1], row[1:-1], strict=True):
            yield [(f"  {name:<12}{cell:>9}", "")]


def _open(row: Row, width: int, most: int) -> Iterator[Line]:
    yield []
    yield [(f"Not shown yet: {row.policy}", "bold")]
    shown = row.open[:most]
    for rule, group in groupby(shown, key=_about):
        listed = list(group)
        yield from wrapped([(rule, "bold"), (f"  {listed[0].place}", "dim")], width, "  ", "      ")
        for goal in listed:
            line = f"  line {goal.place.line}" if goal.place != listed[0].place else ""
            yield from wrapped([("○ ", "yellow"), (goal.text, ""), (line, "dim")], width, "    ", "      ")
    if len(row.open) > len(shown):
        more = f"… and {len(row.open) - len(shown)} more: --verbose lists all, --suggest writes scenarios for them"
        yield from wrapped([(more, "dim")], width, "  ", "    ")


def _about(goal: Goal) -> str:
    return goal.rule


def as_json(coverage: Coverage) -> str:
    """Coverage as JSON."""
    return json.dumps(as_data(coverage), ensure_ascii=False, indent=2) + "\n"


def as_data(coverage: Coverage) -> dict[str, Any]:
    """Coverage as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "share": round(coverage.share, 6),
        "policies": [
            {
                "policy": row.policy,
                "title": row.title,
                "file": row.file,
                "share": round(row.share, 6),
                "counts": {kind: {"shown": n, "of": of} for kind, (n, of) in row.counts.items()},
                "open": [
                    {
                        "kind": g.kind,
                        "about": g.rule,
                        "what": g.text,
                        "line": g.place.line,
                        "key": list(g.key),
                    }
                    for g in row.open
                ],
            }
            for row in coverage.rows
        ],
    }


def as_cobertura(coverage: Coverage) -> str:
    """Coverage as Cobertura XML: a class a policy, a line for each place that a goal stands at."""
    reached, total = _lines(coverage.rows)
    root = ElementTree.Element(
        "coverage", {"line-rate": _rate(reached, total), "branch-rate": f"{coverage.share:.4f}", "version": "mayshare",
                     "timestamp": "0", "lines-covered": str(reached), "lines-valid": str(total), "complexity": "0"},
    )  # fmt: skip
    ElementTree.SubElement(ElementTree.SubElement(root, "sources"), "source").text = "."
    package = ElementTree.SubElement(
        ElementTree.SubElement(root, "packages"), "package", name="policies", complexity="0"
    )
    package.set("line-rate", _rate(reached, total))
    package.set("branch-rate", f"{coverage.share:.4f}")
    classes = ElementTree.SubElement(package, "classes")
    for row in coverage.rows:
        _class(classes, row, coverage)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _class(classes: ElementTree.Element, row: Row, coverage: Coverage) -> None:
    reached, total = _lines((row,))
    part = ElementTree.SubElement(classes, "class", name=row.policy, filename=row.file, complexity="0")
    part.set("line-rate", _rate(reached, total))
    part.set("branch-rate", f"{row.share:.4f}")
    ElementTree.SubElement(part, "methods")
    lines = ElementTree.SubElement(part, "lines")
    for number, group in _by_line(row):
        hit = [g for g in group if g.key in coverage.seen.keys]
        line = ElementTree.SubElement(lines, "line", number=str(number), hits="1" if hit else "0")
        if len(group) > 1:
            line.set("branch", "true")
            line.set("condition-coverage", f"{100 * len(hit) // len(group)}% ({len(hit)}/{len(group)})")


def _by_line(row: Row) -> list[tuple[int, list[Goal]]]:
    lines: dict[int, list[Goal]] = {}
    for goal in row.all:
        if goal.place.file == row.file:
            lines.setdefault(goal.place.line, []).append(goal)
    return sorted(lines.items())


def _lines(rows: tuple[Row, ...]) -> tuple[int, int]:
    """Lines with a goal reached, and lines with a goal."""
    groups = [(row, group) for row in rows for _, group in _by_line(row)]
    missed = {row.policy: set(row.open) for row in rows}
    return sum(any(g not in missed[row.policy] for g in group) for row, group in groups), len(groups)


def _rate(reached: int, total: int) -> str:
    return f"{reached / total if total else 1:.4f}"


STYLE = """
td, thead th:not(:first-child) { text-align: right } td:first-child { text-align: left }
.full { color: var(--permit-ink) } .part { color: var(--require-ink) }
"""


def as_html(coverage: Coverage) -> str:
    """Coverage as one page that needs nothing else: the table, then what is not shown yet."""
    from ..rendering.page.shell import document

    heads = "".join(f'<th scope="col">{k}</th>' for k in KINDS)
    rows = "".join(_html_row(row) for row in coverage.rows)
    body = "".join(_html_open(row) for row in coverage.rows if row.open)
    rest = body or "<p>Everything has been shown.</p>"
    page = (
        f"<h1>What the scenarios show: {percent(coverage.share)}</h1>"
        f'<div class="scroll"><table><thead><tr><th scope="col">Policy</th>{heads}<th scope="col">all</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n{rest}"
    )
    return document("Coverage of the scenarios", page, extra_style=STYLE) + "\n"


def _html_row(row: Row) -> str:
    cells = "".join(f'<td class="{"full" if n == of else "part"}">{n}/{of}</td>' for n, of in row.counts.values())
    name = f'<a href="#{escape(row.policy)}">{escape(row.policy)}</a> {escape(row.title)}'
    return f"<tr><td>{name}</td>{cells}<td>{percent(row.share)}</td></tr>\n"


def _html_open(row: Row) -> str:
    parts = []
    for rule, group in groupby(row.open, key=_about):
        listed = list(group)
        points = "".join(
            f'<li>{escape(g.text)} <span class="quiet small">line {g.place.line}</span></li>' for g in listed
        )
        count = f'<span class="quiet small">{len(listed)} not shown</span>'
        parts.append(
            f"<details open><summary><strong>{escape(rule)}</strong> {count}</summary><ul>{points}</ul></details>\n"
        )
    head = f'<h2 id="{escape(row.policy)}">{escape(row.policy)}: not shown yet</h2>'
    return f'<section>{head}<p class="quiet small">{escape(row.file)}</p>{"".join(parts)}</section>\n'
