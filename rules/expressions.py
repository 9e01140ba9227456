"""What stands under `when`: tests of facts joined by all, any, not and named definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .diagnostics import FACTS, Findings, Place, suggestion
from .source import Document, Path_
from .vocabulary.facts import Fact, Vocabulary


@dataclass(frozen=True, slots=True)
class Test:
    """A fact held against an operand.

    `operator` is one of `is_true`, `any_of`, `all_of`, `none_of`, `at_least`, `at_most`, `more_than`, `less_than`,
    `same_as`, `different_from`; dates use the four comparisons too. The operand is a tuple of values, a bool, a
    number, a date, the word `as_of`, or another fact's path.
    """

    fact: str
    operator: str
    operand: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Both:
    """Holds when every part does (`all:`, and the entries of a mapping)."""

    parts: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Either:
    """Holds when some part does (`any:`)."""

    parts: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part fails."""

    part: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Is:
    """Holds when the named definition does."""

    definition: str
    place: Place


Expression = Test | Both | Either | Not | Is

COMPARISONS = {
    "number": ("at_least", "at_most", "more_than", "less_than"),
    "date": ("before", "after", "on_or_before", "on_or_after"),
}
_AS_NUMBER = {"before": "less_than", "after": "more_than", "on_or_before": "at_most", "on_or_after": "at_least"}
_SETS = ("any_of", "all_of", "none_of")
_SAME = ("same_as", "different_from")
OPERATORS = (*_SETS, *COMPARISONS["number"], *COMPARISONS["date"], *_SAME)


