"""The exported query against the kernel on a generated million, row for row: `python benchmarks/bench_sql.py [ROWS] [POLICY]`.

Facts of every kind, one in five not stated. Ends with 1 where one row differs in outcome, coverage
or openness, or in the rules that decide it.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from mayshare.bulk.columns import Coded, Columns, constant
from mayshare.bulk.deciding import OUTCOMES, Columnar
from mayshare.bulk.sql import query, schema
from mayshare.engine.bundle import Bundle
from mayshare.engine.library import Library
from mayshare.engine.lookup import RegistryDomain

DAY = date(2026, 3, 2)
CHUNK = 100_000
UNKNOWN = 0.2
DECISIVE = {"allow": ("permit", "oblige"), "conditions": ("permit", "oblige"), "deny": ("forbid",)}
"""The query names the rules that surely decide; the kernel also those that may, and those that they override."""


def values_of(law: Bundle, path: str, rng: Any) -> list[Any]:
    """Values that a fact may have, a dozen at most."""
    fact = law.vocabulary[path]
    if fact.kind == "boolean":
        return [False, True]
    if fact.kind == "choice":
        return list(fact.values)
    if fact.kind == "choices":
        return [frozenset(rng.choice(list(fact.values), rng.integers(0, 3), replace=False).tolist()) for _ in range(12)]
    if fact.kind == "jurisdiction":
        return ["BR", "LI", "DE", "US", "FR", "PA"]
    return [DAY + timedelta(days=int(d)) for d in range(-400, 400, 80)] if fact.kind == "date" else list(range(10))


def made(law: Bundle, count: int, rng: Any) -> Columns:
    """Cases at random."""
    found = {"sender.jurisdiction": constant(law.program.policy, count)}
    for path in law.program.kinds:
        if law.vocabulary[path].derived is not None or path in found:
            continue
        values = list(dict.fromkeys(values_of(law, path, rng)))
        codes = rng.integers(1, len(values) + 1, count).astype(np.uint8)
        codes[rng.random(count) < UNKNOWN] = 0
        found[path] = Coded(codes, [None, *values])
    return Columns(found, constant(DAY, count), count)


def as_arrow(columns: Columns, names: list[str], first: int) -> pa.Table:
    """The same cases as a table for the query; sets as lists."""
    data: dict[str, Any] = {names[0]: pa.array([str(first + i) for i in range(columns.count)])}
    for name in names[1:]:
        column = columns.facts.get(name)
        if column is None:
            data[name] = pa.nulls(columns.count)
            continue
        values = [sorted(v) if isinstance(v, frozenset) else v for v in column.values]
        data[name] = pa.array(values).take(pa.array(column.codes.astype(np.int32)))
    return pa.table(data)


def main() -> None:
    """Compare, and print rows a second of both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    name = sys.argv[2] if len(sys.argv) > 2 else "CH"
    law = Library().bundle(name)
    rng = np.random.default_rng(11)
    kernel = Columnar(law.program, RegistryDomain(law.vocabulary, law.registry))
    effects = {r.id: r.effect for r in law.program.rules}
    spent = {"kernel": 0.0, "query": 0.0}
    differ = 0
    outcomes: dict[str, int] = {}
    connection = duckdb.connect()
    connection.execute(schema(law, "duckdb"))
    names = [d[0] for d in connection.execute("DESCRIBE cases").fetchall()]
    for first in range(0, count, CHUNK):
        columns = made(law, min(CHUNK, count - first), rng)
        begin = time.perf_counter()
        answers = kernel.decide(columns, settle=False)
        spent["kernel"] += time.perf_counter() - begin
        assert answers.rules is not None
        connection.register("chunk", as_arrow(columns, names, first))
        connection.execute("DELETE FROM cases")
        connection.execute("INSERT INTO cases SELECT * FROM chunk")
        begin = time.perf_counter()
        found = connection.execute(query(law, DAY, "duckdb")).fetchall()
        spent["query"] += time.perf_counter() - begin
        for key, outcome, not_covered, is_open, rules in found:
            row = int(key) - first
            own = OUTCOMES[answers.outcome[row]]
            outcomes[own] = outcomes.get(own, 0) + 1
            # what is neither settled nor uncovered is open
            still = own == "undetermined" and not answers.not_covered[row]
            same = (own, bool(answers.not_covered[row]), still) == (outcome, bool(not_covered), bool(is_open))
            deciding = {r for r in answers.rules.of(row) if effects[r] in DECISIVE.get(own, ())}
            if not same or {*rules.split(";")} - {""} != deciding:
                differ += 1
                if differ < 4:
                    print(f"row {key}: {outcome} {rules} by the query, {own} {answers.rules.of(row)} by the kernel")
    rates = ", ".join(f"{count / seconds:,.0f} a second by the {who}" for who, seconds in spent.items())
    print(f"{name}: {count:,} rows, {differ} differ; {rates}; {outcomes}")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
