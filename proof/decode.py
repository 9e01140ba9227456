"""From a model to a case file: values that can be stated, as few as possible, read back and evaluated by both engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import z3

from ..engine.deciding import Decider, knowledge
from ..engine.decision import Decision
from ..engine.kernel import Kernel
from ..engine.library import Library
from ..engine.program import Program
from ..rules.case import Case, Item, Stated, read_case
from ..rules.diagnostics import Findings, Place
from ..rules.source import Source, read_document
from ..rules.vocabulary.facts import Vocabulary
from .casefile import case_text
from .formula import Cases, all_of, negation
from .frame import Frame
from .look import Look
from .nodes import Evaluated
from .space import EXACT, Branches, Days, Part, Scalar, Space, Subset, worlds_program

if TYPE_CHECKING:
    from .frame import Goal, Subject

Values = dict[str, Any]


class Mismatch(Exception):
    """The engines do not see in a case what the solver saw in it: an internal error, never an answer."""

    def __init__(self, report: str) -> None:
        self.report = report
        super().__init__("the solver and the engines disagree")


@dataclass(frozen=True)
class Witness:
    """A case that shows something: the file, and what each law decides on it.

    `sure` is false where the case cannot be stated in full (a value that is none of its listed kinds): then `only_if` names
    the facts whose general value has to be read as "none of its listed kinds", and the decisions are on the case as stated.
    `smallest` is true where it is proven that no case that shows it by itself states fewer facts; else it is only known that no
    fact of this one can be left out.
    """

    text: str
    case: Case
    day: date
    decisions: tuple[Decision, ...]
    facts: Values
    only_if: tuple[str, ...] = ()
    smallest: bool = False

    @property
    def sure(self) -> bool:
        """Whether the case as stated shows it by itself."""
        return not self.only_if


@dataclass(frozen=True)
class Few:
    """A case of an open space that states few facts; `proven` where no other states fewer."""

    space: Space
    model: Any
    proven: bool


class Witnesses:
    """Turns models into witnesses for one inquiry."""

    def __init__(self, subjects: Sequence[Subject], asked: Part, days: Days) -> None:
        self.subjects = tuple(subjects)
        self.asked = asked
        self.days = days
        self.decider = Decider(Library(builtin=False))
        self._kernels: dict[str, Kernel] = {}

    def witness(self, goal: Goal, space: Space, frame: Frame, model: Any, few: Few | None) -> Witness:
        """The smallest case found that shows a goal, evaluated by both engines.

        Raises:
            Mismatch: one of the engines sees something else.
        """
        day = _day(space, model)
        world = self._world(space, model, day)
        self._hold_to(goal, frame, model, world, day)
        if few is not None:
            own_day = _day(few.space, few.model)
            stated = self._stated(few.space, few.model)
            if self._shows(goal, stated, own_day):
                stated = self._without_the_needless(goal, stated, own_day, fewest=few.proven)
                return self._finished(goal, stated, own_day, (), smallest=few.proven)
        told = self._untold(world, day)
        stated = {f: _plain(v) for f, v in told.items()}
        if self._shows(goal, stated, day):
            return self._finished(goal, self._without_the_needless(goal, stated, day, fewest=False), day, ())
        told = self._without_the_needless(goal, told, day, fewest=False, whole=True)
        only_if = tuple(sorted(f for f, v in told.items() if _exact(v)))
        if not only_if:
            raise Mismatch(self._report("the case as stated does not show what the model shows", stated, day))
        return self._finished(goal, {f: _plain(v) for f, v in told.items()}, day, only_if)

    # -- the model as values ----------------------------------------------------------------------------------

    def _world(self, space: Space, model: Any, day: date) -> Values:
        """Every fact of a complete space's model."""
        world = {f: _value(v, model, space.kinds[f]) for f, v in space.variables.items()}
        return {f: v for f, v in world.items() if v is not None}

    def _stated(self, space: Space, model: Any) -> Values:
        """The stated facts of an open space's model."""
        found: Values = {}
        for fact, variable in space.variables.items():
            known = getattr(variable, "known", True)
            if known is not True and not _true(model, known):
                continue
            value = _value(variable, model, space.kinds[fact])
            if value is not None and not (fact == "direction" and value == "outgoing"):
                found[fact] = value
        return found

    def _untold(self, world: Values, day: date) -> Values:
        """The part of a world that a case has to state: what the registry answers is left to it."""
        looked_up: set[str] = set()
        for subject in self.subjects:
            where = dict(world) | subject.fixed
            domain = subject.bundle.domain
            answered = {f for f in world if _registered(subject, f) and domain.answer(f, where, day) is not None}
            looked_up = answered if subject is self.subjects[0] else looked_up & answered
        return {
            f: v for f, v in world.items()
            if f not in looked_up and not (f == "direction" and v == "outgoing")
        }  # fmt: skip

    # -- held to the engines ----------------------------------------------------------------------------------

    def _hold_to(self, goal: Goal, frame: Frame, model: Any, world: Values, day: date) -> None:
        """The kernel, on the complete case, has to give every rule the truth that the model gives it."""
        for subject, look in zip(self.subjects, frame.looks, strict=True):
            program = look.program
            kernel = self._kernels.setdefault(program.hash, Kernel(program))
            evaluation = kernel.evaluate(self._known(subject, world, day, whole=True), day)
            seen = [
                e.surely if t == 2 else negation(e.surely)
                for e, t in zip(look.effective, evaluation.effective, strict=True)
            ]
            if 1 in evaluation.effective or not _true(model, all_of(seen)):
                other = [
                    f"rule {code.id}: the kernel says {truth}"
                    for code, truth, same in zip(program.rules, evaluation.effective, seen, strict=True)
                    if truth == 1 or not _true(model, same)
                ]
                raise Mismatch(self._report("; ".join(other), world, day))
        if goal(self._frame([world], day, whole=True)).surely is not True:
            raise Mismatch(self._report("the kernel does not see in the model what the solver sees", world, day))

    def _known(self, subject: Subject, values: Values, day: date, *, whole: bool = False) -> Values:
        """What the engines know of a case: as stated, and as the registry answers."""
        acting = subject.fixed
        facts = subject.bundle.vocabulary.facts
        own = {f: v for f, v in values.items() if f in facts}
        if not whole:
            place = Place("case")
            stated = {f: Stated(value=v, place=place) for f, v in (own | acting).items()}
            return dict(knowledge(subject.bundle, stated, day).values)
        domain = subject.bundle.domain
        full = own | acting
        looked_up = (f for f in {**full, **subject.bundle.program.kinds} if _registered(subject, f))
        answers = {f: domain.answer(f, full, day) for f in looked_up}
        return full | {f: a for f, a in answers.items() if a is not None}

    def _frame(self, cases: Sequence[Values], day: date, *, whole: bool = False) -> Frame:
        def nodes(program: Program, subject: Subject) -> Evaluated:
            known = [self._known(subject, values, day, whole=whole) for values in cases]
            return Evaluated(worlds_program(program) if whole else program, known, day)

        looks = tuple(Look(nodes(s.bundle.program, s)) for s in self.subjects)
        return Frame(looks, nodes(self.asked.program, self.subjects[0]).gate)

    def _shows(self, goal: Goal, values: Values, day: date) -> bool:
        return goal(self._frame([values], day)).surely is True

    def _without_the_needless(
        self, goal: Goal, values: Values, day: date, *, fewest: bool, whole: bool = False
    ) -> Values:
        """The case without each fact that it does not need, the least telling tried first; then sets shortened.

        With `fewest` no fact can go, and only sets are shortened. With `whole` values are worlds: a value with listed kinds is
        none of them.
        """
        if fewest:
            kept = dict(values)
        else:
            order = sorted(values, key=_telling)
            needed = self._needed(goal, order, lambda left: {f: values[f] for f in left}, day, whole)
            kept = {f: values[f] for f in needed}
        for fact in [f for f, v in kept.items() if isinstance(v, frozenset)]:

            def with_members(members: list[str], fact: str = fact) -> Values:
                return kept | {fact: frozenset(members)}

            kept[fact] = frozenset(self._needed(goal, sorted(kept[fact]), with_members, day, whole))
        return kept

    def _needed(
        self, goal: Goal, parts: Sequence[str], built: Callable[[list[str]], Values], day: date, whole: bool
    ) -> list[str]:
        """The parts that a case cannot do without.

        Knowing less shows nothing more: a part without which alone the goal is not shown is needed by every shorter case. Of the
        others all the ways to leave out the first few are tried at once, and the first that fails marks the next that is needed.
        """
        alone = self._shown(goal, [built([p for p in parts if p != part]) for part in parts], day, whole)
        needed = [part for n, part in enumerate(parts) if not alone >> n & 1]
        left = [part for n, part in enumerate(parts) if alone >> n & 1]
        while left:
            shown = self._shown(goal, [built([*needed, *left[n + 1 :]]) for n in range(len(left))], day, whole)
            first = (~shown & (shown + 1)).bit_length() - 1
            needed += left[first : first + 1]
            left = left[first + 1 :]
        return needed

    def _shown(self, goal: Goal, cases: Sequence[Values], day: date, whole: bool) -> int:
        """The cases that show a goal, a bit for each."""
        return Cases.bits_of(goal(self._frame(cases, day, whole=whole)).surely, (1 << len(cases)) - 1) if cases else 0

    def _finished(
        self, goal: Goal, values: Values, day: date, only_if: tuple[str, ...], *, smallest: bool = False
    ) -> Witness:
        first = self.subjects[0]
        text = case_text(values, day, first.acting, self._vocabulary)
        case = self._read(text)
        decisions = tuple(self.decide(s, case, day) for s in self.subjects)
        if not only_if and not self._shows(goal, _of_case(case), day):
            raise Mismatch(self._report("the case read back does not show what was found", values, day))
        return Witness(text, case, day, decisions, values, only_if, smallest)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        """The vocabulary of the first law, and the facts that the others declare for themselves."""
        own = self.subjects[0].bundle.vocabulary
        facts = {f.path: f for s in self.subjects for f in s.bundle.vocabulary.facts.values()}
        return own.extended([f for p, f in facts.items() if p not in own])

    def _read(self, text: str) -> Case:
        findings = Findings()
        case = read_case(read_document(Source("witness.yaml", text)), self._vocabulary, findings)
        findings.stop_on_errors()
        return case.model_copy(update={"text": text})

    def decide(self, subject: Subject, case: Case, day: date) -> Decision:
        """What a law decides on a case, by both engines.

        Raises:
            Disagreement: the engines differ.
        """
        facts = subject.bundle.vocabulary.facts
        own = {p: s for p, s in case.facts.items() if p in facts}
        own |= {p: Stated(value=v, place=Place("case")) for p, v in subject.fixed.items()}
        items = tuple(Item(id=i.id, facts={p: s for p, s in i.facts.items() if p in facts}) for i in case.items)
        return self.decider.decide_with(subject.bundle, case.model_copy(update={"facts": own, "items": items}), day)

    @staticmethod
    def _report(what: str, values: Values, day: date) -> str:
        lines = [what, f"as of {day}"]
        return "\n".join([*lines, *(f"fact {f} = {v}" for f, v in sorted(values.items(), key=str))])


