"""What is in the picture: rules as nodes, what defeats what and what attaches to what as edges, instruments as sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...engine.bundle import Bundle, RuleText
from ...engine.decision import SourceText
from ...engine.wording import duration_words
from ...rendering.phrases import stage_words
from ...rules.policy import Condition, Instrument

KINDS = {
    "permit": "Gateway", "oblige": "Duty to send", "forbid": "Ban", "disapply": "Exception", "require": "Condition",
    "advise": "Advice",
}  # fmt: skip
"""What each effect is called in a picture, in the order in which a reader looks for them."""

WITHOUT_NUMBER = ("-", "–", "—")
"""What stands for the article of a text that has none."""


@dataclass(frozen=True, slots=True)
class Node:
    """A rule: `cited` is its provision, `notes` what it asks for. `everywhere` if its condition goes to every gateway.

    A `guest` belongs to another section (or to a layer) and is shown where a rule meets it.
    """

    rule: str
    effect: str
    title: str
    cited: str
    section: str
    notes: tuple[str, ...] = ()
    everywhere: bool = False
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` defeats `target`, or (`attaches`) the condition `target` is attached to the gateway `source`."""

    source: str
    target: str
    kind: str


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one instrument in the order of the file, with the guests that they meet."""

    key: str
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def alone(self) -> tuple[Node, ...]:
        """The rules that meet no other, gateways first."""
        met = {name for edge in self.edges for name in (edge.source, edge.target)}
        order = list(KINDS)
        return tuple(sorted((n for n in self.nodes if n.rule not in met), key=lambda n: order.index(n.effect)))

    def joined(self) -> tuple[Node, ...]:
        """The rules that meet others, guests among them."""
        met = {name for edge in self.edges for name in (edge.source, edge.target)}
        return tuple(n for n in self.nodes if n.rule in met)


@dataclass(frozen=True, slots=True)
class Graph:
    """A policy's picture. `remark` says what part of the policy it shows, empty for the whole."""

    policy: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    remark: str = ""

    def rules(self) -> tuple[str, ...]:
        """The policy's own rules in the picture."""
        return tuple(n.rule for s in self.sections for n in s.nodes if not n.guest)


def rule_graph(bundle: Bundle, instruments: Mapping[str, Instrument]) -> Graph:
    """A whole policy as a graph; `instruments` are those it names, by key.

    A layer's rule is shown where it meets one of the policy's.
    """
    head = bundle.heads[0]
    nodes = {text.name: _node(text, bundle, position) for position, text in enumerate(bundle.rules)}
    own = [t.name for t in bundle.rules if t.policy == head.id]
    edges = tuple(dict.fromkeys(_edges(bundle)))
    keys = dict.fromkeys(nodes[name].section for name in own)
    sections = tuple(
        _section(key, str(instruments[key]) if key in instruments else key, own, nodes, edges) for key in keys
    )
    return Graph(head.id, f"{head.title} ({head.id})", _subtitle(bundle, len(own)), sections)


def _subtitle(bundle: Bundle, own: int) -> str:
    head, *layers = bundle.heads
    beside = f"Beside it apply, drawn where they meet: {', '.join(layer.title for layer in layers)}. " if layers else ""
    return f"{own} rules; {head.encoded.status} encoding, as of {head.encoded.as_of}. {beside}An encoding is never the law."


def _node(text: RuleText, bundle: Bundle, position: int) -> Node:
    rule = text.rule
    everywhere = rule.effect == "require" and bundle.program.rules[position].attaches_to is None
    single = rule.effect == "require" and len(rule.all_conditions) == 1
    notes = [_when(c) if single else f"{c.text} ({_when(c)})" for c in rule.all_conditions]
    if rule.due:
        notes.insert(0, f"due within {duration_words(rule.due)}")
    return Node(
        text.name, rule.effect, rule.title, cited(text.sources), text.sources[0].instrument, tuple(notes), everywhere
    )


def cited(sources: Iterable[SourceText]) -> str:
    """Provisions in a line, an instrument named once."""
    found: dict[str, list[str]] = {}
    for source in sources:
        paragraph = f"({source.paragraph})" if source.paragraph else ""
        found.setdefault(source.title or source.instrument, []).append(f"{source.article}{paragraph}")
    return "; ".join(_places(title, dict.fromkeys(places)) for title, places in found.items())


def _places(title: str, places: Iterable[str]) -> str:
    numbered = [place for place in places if place not in WITHOUT_NUMBER]
    return f"{title} art. {', '.join(numbered)}" if numbered else title


def _when(condition: Condition) -> str:
    due = f", within {duration_words(condition.due)}" if condition.due else ""
    return f"{stage_words(condition.stage, 'outgoing')}, {condition.bound}{due}"


def _edges(bundle: Bundle) -> Iterable[Edge]:
    names = [t.name for t in bundle.rules]
    for position, code in enumerate(bundle.program.rules):
        for winner in code.defeated_by:
            yield Edge(names[winner], names[position], "defeats")
        for gateway in code.attaches_to or ():
            yield Edge(names[gateway], names[position], "attaches")


def _section(key: str, title: str, own: list[str], nodes: dict[str, Node], edges: tuple[Edge, ...]) -> Section:
    inside = [name for name in own if nodes[name].section == key]
    return section_of(key, title, [nodes[n] for n in inside], edges, nodes)


def section_of(
    key: str, title: str, inside: Iterable[Node], edges: Iterable[Edge], nodes: Mapping[str, Node]
) -> Section:
    """A section of some nodes, with the edges that touch them and the guests at the other ends."""
    kept = {n.rule: n for n in inside}
    touching = tuple(e for e in edges if e.source in kept or e.target in kept)
    ends = dict.fromkeys(name for e in touching for name in (e.source, e.target) if name not in kept)
    guests = [replace(nodes[name], guest=True) for name in ends]
    return Section(key, title, (*kept.values(), *guests), touching)
