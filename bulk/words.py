"""Words that stand for planes: what is computed with them is recorded, to be compiled.

The program is read once on such words, by the same code that reads it on planes; `tape.steps` is then all that has to be done
for a block of cases. Equal steps are one step, and what a constant decides is decided at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["constant", "input", "and", "or", "not"]
Step: TypeAlias = tuple[Kind, int, int]
"""`constant` and `input` with a number, the others with the positions of the steps they work on; `not` has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """The result of a step of a recording, by its position there."""

    tape: Tape
    index: int

    def __and__(self, other: Word) -> Word:
        return self.tape.joined("and", self, other)

    def __or__(self, other: Word) -> Word:
        return self.tape.joined("or", self, other)

    def __invert__(self) -> Word:
        return self.tape.opposite(self)


@dataclass(slots=True, eq=False)
class Tape:
    """A recording; steps 0 and 1 are the words with no bit set and with every bit set."""

    steps: list[Step] = field(default_factory=lambda: [("constant", 0, 0), ("constant", 1, 0)])
    _words: dict[Step, Word] = field(default_factory=dict)

    @property
    def nothing(self) -> Word:
        """The word with no bit set."""
        return Word(self, 0)

    def input(self, number: int) -> Word:
        """What is handed in under a number."""
        return self._word(("input", number, 0))

    def joined(self, kind: Literal["and", "or"], one: Word, other: Word) -> Word:
        """`and` or `or` of two words."""
        first, second = sorted((one.index, other.index))
        neutral = 1 if kind == "and" else 0
        if first in (second, neutral):
            return Word(self, second)
        if second == neutral:
            return Word(self, first)
        if first == 1 - neutral or second == 1 - neutral:
            return Word(self, 1 - neutral)
        return self._word((kind, first, second))

    def opposite(self, one: Word) -> Word:
        """Every bit turned."""
        kind, first, _ = self.steps[one.index]
        if kind == "constant":
            return Word(self, 1 - first)
        return Word(self, first) if kind == "not" else self._word(("not", one.index, 0))

    def _word(self, step: Step) -> Word:
        if step not in self._words:
            self._words[step] = Word(self, len(self.steps))
            self.steps.append(step)
        return self._words[step]
