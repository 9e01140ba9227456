"""Putting questions to the solver: is there a case, and if so the smallest one; if not, proven over what.

A question is a goal: a formula over one or more laws seen side by side. The solver answers over every complete case; what it
finds is made as small as can be, written as a case file, read back and evaluated by both engines before anyone sees it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import z3

from .decode import Few, Witness, Witnesses
from .formula import every
from .frame import Conditions, Frame, Goal, Subject
from .look import Look
from .nodes import Symbolic
from .space import Days, Part, Space

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
        self._named: dict[int, tuple[Any, Any]] = {}

    @cached_property
    def _asked(self) -> Part:
        first = self.subjects[0].part
        return Part(self.conditions.program(), first.vocabulary, first.registry, first.fixed)

    def _space(self, *, complete: bool) -> tuple[Space, Frame]:
        space = Space([*(s.part for s in self.subjects), self._asked], self.days, complete=complete)
        *parts, asked = space.parts
        nodes = Symbolic(space, asked)
        return space, Frame(tuple(Look(Symbolic(space, p)) for p in parts), nodes.gate)

    @cached_property
    def worlds(self) -> tuple[Space, Frame]:
        """The space of complete cases."""
        return self._space(complete=True)

    @cached_property
    def statements(self) -> tuple[Space, Frame]:
        """The space of cases as they may be stated."""
        return self._space(complete=False)

    @cached_property
    def _solver(self) -> Any:
        solver = z3.Solver()
        solver.add(*[c for c in self.worlds[0].constraints if c is not True])
        return solver

    @cached_property
    def _witnesses(self) -> Witnesses:
        return Witnesses(self.subjects, self._asked, self.days)

    # -- questions --------------------------------------------------------------------------------------------

    def possible(self, goal: Goal, *more: Any) -> bool | None:
        """Whether some complete case meets the goal; None when that was not decided in time."""
        wanted = goal(self.worlds[1]).surely
        if isinstance(wanted, bool) and not wanted:
            return False
        assumed = [a for a in (wanted, *more) if a is not True]
        result = self._check(assumed)
        return True if result == z3.sat else False if result == z3.unsat else None

    def _check(self, assumed: Sequence[Any]) -> Any:
        self._solver.set("timeout", max(1, int(self.limit * 1000)))
        result = self._solver.check(*(self._literal(a) for a in assumed))
        self._model = self._solver.model() if result == z3.sat else None
        return result

    def _literal(self, term: Any) -> Any:
        """A name for a term, so that what questions have in common is translated for the solver only once."""
        key = term.get_id()
        if key not in self._named:
            name = z3.Bool(f"question {len(self._named)}")
            self._solver.add(z3.Implies(name, term))
            self._named[key] = (name, term)
        return self._named[key][0]

    def ask(self, goal: Goal) -> Answer:
        """Whether a case meets the goal, and the smallest that does.

        Raises:
            Mismatch: the engines do not see in the case what the solver saw.
        """
        space, frame = self.worlds
        began = time.monotonic()
        sayable = [z3.Not(u) for u in space.unspoken]
        found = self.possible(goal, *sayable)
        if found is False and sayable:
            found = self.possible(goal)
        if found is None:
            return Answer("undecided")
        if not found:
            return Answer("none")
        model = self._model
        left = max(0.2, min(1.0, self.limit - (time.monotonic() - began)))
        few = self._fewest(goal, left)
        return Answer("found", self._witnesses.witness(goal, space, frame, model, few))

    def _fewest(self, goal: Goal, seconds: float) -> Few | None:
        """A case that states as few facts as possible, and still surely meets the goal; None if not found in time."""
        space, frame = self.statements
        wanted = goal(frame).surely
        if wanted is False:
            return None
        optimiser = z3.Optimize()
        optimiser.set("timeout", int(seconds * 1000))
        required = [c for c in (*space.constraints, wanted) if c is not True]
        optimiser.add(*required)
        for fact in space.variables:
            optimiser.add_soft(z3.Not(self._cost(space, fact)))
        # its own timeout does not reach into all of its stages
        guard = threading.Timer(seconds + 0.5, optimiser.ctx.interrupt)
        guard.start()
        try:
            result = optimiser.check()
        except z3.Z3Exception:
            return None
        finally:
            guard.cancel()
            guard.join()
        if result == z3.unsat:
            return None
        try:
            model = optimiser.model()
        except z3.Z3Exception:
            return None
        # stopped by its limit it may leave a model that is none
        sound = result == z3.sat or z3.is_true(model.eval(z3.And(required), model_completion=True))
        return Few(space, model, result == z3.sat) if sound else None

    @staticmethod
    def _cost(space: Space, fact: str) -> Any:
        if fact == "direction":
            variable: Any = space.variables[fact]
            return z3.Or(
                [
                    c if not isinstance(c, bool) else z3.BoolVal(c)
                    for m, c in zip(variable.members, variable.chosen, strict=True)
                    if m[0] != "outgoing"
                ]
            )
        stated = space.stated(fact)
        return z3.BoolVal(stated) if isinstance(stated, bool) else stated


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
