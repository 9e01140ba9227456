"""What conditions mean over all cases: exact answers to "is there a case" and "in every case", by decision diagrams.

Nothing is guessed. Registry facts may turn out either way here (a case may state them itself), and a comparison of two unknown
facts is at most too generous, so "in no case" is certain; where a diagram outgrows its budget there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from ...engine.atoms import Values
from ...engine.compile import ExpressionCompiler, GateTable, meaning_of_facts
from ...engine.diagram import Diagrams, TooWide
from ...engine.program import Program, atoms_under
from ...engine.worlds import Worlds
from ...rules.check_policy import Policy
from ...rules.expressions import Expression
from ...rules.policy import Period, Rule
from ...rules.vocabulary.facts import Vocabulary

BUDGET = 20_000
"""Nodes that may be made for one question."""

MOST = 400_000
"""Nodes that are kept for the questions to come."""

ANY_DAY = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class AnyRegistry:
    """All jurisdictions, and a registry that leaves everything open."""

    jurisdictions: Sequence[str]

    def hidden_by(self, fact: str, values: Values) -> str | None:
        """Nothing waits for a jurisdiction."""
        return None

    def answer(self, fact: str, values: Values, day: date) -> bool | None:
        """Nothing is settled."""
        return None


@dataclass(frozen=True, eq=False)
class Norm:
    """A rule in the company of those that defeat it; `gate` is its condition."""

    policy: Policy
    rule: Rule
    index: int
    gate: int
    defeaters: list[Norm] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its id; with its layer's if it is another file's."""
        return self.rule.id

    @cached_property
    def family(self) -> list[Norm]:
        """The norm and everything that may defeat it, at any remove."""
        found: dict[int, Norm] = {}
        todo = [self]
        while todo:
            norm = todo.pop()
            if id(norm) not in found:
                found[id(norm)] = norm
                todo += norm.defeaters
        return list(found.values())

    @cached_property
    def members(self) -> frozenset[int]:
        """Who is of its family."""
        return frozenset(map(id, self.family))


