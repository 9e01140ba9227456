"""What changed in meaning between two versions of a law, by provision, and the proof that nothing else did.

What is *visible* is compared case by case: the outcome, the conditions that open gateways carry, and the provisions an answer
rests on. What *caused* it is looked for rule by rule: a rule whose applicability, exceptions or conditions differ. Every case in
which no cause is at work is then proven to be decided alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from ..engine.program import Program
from .decode import Witness
from .formula import FALSE, Formula, differ, every, opposite, some
from .frame import Frame, Goal, Subject
from .look import Look
from .solve import Inquiry, whole_days

Direction = Literal["more permissive", "stricter", "both more permissive and stricter", "as permissive", "not decided"]
Kind = Literal["outcome", "conditions", "reasons"]
COVERS = "what the policy covers"


@dataclass(frozen=True)
class Change:
    """A provision whose change can be seen: in what, in which direction, and the smallest case that shows it.

    `alone` is false where it shows only together with another change; `dates_only` says that nothing but days differ.
    """

    provision: str
    rules: tuple[str, ...]
    kinds: tuple[Kind, ...]
    direction: Direction
    witness: Witness | None
    alone: bool
    dates_only: bool


@dataclass(frozen=True)
class Difference:
    """What changed between two versions. `rest_unchanged` is None when that was not decided in time."""

    policy: str
    changes: tuple[Change, ...]
    without_effect: tuple[str, ...]
    undecided: tuple[str, ...]
    direction: Direction
    rest_unchanged: bool | None
    over: str
    notes: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether a difference was found, or could not be ruled out."""
        return bool(self.changes or self.undecided) or self.rest_unchanged is not True or bool(self.notes)


def difference(
    old: Subject, new: Subject, day: date, limit: float = 10.0, *, that_day_only: bool = False
) -> Difference:
    """The difference in meaning between two versions of a law, on all days both were in force; witnesses of `day` if there are.

    With `that_day_only` no other day is looked at.
    """
    notes = []
    if old.bundle.registry != new.bundle.registry:
        notes.append("the registries differ too; the new one was used for both")
        old = replace(old, bundle=replace(old.bundle, registry=new.bundle.registry))
    before, after = (s.bundle.heads[0].in_force for s in (old, new))
    if before != after:
        notes.append(f"the policy as a whole was in force {before}, is now in force {after}")
    return _Comparison(old, new, day, limit, tuple(notes), that_day_only).difference()


class _Comparison:
    def __init__(
        self, old: Subject, new: Subject, day: date, limit: float, notes: tuple[str, ...], one_day: bool
    ) -> None:
        self.old, self.new = old, new
        self.notes = notes
        self.today = Inquiry([old, new], whole_days([old, new], day, day), limit)
        self.ever = self.today if one_day else Inquiry([old, new], whole_days([old, new], None, None), limit)
        self.aligned = _Alignment(old, new)

    def difference(self) -> Difference:
        causes = self.aligned.causes()
        changes: list[Change] = []
        silent: list[str] = []
        undecided: list[str] = []
        for name, cause in causes.items():
            found = self._change(name, cause, {n: c for n, c in causes.items() if n != name})
            if isinstance(found, Change):
                changes.append(found)
            else:
                (undecided if found is None else silent).append(name)
        rest = self.ever.possible(
            lambda f: every([self.visible(f), *(opposite(c.at_work(f)) for c in causes.values())])
        )
        return Difference(
            self.new.bundle.heads[0].id, tuple(changes), tuple(silent), tuple(undecided),
            self._direction(lambda _: opposite(FALSE)) if changes else "as permissive",
            None if rest is None else not rest, f"every complete case, {self.ever.days}", self.notes,
        )  # fmt: skip

    def _change(self, name: str, cause: _Cause, others: dict[str, _Cause]) -> Change | Literal[False] | None:
        def alone(frame: Frame) -> Formula:
            rest = [opposite(c.at_work(frame)) for c in others.values()]
            return every([self.visible(frame), cause.at_work(frame), *rest])

        def together(frame: Frame) -> Formula:
            return every([self.visible(frame), cause.at_work(frame)])

        inquiries = (
            list(dict.fromkeys((self.today, self.ever)))
            if self.today.days.first <= self.today.days.last
            else [self.ever]
        )
        unsure = False
        for goal, by_itself in ((alone, True), (together, False)):
            for inquiry in inquiries:
                answer = inquiry.ask(self._plainest(goal, inquiry))
                unsure = unsure or answer.status == "undecided"
                if answer.status == "found":
                    return Change(
                        name,
                        cause.rules,
                        self._kinds(goal),
                        self._direction(goal),
                        answer.witness,
                        by_itself,
                        cause.dates_only,
                    )
        return None if unsure else False

    def _plainest(self, goal: Goal, inquiry: Inquiry) -> Goal:
        """The goal where it changes the outcome, if it does so anywhere; else the conditions; else the reasons."""
        kinds: tuple[Kind, ...] = ("outcome", "conditions")
        for kind in kinds:
            narrowed = self._narrowed(goal, kind)
            if inquiry.possible(narrowed):
                return narrowed
        return goal

    def _narrowed(self, goal: Goal, kind: Kind) -> Goal:
        return lambda frame: every([goal(frame), self._seen(frame, kind)])

    # -- what can be seen -------------------------------------------------------------------------------------

    def visible(self, frame: Frame) -> Formula:
        """Some part of the answer differs."""
        return some(self._seen(frame, kind) for kind in ("outcome", "conditions", "reasons"))

    def _seen(self, frame: Frame, kind: Kind) -> Formula:
        if kind not in frame.memo:
            frame.memo[kind] = self._see(frame, kind)
        return frame.memo[kind]

    def _see(self, frame: Frame, kind: Kind) -> Formula:
        old, new = frame.looks
        if kind == "outcome":
            return some(differ(old.outcome(o), new.outcome(o)) for o in ("allow", "conditions", "deny", "undetermined"))
        if kind == "conditions":
            both = every([old.permitted, new.permitted])
            keys = self.aligned.condition_keys
            return every([both, some(self._condition_differs(old, new, k) for k in sorted(keys, key=str))])
        return some(differ(_reason(old, mine), _reason(new, theirs)) for mine, theirs in self.aligned.reasons)

    def _condition_differs(self, old: Look, new: Look, key: Any) -> Formula:
        mine, theirs = self.aligned.conditions_with(key)
        return some(differ(measure(old, mine), measure(new, theirs)) for measure in (_carried, _escaped))

    def _kinds(self, goal: Goal) -> tuple[Kind, ...]:
        kinds: tuple[Kind, ...] = ("outcome", "conditions", "reasons")
        found = self.ever.which({k: self._narrowed(goal, k) for k in kinds})
        return tuple(k for k in kinds if found[k])

    def _direction(self, where: Goal) -> Direction:
        found = self.ever.which({
            "easier": lambda f: every([where(f), _easier(f.looks[1], f.looks[0])]),
            "harder": lambda f: every([where(f), _easier(f.looks[0], f.looks[1])]),
        })  # fmt: skip
        if None in found.values():
            return "not decided"
        if all(found.values()):
            return "both more permissive and stricter"
        return "more permissive" if found["easier"] else "stricter" if found["harder"] else "as permissive"


