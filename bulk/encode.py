"""Rows of an input to columns of codes; what cannot be read is set aside with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..rules.diagnostics import FACTS, Diagnostic, Place, Refused, suggestion
from ..rules.vocabulary.facts import Fact, Vocabulary
from .columns import Coded, filled
from .mapping import Layout, convert
from .planes import Ints

MAX_REMEMBERED = 200_000


@dataclass(slots=True)
class Fault:
    """What is wrong with one value of one row."""

    column: str
    code: str
    message: str
    help: str = ""


@dataclass(slots=True)
class Encoded:
    """A batch, coded: `facts` by path, `day`, names of case and item, and the faults by row."""

    facts: dict[str, Coded]
    day: Coded
    case: Any
    item: Any
    count: int
    faults: dict[int, list[Fault]] = field(default_factory=dict)


@dataclass
class _Column:
    """What is remembered of a column: the code of each value met, -1 for those that cannot be read."""

    values: list[Any] = field(default_factory=lambda: [None])
    codes: dict[Any, int] = field(default_factory=dict)
    faults: dict[Any, Diagnostic] = field(default_factory=dict)
    by_value: dict[Any, int] = field(default_factory=dict)


class Encoder:
    """Codes batches with one layout; a value is read once however often it stands there."""

    def __init__(self, layout: Layout, vocabulary: Vocabulary, today: date, as_of: date | None) -> None:
        self.layout = layout
        self.vocabulary = vocabulary
        self.today = today
        self.as_of = as_of
        self._columns: dict[str, _Column] = {}
        self._day_fact = Fact(path="as_of", kind="date", ask="", source="")

    def encode(self, table: Mapping[str, Any], count: int) -> Encoded:
        """A batch as columns: `table` holds Arrow arrays, or lists of Python values, by column name."""
        layout = self.layout
        case = table.get(layout.case or "")
        item = table.get(layout.item or "")
        result = Encoded({}, Coded(np.ones(count, np.uint8), [None, self.as_of or self.today]), case, item, count)
        for name, data in ((layout.case, case), (layout.item, item)):
            if isinstance(data, (pa.Array, pa.ChunkedArray)) and pa.types.is_nested(data.type):
                message = f"column `{name}` holds {data.type}, which is no name"
                raise Refused([Diagnostic("MS805", message, Place(layout.name), "write it as text")])
            for row, text in _garbled(data):
                result.faults.setdefault(row, []).append(Fault(name or "", "MS004", text))
        table = self._known(table, result)
        for column, fact in layout.facts.items():
            if column not in table:
                continue
            result.facts[fact.path] = self._coded(column, fact, table.get(column), result)
        for path, value in layout.constants.items():
            self._fill(path, value, result)
        if layout.day is not None and self.as_of is None:
            result.day = self._coded(layout.day, self._day_fact, table.get(layout.day), result)
            self._fill("as_of", self.today, result)
        return result

    def _known(self, table: Mapping[str, Any], result: Encoded) -> dict[str, Any]:
        """The columns that hold facts; where a row states something else, as only JSON rows can, it gets a fault."""
        known: dict[str, Any] = {}
        special = (self.layout.case, self.layout.item, self.layout.day)
        for name, data in table.items():
            if name in self.layout.facts or name in special:
                known[name] = data
            elif f"item.{name}" in self.layout.facts:
                known[f"item.{name}"] = data
            elif "*" not in self.layout.mapping.ignore and name not in self.layout.mapping.ignore:
                help_ = suggestion(name, self.vocabulary.facts, FACTS)
                for row in (i for i, v in enumerate(data) if v is not None):
                    result.faults.setdefault(row, []).append(Fault(name, "MS101", f"unknown fact `{name}`; {help_}"))
        return known

    def _fill(self, path: str, value: Any, result: Encoded) -> None:
        """State a value wherever nothing is stated."""
        column = result.day if path == "as_of" else result.facts.get(path)
        if column is None:
            result.facts[path] = Coded(np.ones(result.count, np.uint8), [None, value])
            return
        told = filled(column, value)
        if path == "as_of":
            result.day = told
        else:
            result.facts[path] = told

    def _coded(self, name: str, fact: Fact, data: Any, result: Encoded) -> Coded:
        known = self._columns.setdefault(name, _Column())
        if len(known.codes) > MAX_REMEMBERED:
            known = self._columns[name] = _Column()
        if data is None:
            return Coded(np.zeros(result.count, np.uint8), known.values)
        if isinstance(data, list):
            raw, which = _numbered(data)
        else:
            try:
                raw, which = _distinct(data, fact.kind)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise Refused([_wrong_type(name, fact, data, self.layout.name)]) from None
        table = np.zeros(len(raw) + 1, np.int32)  # the last stands for null, numbered -1
        for index, value in enumerate(raw):
            key = _key(value)
            code = known.codes.get(key)
            if code is None:
                code = known.codes[key] = self._code(known, key, fact, value)
            table[index] = code
        for row in np.flatnonzero(table.take(which, mode="wrap") < 0).tolist():  # in one pass: there may be many
            fault = known.faults[_key(raw[which[row]])]
            result.faults.setdefault(row, []).append(Fault(name, fault.code, fault.message, fault.help))
        table[table < 0] = 0
        narrow = table.astype(np.uint8) if len(known.values) < 256 else table
        return Coded(narrow.take(which, mode="wrap"), known.values)  # -1 is the last, and none is out of bounds

    def _code(self, known: _Column, key: Any, fact: Fact, value: Any) -> int:
        if isinstance(value, bytes):
            text = _not_utf8(value)
            if text:
                known.faults[key] = Diagnostic("MS004", text, Place(""))
                return -1
            value = value.decode("utf-8")
        try:
            read, fault = convert(fact, value, self.vocabulary, self.layout.mapping)
        except (TypeError, ValueError) as error:
            read, fault = None, Diagnostic("MS103", str(error), Place(""))
        if fault is not None:
            known.faults[key] = fault
            return -1
        if read is None:
            return 0
        # equal values share a code, whatever they were written as
        if read not in known.by_value:
            known.by_value[read] = len(known.values)
            known.values.append(read)
        return known.by_value[read]


def _key(value: Any) -> tuple[type, Any]:
    """What a value is remembered by: 1, 1.0 and true are three."""
    return type(value), tuple(value) if isinstance(value, list) else value


def _not_utf8(value: bytes) -> str:
    """Which byte is not UTF-8, in words; empty where all are."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte 0x{value[error.start]:02x} is not UTF-8"
    return ""


