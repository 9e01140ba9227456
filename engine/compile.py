"""From checked policies to one program: conditions to interned gates in negation normal form, overrides to strata."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ..rules.check_policy import Policy
from ..rules.diagnostics import Diagnostic, Findings, suggestion
from ..rules.expressions import Both, Expression, ExpressionReader, Is, Not, Test
from ..rules.policy import GATEWAYS, Rule
from ..rules.source import Document, Source
from ..rules.vocabulary.facts import Vocabulary
from .outline import Outline
from .program import Atom, Gate, Program, Proviso, RuleCode
from .truth import FALSE, TRUE


def compile_policies(
    policy: Policy, layers: Sequence[Policy], vocabulary: Vocabulary
) -> tuple[Program, tuple[Outline, ...]]:
    """The program of a domestic policy and its layers, and each rule's condition as it was written.

    Raises:
        Refused: MS202, MS203, MS208 for references between files that do not hold.
    """
    compiler = _Compiler(policy, layers, vocabulary)
    return compiler.program(), tuple(compiler.outlines)


def check_references(policy: Policy, layers: Sequence[Policy], vocabulary: Vocabulary) -> None:
    """Whether a policy and its layers can be compiled: what they say of each other holds, and what follows from what.

    Raises:
        Refused: as `compile_policies`.
    """
    _Compiler(policy, layers, vocabulary).check()


def rule_name(policy: Policy, rule: Rule, domestic: str) -> str:
    """A rule's name in a program: bare in the domestic policy, `layer/id` in a layer."""
    return rule.id if policy.id == domestic else f"{policy.id}/{rule.id}"


def meaning_of_facts(
    vocabulary: Vocabulary, atoms: Iterable[Atom]
) -> tuple[dict[str, dict[str, frozenset[str]]], dict[str, str]]:
    """`below` and `kinds` of a program: what some atoms need to know of the facts they test."""
    facts = sorted({fact for atom in atoms for fact in atom.facts})
    below = {f: dict(tree.below) for f in facts if (tree := vocabulary[f].tree) is not None}
    return below, {f: vocabulary[f].kind for f in facts}


class GateTable:
    """Interns gates: equal conditions become one gate."""

    def __init__(self) -> None:
        self.gates: list[Gate] = []
        self.atoms: list[Atom] = []
        self._gate: dict[Gate, int] = {}
        self._atom: dict[Atom, int] = {}

    @classmethod
    def of(cls, program: Program) -> GateTable:
        """A program's own table, to be extended: what is there keeps its position."""
        table = cls()
        table.gates, table.atoms = list(program.gates), list(program.atoms)
        table._gate = {gate: i for i, gate in enumerate(program.gates)}
        table._atom = {atom: i for i, atom in enumerate(program.atoms)}
        return table

    def gate(self, gate: Gate) -> int:
        if gate not in self._gate:
            self._gate[gate] = len(self.gates)
            self.gates.append(gate)
        return self._gate[gate]

    def constant(self, truth: int) -> int:
        return self.gate(Gate("constant", truth))

    def literal(self, atom: Atom, *, positive: bool) -> int:
        if atom not in self._atom:
            self._atom[atom] = len(self.atoms)
            self.atoms.append(atom)
        return self.gate(Gate("atom" if positive else "not_atom", self._atom[atom]))

    def join(self, kind: Any, parts: Sequence[int]) -> int:
        """All or any of several gates, flattened, without repeats or neutral constants."""
        neutral, absorbing = (TRUE, FALSE) if kind == "all" else (FALSE, TRUE)
        flat: dict[int, None] = {}
        for part in parts:
            gate = self.gates[part]
            if gate.kind == kind:
                flat.update(dict.fromkeys(gate.children))
            elif gate.kind == "constant" and gate.index == absorbing:
                return part
            elif not (gate.kind == "constant" and gate.index == neutral):
                flat[part] = None
        if not flat:
            return self.constant(neutral)
        return next(iter(flat)) if len(flat) == 1 else self.gate(Gate(kind, 0, tuple(sorted(flat))))


