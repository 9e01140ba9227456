"""A graph as text that other tools draw: Graphviz' dot and Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from .model import KINDS, Edge, Graph, Node
from .wrapping import lines

ROOM = 22.0

# shape, border, fill
_DOT = {
    "permit": ("house", "#00694d", "#eaf6f0"), "oblige": ("box3d", "#005a94", "#e8f1f9"),
    "forbid": ("octagon", "#ab3f00", "#fdece4"), "disapply": ("hexagon", "#86396b", "#f8ecf3"),
    "require": ("note", "#7a5a00", "#fdf5e0"), "advise": ("box", "#666666", "#f4f4f4"),
}  # fmt: skip
_MERMAID = {
    "permit": ("[[", "]]"), "oblige": ("[/", "/]"), "forbid": ("{{", "}}"), "disapply": (">", "]"),
    "require": ("(", ")"), "advise": ("[", "]"),
}  # fmt: skip


def dot(graph: Graph) -> str:
    """The graph in Graphviz' language; what defeats points at what it defeats, a gateway at its conditions."""
    ids = _ids(graph)
    made = [
        f"digraph {_quoted(graph.policy)} {{",
        "  rankdir=LR;",
        '  node [fontname="Helvetica", fontsize=11, style=filled];',
        f"  label={_quoted(_head(graph))}; labelloc=t; fontname=Helvetica;",
    ]
    for i, (title, nodes) in enumerate(_groups(graph)):
        made.append(f"  subgraph cluster_{i} {{")
        made.append(f"    label={_quoted(title)}; fontname=Helvetica; color=gray;")
        made += [f"    {ids[n.rule]} [{_dot_node(n)}];" for n in nodes]
        made.append("  }")
    for edge in _edges(graph):
        style = "" if edge.kind == "defeats" else ' [style=dashed, arrowhead=odot, color="#7a5a00"]'
        made.append(f"  {ids[edge.source]} -> {ids[edge.target]}{style};")
    return "\n".join([*made, "}"]) + "\n"


def _dot_node(node: Node) -> str:
    shape, border, fill = _DOT[node.effect]
    label = "\\n".join(_escaped(line) for line in _words(node))
    return f'shape={shape}, color="{border}", fillcolor="{fill}", label="{label}", tooltip={_quoted(node.rule)}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def mermaid(graph: Graph) -> str:
    """The graph in Mermaid's language: a crossed end for what is defeated, a ring for a condition."""
    ids = _ids(graph)
    made = ["---", f"title: {_plain(_head(graph))}", "---", "flowchart LR"]
    for i, (title, nodes) in enumerate(_groups(graph)):
        made += [f'  subgraph s{i}["{_plain(title)}"]', "    direction LR"]
        for node in nodes:
            left, right = _MERMAID[node.effect]
            label = "<br/>".join(map(_plain, _parts(node)))
            made.append(f'    {ids[node.rule]}{left}"{label}"{right}:::{node.effect}')
        made.append("  end")
    used = {n.effect for section in graph.sections for n in section.nodes}
    for edge in _edges(graph):
        arrow = "--x" if edge.kind == "defeats" else "-.-o"
        made.append(f"  {ids[edge.source]} {arrow} {ids[edge.target]}")
    made += [
        f"  classDef {e} fill:{fill},stroke:{border},color:#1c1c1c"
        for e, (_, border, fill) in _DOT.items()
        if e in used
    ]
    return "\n".join(made) + "\n"


def _plain(text: str) -> str:
    """Text inside a Mermaid label: nothing in it ends the label, is markup or reads as one of Mermaid's own entities."""
    plain = escape(text, quote=False).replace('"', "”").replace("`", "'")
    return re.sub(r"#(?=\w+;)", "# ", plain)


def _head(graph: Graph) -> str:
    return f"{graph.title} - {graph.remark}" if graph.remark else graph.title


def _words(node: Node) -> list[str]:
    """The parts of a node in lines of some letters."""
    return [line for part in _parts(node) for line in lines(part, 1, ROOM)]


def _parts(node: Node) -> list[str]:
    notes = (*(["on every gateway"] if node.everywhere else []), *node.notes)
    return [f"{KINDS[node.effect].upper()} {node.cited}", node.title, *(f"- {note}" for note in notes), node.rule]


def _ids(graph: Graph) -> dict[str, str]:
    names = dict.fromkeys(n.rule for s in graph.sections for n in s.nodes)
    return {name: f"r{i}" for i, name in enumerate(names)}


def _groups(graph: Graph) -> Iterator[tuple[str, list[Node]]]:
    """Each rule once: the policy's own by instrument, then those of other texts."""
    own = {n.rule for s in graph.sections for n in s.nodes if not n.guest}
    for section in graph.sections:
        yield section.title, [n for n in section.nodes if not n.guest]
    guests = {n.rule: n for s in graph.sections for n in s.nodes if n.rule not in own}
    if guests:
        yield "Of other texts", list(guests.values())


def _edges(graph: Graph) -> Iterable[Edge]:
    return dict.fromkeys(e for s in graph.sections for e in s.edges)
