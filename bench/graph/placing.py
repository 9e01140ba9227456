"""Where everything goes: each rule a box as tall as its words, those that meet others in layers, the rest in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .bundling import Strand, strands
from .model import KINDS, Node, Section
from .wrapping import lines

WIDTH = 288.0
STRIP = 34.0
PAD = 9.0
GAP = 16.0
LINE = {"cited": 14.0, "title": 17.0, "note": 14.5, "rule": 14.0}
SIZE = {"cited": 11.0, "title": 13.5, "note": 11.5, "rule": 10.5}
SMALL_HEADING = 28.0
KNOT = 8.0
LEAST_COLUMNS = 3

LAYOUT = {
    "direction": "leftright", "spacing": {"layer_gap": 76.0, "node_gap": GAP},
    "routing": {"port_sides": "facing_only"},
}  # fmt: skip

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a box: its style, and where its baseline begins, from the box's corner."""

    style: str
    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rule's box, before it has a place."""

    node: Node
    lines: tuple[Line, ...]
    bullets: tuple[Point, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its upper left corner."""

    box: Box
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Route:
    """A piece of line with its corners, from source to target."""

    strand: Strand
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section with everything in its place; `headings` are the small ones, each with its place; `knots` where lines meet."""

    section: Section
    boxes: tuple[Placed, ...]
    routes: tuple[Route, ...]
    knots: tuple[tuple[str, Point], ...]
    headings: tuple[tuple[str, float, float], ...]
    width: float
    height: float


ALONE = {
    "permit": "Gateways with no exception or condition of their own",
    "oblige": "Duties with no exception or condition of their own",
    "forbid": "Bans without an exception",
    "disapply": "Exceptions to rules that are not shown",
    "require": "Conditions",
    "advise": "Advice, which changes no outcome",
}


def box_of(node: Node) -> Box:
    """A rule's words in lines."""
    room = WIDTH - STRIP - 2 * PAD
    found: list[Line] = []
    bullets: list[Point] = []
    y = PAD

    def put(style: str, text: str, indent: float = 0.0) -> None:
        nonlocal y
        for line in lines(text, SIZE[style], room - indent):
            y += LINE[style]
            found.append(Line(style, line, STRIP + PAD + indent, y - 4))

    put("cited", f"{KINDS[node.effect].upper()} · {node.cited}")
    y += 2
    put("title", node.title)
    for note in (*(["on every gateway"] if node.everywhere else []), *node.notes):
        y += 3
        bullets.append((STRIP + PAD + 4, y + LINE["note"] - 8))
        put("note", note, 14)
    y += 3
    put("rule", node.rule)
    return Box(node, tuple(found), tuple(bullets), y + PAD)


def sheet(section: Section) -> Sheet:
    """A section laid out."""
    drawn = _layered(section)
    columns = max(LEAST_COLUMNS, int((drawn.width + GAP) // (WIDTH + GAP)))
    boxes = list(drawn.boxes)
    y = drawn.height + (GAP if boxes else 0)
    headings: list[tuple[str, float, float]] = []
    for effect in KINDS:
        row = [box_of(n) for n in section.alone() if n.effect == effect]
        if row:
            headings.append((_heading(effect, row), 0.0, y + SMALL_HEADING - 12))
            placed, y = _rows(row, columns, y + SMALL_HEADING)
            boxes += placed
    width = max(drawn.width, columns * (WIDTH + GAP) - GAP)
    return replace(drawn, boxes=tuple(boxes), headings=tuple(headings), width=width, height=y)


def _heading(effect: str, row: Sequence[Box]) -> str:
    everywhere = effect == "require" and all(b.node.everywhere for b in row)
    return "Conditions on every gateway" if everywhere else ALONE[effect]


def _rows(row: Sequence[Box], columns: int, y: float) -> tuple[list[Placed], float]:
    """Boxes in rows from left to right, each row as tall as its tallest."""
    placed: list[Placed] = []
    for start in range(0, len(row), columns):
        part = row[start : start + columns]
        placed += [Placed(box, i * (WIDTH + GAP), y) for i, box in enumerate(part)]
        y += max(b.height for b in part) + GAP
    return placed, y


def _layered(section: Section) -> Sheet:
    """The rules that meet others: what defeats stands left of what it defeats, a condition right of its gateway."""
    boxes = [box_of(n) for n in section.joined()]
    if not boxes:
        return Sheet(section, (), (), (), (), 0.0, 0.0)
    import graphlay

    pieces, knots = strands(section.edges)
    graph = graphlay.Graph()
    for box in boxes:
        graph.node(box.node.rule, width=WIDTH, height=box.height)
    for knot in knots:
        graph.node(knot, width=KNOT, height=KNOT)
    for piece in pieces:
        graph.edge(piece.source, piece.target)
    found = graphlay.layout(graph, options=LAYOUT)
    low, high = found.bounds["min"], found.bounds["max"]

    def at(point: dict[str, float]) -> Point:
        return point["x"] - low["x"], point["y"] - low["y"]

    centres = [at(node["center"]) for node in found.nodes]
    placed = [Placed(box, x - WIDTH / 2, y - box.height / 2) for box, (x, y) in zip(boxes, centres, strict=False)]
    routes = [Route(p, tuple(map(at, e["points"]))) for p, e in zip(pieces, found.edges, strict=True)]
    kinds = {p.target: p.kind for p in pieces if not p.arrives}
    tied = tuple((kinds[k], centre) for k, centre in zip(knots, centres[len(boxes) :], strict=True))
    return Sheet(section, tuple(placed), tuple(routes), tied, (), *at(high))
