"""The cases that a law can tell apart, as decision diagrams: where two laws differ, and a case with few facts that shows it.

The same diagrams that settle what is unknown in a case (`engine.settle`) range here over everything that a case may say.
"""

from __future__ import annotations

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

__all__ = ["Space", "TooWide", "Unregistered", "base_values"]

BUDGET = 60_000
"""Nodes of one diagram store; beyond it a question is left open."""


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
        self._gates: dict[tuple[int, int], int] = {}
        self._effective: dict[tuple[int, int], int] = {}

    # -- functions ----------------------------------------------------------------------------------------------

    def gate(self, index: int, which: int = 0) -> int:
        """The diagram of a gate of a program."""
        key = (which, index)
        if key not in self._gates:
            self._gates[key] = self._gate(index, which)
        return self._gates[key]

    def _gate(self, index: int, which: int) -> int:
        program = self.programs[which]
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
        key = (which, rule)
        if key not in self._effective:
            node = self.applicable(rule, which)
            for defeater in self.programs[which].rules[rule].defeated_by:
                if node != 0:
                    node = self.without(node, self.effective(defeater, which))
            self._effective[key] = node
        return self._effective[key]

    def some_effective(self, effects: tuple[str, ...], which: int = 0) -> int:
        """The diagram of some rule of these effects being effective."""
        rules = self.programs[which].rules
        return self.some([self.effective(i, which) for i, r in enumerate(rules) if r.effect in effects])

    def every(self, nodes: Iterable[int]) -> int:
        """Where all are true."""
        result = 1
        for node in nodes:
            result = self.diagrams.conjunction(result, node)
        return result

    def some(self, nodes: Iterable[int]) -> int:
        """Where one is true."""
        result = 0
        for node in nodes:
            result = self.diagrams.disjunction(result, node)
        return result

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


LIKELY = ("BR", "DE", "FR", "GB", "SG")
"""Receivers to name in a suggestion where any State will do."""
