"""A table of a database, copied once and in one snapshot to Parquet, so that a run can be resumed on the same rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..rules.diagnostics import Diagnostic, Place, Refused

CHUNK = 50_000


def stage(name: str, table: str | None, target: Path) -> None:
    """Copy a table into a Parquet file, which appears whole or not at all.

    Raises:
        Refused: MS806 without a table's name, or where the database cannot be read.
    """
    if not table:
        raise Refused(
            [Diagnostic("MS806", f"`{name}` is a database: say which table", Place(name), "give `--table NAME`")]
        )
    copy = _postgres if name.startswith("postgres") else _duckdb
    partial = target.with_suffix(".partial")
    try:
        copy(name, table, partial)
    except Refused:
        raise
    except Exception as error:
        if not _is_database(error):
            raise
        reason = str(error).strip().splitlines()[0]
        where = name.split("@")[-1]
        raise Refused(
            [
                Diagnostic(
                    "MS806", f"`{where}` cannot be read: {reason}", Place(where), "check address, table and rights"
                )
            ]
        ) from None
    os.replace(partial, target)


def _is_database(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in ("psycopg", "duckdb", "_duckdb") or isinstance(error, OSError)


def _quoted(table: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def _duckdb(name: str, table: str, target: Path) -> None:
    import duckdb

    if not Path(name).exists():
        raise Refused([Diagnostic("MS001", f"`{name}` cannot be read: no such file", Place(name), "check the path")])
    with duckdb.connect(name, read_only=True) as connection:
        connection.execute(
            f"COPY (SELECT * FROM {_quoted(table)}) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
        )


def _postgres(name: str, table: str, target: Path) -> None:
    try:
        import psycopg
    except ImportError:
        message = "PostgreSQL needs the package psycopg"
        raise Refused([Diagnostic("MS806", message, Place("postgresql"), "install `mayshare[postgres]`")]) from None
    import pyarrow as pa
    import pyarrow.parquet as pq

    with psycopg.connect(name) as connection, connection.cursor(name="mayshare") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(f"SELECT * FROM {_quoted(table)}".encode())
        found = cursor.fetchmany(CHUNK)
        columns = [c.name for c in cursor.description or ()]
        kinds = {c.name: _TYPES.get(c.type_code, pa.string()) for c in cursor.description or ()}
        schema = pa.schema([(c, kinds[c]) for c in columns])
        with pq.ParquetWriter(target, schema) as writer:
            while found:
                writer.write_table(
                    pa.table([_column([r[i] for r in found], kinds[c]) for i, c in enumerate(columns)], schema=schema)
                )
                found = cursor.fetchmany(CHUNK)


def _types() -> dict[int, Any]:
    import pyarrow as pa

    numbers = {20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 700: pa.float64(), 701: pa.float64(), 1700: pa.float64()}
    days = {1082: pa.date32(), 1114: pa.timestamp("us"), 1184: pa.timestamp("us")}
    return {16: pa.bool_(), **numbers, **days, 1009: pa.list_(pa.string()), 1015: pa.list_(pa.string())}


_TYPES = _types()


def _column(values: list[Any], kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_string(kind):
        return pa.array([None if v is None else str(v) for v in values], kind)
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else float(v) for v in values], kind)
    return pa.array(values, kind)
