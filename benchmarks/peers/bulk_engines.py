"""Engines over columns: codes of every fact in memory, outcomes out; load of the columns not counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from workload import FACTS, Literal, Rule, values_of

Columns = dict[str, Any]
OUTCOMES = ("default", "permit", "deny")
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


def mayshare(rules: list[Rule], data: Columns, *, reasons: bool = False, settle: bool = False) -> Decide:
    """Our columnar kernel."""
    from engines import compiled

    from mayshare.bulk.columns import Coded, constant
    from mayshare.bulk.columns import Columns as Cases
    from mayshare.bulk.deciding import Columnar
    from mayshare.engine.lookup import RegistryDomain

    bundle = compiled(rules)
    kernel = Columnar(bundle.program, RegistryDomain(bundle.vocabulary, bundle.registry))
    values = {f"f{i}": [None, *values_of(i)] for i in range(FACTS)}
    count, size = len(data["f0"]), 1 << 17 if len(rules) <= 1000 else 1 << 14
    words = np.array([1, 1, 0, 2], np.uint8)

    def decide() -> Any:
        parts = []
        for start in range(0, count, size):
            own = {f: Coded(c[start : start + size], values[f]) for f, c in data.items()}
            cases = Cases(own, constant(date(2026, 1, 1), min(size, count - start)), min(size, count - start))
            parts.append(words[kernel.decide(cases, reasons=reasons, settle=settle).outcome])
        return np.concatenate(parts)

    return decide


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


ENGINES: dict[str, Callable[[list[Rule], Columns], Decide]] = {
    "mayshare": mayshare,
    "mayshare, with reasons": lambda r, d: mayshare(r, d, reasons=True),
    "numpy, bit-sliced by hand": numpy_bits,
    "polars": polars,
    "duckdb": duckdb,
}
