"""A graph as an SVG picture: self-contained, its text text, its colours said again by shape, word and line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import hypot

from .marks import ICONS, outline
from .model import KINDS, Graph
from .placing import STRIP, WIDTH, Placed, Point, Sheet, sheet
from .wrapping import lines

MARGIN = 24.0
SECTION_GAP = 30.0
HEADING = 34.0
SHRINKS = 0.75
CORNER = 7.0
Link = Callable[[str], str | None]

STYLE = """
.ms-graph { font-family: "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif }
.ms-graph text { fill: #1c1c1c; white-space: pre }
.ms-graph .paper { fill: #fff }
.ms-graph .name { font-size: 22px; font-weight: 700 }
.ms-graph .said, .ms-graph .foot { font-size: 13px; fill: #4d4d4d }
.ms-graph .instrument { font-size: 16px; font-weight: 700 }
.ms-graph .part { font-size: 13px; font-weight: 700; fill: #4d4d4d }
.ms-graph .rule-line { stroke: #bbb; stroke-width: 1 }
.ms-graph .cited { font-size: 11px; font-weight: 700; letter-spacing: .02em }
.ms-graph .title { font-size: 13.5px }
.ms-graph .note { font-size: 11.5px }
.ms-graph .id { font-size: 10.5px; fill: #595959 }
.ms-graph .bullet { fill: none; stroke: #1c1c1c; stroke-width: 1.2 }
.ms-graph .box { stroke-width: 1.6 }
.ms-graph .icon { fill: none; stroke: #fff; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
.ms-graph .permit .box { fill: #eaf6f0; stroke: #00694d } .ms-graph .permit .strip { fill: #00694d }
.ms-graph .oblige .box { fill: #e8f1f9; stroke: #005a94 } .ms-graph .oblige .strip { fill: #005a94 }
.ms-graph .forbid .box { fill: #fdece4; stroke: #ab3f00 } .ms-graph .forbid .strip { fill: #ab3f00 }
.ms-graph .disapply .box { fill: #f8ecf3; stroke: #86396b } .ms-graph .disapply .strip { fill: #86396b }
.ms-graph .require .box { fill: #fdf5e0; stroke: #7a5a00 } .ms-graph .require .strip { fill: #7a5a00 }
.ms-graph .advise .box { fill: #f4f4f4; stroke: #666; stroke-dasharray: 2 3 } .ms-graph .advise .strip { fill: #666 }
.ms-graph .permit .cited { fill: #00553e } .ms-graph .oblige .cited { fill: #004b7c }
.ms-graph .forbid .cited { fill: #8f3500 } .ms-graph .disapply .cited { fill: #722f5a }
.ms-graph .require .cited { fill: #654b00 } .ms-graph .advise .cited { fill: #4d4d4d }
.ms-graph .guest .box { stroke-dasharray: 6 4; fill: #fff }
.ms-graph .defeats { fill: none; stroke: #1c1c1c; stroke-width: 1.8 }
.ms-graph .defeats-end { fill: #1c1c1c; stroke: #1c1c1c; stroke-width: 1.8; stroke-linejoin: round }
.ms-graph .defeats-knot { fill: #1c1c1c } .ms-graph .attaches-knot { fill: #7a5a00 }
.ms-graph .attaches { fill: none; stroke: #7a5a00; stroke-width: 1.5; stroke-dasharray: 5 4 }
.ms-graph .attaches-end { fill: #fff; stroke: #7a5a00; stroke-width: 1.5 }
""".strip()


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG document, and its size in its own units."""

    text: str
    width: float
    height: float


def svg(graph: Graph) -> Picture:
    """A whole picture, with its title and legend."""
    sheets = [sheet(section) for section in graph.sections]
    room = max([s.width for s in sheets], default=3 * WIDTH)
    head, top = _head(graph, room)
    body: list[str] = []
    for each in sheets:
        drawn, high = _titled(each, room)
        body.append(f'<g transform="translate({_n(MARGIN)} {_n(top)})">{drawn}</g>')
        top += high + SECTION_GAP
    if not sheets:
        body.append(_text("said", "No rule is left to show.", MARGIN, top + 16))
        top += 40
    said = f"{graph.subtitle} {_sentence(graph.remark)}".strip()
    return _wrapped(graph.title, said, [*head, *body], room + 2 * MARGIN, top + MARGIN - SECTION_GAP, style=True)


def section_svg(graph: Graph, position: int, link: Link) -> Picture:
    """One section's drawing without title, legend and style, to stand in a page that has `STYLE`; rules link by `link`."""
    section = graph.sections[position]
    each = sheet(section)
    body = f'<g transform="translate(2 2)">{_drawn(each, link)}</g>'
    return _wrapped(section.title, "", [body], each.width + 4, each.height + 4, style=False)


def legend_svg() -> Picture:
    """The legend alone, to stand in a page that has `STYLE`."""
    parts, height = _legend(0, 2, 4 * 230.0)
    return _wrapped("Legend", "", parts, 4 * 230.0, height + 4, style=False)


def _wrapped(title: str, said: str, parts: Sequence[str], wide: float, high: float, *, style: bool) -> Picture:
    size = f'width="{_n(wide)}" height="{_n(high)}" viewBox="0 0 {_n(wide)} {_n(high)}"'
    if not style:  # in a page it shrinks a little to fit, and is scrolled beyond that
        size += f' style="max-width:100%;height:auto;min-width:{_n(wide * SHRINKS)}px"'
    paper = f'<rect class="paper" width="{_n(wide)}" height="{_n(high)}"/>' if style else ""
    lines_ = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ms-graph" role="img" aria-label="{escape(title)}" {size}>',
        f"<title>{escape(title)}</title>",
        *([f"<desc>{escape(said)}</desc>"] if said else []),
        *([f"<style>{STYLE}</style>"] if style else []),
        *([paper] if paper else []),
        *parts,
        "</svg>",
    ]
    return Picture("\n".join(lines_) + "\n", wide, high)


def _head(graph: Graph, room: float) -> tuple[list[str], float]:
    """Title and legend, and where the rest begins."""
    parts = [_text("name", graph.title, MARGIN, MARGIN + 22)]
    y = MARGIN + 28
    for line in lines(f"{graph.subtitle} {_sentence(graph.remark)}".strip(), 13, room):
        y += 18
        parts.append(_text("said", line, MARGIN, y))
    legend, height = _legend(MARGIN, y + 16, room)
    return [*parts, *legend], y + 16 + height + SECTION_GAP


def _sentence(remark: str) -> str:
    return f"{remark[:1].upper()}{remark[1:]}." if remark else ""


MEANINGS = {
    "permit": "a way out: information may go", "oblige": "a way out that must be taken",
    "forbid": "closes every gateway", "disapply": "takes rules out of application",
    "require": "must be met on the way", "advise": "binds nobody",
}  # fmt: skip


def _legend(x: float, y: float, room: float) -> tuple[list[str], float]:
    """What each shape and line means, in as many columns as there is room for."""
    cell, row = 230.0, 40.0
    columns = max(1, int(room // cell))
    parts = []
    for i, effect in enumerate(KINDS):
        at = (x + i % columns * cell, y + i // columns * row)
        parts.append(
            f'<g class="{effect}" transform="translate({_n(at[0])} {_n(at[1])})">{outline(effect, 44, 30)}'
            f"{_icon(effect, 30)}{_text('cited', KINDS[effect].upper(), 52, 13)}"
            f"{_text('note', MEANINGS[effect], 52, 28)}</g>"
        )
    samples = (
        ("defeats", "takes the other out", "of application"),
        ("attaches", "this condition goes", "with this gateway"),
    )
    for i, (kind, one, other) in enumerate(samples, len(KINDS)):
        ax, ay = x + i % columns * cell, y + i // columns * row
        parts.append(_line(kind, ((ax, ay + 15), (ax + 44, ay + 15))))
        parts += [_text("note", one, ax + 54, ay + 12), _text("note", other, ax + 54, ay + 27)]
    i = len(KINDS) + len(samples)
    ax, ay = x + i % columns * cell, y + i // columns * row
    parts.append(
        f'<g class="guest"><rect class="box" stroke="#1c1c1c" x="{_n(ax)}" y="{_n(ay + 2)}" width="44" height="26"/></g>'
    )
    for said, dy in (("a rule of another text,", 12), ("shown where it meets this one", 27)):
        parts.append(_text("note", said, ax + 54, ay + dy))
    return parts, (i // columns + 1) * row


def _titled(each: Sheet, room: float) -> tuple[str, float]:
    """A section under its instrument's name, and how high the two are."""
    named = lines(each.section.title, 16, room) or [""]
    title = "".join(_text("instrument", text, 0, 21 + 20 * row) for row, text in enumerate(named))
    head = HEADING + 20 * (len(named) - 1)
    line = f'<line class="rule-line" x1="0" y1="0" x2="{_n(room)}" y2="0"/>'
    return f'{line}{title}<g transform="translate(0 {_n(head)})">{_drawn(each, None)}</g>', head + each.height


def _drawn(each: Sheet, link: Link | None) -> str:
    parts = [_text("part", text, x, y) for text, x, y in each.headings]
    parts += [_line(r.strand.kind, r.points, arrives=r.strand.arrives) for r in each.routes]
    parts += [f'<circle class="{kind}-knot" cx="{_n(x)}" cy="{_n(y)}" r="4"/>' for kind, (x, y) in each.knots]
    parts += [_box(placed, link) for placed in each.boxes]
    return "\n".join(parts)


def _box(placed: Placed, link: Link | None) -> str:
    node, box = placed.box.node, placed.box
    target = link(node.rule) if link else None
    classes = f"{node.effect} guest" if node.guest else node.effect
    parts = [
        f"<title>{escape(f'{KINDS[node.effect]}: {node.title} ({node.rule})')}</title>",
        outline(node.effect, WIDTH, box.height),
        _icon(node.effect, box.height),
        *(f'<circle class="bullet" cx="{_n(x)}" cy="{_n(y)}" r="3"/>' for x, y in box.bullets),
        *(_text("id" if line.style == "rule" else line.style, line.text, line.x, line.y) for line in box.lines),
    ]
    inner = "".join(parts)
    if target:
        inner = f'<a href="{escape(target)}">{inner}</a>'
    place = f"translate({_n(placed.x)} {_n(placed.y)})"
    return f'<g class="{classes}" data-rule="{escape(node.rule)}" transform="{place}">{inner}</g>'


def _icon(effect: str, height: float) -> str:
    return f'<path class="icon" transform="translate({_n(STRIP / 2)} {_n(height / 2)})" d="{ICONS[effect]}"/>'


def _line(kind: str, points: Sequence[Point], *, arrives: bool = True) -> str:
    """A line with rounded corners: an arrowhead where it defeats, a ring where it attaches, nothing before a knot."""
    *_, before, end = points
    if not arrives:
        return f'<path class="{kind}" d="{_path(points)}"/>'
    length = hypot(end[0] - before[0], end[1] - before[1]) or 1.0
    ux, uy = (end[0] - before[0]) / length, (end[1] - before[1]) / length
    reach = 9.0 if kind == "defeats" else 8.0
    stop = (end[0] - ux * reach, end[1] - uy * reach)
    path = f'<path class="{kind}" d="{_path([*points[:-1], stop])}"/>'
    if kind == "attaches":
        return path + f'<circle class="attaches-end" cx="{_n(end[0] - ux * 4)}" cy="{_n(end[1] - uy * 4)}" r="4"/>'
    left = (stop[0] - uy * 4.5, stop[1] + ux * 4.5)
    right = (stop[0] + uy * 4.5, stop[1] - ux * 4.5)
    tip = (end[0] - ux, end[1] - uy)
    return path + f'<path class="defeats-end" d="M{_p(tip)} L{_p(left)} L{_p(right)} Z"/>'


def _path(points: Sequence[Point]) -> str:
    parts = [f"M{_p(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_p(_towards(corner, before))} Q{_p(corner)} {_p(_towards(corner, after))}")
    return " ".join([*parts, f"L{_p(points[-1])}"])


def _towards(start: Point, end: Point) -> Point:
    """A point a corner's radius from `start` towards `end`, half way at most."""
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    part = min(CORNER, length / 2) / length
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _text(style: str, text: str, x: float, y: float) -> str:
    return f'<text class="{style}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(value: float) -> str:
    """A number as short as a tenth of a pixel allows."""
    return f"{round(value, 1) + 0.0:.10g}"