class ExpressionCompiler:
    """Expressions to gates; derived facts and definitions are put in place, so they cost and mean nothing of their own."""

    def __init__(self, vocabulary: Vocabulary, table: GateTable) -> None:
        self.vocabulary = vocabulary
        self.table = table
        self._derived: dict[str, Expression] = {}

    def gate(self, expression: Expression, definitions: Mapping[str, Expression], positive: bool = True) -> int:
        """The gate of an expression, or of its negation."""
        if isinstance(expression, Test):
            return self._test(expression, definitions, positive)
        if isinstance(expression, Not):
            return self.gate(expression.part, definitions, not positive)
        if isinstance(expression, Is):
            return self.gate(definitions[expression.definition], definitions, positive)
        joins = isinstance(expression, Both) is positive
        parts = [self.gate(part, definitions, positive) for part in expression.parts]
        return self.table.join("all" if joins else "any", parts)

    def outline(self, expression: Expression, definitions: Mapping[str, Expression], positive: bool = True) -> Outline:
        """An expression's outline; `positive` is the polarity in which `gate` compiled it."""
        place = expression.place
        if isinstance(expression, Test):
            if self.vocabulary[expression.fact].derived is not None:
                inner = self.outline(self.derivation(expression.fact), {}, positive)
                return Outline("derived", place, (inner,), expression, expression.fact)
            return Outline("test", place, (), expression, "", self._test(expression, definitions, positive), positive)
        if isinstance(expression, Is):
            name = expression.definition
            return Outline("is", place, (self.outline(definitions[name], definitions, positive),), None, name)
        if isinstance(expression, Not):
            return Outline("not", place, (self.outline(expression.part, definitions, not positive),))
        kind = "all" if isinstance(expression, Both) else "any"
        return Outline(kind, place, tuple(self.outline(p, definitions, positive) for p in expression.parts))

    def _test(self, test: Test, definitions: Mapping[str, Expression], positive: bool) -> int:
        if self.vocabulary[test.fact].derived is not None:
            return self.gate(self.derivation(test.fact), {}, positive)
        if test.operator == "different_from":
            return self.table.literal(Atom(test.fact, "same_as", test.operand), positive=not positive)
        if test.operator in ("at_most", "less_than"):
            opposite: Any = "more_than" if test.operator == "at_most" else "at_least"
            return self.table.literal(Atom(test.fact, opposite, test.operand), positive=not positive)
        if test.operator in ("any_of", "none_of", "all_of"):
            return self._members(test, positive)
        operand = None if test.operator == "is_true" else test.operand
        return self.table.literal(Atom(test.fact, test.operator, operand), positive=positive)  # type: ignore[arg-type]

    def _members(self, test: Test, positive: bool) -> int:
        if test.operator == "none_of":
            positive = not positive
        if self.vocabulary[test.fact].kind in ("number", "date"):
            parts = [self._equal(test.fact, value, positive) for value in test.operand]
            return self.table.join("any" if positive else "all", parts)
        if test.operator == "all_of":
            parts = [self.table.literal(Atom(test.fact, "one_of", (v,)), positive=positive) for v in test.operand]
            return self.table.join("all" if positive else "any", parts)
        return self.table.literal(Atom(test.fact, "one_of", test.operand), positive=positive)

    def _equal(self, fact: str, value: Any, positive: bool) -> int:
        low = self.table.literal(Atom(fact, "at_least", value), positive=positive)
        high = self.table.literal(Atom(fact, "more_than", value), positive=not positive)
        return self.table.join("all" if positive else "any", [low, high])

    def derivation(self, path: str) -> Expression:
        """What a derived fact follows from.

        Raises:
            Refused: it is not well-formed.
        """
        if path not in self._derived:
            findings = Findings()
            document = Document(Source("vocabulary", ""), self.vocabulary[path].derived)
            reader = ExpressionReader(self.vocabulary, {}, document, findings)
            self._derived[path] = reader.read(document.data, ())
            findings.stop_on_errors()
        return self._derived[path]


