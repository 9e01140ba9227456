"""The program over bit planes: gates, defeat, and the outcome that follows without completing anything.

The same steps as `engine.kernel`, 64 cases a word; `docs/language.md` §5 gives them their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeAlias

import numpy as np
import numpy.typing as npt

from ..engine.program import Gate, Program, RuleCode, gates_under
from ..engine.truth import TRUE
from .columns import Atoms, Classes, Columns
from .planes import Bits, Pair, Plane, empty, full, pack, padded

Period: TypeAlias = tuple[date | None, date | None]
"""From when to when a rule is in force, both days inside."""


@dataclass(slots=True)
class Evaluated(Generic[Bits]):
    """What the program says of every case. `gates` holds what was asked to be kept of them.

    `denied`, `permitted`, `uncovered` are surely so; `open` is what exact completion has to settle. The four add up to
    all cases.
    """

    applicable: list[Pair[Bits]]
    effective: list[Pair[Bits]]
    met: dict[int, Pair[Bits]]
    forbidden: Pair[Bits]
    permitted_by_some: Pair[Bits]
    covered: Pair[Bits]
    gates: dict[int, Pair[Bits]]
    denied: Bits
    permitted: Bits
    uncovered: Bits
    open: Bits


def both(one: Pair[Bits], other: Pair[Bits]) -> Pair[Bits]:
    """Kleene's `all` of two."""
    sure = one.sure & other.sure
    if one.two_valued and other.two_valued:
        return Pair(sure, sure)
    return Pair(sure, one.possible & other.possible)


def opposite(one: Pair[Bits]) -> Pair[Bits]:
    """Kleene's `not`."""
    sure = ~one.possible
    return Pair(sure, sure if one.two_valued else ~one.sure)


