"""Decisions on columns of cases: outcome, rules, conditions and missing facts for each, as `engine.item` finds them.

Every line of `_Parts` is one line of `engine.item` for 64 cases at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..engine.lookup import RegistryDomain
from ..engine.program import Program
from .columns import Columns, registered
from .evaluate import Evaluated, Evaluator
from .planes import Ints, Pair, Plane, empty, lists, pack, padded, spread
from .settling import Settler

OUTCOMES = ("allow", "conditions", "undetermined", "deny")
"""In order of weight, so that the worst of several is the largest."""

STAGES = {"before": 0, "with": 1, "after": 2}


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
        numbers = {name: place for place, name in enumerate(self.names)}
        table = np.array([numbers.setdefault(name, len(numbers)) for name in other.names], np.int32)
        offsets = np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]])
        return Lists(offsets, np.concatenate([self.positions, table[other.positions]]), list(numbers))


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
    """Decides cases in columns under one program."""

    def __init__(self, program: Program, domain: RegistryDomain) -> None:
        self.program = program
        self.domain = domain
        self.evaluator = Evaluator(program)
        self.settler = Settler(self.evaluator, domain)
        self.looked_up = [
            f for f in program.kinds if f in domain.vocabulary and domain.vocabulary[f].registry is not None
        ]
        self.order = sorted(range(len(program.provisos)), key=lambda p: (STAGES[program.provisos[p].stage], p))

    def decide(self, columns: Columns, *, reasons: bool = True, settle: bool = True) -> Answers:
        """The answers; without `reasons` the outcomes alone. Without `settle` what Kleene leaves open stays undetermined."""
        columns = registered(columns, self.domain, self.looked_up)
        found = self.evaluator.evaluate(columns)
        settled, which = self._settle(columns, found) if settle else (None, None)
        parts = _Parts(self, found, columns.count)
        outcome = parts.outcome()
        rules = outstanding = contingent = missing = None
        if reasons:
            rules = parts.listed(parts.grounds(), [r.id for r in self.program.rules])
            ids = [self.program.provisos[p].id for p in self.order]
            left, doubtful = parts.conditions()
            outstanding, contingent = parts.listed(left, ids), parts.listed(doubtful, ids)
            missing = self._missing(settled, which, columns.count)
        return Answers(
            outcome, spread(found.uncovered, columns.count), self._exact(settled, which, columns.count), rules, outstanding,
            contingent, missing,
        )  # fmt: skip

    def _settle(self, columns: Columns, found: Evaluated) -> tuple[Ints | None, Ints | None]:
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
        lengths = np.array([len(f) for f in found], np.int32)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        flat = np.array([n for f in found for n in f], np.int32)
        own = lengths[which]
        offsets[cases + 1] = own
        np.cumsum(offsets, out=offsets)
        within = np.arange(own.sum()) - np.repeat(np.cumsum(own) - own, own)
        return Lists(offsets, flat[np.repeat(starts[which], own) + within], list(numbers))


class _Parts:
    """The parts of an answer, as planes."""

    def __init__(self, kernel: Columnar, found: Evaluated, count: int) -> None:
        self.kernel = kernel
        self.program = kernel.program
        self.found = found
        self.count = count
        self.nothing = empty(padded(count))

    def listed(self, planes: dict[int, Plane], names: Sequence[str]) -> Lists:
        """Planes by position as a list of names for each case."""
        used = [p for p in sorted(planes) if planes[p].any()]
        offsets, positions = lists([planes[p] for p in used], self.count)
        return Lists(offsets, positions, [names[p] for p in used])

    def outcome(self) -> Ints:
        found = self.found
        clear = found.permitted & self.clear()
        deny = found.denied
        # the position in OUTCOMES, in two bits: conditions and deny are odd, undetermined and deny above one
        odd, high = deny | (found.permitted & ~clear), deny | ~found.permitted
        return spread(odd, self.count).view(np.uint8) + (spread(high, self.count).view(np.uint8) << 1)

    # -- conditions -------------------------------------------------------------------------------------------

    def unmet(self, proviso: int) -> Plane:
        """Where a condition is not met."""
        met = self.found.met.get(proviso)
        return ~self.nothing if met is None else ~met.sure

    def clear(self) -> Plane:
        """Where some gateway is surely open with nothing outstanding or contingent."""
        rules, effective = self.program.rules, self.found.effective
        shared = self.nothing
        own: dict[int, Plane] = {}
        for index, rule in enumerate(rules):
            if rule.effect not in ("require", "permit", "oblige") or not rule.provisos:
                continue
            left = self._union(self.unmet(p) for p in rule.provisos)
            if rule.effect != "require":
                own[index] = own[index] | left if index in own else left
            elif rule.attaches_to is None:
                shared = shared | (left & effective[index].possible)
            else:
                for gateway in rule.attaches_to:
                    part = left & effective[index].possible
                    own[gateway] = own[gateway] | part if gateway in own else part
        return self._union(
            effective[g].sure & ~own[g] & ~shared if g in own else effective[g].sure & ~shared
            for g in self.kernel.evaluator.gateways
        )

    def conditions(self) -> tuple[dict[int, Plane], dict[int, Plane]]:
        """Where each condition is outstanding and where it is contingent, by position in the order of stages."""
        rules, effective = self.program.rules, self.found.effective
        shown = self.found.permitted | self.found.open
        gateways = self._union(effective[g].possible for g in self.kernel.evaluator.gateways)
        left: dict[int, Plane] = {}
        doubtful: dict[int, Plane] = {}
        for place, index in enumerate(self.kernel.order):
            rule = rules[self.program.provisos[index].rule]
            value = effective[self.program.provisos[index].rule]
            here = shown & self.unmet(index) & value.possible
            if rule.effect != "require":
                left[place] = here
                continue
            reach = (
                gateways if rule.attaches_to is None else self._union(effective[g].possible for g in rule.attaches_to)
            )
            left[place] = here & reach & value.sure
            doubtful[place] = here & reach & ~value.sure
        return left, doubtful

    # -- grounds ----------------------------------------------------------------------------------------------

    def grounds(self) -> dict[int, Plane]:
        """Where each rule is one that the outcome rests on."""
        found, effective = self.found, self.found.effective
        grounds: dict[int, Plane] = {}
        unsure = found.denied & ~found.forbidden.sure
        for index in self.kernel.evaluator.forbids:
            value = effective[index]
            grounds[index] = (found.denied & value.sure) | ((unsure | found.open) & value.possible)
        without = found.permitted & ~found.permitted_by_some.sure
        for index in self.kernel.evaluator.gateways:
            value = effective[index]
            grounds[index] = (found.permitted & value.sure) | ((without | found.open) & value.possible)
        self._defeaters(grounds, self.kernel.evaluator.gateways, unsure | found.open | found.uncovered)
        self._defeaters(grounds, self.kernel.evaluator.forbids, found.permitted | found.open)
        return grounds

    def _defeaters(self, grounds: dict[int, Plane], rules: Sequence[int], where: Plane) -> None:
        """Add the rules that take, or may take, some of the given rules out of application."""
        for index in rules:
            defeaters = self.program.rules[index].defeated_by
            if not defeaters:
                continue
            lowered = where & _lowered(self.found.applicable[index], self.found.effective[index])
            for defeater in defeaters:
                part = lowered & self.found.effective[defeater].possible
                grounds[defeater] = grounds[defeater] | part if defeater in grounds else part

    def _union(self, planes: Iterable[Plane]) -> Plane:
        result = self.nothing
        for plane in planes:
            result = result | plane
        return result


def _lowered(applicable: Pair, effective: Pair) -> Plane:
    """Where a rule is less effective than applicable."""
    return (applicable.sure & ~effective.sure) | (applicable.possible & ~effective.possible)
