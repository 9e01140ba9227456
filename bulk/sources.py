"""Where rows come from: CSV, NDJSON, Parquet, a DuckDB or a PostgreSQL table; in pieces, in a fixed order."""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..languages.words import listed
from ..rules.diagnostics import Diagnostic, Place, Refused
from .mapping import MAX_COLUMNS
from .orders import CHUNK

HEAD = 1 << 26
"""A CSV header longer than this is no header."""

RUN = 4
"""So many pieces of Parquet are handed to a worker at a time, where there are enough for all."""


@dataclass
class Piece:
    """A run of rows: `number` from 0, `first` the number of its first row (rows count from 1).

    Either `table` holds the rows (Arrow columns by name), or `lines` their JSON text, or `file` says which row groups to read.
    `wrong` says, counting from 0, which rows of the table do not parse, and why: they stand in it without values.
    """

    number: int
    first: int
    count: int
    table: Any = None
    lines: list[bytes] | None = None
    file: str | None = None
    start: int = 0
    wrong: dict[int, str] = field(default_factory=dict)

    def read(self, columns: list[str]) -> dict[str, Any]:
        """The rows as columns."""
        if self.file is not None:
            status = os.stat(self.file)  # a file that was written anew is another one
            known = (status.st_ino, status.st_size, status.st_mtime_ns)
            return _reader(self.file, tuple(columns), known).read(self.start, self.count)
        return {name: self.table.column(name) for name in self.table.schema.names}


@dataclass
class Rows:
    """An input: its columns, its fingerprint (by which a resumed run knows it again), and its pieces.

    `head` is how many bytes come before the first row.
    """

    name: str
    kind: str
    path: Path
    columns: list[str]
    fingerprint: str
    total: int | None = None
    head: int = 0

    def run_length(self, size: int, jobs: int) -> int:
        """How many pieces of `size` a worker best takes one after the other.

        Parquet can be entered at the beginning of a row group only, so each jump costs reading what lies before.
        """
        return RUN if self.kind == "parquet" and (self.total or 0) >= 2 * jobs * RUN * size else 1

    def pieces(self, size: int) -> Iterator[Piece]:
        """All rows in runs of `size`, in the order of the input.

        Raises:
            Refused: MS805 where the file breaks off or cannot be read on.
        """
        reader = {"parquet": _parquet, "csv": _csv, "ndjson": _ndjson}[self.kind]
        try:
            yield from reader(self, size)
        except (pa.ArrowInvalid, OSError, EOFError) as error:
            raise Refused([_broken(self.name, error)]) from None


def _broken(name: str, error: Exception) -> Diagnostic:
    reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
    return Diagnostic(
        "MS805", f"`{name}` cannot be read: {reason}", Place(name), "is it whole, and of the format its name says?"
    )


def open_rows(name: str, kind: str | None, table: str | None, staging: Path) -> Rows:
    """Open an input; a database table is first copied, in one snapshot, into `staging`.

    Raises:
        Refused: MS001, MS002, MS802, MS805, MS806 (a format that is not known, or a database that cannot be read).
    """
    if name.startswith(("postgresql://", "postgres://")) or Path(name).suffix in (".duckdb", ".ddb"):
        from .databases import stage

        path = staging / "input.parquet"
        if not path.exists():
            stage(name, table, path)
        rows = _open_parquet(path, name)
        copied = hashlib.sha256(f"{name} {table}".encode()).hexdigest()  # the name may hold a password
        return replace(rows, fingerprint=f"{rows.fingerprint} {copied}")
    if table is not None:
        raise Refused([Diagnostic("MS806", "`--table` goes with a database", Place(name), "leave it out")])
    path = Path(name)
    if path.is_dir():
        raise Refused([Diagnostic("MS002", f"`{name}` is a folder", Place(name), "name a file in it")])
    if not path.exists():
        raise Refused(
            [Diagnostic("MS001", f"`{name}` cannot be read: no such file or directory", Place(name), "check the path")]
        )
    chosen = kind or {
        ".csv": "csv",
        ".ndjson": "ndjson",
        ".jsonl": "ndjson",
        ".parquet": "parquet",
        ".pq": "parquet",
    }.get(path.suffix)
    if chosen is None:
        help_ = "call it .csv, .ndjson, .parquet or .duckdb, or say `--from`"
        raise Refused([Diagnostic("MS806", f"the format of `{name}` is not known", Place(name), help_)])
    try:
        if chosen == "parquet":
            return _open_parquet(path, name)
        return _open_csv(path, name) if chosen == "csv" else _open_ndjson(path, name)
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise Refused([_broken(name, error)]) from None


def fingerprint(path: Path) -> str:
    """Size, time of change, and a digest of both ends of a file."""
    status = path.stat()
    with path.open("rb") as stream:
        head = stream.read(1 << 20)
        stream.seek(max(0, status.st_size - (1 << 20)))
        tail = stream.read()
    return f"{status.st_size} {status.st_mtime_ns} {hashlib.sha256(head + tail).hexdigest()}"


