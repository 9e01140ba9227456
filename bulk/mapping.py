"""The column mapping: which column holds which fact, and how its values are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from ..rules.case import LongForm
from ..rules.diagnostics import FACTS, Diagnostic, Findings, Place, Refused, suggestion
from ..rules.expressions import checked_value
from ..rules.model import Model, Text, validated
from ..rules.source import Document, Source, read_document, read_source
from ..rules.vocabulary.facts import Fact, Vocabulary

MAX_COLUMNS = 10_000
MARKS = {";": "`;`", "\t": "tabs", "|": "`|`"}
"""What else programs divide columns by."""
RESERVED = ("case", "item", "as_of")


class ColumnMap(Model):
    """A mapping file. Every key may be left out: then columns are named as the facts are."""

    mapping: Text | None = Field(None, description="A name for it")
    columns: dict[str, Text] = Field({}, description="Column to fact, or to `case`, `item` or `as_of`")
    constants: dict[str, Any] = Field({}, description="Facts that are the same in every row which does not state them")
    values: dict[str, dict[str, Any]] = Field({}, description="By fact, how a value is written to what it means")
    ignore: tuple[Text, ...] = Field((), description="Columns that hold no fact; `*` for all that are not known")
    separator: Text = Field(";", description="What stands between the values of a set in a column of text")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in the input things stand: `facts` by column, and the columns of case, item and day."""

    mapping: ColumnMap
    facts: dict[str, Fact]
    case: str | None
    item: str | None
    day: str | None
    constants: dict[str, Any]
    digest: str
    name: str


def read_mapping(path: str | None) -> tuple[ColumnMap, str]:
    """The mapping in a file, and a digest of it; an empty one for None.

    Raises:
        Refused: what is wrong with the file.
    """
    import hashlib

    if path is None:
        return ColumnMap(), ""
    source = read_source(path)
    document = read_document(source)
    findings = Findings()
    found = validated(ColumnMap, document.data, document, (), findings)
    findings.stop_on_errors()
    assert found is not None
    return found, "sha256:" + hashlib.sha256(source.text.encode()).hexdigest()


def lay_out(mapping: ColumnMap, digest: str, columns: Sequence[str], vocabulary: Vocabulary, name: str) -> Layout:
    """Match the columns of an input to facts.

    Raises:
        Refused: MS801 a column that is no fact, MS802 too many columns, MS803 a mapped column that is not there, MS804 two
            columns for one fact, MS305 a column for a fact that follows from others, and faults of the constants.
    """
    place = Place(name)
    if len(columns) > MAX_COLUMNS:
        message = f"{len(columns):,} columns: the limit is {MAX_COLUMNS:,}"
        raise Refused([Diagnostic("MS802", message, place, "keep the columns that hold facts")])
    faults = [
        Diagnostic("MS803", f"there is no column `{column}`", place, suggestion(column, columns))
        for column in mapping.columns
        if column not in columns
    ]
    facts: dict[str, Fact] = {}
    special: dict[str, str] = {}
    for column in columns:
        target = mapping.columns.get(column, column)
        if column in mapping.ignore:
            continue
        if target in RESERVED and (column in mapping.columns or target not in vocabulary):
            special[target] = column
            continue
        fact = vocabulary.facts.get(target) or vocabulary.facts.get(f"item.{target}")
        if fact is None:
            if "*" not in mapping.ignore or column in mapping.columns:
                faults.append(_no_fact(column, target, columns, vocabulary, place))
            continue
        faults += _twice(facts, column, fact, place)
        facts[column] = fact
    constants = _constants(mapping, vocabulary, place, faults)
    faults += _values(mapping, vocabulary, place)
    if faults:
        raise Refused(faults)
    return Layout(
        mapping, facts, special.get("case"), special.get("item"), special.get("as_of"), constants, digest, name
    )


def _no_fact(column: str, target: str, columns: Sequence[str], vocabulary: Vocabulary, place: Place) -> Diagnostic:
    mark = next((m for m in MARKS if m in column), None) if len(columns) == 1 else None
    if mark is not None:
        help_ = f"columns are divided by commas in a CSV, not by {MARKS[mark]}"
        return Diagnostic("MS801", f"the only column is `{column}`", place, help_)
    near = suggestion(target, [*vocabulary.facts, *RESERVED], FACTS)
    if target != column:
        message = f"column `{column}` is mapped to `{target}`, which is no fact"
        return Diagnostic("MS801", message, place, near)
    number = columns.index(column) + 1
    message = f"column `{column}` is no fact" if column.strip() else f"column {number} has no name"
    return Diagnostic("MS801", message, place, f"{near}; or list the column under `ignore` in the mapping")


