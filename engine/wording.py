"""Facts, values and conditions in words; every rendering speaks through here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from ..rules.expressions import Test
from ..rules.vocabulary.facts import Fact, Vocabulary

DONE = {"outgoing": "sent", "use": "used", "onward": "passed on"}
"""What is done with an item in each direction."""
GO = {"outgoing": "go", "use": "be used", "onward": "be passed on"}
"""What several items may do, in each direction."""
_OPERATORS = {
    "at_least": "is at least", "at_most": "is at most", "more_than": "is more than", "less_than": "is less than",
    "same_as": "is the same as", "different_from": "is different from",
}  # fmt: skip
_DAYS = {"at_least": "is on or after", "at_most": "is on or before", "more_than": "is after", "less_than": "is before"}


def value_words(fact: Fact, value: Any, vocabulary: Vocabulary) -> str:
    """A fact's value as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (frozenset, tuple, list)):
        return ", ".join(sorted(value_words(fact, v, vocabulary) for v in value)) or "none"
    if fact.kind == "jurisdiction":
        return vocabulary.jurisdictions.get(str(value), str(value))
    if isinstance(value, date):
        return value.isoformat()
    return lowered(fact.label(value)) if isinstance(value, str) else f"{value:g}{' ' + fact.unit if fact.unit else ''}"


def lowered(label: str) -> str:
    """A label in running text: its first letter small unless it begins an abbreviation or a name of several words."""
    name = re.match(r".[A-Z]|\w+ [A-Z]", label)
    return label if name else label[:1].lower() + label[1:]


def fact_words(path: str) -> str:
    """A fact's path in running text: `receiver.case_open` is "receiver case open"."""
    return path.replace(".", " ").replace("_", " ")


def joined(parts: Iterable[str], word: str = "or") -> str:
    """`a, b or c`."""
    items = list(parts)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}" if items else ""


def test_words(test: Test, vocabulary: Vocabulary) -> str:
    """A test in words."""
    fact = vocabulary[test.fact]
    name = fact_words(test.fact)
    if test.operator == "is_true":
        return name
    if test.operator in ("any_of", "all_of", "none_of"):
        values = [value_words(fact, v, vocabulary) for v in test.operand]
        if test.operator == "none_of":
            return (
                f"{name} is not {joined(values)}"
                if fact.kind != "choices"
                else f"{name} has none of {joined(values, 'and')}"
            )
        verb = "includes" if fact.kind == "choices" else "is"
        return f"{name} {verb} {joined(values, 'and' if test.operator == 'all_of' else 'or')}"
    operand = fact_words(str(test.operand)) if test.operator in ("same_as", "different_from") else test.operand
    verb = _DAYS.get(test.operator, "") if fact.kind == "date" else ""
    unit = f" {fact.unit}" if fact.unit else ""
    shown = "the day of the case" if operand == "as_of" else operand
    return f"{name} {verb or _OPERATORS[test.operator]} {shown}{unit}"


_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_HOURS = {"H": "hour", "M": "minute"}


def duration_words(duration: str) -> str:
    """An ISO 8601 duration as a person reads it: `P3D` is "3 days", `PT8H` "8 hours"."""
    days, _, hours = duration.removeprefix("P").partition("T")
    parts = [(n, _UNITS[u]) for n, u in re.findall(r"(\d+)([YMWD])", days)]
    parts += [(n, _HOURS[u]) for n, u in re.findall(r"(\d+)([HM])", hours)]
    return joined([f"{n} {unit}{'' if n == '1' else 's'}" for n, unit in parts], "and")
