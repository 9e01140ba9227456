"""Cases as columns of codes, and the truth of every atom as bit planes.

A fact is *dictionary-coded*: a column of small integers and the list of what they stand for; code 0 is unknown. The
values of a fact that no atom tells apart fall into one *class*, worked out once a value by the same `atom_truth` that every
engine uses; a look-up over the codes then gives the class of each case, and the class a bit for every atom of the fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import numpy as np

from ..engine.atoms import atom_truth
from ..engine.lookup import JURISDICTION_OF, RegistryDomain
from ..engine.program import Program
from ..engine.truth import FALSE, TRUE
from .planes import Bits, Bytes, Ints, Pair, Plane, empty, pack, padded

DAY = "@as_of"
"""The name under which the day of each case travels beside its facts."""

DENSE = 1 << 18
"""Up to this many combinations of codes are counted in a table; beyond it they are sorted."""


FEW = 16
"""Up to this many values of a fact stand for their own classes, which saves the look-up."""


@dataclass(slots=True)
class Coded:
    """A column: `codes` into `values`, where code 0 is unknown (`values[0]` is None)."""

    codes: Ints
    values: Sequence[Any]

    def take(self, where: Ints) -> Coded:
        """The column for some of its cases."""
        return Coded(self.codes[where], self.values)


@dataclass(slots=True)
class Columns:
    """Cases as columns: `facts` by path (absent is unknown throughout), `day` the law's day of each, `count` how many."""

    facts: Mapping[str, Coded]
    day: Coded
    count: int

    def take(self, where: Ints) -> Columns:
        """Some of the cases."""
        return Columns({p: c.take(where) for p, c in self.facts.items()}, self.day.take(where), len(where))

    def named(self) -> list[tuple[str, Coded]]:
        """All columns by name, the day last."""
        return [*self.facts.items(), (DAY, self.day)]

    def words(self) -> list[Plane]:
        """The codes of each case in as few words as hold them side by side."""
        result: list[Plane] = []
        used = 64
        for _, column in self.named():
            bits = 8 * column.codes.dtype.itemsize
            codes = column.codes.astype(np.uint64)
            if used + bits > 64:
                result.append(codes)
                used = bits
            else:
                result[-1] |= codes << np.uint64(used)
                used += bits
        return result

    def get(self, name: str) -> Coded:
        """A column by path, or the day; all unknown where there is none."""
        if name == DAY:
            return self.day
        return self.facts.get(name) or Coded(np.zeros(self.count, np.uint8), [None])

    def row(self, index: int) -> tuple[dict[str, Any], date]:
        """What is known of one case, and its day."""
        known = {p: c.values[c.codes[index]] for p, c in self.facts.items()}
        return {p: v for p, v in known.items() if v is not None}, self.day.values[self.day.codes[index]]


def constant(value: Any, count: int) -> Coded:
    """A column that says the same of every case."""
    return (
        Coded(np.ones(count, np.uint8), [None, value])
        if value is not None
        else Coded(np.zeros(count, np.uint8), [None])
    )


def filled(column: Coded, value: Any) -> Coded:
    """A column with a value wherever it is unknown."""
    values = column.values if value in column.values else [*column.values, value]
    code = list(values).index(value)
    codes = column.codes if code < 256 or column.codes.dtype.itemsize > 1 else column.codes.astype(np.int32)
    return Coded(_filled(codes, np.array(code, codes.dtype)), values)


def _filled(codes: Ints, others: Ints) -> Ints:
    """The codes, and the others where they are 0; `np.where` would guess wrongly half the time."""
    found: Ints = codes | others * (codes == 0).view(np.uint8)
    return found


def joint(columns: Sequence[Coded]) -> tuple[Ints, list[tuple[int, ...]]]:
    """The combinations of codes that occur, and for each case which it has."""
    key = columns[0].codes.astype(np.int64)
    space = len(columns[0].values)
    for column in columns[1:]:
        key = key * len(column.values) + column.codes
        space *= len(column.values)
    which: Ints
    if space <= DENSE:
        present = np.flatnonzero(np.bincount(key, minlength=space))
        ranks = np.zeros(space, np.int32)
        ranks[present] = np.arange(len(present), dtype=np.int32)
        which = ranks[key]
    else:
        present, which = np.unique(key, return_inverse=True)
    combinations = []
    for entry in present.tolist():
        codes: list[int] = []
        for column in reversed(columns):
            entry, code = divmod(entry, len(column.values))
            codes.append(code)
        combinations.append(tuple(reversed(codes)))
    return which, combinations