def _open_parquet(path: Path, name: str) -> Rows:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if file.metadata.num_columns > MAX_COLUMNS:
            raise Refused([_too_wide(name, file.metadata.num_columns)])
        return Rows(name, "parquet", path, list(file.schema_arrow.names), fingerprint(path), file.metadata.num_rows)


def _too_wide(name: str, count: int) -> Diagnostic:
    return Diagnostic(
        "MS802", f"{count:,} columns: the limit is {MAX_COLUMNS:,}", Place(name), "keep the columns that hold facts"
    )


def _parquet(rows: Rows, size: int) -> Iterator[Piece]:
    total = rows.total or 0
    for number, start in enumerate(range(0, total, size)):
        yield Piece(number, start + 1, min(size, total - start), file=str(rows.path), start=start)


class _Forward:
    """Reads a Parquet file from front to back, so that the next piece costs no second look at what came before it.

    Parquet can be entered at the beginning of a row group only; within one, rows before `start` are read and dropped.
    """

    def __init__(self, path: str, columns: tuple[str, ...], known: tuple[int, ...]) -> None:
        """`known` tells the file from another that stood under its name: the last reader is kept by it."""
        import pyarrow.parquet as pq

        schema = pq.read_schema(path)
        kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)
        self.file = pq.ParquetFile(path, read_dictionary=[f.name for f in schema if any(k(f.type) for k in kinds)])
        self.columns = [c for c in columns if c in schema.names]
        lengths = [self.file.metadata.row_group(i).num_rows for i in range(self.file.metadata.num_row_groups)]
        self.begins = list(accumulate(lengths, initial=0))
        self.at = 0
        self._enter(0)

    def _enter(self, row: int) -> None:
        """Go to the row group that holds a row."""
        group = max(bisect_right(self.begins, row) - 1, 0)
        groups = list(range(group, len(self.begins) - 1))
        self.batches = self.file.iter_batches(CHUNK, row_groups=groups, columns=self.columns, use_threads=False)
        self.at = self.begins[group]
        self.left: pa.RecordBatch | None = None

    def read(self, start: int, count: int) -> dict[str, Any]:
        """`count` rows from `start` on, as columns."""
        if start < self.at or self.begins[bisect_right(self.begins, start) - 1] > self.at:
            self._enter(start)
        held: list[pa.RecordBatch] = []
        while self.at < start + count:
            batch = self.left or next(self.batches)
            skip = min(max(start - self.at, 0), batch.num_rows)
            take = min(batch.num_rows - skip, start + count - self.at - skip)
            if take:
                held.append(batch.slice(skip, take))
            self.at += skip + take
            self.left = batch.slice(skip + take) if skip + take < batch.num_rows else None
        table = pa.Table.from_batches(held)
        return {name: table.column(name) for name in table.schema.names}


_reader = lru_cache(maxsize=1)(_Forward)


def _open_csv(path: Path, name: str) -> Rows:
    with path.open("rb") as stream:
        head = stream.readline(HEAD)
        if not head.strip():
            raise Refused([Diagnostic("MS805", f"`{name}` is empty", Place(name), "its first line names the columns")])
        if b"\r" in head.rstrip(b"\r\n"):
            message = f"the first line of `{name}` holds a carriage return"
            raise Refused(
                [Diagnostic("MS805", message, Place(name, 1), "end each line with a line feed, or with both")]
            )
        if head.count(b",") > MAX_COLUMNS:
            raise Refused([_too_wide(name, head.count(b",") + 1)])
        columns = _names(chain([head], stream), name)
        begins = stream.tell()
    faults = _called_alike(columns, name)
    if faults:
        raise Refused(faults)
    return Rows(name, "csv", path, columns, fingerprint(path), head=begins)


def _names(lines: Iterable[bytes], name: str) -> list[str]:
    """The names of the columns; one in quotes may go over several lines."""
    import csv

    try:
        return next(csv.reader((line.decode("utf-8-sig") for line in lines), strict=True))
    except UnicodeDecodeError:
        raise Refused(
            [Diagnostic("MS004", "the names of the columns are not UTF-8", Place(name, 1), "save the file as UTF-8")]
        ) from None
    except csv.Error as error:
        message = f"the names of the columns cannot be read: {error}"
        raise Refused([Diagnostic("MS805", message, Place(name, 1), "is a quote open that is never closed?")]) from None


def _called_alike(columns: list[str], name: str) -> list[Diagnostic]:
    """Names that two columns have, or no name."""
    twice = sorted(c for c, count in Counter(columns).items() if count > 1)
    if not twice:
        return []
    where = listed([str(n) for n, c in enumerate(columns, 1) if c == twice[0]][:5])
    message = f"two columns are called `{twice[0]}`" if twice[0].strip() else f"columns {where} have no name"
    return [Diagnostic("MS804", message, Place(name, 1), "give each its own name")]


