"""What changed in meaning between two versions of a law, by provision, and the proof that nothing else did.

What is *visible* is compared case by case: the outcome, the conditions that open gateways carry, and the provisions an answer
rests on. What *caused* it is looked for rule by rule: a rule whose applicability, exceptions or conditions differ. Every case in
which no cause is at work is then proven to be decided alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from .alignment import Alignment, Cause
from .decode import Witness
from .formula import FALSE, Formula, differ, every, opposite, some
from .frame import Frame, Goal, Subject
from .look import Look
from .solve import Inquiry, whole_days

Direction = Literal["more permissive", "stricter", "both more permissive and stricter", "as permissive", "not decided"]
Kind = Literal["outcome", "conditions", "reasons"]


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
        self.aligned = Alignment(old, new)

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

    def _change(self, name: str, cause: Cause, others: dict[str, Cause]) -> Change | Literal[False] | None:
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