def _of_case(case: Case) -> Values:
    stated = case.facts_of(case.items[0])
    return {p: s.value for p, s in stated.items()}


def _registered(subject: Subject, fact: str) -> bool:
    known = subject.bundle.vocabulary.facts.get(fact)
    return known is not None and known.registry is not None


def _exact(value: Any) -> bool:
    members = value if isinstance(value, frozenset) else (value,)
    return any(isinstance(m, str) and m.endswith(EXACT) for m in members)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return frozenset(v.removesuffix(EXACT) for v in value)
    return value.removesuffix(EXACT) if isinstance(value, str) else value


_SAID_FIRST = (
    "direction",
    "mode",
    "item.type",
    "avenue",
    "sender.authority",
    "receiver.authority",
    "receiver.jurisdiction",
)


def _telling(fact: str) -> tuple[int, str]:
    """Facts that say little about a case come first."""
    return (_SAID_FIRST[::-1].index(fact) + 1 if fact in _SAID_FIRST else 0, fact)


def _day(space: Space, model: Any) -> date:
    if space.days.single:
        return space.days.first
    return date.fromordinal(model.eval(space.day, model_completion=True).as_long())


def _true(model: Any, side: Any) -> bool:
    return side if isinstance(side, bool) else bool(z3.is_true(model.eval(side, model_completion=True)))


def _value(variable: Branches | Subset | Scalar, model: Any, kind: str) -> Any:
    if isinstance(variable, Branches):
        return next(m[0] for m, c in zip(variable.members, variable.chosen, strict=True) if _true(model, c))
    if isinstance(variable, Subset):
        pairs = zip(variable.members, variable.inside, strict=True)
        return frozenset(m[0] for m, inside in pairs if _true(model, inside))
    if kind == "boolean":
        return _true(model, variable.term)
    found = model.eval(variable.term, model_completion=True)
    if kind == "date":
        return date.fromordinal(found.as_long())
    number = Fraction(found.numerator_as_long(), found.denominator_as_long())
    return int(number) if number.denominator == 1 else float(number)


def describe(values: Mapping[str, Any]) -> str:
    """Facts in one line."""
    return ", ".join(f"{f} = {_shown(v)}" for f, v in sorted(values.items()))


def _shown(value: Any) -> str:
    if isinstance(value, frozenset):
        return "[" + ", ".join(sorted(value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
