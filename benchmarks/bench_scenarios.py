"""The drafter's bench: time per scenario by one engine and by both, and mutants a second. Run it by itself:

python benchmarks/bench_scenarios.py [MUTANTS]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from mayshare.bench.mutants import mutants
from mayshare.bench.mutation import Hunt, bases_of
from mayshare.bench.runner import Runner
from mayshare.bench.running import default_jobs, run_suites
from mayshare.bench.suites import find_suites, read_suites
from mayshare.engine.library import Library
from mayshare.rules.check_policy import read_policy
from mayshare.rules.diagnostics import Refused
from mayshare.rules.scenario import Suite
from mayshare.rules.vocabulary.load import load_vocabulary

AIM = 2000
"""Scenarios of the whole corpus, for the projection."""


def timed(what: str, number: int, work: Callable[[], object]) -> float:
    """Do it and print the time per piece in milliseconds."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{what:<44}{1000 * seconds / number:9.2f} ms each{seconds:9.2f} s")
    return seconds


def refused(fault: Refused) -> None:
    """A suite that cannot be read is left out of the measure, and said."""
    print(fault)


def main() -> None:
    """Measure and print."""
    library = Library()
    files = find_suites((), library)
    suites: list[Suite] = []
    number = sum(len(s.scenarios) for s in read_suites(files, refused))
    print(f"{number} scenarios in {len(files)} suites; {default_jobs()} processors\n")
    timed("read and expand the suites", number, lambda: suites.extend(read_suites(files, refused)))
    kernel = Runner(library, inference=False)
    timed("first run, one engine (policies compiled)", number, lambda: run_suites(suites, kernel))
    one = timed("one engine", number, lambda: run_suites(suites, kernel))
    both = Runner(library)
    run_suites(suites, both)
    two = timed("both engines, as `check` decides", number, lambda: run_suites(suites, both))
    timed("one engine, with coverage", number, lambda: run_suites(suites, kernel, coverage=True))
    many = timed("both engines, all processors", number, lambda: run_suites(suites, Runner(library), default_jobs()))
    print(f"\nboth engines cost {two / one:.1f} times one; {AIM} such scenarios take {many * AIM / number:.1f} s\n")
    hunt_mutants(suites, kernel, int(sys.argv[1]) if len(sys.argv) > 1 else 150)


def hunt_mutants(suites: list[Suite], runner: Runner, number: int) -> None:
    """Mutants a second on a sample of the policy with the most scenarios."""
    run, _ = run_suites(suites, runner)
    passing = [
        replace(
            s, scenarios=tuple(x for x, v in zip(s.scenarios, run.verdicts[i], strict=True) if v.status == "passed")
        )
        for i, s in enumerate(suites)
    ]
    policy = max(
        {s.id for s in suites if s.id.isupper()}, key=lambda p: sum(len(s.scenarios) for s in suites if s.id == p)
    )
    law = runner.law_of(policy)
    vocabulary = load_vocabulary(runner.library.vocabulary_sources)
    found = list(mutants(read_policy(runner.library.files[policy].source, vocabulary), law.vocabulary))
    random.Random(1).shuffle(found)
    hunt = Hunt({policy: law}, list(bases_of(passing, runner)), found[:number], runner.library)
    fates: list[str] = []
    seconds = timed(
        f"mutants of {policy} ({len(found)} in all)", number,
        lambda: fates.extend(v.fate if v else "refused" for v in hunt.batch(range(len(hunt.found)))),
    )  # fmt: skip
    counts = ", ".join(f"{fates.count(f)} {f}" for f in dict.fromkeys(fates))
    print(f"{len(fates) / seconds:.1f} mutants a second on one processor: {counts}")


if __name__ == "__main__":
    main()
