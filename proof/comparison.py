"""Several laws side by side: one case under each, a matrix of what each permits, and the case that tells two apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from ..engine.decision import Decision
from ..rules.case import Case
from ..rules.diagnostics import Place
from ..rules.expressions import Expression, Test
from .decode import Witness, Witnesses
from .formula import every, opposite, some
from .frame import Subject
from .solve import Inquiry, whole_days
from .space import Days, Part

WORDS = ("allow", "conditions", "undetermined", "deny")


@dataclass(frozen=True)
class Cell:
    """What may come of the cases of a row and column: from the best outcome to the worst, and conditions none escapes.

    `best` and `worst` are None where the question was not decided in time.
    """

    best: str | None
    worst: str | None
    conditions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """In a word or two."""
        if self.best is None or self.worst is None:
            return "not decided"
        return self.best if self.best == self.worst else f"{self.best} … {self.worst}"


@dataclass(frozen=True)
class Apart:
    """A case that two laws decide differently; no witness and `decided` means proven that there is none."""

    one: str
    other: str
    witness: Witness | None
    decided: bool


def side_by_side(subjects: Sequence[Subject], case: Case, day: date) -> list[Decision]:
    """One case under each law, as if its own State's authority acted.

    Raises:
        Disagreement: the engines differ.
    """
    first = subjects[0].part
    witnesses = Witnesses(subjects, Part(first.program, first.vocabulary, first.registry, first.fixed), Days(day, day))
    return [witnesses.decide(subject, case, day) for subject in subjects]


def matrix(
    subject: Subject,
    rows: str,
    columns: str,
    day: date,
    limit: float,
    *,
    given: Sequence[Expression] = (),
    conditions: bool = False,
) -> dict[tuple[str, str], Cell]:
    """For each top value of two facts, what one law makes of the cases that are as given."""
    inquiry = Inquiry([subject], whole_days([subject], day, day), limit)
    place = Place("compare")
    base = [inquiry.conditions.add(test) for test in given]
    gates = {
        fact: {v: inquiry.conditions.add(Test(fact, "any_of", (v,), place)) for v in tops(subject, fact)}
        for fact in (rows, columns)
    }
    return {
        (row, column): _cell(inquiry, [*base, gates[rows][row], gates[columns][column]], conditions=conditions)
        for row in gates[rows]
        for column in gates[columns]
    }


def tops(subject: Subject, fact: str) -> list[str]:
    """The most general values of a fact."""
    tree = subject.bundle.vocabulary[fact].tree
    assert tree is not None
    return [v for v, text in tree.values.items() if text.parent is None]


def _cell(inquiry: Inquiry, gates: list[int], *, conditions: bool) -> Cell:
    found = []
    for word in WORDS:
        possible = inquiry.possible(lambda f, w=word: every([*(f.conditions(g) for g in gates), f.look.outcome(w)]))  # type: ignore[misc]
        if possible is None:
            return Cell(None, None)
        if possible:
            found.append(word)
    unavoidable = _unavoidable(inquiry, gates) if conditions and "allow" not in found and "conditions" in found else ()
    return Cell(found[0], found[-1], unavoidable) if found else Cell("undetermined", "undetermined")


def _unavoidable(inquiry: Inquiry, gates: list[int]) -> tuple[str, ...]:
    """The conditions without which nothing of a cell may go."""
    program = inquiry.subjects[0].bundle.program
    by_id: dict[str, list[int]] = {}
    for position, proviso in enumerate(program.provisos):
        by_id.setdefault(proviso.id, []).append(position)
    found = []
    for name, provisos in by_id.items():
        escapes = inquiry.possible(
            lambda f, ps=provisos: every([  # type: ignore[misc]
                *(f.conditions(g) for g in gates), f.look.permitted, f.look.open_without(ps, f.look.outstanding),
            ])
        )  # fmt: skip
        if escapes is False:
            found.append(name)
    return tuple(found)


def apart(subjects: Sequence[Subject], day: date, limit: float, given: Sequence[Expression] = ()) -> list[Apart]:
    """For each two laws, the smallest case of those given that one permits and the other refuses."""
    found = []
    for one, other in combinations(subjects, 2):
        pair = Inquiry([one, other], whole_days([one, other], day, day), limit)
        gates = [pair.conditions.add(test) for test in given]
        answer = pair.ask(
            lambda f, gs=gates: every([  # type: ignore[misc]
                *(f.conditions(g) for g in gs),
                some([every([f.looks[0].permitted, f.looks[1].denied]), every([f.looks[0].denied, f.looks[1].permitted])]),
            ])
        )  # fmt: skip
        names = (one.bundle.heads[0].id, other.bundle.heads[0].id)
        found.append(Apart(*names, answer.witness, answer.status != "undecided"))
    return found
