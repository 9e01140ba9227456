"""Cases: one proposed transmission, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import Field

from .diagnostics import Findings, Place, Refused, suggestion
from .expressions import checked_value, shown
from .model import Model, Text, validated
from .source import Document, Path_
from .vocabulary.facts import Fact, Vocabulary

FactValue = bool | str | int | float | date | frozenset[str]

_RESERVED = ("case", "title", "as_of", "items", "note")
_LONG = ("value", "judged_by", "on", "basis", "source")


class LongForm(Model):
    """A value with who judged it, when and on what."""

    value: Any
    judged_by: Text | None = Field(None, description="Who made the judgement")
    on: date | None = Field(None, description="When")
    basis: Text | None = Field(None, description="On what")
    source: Text | None = Field(None, description="Where the fact comes from")


class Stated(Model):
    """A fact as a case states it."""

    value: FactValue
    place: Place
    judged_by: str | None = None
    on: date | None = None
    basis: str | None = None
    source: str | None = None


class Item(Model):
    """One item of information, and what is stated for it alone."""

    id: str
    facts: dict[str, Stated]


class Case(Model):
    """One proposed transmission (or use, or onward transfer)."""

    name: str
    title: str | None = None
    as_of: date | None = None
    facts: dict[str, Stated]
    items: tuple[Item, ...]
    file: str = ""
    text: str = Field("", description="The file it was read from, whole")
    index: int = Field(0, description="Its position in the file")

    def value(self, path: str) -> FactValue | None:
        """What the case as a whole states of a fact, or None when it does not."""
        stated = self.facts.get(path)
        return None if stated is None else stated.value

    def facts_of(self, item: Item) -> dict[str, Stated]:
        """All that is stated for an item; what it says itself wins over what the case says."""
        return {**self.facts, **item.facts}


def read_case(document: Document, vocabulary: Vocabulary, findings: Findings, path: Path_ = ()) -> Case:
    """The case at a place in a document; with faults reported the result is not to be used."""
    return _CaseReader(document, vocabulary, findings).read(path)


class _CaseReader:
    def __init__(self, document: Document, vocabulary: Vocabulary, findings: Findings) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.findings = findings

    def fault(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> None:
        self.findings.add(self.document.error(code, message, path, help, key=key))

    def read(self, path: Path_) -> Case:
        data = self.document.data
        for part in path:
            data = data[part]
        file = self.document.source.name
        if not isinstance(data, dict):
            raise Refused([self.document.error("MS103", "a case is a mapping", path, "start with `case: a-name`")])
        facts = self.facts({k: v for k, v in data.items() if k not in _RESERVED}, path)
        items = self.items(data.get("items"), (*path, "items"))
        written = {(*path, "sender", "jurisdiction"), (*path, "sender.jurisdiction")} & self.document.values.keys()
        if "sender.jurisdiction" not in facts and not written:
            help_ = "add `sender: {jurisdiction: XX}`: it decides whose law applies"
            self.fault(
                "MS301", "the case does not say whose law applies: `sender.jurisdiction` is missing", path, help_
            )
        return Case(
            name=self.text(data, "case", path) or "case", title=self.text(data, "title", path),
            as_of=self.day(data, path), facts=facts, items=items, file=file, text="" if path else self.document.source.text,
        )  # fmt: skip

    def text(self, data: dict[str, Any], key: str, path: Path_) -> str | None:
        value = data.get(key)
        if isinstance(value, (dict, list)):
            self.fault("MS103", f"`{key}` is text, not {shown(value)}", (*path, key))
            return None
        return None if value is None else str(value)

    def day(self, data: dict[str, Any], path: Path_) -> date | None:
        value = data.get("as_of")
        if value is not None and not isinstance(value, date):
            self.fault("MS103", f"`as_of` is a date, not {shown(value)}", (*path, "as_of"), "write YYYY-MM-DD")
            return None
        return value

    def facts(self, data: Mapping[str, Any], path: Path_, *, item: bool = False) -> dict[str, Stated]:
        result: dict[str, Stated] = {}
        for name, value, at in self.leaves(data, path, item):
            fact = self.vocabulary.facts.get(name)
            if fact is None:
                self.unknown(name, at, item)
                continue
            if fact.scope == "item" and not item:
                self.fault("MS307", f"`{name}` is a fact of an item", at, "move it under one of the `items`", key=True)
                continue
            stated = self.stated(fact, value, at)
            if stated is None:
                continue
            if name in result and result[name].value != stated.value:
                other = result[name].place.line
                self.fault(
                    "MS306", f"`{name}` is stated twice, differently (also on line {other})", at, "keep one", key=True
                )
            result[name] = stated
        return result

    def leaves(self, data: Mapping[str, Any], path: Path_, item: bool) -> Iterator[tuple[str, Any, Path_]]:
        """Facts and their values, nested keys joined with dots."""
        todo: list[tuple[str, Any, Path_]] = [(k, v, (*path, k)) for k, v in reversed(list(data.items()))]
        while todo:
            name, value, at = todo.pop()
            own = f"item.{name}"
            full = own if item and (own in self.vocabulary or self.is_prefix(own)) else name
            nested = isinstance(value, dict) and full not in self.vocabulary and self.is_prefix(full)
            if nested:
                todo += [(f"{name}.{k}", v, (*at, k)) for k, v in reversed(list(value.items()))]
            else:
                yield full, value, at

    def is_prefix(self, name: str) -> bool:
        return any(path.startswith(name + ".") for path in self.vocabulary.facts)

    def unknown(self, name: str, path: Path_, item: bool) -> None:
        known = [p.removeprefix("item.") if item else p for p in self.vocabulary.facts]
        what = "fact of an item" if item else "fact"
        self.fault("MS101", f"unknown {what} `{name}`", path, suggestion(name, [*known, *_RESERVED]), key=True)

    def stated(self, fact: Fact, value: Any, path: Path_) -> Stated | None:
        long = LongForm(value=value)
        if isinstance(value, dict):
            if "value" not in value:
                message = f"`{fact.path}` takes a value, not a mapping"
                self.fault("MS103", message, path, "write the value, or `{value: …, judged_by: …}`")
                return None
            read = validated(LongForm, value, self.document, path, self.findings)
            if read is None:
                return None
            long, path = read, (*path, "value")
        if long.value is None or (long.value == "unknown" and "unknown" not in fact.values):
            return None
        if fact.derived is not None:
            help_ = "state the facts it follows from: " + ", ".join(f"`{k}`" for k in fact.derived)
            self.fault("MS305", f"`{fact.path}` follows from other facts and is not stated", path, help_)
            return None
        checked = self.checked(fact, long.value, path)
        if checked is None:
            return None
        extra = long.model_dump(exclude={"value"}, exclude_none=True)
        return Stated(value=checked, place=self.document.place(path), **extra)

    def checked(self, fact: Fact, value: Any, path: Path_) -> FactValue | None:
        def one(part: Any, at: Path_) -> Any:
            return checked_value(fact, part, self.vocabulary, self.document, at, self.findings)

        if fact.kind != "choices":
            result: FactValue | None = one(value, path)
            return result
        if not isinstance(value, list):
            value = [value]
            found = [one(value[0], path)]
        else:
            found = [one(part, (*path, i)) for i, part in enumerate(value)]
        return None if None in found else frozenset(found)

    def items(self, data: Any, path: Path_) -> tuple[Item, ...]:
        if data is None:
            return (Item(id="item", facts={}),)
        if not isinstance(data, list) or not data:
            self.fault("MS103", "`items` is a list of items", path, "write `- id: …` under it, or leave `items` out")
            return ()
        items: list[Item] = []
        for index, entry in enumerate(data):
            at = (*path, index)
            if not isinstance(entry, dict):
                self.fault("MS103", "an item is a mapping", at, "write `id:` and its facts")
                continue
            name = self.text(entry, "id", at) or f"item-{index + 1}"
            if name in {i.id for i in items}:
                self.fault("MS304", f"two items are called `{name}`", (*at, "id"), "give each its own id")
            facts = self.facts({k: v for k, v in entry.items() if k not in ("id", "title", "note")}, at, item=True)
            items.append(Item(id=name, facts=facts))
        return tuple(items)
