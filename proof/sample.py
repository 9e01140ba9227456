"""Many worlds of a space at once, so that what is plainly possible need not be asked of the solver.

A sample is a space whose variables are not terms but columns: for each branch of a fact, the worlds that are in it. Atoms, the
registry and all above them are read by the same code as for the solver, on sets of worlds instead of terms. Worlds are drawn
at random and then bent so that each rule of the laws in question applies in some of them, or drawn in the neighbourhood of one
that the solver found. That a sample shows nothing proves nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import z3

from ..engine.program import Gate
from .formula import Cases, Side, all_of, negation
from .nodes import Symbolic
from .space import Branches, Part, Scalar, Space, Subset

WORLDS = 16384
NEIGHBOURS = 4096
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
    """A complete space's variables as columns of so many worlds; with a `model`, of worlds much like it.

    In those the facts that the question's own conditions are about vary freely, and of the others one or two.
    """

    def __init__(self, space: Space, model: Any = None, seed: int = 0) -> None:
        self.__dict__.update(space.__dict__)
        self._chance = random.Random(seed)
        self._model = model
        self._full = (1 << (WORLDS if model is None else NEIGHBOURS)) - 1
        self._asked = {a.fact for a in self.parts[-1].program.atoms}
        if not self.days.single:
            days = {d.toordinal() for d in self._days()}
            self.day = self._column(
                days, None if model is None else model.eval(space.day, model_completion=True).as_long()
            )
        self.variables = {fact: self._drawn(fact, variable) for fact, variable in space.variables.items()}
        if model is None:
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
        varied = self._varied(fact)
        if isinstance(variable, Branches):
            parts = self._split(varied, len(variable.members))
            kept = [self._full & ~varied if self._so(c) else 0 for c in variable.chosen]
            return Branches(variable.members, [self._set(p | k) for p, k in zip(parts, kept, strict=True)])
        if isinstance(variable, Subset):
            return Subset(variable.members, [self._set(self._mixed(varied, i, 2)) for i in variable.inside], True)
        if self.kinds[fact] == "boolean":
            return Scalar(self._set(self._mixed(varied, variable.term, 1)), True)
        return Scalar(self._column(self._near(fact, self.kinds[fact]), self._number(variable.term), varied), True)

    def _varied(self, fact: str) -> int:
        """The worlds in which a fact is drawn by chance."""
        return self._full if self._model is None else self._some(1 if fact in self._asked else 7)

    def _so(self, side: Side) -> bool:
        """Whether it is so in the model, if there is one."""
        if self._model is None or isinstance(side, bool):
            return self._model is not None and side is True
        return bool(z3.is_true(self._model.eval(side, model_completion=True)))

    def _mixed(self, varied: int, side: Side, rarity: int) -> int:
        return (varied & self._some(rarity)) | (self._full & ~varied if self._so(side) else 0)

    def _number(self, term: Any) -> Any:
        if self._model is None:
            return None
        found = self._model.eval(term, model_completion=True)
        return (
            found.as_long()
            if z3.is_int_value(found)
            else Fraction(found.numerator_as_long(), found.denominator_as_long())
        )

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

    def _column(self, values: Iterable[Any], kept: Any = None, varied: int | None = None) -> Column:
        """Values by chance in the worlds that are varied, and in the others the one kept."""
        drawn = self._full if kept is None else self._some(1) if varied is None else varied
        ordered = sorted(values)
        worlds = dict(zip(ordered, self._split(drawn, len(ordered)), strict=True))
        if kept is not None:
            worlds[kept] = worlds.get(kept, 0) | (self._full & ~drawn)
        return Column(worlds, self._full)

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
