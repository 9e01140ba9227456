"""Three-valued formulas: each a pair of a "surely" and a "possibly" side, either constant or symbolic.

Kleene's connectives act on each side alone, so one definition serves complete cases (both sides are the same object), cases
with facts left open, and plain evaluation (both sides are constants).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import z3

Side = Any
"""A Python bool, or a z3 Boolean term."""


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


def of_truth(truth: int) -> Formula:
    """A truth value of the engines (0 false, 1 unknown, 2 true) as a constant."""
    return (FALSE, UNKNOWN, TRUE)[truth]


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
    return some([every([one, opposite(other)]), every([opposite(one), other])])


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
    return True if not rest else rest[0] if len(rest) == 1 else z3.And(rest)


def any_of(sides: Iterable[Side]) -> Side:
    """Disjunction, constants folded."""
    rest = []
    for side in sides:
        if side is True:
            return True
        if side is not False:
            rest.append(side)
    return False if not rest else rest[0] if len(rest) == 1 else z3.Or(rest)


def negation(side: Side) -> Side:
    """Negation, constants folded."""
    return (not side) if isinstance(side, bool) else z3.Not(side)
