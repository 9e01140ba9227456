"""Parts to the output: one file, the rejects beside it, and the receipt of the run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..engine.version import VERSION
from ..rules.diagnostics import Diagnostic, Place, Refused
from .arrivals import Arrivals
from .orders import Order, Summary, part_path, read_part
from .sources import Rows
from .tables import REASONS, Shop

FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


def format_of(output: str) -> str:
    """The format of an output, by its name.

    Raises:
        Refused: MS806.
    """
    found = FORMATS.get(Path(output).suffix)
    if found is None:
        help_ = "call it .parquet, .csv or .ndjson"
        raise Refused([Diagnostic("MS806", f"the format of `{output}` is not known", Place(output), help_)])
    return found


def assemble(
    order: Order, rows: Rows, shop: Shop, folder: Path, manifest: dict[str, Any], resumed: int, arrivals: Arrivals
) -> Summary:
    """Put the parts together as they arrive; rejects and receipt get their names before the output does."""
    output = Path(order.output)
    outcomes: dict[str, int] = {}
    policies: set[str] = set()
    paths = (part_path(folder, number) for number in arrivals)
    partial = folder / "output.partial"
    try:
        _written(_counted(_tables(paths, shop, folder), outcomes, policies), partial, format_of(order.output))
        rejects, rejected = _rejects(folder, output)
        receipt = output.with_name(output.name + ".receipt.json")
        count = sum(outcomes.values())
        data = _receipt(order, shop, manifest, outcomes, policies, rejected, partial)
        _replace(receipt, (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)
    return Summary(count, outcomes, rejected, order.output, rejects, str(receipt), resumed)


def _tables(arriving: Iterator[Path], shop: Shop, folder: Path) -> Iterator[pa.Table]:
    if shop.layout.case is None:
        yield from (read_part(path) for path in arriving)
        return
    paths = list(arriving)  # a case may have items in any of them
    if not paths:
        return
    worst = folder / "worst.partial"
    import duckdb
    from pyarrow.dataset import dataset

    # on disk: there may be more cases than memory holds
    with duckdb.connect() as connection:
        connection.execute(
            f"SET temp_directory = '{_text(folder / 'spill')}'; SET memory_limit = '512MB'; SET threads = 2"
        )
        rank = (
            "CASE outcome::VARCHAR WHEN 'allow' THEN 0 WHEN 'conditions' THEN 1 WHEN 'undetermined' THEN 2 ELSE 3 END"
        )
        connection.register("parts", dataset([str(path) for path in paths], format="ipc"))
        # of a case of which a row was rejected it is not known whether all of it may go
        connection.register("rejected", pa.table({"name": pa.array(_rejected_cases(folder), pa.string())}))
        connection.execute(
            f"""COPY (SELECT p.row AS row, ['allow', 'conditions', 'undetermined', 'deny'][w.worst + 1] AS case_outcome
            FROM parts p LEFT JOIN (SELECT "case", max(rank) AS worst FROM
            (SELECT "case", {rank} AS rank FROM parts UNION ALL SELECT name, 2 FROM rejected) GROUP BY "case") w
            ON p."case" = w."case" ORDER BY p.row) TO '{_text(worst)}' (FORMAT parquet)"""
        )
    with pq.ParquetFile(worst) as file:
        held = file.iter_batches(1 << 16)
        left: pa.Table | None = None
        for path in paths:
            table = read_part(path)
            while left is None or left.num_rows < table.num_rows:
                batch = next(held, None)
                if batch is None:
                    break
                piece = pa.Table.from_batches([batch])
                left = piece if left is None else pa.concat_tables([left, piece])
            if left is None:
                yield table
                continue
            own = left.slice(0, table.num_rows)
            left = left.slice(table.num_rows)
            place = table.schema.get_field_index("outcome") + 1
            yield table.add_column(place, "case_outcome", own.column("case_outcome").combine_chunks())


def _rejected_cases(folder: Path) -> list[str]:
    """The cases of which some row was rejected."""
    names: set[str] = set()
    for path in folder.glob("part-*.rejects"):
        with path.open("rb") as lines:
            names.update(name for line in lines if (name := json.loads(line).get("case")) is not None)
    return sorted(names)


def _text(path: Path) -> str:
    return str(path).replace("'", "''")


def _counted(tables: Iterator[pa.Table], outcomes: dict[str, int], policies: set[str]) -> Iterator[pa.Table]:
    for table in tables:
        for entry in table.column("outcome").value_counts().to_pylist():
            outcomes[entry["values"]] = outcomes.get(entry["values"], 0) + entry["counts"]
        policies.update(table.column("policy").unique().to_pylist())
        yield table


def _written(tables: Iterator[pa.Table], path: Path, form: str) -> None:
    writer = {"parquet": _parquet, "csv": _csv, "ndjson": _ndjson}[form]
    with path.open("wb") as stream:
        writer(tables, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _parquet(tables: Iterator[pa.Table], stream: Any) -> None:
    first = next(tables, None)
    if first is None:
        pq.write_table(pa.table({"row": pa.array([], pa.int64()), "outcome": pa.array([], pa.string())}), stream)
        return
    with _writer(stream, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table.cast(first.schema) if table.schema != first.schema else table)


def _writer(stream: Any, schema: pa.Schema) -> pq.ParquetWriter:
    """Names are few and repeat, numbers of rows never do; nobody asks for the least of a list of rules."""
    listed = [f.name for f in schema if pa.types.is_list(f.type)]
    single = [name for name in schema.names if name not in listed]
    named = [name for name in single if name != "row"]
    return pq.ParquetWriter(
        stream, schema, compression="zstd", compression_level=1, write_statistics=single,
        use_dictionary=[*named, *(f"{name}.list.element" for name in listed)], column_encoding={"row": "DELTA_BINARY_PACKED"},
    )  # fmt: skip


def _csv(tables: Iterator[pa.Table], stream: Any) -> None:
    import pyarrow.csv as csv

    head = True
    for table in tables:
        flat = table
        for name in (n for n in table.schema.names if n in REASONS):
            texts = pc.binary_join(_plain(table.column(name).combine_chunks()), ";")
            flat = flat.set_column(flat.schema.get_field_index(name), name, texts)
        csv.write_csv(flat, stream, csv.WriteOptions(include_header=head))
        head = False
    if head:
        stream.write(b'"row","outcome"\n')


def _plain(array: Any) -> Any:
    """A list of names without its dictionary."""
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    return array.cast(pa.list_(pa.string()))


def _ndjson(tables: Iterator[pa.Table], stream: Any) -> None:
    for table in tables:
        for batch in table.to_batches(8192):
            rows = batch.to_pylist()
            for row in rows:
                if row.get("answer") is not None:
                    row["answer"] = json.loads(row["answer"])
            stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def _rejects(folder: Path, output: Path) -> tuple[str | None, int]:
    """All rejected rows in one file, and how many; no file where there are none."""
    target = output.with_name(output.name + ".rejects.ndjson")
    paths = sorted(folder.glob("part-*.rejects"))
    target.unlink(missing_ok=True)
    if not paths:
        return None, 0
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    count = 0
    with partial.open("wb") as stream:
        for path in paths:
            for line in path.read_bytes().splitlines(keepends=True):
                stream.write(line)
                count += 1
    os.replace(partial, target)
    return str(target), count


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)


def _receipt(
    order: Order,
    shop: Shop,
    manifest: dict[str, Any],
    outcomes: dict[str, int],
    policies: set[str],
    rejected: int,
    written: Path,
) -> dict[str, Any]:
    """What the run was computed from and what came out: enough to hold a second run against it."""
    digest = hashlib.sha256()
    with written.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    bundles = {name: shop.library.bundle(name) for name in sorted(policies) if name}
    first = next(iter(bundles.values()), None)
    return {
        "receipt": 1, "version": VERSION, "input": order.input.split("@")[-1], "input_fingerprint": manifest["input"],
        "mapping": manifest["mapping"], "explain": order.explain, "as_of": manifest["as_of"], "today": manifest["today"],
        "programs": {name: b.program.hash for name, b in bundles.items()},
        "vocabulary": first.vocabulary_hash if first else None, "registry": first.registry_hash if first else None,
        "rows": sum(outcomes.values()), "outcomes": dict(sorted(outcomes.items())), "rejected": rejected,
        "output": Path(order.output).name, "output_sha256": "sha256:" + digest.hexdigest(),
    }  # fmt: skip
