"""From a policy file to a policy whose names, conditions and relations hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .diagnostics import Findings, Refused, suggestion
from .expressions import Expression, ExpressionReader, Is, walk
from .model import validated
from .policy import GATEWAYS, PolicyDocument, Rule
from .source import Document, Path_, read_document
from .source import Source as Text
from .vocabulary.facts import Fact, Vocabulary
from .vocabulary.load import make_fact

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy read and checked by itself; what it says of layers is checked when they are joined.

    `when` holds every rule's condition by rule id, `met_when` every condition's by (rule id, condition id), and
    `definitions` every definition's by name.
    """

    document: PolicyDocument
    text: Document
    facts: tuple[Fact, ...]
    when: dict[str, Expression]
    met_when: dict[tuple[str, str], Expression]
    definitions: dict[str, Expression]
    covers: Expression | None

    @property
    def id(self) -> str:
        """Jurisdiction code or layer id."""
        return self.document.policy


def read_policy(source: Text, vocabulary: Vocabulary, *, lenient: bool = False) -> Policy:
    """Read one policy file against a vocabulary.

    `lenient` fills in what the conformance suite may leave out (titles, sources, instruments, `encoded`).

    Raises:
        Refused: with every fault in the file.
    """
    document = read_document(source)
    if lenient and isinstance(document.data, dict):
        document.data = fill_in(document.data)
    return check_policy(document, vocabulary)


def check_policy(document: Document, vocabulary: Vocabulary) -> Policy:
    """A policy out of a document already read; see `read_policy`."""
    findings = Findings()
    if not isinstance(document.data, dict):
        raise Refused([document.error("MS103", "a policy is a mapping", (), "start with `policy: XX`")])
    model = validated(PolicyDocument, document.data, document, (), findings)
    if model is None:
        raise Refused(findings.items)
    facts = _own_facts(model, document, vocabulary, findings)
    known = vocabulary.extended(facts)
    reader = ExpressionReader(known, model.definitions, document, findings)
    policy = Policy(
        model, document, facts,
        when={r.id: reader.read(r.when, ("rules", i, "when")) for i, r in enumerate(model.rules)},
        met_when=_met_when(model, reader, document),
        definitions={n: reader.read(d.when, ("definitions", n, "when")) for n, d in model.definitions.items()},
        covers=None if model.covers is None else reader.read(model.covers, ("covers",)),
    )  # fmt: skip
    _check(policy, document, known, findings)
    findings.stop_on_errors()
    return policy


def _own_facts(
    model: PolicyDocument, document: Document, vocabulary: Vocabulary, findings: Findings
) -> tuple[Fact, ...]:
    prefix = model.policy.lower() + "."
    facts = []
    for path, entry in model.facts.items():
        at: Path_ = ("facts", path)
        if not path.startswith(prefix):
            message = f"a fact of this policy is named `{prefix}…`"
            findings.add(document.error("MS212", message, at, f"write `{prefix}{path.rsplit('.', 1)[-1]}`", key=True))
        if path in vocabulary:
            findings.add(
                document.error("MS401", f"fact `{path}` is already in the vocabulary", at, "use that one", key=True)
            )
        facts.append(make_fact(path, entry, {}, document, at, findings))
    return tuple(facts)


def _met_when(model: PolicyDocument, reader: ExpressionReader, document: Document) -> dict[tuple[str, str], Expression]:
    result: dict[tuple[str, str], Expression] = {}
    for index, rule in enumerate(model.rules):
        for key, condition in _placed_conditions(rule):
            if condition.met_when is not None:
                path: Path_ = ("rules", index, *key, "met_when")
                result[rule.id, condition.id] = reader.read(condition.met_when, path)
    return result


def _placed_conditions(rule: Rule) -> list[tuple[Path_, Any]]:
    placed: list[tuple[Path_, Any]] = [(("condition",), rule.condition)] if rule.condition else []
    placed += [(("conditions", i), c) for i, c in enumerate(rule.conditions)]
    return placed


def _check(policy: Policy, document: Document, vocabulary: Vocabulary, findings: Findings) -> None:
    model = policy.document
    if model.kind == "domestic" and model.policy not in vocabulary.jurisdictions:
        message = f"`{model.policy}` is not a jurisdiction code"
        findings.add(document.error("MS106", message, ("policy",), "use an ISO 3166-1 code, or say `kind: layer`"))
    _check_rules(model, document, findings)
    _check_conditions(model, document, findings)
    _check_sources(model, document, findings)
    _check_periods(model, document, findings)
    _check_definitions(policy, document, findings)
    for cycle in _cycles({r.id: [o for o in r.overrides if "/" not in o] for r in model.rules}):
        index = next(i for i, r in enumerate(model.rules) if r.id == cycle[0])
        chain = " → ".join((*cycle, cycle[0]))
        findings.add(
            document.error(
                "MS203",
                f"rules override each other in a circle: {chain}",
                ("rules", index, "overrides"),
                "one of them has to give way",
            )
        )


