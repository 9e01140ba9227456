"""The same batches on Apache Spark: each executor runs the kernel over Arrow batches (`mapInArrow`), and nothing is shuffled.

Spark schedules, retries what a lost worker was doing, and commits the output; nothing of that is ours. The work is a
function of the row alone, so a retried task gives the same rows again.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..rules.diagnostics import Diagnostic, Place, Refused
from .orders import CHUNK, Order, Summary
from .running import prepare
from .sources import Rows

TEXT = ("case", "item", "policy", "outcome", "answer", "errors")


def run_on_spark(order: Order, master: str) -> Summary:
    """Decide Parquet (or CSV) with Spark; the output is a folder of Parquet files, as Spark writes it.

    Raises:
        Refused: MS811 where PySpark or Java is missing or a task cannot be done, MS806 where the formats are not Spark's, and
            faults of the input.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        message = "Spark needs the package pyspark"
        raise Refused([Diagnostic("MS811", message, Place(master), "install `mayshare[spark]`")]) from None
    if Path(order.output).suffix not in (".parquet", ".pq"):
        raise Refused([Diagnostic("MS806", "Spark writes Parquet", Place(order.output), "call the output .parquet")])
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers are of this machine
    try:
        session = (
            SparkSession.builder.master(master).appName("mayshare").config("spark.ui.enabled", "false").getOrCreate()
        )
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise Refused(
            [Diagnostic("MS811", f"Spark does not start: {reason}", Place(master), "is Java 17 or newer there?")]
        ) from None
    from pyspark.errors import PySparkException

    try:
        return decide_on(session, order)
    except PySparkException as error:
        help_ = "have the workers mayshare with its extra `spark`? `PYSPARK_PYTHON` says which Python they run"
        raise Refused([Diagnostic("MS811", f"Spark gave up: {_reason(error)}", Place(master), help_)]) from None
    finally:
        session.stop()


def _reason(error: Exception) -> str:
    """What went wrong, out of what Spark says of it: the last line of the worker's own traceback, or the first of Spark's."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    own = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception|Refused)\b", line)]
    return (own or lines or [type(error).__name__])[0][:300]


def decide_on(session: Any, order: Order) -> Summary:
    """The same with a session that stands."""
    from pyspark.sql import functions as f

    reader = session.read.option("header", "true")
    frame = reader.csv(order.input) if order.input.endswith(".csv") else reader.parquet(order.input)
    rows = Rows(order.input, "parquet", Path(order.input), list(frame.columns), "")
    shop, manifest = prepare(order, rows)
    # Spark reads a dot in a name as a way into a structure
    plain = frame.toDF(*(f"c{i}" for i in range(len(rows.columns))))
    decided = plain.mapInArrow(worker(order, rows, manifest), schema(shop.layout, order.explain)).cache()
    good = decided.where(f.col("errors").isNull()).drop("errors")
    good.write.mode("overwrite").parquet(order.output)
    outcomes = {r["outcome"]: r["count"] for r in good.groupBy("outcome").count().collect()}
    bad = decided.where(f.col("errors").isNotNull()).select(
        *[c for c in ("case", "item") if c in decided.columns], "errors"
    )
    rejected = bad.count()
    rejects = None
    if rejected:
        rejects = order.output + ".rejects"
        bad.write.mode("overwrite").json(rejects)
    receipt = order.output + ".receipt.json"
    programs = {
        r["policy"]: shop.library.bundle(r["policy"]).program.hash for r in good.select("policy").distinct().collect()
    }
    data = {
        **manifest,
        "programs": programs,
        "outcomes": outcomes,
        "rows": sum(outcomes.values()),
        "rejected": rejected,
    }
    Path(receipt).write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", "utf-8")
    return Summary(sum(outcomes.values()), outcomes, rejected, order.output, rejects, receipt, 0)


def schema(layout: Any, explain: str) -> str:
    """The columns of a decision, as Spark writes types."""
    names = [k for k in ("case", "item") if getattr(layout, k) is not None]
    parts = [f"`{n}` string" for n in [*names, "policy", "outcome"]] + ["not_covered boolean", "exact boolean"]
    if explain != "none":
        parts += [f"{n} array<string>" for n in ("rules", "outstanding", "contingent", "missing")]
    return ", ".join([*parts, *(["answer string"] if explain == "full" else []), "errors string"])


def worker(order: Order, rows: Rows, manifest: dict[str, Any]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What each task runs: the order travels, the policies are read where the task runs and must be the same ones."""

    def decide(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        shop, own = prepare(replace(order), rows)
        if own["policies"] != manifest["policies"]:
            raise RuntimeError("the policies on this worker are not those of the driver")
        for batch in batches:
            for start in range(0, batch.num_rows, CHUNK):
                part = batch.slice(start, CHUNK)
                data = {n: part.column(i) for i, n in enumerate(rows.columns)}
                table, rejects = shop.decide(data, part.num_rows, 1)
                yield from _out(table, rejects, shop.layout, order.explain)

    return decide


def _out(table: pa.Table, rejects: list[dict[str, Any]], layout: Any, explain: str) -> Iterator[pa.RecordBatch]:
    lists = pa.list_(pa.string())
    names = [part.split()[0].strip("`") for part in schema(layout, explain).split(", ")]
    kinds = {n: pa.bool_() if n in ("not_covered", "exact") else pa.string() if n in TEXT else lists for n in names}
    target = pa.schema([(n, kinds[n]) for n in names])
    plain = [
        table.column(n).cast(kinds[n]) if n in table.schema.names else pa.nulls(table.num_rows, kinds[n]) for n in names
    ]
    yield from pa.table(plain, schema=target).to_batches()
    if rejects:
        rows = [{"case": r.get("case"), "errors": json.dumps(r["errors"], ensure_ascii=False)} for r in rejects]
        yield from pa.Table.from_pylist([{n: r.get(n) for n in names} for r in rows], schema=target).to_batches()
