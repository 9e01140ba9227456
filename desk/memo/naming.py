"""How a memo names things: parties, days, places in the file, values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ...engine.decision import Decision
from ...engine.wording import fact_words, value_words
from ...rules.case import Case, Item, Stated
from ...rules.diagnostics import Place
from ...rules.vocabulary.facts import Vocabulary
from ..register.due import later

GO = {"outgoing": "go", "use": "be used", "onward": "be passed on"}
"""What several items may do, in each direction."""
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
            return f"the {authority}" if authority else "a party that is not named"
        return f"the {authority} ({country})" if authority else f"an authority of {country} that is not named"

    def bound(self, bound: str) -> str:
        """Who has to meet a condition."""
        return self.who("receiver" if bound == "receiver" else "sender")

    def item(self, item: Item) -> str:
        """An item with what is said of its kind."""
        said = [self.value(p, s.value) for p in ("item.type", "item.form", "item.secrecy") if (s := item.facts.get(p))]
        return f"`{item.id}`" + (f" ({'; '.join(s for s in said if s != 'none')})" if said else "")

    def fact(self, path: str) -> str:
        """A fact as a label."""
        words = fact_words(path.removeprefix("item."))
        return words[:1].upper() + words[1:]

    def where(self, stated: Stated) -> str:
        """Where a fact is stated: the line, and a source if one is given."""
        return f"{line(stated.place)}{f'; {stated.source}' if stated.source else ''}"


def line(place: Place | str | None) -> str:
    """A place in the case file in short: its line; any other remark as it is."""
    found = re.fullmatch(r".+:(\d+):\d+", str(place))
    return f"line {found[1]}" if found else str(place or "")


def day_words(day: date) -> str:
    """`2 March 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


def within(duration: str, day: date) -> str:
    """A time limit in words, with the day on which it ends for what is sent on `day`; `duration` is as in ISO 8601."""
    days, _, hours = duration.removeprefix("P").partition("T")
    words = [_counted(int(n), _UNITS[u]) for n, u in re.findall(r"(\d+)([YMWD])", days)]
    words += [_counted(int(n), {"H": "hour", "M": "minute"}[u]) for n, u in re.findall(r"(\d+)([HM])", hours)]
    text = f"within {' and '.join(words)}"
    return text if hours else f"{text}, that is by {day_words(later(day, duration))} if it goes on {day_words(day)}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' if number != 1 else ''}"


__all__ = ["Naming", "day_words", "line", "within"]
