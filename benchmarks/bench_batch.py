"""`mayshare batch` from Parquet to Parquet, explained by rule: `python benchmarks/bench_batch.py [ROWS] [JOBS]`.

First the workload of `peers`, then made-up transmissions under the law of Switzerland: with columns for the 40 facts that its
rules test most, and with one for every fact that they test.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))

from engines import written
from workload import FACTS, rules, values_of

from mayshare.engine.program import Program

MILLION = 1_000_000


def asked_most(program: Program) -> list[str]:
    """The facts of a program, those that most of its atoms test first."""
    tests = Counter(atom.fact for atom in program.atoms)
    return [fact for fact, _ in tests.most_common()]


def made_up(count: int, folder: Path) -> tuple[Path, list[str]]:
    """The workload of `peers`: 60 rules over 40 facts, every fact stated, hardly two rows alike."""
    from mayshare.rules.check_policy import fill_in

    facts = {
        f"aq.f{i}": {"type": "choice", "values": {v: {"label": v} for v in values_of(i)}, "ask": "F?", "source": "-"}
        for i in range(FACTS)
    }
    policies, source = folder / "policies", folder / "made-up.parquet"
    policies.mkdir()
    policy = fill_in({"policy": "AQ", "facts": facts, "rules": written(rules(60), "aq.")})
    (policies / "aq.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    rng = np.random.default_rng(3)

    def piece(length: int) -> pa.Table:
        columns = {name: np.array(list(fact["values"]), object) for name, fact in facts.items()}
        return pa.table({n: coded(rng.integers(0, len(v), length), v.tolist()) for n, v in columns.items()})

    write(count, source, piece)
    return source, ["--policies", str(policies), "--policy", "AQ"]


def shipped(count: int, folder: Path, facts: int, kinds: int = 3000) -> tuple[Path, list[str]]:
    """A made-up year of transmissions under the law of Switzerland, with columns for so many facts.

    Some thousand kinds of case, facts missing in many: nine rows in ten are open and settled exactly.
    """
    from mayshare.engine.library import Library

    law = Library().bundle("CH")
    rng = np.random.default_rng(3)
    found: dict[str, list[Any]] = {"sender.jurisdiction": ["CH"] * kinds}
    for name in asked_most(law.program):
        fact = law.vocabulary[name]
        if fact.derived is not None or fact.registry is not None or name == "sender.jurisdiction":
            continue
        if len(found) >= facts:
            break
        if fact.kind == "boolean":
            found[name] = rng.choice(np.array([True, False, None], object), kinds, p=[0.3, 0.6, 0.1]).tolist()
        elif fact.kind == "choice":
            found[name] = rng.choice(np.array([*fact.values, None], object), kinds).tolist()
        elif fact.kind == "jurisdiction":
            found[name] = rng.choice(["BR", "LI", "DE", "US", "FR"], kinds).tolist()
    table, source = pa.table(found), folder / f"shipped-{facts}.parquet"
    write(count, source, lambda length: table.take(pa.array(rng.integers(0, kinds, length))))
    return source, []


def coded(codes: Any, names: list[str]) -> pa.Array:
    """Names by their position."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names))


def write(count: int, path: Path, piece: Callable[[int], pa.Table]) -> None:
    """Rows by the million, so that any number fits in memory."""
    first = piece(min(count, MILLION))
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for begin in range(MILLION, count, MILLION):
            writer.write_table(piece(min(MILLION, count - begin)))


def measure(count: int, jobs: str, source: Path, more: list[str]) -> None:
    """Run it and print rows a second and the largest memory of any process."""
    output = source.with_suffix(".out.parquet")
    columns = pq.read_schema(source).names
    command = [sys.executable, "-m", "mayshare", "batch", str(source), "-o", str(output), "-j", jobs, "-f", "json"]
    begin = time.perf_counter()
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=True)
    spent = time.perf_counter() - begin
    outcomes = json.loads(done.stdout)["outcomes"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{source.stem}: {count:,} rows of {len(columns)} columns in {spent:.1f} s: {count / spent:,.0f} a second, "
        f"{peak:,.0f} MiB at most a process; {outcomes}"
    )


def main() -> None:
    """Measure the three tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10 * MILLION
    jobs = sys.argv[2] if len(sys.argv) > 2 else "1"
    tables: list[Callable[[Path], tuple[Path, list[str]]]] = [
        lambda folder: made_up(count, folder), lambda folder: shipped(count, folder, 40),
        lambda folder: shipped(count, folder, 1000),
    ]  # fmt: skip
    for table in tables:
        with tempfile.TemporaryDirectory() as folder:
            measure(count, jobs, *table(Path(folder)))


if __name__ == "__main__":
    main()
