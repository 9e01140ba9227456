"""The cases that a law can tell apart, as decision diagrams: where two laws differ, and a case with few facts that shows it.

The same diagrams that settle what is unknown in a case (`engine.settle`) range here over everything that a case may say.
"""

from __future__ import annotations

import copy
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..engine.bundle import Bundle
from ..engine.diagram import Diagrams, TooWide
from ..engine.outline import Outline
from ..engine.program import Atom, Program, atoms_under
from ..engine.worlds import Domain, Worlds

__all__ = ["Space", "Spaces", "TooWide", "Unregistered", "base_values"]

BUDGET = 60_000
"""Nodes that one question may take; beyond it the question is left open."""

MOST_NODES = 250_000
"""Nodes of a store that serves many questions; beyond it a new one is begun."""

MOST_SPACES = 6
"""Days whose spaces are kept, with the registry's answers and without."""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A domain in which a case may state any registry fact, whatever the registry says."""

    jurisdictions: Sequence[str]

    def hidden_by(self, fact: str, values: Mapping[str, Any]) -> str | None:
        """Nothing waits for a jurisdiction."""
        return None

    def answer(self, fact: str, values: Mapping[str, Any], day: date) -> bool | None:
        """The registry is not asked."""
        return None


def base_values(bundle: Bundle, day: date, *, registered: bool) -> tuple[dict[str, Any], Domain]:
    """What every case under a law says (whose law it is) with the registry's answers to that, and the domain of the rest."""
    values: dict[str, Any] = {"sender.jurisdiction": bundle.program.policy}
    domain = bundle.domain
    if not registered:
        return values, Unregistered(domain.jurisdictions)
    answers = domain.answers(bundle.program.kinds, values, day)
    return {**values, **{path: answer.value for path, answer in answers.items()}}, domain