def _csv(rows: Rows, size: int) -> Iterator[Piece]:
    import pyarrow.csv as pc

    wrong: deque[tuple[int, str]] = deque()

    def invalid(row: Any) -> str:
        text = row.text if isinstance(row.text, str) else str(row.text)
        message = f"{row.actual_columns} values where the header has {row.expected_columns} columns: {text[:200]}"
        wrong.append((row.number - 1, message))
        return "skip"

    if rows.path.stat().st_size <= rows.head:
        return
    with pa.OSFile(str(rows.path)) as stream:
        stream.seek(rows.head)
        reader = pc.open_csv(
            stream, read_options=pc.ReadOptions(use_threads=False, block_size=1 << 23, column_names=rows.columns),
            parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=invalid),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(rows.columns, pa.binary()), strings_can_be_null=False, check_utf8=False
            ),
        )  # fmt: skip
        yield from _repacked(_in_place(reader, wrong), size)


def _in_place(reader: Any, wrong: deque[tuple[int, str]]) -> Iterator[tuple[pa.Table, dict[int, str]]]:
    """Each batch with the rows that do not parse where they stood, without values; and what is wrong with them.

    The reader leaves such rows out, and puts into `wrong` their number (from 0) and the reason before it gives what follows.
    """
    at = 0
    nothing = pa.Table.from_batches([], reader.schema)
    for batch in chain(reader, [None]):
        table = nothing if batch is None else pa.Table.from_batches([batch])
        faults: dict[int, str] = {}
        while wrong and (batch is None or wrong[0][0] < at + table.num_rows + len(faults)):
            number, message = wrong.popleft()
            faults[number - at] = message
        whole = table.num_rows + len(faults)
        if faults:
            good = np.ones(whole, np.bool_)
            good[list(faults)] = False
            table = table.take(pa.array(np.cumsum(good) - 1, mask=~good))
        at += whole
        if whole:
            yield table, faults


def _repacked(batches: Iterable[tuple[pa.Table, dict[int, str]]], size: int) -> Iterator[Piece]:
    """Batches of any length as pieces of one length, so that a resumed run cuts where the first one did."""
    held: list[pa.Table] = []
    wrong: dict[int, str] = {}
    number = length = 0

    def piece(table: pa.Table) -> Piece:
        own = {row: wrong.pop(row) for row in list(wrong) if row < table.num_rows}
        return Piece(number, number * size + 1, table.num_rows, table=table, wrong=own)

    for batch, faults in batches:
        wrong.update({length + row: message for row, message in faults.items()})
        held.append(batch)
        length += batch.num_rows
        while length >= size:
            whole = pa.concat_tables(held)
            yield piece(whole.slice(0, size))
            wrong = {row - size: message for row, message in wrong.items()}
            held, length, number = [whole.slice(size)], length - size, number + 1
    if length:
        yield piece(pa.concat_tables(held))


def _open_ndjson(path: Path, name: str) -> Rows:
    return Rows(name, "ndjson", path, [], fingerprint(path))


def _ndjson(rows: Rows, size: int) -> Iterator[Piece]:
    with rows.path.open("rb") as stream:
        lines: list[bytes] = []
        number = 0
        for line in stream:
            if not line.strip():
                continue
            lines.append(line)
            if len(lines) == size:
                yield Piece(number, number * size + 1, size, lines=lines)
                lines, number = [], number + 1
        if lines:
            yield Piece(number, number * size + 1, len(lines), lines=lines)


class _Twice(Exception):
    """A name stands twice in a JSON object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise _Twice(f"`{twice}` stands in the row twice")
    return found


def json_rows(lines: list[bytes]) -> tuple[dict[str, list[Any]], dict[int, str]]:
    """Lines of JSON as columns by dotted name, and what is wrong with the lines that are not objects."""
    columns: dict[str, list[Any]] = {}
    wrong: dict[int, str] = {}
    for index, line in enumerate(lines):
        try:
            data = json.loads(line, object_pairs_hook=_once)
        except _Twice as twice:
            wrong[index] = str(twice)
            continue
        except (ValueError, RecursionError) as error:
            wrong[index] = f"not JSON: {error}"
            continue
        if not isinstance(data, dict):
            wrong[index] = "a row is a JSON object"
            continue
        todo = list(data.items())
        while todo:
            key, value = todo.pop()
            if isinstance(value, dict) and "value" not in value:
                todo += [(f"{key}.{k}", v) for k, v in value.items()]
                continue
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * len(lines)
            elif column[index] is not None and column[index] != value:
                wrong[index] = f"`{key}` stands in the row twice, differently"
            column[index] = value
    return columns, wrong
