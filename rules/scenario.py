"""Scenario suites: cases with the answer that the law gives, written beside a policy (`docs/scenario-format.md`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Literal

from pydantic import Field, model_validator

from .diagnostics import Findings, Place, Refused, suggestion
from .kinds import is_another
from .model import Identifier, Model, Several, Text, validated
from .source import Document, Path_, Source, read_document

MAX_RUNS = 5000
"""Runs that one scenario's matrix may make."""

OutcomeName = Literal["allow", "conditions", "deny", "undetermined"]
StatusName = Literal["met", "outstanding", "contingent", "absent"]


class Expectation(Model):
    """What is expected of a case, or of one of its items; what is left out is not looked at."""

    outcome: OutcomeName | None = None
    grounds: Several[Text] = Field((), description="Rules that must be among the grounds")
    not_grounds: Several[Text] = Field((), description="Rules that must not be")
    conditions: dict[str, StatusName] = Field({}, description="Conditions by id, each with its status")
    missing: Several[Text] | None = Field(None, description="Exactly these facts are missing, in any order")
    duties: Several[Text] | None = Field(None, description="Exactly these obliging rules are named")
    advice: Several[Text] | None = Field(None, description="Exactly these advising rules are named")
    warnings: Several[Text] = Field((), description="Codes that must appear")
    not_covered: bool | None = Field(None, description="Whether it lies outside what the encoding covers")
    error: Text | None = Field(None, description="The case is refused, with this code")
    items: dict[str, Expectation] = Field({}, description="The same, item by item")

    def says_something(self) -> bool:
        """Whether anything at all is looked at."""
        return bool(self.model_fields_set - {"when"})


class Entry(Expectation):
    """An expectation, and for which values of the matrix it counts."""

    when: dict[str, Any] = Field({}, description="Values of the matrix for which this counts; the first match does")


class ScenarioEntry(Model):
    """A scenario as written."""

    id: Text
    title: Text = ""
    note: Text = ""
    provisions: Several[Text] = Field((), description="Ids of the digest's provisions it was written from")
    base: Several[Text] = Field((), description="Named parts of cases, merged left to right under `case`")
    as_of: date | None = Field(None, description="The day whose law applies")
    case: dict[str, Any] = {}
    matrix: dict[str, list[Any]] = Field({}, description="Several values each for facts, `as_of` or `base`")
    expect: Several[Entry] | None = Field(None, description="The answer, or a list of answers each with a `when`")
    skip: Text | None = Field(None, description="Why it is not run")


class SuiteDocument(Model):
    """A file of scenarios."""

    suite: Text = Field(description="The jurisdiction or layer it is about")
    title: Text = ""
    note: Text = ""
    as_of: date | None = Field(None, description="For every scenario that does not say otherwise")
    layers: Several[Identifier] = Field(
        (), description="In a layer's suite: other layers that bind a sender without a policy of its own"
    )
    bases: dict[str, dict[str, Any]] = Field({}, description="Named parts of cases, shared")
    scenarios: tuple[ScenarioEntry, ...]

    @model_validator(mode="after")
    def _layers_of_a_layer(self) -> SuiteDocument:
        if self.layers and self.suite.isupper():
            raise ValueError("`layers` is for the suite of a layer; a jurisdiction's policy names its own")
        return self


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run: a scenario with one choice of its matrix's values.

    `document` holds the whole case, merged, each value with the place it was written at. `path` is where the scenario
    stands in its file and `expect_path` where the expectation does. `layers` bind a sender without a policy of its own,
    beside the layer that the suite is about.
    """

    suite: str
    file: str
    id: str
    entry: str
    title: str
    provisions: tuple[str, ...]
    document: Document
    as_of: date
    expect: Expectation
    path: Path_
    expect_path: Path_
    place: Place
    skip: str | None = None
    layers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Suite and id."""
        return f"{self.suite}: {self.id}"


@dataclass(frozen=True)
class Suite:
    """A file of scenarios, every run of each."""

    id: str
    title: str
    file: str
    text: Document
    scenarios: tuple[Scenario, ...]


def read_suite(source: Source) -> Suite:
    """The scenarios of a file.

    Raises:
        Refused: MS501 the file is no suite, MS502 an id twice, MS503 no such base, MS505 no day, MS506 a matrix that
            cannot be run, MS507 expectations that do not fit it, MS508 nothing is expected; or what is wrong with the text.
    """
    document = read_document(source)
    if not isinstance(document.data, dict) or "suite" not in document.data:
        raise Refused(
            [
                document.error(
                    "MS501",
                    "this file is no scenario suite",
                    (),
                    is_another(document.data, "suite") or "start with `suite: CH` (the policy it is about)",
                )
            ]
        )
    findings = Findings()
    model = validated(SuiteDocument, document.data, document, (), findings)
    if model is None:
        raise Refused(findings.items)
    reader = _SuiteReader(model, document, findings)
    scenarios = tuple(reader.scenarios())
    findings.stop_on_errors()
    return Suite(model.suite, model.title, source.name, document, scenarios)