def registered(columns: Columns, domain: RegistryDomain, facts: Iterable[str]) -> Columns:
    """The columns with what the registry answers where a case does not say itself, as `engine.deciding.knowledge` has it.

    As there, a case that names no direction is one of sending.
    """
    result = dict(columns.facts)
    if "direction" in domain.vocabulary:
        result["direction"] = filled(columns.get("direction"), "outgoing")
    by_parties: dict[tuple[str, ...], list[str]] = {}
    for fact in sorted(facts):
        known = domain.vocabulary.facts.get(fact)
        if known is not None and known.registry is not None:
            parties: tuple[str, ...] = known.registry.between or (known.registry.party or "sender",)
            by_parties.setdefault(tuple(JURISDICTION_OF[p] for p in parties), []).append(fact)
    for paths, names in by_parties.items():
        sources = [columns.get(p) for p in paths] + [columns.day]
        which, combinations = joint(sources)
        told = [tuple(c.values[k] for c, k in zip(sources, codes, strict=True)) for codes in combinations]
        for fact in names:
            answers = [_answer(domain, fact, paths, t) for t in told]
            result[fact] = _told(columns.facts.get(fact), answers, which)
    return Columns(result, columns.day, columns.count)


def _told(stated: Coded | None, answers: Sequence[bool | None], which: Ints) -> Coded:
    """A column as stated, and where it is not, with the answer that each case has."""
    values: list[Any] = [None] if stated is None else list(stated.values)
    values += [v for v in (False, True) if v not in values]
    kind = np.uint8 if len(values) <= 256 else np.int32
    codes = np.array([values.index(a) for a in answers], kind)
    found: Ints = codes[which] if len(set(answers)) > 1 else np.full(len(which), codes[0] if answers else 0, kind)
    return Coded(found if stated is None else _filled(stated.codes, found), values)


def _answer(domain: RegistryDomain, fact: str, parties: tuple[str, ...], told: tuple[Any, ...]) -> bool | None:
    return domain.answer(fact, {p: v for p, v in zip(parties, told, strict=False) if v is not None}, told[-1])


Classes: TypeAlias = tuple[Ints | None, list[tuple[int, ...]]]
"""The class of each case, None where all are of the one, and what each class makes of the atoms of a group."""


@dataclass(slots=True)
class Group:
    """The atoms that one fact decides, or one fact together with another or with the day.

    `classes` numbers the classes by the truths of all atoms; `known` remembers the class of each value met so far.
    """

    names: tuple[str, ...]
    atoms: list[int]
    classes: dict[tuple[int, ...], int] = field(default_factory=dict)
    known: dict[Any, int] = field(default_factory=dict)
    table: Ints = field(default_factory=lambda: np.zeros(0, np.uint16))
    source: Sequence[Any] | None = None

    def class_of(self, program: Program, values: tuple[Any, ...]) -> int:
        """The class of a value, or of a combination of values."""
        found = self.known.get(values)
        if found is None:
            known = {n: v for n, v in zip(self.names, values, strict=True) if v is not None and n != DAY}
            day = values[self.names.index(DAY)] if DAY in self.names else date.min
            truths = tuple(atom_truth(program.atoms[a], known, day, program) for a in self.atoms)
            found = self.known[values] = self.classes.setdefault(truths, len(self.classes))
        return found

    def of_cases(self, program: Program, columns: Columns) -> Classes:
        """The class of each case and what the classes are."""
        if len(self.names) > 1:
            sources = [columns.get(n) for n in self.names]
            which, combinations = joint(sources)
            told = [tuple(c.values[k] for c, k in zip(sources, codes, strict=True)) for codes in combinations]
            return self._classes(np.array([self.class_of(program, t) for t in told], np.uint16), which)
        column = columns.get(self.names[0])
        if self.source is not column.values or len(self.table) != len(column.values):
            self.table = np.array([self.class_of(program, (v,)) for v in column.values], np.uint16)
            self.source = column.values
        truths = list(self.classes)
        if len(self.table) == 1:
            return None, [truths[self.table[0]]]
        if len(self.table) <= FEW and column.codes.dtype == np.uint8:
            return column.codes, [truths[c] for c in self.table.tolist()]  # the codes will do for classes
        return self._classes(self.table, column.codes)

    def _classes(self, table: Ints, which: Ints) -> Classes:
        if len(self.classes) == 1:
            return None, list(self.classes)
        return table.astype(np.uint8 if len(self.classes) <= 256 else np.uint16)[which], list(self.classes)


