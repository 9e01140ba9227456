"""All that is shipped, linted and tested as a drafter does it: clock and processor time of the two commands together.

    python benchmarks/bench_corpus.py [ROUNDS]

The aim is ten seconds of clock on two quiet processors. Each command is started anew, once before to have the policies compiled
(`lint` and `test` never keep what they found, only compiled policies, by their content), then ROUNDS times; the best counts.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

from mayshare.bench.files import sources_of
from mayshare.bench.running import default_jobs
from mayshare.engine.library import Library

AIM = 10.0


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of clock, and of processor time in all processes."""

    clock: float
    processor: float


def spent(*arguments: str) -> tuple[Spent, str]:
    """What a command takes, and what it says. A finding or failure ends the benchmark: then its time is no measure."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "mayshare", *arguments]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(clock, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime), said


def best(rounds: int, *arguments: str) -> tuple[Spent, str]:
    """The best of several rounds after one that does not count."""
    spent(*arguments)
    return min((spent(*arguments) for _ in range(rounds)), key=lambda found: found[0].clock)


def main(rounds: int) -> None:
    """Print the table."""
    files = len(sources_of([], Library(), []))
    linting, _ = best(rounds, "lint")
    testing, said = best(rounds, "test", "--format", "json")
    scenarios = sum(json.loads(said)[status] for status in ("passed", "skipped"))
    print(f"{files} files linted, {scenarios:,} scenarios decided by both engines; {default_jobs()} processors\n")
    print(f"{'':<8}{'clock':>9}{'processors':>13}{'each':>22}")
    for what, took, number, of in (("lint", linting, files, "file"), ("test", testing, scenarios, "scenario")):
        each = f"{1000 * took.processor / number:.2f} ms a {of}"
        print(f"{what:<8}{took.clock:7.2f} s{took.processor:11.2f} s{each:>22}")
    clock, processor = linting.clock + testing.clock, linting.processor + testing.processor
    print(f"{'both':<8}{clock:7.2f} s{processor:11.2f} s{f'aim {AIM:.0f} s of clock':>22}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
