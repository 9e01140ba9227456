"""Decisions on columns of cases: outcome, rules, conditions and missing facts for each, as `engine.item` finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..engine.kernel import Kernel
from ..engine.lookup import RegistryDomain
from ..engine.program import Program
from .columns import Columns, registered
from .evaluate import Evaluator
from .native import COMPILE_AFTER, Native
from .planes import Ints, pack, padded, spread
from .reading import Listing, OnPlanes, Reading, Verdicts
from .reasons import in_stages
from .settling import Settler

OUTCOMES = ("allow", "conditions", "undetermined", "deny")
"""In order of weight, so that the worst of several is the largest."""


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of names for each case: `positions[offsets[i]:offsets[i + 1]]` into `names`."""

    offsets: Ints
    positions: Ints
    names: Sequence[str]

    def of(self, case: int) -> list[str]:
        """One case's names."""
        return [self.names[p] for p in self.positions[self.offsets[case] : self.offsets[case + 1]].tolist()]

    def take(self, where: Ints) -> Lists:
        """The lists of some cases, each as often as it is named."""
        lengths = np.diff(self.offsets)[where]
        offsets = np.zeros(len(where) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        places = np.repeat(self.offsets[:-1][where] - offsets[:-1], lengths)
        places += np.arange(offsets[-1], dtype=np.int32)
        return Lists(offsets, self.positions.take(places), self.names)

    def joined(self, other: Lists) -> Lists:
        """These lists and then others."""
        numbers: dict[str, int] = {}  # two rules may ask for one condition, so that a name stands twice
        positions = [
            np.array([numbers.setdefault(name, len(numbers)) for name in part.names], np.int32)[part.positions]
            for part in (self, other)
        ]
        offsets = np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]])
        return Lists(offsets, np.concatenate(positions), list(numbers))


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a number of cases, one an element.

    `outcome` are positions in `OUTCOMES`. `rules` are what the outcome rests on, in the program's order; `outstanding` and
    `contingent` the ids of conditions, those to be met before sending first; `missing` the facts that would decide an
    undetermined case, most useful first. `exact` is false where the budget of exact completion ran out.
    """

    outcome: Ints
    not_covered: Ints
    exact: Ints
    rules: Lists | None
    outstanding: Lists | None
    contingent: Lists | None
    missing: Lists | None

    def take(self, where: Ints) -> Answers:
        """The answers to some of the cases, each as often as it is named."""
        lists = (self.rules, self.outstanding, self.contingent, self.missing)
        taken = [None if part is None else part.take(where) for part in lists]
        return Answers(self.outcome[where], self.not_covered[where], self.exact[where], *taken)

    def joined(self, other: Answers) -> Answers:
        """These answers and then others."""
        pairs = ((getattr(self, key), getattr(other, key)) for key in ("rules", "outstanding", "contingent", "missing"))
        lists = [None if one is None or two is None else one.joined(two) for one, two in pairs]
        return Answers(
            np.concatenate([self.outcome, other.outcome]), np.concatenate([self.not_covered, other.not_covered]),
            np.concatenate([self.exact, other.exact]), *lists,
        )  # fmt: skip


class Columnar:
    """Decides cases in columns under one program.

    Where llvmlite is installed the program is compiled for columns of one shape once so many cases of that shape have been
    decided, and then runs on so many threads; the answers are the same.
    """

    def __init__(
        self, program: Program, domain: RegistryDomain, *, compile_after: int = COMPILE_AFTER, threads: int = 1
    ) -> None:
        self.program = program
        self.domain = domain
        self.evaluator = Evaluator(program)
        self.native = Native(self.evaluator, compile_after, threads)
        self.settler = Settler(self.evaluator, domain)
        self.looked_up = [
            f for f in program.kinds if f in domain.vocabulary and domain.vocabulary[f].registry is not None
        ]
        self.rules = [r.id for r in program.rules]
        self.conditions = [program.provisos[p].id for p in in_stages(program)]

    @cached_property
    def one_by_one(self) -> Kernel:
        """The same program for one case at a time."""
        return Kernel(self.program)

    def decide(self, columns: Columns, *, reasons: bool = True, settle: bool = True) -> Answers:
        """The answers; without `reasons` the outcomes alone. Without `settle` what Kleene leaves open stays undetermined."""
        columns = registered(columns, self.domain, self.looked_up)
        classes = self.evaluator.atoms.classes(columns)
        compiled = self.native.read(columns, classes)
        reading: Reading = compiled or OnPlanes(self.evaluator, columns, classes)
        found = reading.verdicts()
        settled, which = self._settle(columns, found) if settle else (None, None)
        rules = outstanding = contingent = missing = None
        if reasons:
            grounds, left, doubtful = reading.reasons(found)
            rules = _named(grounds, self.rules)
            outstanding, contingent = _named(left, self.conditions), _named(doubtful, self.conditions)
            missing = self._missing(settled, which, columns.count)
        return Answers(
            _outcome(found, columns.count), spread(found.uncovered, columns.count),
            self._exact(settled, which, columns.count), rules, outstanding, contingent, missing,
        )  # fmt: skip

    def _settle(self, columns: Columns, found: Verdicts) -> tuple[Ints | None, Ints | None]:
        """Settle what is open: the planes of `found` are brought up to date; gives the cases and their settlements."""
        if not found.open.any():
            return None, None
        cases = np.flatnonzero(spread(found.open, columns.count))
        which = self.settler.settle(columns.take(cases))
        how = np.array(
            [("permitted", "denied", "uncovered", "open").index(s.how) for s in self.settler.found], np.uint8
        )
        flags = np.full(padded(columns.count), 255, np.uint8)
        flags[cases] = how[which]
        found.permitted = found.permitted | pack(flags == 0)
        found.denied = found.denied | pack(flags == 1)
        found.uncovered = found.uncovered | pack(flags == 2)
        found.open = pack(flags == 3)
        return cases, which

    def _exact(self, cases: Ints | None, which: Ints | None, count: int) -> Ints:
        exact = np.ones(count, np.bool_)
        if cases is not None and which is not None:
            exact[cases] = np.array([s.exact for s in self.settler.found], np.bool_)[which]
        return exact

    def _missing(self, cases: Ints | None, which: Ints | None, count: int) -> Lists:
        offsets = np.zeros(count + 1, np.int32)
        if cases is None or which is None:
            return Lists(offsets, np.zeros(0, np.int32), ())
        numbers: dict[str, int] = {}
        found = [[numbers.setdefault(f, len(numbers)) for f in s.missing] for s in self.settler.found]
        ends = np.cumsum([0, *(len(f) for f in found)], dtype=np.int32)
        own = Lists(ends, np.array([n for f in found for n in f], np.int32), list(numbers)).take(which)
        offsets[cases + 1] = np.diff(own.offsets)
        np.cumsum(offsets, out=offsets)
        return Lists(offsets, own.positions, own.names)


def _named(listing: Listing, names: Sequence[str]) -> Lists:
    return Lists(listing.offsets, listing.positions, [names[n] for n in listing.numbers])


def _outcome(found: Verdicts, count: int) -> Ints:
    clear = found.permitted & found.clear
    # the position in OUTCOMES, in two bits: conditions and deny are odd, undetermined and deny above one
    odd, high = found.denied | (found.permitted & ~clear), found.denied | ~found.permitted
    outcome: Ints = spread(high, count).view(np.uint8)
    outcome <<= 1
    outcome |= spread(odd, count).view(np.uint8)
    return outcome
