"""Many worlds of a space at once, so that what is plainly possible need not be asked of the solver.

A sample is a space whose variables are not terms but columns: for each branch of a fact, the worlds that are in it. Atoms, the
registry and all above them are read by the same code as for the solver, on sets of worlds instead of terms. Worlds are
drawn at random and then bent so that each rule of the laws in question applies in some of them. That a sample shows nothing
proves nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from ..engine.program import Gate
from .formula import Cases, Side, all_of, negation
from .nodes import Symbolic
from .space import Branches, Part, Scalar, Space, Subset

WORLDS = 16384
_NEAR = (-1, 0, 1)


class Column:
    """A number or a day in each world: for each value, the worlds that have it."""

    def __init__(self, worlds: dict[Any, int], full: int) -> None:
        self.worlds = worlds
        self.full = full

    def _pairs(self, other: Any) -> Iterable[tuple[Any, Any, int]]:
        if isinstance(other, Column):
            return ((v, o, bits & more) for v, bits in self.worlds.items() for o, more in other.worlds.items())
        return ((v, other, bits) for v, bits in self.worlds.items())

    def _where(self, found: Iterable[int]) -> Side:
        bits = 0
        for some in found:
            bits |= some
        return Cases(bits, self.full).side()

    def __ge__(self, other: Any) -> Any:
        return self._where(bits for v, o, bits in self._pairs(other) if v >= o)

    def __gt__(self, other: Any) -> Any:
        return self._where(bits for v, o, bits in self._pairs(other) if v > o)

    def __le__(self, other: Any) -> Any:
        return self._where(bits for v, o, bits in self._pairs(other) if v <= o)

    def __eq__(self, other: object) -> Any:
        return self._where(bits for v, o, bits in self._pairs(other) if v == o)

    __hash__ = None  # type: ignore[assignment] # equality is a set of worlds


class Sample(Space):
    """A complete space's variables as columns of so many worlds."""

    def __init__(self, space: Space, worlds: int = WORLDS, seed: int = 0) -> None:
        self.__dict__.update(space.__dict__)
        self._chance = random.Random(seed)
        self._full = (1 << worlds) - 1
        if not self.days.single:
            self.day = self._column({d.toordinal() for d in self._days()})
        self.variables = {fact: self._drawn(fact, variable) for fact, variable in space.variables.items()}
        self._bend()

    def consistent(self) -> int:
        """The worlds that the registry allows."""
        return self.bits(all_of(side for fact in self.registered for side in self.shared(fact)))

    def bits(self, side: Side) -> int:
        """The worlds in which it is so, a bit for each."""
        return Cases.bits_of(side, self._full)

    def bound(self, operand: Any) -> Any:
        """A number or day to compare with."""
        if operand == "as_of":
            return self.day
        return operand.toordinal() if isinstance(operand, date) else Fraction(str(operand))

    # -- drawing ----------------------------------------------------------------------------------------------

    def _drawn(self, fact: str, variable: Branches | Subset | Scalar) -> Branches | Subset | Scalar:
        if isinstance(variable, Branches):
            parts = self._split(self._full, len(variable.members))
            return Branches(variable.members, [self._set(bits) for bits in parts])
        if isinstance(variable, Subset):
            return Subset(variable.members, [self._set(self._some(2)) for _ in variable.members], True)
        kind = self.kinds[fact]
        return Scalar(self._set(self._some(1)) if kind == "boolean" else self._column(self._near(fact, kind)), True)

    def _set(self, bits: int) -> Cases:
        return Cases(bits, self._full)

    def _some(self, rarity: int) -> int:
        """Each world with a chance of one in 2 ** rarity."""
        bits = self._full
        for _ in range(rarity):
            bits &= self._chance.getrandbits(self._full.bit_length())
        return bits

    def _split(self, bits: int, count: int) -> list[int]:
        """Some worlds in so many parts, by chance."""
        if count == 1:
            return [bits]
        # a share of count // 2 in count, to within one in 32
        share = 0
        for digit in format(round(count // 2 / count * 32), "05b")[::-1]:
            drawn = self._chance.getrandbits(self._full.bit_length())
            share = share | drawn if digit == "1" else share & drawn
        return [*self._split(bits & share, count // 2), *self._split(bits & ~share, count - count // 2)]

    def _column(self, values: Iterable[Any]) -> Column:
        ordered = sorted(values)
        return Column(dict(zip(ordered, self._split(self._full, len(ordered)), strict=True)), self._full)

    def _near(self, fact: str, kind: str) -> set[Any]:
        """The values at and about those that the fact is compared with."""
        operands = {a.operand for _, a in self._atoms if a.fact == fact and a.test in ("at_least", "more_than")}
        if kind == "number":
            return {Fraction(str(o)) + near for o in operands for near in _NEAR} | {Fraction(0)}
        days = {d.toordinal() for d in (self.days.first, self.days.last)}
        days |= {o.toordinal() for o in operands if isinstance(o, date)}
        return {min(max(d + near, 1), date.max.toordinal()) for d in days for near in _NEAR}

    def _days(self) -> set[date]:
        """The days on which something may begin or end."""
        edges = {d for p in self.parts for r in p.program.rules for d in (r.start, r.end) if d is not None}
        return {self.days.first, self.days.last, *(d for d in edges if self.days.first <= d <= self.days.last)}

    # -- bending ----------------------------------------------------------------------------------------------

    def _bend(self) -> None:
        """Let three rules of chance apply in each world, and nothing that defeats the last."""
        for part in self.parts:
            rules = part.program.rules
            if not rules:
                continue
            for last in (False, False, True):
                order = self._chance.sample(range(len(rules)), len(rules))
                for index, worlds in zip(order, self._split(self._full, len(rules)), strict=True):
                    self._force(part, rules[index].when, worlds, True)
                    for defeater in rules[index].defeated_by if last else ():
                        self._force(part, rules[defeater].when, worlds, False)

    def _force(self, part: Part, index: int, worlds: int, truth: bool) -> None:
        """Change the worlds so that a gate is true, or false, if that is easily done."""
        gate: Gate = part.program.gates[index]
        worlds &= ~self.bits(self._held(part, index, truth))
        if not worlds or gate.kind == "constant":
            return
        if gate.kind in ("atom", "not_atom"):
            self._force_atom(part, gate.index, worlds, truth is (gate.kind == "atom"))
        elif (gate.kind == "all") is truth:
            for child in gate.children:
                self._force(part, child, worlds, truth)
        else:
            for child, some in zip(gate.children, self._split(worlds, len(gate.children)), strict=True):
                self._force(part, child, some, truth)

    def _held(self, part: Part, index: int, truth: bool) -> Side:
        held = Symbolic(self, part).gate(index).surely
        return held if truth else negation(held)

    def _force_atom(self, part: Part, index: int, worlds: int, truth: bool) -> None:
        atom = part.program.atoms[index]
        if atom.test == "same_as" or atom.fact in part.fixed:
            return
        variable = self.variables[atom.fact]
        if isinstance(variable, Branches):
            self._move(variable.chosen, self._members(part, index, variable, truth), worlds)
        elif isinstance(variable, Subset):
            wanted = self._members(part, index, variable, True)
            for position in [self._chance.choice(wanted)] if truth and wanted else wanted if not truth else []:
                bits = variable.inside[position].bits
                variable.inside[position] = self._set(bits | worlds if truth else bits & ~worlds)
        elif isinstance(variable.term, Column):
            column, bound = variable.term, self.bound(atom.operand)
            if not isinstance(bound, Column):
                fits = [v for v in column.worlds if (v >= bound if atom.test == "at_least" else v > bound) is truth]
                self._move(column.worlds, fits, worlds)
        else:
            bits = variable.term.bits
            variable.term = self._set(bits | worlds if truth else bits & ~worlds)

    def _members(self, part: Part, index: int, variable: Branches | Subset, truth: bool) -> list[int]:
        """The branches in which an atom is true, or false."""
        return [n for n, m in enumerate(variable.members) if self.holds_of(part, index, m[0]) is truth]

    def _move(self, column: Any, to: Sequence[Any], worlds: int) -> None:
        """Take worlds out of wherever they are in a column, and share them out among some of its values."""
        if not to or worlds == 0:
            return
        plain = isinstance(column, dict)
        for key in column if plain else range(len(column)):
            if isinstance(column[key], bool):
                return
            column[key] = column[key] & ~worlds if plain else self._set(column[key].bits & ~worlds)
        for key, some in zip(to, self._split(worlds, len(to)), strict=True):
            column[key] = column[key] | some if plain else self._set(column[key].bits | some)
