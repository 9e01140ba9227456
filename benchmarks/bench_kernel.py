"""Decisions a second with reasons, one by one and in columns, as the rules grow: `python benchmarks/bench_kernel.py`."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))

from bulk_engines import columns, mayshare
from engines import compiled
from workload import cases, rules

DAY = date(2026, 1, 1)


def rate(call: Callable[[], object], count: int) -> float:
    """Decisions a second, the median of five rounds."""
    rounds = []
    for _ in range(5):
        begin = time.perf_counter()
        call()
        rounds.append(count / (time.perf_counter() - begin))
    return statistics.median(rounds)


def main() -> None:
    """Print a line for each number of rules."""
    from mayshare.engine.kernel import Kernel

    known = cases(3000)
    print(
        f"{'rules':>6} {'one by one/s':>14} {'spelled out/s':>14} {'columns M/s':>12} {'with reasons':>13} {'5 % unknown':>12}"
    )
    for size in (60, 600, 6000):
        rule_set = rules(size)
        kernel = Kernel(compiled(rule_set).program)
        some = known if size < 6000 else known[:500]
        for case in some:
            kernel.verdict(case, DAY)
        one = rate(lambda k=kernel, s=some: [k.verdict(c, DAY) for c in s], len(some))  # type: ignore[misc]
        spelled = rate(lambda k=kernel, s=some[:300]: [k.evaluate(c, DAY) for c in s], 300)  # type: ignore[misc]
        count = {60: 1 << 20, 600: 1 << 18, 6000: 1 << 15}[size]
        data, partly = columns(count), columns(count, 0.05)
        figures = []
        for call in (mayshare(rule_set, data), mayshare(rule_set, data, reasons=True), mayshare(rule_set, partly)):
            call()
            figures.append(rate(call, count) / 1e6)
        print(f"{size:>6} {one:>14,.0f} {spelled:>14,.0f} {figures[0]:>12.2f} {figures[1]:>13.2f} {figures[2]:>12.2f}")


if __name__ == "__main__":
    main()