class Atoms:
    """The atoms of a program over columns."""

    def __init__(self, program: Program, used: Iterable[int]) -> None:
        self.program = program
        groups: dict[tuple[str, ...], Group] = {}
        for atom in sorted(used):
            spec = program.atoms[atom]
            names = (*spec.facts, DAY) if spec.operand == "as_of" else spec.facts
            groups.setdefault(names, Group(names, [])).atoms.append(atom)
        self.groups = list(groups.values())

    def classes(self, columns: Columns) -> list[Classes]:
        """For each group the class of each case, and what each class makes of the atoms."""
        return [group.of_cases(self.program, columns) for group in self.groups]

    def planes(self, classes: Sequence[Classes], count: int) -> dict[int, Pair[Plane]]:
        """The truth of every atom for every case."""
        result: dict[int, Pair[Plane]] = {}
        whole = padded(count)
        nothing, scratch = empty(whole), np.empty(whole, np.uint8)
        for group, (found, truths) in zip(self.groups, classes, strict=True):
            if found is not None and whole != count:
                found = np.concatenate([found, np.zeros(whole - count, found.dtype)])
            planes = [~nothing] if found is None else _class_planes(found, len(truths), scratch)
            result.update(zip(group.atoms, pairs(planes, truths, nothing, _occurs), strict=True))
        return result


def pairs(
    planes: Sequence[Bits], truths: Sequence[tuple[int, ...]], nothing: Bits, occurs: Callable[[Bits], bool]
) -> list[Pair[Bits]]:
    """A pair for each atom of a group, put together from a plane for each class.

    `occurs` says whether any case is of a class; what is unknown for a class that does not occur makes no second plane.
    """
    result = []
    for position in range(len(truths[0])):
        sure = _union([planes[c] for c, t in enumerate(truths) if t[position] == TRUE], nothing)
        unknown = [planes[c] for c, t in enumerate(truths) if t[position] not in (TRUE, FALSE)]
        doubtful = [p for p in unknown if occurs(p)]
        result.append(Pair(sure, sure | _union(doubtful, nothing)) if doubtful else Pair(sure, sure))
    return result


def _occurs(plane: Plane) -> bool:
    return bool(plane.any())


def _class_planes(classes: Ints, count: int, scratch: Bytes) -> list[Plane]:
    """A plane for each class.

    `scratch` takes what lies between, a byte a case: new memory for each step would cost more than the step.
    """
    if classes.dtype != np.uint8:
        return [pack(np.equal(classes, c, out=scratch.view(np.bool_))) for c in range(count)]
    return conjunctions(
        [pack(np.bitwise_and(classes, np.uint8(1 << b), out=scratch)) for b in range(bits_of(count))], count
    )


def bits_of(count: int) -> int:
    """How many bits tell so many classes apart."""
    return (count - 1).bit_length()


def conjunctions(bits: Sequence[Bits], count: int) -> list[Bits]:
    """A plane for each of at least two numbers, out of a plane for each of their bits."""
    opposites = [~plane for plane in bits]
    result = []
    for code in range(count):
        plane = bits[0] if code & 1 else opposites[0]
        for bit in range(1, len(bits)):
            plane = plane & (bits[bit] if code >> bit & 1 else opposites[bit])
        result.append(plane)
    return result


def _union(planes: Sequence[Bits], nothing: Bits) -> Bits:
    if not planes:
        return nothing
    result = planes[0]
    for plane in planes[1:]:
        result = result | plane
    return result
