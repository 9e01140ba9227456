"""How a memo names things: parties, days, places in the file, values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ...engine.decision import Decision
from ...engine.wording import fact_words, raised, value_words
from ...engine.wording import within as limit_words
from ...languages.words import SEMICOLON, changed, day_of, instead, listed, say
from ...rules.case import Case, Item, Stated
from ...rules.diagnostics import Place
from ...rules.vocabulary.facts import Vocabulary
from ..register.due import later

Side = Literal["sender", "receiver", "origin"]
_AUTHORITY = {"sender": "sender.authority", "receiver": "receiver.authority", "origin": "received.authority"}
_STATE = {"sender": "sender.jurisdiction", "receiver": "receiver.jurisdiction", "origin": "received.from"}


@dataclass(frozen=True)
class Naming:
    """Names for what one case is about."""

    case: Case
    decision: Decision
    vocabulary: Vocabulary

    def value(self, path: str, value: object) -> str:
        """A value as a person reads it."""
        return value_words(self.vocabulary[path], value, self.vocabulary)

    def stated(self, path: str) -> str | None:
        """What the case as a whole states of a fact, in words; None where it states nothing."""
        value = self.case.value(path)
        return None if value is None or path not in self.vocabulary else self.value(path, value)

    def country(self, side: Side) -> str | None:
        """The State of a party."""
        return self.stated(_STATE[side])

    def who(self, side: Side) -> str:
        """A party with its State: `the prosecutor (Switzerland)`."""
        country, authority = self.country(side), self.stated(_AUTHORITY[side])
        if country is None:
            return say("the {authority}", authority=authority) if authority else say("a party that is not named")
        if authority is None:
            return say("an authority of {state} that is not named", state=country)
        return say("the {authority} ({state})", authority=authority, state=country)

    def bound(self, bound: str) -> str:
        """Who has to meet a condition."""
        return self.who("receiver" if bound == "receiver" else "sender")

    def item(self, item: Item) -> str:
        """An item with what is said of its kind."""
        said = [self.value(p, s.value) for p in ("item.type", "item.form", "item.secrecy") if (s := item.facts.get(p))]
        if not said:
            return f"`{item.id}`"
        return say("`{item}` ({values})", item=item.id, values=listed((s for s in said if s != "none"), SEMICOLON))

    def fact(self, path: str) -> str:
        """A fact as a label."""
        return changed(self.inner_fact(path), raised)

    def inner_fact(self, path: str) -> str:
        """A fact within a sentence."""
        return instead(fact_words(path.removeprefix("item.")), fact_words(path))

    def where(self, stated: Stated) -> str:
        """Where a fact is stated: the line, and a source if one is given."""
        return listed((line(stated.place), *([stated.source] if stated.source else [])), SEMICOLON)


def line(place: Place | str | None) -> str:
    """A place in the case file in short: its line; any other remark as it is."""
    found = re.fullmatch(r".+:(\d+):\d+", str(place))
    if found:
        return say("line {number}", number=found[1])
    return place if isinstance(place, str) else str(place or "")


def day_words(day: date) -> str:
    """`2 March 2026`."""
    return day_of(day, f"{day.day} {_MONTHS[day.month - 1]} {day.year}")


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def within(duration: str, day: date) -> str:
    """A time limit in words, with the day on which it ends for what is sent on `day`; `duration` is as in ISO 8601."""
    limit = limit_words(duration)
    if "T" in duration:
        return limit
    return say(
        "{limit}, that is by {end} if it goes on {day}",
        limit=limit,
        end=day_words(later(day, duration)),
        day=day_words(day),
    )


__all__ = ["Naming", "day_words", "line", "within"]
