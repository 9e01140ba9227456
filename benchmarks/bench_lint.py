"""Lint and layout of everything that is shipped, and of one policy as it grows; ratios to reading the same files.

    python benchmarks/bench_lint.py [ROUNDS]

Times are processor seconds, the best of the rounds. "Read" is reading and checking the files as every command does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from mayshare.bench.files import sources_of
from mayshare.bench.formatting import formatted
from mayshare.bench.lint.registry import CHECKS
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import PolicySubject, Surroundings, kind_of
from mayshare.engine.library import Library
from mayshare.rules.check_policy import read_policy
from mayshare.rules.source import Source, read_document


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The best time of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def shipped(rounds: int) -> None:
    """All shipped policies, suites and registry files."""
    library = Library()
    sources = sources_of([], library, [])
    lines = sum(s.text.count("\n") for s in sources)
    read = seconds(
        lambda: [_read(s, Surroundings(library)) for s in sources[:1]] and [read_document(s) for s in sources], rounds
    )
    rows = [
        ("read the text", read),
        ("lint", seconds(lambda: _lint(sources), rounds)),
        ("fmt", seconds(lambda: [formatted(s) for s in sources], rounds)),
    ]
    print(f"{len(sources)} files, {lines:,} lines, {len(CHECKS)} checks")
    for name, took in rows:
        print(f"  {name:<16}{took:8.2f} s   {took / read:6.1f} x reading   {lines / took:10,.0f} lines/s")


def _read(source: Source, around: Surroundings) -> object:
    return read_policy(source, around.vocabulary) if kind_of(source) == "policy" else read_document(source)


def _lint(sources: list[Source]) -> list[object]:
    around = Surroundings(Library())
    return [lint(s, around) for s in sources]


def dearest(rounds: int) -> None:
    """The checks that take longest on the largest policy."""
    around = Surroundings(Library())
    largest = max((s for s in sources_of([], around.library, []) if kind_of(s) == "policy"), key=lambda s: len(s.text))
    policy = read_policy(largest, around.vocabulary)
    took = {}
    for code, check in CHECKS.items():
        if check.of == "policy":
            took[code] = seconds(lambda c=check: list(c.find(PolicySubject(policy, around))), rounds)  # type: ignore[misc]
    total = sum(took.values())
    print(f"{largest.name}: the dearest checks, each on its own")
    for code in sorted(took, key=lambda c: -took[c])[:8]:
        print(f"  {code}  {took[code]:6.3f} s  {took[code] / total:5.0%}  {CHECKS[code].name}")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    shipped(count)
    dearest(1)
