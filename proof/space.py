"""The cases that a question ranges over: one variable for each fact, constrained to what the vocabulary and the registry allow.

A *complete* space holds the worlds of the language (a value is itself and no listed kind of it, or a kind; sets are free
subsets; every fact has a value). An *open* one holds what a case may state: any value or nothing. Values that no question
and no program in the space can tell apart are one branch of their variable, so a space is as small as what is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import z3

from ..engine.atoms import atom_truth
from ..engine.lookup import JURISDICTION_OF
from ..engine.program import Atom, Program
from ..engine.truth import TRUE as SURE
from ..engine.truth import UNKNOWN as OPEN
from .formula import Formula, Side, all_of, any_of, differ, exactly, negation, opposite
from .registered import Told, told
from .variables import EXACT, Branches, Days, Part, Scalar, Subset, worlds_program


class Space:
    """The variables of some programs' facts, and what constrains them."""

    def __init__(self, parts: Sequence[Part], days: Days, *, complete: bool = True) -> None:
        self.parts = tuple(replace(p, program=worlds_program(p.program)) for p in parts) if complete else tuple(parts)
        self.days = days
        self.complete = complete
        self.constraints: list[Side] = []
        self.unspoken: list[Side] = []
        self.variables: dict[str, Branches | Subset | Scalar] = {}
        self.day: Any = days.first.toordinal() if days.single else z3.Int("as_of")
        if not days.single:
            self.constraints += [self.day >= days.first.toordinal(), self.day <= days.last.toordinal()]
        self._atoms = [(part, atom) for part in self.parts for atom in part.program.atoms]
        self._told: dict[tuple[int, str], Told] = {}
        self._lay_out()

    # -- laying out -------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        kinds: dict[str, str] = {}
        for part in self.parts:
            kinds.update(part.program.kinds)
            for fact in part.program.kinds:
                registered = told(part.registry, part.vocabulary, fact, self.days)
                if registered is not None:
                    self._told[id(part), fact] = registered
                    kinds.update(dict.fromkeys(registered.places, "jurisdiction"))
        self.kinds = kinds
        self._tests = self._tests_by_fact()
        for fact in sorted(kinds):
            if all(fact in part.fixed for part in self.parts):
                continue
            self.variables[fact] = self._variable(fact, kinds[fact])
        for fact in self.registered:
            self._heed_registry(fact)

    def _heed_registry(self, fact: str) -> None:
        """What a case states of a looked-up fact never gainsays the registry: it is stated only where that is silent.

        Where the laws of a space are applied by different States, a fact that the registry knows of one State is taken to be
        the same for the other if the registry is silent there: one case file has to serve both.
        """
        variable = self.variables[fact]
        assert isinstance(variable, Scalar)
        parts = [p for p in self.parts if (id(p), fact) in self._told]
        answered = any_of(self.answered(p, fact) for p in parts)
        if not self.complete:
            places = {place for p in parts for place in self._told[id(p), fact].places if place not in p.fixed}
            open_ = all_of([negation(answered), *(self.stated(place) for place in sorted(places))])
            self.constraints.append(any_of([negation(variable.known), open_]))
        else:
            self.constraints += [side for side in self.shared(fact) if side is not True]

    def shared(self, fact: str) -> list[Side]:
        """In a complete space: what ties a looked-up fact of several States' laws together."""
        parts = [p for p in self.parts if (id(p), fact) in self._told]
        variable = self.variables[fact]
        assert isinstance(variable, Scalar)
        if len({p.fixed.get("sender.jurisdiction") for p in parts}) < 2:
            return []
        found: list[Side] = []
        for part in parts:
            yes, no = self._registered_sides(part, fact)
            found += [any_of([negation(yes), variable.term]), any_of([negation(no), negation(variable.term)])]
        return found

    @property
    def registered(self) -> list[str]:
        """The facts that the registry is asked for."""
        return sorted({fact for _, fact in self._told})

    def _tests_by_fact(self) -> dict[str, list[Callable[[Any], object]]]:
        """What can be told about a value of each fact."""
        tests: dict[str, list[Callable[[Any], object]]] = {}
        some_day = self.days.first
        for part, atom in self._atoms:
            if atom.test == "one_of":
                tests.setdefault(atom.fact, []).append(
                    lambda v, a=atom, p=part: _truth(a, v, some_day, p.program)  # type: ignore[misc]
                )
            elif atom.test == "same_as":
                for fact in atom.facts:
                    tests.setdefault(fact, []).append(lambda v: v)
        for registered in self._told.values():
            for place in registered.places:
                tests.setdefault(place, []).append(lambda v, r=registered, p=place: r.signature(p, v))  # type: ignore[misc]
        return tests

    def _variable(self, fact: str, kind: str) -> Branches | Subset | Scalar:
        known: Side = True if self.complete else z3.Bool(f"{fact} is stated")
        if kind == "boolean":
            return Scalar(z3.Bool(fact), known)
        if kind == "number":
            return Scalar(z3.Real(fact), known)
        if kind == "date":
            term = z3.Int(fact)
            self.constraints += [term >= 1, term <= date.max.toordinal()]
            return Scalar(term, known)
        if kind == "choices":
            return self._subset(fact, known)
        return self._branches(fact, self._values(fact, kind))

    def _values(self, fact: str, kind: str) -> list[Any]:
        if kind == "jurisdiction":
            codes = {c for p in self.parts for c in p.vocabulary.jurisdictions}
            return [*([] if self.complete else [None]), *sorted(codes)]
        names = {v for p in self.parts for v in p.program.below.get(fact, ())}
        if fact == "direction" and not self.complete:
            return sorted(names)  # a case that does not say is about sending
        return [*([] if self.complete else [None]), *self._worlds(names, fact)]

    def _worlds(self, names: set[str], fact: str) -> list[str]:
        """The values that a complete world may have (a value with kinds only as itself), leaves first."""
        if not self.complete:
            reach = {
                v: max(len(p.program.below[fact].get(v, ())) for p in self.parts if fact in p.program.below)
                for v in names
            }
            return sorted(names, key=lambda v: (-reach[v], v))
        inner = {v for v in names if v + EXACT in names}
        leaves = [v for v in names if v not in inner and not v.endswith(EXACT)]
        return [*sorted(leaves), *sorted(v for v in names if v.endswith(EXACT))]

    def _branches(self, fact: str, values: list[Any]) -> Branches:
        tests = self._tests.get(fact, [])
        groups: dict[tuple[Any, ...], list[Any]] = {}
        for value in values:
            key = (value is None, *(test(value) for test in tests))
            groups.setdefault(key, []).append(value)
        members = [tuple(g) for g in groups.values()]
        if len(members) == 1:
            return Branches(members, [True])
        chosen = [z3.Bool(f"{fact} = {m[0]}") for m in members]
        self.constraints += _one_of(chosen)
        branches = Branches(members, list(chosen))
        self.unspoken += [
            c for m, c in zip(members, chosen, strict=True) if isinstance(m[0], str) and m[0].endswith(EXACT)
        ]
        return branches

    def _subset(self, fact: str, known: Side) -> Subset:
        names = {v for p in self.parts for v in p.program.below.get(fact, ())}
        tests = self._tests.get(fact, [])
        groups: dict[tuple[Any, ...], list[str]] = {}
        for name in self._worlds(names, fact):
            key = tuple(test(frozenset({name})) for test in tests)
            if any(truth != 0 for truth in key):
                groups.setdefault(key, []).append(name)
        members = [tuple(g) for g in groups.values()]
        inside = [z3.Bool(f"{fact} has {m[0]}") for m in members]
        self.unspoken += [i for m, i in zip(members, inside, strict=True) if m[0].endswith(EXACT)]
        return Subset(members, list(inside), known)

    # -- what is asked of it ----------------------------------------------------------------------------------

    def atom(self, part: Part, index: int) -> Formula:
        """The truth of an atom of one of the space's parts (taken from `parts`)."""
        atom = part.program.atoms[index]
        if atom.test == "same_as":
            return self._same(part, atom)
        variable = self._of(part, atom.fact)
        if isinstance(variable, Branches):
            return self._branch_atom(part, atom, variable)
        if isinstance(variable, Subset):
            return self._set_atom(part, atom, variable)
        if atom.test == "is_true":
            return self._boolean(part, atom.fact, variable)
        bound = self.bound(atom.operand)
        held = variable.term >= bound if atom.test == "at_least" else variable.term > bound
        return self._if_known(variable.known, held)

    def _of(self, part: Part, fact: str) -> Branches | Subset | Scalar:
        """A fact's variable, or its one value where a part fixes it."""
        if fact in part.fixed:
            return Branches([(part.fixed[fact],)], [True])
        return self.variables[fact]

    def bound(self, operand: Any) -> Any:
        """A number or day to compare with."""
        if operand == "as_of":
            return self.day
        if isinstance(operand, date):
            return operand.toordinal()
        return z3.RealVal(str(operand))

    @staticmethod
    def _if_known(known: Side, held: Side) -> Formula:
        if known is True:
            return exactly(held)
        return Formula(all_of([known, held]), any_of([negation(known), held]))

    def _branch_atom(self, part: Part, atom: Atom, variable: Branches) -> Formula:
        surely, possibly = [], []
        for member, chosen in zip(variable.members, variable.chosen, strict=True):
            truth = _truth(atom, member[0], self.days.first, part.program)
            if truth == SURE:
                surely.append(chosen)
            elif truth == OPEN:
                possibly.append(chosen)
        sure = any_of(surely)
        return exactly(sure) if not possibly else Formula(sure, any_of([*surely, *possibly]))

    def holds_of(self, part: Part, index: int, value: str) -> bool:
        """Whether an atom is true of a value of its fact; of a set, if the value alone is in it."""
        atom = part.program.atoms[index]
        tested = frozenset({value}) if self.kinds[atom.fact] == "choices" else value
        return _truth(atom, tested, self.days.first, part.program) == SURE

    def _set_atom(self, part: Part, atom: Atom, variable: Subset) -> Formula:
        truths = [_truth(atom, frozenset({m[0]}), self.days.first, part.program) for m in variable.members]
        pairs = list(zip(truths, variable.inside, strict=True))
        sure = any_of(i for t, i in pairs if t == SURE)
        maybe = any_of(i for t, i in pairs if t in (SURE, OPEN))
        if variable.known is True:
            return exactly(sure)
        return Formula(all_of([variable.known, sure]), any_of([negation(variable.known), maybe]))

    def _boolean(self, part: Part, fact: str, variable: Scalar) -> Formula:
        if (id(part), fact) not in self._told:
            return self._if_known(variable.known, variable.term)
        yes, no = self._registered_sides(part, fact)
        if variable.known is True:
            return exactly(any_of([yes, all_of([negation(no), variable.term])]))
        silent = negation(variable.known)
        wrong = any_of([all_of([variable.known, negation(variable.term)]), all_of([silent, no])])
        return Formula(any_of([all_of([variable.known, variable.term]), all_of([silent, yes])]), negation(wrong))

    def _registered_sides(self, part: Part, fact: str) -> tuple[Side, Side]:
        """Where the registry says yes, and where it says no."""
        registered = self._told[id(part), fact]
        yes, no = (any_of(self._clause(part, c) for c in clauses) for clauses in (registered.yes, registered.no))
        return yes, no

    def answered(self, part: Part, fact: str) -> Side:
        """Where the registry answers a fact of a part."""
        return any_of(self._registered_sides(part, fact)) if (id(part), fact) in self._told else False

    def _clause(self, part: Part, clause: Any) -> Side:
        """One statement of the registry: these places, in this period."""
        sides = [self._is_one_of(part, place, codes) for place, codes in clause.where]
        return all_of([*sides, self.within(clause.first, clause.last)])

    def _is_one_of(self, part: Part, place: str, codes: frozenset[str]) -> Side:
        variable = self._of(part, place)
        assert isinstance(variable, Branches)
        return any_of(c for m, c in zip(variable.members, variable.chosen, strict=True) if m[0] in codes)

    def within(self, first: date | None, last: date | None) -> Side:
        """The day is inside a period; an omitted end is open."""
        if self.days.single:
            return (first is None or first <= self.days.first) and (last is None or self.days.first <= last)
        sides: list[Side] = []
        if first is not None and first > self.days.first:
            sides.append(self.day >= first.toordinal() if first <= self.days.last else False)
        if last is not None and last < self.days.last:
            sides.append(self.day <= last.toordinal() if last >= self.days.first else False)
        return all_of(sides)

    def _same(self, part: Part, atom: Atom) -> Formula:
        one, other = self._of(part, atom.fact), self._of(part, str(atom.operand))
        if isinstance(one, Scalar) and isinstance(other, Scalar):
            if self.kinds[atom.fact] == "boolean":
                left = self._boolean(part, atom.fact, one)
                return opposite(differ(left, self._boolean(part, str(atom.operand), other)))
            return self._if_known(all_of([one.known, other.known]), one.term == other.term)
        assert isinstance(one, Branches)
        assert isinstance(other, Branches)
        surely, possibly = [], []
        for ours, left_chosen in zip(one.members, one.chosen, strict=True):
            for theirs, right_chosen in zip(other.members, other.chosen, strict=True):
                values = {k: v for k, v in ((atom.fact, ours[0]), (str(atom.operand), theirs[0])) if v is not None}
                truth = atom_truth(atom, values, self.days.first, part.program)
                both = all_of([left_chosen, right_chosen])
                if truth == SURE:
                    surely.append(both)
                elif truth == OPEN:
                    possibly.append(both)
        return exactly(any_of(surely)) if not possibly else Formula(any_of(surely), any_of([*surely, *possibly]))

    def stated(self, fact: str) -> Side:
        """In an open space: whether a fact is stated."""
        variable = self.variables[fact]
        if isinstance(variable, Branches):
            return any_of(c for m, c in zip(variable.members, variable.chosen, strict=True) if m[0] is not None)
        return variable.known


def _truth(atom: Atom, value: Any, day: date, program: Program) -> int:
    if value is None:
        return OPEN
    tree = program.below.get(atom.fact)
    if tree is not None and not all(v in tree for v in (value if isinstance(value, frozenset) else (value,))):
        return 0  # a value that only another program of the space knows
    return atom_truth(atom, {atom.fact: value}, day, program)


def _one_of(chosen: Sequence[Any]) -> list[Side]:
    """Exactly one of several."""
    if len(chosen) <= 8:
        pairs = [z3.Or(z3.Not(a), z3.Not(b)) for i, a in enumerate(chosen) for b in chosen[i + 1 :]]
        return [z3.Or(list(chosen)), *pairs]
    return [z3.Or(list(chosen)), z3.AtMost(*chosen, 1)]


__all__ = [
    "EXACT",
    "JURISDICTION_OF",
    "Branches",
    "Days",
    "Part",
    "Scalar",
    "Space",
    "Subset",
    "worlds_program",
]
