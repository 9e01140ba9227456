"""Exceptions, attachments and periods: what one rule says of another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ...rules.policy import GATEWAYS
from .check import Family, Found
from .meaning import Meaning, Norm, overlap
from .reach import at, living, pairs, provisions
from .subject import PolicySubject

family = Family()


def named(subject: PolicySubject, key: str) -> Iterator[tuple[Norm, int, Norm]]:
    """Each rule, with the position of a rule it names under a key, and that rule; only rules that can apply at all."""
    meaning = subject.meaning
    alive = {id(n) for n in living(meaning)}
    for norm in meaning.own:
        for position, name in enumerate(getattr(norm.rule, key)):
            target = meaning.target(norm.policy, name)
            if target is None or id(norm) not in alive:
                continue
            if id(target) in alive or (target.policy is not meaning.main and meaning.possible([target])):
                yield norm, position, target


@family.check("MS681", severity="error", deep=True)
def exception_to_nothing(subject: PolicySubject) -> Iterator[Found]:
    """An exception that defeats nothing: the two rules never apply together."""
    for norm, position, target in named(subject, "overrides"):
        if overlap(norm.rule.in_force, target.rule.in_force) and not subject.meaning.possible([norm, target]):
            message = f"`{norm.name}` never applies in a case in which `{norm.rule.overrides[position]}` does"
            yield Found(
                at(norm, "overrides", position), message, "correct one of the two conditions, or take the name out"
            )


@family.check("MS689", deep=True)
def lifted_for_another(subject: PolicySubject) -> Iterator[Found]:
    """A permission on conditions lifts a prohibition, and another gateway opens beside it without those conditions.

    Cases in which a `disapply` ends the prohibition anyway do not count: there the law ends it for every gateway.
    """
    meaning = subject.meaning
    for norm, position, target in named(subject, "overrides"):
        if norm.rule.effect not in GATEWAYS or target.rule.effect != "forbid" or not (carried := _bound(meaning, norm)):
            continue
        ended = [d for d in target.defeaters if d.rule.effect not in GATEWAYS]
        through = [
            name for name, other in meaning.norms.items()
            if other.rule.effect in GATEWAYS and other is not norm and norm not in other.defeaters
            and other not in target.defeaters and not carried <= _bound(meaning, other)
            and meaning.possible([target], [norm, other], ended)
        ]  # fmt: skip
        if through:
            names = ", ".join(f"`{n}`" for n in through)
            message = (
                f"`{norm.name}` lifts `{norm.rule.overrides[position]}`; then {names} may open without its conditions"
            )
            help_ = (
                "close the other gateways with a `disapply` of the same condition, or attach what is asked to them too"
            )
            yield Found(at(norm, "overrides", position), message, help_)


def _bound(meaning: Meaning, gateway: Norm) -> set[tuple[int, str]]:
    """The conditions that a gateway carries and another might not: its own, and what is attached to it by name."""
    own = {(id(gateway), c.id) for c in gateway.rule.all_conditions}
    for norm in meaning.norms.values():
        if any(meaning.target(norm.policy, name) is gateway for name in norm.rule.attaches_to):
            own |= {(id(norm), c.id) for c in norm.rule.all_conditions}
    return own


@family.check("MS682", severity="error", deep=True)
def never_together_in_force(subject: PolicySubject) -> Iterator[Found]:
    """A rule that names another with which it is never in force."""
    for key in ("overrides", "attaches_to"):
        for norm, position, target in named(subject, key):
            if not overlap(norm.rule.in_force, target.rule.in_force):
                name = getattr(norm.rule, key)[position]
                ours, theirs = norm.rule.in_force, target.rule.in_force
                message = f"`{norm.name}` ({ours}) and `{name}` ({theirs}) are never in force together"
                yield Found(at(norm, key, position), message, "correct the days, or take the name out")


@family.check("MS683", severity="error", deep=True)
def attached_to_nothing(subject: PolicySubject) -> Iterator[Found]:
    """A condition attached to a gateway with which it never applies."""
    for norm, position, target in named(subject, "attaches_to"):
        if overlap(norm.rule.in_force, target.rule.in_force) and not subject.meaning.possible([norm, target]):
            message = f"`{norm.name}` never applies in a case in which `{norm.rule.attaches_to[position]}` does"
            yield Found(
                at(norm, "attaches_to", position), message, "correct one of the two conditions, or take the name out"
            )


@family.check("MS684")
def outside_the_policy(subject: PolicySubject) -> Iterator[Found]:
    """A rule that is never in force while its policy is."""
    period = subject.document.in_force
    for path, rule in subject.rules():
        if not overlap(period, rule.in_force):
            message = f"`{rule.id}` is in force {rule.in_force}, the policy {period}"
            yield Found((*path, "in_force"), message, "correct the days of one of them")


@family.check("MS685", deep=True)
def staggered(subject: PolicySubject) -> Iterator[Found]:
    """Two versions of one provision whose periods overlap."""
    for old, new in _versions(subject):
        if (new.rule.in_force.start or date.min) <= (old.rule.in_force.end or date.max):
            start, end = new.rule.in_force.start, old.rule.in_force.end
            message = f"`{new.name}` begins on {start}, before `{old.name}` has ended on {end}"
            yield Found(at(new, "in_force"), message, "a version ends on the day before the next begins")


@family.check("MS686", deep=True)
def gap(subject: PolicySubject) -> Iterator[Found]:
    """Two versions of one provision with days between them on which neither is in force."""
    for old, new in _versions(subject):
        end, start = old.rule.in_force.end, new.rule.in_force.start
        if end and start and end + timedelta(days=1) < start and not _filled(subject, old, new):
            message = f"`{old.name}` ends on {end}, `{new.name}` begins on {start}: neither is in force between"
            yield Found(at(new, "in_force"), message, "let the next version begin on the day after, if the law did")


def _versions(subject: PolicySubject) -> Iterator[tuple[Norm, Norm]]:
    """Pairs of rules of one provision and effect of which the one ends and the other begins later than it began."""
    for one, other in pairs(subject.meaning.own):
        if one.rule.effect != other.rule.effect:
            continue
        for old, new in ((one, other), (other, one)):
            a, b = old.rule.in_force, new.rule.in_force
            if a.end and b.start and (a.start or date.min) < b.start and a.end < (b.end or date.max):
                yield old, new


def _filled(subject: PolicySubject, old: Norm, new: Norm) -> bool:
    """Whether a third version stands in the days between, in part at least."""
    mine = {id(old), id(new)}
    alike = (n for n in subject.meaning.own if id(n) not in mine and n.rule.effect == old.rule.effect)
    others = [n for n in alike if provisions(n) & provisions(old) & provisions(new)]
    first, last = old.rule.in_force.end, new.rule.in_force.start
    if first is None or last is None:
        return True
    return any((n.rule.in_force.start or date.min) < last and first < (n.rule.in_force.end or date.max) for n in others)


@family.check("MS687", severity="note")
def law_to_come(subject: PolicySubject) -> Iterator[Found]:
    """A rule that begins after the day of which the encoding speaks."""
    day = subject.document.encoded.as_of
    for path, rule in subject.rules():
        if rule.in_force.start and rule.in_force.start > day:
            message = f"`{rule.id}` begins on {rule.in_force.start}, after the encoding's day ({day})"
            yield Found((*path, "in_force"), message, "check that it did come into force, then move `encoded.as_of`")


@family.check("MS688")
def readings_differ(subject: PolicySubject) -> Iterator[Found]:
    """The provision's language versions attach to different rules."""
    for path, rule in subject.rules():
        for language, reading in rule.readings.items():
            for key in ("overrides", "attaches_to"):
                said = getattr(reading, key)
                if said is not None and set(said) != set(getattr(rule, key)):
                    ours = ", ".join(f"`{n}`" for n in getattr(rule, key)) or "nothing"
                    theirs = ", ".join(f"`{n}`" for n in said) or "nothing"
                    verb = "defeats" if key == "overrides" else "attaches to"
                    message = f"`{rule.id}` {verb} {ours}; in the version `{language}` it {verb} {theirs}"
                    yield Found(
                        (*path, "readings", language, key),
                        message,
                        "find out which version the law follows, and say so in `note`",
                    )
