"""Running many suites, in several processes where there is enough to do."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from ..rules.scenario import Suite
from ..rules.source import Source
from .coverage import Collector, Seen
from .runner import Run, Runner, Verdict
from .selecting import Matcher

ENOUGH = 60
"""Scenarios below which a second process costs more than it saves."""
CHUNK = 250
"""Scenarios that one process runs on end."""

T = TypeVar("T")
R = TypeVar("R")


def selected(suites: Sequence[Suite], wanted: Matcher | None) -> list[Suite]:
    """The suites with only the scenarios wanted (by suite, id and title); those left with none are dropped."""
    if wanted is None:
        return list(suites)
    kept = [replace(s, scenarios=tuple(x for x in s.scenarios if wanted(f"{x.name} {x.title}"))) for s in suites]
    return [s for s in kept if s.scenarios]


FEW = 8
"""Files that are worked on in one process: a second costs more than it saves."""


def each_file(task: Callable[[Source], R], sources: Sequence[Source], jobs: int = 0) -> list[R]:
    """`task` of each file, in order, in up to `jobs` processes; 0 is as many as this machine runs at once."""
    longest_first = sorted(range(len(sources)), key=lambda i: -len(sources[i].text))
    jobs = (jobs or default_jobs()) if len(sources) > FEW else 1
    done = parallel(task, [sources[i] for i in longest_first], jobs)
    return [result for _, result in sorted(zip(longest_first, done, strict=True), key=lambda pair: pair[0])]


def default_jobs() -> int:
    """How many processes this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_suites(suites: Sequence[Suite], runner: Runner, jobs: int = 1, *, coverage: bool = False) -> tuple[Run, Seen]:
    """Every scenario of the suites, in order, and with `coverage` what they have shown."""
    chunks = _chunks(suites)
    work = _Work(tuple(suites), runner, coverage)
    many = sum(len(s.scenarios) for s in suites) >= ENOUGH
    done = parallel(work.chunk, chunks, jobs if many else 1)
    verdicts: dict[int, list[Verdict]] = {index: [] for index in range(len(suites))}
    seen = Seen()
    for (index, _, _), (part, shown) in sorted(zip(chunks, done, strict=True), key=lambda pair: pair[0]):
        verdicts[index] += part
        seen.update(shown)
    return Run(tuple(suites), {index: tuple(v) for index, v in verdicts.items()}), seen


def _chunks(suites: Sequence[Suite]) -> list[tuple[int, int, int]]:
    """Runs of scenarios of one suite, whose law is made ready in one process; the longest first, so that all end together."""
    found = [
        (index, start, min(start + CHUNK, len(suite.scenarios)))
        for index, suite in enumerate(suites)
        for start in range(0, max(1, len(suite.scenarios)), CHUNK)
    ]
    return sorted(found, key=lambda chunk: (chunk[1] - chunk[2], chunk))


class _Work:
    def __init__(self, suites: tuple[Suite, ...], runner: Runner, coverage: bool) -> None:
        self.suites = suites
        self.runner = runner
        self.coverage = coverage

    def chunk(self, chunk: tuple[int, int, int]) -> tuple[list[Verdict], Seen]:
        index, start, end = chunk
        suite = self.suites[index]
        collector = Collector() if self.coverage else None
        verdicts = [self.runner.run(s, suite.text, collector) for s in suite.scenarios[start:end]]
        return verdicts, collector.seen if collector else Seen()


_task: Callable[..., object] | None = None


def parallel(
    task: Callable[[T], R], parts: Sequence[T], jobs: int, progress: Callable[[R], None] | None = None
) -> list[R]:
    """`task` of each part, in order; in up to `jobs` processes that start as copies of this one, where the system can do that."""
    report = progress or (lambda result: None)
    results: list[R] = []
    if jobs <= 1 or len(parts) <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        for part in parts:
            results.append(task(part))
            report(results[-1])
        return results
    global _task
    _task = task
    others = multiprocessing.active_children()
    try:
        with ProcessPoolExecutor(min(jobs, len(parts)), multiprocessing.get_context("fork"), _worker) as pool:
            try:
                for result in pool.map(_call, parts):
                    results.append(result)  # type: ignore[arg-type]
                    report(results[-1])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in multiprocessing.active_children():
                    if worker not in others and worker.pid is not None:
                        with suppress(ProcessLookupError):  # it has died in the meantime
                            os.kill(worker.pid, signal.SIGUSR1)
                raise
    finally:
        _task = None
    return results


class _Stopped(Exception):
    """Nobody waits any more for what a worker is doing."""


_busy = False
_stopped = False


def _worker() -> None:
    """Ctrl-C is for the process that was called, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, _stop)


def _stop(number: int, frame: object) -> None:
    """Let go of the task at hand, and take no other. The worker itself lives on until its pool ends: one that dies breaks it."""
    global _stopped
    _stopped = True
    if _busy:
        raise _Stopped


def _call(part: object) -> object:
    global _busy
    if _stopped:
        raise _Stopped
    _busy = True
    try:
        assert _task is not None
        return _task(part)
    finally:
        _busy = False
