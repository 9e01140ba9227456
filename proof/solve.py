"""Putting questions to the solver: is there a case, and if so the smallest one; if not, proven over what.

A question is a goal: a formula over one or more laws seen side by side. The solver answers over every complete case; what it
finds is made as small as can be, written as a case file, read back and evaluated by both engines before anyone sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

import z3

from ..engine.bundle import Bundle
from ..engine.compile import ExpressionCompiler, GateTable
from ..engine.program import Program
from ..rules.expressions import Expression
from .decode import Witness, Witnesses
from .formula import Formula, every
from .look import Look
from .nodes import Symbolic
from .space import Days, Part, Space

Status = Literal["none", "found", "undecided"]


class Conditions:
    """Conditions that questions use beside the programs' own, compiled to gates of their own."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.table = GateTable()
        self._compiler = ExpressionCompiler(bundle.vocabulary, self.table)

    def add(self, expression: Expression, definitions: Mapping[str, Expression] | None = None) -> int:
        """The gate of a condition."""
        return self._compiler.gate(expression, definitions or {})

    def program(self) -> Program:
        """The conditions as a program without rules."""
        atoms = tuple(self.table.atoms)
        facts = {a.fact for a in atoms} | {str(a.operand) for a in atoms if a.test == "same_as"}
        vocabulary = self.bundle.vocabulary
        below = {f: dict(tree.below) for f in sorted(facts) if (tree := vocabulary[f].tree) is not None}
        kinds: dict[str, str] = {f: vocabulary[f].kind for f in sorted(facts)}
        return Program("", atoms, tuple(self.table.gates), (), (), (), None, below, kinds)


@dataclass(frozen=True)
class Frame:
    """What a goal is said of: each law's answer, and the truth of the question's own conditions."""

    looks: tuple[Look, ...]
    conditions: Callable[[int], Formula]
    memo: dict[object, Formula] = field(default_factory=dict, compare=False)

    @property
    def look(self) -> Look:
        """The answer under the only (or first) law."""
        return self.looks[0]


Goal = Callable[[Frame], Formula]


@dataclass(frozen=True)
class Subject:
    """A law in question: its bundle, the jurisdiction whose authority acts (None for a layer by itself), and what is assumed.

    What is assumed (such as the mode) is fixed for this subject alone, so that one case can be put to a law in two ways.
    """

    bundle: Bundle
    acting: str | None
    assumed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, bundle: Bundle) -> Subject:
        """The law of a bundle, applied by its own State."""
        head = bundle.heads[0]
        return cls(bundle, head.id if head.id in bundle.vocabulary.jurisdictions else None)

    @property
    def part(self) -> Part:
        """As a part of a space."""
        return Part(self.bundle.program, self.bundle.vocabulary, self.bundle.registry, self.fixed)

    @property
    def fixed(self) -> dict[str, str]:
        """The facts that are not free: whose law it is, and what is assumed."""
        return dict(self.assumed) if self.acting is None else {**self.assumed, "sender.jurisdiction": self.acting}


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
        self._solver.push()
        try:
            self._solver.add(*assumed)
            result = self._solver.check()
            self._model = self._solver.model() if result == z3.sat else None
        finally:
            self._solver.pop()
        return result

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

    def _fewest(self, goal: Goal, seconds: float) -> Any:
        """A case that states as few facts as possible, and still surely meets the goal; None if not found in time."""
        space, frame = self.statements
        wanted = goal(frame).surely
        if wanted is False:
            return None
        optimiser = z3.Optimize()
        optimiser.set("timeout", int(seconds * 1000))
        optimiser.add(*[c for c in (*space.constraints, wanted) if c is not True])
        for fact in space.variables:
            optimiser.add_soft(z3.Not(self._cost(space, fact)))
        if optimiser.check() == z3.unsat:
            return None
        try:
            return space, optimiser.model()
        except z3.Z3Exception:
            return None

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
