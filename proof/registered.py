"""What the registry says of a fact, as a list of statements: which jurisdictions, in which period, yes or no.

It is read out of the registry's own answers, place by place and period by period, so that there is no second meaning of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from ..engine.lookup import JURISDICTION_OF
from ..rules.registry import Entry, Registry
from ..rules.vocabulary.facts import Fact, Vocabulary
from .variables import Days

Where = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement: it holds where each path's jurisdiction is among the codes, from the first day to the last."""

    where: Where
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Told:
    """All the registry says of a fact; `places` are the paths of the jurisdictions it depends on."""

    places: tuple[str, ...]
    yes: tuple[Clause, ...]
    no: tuple[Clause, ...]

    @cached_property
    def _signatures(self) -> dict[tuple[str, str], tuple[int, ...]]:
        found: dict[tuple[str, str], list[int]] = {}
        for number, clause in enumerate((*self.yes, *self.no)):
            for place, codes in clause.where:
                for code in codes:
                    found.setdefault((place, code), []).append(number)
        return {key: tuple(numbers) for key, numbers in found.items()}

    def signature(self, place: str, code: str) -> tuple[int, ...]:
        """What tells a jurisdiction from others, as far as this fact goes."""
        return self._signatures.get((place, code), ())


def told(registry: Registry, vocabulary: Vocabulary, path: str, days: Days) -> Told | None:
    """What the registry says of a fact on the days in question; None for a fact that is not looked up."""
    fact = vocabulary.facts.get(path)
    if fact is None or fact.registry is None:
        return None
    if fact.registry.agreement is not None:
        return _agreement(registry, fact, days)
    place = JURISDICTION_OF[fact.registry.party or "sender"]
    yes: dict[tuple[date, date], set[str]] = {}
    no: dict[tuple[date, date], set[str]] = {}
    entries = entries_of(registry, fact)
    silent = [code for code in vocabulary.jurisdictions if code not in entries]
    for codes, own in [*(([c], e) for c, e in entries.items()), (silent, [])]:
        if not codes:
            continue
        for first, last, value in _periods(registry, fact, codes[0], own, days):
            if value is not None:
                (yes if value else no).setdefault((first, last), set()).update(codes)
    return Told((place,), _clauses(place, yes), _clauses(place, no))


def _clauses(place: str, periods: dict[tuple[date, date], set[str]]) -> tuple[Clause, ...]:
    return tuple(Clause(((place, frozenset(codes)),), first, last) for (first, last), codes in sorted(periods.items()))


def entries_of(registry: Registry, fact: Fact) -> dict[str, list[Entry]]:
    """The registry's entries about a membership or an attribute, by jurisdiction."""
    assert fact.registry is not None
    found: dict[str, list[Entry]] = {}
    if fact.registry.member is not None:
        group = registry.group(fact.registry.member)
        for member in group[0].members if group else ():
            found.setdefault(member.jurisdiction, []).append(member)
        return found
    for file in registry.files:
        for entry in file.attributes.get(str(fact.registry.attribute), ()):
            found.setdefault(entry.jurisdiction, []).append(entry)
    return found


def _periods(
    registry: Registry, fact: Fact, code: str, entries: Iterable[Entry], days: Days
) -> Iterable[tuple[date, date, bool | None]]:
    """The registry's answer about one jurisdiction, period by period."""
    assert fact.registry is not None
    starts = {days.first} | {d for d in edges(entries) if days.first < d <= days.last}
    group = registry.group(fact.registry.member) if fact.registry.member else None
    if group and group[0].complete_to is not None and days.first <= group[0].complete_to < days.last:
        starts.add(group[0].complete_to + timedelta(days=1))
    ordered = sorted(starts)
    party = fact.registry.party or "sender"
    for first, after in zip(ordered, [*ordered[1:], None], strict=True):
        answer = registry.look_up(fact, {party: code}, first)
        last = days.last if after is None else after - timedelta(days=1)
        yield first, last, None if answer is None else answer.value


def edges(entries: Iterable[Entry]) -> set[date]:
    """The days from which on an entry may answer differently."""
    found: set[date] = set()
    for entry in entries:
        found |= {d for d in (entry.start, entry.seen) if d is not None}
        if entry.end is not None and entry.end < date.max:
            found.add(entry.end + timedelta(days=1))
    return found


def _agreement(registry: Registry, fact: Fact, days: Days) -> Told:
    assert fact.registry is not None
    one, other = (JURISDICTION_OF[p] for p in fact.registry.between or ("sender", "receiver"))
    subject = fact.registry.agreement
    clauses = []
    for file in registry.files:
        for entry in file.agreements:
            if subject != "any" and subject not in entry.subjects:
                continue
            starts = sorted({days.first} | {d for d in edges([entry]) if days.first < d <= days.last})
            for first, after in zip(starts, [*starts[1:], None], strict=True):
                last = days.last if after is None else after - timedelta(days=1)
                if entry.holds(first):
                    parties = frozenset(entry.parties)
                    clauses.append(Clause(((one, parties), (other, parties)), first, last))
    return Told((one, other), tuple(clauses), ())
