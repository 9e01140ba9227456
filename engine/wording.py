"""Facts, values and conditions in words; every rendering speaks through here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from ..languages.words import (
    AND,
    OR,
    Phrase,
    changed,
    count,
    day_of,
    fill,
    listed,
    pair,
    say,
    state_name,
    term,
    versions,
)
from ..rules.expressions import Test
from ..rules.policy import Condition, Rule
from ..rules.vocabulary.facts import Fact, Vocabulary

T = TypeVar("T")
_TREATY = "Convention|Convención|Convenio|Deuxième Protocole|Segundo Protocolo"
_NAME = re.compile(rf".[A-Z]|\w+ [A-Z]|(?:{_TREATY})\b.*[ '][A-Z]")
OPEN_ITEMS = pair("{items} cannot be decided yet", "{items} cannot be decided yet")
ITEMS = {
    "outgoing": {
        "allow": pair("{items} may go", "{items} may go"),
        "conditions": pair("{items} may go on conditions", "{items} may go on conditions"),
        "must, allow": pair("{items} must go", "{items} must go"),
        "must, conditions": pair("{items} must go on conditions", "{items} must go on conditions"),
        "deny": pair("{items} may not go", "{items} may not go"),
    },
    "use": {
        "allow": pair("{items} may be used", "{items} may be used"),
        "conditions": pair("{items} may be used on conditions", "{items} may be used on conditions"),
        "must, allow": pair("{items} must be used", "{items} must be used"),
        "must, conditions": pair("{items} must be used on conditions", "{items} must be used on conditions"),
        "deny": pair("{items} may not be used", "{items} may not be used"),
    },
    "onward": {
        "allow": pair("{items} may be passed on", "{items} may be passed on"),
        "conditions": pair("{items} may be passed on on conditions", "{items} may be passed on on conditions"),
        "must, allow": pair("{items} must be passed on", "{items} must be passed on"),
        "must, conditions": pair("{items} must be passed on on conditions", "{items} must be passed on on conditions"),
        "deny": pair("{items} may not be passed on", "{items} may not be passed on"),
    },
}
"""What may, must or may not be done with items together, by direction: of one, and of several."""
_ORDERED = {
    "at_least": say("{fact} is at least {value}"),
    "at_most": say("{fact} is at most {value}"),
    "more_than": say("{fact} is more than {value}"),
    "less_than": say("{fact} is less than {value}"),
    "same_as": say("{fact} is the same as {value}"),
    "different_from": say("{fact} is different from {value}"),
}
_DAYS = {
    "at_least": say("{fact} is on or after {value}"),
    "at_most": say("{fact} is on or before {value}"),
    "more_than": say("{fact} is after {value}"),
    "less_than": say("{fact} is before {value}"),
}
OUTCOMES: Mapping[str, Phrase] = {
    "allow": term("outcome", "allow"),
    "conditions": term("outcome", "conditions"),
    "deny": term("outcome", "deny"),
    "undetermined": term("outcome", "undetermined"),
}
ITEM: Mapping[str, Mapping[str, Phrase]] = {
    "outgoing": {
        "allow": say("`{item}` may be sent"),
        "must": say("`{item}` must be sent"),
        "deny": say("`{item}` may not be sent"),
    },
    "use": {
        "allow": say("`{item}` may be used"),
        "must": say("`{item}` must be used"),
        "deny": say("`{item}` may not be used"),
    },
    "onward": {
        "allow": say("`{item}` may be passed on"),
        "must": say("`{item}` must be passed on"),
        "deny": say("`{item}` may not be passed on"),
    },
}
"""What may, must or may not be done with one item, by direction."""
_UNITS = {
    "Y": pair("{n} year", "{n} years"),
    "M": pair("{n} month", "{n} months"),
    "W": pair("{n} week", "{n} weeks"),
    "D": pair("{n} day", "{n} days"),
}
_TIMES = {"H": pair("{n} hour", "{n} hours"), "M": pair("{n} minute", "{n} minutes")}
_ACTORS = {
    "sender": say("sender"),
    "receiver": say("receiver"),
    "originator": say("originator"),
    "central_authority": say("central authority"),
    "court": say("court"),
}


def value_words(fact: Fact, value: Any, vocabulary: Vocabulary) -> str:
    """A fact's value as a person reads it."""
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(value, (frozenset, tuple, list)):
        return listed(sorted(value_words(fact, v, vocabulary) for v in value)) if value else say("none")
    if fact.kind == "jurisdiction":
        return country(vocabulary.jurisdictions, str(value))
    if isinstance(value, date):
        return day_of(value)
    if isinstance(value, str):
        return changed(label_words(fact, value), lowered)
    unit = f" {fact.unit}" if fact.unit else ""
    return term(fact.path, f"{{number}}{unit}", number=f"{value:g}") if unit else f"{value:g}"


