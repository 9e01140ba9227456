"""The program read once on words: a recording of all that has to be done for a block of cases, ready to be compiled.

A recording holds for one *shape* of columns: which facts vary, and what the codes of each make of its atoms. `verdicts` ends in
the planes of `Verdicts` and one more, the cases for which something is unknown that was taken as known; `reasons` takes the first
four planes of `Verdicts` and ends in a plane for each rule and condition that can be listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .columns import bits_of, conjunctions, pairs
from .evaluate import Evaluated, Evaluator
from .planes import Pair
from .reasons import Reasons
from .words import Tape, Word

Shape: TypeAlias = tuple[tuple[bool, tuple[tuple[int, ...], ...]], ...]
"""For each group of atoms whether its class varies from case to case, and what each class makes of the atoms."""

GIVEN = 4
"""How many planes of `Verdicts` the reasons start from."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What to do: `widths` are the bits of each column of codes, whose planes are the first inputs; given planes follow."""

    tape: Tape
    widths: tuple[int, ...]
    given: int
    outputs: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The outputs of a recording of reasons: rules, conditions outstanding, conditions contingent, by position."""

    rules: list[int]
    outstanding: list[int]
    contingent: list[int]


def record_verdicts(evaluator: Evaluator, shape: Shape, *, three: bool) -> Recording:
    """Records the way to the outcome; with `three` what may be unknown takes two planes, else it is taken as known."""
    tape = Tape()
    evaluated, widths, doubts = _evaluated(tape, evaluator, shape, three)
    clear = Reasons(evaluator, evaluated, tape.nothing).clear()
    doubt = tape.nothing
    for word in doubts:
        doubt = doubt | word
    found = (evaluated.denied, evaluated.permitted, evaluated.uncovered, evaluated.open, clear, doubt)
    return Recording(tape, widths, 0, found)


def record_reasons(evaluator: Evaluator, shape: Shape, *, three: bool) -> tuple[Recording, Listed]:
    """Records the way from the outcome, once it is settled, to the reasons."""
    tape = Tape()
    evaluated, widths, _ = _evaluated(tape, evaluator, shape, three)
    denied, permitted, uncovered, open_ = (tape.input(sum(widths) + n) for n in range(GIVEN))
    settled = replace(evaluated, denied=denied, permitted=permitted, uncovered=uncovered, open=open_)
    reasons = Reasons(evaluator, settled, tape.nothing)
    parts = (reasons.grounds(), *reasons.conditions())
    outputs = tuple(part[n] for part in parts for n in sorted(part))
    return Recording(tape, widths, GIVEN, outputs), Listed(*(sorted(part) for part in parts))


def _evaluated(
    tape: Tape, evaluator: Evaluator, shape: Shape, three: bool
) -> tuple[Evaluated[Word], tuple[int, ...], list[Word]]:
    """The evaluation, the bits of each column, and where something is unknown that was taken as known."""
    nothing, doubts = tape.nothing, list[Word]()
    atoms: dict[int, Pair[Word]] = {}
    widths: list[int] = []

    def occurs(word: Word) -> bool:
        if three or word.index == everything.index:
            return True
        doubts.append(word)
        return False

    everything = ~nothing
    for group, (varies, truths) in zip(evaluator.atoms.groups, shape, strict=True):
        planes = conjunctions(_bits(tape, widths, len(truths)), len(truths)) if varies else [everything]
        atoms.update(zip(group.atoms, pairs(planes, truths, nothing, occurs), strict=True))
    in_force = {period: _bits(tape, widths, 2)[0] for period in evaluator.periods}
    return evaluator.conclude(atoms, in_force, nothing, everything), tuple(widths), doubts


def _bits(tape: Tape, widths: list[int], count: int) -> Sequence[Word]:
    """The planes of one more column, which tells so many classes apart."""
    start = sum(widths)
    widths.append(bits_of(count))
    return [tape.input(start + n) for n in range(widths[-1])]