class Space:
    """All cases on one day that one or two programs can tell apart."""

    def __init__(
        self,
        programs: Sequence[Program],
        gates: Sequence[Iterable[int]],
        values: Mapping[str, Any],
        day: date,
        domain: Domain,
    ) -> None:
        """A space for questions about those `gates` of each program."""
        self.programs = programs
        self.day = day
        self.values = values
        self.diagrams = Diagrams(BUDGET)
        self._index: dict[Atom, int] = {}
        for program, roots in zip(programs, gates, strict=True):
            for atom in atoms_under(program.gates, roots):
                self._index.setdefault(program.atoms[atom], len(self._index))
        kinds = {fact: kind for p in programs for fact, kind in p.kinds.items()}
        below = {fact: tree for p in programs for fact, tree in p.below.items()}
        self._program = Program("", tuple(self._index), (), (), (), (), None, below, kinds)
        self._worlds = Worlds(self._program, values, day, domain, range(len(self._index)), self.diagrams)
        self.possible = self._worlds.constraint()
        self._gates: tuple[dict[int, int], ...] = tuple({} for _ in programs)
        self._effective: tuple[dict[int, int], ...] = tuple({} for _ in programs)
        self._some: dict[tuple[str, ...], int] = {}

    def beside(self, other: Program) -> Space:
        """The first law's space with another law beside it, made of the first by rules and gates of its own.

        What has been worked out of the first serves this space, too, and what will be serves the next one.
        """
        space = copy.copy(self)
        space.programs = (self.programs[0], other)
        space._gates, space._effective = (self._gates[0], {}), (self._effective[0], {})
        return space

    # -- functions ----------------------------------------------------------------------------------------------

    def gate(self, index: int, which: int = 0) -> int:
        """The diagram of a gate of a program."""
        known = self._gates[which]
        if index not in known:
            known[index] = self._gate(index, which)
        return known[index]

    def _gate(self, index: int, which: int) -> int:
        program = self.programs[which]
        first = self.programs[0].gates
        if which and index < len(first) and program.gates[index] is first[index]:
            return self.gate(index)
        return self.diagrams.gate(
            program.gates[index],
            lambda atom: self._worlds.atom(self._index[program.atoms[atom]]),
            lambda part: self.gate(part, which),
        )

    def outline(self, outline: Outline, which: int = 0) -> int:
        """The diagram of a condition as written."""
        if outline.kind == "test":
            node = self.gate(outline.gate, which)
            return node if outline.positive else self.diagrams.negation(node)
        parts = [self.outline(child, which) for child in outline.children]
        if outline.kind == "not":
            return self.diagrams.negation(parts[0])
        return self.some(parts) if outline.kind == "any" else self.every(parts)

    def applicable(self, rule: int, which: int = 0) -> int:
        """The diagram of a rule's being applicable on the day."""
        code = self.programs[which].rules[rule]
        return self.gate(code.when, which) if code.in_force(self.day) else 0

    def effective(self, rule: int, which: int = 0) -> int:
        """The diagram of a rule's being effective: applicable, and none that overrides it effective."""
        known = self._effective[which]
        if rule not in known:
            node = self.applicable(rule, which)
            if node != 0:
                defeaters = self.programs[which].rules[rule].defeated_by
                node = self.without(node, self.some(self.effective(d, which) for d in defeaters))
            known[rule] = node
        return known[rule]

    def some_effective(self, effects: tuple[str, ...]) -> int:
        """The diagram of some rule of the first program, of these effects, being effective."""
        if effects not in self._some:
            rules = self.programs[0].rules
            self._some[effects] = self.some([self.effective(i) for i, r in enumerate(rules) if r.effect in effects])
        return self._some[effects]

    def where_none(self, node: int, effects: tuple[str, ...]) -> int:
        """Where something is true and no rule of the first program, of these effects, is effective.

        Rule by rule: within the one function there is less to tell apart than among all cases.
        """
        for index, rule in enumerate(self.programs[0].rules):
            if rule.effect in effects and node != 0:
                node = self.without(node, self.effective(index))
        return node

    def every(self, nodes: Iterable[int]) -> int:
        """Where all are true."""
        return self.diagrams.all_of(nodes)

    def some(self, nodes: Iterable[int]) -> int:
        """Where one is true."""
        return self.diagrams.any_of(nodes)

    def without(self, node: int, other: int) -> int:
        """Where the first is true and the second is not."""
        return self.diagrams.conjunction(node, self.diagrams.negation(other))

    def negation(self, node: int) -> int:
        """Where it is not true."""
        return self.diagrams.negation(node)

    # -- cases --------------------------------------------------------------------------------------------------

    def case(self, node: int) -> dict[str, Any] | None:
        """Facts that make a function true, as few as its diagram allows; None if it can never be true."""
        node = self.diagrams.conjunction(self.possible, node)
        path = self._shortest(node)
        return None if path is None else self._facts(path)

    def _shortest(self, root: int) -> dict[int, int] | None:
        """The branches of a path to truth that asks about the fewest facts."""
        if root == 0:
            return None
        best: list[tuple[int, int, tuple[tuple[int, int], ...]]] = [(0, root, ())]
        seen: set[int] = set()
        while best:
            cost, node, path = heapq.heappop(best)
            if node == 1:
                return dict(path)
            if node in seen:
                continue
            seen.add(node)
            level = self.diagrams.level(node)
            for branch in range(len(self.diagrams.variables[level].weights)):
                child = self.diagrams.branch(node, level, branch)
                if child != 0:
                    heapq.heappush(best, (cost + 1, child, (*path, (level, branch))))
        return None

    def _facts(self, path: Mapping[int, int]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for level, meaning in sorted(self._worlds.meanings().items()):
            if level not in path:
                continue
            if meaning.kind == "value":
                values[meaning.fact] = self._member(meaning.fact, meaning.classes[path[level]])
            elif meaning.kind == "member":
                chosen = {self._member(meaning.fact, meaning.classes[1])} if path[level] == 1 else set()
                values[meaning.fact] = values.get(meaning.fact, frozenset()) | chosen
        return values

    def _member(self, fact: str, members: Sequence[Any]) -> Any:
        """One of several values that no rule here tells apart: one that says all it can, so that nothing stays open."""
        below = self._program.below.get(fact)
        if below is None:
            return min((m for m in members if m in LIKELY), default=members[0], key=str)
        return next((m for m in members if len(below[m]) == 1), members[0])


class Spaces:
    """Spaces in which a law is held against others made of it: what is worked out of the law serves them all."""

    def __init__(self, law: Bundle) -> None:
        self.law = law
        self._found: dict[tuple[date, bool], Space] = {}

    def base(self, day: date, *, registered: bool) -> tuple[dict[str, Any], Domain]:
        """What every case says on a day, and the domain of the rest."""
        return base_values(self.law, day, registered=registered)

    def beside(self, other: Program, day: date, *, registered: bool) -> Space | None:
        """The law's space with another law beside it; None if that one tests for more than the law does."""
        law, key = self.law.program, (day, registered)
        if other.atoms != law.atoms:
            return None
        space = self._found.pop(key, None)
        if space is None or len(space.diagrams) > MOST_NODES:
            values, domain = self.base(day, registered=registered)
            space = Space((law,), (range(len(law.gates)),), values, day, domain)
        self._found[key] = space
        if len(self._found) > MOST_SPACES:
            del self._found[next(iter(self._found))]
        space.diagrams.allow(BUDGET)
        return space.beside(other)


LIKELY = ("BR", "DE", "FR", "GB", "SG")
"""Receivers to name in a suggestion where any State will do."""
