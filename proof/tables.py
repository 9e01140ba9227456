"""Decision tables of one law: what may come of each information type by each avenue, for each sender and mode of sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..engine.kernel import Kernel
from ..engine.slicing import cut
from ..engine.truth import FALSE
from .comparison import Cell, cells_of, told_apart, tops, value_test
from .formula import Formula, every
from .frame import Goal, Subject
from .look import Look
from .solve import Inquiry, whole_days

ROWS, COLUMNS = "item.type", "avenue"
MODES, SENDERS = "mode", "sender.authority"

Values = tuple[str, ...]
"""Values that the law does not tell apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cell: its outcomes and the conditions none escapes, and the gateways that some case of it goes through."""

    cell: Cell
    gateways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """What may come of sending in one of some modes by one of some authorities.

    `cells` are by row and column. Values stand together where the law cannot tell them apart, or where the same comes of them.
    """

    modes: Values
    senders: Values
    rows: tuple[Values, ...]
    columns: tuple[Values, ...]
    cells: tuple[tuple[Verdict, ...], ...]

    @property
    def permits(self) -> bool:
        """Whether something may go at all."""
        return any(v.gateways for row in self.cells for v in row)


def decision_tables(subject: Subject, day: date, limit: float) -> list[DecisionTable]:
    """The tables of a law on one day, for sending: a table for each mode and each sender that the law tells apart."""
    return [
        _table(subject, day, limit, modes, senders)
        for senders in _groups(told_apart(subject, SENDERS, values=_kinds(subject, SENDERS)))
        for modes in _groups(told_apart(subject, MODES))
    ]


def _groups(first: Mapping[str, str]) -> tuple[Values, ...]:
    """Values by the first of those like them."""
    found: dict[str, list[str]] = {}
    for value, like in first.items():
        found.setdefault(like, []).append(value)
    return tuple(map(tuple, found.values()))


def _table(subject: Subject, day: date, limit: float, modes: Values, senders: Values) -> DecisionTable:
    stated = {"direction": "outgoing", MODES: modes[0], SENDERS: senders[0]}
    asker = _Asker(subject, day, limit, stated)
    if not asker.permits:
        whole = (tuple(tops(subject, ROWS)),), (tuple(tops(subject, COLUMNS)),)
        return DecisionTable(modes, senders, *whole, tuple(asker.verdicts([[{}]])))
    cells = asker.verdicts([[{ROWS: r[0], COLUMNS: c[0]} for c in asker.columns] for r in asker.rows])
    return merged(DecisionTable(modes, senders, asker.rows, asker.columns, tuple(cells)))


def _kinds(subject: Subject, fact: str) -> list[str]:
    """The kinds of a fact's most general values; such a value itself where it has none."""
    tree = subject.bundle.vocabulary[fact].tree
    assert tree is not None
    parents = {text.parent for text in tree.values.values()}
    general = [v for v, text in tree.values.items() if text.parent is None]
    return [v for v, text in tree.values.items() if text.parent in general or (v in general and v not in parents)]


class _Asker:
    """Questions about the part of a law that the facts stated leave possible."""

    def __init__(self, subject: Subject, day: date, limit: float, stated: Mapping[str, str]) -> None:
        self.day = day
        self.stated = {**stated, **({} if subject.acting is None else {"sender.jurisdiction": subject.acting})}
        program = subject.bundle.program
        found = Kernel(program).evaluate(self.stated, day).applicable
        self.program = cut(program, tuple(i for i, truth in enumerate(found) if truth != FALSE))
        part = replace(subject, bundle=replace(subject.bundle, program=self.program))
        self.kernel = Kernel(self.program)
        self.rows, self.columns = _groups(told_apart(part, ROWS)), _groups(told_apart(part, COLUMNS))
        self.inquiry = Inquiry([part], whole_days([part], day, day), limit)
        self.base = [self.inquiry.conditions.add(value_test(f, v)) for f, v in stated.items()]
        self.gates = {
            (fact, group[0]): self.inquiry.conditions.add(value_test(fact, group[0]))
            for fact, groups in ((ROWS, self.rows), (COLUMNS, self.columns))
            for group in groups
        }

    @property
    def permits(self) -> bool:
        """Whether something may go at all, or that was not decided in time."""
        return self.inquiry.possible(_goal(self.base, lambda look: look.permitted)) is not False

    def verdicts(self, grid: Sequence[Sequence[Mapping[str, str]]]) -> Iterator[tuple[Verdict, ...]]:
        """What may come of the cases with a type and an avenue, row by row."""
        places = {(r, c): values for r, row in enumerate(grid) for c, values in enumerate(row)}
        gates = {place: [*self.base, *(self.gates[pair] for pair in v.items())] for place, v in places.items()}
        open_ = {(place, g): _through(gates[place], g) for place, v in places.items() for g in self._candidates(v)}
        through = self.inquiry.which(open_)
        cells = cells_of(self.inquiry, gates, conditions=True)
        for r, row in enumerate(grid):
            named = [
                tuple(
                    self.program.rules[g].id
                    for (place, g), so in through.items()
                    if place == (r, c) and so is not False
                )
                for c in range(len(row))
            ]
            yield tuple(Verdict(cells[r, c], names) for c, names in enumerate(named))

    def _candidates(self, values: Mapping[str, str]) -> list[int]:
        """The gateways that what is stated leaves possible."""
        effective = self.kernel.evaluate({**self.stated, **values}, self.day).effective
        return [g for g in self.program.gateways() if effective[g] != FALSE]


def _goal(gates: Sequence[int], said: Callable[[Look], Formula]) -> Goal:
    return lambda f: every([*(f.conditions(g) for g in gates), said(f.look)])


def _through(gates: Sequence[int], gateway: int) -> Goal:
    """Some case of a cell goes, with a gateway open for it."""
    return _goal(gates, lambda look: every([look.effective[gateway], look.permitted]))


def merged(table: DecisionTable) -> DecisionTable:
    """Rows of which the same comes in one, then columns in one."""
    rows, cells = _together(table.rows, table.cells)
    columns, turned = _together(table.columns, tuple(zip(*cells, strict=True)))
    return DecisionTable(table.modes, table.senders, rows, columns, tuple(zip(*turned, strict=True)))


def _together(
    heads: tuple[Values, ...], lines: tuple[tuple[Verdict, ...], ...]
) -> tuple[tuple[Values, ...], tuple[tuple[Verdict, ...], ...]]:
    groups: dict[tuple[Verdict, ...], Values] = {}
    for head, line in zip(heads, lines, strict=True):
        groups[line] = (*groups.get(line, ()), *head)
    return tuple(groups.values()), tuple(groups)
