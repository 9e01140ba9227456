"""Kleene's strong three-valued logic, as numbers: `all` is the minimum, `any` the maximum, `not` swaps."""

from __future__ import annotations

from typing import Literal

Truth = Literal[0, 1, 2]

FALSE: Truth = 0
UNKNOWN: Truth = 1
TRUE: Truth = 2

NAMES: tuple[Literal["false", "unknown", "true"], ...] = ("false", "unknown", "true")


def negate(truth: Truth) -> Truth:
    """False for true, true for false, unknown for unknown."""
    return 2 - truth  # type: ignore[return-value]


def of(value: bool | None) -> Truth:
    """A boolean as a truth value; None is unknown."""
    return UNKNOWN if value is None else TRUE if value else FALSE