def _twice(facts: dict[str, Fact], column: str, fact: Fact, place: Place) -> Iterable[Diagnostic]:
    if fact.derived is not None:
        yield Diagnostic(
            "MS305",
            f"column `{column}`: `{fact.path}` follows from other facts and is not stated",
            place,
            "leave it out",
        )
    for other, known in facts.items():
        if known.path == fact.path:
            yield Diagnostic(
                "MS804", f"columns `{other}` and `{column}` are both `{fact.path}`", place, "ignore one in the mapping"
            )


def _constants(mapping: ColumnMap, vocabulary: Vocabulary, place: Place, faults: list[Diagnostic]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for path, value in mapping.constants.items():
        fact = vocabulary.facts.get(path)
        if fact is None:
            faults.append(
                Diagnostic("MS101", f"unknown fact `{path}`", place, suggestion(path, vocabulary.facts, FACTS))
            )
            continue
        read, fault = convert(fact, value, vocabulary, mapping)
        if fault is not None:
            faults.append(Diagnostic(fault.code, fault.message, place, fault.help))
        elif read is not None:
            result[path] = read
    return result


def _values(mapping: ColumnMap, vocabulary: Vocabulary, place: Place) -> Iterable[Diagnostic]:
    """What is wrong with `values`: a fact that is not known, or a value that is none of it, would else translate nothing."""
    for path, table in mapping.values.items():
        fact = vocabulary.facts.get(path)
        if fact is None:
            help_ = suggestion(path, vocabulary.facts, FACTS)
            yield Diagnostic("MS101", f"`values`: unknown fact `{path}`", place, help_)
            continue
        for written, value in table.items():
            _, fault = convert(fact, value, vocabulary, ColumnMap())
            if fault is not None:
                yield Diagnostic(fault.code, f"`values`: what `{written}` means: {fault.message}", place, fault.help)


_DOCUMENT = Document(Source("", ""), None)


def convert(fact: Fact, raw: Any, vocabulary: Vocabulary, mapping: ColumnMap) -> tuple[Any, Diagnostic | None]:
    """A value as the engines take it, or what is wrong with it; None for both is unknown.

    Text is read as in a case file: `true`, digits and YYYY-MM-DD mean what they look like where the fact is of that type.
    """
    table = mapping.values.get(fact.path)
    if isinstance(raw, dict):
        raw = raw.get("value") if set(raw) <= set(LongForm.model_fields) else raw
    if fact.kind == "choices":
        parts = raw
        if isinstance(raw, str):
            parts = [p.strip() for p in raw.split(mapping.separator)] if raw.strip() else None
            parts = [] if raw.strip() == "[]" else parts
        elif raw is not None and not isinstance(raw, (list, tuple)):
            parts = [raw]
        if parts is None or parts == ["unknown"]:
            return None, None
        found = [_one(fact, p, vocabulary, table) for p in parts]
        fault = next((f for _, f in found if f is not None), None)
        return (None, fault) if fault else (frozenset(v for v, _ in found), None)
    raw = table.get(str(raw), raw) if table else raw
    if raw is None or raw in ("", "~", "null") or (raw == "unknown" and "unknown" not in fact.values):
        return None, None
    return _one(fact, raw, vocabulary, None)


def _one(fact: Fact, raw: Any, vocabulary: Vocabulary, table: dict[str, Any] | None) -> tuple[Any, Diagnostic | None]:
    value = table.get(str(raw), raw) if table else raw
    findings = Findings()
    checked = checked_value(fact, _scalar(fact.kind, value), vocabulary, _DOCUMENT, (), findings)
    return checked, findings.items[0] if findings.items else None


def _scalar(kind: str, value: Any) -> Any:
    """Text as the type of its fact, where it has that look; left as it is where not."""
    import math
    from datetime import date, datetime

    if isinstance(value, datetime):
        return value.date() if kind == "date" else value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, str) or kind not in ("boolean", "number", "date"):
        return value
    text = value.strip()
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), value)
    try:
        if kind == "date":
            return date.fromisoformat(text) if len(text) == 10 else value
        number = float(text)
        return value if not math.isfinite(number) else int(text) if text.lstrip("+-").isdigit() else number
    except ValueError:
        return value
