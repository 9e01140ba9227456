"""Cases that were met before: each kind of case is decided once a run, however often it stands in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .columns import Columns
from .deciding import Answers
from .planes import distinct

MAX_KINDS = 200_000
"""So many kinds of case are remembered, some hundred bytes each; then all are forgotten."""

VARIED = 4
"""After so many batches in which few cases repeat, repeats are no longer looked for."""


@dataclass(slots=True)
class Repeats:
    """Decides batches with `decide`, each kind of case once.

    Two cases are of one kind where every column has the same code; codes are compared whole, never by a digest alone.
    """

    decide: Callable[[Columns], Answers]
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _answers: Answers | None = None
    _coding: list[tuple[str, int, Any]] = field(default_factory=list)
    _varied: int = 0

    def answers(self, columns: Columns) -> Answers:
        """The answers to a batch."""
        if self._varied >= VARIED:
            return self.decide(columns)
        self._keep_coding(columns)
        words = columns.words()
        first, which = distinct(words, columns.count)
        keys = np.stack([column[first] for column in words], axis=1).view(f"V{8 * len(words)}").ravel().tolist()
        new = [place for place, key in enumerate(keys) if key not in self._numbers]
        if len(new) * 2 > columns.count:
            self._varied += 1
            return self.decide(columns)
        if len(self._numbers) + len(new) > MAX_KINDS:
            self._forget()
            new = list(range(len(keys)))
        if new:
            learnt = self.decide(columns.take(first[new]))
            self._answers = learnt if self._answers is None else self._answers.joined(learnt)
            begin = len(self._numbers)
            self._numbers.update((keys[place], begin + n) for n, place in enumerate(new))
        assert self._answers is not None
        return self._answers.take(np.array([self._numbers[key] for key in keys], np.int32)[which])

    def _keep_coding(self, columns: Columns) -> None:
        """Forget what was met where a code no longer means what it meant."""
        coding = [(name, c.codes.dtype.itemsize, c.values) for name, c in columns.named()]
        before = self._coding
        same = len(before) == len(coding) and all(_same(a, b) for a, b in zip(before, coding, strict=True))
        if not same:
            self._forget()
        self._coding = coding

    def _forget(self) -> None:
        self._numbers.clear()
        self._answers = None


def _same(one: tuple[str, int, Any], other: tuple[str, int, Any]) -> bool:
    """Whether a column is coded as before: a list that grew at its end is the same list."""
    return one[:2] == other[:2] and (one[2] is other[2] or one[2] == other[2])
