"""Gateways and conditions: who may send, who is bound to what, and whether it can be done."""

from __future__ import annotations

from collections.abc import Iterator

from ...rules.expressions import Test
from ...rules.policy import GATEWAYS, Condition
from ...rules.source import Path_
from .check import Family, Found
from .meaning import ANY_DAY, Cases, Norm
from .reach import at, living
from .subject import PolicySubject

family = Family()

WHO = ("sender.authority", "sender.competent", "sender.official_authorised", "sender.designated")
"""The facts that say which authority acts."""


def gateways(subject: PolicySubject) -> Iterator[Norm]:
    """The policy's gateways that can apply."""
    yield from (n for n in living(subject.meaning) if n.rule.effect in GATEWAYS)


@family.check("MS661", deep=True)
def anyone_may(subject: PolicySubject) -> Iterator[Found]:
    """A gateway that does not say which authority may use it."""
    own = tuple(f.path for f in subject.policy.facts if f.kind in ("choice", "choices"))
    for norm in gateways(subject):
        facts = subject.meaning.facts(norm.gate)
        if not facts & {*WHO, *own} and _may_send(subject, norm):
            yield Found(
                at(norm, "when"),
                f"`{norm.name}` lets any authority send",
                "test `sender.authority`: whom the law designates",
            )


def _may_send(subject: PolicySubject, norm: Norm) -> bool:
    """Whether a gateway can open for sending; what was received is used and passed on by whoever holds it."""
    meaning = subject.meaning
    sending = meaning.gate(Test("direction", "any_of", ("outgoing",), subject.text.place(())))
    return meaning.ask(Cases.together, norm.gate, sending, day=ANY_DAY)


@family.check("MS662", deep=True)
def any_direction(subject: PolicySubject) -> Iterator[Found]:
    """A gateway that does not say whether it is for sending, using or passing on."""
    for norm in gateways(subject):
        if "direction" not in subject.meaning.facts(norm.gate):
            message = f"`{norm.name}` permits sending, using and passing on alike"
            yield Found(at(norm, "when"), message, "test `direction`: `outgoing`, `use` or `onward`")


@family.check("MS663", deep=True)
def never_to_be_met(subject: PolicySubject) -> Iterator[Found]:
    """A condition that can never be met where it is asked for."""
    for path, norm, condition, met in _met(subject):
        if subject.meaning.ask(Cases.apart, norm.gate, met):
            message = f"where `{norm.name}` applies, `{condition.id}` can never be met"
            yield Found((*path, "met_when"), message, "correct `met_when`, or write a rule that forbids")


@family.check("MS664", deep=True)
def always_met(subject: PolicySubject) -> Iterator[Found]:
    """A condition that is met whenever it is asked for."""
    for path, norm, condition, met in _met(subject):
        if subject.meaning.ask(Cases.implies, norm.gate, met):
            message = f"wherever `{norm.name}` applies, `{condition.id}` is met already"
            help_ = "what `when` asks for need not be a condition as well: keep one of the two"
            yield Found((*path, "met_when"), message, help_)


def _met(subject: PolicySubject) -> Iterator[tuple[Path_, Norm, Condition, int]]:
    meaning = subject.meaning
    alive = {n.rule.id: n for n in living(meaning)}
    for path, rule, condition in subject.conditions():
        expression = subject.policy.met_when.get((rule.id, condition.id))
        if expression is not None and rule.id in alive:
            yield path, alive[rule.id], condition, meaning.gate(expression)


@family.check("MS665", deep=True)
def in_nobodys_hands(subject: PolicySubject) -> Iterator[Found]:
    """A condition to be met before sending that rests on nothing anyone can do."""
    for path, _, condition, gate in _met(subject):
        facts = [subject.vocabulary[f] for f in sorted(subject.meaning.facts(gate))]
        fixed = facts and not any(f.controllable or f.judgement is not None for f in facts)
        if fixed and all(
            f.registry is not None or f.path.startswith(("offence.", "relation.", "sender.", "item.")) for f in facts
        ):
            names = ", ".join(f"`{f.path}`" for f in facts)
            message = f"nobody can bring about that `{condition.id}` is met: it rests on {names}"
            yield Found(
                (*path, "met_when"), message, "test it under `when`, or let `met_when` rest on what can be done"
            )


@family.check("MS666")
def due_before_sending(subject: PolicySubject) -> Iterator[Found]:
    """A time limit after sending, on what has to be there before."""
    for path, _, condition in subject.conditions():
        for key in ("due", "until"):
            if condition.stage == "before" and getattr(condition, key) is not None:
                message = f"`{condition.id}` is to be met before sending, and `{key}` counts from then on"
                yield Found((*path, key), message, f"write `stage: after`, or remove `{key}`")


@family.check("MS667")
def kind_of_condition(subject: PolicySubject) -> Iterator[Found]:
    """A condition on the receiver that cannot be held against what the receiver can keep."""
    for path, _, condition in subject.conditions():
        if condition.bound == "receiver" and condition.kind == "other":
            message = f"`{condition.id}` binds the receiver, and its kind is not said"
            yield Found((*path, "id"), message, "add `kind:`: it is what the receiver's `honours` answers for")


@family.check("MS668")
def one_id_two_conditions(subject: PolicySubject) -> Iterator[Found]:
    """One condition id with different stages, kinds or persons bound."""
    first: dict[str, Condition] = {}
    for path, _, condition in subject.conditions():
        held = first.setdefault(condition.id, condition)
        differs = [k for k in ("stage", "bound", "kind", "due") if getattr(held, k) != getattr(condition, k)]
        if differs:
            message = (
                f"`{condition.id}` differs from the condition of the same id in {', '.join(f'`{d}`' for d in differs)}"
            )
            yield Found((*path, "id"), message, "give it an id of its own, or make the two alike")


@family.check("MS669")
def duty_without_day(subject: PolicySubject) -> Iterator[Found]:
    """A duty to act afterwards without a day, beside the same duty with one."""
    dated = {c.id for _, _, c in subject.conditions() if c.due}
    for path, rule, condition in subject.conditions():
        same = [c for c in rule.all_conditions if c is not condition and c.kind == condition.kind and c.due]
        if (
            condition.stage == "after"
            and not condition.due
            and not condition.until
            and same
            and condition.id not in dated
        ):
            message = f"`{condition.id}` has no day, but `{same[0].id}` of the same kind and rule has"
            yield Found((*path, "id"), message, "add `due:` or `until:`, if the law sets one")