class Meaning:
    """The conditions of a policy and its layers as gates, and the cases behind them."""

    def __init__(self, policies: Sequence[Policy], vocabulary: Vocabulary) -> None:
        own = [fact for policy in policies for fact in policy.facts]
        self.vocabulary = vocabulary.extended(own)
        self.main = policies[0]
        self.table = GateTable()
        self.compiler = ExpressionCompiler(self.vocabulary, self.table)
        self.domain = AnyRegistry(tuple(vocabulary.jurisdictions))
        domestic = self.main.document.kind == "domestic"
        self.values: Values = {"sender.jurisdiction": self.main.id} if domestic else {}
        self.norms: dict[str, Norm] = {}
        self._compiled: dict[tuple[int, bool], tuple[Expression, int]] = {}
        self._atoms: dict[int, frozenset[int]] = {}
        self._common: Cases | None = None
        for policy in policies:
            self._add(policy)
        for norm in list(self.norms.values()):
            for name in norm.rule.overrides:
                target = self.target(norm.policy, name)
                if target is not None:
                    target.defeaters.append(norm)
        written = (
            self.main.definitions,
            self.main.met_when,
            {} if self.main.covers is None else {"": self.main.covers},
        )
        for expression in (e for part in written for e in part.values()):
            self.gate(expression)

    def _add(self, policy: Policy) -> None:
        prefix = "" if policy is self.main else f"{policy.id}/"
        for index, rule in enumerate(policy.document.rules):
            gate = self.gate(policy.when[rule.id], policy)
            self.norms[prefix + rule.id] = Norm(policy, rule, index, gate)

    def target(self, policy: Policy, name: str) -> Norm | None:
        """The rule that a rule of a policy names; None where its file is not at hand."""
        own = name if "/" in name or policy is self.main else f"{policy.id}/{name}"
        return self.norms.get(own.removeprefix(f"{self.main.id}/"))

    @property
    def own(self) -> list[Norm]:
        """The norms of the policy itself, in the order of its rules."""
        return [n for n in self.norms.values() if n.policy is self.main]

    @cached_property
    def living(self) -> list[Norm]:
        """The policy's rules that can apply at all."""
        return [n for n in self.own if self.possible(applying=[n])]

    def gate(self, expression: Expression, policy: Policy | None = None, *, positive: bool = True) -> int:
        """The gate of an expression of a policy, or of its negation."""
        key = (id(expression), positive)
        if key not in self._compiled:
            gate = self.compiler.gate(expression, (policy or self.main).definitions, positive)
            self._compiled[key] = (expression, gate)  # which is kept, so that no other comes to stand in its place
        return self._compiled[key][1]

    def facts(self, gate: int) -> set[str]:
        """The facts that a gate's atoms test."""
        return {fact for index in self.atoms(gate) for fact in self.table.atoms[index].facts}

    def atoms(self, *gates: int) -> frozenset[int]:
        """The positions of the atoms under some gates."""
        for gate in gates:
            if gate not in self._atoms:
                self._atoms[gate] = frozenset(atoms_under(self.table.gates, [gate]))
        return frozenset().union(*(self._atoms[gate] for gate in gates))

    def turns(self, *gates: int) -> bool:
        """Whether some condition compares a date with the day of the case, and so may change from day to day."""
        return any(self.table.atoms[i].operand == "as_of" for i in self.atoms(*gates))

    def ask(self, question: Callable[..., bool], *gates: int, day: date | None = None, otherwise: bool = False) -> bool:
        """The answer that all cases give to a question about some conditions, which is put to them with their diagrams.

        It is `otherwise` where a diagram is too wide, and, if no day is given, where the answer may change from day to day.
        """
        return self.answer(lambda cases: question(cases, *map(cases.of, gates)), gates, day, otherwise)

    def answer(
        self, question: Callable[[Cases], bool], gates: Sequence[int], day: date | None, otherwise: bool
    ) -> bool:
        """What `ask` answers, for a question that finds its diagrams itself."""
        turns = self.turns(*gates)
        if turns and day is None:
            return otherwise
        if not turns and self.atoms(*gates) <= self.common.atoms:
            with suppress(TooWide):  # among fewer atoms there may be room
                return question(self.common)
        try:
            return question(self.cases(*gates, day=day or ANY_DAY))
        except TooWide:
            return otherwise

    @property
    def common(self) -> Cases:
        """All cases as far as the conditions of the policy and its layers can tell them apart on any day: most questions are
        asked here, and what is worked out for one serves the others.
        """
        if self._common is None or len(self._common.diagrams) > MOST:
            steady = (i for i, atom in enumerate(self.table.atoms) if atom.operand != "as_of")
            self._common = Cases(self, frozenset(steady), ANY_DAY)
        self._common.diagrams.allow(BUDGET)
        return self._common

    def cases(self, *gates: int, day: date = ANY_DAY) -> Cases:
        """All cases as far as some conditions can tell them apart, on a day."""
        return Cases(self, self.atoms(*gates), day)

    def days(self, norms: Iterable[Norm]) -> list[date]:
        """Days that stand for all days: whatever holds of the rules on some day holds on one of these."""
        norms = list(norms)
        periods = [n.rule.in_force for n in norms] + [self.main.document.in_force]
        bounds = {ANY_DAY} | {d for p in periods for d in (p.start, p.end) if d is not None}
        gates = [n.gate for n in norms]
        if self.turns(*gates):
            atoms = [self.table.atoms[i] for i in self.atoms(*gates)]
            bounds |= {a.operand for a in atoms if isinstance(a.operand, date)}
        days = {b + timedelta(days=n) for b in bounds for n in (-2, -1, 0, 1, 2)}
        ordered = sorted(bounds)
        days |= {low + (high - low) // 2 for low, high in pairwise(ordered)}
        return sorted(d for d in days if self.main.document.in_force.holds(d))

    def possible(
        self, applying: Sequence[Norm] = (), effective: Sequence[Norm] = (), failing: Sequence[Norm] = ()
    ) -> bool:
        """Whether on some day there may be a case in which all of `applying` apply, all of `effective` are effective
        (apply and are not defeated), and none of `failing` applies. "No" is certain; when a diagram is too wide, "yes".
        """
        norms = list({id(n): n for n in (*applying, *failing, *(m for e in effective for m in e.family))}.values())
        gates = [n.gate for n in norms]
        turns = self.turns(*gates)
        seen: set[frozenset[int]] = set()
        for day in self.days(norms):
            force = frozenset(id(n) for n in norms if n.rule.in_force.holds(day))
            if (force in seen and not turns) or not all(id(n) in force for n in (*applying, *effective)):
                continue
            seen.add(force)

            def some(cases: Cases, force: frozenset[int] = force) -> bool:
                nodes = [cases.of(n.gate) for n in applying]
                nodes += [cases.effective(n, force) for n in effective]
                nodes += [cases.negation(cases.of(n.gate)) for n in failing if id(n) in force]
                return cases.together(*nodes)

            if self.answer(some, gates, day, otherwise=True):
                return True
        return False


class Cases:
    """Conditions as diagrams over everything that a case may state."""

    def __init__(self, meaning: Meaning, atoms: frozenset[int], day: date) -> None:
        self.meaning = meaning
        self.atoms = atoms
        self.diagrams = Diagrams(BUDGET)
        table = meaning.table
        below, kinds = meaning_of_facts(meaning.vocabulary, [table.atoms[i] for i in sorted(atoms)])
        program = Program(meaning.main.id, tuple(table.atoms), tuple(table.gates), (), (), (), None, below, kinds)
        self.worlds = Worlds(program, meaning.values, day, meaning.domain, sorted(atoms), self.diagrams)
        self.possible = self.worlds.constraint()
        self._gates: dict[int, int] = {}
        self._effective: dict[tuple[int, frozenset[int]], int] = {}

    def of(self, gate: int) -> int:
        """The diagram of a gate."""
        if gate not in self._gates:
            self._gates[gate] = self.diagrams.gate(self.meaning.table.gates[gate], self.worlds.atom, self.of)
        return self._gates[gate]

    def effective(self, norm: Norm, in_force: frozenset[int]) -> int:
        """Where a rule applies and nothing that defeats it is effective."""
        if id(norm) not in in_force:
            return 0
        key = (id(norm), in_force & norm.members)
        if key not in self._effective:
            node = self.of(norm.gate)
            for defeater in norm.defeaters:
                node = self.both(node, self.negation(self.effective(defeater, in_force)))
            self._effective[key] = node
        return self._effective[key]

    def all(self, nodes: Iterable[int]) -> int:
        """Where everything holds, among what is possible at all."""
        result = self.possible
        for node in nodes:
            result = self.both(result, node)
        return result

    def together(self, *nodes: int) -> bool:
        """Whether everything may hold at once."""
        return self.all(nodes) != 0

    def apart(self, *nodes: int) -> bool:
        """Whether it never does."""
        return not self.together(*nodes)

    def both(self, one: int, other: int) -> int:
        """Where both hold."""
        return self.diagrams.conjunction(one, other)

    def negation(self, node: int) -> int:
        """Where it does not hold."""
        return self.diagrams.negation(node)

    def never(self, node: int) -> bool:
        """Whether something holds in no case."""
        return self.both(self.possible, node) == 0

    def always(self, node: int) -> bool:
        """Whether something holds in every case."""
        return self.never(self.negation(node))

    def implies(self, one: int, other: int) -> bool:
        """Whether the one holds in no case without the other."""
        return self.never(self.both(one, self.negation(other)))

    def same(self, one: int, other: int) -> bool:
        """Whether two conditions hold in the same cases."""
        return self.implies(one, other) and self.implies(other, one)


def overlap(one: Period, other: Period) -> bool:
    """Whether two periods share a day."""
    first = max(one.start or date.min, other.start or date.min)
    return first <= min(one.end or date.max, other.end or date.max)


def within(inner: Period, outer: Period) -> bool:
    """Whether one period lies inside another."""
    starts = (inner.start or date.min) >= (outer.start or date.min)
    return starts and (inner.end or date.max) <= (outer.end or date.max)


__all__ = ["Cases", "Meaning", "Norm", "overlap", "within"]