class Evaluator:
    """Evaluates one program over columns; keeps nothing of the cases from call to call."""

    def __init__(self, program: Program) -> None:
        self.program = program
        rules = program.rules
        self.met_roots = {i: p.met_when for i, p in enumerate(program.provisos) if p.met_when is not None}
        self.roots = [r.when for r in rules] + list(self.met_roots.values())
        if program.covers is not None:
            self.roots.append(program.covers)
        self.reached = gates_under(program.gates, self.roots)
        self.atoms = Atoms(
            program, {g.index for i in self.reached if (g := program.gates[i]).kind in ("atom", "not_atom")}
        )
        self.last_use = self._last_uses()
        self.forbids = [i for i, r in enumerate(rules) if r.effect == "forbid"]
        self.gateways = list(program.gateways())
        self.periods: dict[Period, RuleCode] = {(r.start, r.end): r for r in rules if r.start or r.end}

    def _last_uses(self) -> dict[int, int]:
        """For each gate, the last gate that needs it; a root is needed to the end."""
        last: dict[int, int] = {}
        for index in self.reached:
            for child in self.program.gates[index].children:
                last[child] = index
        for root in self.roots:
            last.pop(root, None)
        return last

    def evaluate(
        self, columns: Columns, classes: Sequence[Classes] | None = None, *, keep: bool = False
    ) -> Evaluated[Plane]:
        """Evaluate every case, whose classes may be known already; with `keep`, what every gate says is kept too."""
        whole = padded(columns.count)
        atoms = self.atoms.planes(classes or self.atoms.classes(columns), columns.count)
        spare = np.zeros(whole - columns.count, np.bool_)
        in_force = {p: pack(np.concatenate([self.in_force(p, columns), spare])) for p in self.periods}
        return self.conclude(atoms, in_force, empty(whole), _within(columns.count, whole), keep=keep)

    def in_force(self, period: Period, columns: Columns) -> npt.NDArray[np.bool_]:
        """For each case whether its day lies in a period."""
        rule = self.periods[period]
        return np.array([d is not None and rule.in_force(d) for d in columns.day.values])[columns.day.codes]

    def conclude(
        self,
        atoms: Mapping[int, Pair[Bits]],
        in_force: Mapping[Period, Bits],
        nothing: Bits,
        within: Bits,
        *,
        keep: bool = False,
    ) -> Evaluated[Bits]:
        """What follows from the atoms' truth; `in_force` are the cases whose day lies in a period, `within` all there are."""
        gates = self._gates(atoms, nothing, keep)
        applicable = self._applicable(gates, in_force)
        effective = self._effective(applicable)
        never = Pair(nothing, nothing)
        forbidden = _any([effective[i] for i in self.forbids], never)
        some = _any([effective[i] for i in self.gateways], never)
        covered = never if self.program.covers is None else gates[self.program.covers]
        denied = forbidden.sure & within
        permitted = ~forbidden.possible & some.sure & within
        shut = ~(forbidden.possible | some.possible) & within
        denied = denied | (shut & covered.sure)
        uncovered = shut & ~covered.possible
        return Evaluated(
            applicable, effective, {p: gates[g] for p, g in self.met_roots.items()}, forbidden, some, covered,
            gates if keep else {}, denied, permitted, uncovered, within & ~(denied | permitted | uncovered),
        )  # fmt: skip

    def _gates(self, atoms: Mapping[int, Pair[Bits]], nothing: Bits, keep: bool) -> dict[int, Pair[Bits]]:
        values: dict[int, Pair[Bits]] = {}
        for index in self.reached:
            gate = self.program.gates[index]
            values[index] = self._gate(gate, atoms, values, nothing)
            if not keep:
                for child in gate.children:
                    if self.last_use.get(child) == index:
                        del values[child]
        return values

    def _gate(
        self, gate: Gate, atoms: Mapping[int, Pair[Bits]], values: dict[int, Pair[Bits]], nothing: Bits
    ) -> Pair[Bits]:
        if gate.kind == "constant":
            plane = ~nothing if gate.index == TRUE else nothing
            return Pair(plane, plane)
        if gate.kind == "atom":
            return atoms[gate.index]
        if gate.kind == "not_atom":
            return opposite(atoms[gate.index])
        return _join([values[child] for child in gate.children], gate.kind == "all")

    def _applicable(self, gates: dict[int, Pair[Bits]], in_force: Mapping[Period, Bits]) -> list[Pair[Bits]]:
        result = []
        for rule in self.program.rules:
            value = gates[rule.when]
            if rule.start or rule.end:
                days = in_force[rule.start, rule.end]
                value = both(value, Pair(days, days))
            result.append(value)
        return result

    def _effective(self, applicable: list[Pair[Bits]]) -> list[Pair[Bits]]:
        result = list(applicable)
        for index in self.program.strata:
            defeaters = self.program.rules[index].defeated_by
            if defeaters:
                defeat = _join([result[d] for d in defeaters], False)
                result[index] = both(applicable[index], opposite(defeat))
        return result


def _join(parts: Sequence[Pair[Bits]], every: bool) -> Pair[Bits]:
    """All of several, or any."""
    if len(parts) == 1:
        return parts[0]
    sure = _folded([part.sure for part in parts], every)
    if all(part.two_valued for part in parts):
        return Pair(sure, sure)
    return Pair(sure, _folded([part.possible for part in parts], every))


def _folded(planes: Sequence[Bits], every: bool) -> Bits:
    """At least two planes in one, without a new array for each step."""
    result = planes[0] & planes[1] if every else planes[0] | planes[1]
    for plane in planes[2:]:
        if every:
            result &= plane
        else:
            result |= plane
    return result


def _any(parts: Sequence[Pair[Bits]], never: Pair[Bits]) -> Pair[Bits]:
    return _join(parts, False) if parts else never


def _within(count: int, whole: int) -> Plane:
    """The plane of the cases that there are: the last word may have bits to spare."""
    return pack(np.arange(whole) < count) if whole != count else full(whole)
