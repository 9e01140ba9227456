"""The worlds behind what is not known: each unknown fact as a variable whose branches the program can tell apart.

Registry facts follow from jurisdictions: where a party's jurisdiction is unknown, what the registry says of each
possible one is kept, so no completion combines a State with a membership it does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, Protocol

from .atoms import Values, atom_truth
from .diagram import Diagrams
from .program import Atom, Program
from .truth import TRUE, UNKNOWN


class Domain(Protocol):
    """What is possible beyond the program: which jurisdictions there are, and what the registry says of each."""

    @property
    def jurisdictions(self) -> Sequence[str]:
        """All jurisdiction codes."""
        ...

    def hidden_by(self, fact: str, values: Values) -> str | None:
        """The path of the unknown jurisdiction that a registry fact's answer waits for, if any."""
        ...

    def answer(self, fact: str, values: Values, day: date) -> bool | None:
        """The registry's answer to a fact; None when it has none."""
        ...


class NoDomain:
    """A domain without jurisdictions or registry, for programs that have neither."""

    jurisdictions: Sequence[str] = ()

    def hidden_by(self, fact: str, values: Values) -> str | None:
        """Nothing is hidden."""
        return None

    def answer(self, fact: str, values: Values, day: date) -> bool | None:
        """Nothing is known."""
        return None