def _garbled(names: Any) -> Iterator[tuple[int, str]]:
    """The rows whose case or item has a name that is not UTF-8: repaired, two of them could become one."""
    if names is None or isinstance(names, list):
        return
    with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
        names.cast(pa.string())
        return
    for row, value in enumerate(names.to_pylist()):
        if isinstance(value, bytes) and (text := _not_utf8(value)):
            yield row, text


def _wrong_type(name: str, fact: Fact, data: Any, source: str) -> Diagnostic:
    message = f"column `{name}` holds {data.type}, which cannot be `{fact.path}` ({fact.kind})"
    return Diagnostic("MS805", message, Place(source), "write it as text, or map another column")


def _numbered(data: list[Any]) -> tuple[list[Any], Ints]:
    """The distinct values of a list and which each element is; None is -1."""
    numbers: dict[Any, int] = {}
    raw: list[Any] = []
    which = np.full(len(data), -1, np.int64)
    for index, value in enumerate(data):
        if value is None:
            continue
        key = repr(value) if isinstance(value, (list, dict)) else (type(value), value)
        if key not in numbers:
            numbers[key] = len(raw)
            raw.append(_hashable(value))
        which[index] = numbers[key]
    return raw, which


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("value", repr(value))
    return [str(v) if isinstance(v, (list, dict)) else v for v in value] if isinstance(value, list) else value


def _distinct(data: Any, kind: str) -> tuple[list[Any], Ints]:
    """The distinct values of an Arrow array and which each element is; null is -1."""
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks()
        if isinstance(data, pa.ChunkedArray):
            data = pa.concat_arrays(data.chunks) if data.num_chunks else pa.array([], data.type)
    if pa.types.is_list(data.type) or pa.types.is_large_list(data.type):
        texts = data.cast(pa.list_(pa.string()))
        joined = pc.binary_join(texts, "\x1f")
        marked = pc.if_else(
            pc.equal(pc.list_value_length(texts), 0), "\x1e", joined
        )  # a list of one empty text is another
        raw, which = _distinct(marked, "text")
        return [[] if v == "\x1e" else v.split("\x1f") for v in raw], which
    if pa.types.is_null(data.type):
        return [], np.full(len(data), -1, np.int64)
    if pa.types.is_boolean(data.type):
        return [False, True], _bits(data.buffers()[1], data) | _null(data)
    if kind == "date" and pa.types.is_timestamp(data.type):
        data = data.cast(pa.date32())
    if not pa.types.is_dictionary(data.type):
        data = data.dictionary_encode()
    which = data.indices
    if pa.types.is_unsigned_integer(which.type):
        which = which.cast(pa.int64())
    if which.null_count:
        plain = pa.Array.from_buffers(which.type, len(which), [None, which.buffers()[1]], offset=which.offset)
        return data.dictionary.to_pylist(), plain.to_numpy() | _null(which)
    return data.dictionary.to_pylist(), which.to_numpy()


def _null(data: pa.Array) -> npt.NDArray[np.int8]:
    """-1, which is all bits, where an array has no value; 0 elsewhere."""
    held = data.buffers()[0]
    return np.zeros(len(data), np.int8) if held is None else _bits(held, data) - np.int8(1)


def _bits(buffer: pa.Buffer, data: pa.Array) -> npt.NDArray[np.int8]:
    """The bits of a bitmap that belong to an array, one a byte."""
    skipped, offset = divmod(data.offset, 8)
    octets = np.frombuffer(buffer, np.uint8, offset=skipped)
    return np.unpackbits(octets, bitorder="little", count=offset + len(data))[offset:].view(np.int8)
