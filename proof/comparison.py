"""Several laws side by side: one case under each, a matrix of what each permits, and the case that tells two apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import TypeVar

from ..engine.atoms import atom_truth
from ..engine.decision import Decision
from ..engine.program import Atom
from ..rules.case import Case
from ..rules.diagnostics import Place
from ..rules.expressions import Expression, Test
from .decode import Witness, Witnesses
from .formula import every, some
from .frame import Goal, Subject
from .solve import Inquiry, whole_days
from .space import EXACT, Days, Part, worlds_program

Name = TypeVar("Name")
WORDS = ("allow", "conditions", "undetermined", "deny")


@dataclass(frozen=True)
class Cell:
    """What may come of the cases of a row and column: from the best outcome to the worst, by which gateways, on what.

    `gateways` are those by which some case of the cell may go; `conditions` those without which none may. `best` and `worst` are
    None where the question was not decided in time.
    """

    best: str | None
    worst: str | None
    conditions: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """In a word or two."""
        if self.best is None or self.worst is None:
            return "not decided"
        said = self.best if self.best == self.worst else f"{self.best} … {self.worst}"
        ways = len(self.gateways)
        return said + (f", {ways} way{'s' if ways != 1 else ''}" if ways else "")


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
    base = [inquiry.conditions.add(test) for test in given]
    asked = tuple(inquiry.conditions.table.atoms)
    alike = {fact: told_apart(subject, fact, asked) for fact in (rows, columns)}
    gates = {
        fact: {v: inquiry.conditions.add(value_test(fact, v)) for v in dict.fromkeys(alike[fact].values())}
        for fact in (rows, columns)
    }
    wanted = {(r, c): [*base, gate, other] for r, gate in gates[rows].items() for c, other in gates[columns].items()}
    ways = _ways(inquiry, base, wanted)
    cells = {at: replace(c, gateways=ways[at]) for at, c in cells_of(inquiry, wanted, conditions=conditions).items()}
    return {(r, c): cells[alike[rows][r], alike[columns][c]] for r in alike[rows] for c in alike[columns]}


def value_test(fact: str, value: str) -> Test:
    """The test that a choice has a value, or a kind of it."""
    return Test(fact, "any_of", (value,), Place("compare"))


def told_apart(
    subject: Subject, fact: str, further: Sequence[Atom] = (), values: Sequence[str] | None = None
) -> dict[str, str]:
    """For each of some values of a fact (its top values), the first of those that the law treats alike.

    Values are alike if no test of the law, and none of the `further` ones of a question, tells their worlds apart.
    """
    program = worlds_program(subject.bundle.program)
    values = tops(subject, fact) if values is None else values
    tree = program.below.get(fact, {})
    atoms = (*program.atoms, *further)
    tests = [a for a in atoms if a.fact == fact and a.test == "one_of"]
    if not tree and any(fact in (a.fact, a.operand) for a in further):
        return {v: v for v in values}  # the question tests what the law does not
    if len(tests) < sum(fact in (a.fact, a.operand) for a in atoms):
        return {v: v for v in values}  # compared with another fact: each value is its own
    first: dict[object, str] = {}
    whole = program.kinds.get(fact) == "choices"

    def shape(value: str) -> object:
        worlds = [w + EXACT if w + EXACT in tree else w for w in tree.get(value, ())]
        return frozenset(
            tuple(atom_truth(t, {fact: frozenset({w}) if whole else w}, date.min, program) for t in tests)
            for w in worlds
        )

    return {v: first.setdefault(shape(v), v) for v in values}


def tops(subject: Subject, fact: str) -> list[str]:
    """The most general values of a fact."""
    tree = subject.bundle.vocabulary[fact].tree
    assert tree is not None
    return [v for v, text in tree.values.items() if text.parent is None]


def cells_of(inquiry: Inquiry, wanted: Mapping[Name, list[int]], *, conditions: bool) -> dict[Name, Cell]:
    """Each cell from the gates of its cases."""
    possible = inquiry.which({(cell, w): _comes_of(gates, w) for cell, gates in wanted.items() for w in WORDS})
    found = {}
    for cell, gates in wanted.items():
        answers = {w: possible[cell, w] for w in WORDS}
        words = [w for w, answer in answers.items() if answer] or ["undetermined"]
        named = conditions and "allow" not in words and "conditions" in words
        if None in answers.values():
            found[cell] = Cell(None, None)
        else:
            found[cell] = Cell(words[0], words[-1], _unavoidable(inquiry, gates) if named else ())
    return found


def _ways(inquiry: Inquiry, base: Sequence[int], wanted: Mapping[Name, list[int]]) -> dict[Name, tuple[str, ...]]:
    """The gateways by which some case of each cell may go; `base` is what all cells have in common."""
    rules = inquiry.subjects[0].bundle.program.rules
    gateways = inquiry.subjects[0].bundle.program.gateways()
    ever = [g for g, answer in inquiry.which({g: _goes_by(base, g) for g in gateways}).items() if answer is not False]
    found = inquiry.which({(cell, g): _goes_by(gates, g) for cell, gates in wanted.items() for g in ever})
    return {cell: tuple(rules[g].id for g in ever if found[cell, g]) for cell in wanted}


def _comes_of(gates: Sequence[int], outcome: str) -> Goal:
    return lambda f: every([*(f.conditions(g) for g in gates), f.look.outcome(outcome)])


def _goes_by(gates: Sequence[int], gateway: int) -> Goal:
    return lambda f: every([*(f.conditions(g) for g in gates), f.look.permitted, f.look.effective[gateway]])


def _unavoidable(inquiry: Inquiry, gates: list[int]) -> tuple[str, ...]:
    """The conditions without which nothing of a cell may go."""
    program = inquiry.subjects[0].bundle.program
    by_id: dict[str, list[int]] = {}
    for position, proviso in enumerate(program.provisos):
        by_id.setdefault(proviso.id, []).append(position)
    escapes = inquiry.which({
        name: lambda f, ps=provisos: every([  # type: ignore[misc]
            *(f.conditions(g) for g in gates), f.look.permitted, f.look.open_without(ps, f.look.outstanding),
        ])
        for name, provisos in by_id.items()
    })  # fmt: skip
    return tuple(name for name, answer in escapes.items() if answer is False)


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
