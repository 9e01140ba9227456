"""A part of a graph: one rule with what is around it, one instrument, or what may apply in one direction or avenue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from ...engine.bundle import Bundle
from ...engine.kernel import Kernel
from ...engine.truth import FALSE
from ...rules.diagnostics import Diagnostic, Place, Refused, suggestion
from .model import Edge, Graph, Node, Section, section_of


def around(graph: Graph, rule: str) -> Graph:
    """A rule, what it meets, and what stands between these.

    Raises:
        Refused: MS202 the policy has no such rule.
    """
    nodes, edges = _all(graph)
    if rule not in nodes:
        raise Refused(
            [Diagnostic("MS202", f"no rule `{rule}` in {graph.policy}", Place("--rule"), suggestion(rule, nodes))]
        )
    home = nodes[rule].section
    nodes = {n.rule: replace(n, guest=n.guest or n.section != home) for n in nodes.values()}
    near = {rule} | {name for e in edges if rule in (e.source, e.target) for name in (e.source, e.target)}
    inner = tuple(e for e in edges if e.source in near and e.target in near)
    section = Section(rule, nodes[rule].cited, tuple(n for n in nodes.values() if n.rule in near), inner)
    return replace(graph, sections=(section,), remark=f"around the rule {rule}")


def of_instrument(graph: Graph, key: str) -> Graph:
    """The rules of one instrument.

    Raises:
        Refused: MS216 no rule of the policy rests on it.
    """
    kept = tuple(s for s in graph.sections if s.key == key)
    if not kept:
        keys = [s.key for s in graph.sections]
        help_ = suggestion(key, keys)
        raise Refused(
            [Diagnostic("MS216", f"no rule of {graph.policy} rests first on `{key}`", Place("--instrument"), help_)]
        )
    return replace(graph, sections=kept, remark=f"only {kept[0].title}")


def applying(graph: Graph, bundle: Bundle, facts: Mapping[str, str]) -> Graph:
    """The rules that some case with these facts may meet, on whatever day.

    Raises:
        Refused: MS102 a value that its fact does not have.
    """
    for path, value in facts.items():
        values = bundle.vocabulary[path].values
        if value not in values:
            message = f"`{value}` is not a value of `{path}`"
            raise Refused([Diagnostic("MS102", message, Place(f"--{path}"), suggestion(value, values))])
    timeless = replace(
        bundle.program, rules=tuple(replace(rule, start=None, end=None) for rule in bundle.program.rules)
    )
    truths = Kernel(timeless).evaluate(facts, date.max).applicable
    open_ = {text.name for text, truth in zip(bundle.rules, truths, strict=True) if truth != FALSE}
    sections = tuple(s for section in graph.sections if (s := _only(section, open_)).nodes)
    words = ", ".join(f"{path} {value}" for path, value in facts.items())
    return replace(graph, sections=sections, remark=f"only what may apply where {words}")


def _only(section: Section, kept: set[str]) -> Section:
    nodes = {n.rule: n for n in section.nodes if n.rule in kept}
    edges = [e for e in section.edges if e.source in nodes and e.target in nodes]
    return section_of(section.key, section.title, (n for n in nodes.values() if not n.guest), edges, nodes)


def _all(graph: Graph) -> tuple[dict[str, Node], list[Edge]]:
    """Every node, the policy's own as such, and every edge once."""
    nodes: dict[str, Node] = {}
    for node in _nodes(graph):
        if node.rule not in nodes or not node.guest:
            nodes[node.rule] = node
    return nodes, list(dict.fromkeys(e for s in graph.sections for e in s.edges))


def _nodes(graph: Graph) -> Iterable[Node]:
    return (n for s in graph.sections for n in s.nodes)
