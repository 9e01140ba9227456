"""The days on which an answer, or a law as a whole, changes, and the provision that changes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..engine.bundle import Bundle
from ..engine.deciding import Decider
from ..engine.decision import Decision
from ..engine.library import Library
from ..engine.lookup import JURISDICTION_OF
from ..engine.program import RuleCode
from ..rules.case import Case
from .difference import Change, difference
from .frame import Subject
from .registered import edges, entries_of

ONE = timedelta(days=1)


@dataclass(frozen=True)
class Flip:
    """A day on which a case is decided otherwise than the day before, and the provisions that make the difference."""

    day: date
    before: Decision
    after: Decision
    by: tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    """A day on which the law changes in meaning, and how."""

    day: date
    changes: tuple[Change, ...]
    undecided: bool


def of_case(case: Case, library: Library, first: date, last: date) -> tuple[Decision, list[Flip]]:
    """The answer on the first day, and every day up to the last on which it changes.

    Days on which the policy was not in force are left out.

    Raises:
        Refused: there is no policy. Disagreement: the engines differ.
    """
    bundle = library.bundle(str(case.value("sender.jurisdiction")))
    period = bundle.heads[0].in_force
    first, last = max(first, period.start or first), min(last, period.end or last)
    quick, careful = Decider(library, inference=False), Decider(library)
    flips = []
    day, before = first, quick.decide(case, first)
    opening = careful.decide(case, first)
    for day in sorted(d for d in case_days(bundle, case) if first < d <= last):
        after = quick.decide(case, day)
        if changed(before, after):
            one, other = careful.decide(case, day - ONE), careful.decide(case, day)
            flips.append(Flip(day, one, other, tuple(responsible(bundle, one, other, day))))
        before = after
    return opening, flips


def gist(decision: Decision) -> dict[str, object]:
    """What a person would call the same answer: outcomes, conditions and the rules they rest on, item by item."""
    return {
        "outcome": [(i.id, i.outcome) for i in decision.items],
        "conditions": [frozenset((c.id, c.status) for c in i.conditions) for i in decision.items],
        "reasons": [frozenset(g.rule for g in i.grounds) for i in decision.items],
    }


def changed(before: Decision, after: Decision) -> tuple[str, ...]:
    """In what two answers to one case differ: the outcome of some item, its conditions, the reasons."""
    one, other = gist(before), gist(after)
    return tuple(part for part in one if one[part] != other[part])


def case_days(bundle: Bundle, case: Case) -> set[date]:
    """The days on which the answer to a case may change: periods of rules, entries of the registry, dates the case states."""
    found = rule_days(bundle)
    codes = {str(v) for p in JURISDICTION_OF.values() if (v := case.value(p)) is not None}
    for path in bundle.program.kinds:
        fact = bundle.vocabulary.facts.get(path)
        if fact is None or fact.registry is None:
            continue
        if fact.registry.agreement is not None:
            found |= edges(a for f in bundle.registry.files for a in f.agreements if codes & set(a.parties))
            continue
        entries = entries_of(bundle.registry, fact)
        found |= edges(e for code in codes for e in entries.get(code, ()))
        group = bundle.registry.group(fact.registry.member) if fact.registry.member else None
        if group and group[0].complete_to is not None:
            found.add(group[0].complete_to + ONE)
    for facts in (case.facts, *(i.facts for i in case.items)):
        for stated in facts.values():
            if isinstance(stated.value, date):
                found |= {stated.value, stated.value + ONE}
    return found


def rule_days(bundle: Bundle) -> set[date]:
    """The days on which rules come into force or have gone out of it."""
    starts = {r.start for r in bundle.program.rules if r.start is not None}
    return starts | {r.end + ONE for r in bundle.program.rules if r.end is not None and r.end < date.max}


def responsible(bundle: Bundle, before: Decision, after: Decision, day: date) -> Iterable[str]:
    """The provisions that enter or leave force that day, and registry answers that change, as far as they bear on it."""
    grounds = {g.rule for d in (before, after) for i in d.items for g in i.grounds}
    grounds |= {c.rule for d in (before, after) for i in d.items for c in i.conditions}
    for text, rule in zip(bundle.rules, bundle.program.rules, strict=True):
        came, went = rule.start == day, rule.end is not None and rule.end + ONE == day
        if (came or went) and text.name in grounds:
            yield f"{'; '.join(map(str, text.sources))} ({text.name}) {'comes into force' if came else 'is no longer in force'}"
    known = [{k.fact: k for k in d.looked_up} for d in (before, after)]
    for fact in sorted(known[0].keys() | known[1].keys()):
        one, other = known[0].get(fact), known[1].get(fact)
        if (one and one.value) != (other and other.value):
            yield f"registry: {fact} becomes {'unknown' if other is None else 'true' if other.value else 'false'}" + (
                f" ({other.because})" if other else ""
            )


def of_policy(subject: Subject, first: date, last: date, limit: float) -> list[Turn]:
    """Each day in a period on which rules change, and what changes in meaning: the law of the day before against that day's."""
    turns = []
    for day in sorted(d for d in rule_days(subject.bundle) if first <= d <= last):
        old, new = frozen(subject, day - ONE), frozen(subject, day)
        found = difference(old, new, day, limit, that_day_only=True)
        turns.append(Turn(day, found.changes, bool(found.undecided) or found.rest_unchanged is not True))
    return turns


def frozen(subject: Subject, day: date) -> Subject:
    """A law with the rules of one day, on every day."""

    def kept(rule: RuleCode) -> RuleCode:
        return replace(rule, start=None, end=None) if rule.in_force(day) else replace(rule, start=None, end=date.min)

    program = subject.bundle.program
    rules = tuple(kept(r) for r in program.rules)
    heads = tuple(replace(h, in_force=type(h.in_force)()) for h in subject.bundle.heads)
    bundle = replace(subject.bundle, program=replace(program, rules=rules, hash=f"{program.hash}@{day}"), heads=heads)
    return replace(subject, bundle=bundle)
