"""Which rule and condition of one version of a law is which of another, and which provisions are written differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..engine.program import Program
from .formula import FALSE, Formula, differ, some
from .frame import Frame, Subject

COVERS = "what the policy covers"


@dataclass(frozen=True)
class Cause:
    """A provision that is written differently: where the difference is at work, and the names of its rules."""

    at_work: Callable[[Frame], Formula]
    rules: tuple[str, ...]
    dates_only: bool


class Alignment:
    """The rules and conditions of two versions, brought together whatever they are called."""

    def __init__(self, old: Subject, new: Subject) -> None:
        self.old, self.new = old.bundle, new.bundle
        self._shapes: dict[tuple[int, int], bool] = {}
        self.pairs = self._match()
        self._forward = {a: b for a, b in self.pairs if a is not None and b is not None}

    def label(self, side: Any, rule: int) -> str:
        """A rule's provision."""
        cited = [
            f"{s.title or s.instrument} art. {s.article}" + (f"({s.paragraph})" if s.paragraph else "")
            for s in side.rules[rule].sources
        ]
        layer = "" if side.rules[rule].policy == side.heads[0].id else f"{side.rules[rule].policy}: "
        return layer + "; ".join(dict.fromkeys(cited))

    def _match(self) -> list[tuple[int | None, int | None]]:
        """Rules of one name and effect; then of one provision, effect and meaning; then of one provision and effect."""
        left, right = (
            dict.fromkeys(range(len(self.old.program.rules))),
            dict.fromkeys(range(len(self.new.program.rules))),
        )
        pairs: list[tuple[int | None, int | None]] = []
        keys: list[Callable[[Any, int], object]] = [
            lambda s, i: (s.program.rules[i].id, s.program.rules[i].effect),
            lambda s, i: (self.label(s, i), s.program.rules[i].effect, meaning(s.program, s.program.rules[i].when)),
            lambda s, i: (self.label(s, i), s.program.rules[i].effect),
        ]
        for key in keys:
            waiting: dict[object, list[int]] = {}
            for i in right:
                waiting.setdefault(key(self.new, i), []).append(i)
            for i in list(left):
                found = waiting.get(key(self.old, i))
                if found:
                    other = found.pop(0)
                    pairs.append((i, other))
                    del left[i], right[other]
        return [*pairs, *((i, None) for i in left), *((None, i) for i in right)]

    # conditions

    @cached_property
    def condition_keys(self) -> set[Any]:
        """What makes a condition the same on both sides: its name or its words, and stage, bearer, kind and deadline."""
        return {self._key(s, p) for s in (self.old, self.new) for p in range(len(s.conditions))}

    @cached_property
    def _by_key(self) -> tuple[dict[Any, list[int]], dict[Any, list[int]]]:
        found: tuple[dict[Any, list[int]], dict[Any, list[int]]] = ({}, {})
        for position, side in enumerate((self.old, self.new)):
            for p in range(len(side.conditions)):
                found[position].setdefault(self._key(side, p), []).append(p)
        return found

    @cached_property
    def _named_alike(self) -> set[Any]:
        one, other = ({(c.id, *_terms(c)) for c, _ in s.conditions} for s in (self.old, self.new))
        return one & other

    def _key(self, side: Any, proviso: int) -> Any:
        condition = side.conditions[proviso][0]
        terms = _terms(condition)
        return (condition.id if (condition.id, *terms) in self._named_alike else condition.text, *terms)

    def conditions_with(self, key: Any) -> tuple[list[int], list[int]]:
        """The conditions of a key, on each side."""
        return self._by_key[0].get(key, []), self._by_key[1].get(key, [])

    # reasons

    @cached_property
    def reasons(self) -> list[tuple[list[int], list[int]]]:
        """The rules of each provision and effect, on each side."""
        found: dict[Any, tuple[list[int], list[int]]] = {}
        for position, side in enumerate((self.old, self.new)):
            for i, rule in enumerate(side.program.rules):
                found.setdefault((self.label(side, i), rule.effect), ([], []))[position].append(i)
        return list(found.values())

    # causes

    def causes(self) -> dict[str, Cause]:
        """Every provision with a rule that is not written to the same effect, in order."""
        by_label: dict[str, list[tuple[int | None, int | None]]] = {}
        for pair in self.pairs:
            if self._touched(pair):
                side, rule = (self.new, pair[1]) if pair[1] is not None else (self.old, pair[0])
                assert rule is not None
                by_label.setdefault(self.label(side, rule), []).append(pair)
        found = {name: self._cause(pairs) for name, pairs in sorted(by_label.items())}
        if _covers(self.old.program) != _covers(self.new.program):
            found[COVERS] = Cause(lambda f: differ(f.looks[0].covered, f.looks[1].covered), (), False)
        return found

    def _touched(self, pair: tuple[int | None, int | None]) -> bool:
        a, b = pair
        if a is None or b is None:
            return True
        one, other = self.old.program.rules[a], self.new.program.rules[b]
        alike = meaning(self.old.program, one.when) == meaning(self.new.program, other.when)
        return not alike or (one.start, one.end) != (other.start, other.end) or self._shape(pair)

    def _shape(self, pair: tuple[int | None, int | None]) -> bool:
        """What the rule does differs, apart from when it applies."""
        a, b = pair
        assert a is not None
        assert b is not None
        one, other = self.old.program.rules[a], self.new.program.rules[b]
        if (a, b) not in self._shapes:
            self._shapes[a, b] = self._compared(a, b, one, other)
        return self._shapes[a, b]

    def _compared(self, a: int, b: int, one: Any, other: Any) -> bool:
        return (
            self._targets(a) != self._overridden(self.new, b)
            or self._conditions(self.old, a) != self._conditions(self.new, b)
            or (None if one.attaches_to is None else {self._forward.get(x) for x in one.attaches_to} - {None})
            != (None if other.attaches_to is None else set(other.attaches_to) & set(self._forward.values()))
        )

    def _targets(self, rule: int) -> set[int]:
        return {
            self._forward[i]
            for i, r in enumerate(self.old.program.rules)
            if rule in r.defeated_by and i in self._forward
        }

    def _overridden(self, side: Any, rule: int) -> set[int]:
        matched = set(self._forward.values())
        return {i for i, r in enumerate(side.program.rules) if rule in r.defeated_by and i in matched}

    def _conditions(self, side: Any, rule: int) -> list[Any]:
        program = side.program
        provisos = program.rules[rule].provisos
        own = [
            (self._key(side, p), None if (g := program.provisos[p].met_when) is None else meaning(program, g))
            for p in provisos
        ]
        return sorted(own, key=str)

    def _cause(self, pairs: list[tuple[int | None, int | None]]) -> Cause:
        def at_work(frame: Frame) -> Formula:
            return some(self._at_work(frame, pair) for pair in pairs)

        ids = [self.new.program.rules[b].id for _, b in pairs if b is not None]
        ids += [self.old.program.rules[a].id for a, b in pairs if b is None and a is not None]
        return Cause(at_work, tuple(ids), all(self._dates_only(p) for p in pairs))

    def _at_work(self, frame: Frame, pair: tuple[int | None, int | None]) -> Formula:
        a, b = pair
        old = FALSE if a is None else frame.looks[0].applicable[a]
        new = FALSE if b is None else frame.looks[1].applicable[b]
        if a is None or b is None or not self._shape(pair):
            return differ(old, new)
        return some([old, new])

    def _dates_only(self, pair: tuple[int | None, int | None]) -> bool:
        a, b = pair
        if a is None or b is None or self._shape(pair):
            return False
        return meaning(self.old.program, self.old.program.rules[a].when) == meaning(
            self.new.program, self.new.program.rules[b].when
        )


def _terms(condition: Any) -> tuple[Any, ...]:
    return (condition.stage, condition.bound, condition.kind, condition.due, condition.until)


def _covers(program: Program) -> object:
    return None if program.covers is None else meaning(program, program.covers)


def meaning(program: Program, gate: int) -> object:
    """A gate as a value that is the same wherever the same is written, in whatever order."""
    code = program.gates[gate]
    if code.kind == "constant":
        return ("constant", code.index)
    if code.kind in ("atom", "not_atom"):
        atom = program.atoms[code.index]
        tree = program.below.get(atom.fact)
        reach: Any = atom.operand
        if tree and atom.test == "one_of":
            reach = tuple(sorted(frozenset[str]().union(*(tree[v] for v in reach))))
        return (code.kind, atom.fact, atom.test, str(reach))
    return (code.kind, frozenset(meaning(program, child) for child in code.children))
