"""Putting questions to the solver: is there a case, and if so the smallest one; if not, proven over what.

A question is a goal: a formula over one or more laws seen side by side. The solver answers over every complete case; what it
finds is made as small as can be, written as a case file, read back and evaluated by both engines before anyone sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, TypeVar

import z3

from .decode import Few, Witness, Witnesses
from .formula import Side, any_of, every
from .frame import Conditions, Frame, Goal, Subject
from .look import Look
from .nodes import Symbolic
from .posed import Posed
from .sample import Sample
from .space import Branches, Days, Part, Space

SHORTENING = 1.0
"""Seconds spent on making one case as short as can be."""

WORTH_A_SAMPLE = 10
"""So many questions at once are first tried on a sample of worlds, which takes as long as some solver calls."""

Name = TypeVar("Name")
Status = Literal["none", "found", "undecided"]


@dataclass(frozen=True)
class Answer:
    """What came of a question: no case (proven), a case, or not decided in time."""

    status: Status
    witness: Witness | None = None


class Inquiry:
    """Questions about one or more laws over a period of days, with a time limit for each.

    Conditions have to be added before the first question, since the space is cut to what is asked of it.
    """

    def __init__(self, subjects: Sequence[Subject], days: Days, limit: float = 10.0) -> None:
        self.subjects = tuple(subjects)
        self.days = days
        self.limit = limit
        self.conditions = Conditions(subjects[0].bundle)

    @cached_property
    def _asked(self) -> Part:
        first = self.subjects[0].part
        return Part(self.conditions.program(), first.vocabulary, first.registry, first.fixed)

    def _space(self, *, complete: bool) -> tuple[Space, Frame]:
        space = Space([*(s.part for s in self.subjects), self._asked], self.days, complete=complete)
        return space, self._frame(space)

    @staticmethod
    def _frame(space: Space) -> Frame:
        *parts, asked = space.parts
        return Frame(tuple(Look(n) for n in Symbolic.of(space, parts)), Symbolic(space, asked).gate)

    @cached_property
    def worlds(self) -> tuple[Space, Frame]:
        """The space of complete cases."""
        return self._space(complete=True)

    @cached_property
    def statements(self) -> tuple[Space, Frame]:
        """The space of cases as they may be stated."""
        return self._space(complete=False)

    @cached_property
    def _of_worlds(self) -> Posed:
        return Posed(self.worlds[0])

    @cached_property
    def _of_statements(self) -> Posed:
        return Posed(self.statements[0])

    @cached_property
    def _witnesses(self) -> Witnesses:
        return Witnesses(self.subjects, self._asked, self.days)

    # -- questions --------------------------------------------------------------------------------------------

    def possible(self, goal: Goal, *more: Side) -> bool | None:
        """Whether some complete case meets the goal; None when that was not decided in time."""
        wanted = goal(self.worlds[1]).surely
        return wanted is not False and self._of_worlds.check([wanted, *more], self.limit)

    def which(self, goals: Mapping[Name, Goal]) -> dict[Name, bool | None]:
        """Of many goals, which are possible, as `possible` would say of each.

        What a sample of worlds meets is possible. Of the rest the solver is asked whether any is: each case found settles all
        the goals that it meets, and a proof that there is none settles all that are left.
        """
        left = dict(goals)
        if len(goals) >= WORTH_A_SAMPLE:
            left = self._not_met(left, *self._sample)
        found: dict[Name, bool | None] = {name: True for name in goals if name not in left}
        terms = {name: goal(self.worlds[1]).surely for name, goal in left.items()}
        while left:
            some = self._of_worlds.check([any_of(terms[name] for name in left)], self.limit)
            if some is None:
                found |= {name: self._of_worlds.check([terms[name]], self.limit) for name in left}
                break
            after = self._after_model(left, terms) if some else {}
            found |= {name: some for name in left if name not in after}
            left = after
        return {name: found[name] for name in goals}

    def _after_model(self, left: dict[Name, Goal], terms: Mapping[Name, Side]) -> dict[Name, Goal]:
        """The goals that neither the solver's last model nor, of many, a world much like it meets."""
        posed = self._of_worlds
        if len(left) >= WORTH_A_SAMPLE:
            sample = Sample(self.worlds[0], posed.model)
            after = self._not_met(left, sample, self._frame(sample))
            if len(after) < len(left):
                return after
        return {name: goal for name, goal in left.items() if not posed.so(terms[name])}

    @staticmethod
    def _not_met(goals: Mapping[Name, Goal], sample: Sample, frame: Frame) -> dict[Name, Goal]:
        consistent = sample.consistent()
        return {name: goal for name, goal in goals.items() if not sample.bits(goal(frame).surely) & consistent}

    @cached_property
    def _sample(self) -> tuple[Sample, Frame]:
        sample = Sample(self.worlds[0])
        return sample, self._frame(sample)

    def ask(self, goal: Goal) -> Answer:
        """Whether a case meets the goal, and the smallest that does.

        Raises:
            Mismatch: the engines do not see in the case what the solver saw.
        """
        space, frame = self.worlds
        sayable = [z3.Not(u) for u in space.unspoken]
        found = self.possible(goal, *sayable)
        if found is False and sayable:
            found = self.possible(goal)
        if found is None:
            return Answer("undecided")
        if not found:
            return Answer("none")
        return Answer("found", self._witnesses.witness(goal, space, frame, self._of_worlds.model, self._fewest(goal)))

    def _fewest(self, goal: Goal) -> Few | None:
        """A case that states as few facts as possible, and still surely meets the goal; None if not found in time."""
        space, frame = self.statements
        wanted = goal(frame).surely
        costs = [c for fact in space.variables if not isinstance(c := _cost(space, fact), bool)]
        found = None if wanted is False else self._of_statements.fewest(wanted, costs, SHORTENING)
        return None if found is None else Few(space, *found)


def _cost(space: Space, fact: str) -> Side:
    """A fact is stated, in words that the case file has to spend."""
    if fact != "direction":
        return space.stated(fact)
    variable = space.variables[fact]
    assert isinstance(variable, Branches)
    return any_of(c for m, c in zip(variable.members, variable.chosen, strict=True) if m[0] != "outgoing")


def effective(*rules: int) -> Goal:
    """All of some rules are effective."""
    return lambda frame: every(frame.look.effective[r] for r in rules)


def and_when(goal: Goal, gate: int | None) -> Goal:
    """A goal narrowed to the cases that meet a condition of the inquiry."""
    if gate is None:
        return goal
    return lambda frame: every([frame.conditions(gate), goal(frame)])


def whole_days(subjects: Sequence[Subject], first: date | None, last: date | None) -> Days:
    """The days asked for, inside the periods in which the laws were in force."""
    heads = [s.bundle.heads[0].in_force for s in subjects]
    starts = [d for d in (first, *(h.start for h in heads)) if d is not None]
    ends = [d for d in (last, *(h.end for h in heads)) if d is not None]
    return Days(max(starts, default=date(1900, 1, 1)), min(ends, default=date(2100, 12, 31)))
