"""The program read over the cases of one call: what the outcomes rest on, and the reasons, on planes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .columns import Classes, Columns
from .evaluate import Evaluator
from .planes import Ints, Plane, empty, lists, padded
from .reasons import Reasons


@dataclass(slots=True)
class Verdicts:
    """What is found of every case: the first four as in `Evaluated`; `clear` where a gateway is open with nothing to be met."""

    denied: Plane
    permitted: Plane
    uncovered: Plane
    open: Plane
    clear: Plane


@dataclass(frozen=True, slots=True)
class Listing:
    """A list for each case: `positions[offsets[i]:offsets[i + 1]]`, each a position in `numbers`."""

    offsets: Ints
    positions: Ints
    numbers: list[int]


class Reading(Protocol):
    """A reading of the program over some cases."""

    def verdicts(self) -> Verdicts:
        """What is found of every case."""

    def reasons(self, verdicts: Verdicts) -> tuple[Listing, Listing, Listing]:
        """For each case, once it is settled: the rules its outcome rests on; what is outstanding; what is contingent.

        Rules by position in the program, conditions by position in the order of stages.
        """


class OnPlanes:
    """The program computed on planes, step by step."""

    def __init__(self, evaluator: Evaluator, columns: Columns, classes: Sequence[Classes]) -> None:
        self.evaluated = evaluator.evaluate(columns, classes)
        self.count = columns.count
        self._reasons = Reasons(evaluator, self.evaluated, empty(padded(columns.count)))

    def verdicts(self) -> Verdicts:
        """What is found of every case."""
        found = self.evaluated
        return Verdicts(found.denied, found.permitted, found.uncovered, found.open, self._reasons.clear())

    def reasons(self, verdicts: Verdicts) -> tuple[Listing, Listing, Listing]:
        """The reasons, as `Reading.reasons` has them."""
        found = self.evaluated
        found.denied, found.permitted = verdicts.denied, verdicts.permitted
        found.uncovered, found.open = verdicts.uncovered, verdicts.open
        left, doubtful = self._reasons.conditions()
        return self._listing(self._reasons.grounds()), self._listing(left), self._listing(doubtful)

    def _listing(self, planes: Mapping[int, Plane]) -> Listing:
        used = [p for p in sorted(planes) if planes[p].any()]
        return Listing(*lists([planes[p] for p in used], self.count), used)
