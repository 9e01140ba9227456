"""Cases: one proposed transmission, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field

from .diagnostics import FACTS, Diagnostic, Findings, Place, Refused, suggestion
from .expressions import checked_value, shown
from .kinds import is_another
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


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact as a case states it; its value has been checked."""

    value: FactValue
    place: Place
    judged_by: str | None = None
    on: date | None = None
    basis: str | None = None
    source: str | None = None


class Kept(Model):
    """What a register holds of received information: facts that a case which names the entry need not state again."""

    register_name: str = Field(description="The register's file, as it was named")
    entry: str = Field(description="The entry's number")
    hash: str = Field(description="The entry's hash")
    facts: dict[str, Any] = Field(description="Facts by path, days as text")

    @property
    def cited(self) -> str:
        """What stands as the source of a fact that was taken from it."""
        return f"register entry {self.entry}"


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
    kept: Kept | None = Field(None, description="The register's entry from which it takes what was received")
    text: str = Field("", description="The file it was read from, whole")
    index: int = Field(0, description="Its position in the file")

    def value(self, path: str) -> FactValue | None:
        """What the case as a whole states of a fact, or None when it does not."""
        stated = self.facts.get(path)
        return None if stated is None else stated.value

    def facts_of(self, item: Item) -> dict[str, Stated]:
        """All that is stated for an item; what it says itself wins over what the case says."""
        return {**self.facts, **item.facts}


ENTRY = "received.register"
"""In a case: the number of the register's entry that holds what was received."""

Received = Callable[[str, Mapping[str, Stated]], Kept]
"""Looks an entry up in a register, for a case that states these facts. Raises Refused where it cannot."""