def operators_of(kind: str) -> tuple[str, ...]:
    """The operators that may be used on facts of a type."""
    if kind == "choices":
        return _SETS
    if kind in ("choice", "jurisdiction"):
        return ("any_of", "none_of", *_SAME)
    if kind in COMPARISONS:
        return ("any_of", "none_of", *COMPARISONS[kind], *_SAME)
    return _SAME


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, outermost first."""
    yield expression
    if isinstance(expression, (Both, Either)):
        for part in expression.parts:
            yield from walk(part)
    elif isinstance(expression, Not):
        yield from walk(expression.part)


class ExpressionReader:
    """Reads `when` mappings against a vocabulary and the names of definitions, reporting every fault."""

    def __init__(
        self, vocabulary: Vocabulary, definitions: Mapping[str, object], document: Document, findings: Findings
    ) -> None:
        self.vocabulary = vocabulary
        self.definitions = definitions
        self.document = document
        self.findings = findings

    def read(self, data: Any, path: Path_) -> Expression:
        """A mapping as an expression. With faults reported the result is not to be used."""
        place = self.document.place(path)
        if not isinstance(data, dict):
            self.fault("MS103", "a condition is a mapping of facts to values", path, "write `fact: value`")
            return Both((), place)
        parts = tuple(self.entry(key, value, (*path, key)) for key, value in data.items())
        return parts[0] if len(parts) == 1 else Both(parts, place)

    def fault(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> None:
        self.findings.add(self.document.error(code, message, path, help, key=key))

    def entry(self, key: str, value: Any, path: Path_) -> Expression:
        special: dict[str, Callable[[Any, Path_], Expression]] = {
            "all": lambda v, p: Both(self.several(v, p), self.document.place(p, key=True)),
            "any": lambda v, p: Either(self.several(v, p), self.document.place(p, key=True)),
            "not": lambda v, p: Not(self.read(v, p), self.document.place(p, key=True)),
            "is": self.named,
        }
        if key in special:
            return special[key](value, path)
        fact = self.vocabulary.facts.get(key)
        if fact is None:
            if key == "as_of":
                self.fault(
                    "MS101", "`as_of` is not a fact", path, "use `in_force:`, or compare a date with `as_of`", key=True
                )
            else:
                self.fault(
                    "MS101", f"unknown fact `{key}`", path, suggestion(key, self.vocabulary.facts, FACTS), key=True
                )
            return Both((), self.document.place(path))
        return self.test(fact, value, path)

    def several(self, value: Any, path: Path_) -> tuple[Expression, ...]:
        if not isinstance(value, list) or not value:
            self.fault("MS103", "a list of conditions is expected here", path, "write `- fact: value` lines under it")
            return ()
        return tuple(self.read(part, (*path, index)) for index, part in enumerate(value))

    def named(self, value: Any, path: Path_) -> Expression:
        place = self.document.place(path)
        if not isinstance(value, str):
            self.fault("MS103", "`is` takes the name of one definition", path, "use `all:` or `any:` to join several")
            return Both((), place)
        if value not in self.definitions:
            self.fault("MS206", f"no definition `{value}`", path, suggestion(value, self.definitions))
        return Is(value, place)

    def test(self, fact: Fact, value: Any, path: Path_) -> Expression:
        place = self.document.place(path)
        if not isinstance(value, dict):
            return self.plain(fact, value, path)
        if not value:
            self.fault("MS103", "an empty mapping tests nothing", path, "write an operator and an operand")
        parts = tuple(self.operation(fact, op, operand, (*path, op)) for op, operand in value.items())
        return parts[0] if len(parts) == 1 else Both(parts, place)

    def plain(self, fact: Fact, value: Any, path: Path_) -> Expression:
        place = self.document.place(path)
        if value is None:
            help_ = "there is no test for unknown: it would let knowing more undo an answer"
            self.fault("MS103", f"`{fact.path}` is tested against nothing", path, help_)
            return Both((), place)
        if fact.kind == "boolean":
            if not isinstance(value, bool):
                self.fault("MS103", f"`{fact.path}` is true or false, not {shown(value)}", path, boolean_help(value))
            holds = Test(fact.path, "is_true", True, place)
            return holds if value is True else Not(holds, place)
        operand = value if isinstance(value, list) else [value]
        return Test(fact.path, "any_of", self.members(fact, operand, path, listed=isinstance(value, list)), place)

    def operation(self, fact: Fact, operator: str, operand: Any, path: Path_) -> Expression:
        place = self.document.place(path)
        if operator not in OPERATORS:
            self.fault(
                "MS104", f"unknown operator `{operator}`", path, suggestion(operator, operators_of(fact.kind)), key=True
            )
            return Both((), place)
        if operator not in operators_of(fact.kind):
            allowed = ", ".join(f"`{o}`" for o in operators_of(fact.kind))
            self.fault(
                "MS105",
                f"`{operator}` does not fit `{fact.path}`, which is {a_kind(fact.kind)}",
                path,
                f"use {allowed}",
                key=True,
            )
            return Both((), place)
        if operator in _SETS:
            if not isinstance(operand, list):
                operand = [operand]
                return Test(fact.path, operator, self.members(fact, operand, path, listed=False), place)
            return Test(fact.path, operator, self.members(fact, operand, path), place)
        if operator in _SAME:
            return self.same(fact, operator, operand, path)
        return Test(fact.path, _AS_NUMBER.get(operator, operator), self.bound(fact, operand, path), place)

    def members(self, fact: Fact, operand: list[Any], path: Path_, *, listed: bool = True) -> tuple[Any, ...]:
        if not operand:
            self.fault("MS103", "an empty list can never be matched", path, "name at least one value")
        values = [
            checked_value(fact, value, self.vocabulary, self.document, (*path, i) if listed else path, self.findings)
            for i, value in enumerate(operand)
        ]
        return tuple(sorted({v for v in values if v is not None}, key=str))

    def bound(self, fact: Fact, operand: Any, path: Path_) -> Any:
        if fact.kind == "date" and operand == "as_of":
            return "as_of"
        return checked_value(fact, operand, self.vocabulary, self.document, path, self.findings)

    def same(self, fact: Fact, operator: str, operand: Any, path: Path_) -> Expression:
        other = self.vocabulary.facts.get(operand) if isinstance(operand, str) else None
        if other is None:
            self.fault(
                "MS101", f"unknown fact {shown(operand)}", path, suggestion(str(operand), self.vocabulary.facts, FACTS)
            )
        elif other.kind != fact.kind or other.tree != fact.tree:
            self.fault(
                "MS105", f"`{fact.path}` and `{other.path}` are not of one type", path, "compare facts of one type"
            )
        return Test(fact.path, operator, operand, self.document.place(path))


_TYPES: Mapping[str, type | tuple[type, ...]] = {"boolean": bool, "number": (int, float), "date": date}


def checked_value(
    fact: Fact, value: Any, vocabulary: Vocabulary, document: Document, path: Path_, findings: Findings
) -> Any:
    """One value of a fact's type, or None with the fault reported."""
    if fact.kind in ("choice", "choices"):
        if isinstance(value, str) and value in fact.values:
            return value
        if isinstance(value, (dict, list)):
            findings.add(document.error("MS103", f"`{fact.path}` takes a name here, not {shown(value)}", path))
        else:
            message = f"{shown(value)} is not a value of `{fact.path}`"
            findings.add(document.error("MS102", message, path, suggestion(str(value), fact.values, FACTS)))
        return None
    if fact.kind == "jurisdiction":
        if isinstance(value, str) and value in vocabulary.jurisdictions:
            return value
        findings.add(
            document.error(
                "MS106", f"{shown(value)} is not a jurisdiction code", path, jurisdiction_help(value, vocabulary)
            )
        )
        return None
    if isinstance(value, _TYPES[fact.kind]) and (fact.kind == "boolean" or not isinstance(value, bool)):
        return value
    help_ = {"boolean": boolean_help(value), "number": "write digits", "date": "write YYYY-MM-DD, unquoted"}[fact.kind]
    findings.add(document.error("MS103", f"`{fact.path}` is {a_kind(fact.kind)}, not {shown(value)}", path, help_))
    return None


def jurisdiction_help(value: Any, vocabulary: Vocabulary) -> str:
    """The code of a jurisdiction named in words or in the wrong case."""
    text = str(value)
    if text.upper() in vocabulary.jurisdictions:
        return f"did you mean `{text.upper()}`?"
    by_name = {name.lower(): code for code, name in vocabulary.jurisdictions.items()}
    if text.lower() in by_name:
        return f"did you mean `{by_name[text.lower()]}`?"
    return "write the two-letter code of ISO 3166-1, such as `CH`"


def boolean_help(value: Any) -> str:
    """The boolean that a word was probably meant as."""
    word = str(value).lower()
    if word in ("yes", "y", "on", "1"):
        return "did you mean `true`?"
    if word in ("no", "n", "off", "0"):
        return "did you mean `false`?"
    return "write `true` or `false`; leave it out if it is not known"


def a_kind(kind: str) -> str:
    """A fact type in words."""
    return {
        "boolean": "true or false", "choice": "one of a list of values", "choices": "a set of values",
        "number": "a number", "date": "a date", "jurisdiction": "a jurisdiction",
    }[kind]  # fmt: skip


def shown(value: Any) -> str:
    """A value as it may stand in a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text[:60]}`"
