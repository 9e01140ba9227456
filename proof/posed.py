"""A solver over one space of cases, kept for all questions of an inquiry."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import z3

from .formula import Side
from .space import Space


class Posed:
    """Answers whether some case of a space meets some statements; what questions have in common is translated only once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.model: Any = None
        self._solver = z3.Solver()
        self._solver.set("ctrl_c", False)  # it would swallow an interrupt that comes just before it is done
        self._solver.set("phase_selection", 0)  # what may be false is: cases found state little
        self._solver.add(*[c for c in space.constraints if c is not True])
        self._named: dict[int, tuple[Any, Any]] = {}
        self._bounds: dict[int, Side] = {}

    def check(self, statements: Sequence[Side], seconds: float) -> bool | None:
        """Whether they can all be so, with a model kept if they can; None when that was not decided in time."""
        if any(s is False for s in statements):
            return False
        assumed = [self._literal(s) for s in statements if s is not True]
        self._solver.set("timeout", max(1, int(seconds * 1000)))
        result = self._solver.check(*assumed)
        self.model = self._solver.model() if result == z3.sat else None
        return True if result == z3.sat else False if result == z3.unsat else None

    def so(self, statement: Side) -> bool:
        """Whether a statement is so in the model found last."""
        return (
            statement if isinstance(statement, bool) else z3.is_true(self.model.eval(statement, model_completion=True))
        )

    def fewest(self, wanted: Side, costs: Sequence[Side], seconds: float) -> tuple[Any, bool] | None:
        """A model in which as few of the costs are so as can be, and whether that is proven; None if there is none in time."""
        end = time.monotonic() + seconds
        found = self.check([wanted], seconds)
        total = z3.Sum([z3.If(c, 1, 0) for c in costs])
        best = None
        while found:
            best = self.model
            count = best.eval(total, model_completion=True).as_long() if costs else 0
            if not count:
                return best, True
            found = self.check([wanted, self._at_most(costs, count - 1)], max(0.001, end - time.monotonic()))
        return None if best is None else (best, found is False)

    def _at_most(self, costs: Sequence[Side], count: int) -> Side:
        if count not in self._bounds:
            self._bounds[count] = z3.AtMost(*costs, count)
        return self._bounds[count]

    def _literal(self, term: Any) -> Any:
        """A name for a statement."""
        key = term.get_id()
        if key not in self._named:
            name = z3.Bool(f"question {len(self._named)}")
            self._solver.add(z3.Implies(name, term))
            self._named[key] = (name, term)
        return self._named[key][0]