def bare(value: FactValue | None) -> bool | str | int | float | list[str] | None:
    """A value as JSON holds it: a set as a sorted list, a day as ISO 8601 writes it."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def read_case(
    document: Document,
    vocabulary: Vocabulary,
    findings: Findings,
    path: Path_ = (),
    received: Received | None = None,
) -> Case:
    """The case at a place in a document; with faults reported the result is not to be used."""
    return _CaseReader(document, vocabulary, findings, received).read(path)


def read_facts(document: Document, vocabulary: Vocabulary, findings: Findings, path: Path_) -> dict[str, Stated]:
    """The facts of a mapping at a place in a document, as a case states them."""
    data = document.data
    for part in path:
        data = data[part]
    prefix = ".".join(str(part) for part in path)
    reader = _CaseReader(document, vocabulary, findings)
    facts = reader.facts({prefix: data} if prefix else data, path[:-1])
    if reader.entry is not None:
        reader.fault("MS107", f"`{ENTRY}` is for cases alone", reader.entry[1], "leave it out", key=True)
    return facts


class _CaseReader:
    def __init__(
        self, document: Document, vocabulary: Vocabulary, findings: Findings, received: Received | None = None
    ) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.findings = findings
        self.received = received
        self.entry: tuple[str, Path_] | None = None

    def fault(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> None:
        self.findings.add(self.document.error(code, message, path, help, key=key))

    def read(self, path: Path_) -> Case:
        data = self.document.data
        for part in path:
            data = data[part]
        file = self.document.source.name
        if not isinstance(data, dict):
            raise Refused([self.document.error("MS103", "a case is a mapping", path, "start with `case: a-name`")])
        another = None if path else is_another(data, "case")
        if another is not None:
            raise Refused([self.document.error("MS101", "this file is no case", path, another)])
        facts = self.facts({k: v for k, v in data.items() if k not in _RESERVED}, path)
        items = self.items(data.get("items"), (*path, "items"))
        kept = self.kept(facts)
        facts = self.with_kept(kept, facts, items) if kept else facts
        written = {(*path, "sender", "jurisdiction"), (*path, "sender.jurisdiction")} & self.document.values.keys()
        if "sender.jurisdiction" not in facts and not written:
            help_ = "add `sender: {jurisdiction: XX}`: it decides whose law applies"
            self.fault(
                "MS301", "the case does not say whose law applies: `sender.jurisdiction` is missing", path, help_
            )
        return Case(
            name=self.text(data, "case", path) or "case", title=self.text(data, "title", path),
            as_of=self.day(data, path), facts=facts, items=items, file=file, kept=kept,
            text="" if path else self.document.source.text,
        )  # fmt: skip

    def kept(self, facts: Mapping[str, Stated]) -> Kept | None:
        """The register's entry that the case names."""
        if self.entry is None:
            return None
        name, at = self.entry
        if self.received is None:
            help_ = "name it: --register FILE, or MAYSHARE_REGISTER"
            self.fault("MS741", f"the case takes entry {name} of a register, and none is named", at, help_)
            return None
        try:
            return self.received(name, facts)
        except Refused as refused:
            for found in refused.diagnostics:
                self.fault(found.code, found.message, at, found.help)
            return None

    def with_kept(self, kept: Kept, facts: Mapping[str, Stated], items: tuple[Item, ...]) -> dict[str, Stated]:
        """The facts of the case with those of the register's entry; a contradiction is a fault that names both places."""
        assert self.entry is not None
        where = f"{kept.register_name}, entry {kept.entry}"
        result = dict(facts)
        for path, value in kept.facts.items():
            fact = self.vocabulary.facts.get(path)
            if fact is None:
                self.fault("MS101", f"entry {kept.entry} holds an unknown fact `{path}`", self.entry[1])
                continue
            day = fact.kind == "date" and isinstance(value, str)
            checked = self.checked(fact, date.fromisoformat(value) if day else value, self.entry[1])
            if checked is None:
                continue
            for said in (facts.get(path), *(i.facts.get(path) for i in items)):
                if said is not None and said.value != checked:
                    message = f"`{path}` is {_words(said.value)} here, and {_words(checked)} in {where}"
                    help_ = "leave it out here, or correct the one that is wrong"
                    place = said.place
                    self.findings.add(
                        Diagnostic("MS753", message, place, help_, "error", self.document.source.line(place.line))
                    )
            held = Stated(value=checked, place=Place(where), source=kept.cited)
            result.setdefault(path, held)
        return result

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
            if name == ENTRY:
                self.name_entry(value, at, item)
                continue
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

    def name_entry(self, value: Any, at: Path_, item: bool) -> None:
        if item:
            self.fault("MS307", f"`{ENTRY}` is said of the whole case", at, "move it to the top", key=True)
        elif isinstance(value, bool) or not str(value).isdecimal():
            self.fault("MS103", f"`{ENTRY}` is the number of an entry, not {shown(value)}", at, "write digits")
        else:
            self.entry = (str(value), at)

    def leaves(self, data: Mapping[str, Any], path: Path_, item: bool) -> Iterator[tuple[str, Any, Path_]]:
        """Facts and their values, nested keys joined with dots."""
        todo: list[tuple[str, Any, Path_]] = [(k, v, (*path, k)) for k, v in reversed(list(data.items()))]
        facts = self.vocabulary.facts
        while todo:
            name, value, at = todo.pop()
            own = f"item.{name}"
            full = own if item and (own in facts or self.is_prefix(own)) else name
            nested = isinstance(value, dict) and full not in facts and self.is_prefix(full)
            if nested:
                todo += [(f"{name}.{k}", v, (*at, k)) for k, v in reversed(list(value.items()))]
            else:
                yield full, value, at

    def is_prefix(self, name: str) -> bool:
        return name in self.vocabulary.prefixes

    def unknown(self, name: str, path: Path_, item: bool) -> None:
        known = [p.removeprefix("item.") if item else p for p in self.vocabulary.facts]
        known += dict.fromkeys(p.partition(".")[0] for p in known)  # `sender:` over facts of the sender
        what = "fact of an item" if item else "fact"
        self.fault("MS101", f"unknown {what} `{name}`", path, suggestion(name, [*known, *_RESERVED], FACTS), key=True)

    def stated(self, fact: Fact, value: Any, path: Path_) -> Stated | None:
        extra: dict[str, Any] = {}
        if isinstance(value, dict):
            if "value" not in value:
                message = f"`{fact.path}` takes a value, not a mapping"
                self.fault("MS103", message, path, "write the value, or `{value: …, judged_by: …}`")
                return None
            read = validated(LongForm, value, self.document, path, self.findings)
            if read is None:
                return None
            extra, value, path = read.model_dump(exclude={"value"}, exclude_none=True), read.value, (*path, "value")
        if value is None or (value == "unknown" and "unknown" not in fact.values):
            return None
        if fact.derived is not None:
            help_ = "state the facts it follows from: " + ", ".join(f"`{k}`" for k in fact.derived)
            self.fault("MS305", f"`{fact.path}` follows from other facts and is not stated", path, help_)
            return None
        checked = self.checked(fact, value, path)
        if checked is None:
            return None
        return Stated(value=checked, place=self.document.place(path), **extra)

    def checked(self, fact: Fact, value: Any, path: Path_) -> FactValue | None:
        def one(part: Any, at: Path_) -> Any:
            return checked_value(fact, part, self.vocabulary, self.document, at, self.findings)

        if fact.kind != "choices":
            result: FactValue | None = checked_value(fact, value, self.vocabulary, self.document, path, self.findings)
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


def _words(value: FactValue) -> str:
    return shown(", ".join(sorted(value)) or "none" if isinstance(value, frozenset) else value)