def _easier(one: Look, other: Look) -> Formula:
    """The first permits what the other does not, or allows outright what the other permits on conditions."""
    return some([every([one.permitted, opposite(other.permitted)]), every([one.allowed, other.conditional])])


def _carried(look: Look, provisos: list[int]) -> Formula:
    """Some open gateway carries one of the conditions, not met."""
    return look.open_with(provisos, look.outstanding)


def _escaped(look: Look, provisos: list[int]) -> Formula:
    """Some open gateway carries none of the conditions, or only met ones."""
    return look.open_without(provisos, look.outstanding)


def _reason(look: Look, rules: list[int]) -> Formula:
    """The answer rests on (or names) one of the rules of a provision."""
    parts = []
    for rule in rules:
        effect = look.program.rules[rule].effect
        seen = [look.effective[rule]]
        if effect == "permit":
            seen.append(look.permitted)
        elif effect == "disapply":
            targets = [i for i, r in enumerate(look.program.rules) if rule in r.defeated_by]
            seen.append(some(look.applicable[t] for t in targets))
        elif effect == "require":
            continue  # what it does is seen in the conditions
        parts.append(every(seen))
    return some(parts)


# -- which rule is which --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cause:
    """A provision that is written differently: where the difference is at work, and the names of its rules."""

    at_work: Callable[[Frame], Formula]
    rules: tuple[str, ...]
    dates_only: bool


class _Alignment:
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

    def causes(self) -> dict[str, _Cause]:
        """Every provision with a rule that is not written to the same effect, in order."""
        by_label: dict[str, list[tuple[int | None, int | None]]] = {}
        for pair in self.pairs:
            if self._touched(pair):
                side, rule = (self.new, pair[1]) if pair[1] is not None else (self.old, pair[0])
                assert rule is not None
                by_label.setdefault(self.label(side, rule), []).append(pair)
        found = {name: self._cause(pairs) for name, pairs in sorted(by_label.items())}
        if _covers(self.old.program) != _covers(self.new.program):
            found[COVERS] = _Cause(lambda f: differ(f.looks[0].covered, f.looks[1].covered), (), False)
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

    def _cause(self, pairs: list[tuple[int | None, int | None]]) -> _Cause:
        def at_work(frame: Frame) -> Formula:
            return some(self._at_work(frame, pair) for pair in pairs)

        ids = [self.new.program.rules[b].id for _, b in pairs if b is not None]
        ids += [self.old.program.rules[a].id for a, b in pairs if b is None and a is not None]
        return _Cause(at_work, tuple(ids), all(self._dates_only(p) for p in pairs))

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
