"""What an outcome rests on, and what has to be met first, on planes.

Every line of `Reasons` is one line of `engine.item` for 64 cases at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic

from ..engine.program import Program
from ..rules.policy import GATEWAYS
from .evaluate import Evaluated, Evaluator
from .planes import Bits, Pair

STAGES = {"before": 0, "with": 1, "after": 2}


def in_stages(program: Program) -> list[int]:
    """The positions of the conditions, those to be met before sending first."""
    return sorted(range(len(program.provisos)), key=lambda p: (STAGES[program.provisos[p].stage], p))


class Reasons(Generic[Bits]):
    """The reasons for what an evaluation found."""

    def __init__(self, evaluator: Evaluator, found: Evaluated[Bits], nothing: Bits) -> None:
        self.evaluator = evaluator
        self.program = evaluator.program
        self.found: Evaluated[Bits] = found
        self.nothing: Bits = nothing

    # -- conditions -------------------------------------------------------------------------------------------

    def unmet(self, proviso: int) -> Bits:
        """Where a condition is not met."""
        met = self.found.met.get(proviso)
        return ~self.nothing if met is None else ~met.sure

    def clear(self) -> Bits:
        """Where some gateway is surely open with nothing outstanding or contingent."""
        rules, effective = self.program.rules, self.found.effective
        shared = self.nothing
        own: dict[int, Bits] = {}
        for index, rule in enumerate(rules):
            if rule.effect not in ("require", *GATEWAYS) or not rule.provisos:
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
            for g in self.evaluator.gateways
        )

    def conditions(self) -> tuple[dict[int, Bits], dict[int, Bits]]:
        """Where each condition is outstanding and where it is contingent, by position in the order of stages."""
        rules, effective = self.program.rules, self.found.effective
        shown = self.found.permitted | self.found.open
        gateways = self._union(effective[g].possible for g in self.evaluator.gateways)
        left: dict[int, Bits] = {}
        doubtful: dict[int, Bits] = {}
        for place, index in enumerate(in_stages(self.program)):
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

    def grounds(self) -> dict[int, Bits]:
        """Where each rule is one that the outcome rests on."""
        found, effective = self.found, self.found.effective
        grounds: dict[int, Bits] = {}
        unsure = found.denied & ~found.forbidden.sure
        for index in self.evaluator.forbids:
            value = effective[index]
            grounds[index] = (found.denied & value.sure) | ((unsure | found.open) & value.possible)
        without = found.permitted & ~found.permitted_by_some.sure
        for index in self.evaluator.gateways:
            value = effective[index]
            grounds[index] = (found.permitted & value.sure) | ((without | found.open) & value.possible)
        self._defeaters(grounds, self.evaluator.gateways, unsure | found.open | found.uncovered)
        self._defeaters(grounds, self.evaluator.forbids, found.permitted | found.open)
        return grounds

    def _defeaters(self, grounds: dict[int, Bits], rules: Sequence[int], where: Bits) -> None:
        """Add the rules that take, or may take, some of the given rules out of application."""
        for index in rules:
            defeaters = self.program.rules[index].defeated_by
            if not defeaters:
                continue
            lowered = where & _lowered(self.found.applicable[index], self.found.effective[index])
            for defeater in defeaters:
                part = lowered & self.found.effective[defeater].possible
                grounds[defeater] = grounds[defeater] | part if defeater in grounds else part

    def _union(self, planes: Iterable[Bits]) -> Bits:
        result = self.nothing
        for plane in planes:
            result = result | plane
        return result


def _lowered(applicable: Pair[Bits], effective: Pair[Bits]) -> Bits:
    """Where a rule is less effective than applicable."""
    return (applicable.sure & ~effective.sure) | (applicable.possible & ~effective.possible)
