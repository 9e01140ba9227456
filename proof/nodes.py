"""The two interpretations of a program's nodes: symbolic over a space of cases, and as the engines evaluate one case."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..engine.atoms import Values
from ..engine.kernel import walk_gate
from ..engine.program import Program
from .formula import FALSE, TRUE, Formula, every, exactly, of_truth, opposite, some
from .space import Part, Space


class Symbolic:
    """A program's nodes as formulas over a space."""

    def __init__(self, space: Space, part: Part) -> None:
        self.space = space
        self.part = part
        self.program = part.program
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
            atom = self.space.atom(self.part, gate.index)
            return atom if gate.kind == "atom" else opposite(atom)
        return (every if gate.kind == "all" else some)(self.gate(child) for child in gate.children)

    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""
        code = self.program.rules[rule]
        return exactly(self.space.within(code.start, code.end))


class Evaluated:
    """A program's nodes for one case on one day."""

    def __init__(self, program: Program, values: Values, day: date) -> None:
        self.program = program
        self.values: Any = values
        self.day = day

    def gate(self, index: int) -> Formula:
        """The truth of a gate."""
        return of_truth(walk_gate(self.program, index, self.values, self.day))

    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""
        return TRUE if self.program.rules[rule].in_force(self.day) else FALSE
