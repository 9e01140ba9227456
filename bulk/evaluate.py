"""The program over bit planes: gates, defeat, and the outcome that follows without completing anything.

The same steps as `engine.kernel`, 64 cases a word; `docs/language.md` §5 gives them their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..engine.program import Gate, Program, gates_under
from ..engine.truth import TRUE
from .columns import Atoms, Columns
from .planes import Pair, Plane, empty, full, pack, padded


@dataclass(slots=True)
class Evaluated:
    """What the program says of every case. `gates` holds what was asked to be kept of them.

    `denied`, `permitted`, `uncovered` are surely so; `open` is what exact completion has to settle. The four add up to
    all cases.
    """

    applicable: list[Pair]
    effective: list[Pair]
    met: dict[int, Pair]
    forbidden: Pair
    permitted_by_some: Pair
    covered: Pair
    gates: dict[int, Pair]
    denied: Plane
    permitted: Plane
    uncovered: Plane
    open: Plane


def both(one: Pair, other: Pair) -> Pair:
    """Kleene's `all` of two."""
    sure = one.sure & other.sure
    if one.two_valued and other.two_valued:
        return Pair(sure, sure)
    return Pair(sure, one.possible & other.possible)


def either(one: Pair, other: Pair) -> Pair:
    """Kleene's `any` of two."""
    sure = one.sure | other.sure
    if one.two_valued and other.two_valued:
        return Pair(sure, sure)
    return Pair(sure, one.possible | other.possible)


def opposite(one: Pair) -> Pair:
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

    def _last_uses(self) -> dict[int, int]:
        """For each gate, the last gate that needs it; a root is needed to the end."""
        last: dict[int, int] = {}
        for index in self.reached:
            for child in self.program.gates[index].children:
                last[child] = index
        for root in self.roots:
            last.pop(root, None)
        return last

    def evaluate(self, columns: Columns, *, keep: bool = False) -> Evaluated:
        """Evaluate every case; with `keep`, what every gate says is kept too."""
        whole = padded(columns.count)
        gates = self._gates(columns, whole, keep)
        applicable = self._applicable(columns, gates)
        effective = self._effective(applicable)
        nothing = empty(whole)
        never = Pair(nothing, nothing)
        forbidden = _any((effective[i] for i in self.forbids), never)
        some = _any((effective[i] for i in self.gateways), never)
        covered = never if self.program.covers is None else gates[self.program.covers]
        within = _within(columns.count, whole)
        denied = forbidden.sure & within
        permitted = ~forbidden.possible & some.sure & within
        shut = ~(forbidden.possible | some.possible) & within
        denied |= shut & covered.sure
        uncovered = shut & ~covered.possible
        return Evaluated(
            applicable, effective, {p: gates[g] for p, g in self.met_roots.items()}, forbidden, some, covered,
            gates if keep else {}, denied, permitted, uncovered, within & ~(denied | permitted | uncovered),
        )  # fmt: skip

    def _gates(self, columns: Columns, whole: int, keep: bool) -> dict[int, Pair]:
        atoms = self.atoms.planes(columns)
        values: dict[int, Pair] = {}
        for index in self.reached:
            gate = self.program.gates[index]
            values[index] = self._gate(gate, atoms, values, whole)
            if not keep:
                for child in gate.children:
                    if self.last_use.get(child) == index:
                        del values[child]
        return values

    def _gate(self, gate: Gate, atoms: dict[int, Pair], values: dict[int, Pair], whole: int) -> Pair:
        if gate.kind == "constant":
            plane = full(whole) if gate.index == TRUE else empty(whole)
            return Pair(plane, plane)
        if gate.kind == "atom":
            return atoms[gate.index]
        if gate.kind == "not_atom":
            return opposite(atoms[gate.index])
        return _join(
            [values[child] for child in gate.children], np.bitwise_and if gate.kind == "all" else np.bitwise_or
        )

    def _applicable(self, columns: Columns, gates: dict[int, Pair]) -> list[Pair]:
        in_force: dict[tuple[date | None, date | None], Pair] = {}
        result = []
        for rule in self.program.rules:
            value = gates[rule.when]
            if rule.start is not None or rule.end is not None:
                period = (rule.start, rule.end)
                if period not in in_force:
                    table = np.array([d is not None and rule.in_force(d) for d in columns.day.values])
                    flags = table[columns.day.codes]
                    plane = pack(np.concatenate([flags, np.zeros(padded(columns.count) - columns.count, np.bool_)]))
                    in_force[period] = Pair(plane, plane)
                value = both(value, in_force[period])
            result.append(value)
        return result

    def _effective(self, applicable: list[Pair]) -> list[Pair]:
        result = list(applicable)
        for index in self.program.strata:
            defeaters = self.program.rules[index].defeated_by
            if defeaters:
                defeat = _join([result[d] for d in defeaters], np.bitwise_or)
                result[index] = both(applicable[index], opposite(defeat))
        return result


def _join(parts: list[Pair], operation: np.ufunc) -> Pair:
    """All or any of several, without a new array for each step."""
    if len(parts) == 1:
        return parts[0]
    sure = operation(parts[0].sure, parts[1].sure)
    for part in parts[2:]:
        operation(sure, part.sure, out=sure)
    if all(part.two_valued for part in parts):
        return Pair(sure, sure)
    possible = operation(parts[0].possible, parts[1].possible)
    for part in parts[2:]:
        operation(possible, part.possible, out=possible)
    return Pair(sure, possible)


def _any(parts: Iterable[Pair], never: Pair) -> Pair:
    found = list(parts)
    return _join(found, np.bitwise_or) if found else never


def _within(count: int, whole: int) -> Plane:
    """The plane of the cases that there are: the last word may have bits to spare."""
    return pack(np.arange(whole) < count) if whole != count else full(whole)
