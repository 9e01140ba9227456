"""Whole-process time of `check`, as a multiple of importing what it needs: `python benchmarks/bench_check.py`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "examples" / "zurich-to-brasilia.yaml"
RUNS = 9


def spent(arguments: list[str]) -> float:
    """Seconds that a process takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return time.perf_counter() - begin


def main() -> None:
    """Take both in turns and print the medians and their ratio."""
    imports, check = ["-c", "import typer, pydantic, yaml"], ["-m", "mayshare", "check", str(CASE)]
    spent(check)  # compiles the policies once
    pairs = [(spent(imports), spent(check)) for _ in range(RUNS)]
    base, own = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    print(f"imports {base * 1000:.0f} ms, check {own * 1000:.0f} ms: {own / base:.2f} times (aim: at most 2.5)")


if __name__ == "__main__":
    main()
