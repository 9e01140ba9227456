"""The truth of one atom, given what is known. Every engine decides atoms here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .program import Atom, Program
from .truth import FALSE, TRUE, UNKNOWN, Truth

Values = Mapping[str, Any]
"""What is known of an item: by path, a bool, a value name, a frozenset of them, a number or a date. Absent is unknown."""


def atom_truth(atom: Atom, values: Values, day: date, program: Program) -> Truth:
    """The truth of an atom for what is known on a day (`as_of`)."""
    value = values.get(atom.fact)
    if value is None:
        return UNKNOWN
    if atom.test == "is_true":
        return TRUE if value else FALSE
    if atom.test == "one_of":
        return _one_of(value, atom.operand, program.below.get(atom.fact))  # type: ignore[arg-type]
    if atom.test == "same_as":
        return _same(value, values.get(str(atom.operand)), program.below.get(atom.fact))
    bound: Any = day if atom.operand == "as_of" else atom.operand
    return TRUE if (value >= bound if atom.test == "at_least" else value > bound) else FALSE


def _one_of(value: Any, operand: tuple[Any, ...], below: Mapping[str, frozenset[str]] | None) -> Truth:
    if below is None:
        return TRUE if value in operand else FALSE
    members = value if isinstance(value, frozenset) else (value,)
    possible = FALSE
    for member in members:
        under = below[member]
        # a more general value than the one tested may be it: unknown, unless all it can be is tested for
        reach = frozenset().union(*(below[name] for name in operand))
        if under <= reach:
            return TRUE
        if not under.isdisjoint(reach):
            possible = UNKNOWN
    return possible


def _same(value: Any, other: Any, below: Mapping[str, frozenset[str]] | None) -> Truth:
    if other is None:
        return UNKNOWN
    if below is None:
        return TRUE if value == other else FALSE
    if below[value].isdisjoint(below[other]):
        return FALSE
    return TRUE if value == other and len(below[value]) == 1 else UNKNOWN