@dataclass(slots=True)
class Node:
    """A value with its place and its key's; `value` is a dict or list of nodes, or a scalar."""

    value: Any
    place: Place
    key: Place | None = None


class _SuiteReader:
    def __init__(self, model: SuiteDocument, document: Document, findings: Findings) -> None:
        self.model = model
        self.document = document
        self.findings = findings
        self.bases = {name: nested(node(document, ("bases", name))) for name in model.bases}

    def fault(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> None:
        self.findings.add(self.document.error(code, message, path, help, key=key))

    def scenarios(self) -> Iterator[Scenario]:
        lines: dict[str, int] = {}
        for index, entry in enumerate(self.model.scenarios):
            path: Path_ = ("scenarios", index)
            if entry.id in lines:
                self.fault(
                    "MS502",
                    f"two scenarios are called `{entry.id}` (first on line {lines[entry.id]})",
                    (*path, "id"),
                    "rename one",
                )
            lines.setdefault(entry.id, self.document.place((*path, "id")).line)
            if not self.complete(entry, path):
                continue
            yield from self.runs(entry, path)

    def complete(self, entry: ScenarioEntry, path: Path_) -> bool:
        """Whether a scenario can be run (or is skipped); faults are reported."""
        before = len(self.findings.items)
        for position, name in enumerate(entry.base):
            self.base(name, (*path, "base", position))
        for axis, values in entry.matrix.items():
            if not values:
                self.fault(
                    "MS506",
                    f"`{axis}` has no values to run over",
                    (*path, "matrix", axis),
                    "list at least one",
                )
            for position, value in enumerate(values if axis == "base" else ()):
                self.base(value, (*path, "matrix", axis, position))
        if entry.skip is None and (entry.expect is None or not all(e.says_something() for e in entry.expect)):
            help_ = "add `expect: {outcome: …}`, or `skip:` with the reason"
            self.fault("MS508", f"`{entry.id}` expects nothing", (*path, "expect"), help_)
        dated = entry.as_of or self.model.as_of or entry.case.get("as_of") or "as_of" in entry.matrix
        if not dated and not any("as_of" in self.model.bases.get(n, {}) for n in entry.base):
            help_ = "add `as_of: YYYY-MM-DD` at the head of the suite: without it the answer changes with the calendar"
            self.fault("MS505", f"`{entry.id}` does not say on which day it is decided", path, help_)
        self.choices(entry, path)
        return len(self.findings.items) == before

    def base(self, name: Any, path: Path_) -> None:
        if not isinstance(name, str) or name not in self.model.bases:
            at = path if path in self.document.values else path[:-1]
            self.fault("MS503", f"no base `{name}`", at, suggestion(str(name), self.model.bases))

    def choices(self, entry: ScenarioEntry, path: Path_) -> None:
        """Each expectation's `when` names axes of the matrix and values of theirs."""
        for position, expected in enumerate(entry.expect or ()):
            at = (*path, "expect", position, "when")
            for axis, wanted in expected.when.items():
                if axis not in entry.matrix:
                    self.fault(
                        "MS507",
                        f"`{axis}` is not in this scenario's matrix",
                        (*at, axis),
                        suggestion(axis, entry.matrix),
                        key=True,
                    )
                    continue
                for value in wanted if isinstance(wanted, list) else [wanted]:
                    if value not in entry.matrix[axis]:
                        known = [_shown(v) for v in entry.matrix[axis]]
                        message = f"`{_shown(value)}` is not among the matrix's values of `{axis}`"
                        self.fault("MS507", message, (*at, axis), suggestion(_shown(value), known))

    def runs(self, entry: ScenarioEntry, path: Path_) -> Iterator[Scenario]:
        count = 1
        for values in entry.matrix.values():
            count *= len(values)
        if count > MAX_RUNS:
            self.fault(
                "MS506",
                f"the matrix makes {count:,} runs; {MAX_RUNS:,} is the most",
                (*path, "matrix"),
                "split the scenario",
            )
            return
        axes = list(entry.matrix)
        for positions in product(*(range(len(entry.matrix[a])) for a in axes)):
            chosen = {axis: entry.matrix[axis][i] for axis, i in zip(axes, positions, strict=True)}
            yield from self.run(entry, path, chosen, dict(zip(axes, positions, strict=True)))

    def run(
        self, entry: ScenarioEntry, path: Path_, chosen: Mapping[str, Any], at: Mapping[str, int]
    ) -> Iterator[Scenario]:
        ident = entry.id + (f"[{', '.join(_shown(v) for v in chosen.values())}]" if chosen else "")
        position, expect = self.expectation(entry, chosen)
        if expect is None:
            self.fault(
                "MS507",
                f"no expectation applies to `{ident}`",
                (*path, "expect"),
                "add an entry without `when` at the end",
            )
            return
        document = self.case(entry, path, chosen, at)
        day = document.data.pop("as_of", None) or entry.as_of or self.model.as_of
        if not isinstance(day, date):
            self.fault("MS103", "`as_of` is not a date", path, "write YYYY-MM-DD, unquoted")
            return
        listed = isinstance(self.document.data["scenarios"][path[1]].get("expect"), list)
        where = (*path, "expect", position) if listed else (*path, "expect")
        place = self.document.place((*path, "id"))
        yield Scenario(
            self.model.suite, self.document.source.name, ident, entry.id, entry.title, entry.provisions, document, day, expect,
            path, where, place, entry.skip, self.model.layers,
        )  # fmt: skip

    def expectation(self, entry: ScenarioEntry, chosen: Mapping[str, Any]) -> tuple[int, Expectation | None]:
        for position, expected in enumerate(entry.expect or ()):
            if all(chosen[a] in (w if isinstance(w, list) else [w]) for a, w in expected.when.items()):
                return position, expected
        return 0, Expectation() if entry.skip is not None else None

    def case(self, entry: ScenarioEntry, path: Path_, chosen: Mapping[str, Any], at: Mapping[str, int]) -> Document:
        """The whole case: bases, then the scenario's own part, then the matrix's values."""
        whole = Node({}, self.document.place(path))
        for name in (*entry.base, *([str(chosen["base"])] if "base" in chosen else [])):
            whole = merged(whole, self.bases[name])
        if entry.case:
            whole = merged(whole, nested(node(self.document, (*path, "case"))))
        for axis, position in at.items():
            if axis != "base":
                key = self.document.place((*path, "matrix", axis), key=True)
                whole = _put(whole, axis, node(self.document, (*path, "matrix", axis, position)), key)
        document = Document(self.document.source, None)
        document.data = _flatten(whole, (), document)
        document.data.setdefault("case", entry.id)
        return document


def node(document: Document, path: Path_) -> Node:
    """The part of a document at a path, as nodes."""
    value: Any = document.data
    for part in path:
        value = value[part]
    return _node(document, path, value)


def _node(document: Document, path: Path_, value: Any) -> Node:
    inner: Any = value
    if isinstance(value, dict):
        inner = {k: _node(document, (*path, k), v) for k, v in value.items()}
    elif isinstance(value, list):
        inner = [_node(document, (*path, i), v) for i, v in enumerate(value)]
    return Node(inner, document.place(path), document.keys.get(path))


def nested(whole: Node) -> Node:
    """Dotted keys (`sender.authority`) written out as nested ones, so that parts written either way merge."""
    result = Node({}, whole.place, whole.key)
    for name, part in whole.value.items():
        first, *rest = name.split(".")
        for inner in reversed(rest):
            part = Node({inner: part}, part.place, part.key)
        held = result.value.get(first)
        result.value[first] = part if held is None else merged(held, part)
    return result


def merged(under: Node, over: Node) -> Node:
    """One part laid over another: mappings merge deep, anything else replaces."""
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    value = dict(under.value)
    for name, part in over.value.items():
        value[name] = merged(value[name], part) if name in value else part
    return Node(value, over.place, over.key)


def _put(whole: Node, axis: str, value: Node, key: Place) -> Node:
    """A value of the matrix in its place; one of an item's facts goes to every item."""
    value = Node(value.value, value.place, key)
    if not axis.startswith("item."):
        return merged(whole, nested(Node({axis: value}, value.place)))
    name = axis.removeprefix("item.")
    items = whole.value.get("items") or Node([Node({"id": Node("item", key)}, key)], key)
    if not isinstance(items.value, list):
        return whole
    own = [
        Node({**{k: v for k, v in i.value.items() if k != axis}, name: value}, i.place, i.key)
        if isinstance(i.value, dict)
        else i
        for i in items.value
    ]
    return Node({**whole.value, "items": Node(own, items.place, items.key)}, whole.place, whole.key)


def _flatten(part: Node, path: Path_, document: Document) -> Any:
    document.values[path] = part.place
    if part.key is not None:
        document.keys[path] = part.key
    if isinstance(part.value, dict):
        return {k: _flatten(v, (*path, k), document) for k, v in part.value.items()}
    if isinstance(part.value, list):
        return [_flatten(v, (*path, i), document) for i, v in enumerate(part.value)]
    return part.value


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "+".join(_shown(v) for v in value) or "none"
    return str(value).lower() if isinstance(value, bool) else "unknown" if value is None else str(value)
