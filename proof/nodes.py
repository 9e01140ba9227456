"""The interpretations of a program's nodes: symbolic over a space of cases, and as they are evaluated for a row of cases."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any

from ..engine.atoms import Values, atom_truth
from ..engine.program import Program
from ..engine.truth import FALSE as NO
from ..engine.truth import TRUE as YES
from .formula import FALSE, TRUE, Cases, Formula, every, exactly, opposite, some
from .space import Part, Space


class Gates(ABC):
    """A program's gates, whatever its atoms are read as."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._gates: dict[int, Formula] = {}

    def gate(self, index: int) -> Formula:
        """The formula of a gate."""
        if index not in self._gates:
            self._gates[index] = self._gate(index)
        return self._gates[index]

    def _gate(self, index: int) -> Formula:
        gate = self.program.gates[index]
        if gate.kind == "constant":
            return TRUE if gate.index else FALSE
        if gate.kind in ("atom", "not_atom"):
            atom = self.atom(gate.index)
            return atom if gate.kind == "atom" else opposite(atom)
        return (every if gate.kind == "all" else some)(self.gate(child) for child in gate.children)

    @abstractmethod
    def atom(self, index: int) -> Formula:
        """The formula of an atom."""

    @abstractmethod
    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""


class Symbolic(Gates):
    """A program's nodes as formulas over a space."""

    def __init__(self, space: Space, part: Part) -> None:
        super().__init__(part.program)
        self.space = space
        self.part = part

    @classmethod
    def of(cls, space: Space, parts: Sequence[Part]) -> list[Symbolic]:
        """The nodes of several parts; versions of one law that differ in their rules alone have their gates in common."""
        made: list[Symbolic] = []
        for part in parts:
            nodes = cls(space, part)
            for other in made:
                if other.part.same_facts(part) and other.program.gates == part.program.gates:
                    nodes._gates = other._gates
            made.append(nodes)
        return made

    def atom(self, index: int) -> Formula:
        """The formula of an atom."""
        return self.space.atom(self.part, index)

    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""
        code = self.program.rules[rule]
        return exactly(self.space.within(code.start, code.end))


class Evaluated(Gates):
    """A program's nodes for a row of cases on one day: each side holds the cases in which it is so."""

    def __init__(self, program: Program, cases: Sequence[Values], day: date) -> None:
        super().__init__(program)
        self.cases = cases
        self.day = day
        self._full = (1 << len(cases)) - 1

    def atom(self, index: int) -> Formula:
        """The truth of an atom, worked out once for each value that some case gives its fact."""
        atom = self.program.atoms[index]
        surely = possibly = 0
        seen: dict[Any, int] = {}
        for position, values in enumerate(self.cases):
            key = tuple(values.get(f) for f in atom.facts)
            if key not in seen:
                seen[key] = atom_truth(atom, values, self.day, self.program)
            surely |= (seen[key] == YES) << position
            possibly |= (seen[key] != NO) << position
        sure = Cases(surely, self._full).side()
        return exactly(sure) if surely == possibly else Formula(sure, Cases(possibly, self._full).side())

    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""
        return TRUE if self.program.rules[rule].in_force(self.day) else FALSE


__all__ = ["Evaluated", "Gates", "Symbolic"]
