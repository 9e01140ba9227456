"""`mayshare batch` from Parquet to Parquet, explained by rule: `python benchmarks/bench_batch.py [ROWS] [JOBS]`.

Rows of a made-up year of transmissions under the law of Switzerland: some thousand kinds of case, facts missing in many. First
with a column for every fact that the law asks for, then with those of the 40 facts that its rules test most.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mayshare.engine.program import Program


def asked_most(program: Program) -> list[str]:
    """The facts of a program, those that most of its atoms test first."""
    tests = Counter(atom.fact for atom in program.atoms)
    return [fact for fact, _ in tests.most_common()]


def rows(count: int, path: Path, facts: int, kinds: int = 3000) -> None:
    """Write the rows, with columns for so many facts."""
    from mayshare.engine.library import Library

    law = Library().bundle("CH")
    rng = np.random.default_rng(3)
    which = rng.integers(0, kinds, count)
    found: dict[str, Any] = {"sender.jurisdiction": ["CH"] * kinds}
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
    pq.write_table(pa.table(found).take(pa.array(which)), path)


def measure(count: int, jobs: str, facts: int) -> None:
    """Run it and print rows a second and the largest memory of any process."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "c.parquet", Path(folder) / "d.parquet"
        rows(count, source, facts)
        columns = pq.read_schema(source).names
        command = [sys.executable, "-m", "mayshare", "batch", str(source), "-o", str(output), "-j", jobs, "-f", "json"]
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        spent = time.perf_counter() - begin
    outcomes = json.loads(done.stdout)["outcomes"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{count:,} rows of {len(columns)} columns in {spent:.1f} s: {count / spent:,.0f} a second, "
        f"{peak:,.0f} MiB at most a process; {outcomes}"
    )


def main() -> None:
    """Measure both tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    jobs = sys.argv[2] if len(sys.argv) > 2 else "2"
    for facts in (1000, 40):
        measure(count, jobs, facts)


if __name__ == "__main__":
    main()