@dataclass(frozen=True, slots=True)
class _Classes:
    """An unknown fact's worlds, grouped by what the program can tell apart: a variable's position, and its branches."""

    variable: int
    members: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a variable of the diagrams stands for.

    `value`: each branch is a class of values of `fact`. `member`: branch 1 says that some of `classes[1]` is in the set `fact`,
    branch 0 that none is. `equal`: branch 1 says that `fact` is the same as another.
    """

    fact: str
    kind: Literal["value", "member", "equal"]
    classes: tuple[tuple[Any, ...], ...]


class Worlds:
    """Diagrams of the atoms that what is known leaves open."""

    def __init__(
        self, program: Program, values: Values, day: date, domain: Domain, atoms: Iterable[int], diagrams: Diagrams
    ) -> None:
        self.program = program
        self.values = values
        self.day = day
        self.domain = domain
        self.diagrams = diagrams
        self._atoms = [program.atoms[i] for i in atoms]
        self._classes: dict[str, _Classes] = {}
        self._elements: dict[str, list[tuple[int, frozenset[str]]]] = {}
        self._equal: dict[tuple[str, str], int] = {}
        self._registry: dict[str, str] = {}
        self._lay_out()

    def _lay_out(self) -> None:
        """Make all variables before any diagram; what is tested most comes first."""
        uses: dict[str, int] = {}
        for atom in self._atoms:
            for fact in atom.facts:
                uses[fact] = uses.get(fact, 0) + 1
                hidden = self.domain.hidden_by(fact, self.values)
                if hidden is not None and fact not in self.values:
                    self._registry[fact] = hidden
                    uses[hidden] = uses.get(hidden, 0) + 2
        for fact in sorted(uses, key=lambda f: (-uses[f], f)):
            if self._settled(fact):
                continue
            kind = self.program.kinds.get(fact, "jurisdiction" if fact in self._registry.values() else "boolean")
            if kind == "choices":
                self._lay_out_set(fact)
            else:
                self._classes[fact] = self._classify(fact, kind)
        for atom in self._atoms:
            if atom.test == "same_as" and atom.fact in self._classes and str(atom.operand) in self._classes:
                pair = (atom.fact, str(atom.operand))
                self._equal.setdefault(pair, self.diagrams.variable((1, 1), *pair))

    def meanings(self) -> dict[int, Meaning]:
        """What each variable stands for, by its position."""
        found = {c.variable: Meaning(fact, "value", c.members) for fact, c in self._classes.items()}
        for fact, elements in self._elements.items():
            found.update(
                {variable: Meaning(fact, "member", ((), tuple(sorted(group)))) for variable, group in elements}
            )
        found.update(
            {variable: Meaning(one, "equal", ((False,), (True,))) for (one, _), variable in self._equal.items()}
        )
        return found

    def _settled(self, fact: str) -> bool:
        """Whether nothing about a fact is open: it is stated, and has no more special values."""
        value = self.values.get(fact)
        if value is None:
            return False
        below = self.program.below.get(fact)
        if below is None:
            return True
        return all(len(below[v]) == 1 for v in (value if isinstance(value, frozenset) else (value,)))

    # -- single values ----------------------------------------------------------------------------------------

    def _classify(self, fact: str, kind: str) -> _Classes:
        tests = self._tests(fact)
        groups: dict[tuple[Any, ...], list[Any]] = {}
        for world in self._worlds(fact, kind):
            groups.setdefault(tuple(test(world) for test in tests), []).append(world)
        members = tuple(tuple(g) for g in groups.values())
        return _Classes(self.diagrams.variable([len(m) for m in members], fact), members)

    def _tests(self, fact: str) -> list[Callable[[Any], object]]:
        """What the program can tell about a world of a fact."""
        tests: list[Callable[[Any], object]] = []
        for atom in self._atoms:
            if atom.test == "same_as":
                other = str(atom.operand) if atom.fact == fact else atom.fact if atom.operand == fact else None
                if other is not None and self._settled(other):
                    known = self.values[other]
                    tests.append(lambda world, known=known: world == known)  # type: ignore[misc]
            elif atom.fact == fact:
                tests.append(self._holder(atom))
        for name, hidden in self._registry.items():
            if hidden == fact:
                tests.append(lambda world, name=name: self._registered(name, fact, world))  # type: ignore[misc]
        return tests

    def _registered(self, fact: str, where: str, code: str) -> bool | None:
        return self.domain.answer(fact, {**self.values, where: code}, self.day)

    def _holder(self, atom: Atom) -> Callable[[Any], object]:
        """Whether an atom holds in a world of its fact."""
        if atom.test == "one_of":
            below = self.program.below.get(atom.fact)
            named = atom.named if below is None else frozenset[str]().union(*(below[n] for n in atom.named))
            return frozenset(named).__contains__
        return lambda world: atom_truth(atom, {atom.fact: world}, self.day, self.program) == TRUE

    def _worlds(self, fact: str, kind: str) -> Sequence[Any]:
        if kind == "boolean":
            return (False, True)
        if kind == "jurisdiction":
            return self.domain.jurisdictions
        if kind == "choice":
            below = self.program.below[fact]
            stated = self.values.get(fact)
            return sorted(below) if stated is None else sorted(below[stated])
        bounds = {self.day if a.operand == "as_of" else a.operand for a in self._atoms if a.fact == fact}
        for atom in self._atoms:
            if atom.test == "same_as" and fact in (atom.fact, atom.operand):
                bounds.discard(atom.operand)
                known = self.values.get(str(atom.operand) if atom.fact == fact else atom.fact)
                bounds |= {known} if known is not None else set()
        return _days(bounds) if kind == "date" else _points(bounds)

    # -- sets -------------------------------------------------------------------------------------------------

    def _lay_out_set(self, fact: str) -> None:
        """A set is one yes-or-no variable for each class of values that the program can tell apart.

        Of a stated set only the members with more special values are open: each stands for at least one of them.
        """
        below = self.program.below[fact]
        stated = self.values.get(fact)
        open_members = sorted(v for v in stated if len(below[v]) > 1) if stated is not None else []
        reach = sorted(below) if stated is None else sorted(frozenset[str]().union(*(below[m] for m in open_members)))
        tests = self._tests(fact)
        groups: dict[tuple[Any, ...], list[str]] = {}
        for name in reach:
            groups.setdefault(tuple(test(name) for test in tests), []).append(name)
        self._elements[fact] = [
            (self.diagrams.variable((1, 1), fact), frozenset(group)) for _, group in sorted(groups.items(), key=str)
        ]

    def _at_least_one(self, fact: str) -> int:
        """The constraint of a stated set: each general member is one of its kinds (nothing else is added)."""
        below = self.program.below[fact]
        result = 1
        for member in sorted(self.values.get(fact) or ()):
            if len(below[member]) > 1:
                some = 0
                for variable, group in self._elements[fact]:
                    if group & below[member]:
                        some = self.diagrams.disjunction(some, self.diagrams.node(variable, (0, 1)))
                result = self.diagrams.conjunction(result, some)
        return result

    def constraint(self) -> int:
        """The diagram of what is possible at all."""
        result = 1
        for fact in sorted(self._elements):
            result = self.diagrams.conjunction(result, self._at_least_one(fact))
        return result

    def stated(self, branches: Mapping[int, int]) -> dict[str, Any]:
        """Values that a case could state to be in the world of some branches, by variable as `Diagrams.witness` gives them.

        A variable without a branch may turn out either way and is left out; of a set, what is not chosen is not in it.
        """
        found: dict[str, Any] = {}
        for fact, classes in self._classes.items():
            if classes.variable in branches:
                found[fact] = classes.members[branches[classes.variable]][0]
        for fact, groups in self._elements.items():
            if any(variable in branches for variable, _ in groups):
                found[fact] = frozenset(min(group) for variable, group in groups if branches.get(variable))
        return found

    # -- atoms ------------------------------------------------------------------------------------------------

    def atom(self, index: int) -> int:
        """The diagram of an atom: constant when it is known, else over the variables it depends on."""
        atom = self.program.atoms[index]
        truth = atom_truth(atom, self.values, self.day, self.program)
        if truth != UNKNOWN:
            return 1 if truth == TRUE else 0
        if atom.test == "same_as":
            return self._same(atom)
        if atom.fact in self._registry:
            return self._registry_atom(atom.fact)
        if atom.fact in self._elements:
            return self._set_atom(atom)
        classes = self._classes[atom.fact]
        holds = self._holder(atom)
        return self.diagrams.node(classes.variable, tuple(int(bool(holds(m[0]))) for m in classes.members))

    def _registry_atom(self, fact: str) -> int:
        """True, false or open as the registry says of each jurisdiction that the unknown one may be."""
        where = self._registry[fact]
        classes = self._classes[where]
        own = self._classes[fact]
        free = self.diagrams.node(own.variable, tuple(int(True in m) for m in own.members))
        result = 0
        for branch, members in enumerate(classes.members):
            answer = self._registered(fact, where, members[0])
            inside = self._inside(classes, branch)
            part = free if answer is None else int(answer)
            result = self.diagrams.disjunction(result, self.diagrams.conjunction(inside, part))
        return result

    def _inside(self, classes: _Classes, branch: int) -> int:
        return self.diagrams.node(classes.variable, tuple(int(b == branch) for b in range(len(classes.members))))

    def _set_atom(self, atom: Atom) -> int:
        result, holds = 0, self._holder(atom)
        for variable, group in self._elements[atom.fact]:
            if holds(min(group)):
                result = self.diagrams.disjunction(result, self.diagrams.node(variable, (0, 1)))
        return result

    def _same(self, atom: Atom) -> int:
        one, other = atom.fact, str(atom.operand)
        if one not in self._classes:
            one, other = other, one
        left = self._classes[one]
        if other not in self._classes:
            known = self.values[other]
            return self.diagrams.node(left.variable, tuple(int(known in m) for m in left.members))
        right = self._classes[other]
        equal = self.diagrams.node(self._equal[atom.fact, str(atom.operand)], (0, 1))
        # a number's or day's representative stands for an interval, where equal and unequal are both possible
        exact = self.program.kinds[atom.fact] not in ("number", "date")
        result = 0
        for i, ours in enumerate(left.members):
            for j, theirs in enumerate(right.members):
                if set(ours).isdisjoint(theirs):
                    continue
                both = self.diagrams.conjunction(self._inside(left, i), self._inside(right, j))
                certain = exact and len(ours) == len(theirs) == 1
                part = both if certain else self.diagrams.conjunction(both, equal)
                result = self.diagrams.disjunction(result, part)
        return result


def _points(bounds: Iterable[Any]) -> list[float]:
    """A number for each bound and for each interval between and beyond them."""
    ordered = sorted(bounds)
    if not ordered:
        return [0, 1]
    points: list[float] = [ordered[0] - 1]
    for low, high in pairwise(ordered):
        points += [low, (low + high) / 2]
    return [*points, ordered[-1], ordered[-1] + 1]


def _days(bounds: Iterable[Any]) -> list[date]:
    """A day for each bound and for each interval between and beyond them."""
    ordered = sorted(bounds)
    if not ordered:
        return [date(2000, 1, 1), date(2000, 1, 2)]
    one = timedelta(days=1)
    days = {ordered[-1]}
    for low, high in pairwise(ordered):
        days |= {low, low + (high - low) // 2, high - one}
    if ordered[0] > date.min:
        days.add(ordered[0] - one)
    if ordered[-1] < date.max:
        days.add(ordered[-1] + one)
    return sorted(days)