def _check_rules(model: PolicyDocument, document: Document, findings: Findings) -> None:
    ids: dict[str, int] = {}
    for index, rule in enumerate(model.rules):
        if rule.id in ids:
            first = document.place(("rules", ids[rule.id], "id"))
            findings.add(
                document.error(
                    "MS201",
                    f"rule id `{rule.id}` stands twice (first on line {first.line})",
                    ("rules", index, "id"),
                    "give each rule its own id",
                )
            )
        ids.setdefault(rule.id, index)
        if model.kind == "layer" and not model.binding and rule.effect != "advise":
            message = f"`{rule.effect}` in a text that does not bind"
            findings.add(
                document.error("MS209", message, ("rules", index, "effect"), "a non-binding text may only `advise`")
            )
    for index, rule in enumerate(model.rules):
        for position, name in enumerate(rule.overrides):
            if "/" not in name and name not in ids:
                findings.add(
                    document.error(
                        "MS202",
                        f"no rule `{name}` to override",
                        _at(document, ("rules", index, "overrides"), position),
                        suggestion(name, ids),
                    )
                )
        for position, name in enumerate(rule.attaches_to):
            at = _at(document, ("rules", index, "attaches_to"), position)
            gateways = [r.id for r in model.rules if r.effect in GATEWAYS]
            if "/" not in name and name not in gateways:
                findings.add(
                    document.error("MS208", f"`{name}` is not a gateway of this policy", at, suggestion(name, gateways))
                )


def _at(document: Document, path: Path_, position: int) -> Path_:
    return (*path, position) if (*path, position) in document.values else path


def _check_conditions(model: PolicyDocument, document: Document, findings: Findings) -> None:
    texts: dict[str, str] = {}
    for index, rule in enumerate(model.rules):
        seen: set[str] = set()
        for key, condition in _placed_conditions(rule):
            path: Path_ = ("rules", index, *key, "id")
            if condition.id in seen or texts.setdefault(condition.id, condition.text) != condition.text:
                message = f"condition id `{condition.id}` is used for two different things"
                findings.add(document.error("MS207", message, path, "give each condition its own id"))
            seen.add(condition.id)


def _check_sources(model: PolicyDocument, document: Document, findings: Findings) -> None:
    if not model.instruments:
        return
    for path in [p for p in document.values if p and p[-1] == "instrument" and "source" in p]:
        name = _dig(document.data, path)
        if isinstance(name, str) and name not in model.instruments:
            findings.add(document.error("MS213", f"no instrument `{name}`", path, suggestion(name, model.instruments)))


def _dig(data: Any, path: Path_) -> Any:
    for part in path:
        data = data[part]
    return data


def _check_periods(model: PolicyDocument, document: Document, findings: Findings) -> None:
    periods = [(("in_force",), model.in_force)]
    periods += [(("rules", i, "in_force"), r.in_force) for i, r in enumerate(model.rules)]  # type: ignore[misc]
    for path, period in periods:
        if period.start and period.end and period.start > period.end:
            message = f"the period ends ({period.end}) before it begins ({period.start})"
            findings.add(document.error("MS211", message, path, "swap or mend the days"))


def _check_definitions(policy: Policy, document: Document, findings: Findings) -> None:
    uses = {n: [e.definition for e in walk(x) if isinstance(e, Is)] for n, x in policy.definitions.items()}
    for cycle in _cycles(uses):
        chain = " → ".join((*cycle, cycle[0]))
        message = f"definitions rest on each other in a circle: {chain}"
        findings.add(
            document.error("MS204", message, ("definitions", cycle[0]), "one of them has to stand by itself", key=True)
        )


def _cycles(graph: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """The circles of a graph, each once, beginning with its first member in order of name."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for root in sorted(graph):
        trail: list[str] = []
        todo: list[tuple[str, int]] = [(root, 0)]
        while todo:
            name, depth = todo.pop()
            del trail[depth:]
            if name in trail:
                circle = trail[trail.index(name) :]
                first = circle.index(min(circle))
                found.setdefault(frozenset(circle), (*circle[first:], *circle[:first]))
                continue
            if name in done:
                continue
            trail.append(name)
            todo += [(n, depth + 1) for n in graph.get(name, ()) if n in graph]
        done.update(trail, {root})
    return list(found.values())


def fill_in(data: dict[str, Any]) -> dict[str, Any]:
    """What the conformance suite leaves out, so that its policies are whole."""
    rules = [_whole_rule(r) if isinstance(r, dict) else r for r in data.get("rules") or []]
    layer = bool(re.search("[a-z]", str(data.get("policy", ""))))
    defaults = {
        "title": str(data.get("policy")),
        "encoded": {"as_of": "2026-01-01"},
        "kind": "layer" if layer else "domestic",
    }
    return {**defaults, **data, "rules": rules}


def _whole_rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {"title": str(rule.get("id")), "source": {"instrument": "toy", "article": "1"}, **rule}