class _Compiler:
    def __init__(self, policy: Policy, layers: Sequence[Policy], vocabulary: Vocabulary) -> None:
        own = [fact for p in (policy, *layers) for fact in p.facts]
        self.vocabulary = vocabulary.extended(own)
        self.policies = (policy, *layers)
        self.domestic = policy.id
        self.table = GateTable()
        self.expressions = ExpressionCompiler(self.vocabulary, self.table)
        self.findings = Findings()
        self.outlines: list[Outline] = []
        self.names: dict[str, int] = {}
        self.gateways: set[str] = set()
        for p in self.policies:
            for rule in p.document.rules:
                name = rule_name(p, rule, self.domestic)
                self.names[name] = len(self.names)
                if rule.effect in GATEWAYS:
                    self.gateways.add(name)

    def check(self) -> None:
        for policy in self.policies:
            for index, rule in enumerate(policy.document.rules):
                self._attaches(policy, rule, index)
            for fact in policy.facts:
                if fact.derived is not None:
                    self.expressions.derivation(fact.path)
        self._strata(self._defeated())
        self.findings.stop_on_errors()

    def program(self) -> Program:
        rules: list[RuleCode] = []
        provisos: list[Proviso] = []
        for policy in self.policies:
            for index, rule in enumerate(policy.document.rules):
                rules.append(self._rule(policy, rule, index, len(rules), provisos))
        defeated = self._defeated()
        rules = [replace(r, defeated_by=d) for r, d in zip(rules, defeated, strict=True)]
        covers = self.policies[0].covers
        gate = None if covers is None else self.expressions.gate(covers, self.policies[0].definitions)
        strata = self._strata(defeated)
        self.findings.stop_on_errors()
        below, kinds = meaning_of_facts(self.vocabulary, self.table.atoms)
        program = Program(
            self.domestic, tuple(self.table.atoms), tuple(self.table.gates), tuple(rules), tuple(provisos), strata, gate,
            below, kinds,
        )  # fmt: skip
        return replace(program, hash=program_hash(program))

    def _rule(self, policy: Policy, rule: Rule, index: int, position: int, provisos: list[Proviso]) -> RuleCode:
        own = []
        for condition in rule.all_conditions:
            met = policy.met_when.get((rule.id, condition.id))
            gate = None if met is None else self.expressions.gate(met, policy.definitions)
            own.append(len(provisos))
            provisos.append(Proviso(condition.id, position, condition.stage, gate))
        attaches = self._attaches(policy, rule, index)
        when = self.expressions.gate(policy.when[rule.id], policy.definitions)
        self.outlines.append(self.expressions.outline(policy.when[rule.id], policy.definitions))
        start, end = self._in_force(policy, rule)
        return RuleCode(
            rule_name(policy, rule, self.domestic), rule.effect, when, start, end, (),
            tuple(sorted(a for a in attaches if a is not None)) if rule.attaches_to else None, tuple(own),
        )  # fmt: skip

    def _attaches(self, policy: Policy, rule: Rule, index: int) -> list[int | None]:
        return [self._reference(policy, name, index, "attaches_to", i) for i, name in enumerate(rule.attaches_to)]

    def _in_force(self, policy: Policy, rule: Rule) -> tuple[date | None, date | None]:
        """When a rule is in force: within its own period and, in a layer, within the layer's."""
        periods = [rule.in_force] if policy.id == self.domestic else [rule.in_force, policy.document.in_force]
        starts = [p.start for p in periods if p.start is not None]
        ends = [p.end for p in periods if p.end is not None]
        return max(starts, default=None), min(ends, default=None)

    def _reference(self, policy: Policy, name: str, index: int, key: str, position: int) -> int | None:
        """The position of a rule named by another; faults are reported where the name stands."""
        own = name if "/" in name or policy.id == self.domestic else f"{policy.id}/{name}"
        layer, _, rest = own.partition("/")
        if layer == self.domestic:
            own = rest
        found = self.names.get(own)
        if found is None:
            present = {p.id for p in self.policies}
            if "/" in name and policy.id != self.domestic and layer not in present:
                return None  # a layer may speak of another layer that does not bind this State
            code = "MS202" if key == "overrides" else "MS208"
            at = ("rules", index, key, position)
            self.findings.add(policy.text.error(code, f"no rule `{name}`", at, suggestion(name, self.names)))
        elif key == "attaches_to" and own not in self.gateways:
            at = ("rules", index, key, position)
            self.findings.add(
                policy.text.error("MS208", f"`{name}` is not a gateway", at, "name a `permit` or `oblige`")
            )
        return found

    def _defeated(self) -> list[tuple[int, ...]]:
        """For each rule, in order of position, the rules that override it."""
        defeaters: dict[int, set[int]] = {}
        position = 0
        for policy in self.policies:
            for index, rule in enumerate(policy.document.rules):
                for i, name in enumerate(rule.overrides):
                    target = self._reference(policy, name, index, "overrides", i)
                    if target is not None:
                        defeaters.setdefault(target, set()).add(position)
                position += 1
        return [tuple(sorted(defeaters.get(i, ()))) for i in range(position)]

    def _strata(self, defeated: list[tuple[int, ...]]) -> tuple[int, ...]:
        """Every rule after those that override it; a circle across files is reported."""
        depth: dict[int, int] = {}
        waiting = set(range(len(defeated)))
        while waiting:
            ready = {i for i in waiting if all(d in depth for d in defeated[i])}
            if not ready:
                self._report_circle(waiting)
                return ()
            for i in ready:
                depth[i] = 1 + max((depth[d] for d in defeated[i]), default=-1)
            waiting -= ready
        return tuple(sorted(range(len(defeated)), key=lambda i: (depth[i], i)))

    def _report_circle(self, waiting: set[int]) -> None:
        known = list(self.names)
        names = ", ".join(f"`{known[i]}`" for i in sorted(waiting))
        text = self.policies[0].text
        message = f"rules override each other in a circle across files: {names}"
        self.findings.add(Diagnostic("MS203", message, text.place(()), "one of them has to give way"))


def program_hash(program: Program) -> str:
    """A digest of all that a program means, the same on every machine."""
    below = {f: {v: sorted(s) for v, s in tree.items()} for f, tree in sorted(program.below.items())}
    parts = (
        program.policy,
        program.atoms,
        program.gates,
        program.rules,
        program.provisos,
        program.covers,
        below,
        program.kinds,
    )
    return "sha256:" + hashlib.sha256(repr(parts).encode()).hexdigest()