def items_words(names: Sequence[str], outcome: str, direction: str, *, bound: bool = False) -> Phrase:
    """What may be done with several items together ("`a`, `b` may go on conditions"); `bound` if it must be."""
    if outcome == "undetermined":
        one, several = OPEN_ITEMS
    else:
        one, several = of_direction(ITEMS, direction)[f"must, {outcome}" if bound else outcome]
    return count(one, several, len(names), items=", ".join(names))


def of_direction(table: Mapping[str, T], direction: str) -> T:
    """An entry of a table by direction: sending, where a policy's own direction has none."""
    return table.get(direction) or table["outgoing"]


def yes_or_no(value: bool) -> Phrase:
    """A truth as an answer."""
    return say("yes") if value else say("no")


def country(jurisdictions: Mapping[str, str], code: str) -> str:
    """A jurisdiction by its name; a code that has none as it is."""
    return state_name(code, jurisdictions[code]) if code in jurisdictions else code


def lowered(label: str) -> str:
    """A label in running text: its first letter small unless it begins an abbreviation, a name of several words or a treaty's."""
    return label if _NAME.match(label) else label[:1].lower() + label[1:]


def raised(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]


def policy_words(jurisdictions: Mapping[str, str], code: str, title: str) -> str:
    """A policy's title; one that is no more than a State's name is said as such."""
    return country(jurisdictions, code) if jurisdictions.get(code) == title else title


def fact_words(path: str) -> Phrase:
    """A fact's name in running text: `receiver.case_open` is "receiver case open"."""
    return term(path, path.replace(".", " ").replace("_", " "))


def label_words(fact: Fact, value: str) -> Phrase:
    """The label of a choice's value."""
    return term(value, fact.label(value))


def ask_words(fact: Fact) -> Phrase:
    """The question for a fact."""
    return term(fact.path, fact.ask)


def help_words(fact: Fact) -> str:
    """What helps to answer; empty where there is nothing."""
    return term(fact.path, fact.help) if fact.help else ""


def actors(names: Iterable[str]) -> tuple[str, ...]:
    """Whose judgement a fact is, in words."""
    return tuple(_ACTORS.get(name, name) for name in names)


def within(duration: str) -> Phrase:
    """A time limit in words; `duration` is as in ISO 8601."""
    return say("within {time}", time=duration_words(duration))


def duration_words(duration: str) -> Phrase:
    """An ISO 8601 duration as a person reads it: `P3D` is "3 days", `PT8H` "8 hours"."""
    days, _, hours = duration.removeprefix("P").partition("T")
    parts = [count(*_UNITS[u], int(n)) for n, u in re.findall(r"(\d+)([YMWD])", days)]
    parts += [count(*_TIMES[u], int(n)) for n, u in re.findall(r"(\d+)([HM])", hours)]
    return joined(parts, AND)


def title_words(rule: Rule) -> str:
    """A rule's title, with those that its policy gives in other languages."""
    return versions(rule.title, {code: r.title for code, r in rule.readings.items()}) if rule.readings else rule.title


def condition_text(rule: Rule, condition: Condition) -> str:
    """A condition's text, with those that its policy gives in other languages."""
    others = {code: r.conditions[condition.id] for code, r in rule.readings.items() if condition.id in r.conditions}
    return versions(condition.text, others)


def joined(parts: Iterable[str], last: Phrase = OR) -> Phrase:
    """`a, b or c`."""
    return listed(parts, last=last)


def test_words(test: Test, vocabulary: Vocabulary) -> str:
    """A test in words."""
    fact = vocabulary[test.fact]
    name = fact_words(test.fact)
    if test.operator == "is_true":
        return name
    if test.operator in ("any_of", "all_of", "none_of"):
        return _chosen(test, fact, name, [value_words(fact, v, vocabulary) for v in test.operand])
    template = (_DAYS if fact.kind == "date" else _ORDERED).get(test.operator) or _ORDERED[test.operator]
    return fill(template, fact=name, value=_operand(test, fact))


def _chosen(test: Test, fact: Fact, name: Phrase, values: list[str]) -> Phrase:
    several = fact.kind == "choices"
    if test.operator == "none_of":
        if several:
            return say("{fact} has none of {values}", fact=name, values=joined(values, AND))
        return say("{fact} is not {values}", fact=name, values=joined(values))
    said = joined(values, AND if test.operator == "all_of" else OR)
    return (
        say("{fact} includes {values}", fact=name, values=said)
        if several
        else say("{fact} is {values}", fact=name, values=said)
    )


def _operand(test: Test, fact: Fact) -> str:
    if test.operator in ("same_as", "different_from"):
        return fact_words(str(test.operand))
    if test.operand == "as_of":
        return say("the day of the case")
    if isinstance(test.operand, date):
        return day_of(test.operand)
    return term(fact.path, f"{{number}} {fact.unit}", number=test.operand) if fact.unit else str(test.operand)
