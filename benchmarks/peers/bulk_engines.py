"""Engines over columns: codes of every fact in memory, outcomes out; load of the columns not counted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from operator import and_, or_
from typing import Any

import numpy as np
from workload import FACTS, Literal, Rule, values_of

Columns = dict[str, Any]
OUTCOMES = ("default", "permit", "deny")
OURS = np.array([1, 1, 0, 2], np.uint8)
"""What our outcomes (allow, conditions, undetermined, deny) are among those."""

CHUNK = 1 << 18
Decide = Callable[[], Any]


def columns(count: int, unknown: float = 0.0) -> Columns:
    """Cases as codes from 1; 0 is unknown."""
    rng = np.random.default_rng(5)
    made = {f"f{i}": rng.integers(1, 1 + len(values_of(i)), count).astype(np.uint8) for i in range(FACTS)}
    if unknown:
        for codes in made.values():
            codes[rng.random(count) < unknown] = 0
    return made


def codes_of(x: Literal) -> list[int]:
    """The codes for which a literal holds."""
    every = values_of(int(x.fact[1:]))
    return [i for i, v in enumerate(every, 1) if (v in x.values) is not x.negated]


def mayshare(
    rules: list[Rule], data: Columns, *, reasons: bool = False, native: bool = True, threads: int = 1
) -> Decide:
    """Our columnar kernel, compiled before it is timed (`mayshare[native]`), or on numpy alone."""
    from engines import compiled

    from mayshare.bulk.columns import Coded, constant
    from mayshare.bulk.columns import Columns as Cases
    from mayshare.bulk.deciding import Columnar
    from mayshare.engine.lookup import RegistryDomain

    bundle = compiled(rules)
    domain = RegistryDomain(bundle.vocabulary, bundle.registry)
    kernel = Columnar(bundle.program, domain, compile_after=0 if native else sys.maxsize, threads=threads)
    values = {f"f{i}": [None, *values_of(i)] for i in range(FACTS)}
    count = len(data["f0"])
    chunk = count if native else CHUNK  # numpy is fastest on what a core has near it

    def part(start: int) -> Any:
        own = {f: Coded(c[start : start + chunk], values[f]) for f, c in data.items()}
        cases = Cases(own, constant(date(2026, 1, 1), min(chunk, count - start)), min(chunk, count - start))
        return kernel.decide(cases, reasons=reasons, settle=False).outcome

    return lambda: np.concatenate([part(start) for start in range(0, count, chunk)])


def numpy_bits(rules: list[Rule], data: Columns) -> Decide:
    """A bit-sliced sketch by hand: a packed plane for each value, 64 cases a word, two values."""
    count, size = len(data["f0"]), 1 << 17

    def part(start: int) -> Any:
        planes: dict[tuple[str, int], Any] = {}
        for fact, codes in data.items():
            own = codes[start : start + size]
            for code in range(1, 1 + len(values_of(int(fact[1:])))):
                planes[fact, code] = np.packbits(own == code)
        found = {"deny": np.zeros_like(planes["f0", 1]), "permit": np.zeros_like(planes["f0", 1])}
        for rule in rules:
            whole = None
            for alternatives in rule.when:
                some = None
                for x in alternatives:
                    for code in codes_of(x):
                        some = planes[x.fact, code] if some is None else some | planes[x.fact, code]
                whole = some if whole is None else whole & some
            found[rule.effect] |= whole
        own = min(size, count - start)
        deny = np.unpackbits(found["deny"], count=own)
        return np.where(deny, 2, np.unpackbits(found["permit"], count=own)).astype(np.uint8)

    return lambda: np.concatenate([part(s) for s in range(0, count, size)])


def polars(rules: list[Rule], data: Columns) -> Decide:
    """Polars, one lazy expression."""
    import polars as pl

    frame = pl.DataFrame(data)

    def when(rule: Rule) -> Any:
        parts = [pl.any_horizontal([pl.col(x.fact).is_in(codes_of(x)) for x in p]) for p in rule.when]
        return pl.all_horizontal(parts)

    deny = pl.any_horizontal([when(r) for r in rules if r.effect == "deny"])
    permit = pl.any_horizontal([when(r) for r in rules if r.effect == "permit"])
    query = frame.lazy().select(pl.when(deny).then(2).when(permit).then(1).otherwise(0).alias("o"))
    return lambda: query.collect()["o"].to_numpy()


def duckdb(rules: list[Rule], data: Columns) -> Decide:
    """DuckDB, one query over a table in memory."""
    import duckdb as library
    import pyarrow as pa

    connection = library.connect()
    connection.register("arrow", pa.table(data))
    connection.execute("CREATE TABLE cases AS SELECT * FROM arrow")

    def when(rule: Rule) -> str:
        parts = [" OR ".join(f"{x.fact} IN ({', '.join(map(str, codes_of(x)))})" for x in p) for p in rule.when]
        return "(" + " AND ".join(f"({p})" for p in parts) + ")"

    deny = " OR ".join(when(r) for r in rules if r.effect == "deny")
    permit = " OR ".join(when(r) for r in rules if r.effect == "permit")
    query = f"SELECT CASE WHEN {deny} THEN 2 WHEN {permit} THEN 1 ELSE 0 END AS o FROM cases"
    return lambda: connection.execute(query).fetchnumpy()["o"]


def spark(rules: list[Rule], data: Columns) -> Decide:
    """PySpark on all cores of this machine, one expression over a cached frame."""
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    builder = (
        SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
    )
    # the code it would generate for an expression of this size is more than a method may hold
    session = builder.config("spark.sql.codegen.wholeStage", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    frame = session.createDataFrame(pa.table({k: v.astype("int32") for k, v in data.items()})).cache()
    frame.count()

    def when(rule: Rule) -> Any:
        parts = [balanced(or_, [f.col(x.fact).isin(codes_of(x)) for x in p]) for p in rule.when]
        return balanced(and_, parts)

    deny = balanced(or_, [when(r) for r in rules if r.effect == "deny"])
    permit = balanced(or_, [when(r) for r in rules if r.effect == "permit"])
    decided = frame.select(f.when(deny, 2).when(permit, 1).otherwise(0).cast("tinyint").alias("o"))
    return lambda: decided.toArrow()["o"].to_numpy()


def balanced(join: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    """Parts joined two by two, so that a long list makes no deep expression."""
    while len(parts) > 1:
        parts = [join(*parts[i : i + 2]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
    return parts[0]


Make = Callable[[list[Rule], Columns], Decide]
ENGINES: dict[str, Make] = {
    "mayshare": mayshare,
    "mayshare, two threads": lambda r, d: mayshare(r, d, threads=2),
    "mayshare, on numpy alone": lambda r, d: mayshare(r, d, native=False),
    "mayshare, with reasons": lambda r, d: mayshare(r, d, reasons=True),
    "mayshare, with reasons, two threads": lambda r, d: mayshare(r, d, reasons=True, threads=2),
    "mayshare, with reasons, on numpy alone": lambda r, d: mayshare(r, d, reasons=True, native=False),
    "numpy, bit-sliced by hand": numpy_bits,
    "polars (both cores)": polars,
    "duckdb (both cores)": duckdb,
    "pyspark (both cores)": spark,
}
UNKNOWN: dict[str, Make] = {
    "mayshare, three values (5 % unknown)": mayshare,
    "mayshare, three values, two threads": lambda r, d: mayshare(r, d, threads=2),
    "mayshare, three values, on numpy alone": lambda r, d: mayshare(r, d, native=False),
}
