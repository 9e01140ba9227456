"""Three-valued formulas: each a pair of a "surely" and a "possibly" side, either constant, symbolic, or of many cases at once.

Kleene's connectives act on each side alone, so one definition serves complete cases (both sides are the same object), cases
with facts left open, and plain evaluation (each side the set of the cases in which it is so).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import z3

Side = Any
"""A Python bool, a z3 Boolean term, or the `Cases` of a row of them in which it is so."""


class Cases:
    """A set out of a row of cases, a bit for each; `full` is the whole row."""

    __slots__ = ("bits", "full")

    def __init__(self, bits: int, full: int) -> None:
        self.bits = bits
        self.full = full

    def __and__(self, other: Cases) -> Cases:
        return Cases(self.bits & other.bits, self.full)

    def __or__(self, other: Cases) -> Cases:
        return Cases(self.bits | other.bits, self.full)

    def __invert__(self) -> Cases:
        return Cases(self.full ^ self.bits, self.full)

    def side(self) -> Side:
        """Itself, or a constant where it is none or all of the row."""
        return False if not self.bits else True if self.bits == self.full else self

    @staticmethod
    def bits_of(side: Side, full: int) -> int:
        """The bits of a side that is constant or a set of cases."""
        return side.bits if isinstance(side, Cases) else full if side else 0


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A statement's truth: `surely` where it is true, `possibly` where it is not false."""

    surely: Side
    possibly: Side

    @property
    def exact(self) -> bool:
        """Whether it is never unknown."""
        return self.surely is self.possibly or (self.surely is True and self.possibly is True)


TRUE = Formula(True, True)
FALSE = Formula(False, False)
UNKNOWN = Formula(False, True)


def exactly(side: Side) -> Formula:
    """A statement that is never unknown."""
    return Formula(side, side)


def every(parts: Iterable[Formula]) -> Formula:
    """True when every part is."""
    kept = []
    for part in parts:
        if part.possibly is False:
            return FALSE
        kept.append(part)
    return _join(kept, all_of)


def some(parts: Iterable[Formula]) -> Formula:
    """True when some part is."""
    kept = []
    for part in parts:
        if part.surely is True:
            return TRUE
        kept.append(part)
    return _join(kept, any_of)


def opposite(formula: Formula) -> Formula:
    """True when the formula is false."""
    if formula.exact:
        return exactly(negation(formula.surely))
    return Formula(negation(formula.possibly), negation(formula.surely))


def differ(one: Formula, other: Formula) -> Formula:
    """True when one of the two is true and the other false."""
    if one.exact and other.exact and alike(one.surely, other.surely):
        return FALSE
    return some([every([one, opposite(other)]), every([opposite(one), other])])


def alike(one: Side, other: Side) -> bool:
    """Whether two sides are one and the same term."""
    if one is other:
        return True
    return isinstance(one, z3.BoolRef) and isinstance(other, z3.BoolRef) and bool(one.ast.value == other.ast.value)


def _join(parts: list[Formula], join: Any) -> Formula:
    surely = join(p.surely for p in parts)
    if all(p.exact for p in parts):
        return exactly(surely)
    return Formula(surely, join(p.possibly for p in parts))


def all_of(sides: Iterable[Side]) -> Side:
    """Conjunction, constants folded."""
    rest = []
    for side in sides:
        if side is False:
            return False
        if side is not True:
            rest.append(side)
    return True if not rest else rest[0] if len(rest) == 1 else _joined(rest, and_, z3.Z3_mk_and)


def any_of(sides: Iterable[Side]) -> Side:
    """Disjunction, constants folded."""
    rest = []
    for side in sides:
        if side is True:
            return True
        if side is not False:
            rest.append(side)
    return False if not rest else rest[0] if len(rest) == 1 else _joined(rest, or_, z3.Z3_mk_or)


def _joined(rest: list[Side], operator: Any, symbolic: Any) -> Side:
    if isinstance(rest[0], Cases):
        return reduce(operator, rest).side()
    # z3.And and z3.Or look at the sort of every argument, which takes most of the time of building a formula
    context = rest[0].ctx
    return z3.BoolRef(symbolic(context.ref(), len(rest), (z3.Ast * len(rest))(*(r.ast for r in rest))), context)


def negation(side: Side) -> Side:
    """Negation, constants folded."""
    if isinstance(side, bool):
        return not side
    return ~side if isinstance(side, Cases) else z3.Not(side)
