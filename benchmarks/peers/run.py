"""Side by side with other engines: `python benchmarks/peers/run.py`.

One workload (`workload.py`), one run: each engine in a process of its own, the answers compared with a plain reference first,
then timed in turns; medians of several rounds; ratios to ours. With `--setup` the peers are installed into `.venv-peers`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIZES = (60, 600, 6000)
MARKS = re.compile(r"(<!-- peers -->\n).*?(<!-- /peers -->)", re.DOTALL)


def one_by_one(name: str, size: int, seconds: float) -> dict[str, Any]:
    """An engine's decisions a second at a size, and how many answers differ from the reference."""
    from engines import ENGINES
    from workload import cases, reference, rules

    rule_set, known = rules(size), cases(2000)
    begin = time.perf_counter()
    decide = ENGINES[name](rule_set)
    load = time.perf_counter() - begin
    checked, differ, begin = 0, 0, time.perf_counter()
    for case in known[:200]:
        got, want = decide(case), reference(rule_set, case)
        differ += (got[0] == "permit") is not (want[0] == "permit") if name == "casbin" else got != want
        checked += 1
        if time.perf_counter() - begin > seconds:
            break
    rates = []
    for _ in range(3):
        count, begin, spent = 0, time.perf_counter(), 0.0
        while spent < seconds / 3:
            decide(known[count % len(known)])
            count += 1
            if count % 16 == 0 or count < 4:
                spent = time.perf_counter() - begin
        rates.append(count / (time.perf_counter() - begin))
    return {"rate": statistics.median(rates), "differ": differ, "checked": checked, "load": load}


def in_bulk(size: int, count: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Million decisions a second of every engine, taken in turns within one process."""
    import numpy as np
    from bulk_engines import ENGINES, OURS, UNKNOWN, columns
    from workload import rules

    rule_set = rules(size)
    ready: dict[str, Any] = {}
    for engines, data in ((ENGINES, columns(count)), (UNKNOWN, columns(count, 0.05))):
        for name, make in engines.items():
            try:
                ready[name] = make(rule_set, data)
            except ImportError:
                continue
    answers = {name: np.asarray(decide()) for name, decide in ready.items()}
    answers = {name: OURS[a] if name.startswith("mayshare") else a for name, a in answers.items()}
    rates: dict[str, list[float]] = {name: [] for name in ready}
    for _ in range(rounds):
        for name, decide in ready.items():
            begin = time.perf_counter()
            decide()
            rates[name].append(count / (time.perf_counter() - begin) / 1e6)

    def differ(name: str) -> int:
        same = "numpy, bit-sliced by hand" if name in ENGINES else next(iter(UNKNOWN))
        return int((answers[name] != answers[same]).sum())

    return {n: {"rate": statistics.median(r), "differ": differ(n)} for n, r in rates.items()}


def child(arguments: list[str], limit: float) -> dict[str, Any]:
    """What this program says in a process of its own, or why it says nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, *arguments],
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": "too slow"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "failed"
        return {"failed": "not installed" if "ModuleNotFoundError" in last else f"failed ({last[:60]})"}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def cell(entry: dict[str, Any] | None, unit: str) -> str:
    """A figure in the table."""
    if entry is None or "failed" in entry:
        return "–" if entry is None else str(entry["failed"])
    differs = f" (differs in {entry['differ']})" if entry["differ"] else ""
    return f"{entry['rate']:,.0f}{differs}" if unit == "/s" else f"{entry['rate']:,.2f}{differs}"


def table(found: dict[str, dict[int, dict[str, Any]]], unit: str, title: str) -> str:
    """The table of a kind of run, the fastest first, with ratios to ours."""
    sizes = sorted({s for rows in found.values() for s in rows})
    lines = [f"| {title} | " + " | ".join(f"{s:,} rules" for s in sizes) + f" | ours at {sizes[0]}, as a multiple |"]
    lines.append("|---|" + "---:|" * (len(sizes) + 1))
    ours = found["mayshare"][sizes[0]]["rate"]
    for name in sorted(found, key=lambda n: -found[n].get(sizes[0], {}).get("rate", 0)):
        rows = found[name]
        rate = rows.get(sizes[0], {}).get("rate")
        ratio = "–" if not rate else f"{ours / rate:,.1f} ×"
        lines.append(f"| {name} | " + " | ".join(cell(rows.get(s), unit) for s in sizes) + f" | {ratio} |")
    return "\n".join(lines) + "\n"


def write(one: dict[str, Any], bulk: dict[str, Any]) -> str:
    """Both tables, written to `results.md` and into the README."""
    text = "One by one, decisions a second with the rules they rest on, one thread:\n\n" + table(one, "/s", "engine")
    text += "\nIn bulk, million decisions a second, columns in memory:\n\n" + table(bulk, "M/s", "engine")
    text += (
        "\nMedians of one run on one machine of two cores, every answer compared with a reference: read the ratios. casbin\n"
        "gives no reasons; in bulk, rows without a word about it run on one core.\n"
    )
    (HERE / "results.md").write_text(text, "utf-8")
    readme = ROOT / "README.md"
    shown = MARKS.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", readme.read_text("utf-8"))
    readme.write_text(shown, "utf-8")
    return text


def main() -> None:
    """Run everything, or the part that a child process is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setup", action="store_true", help="install the peers into .venv-peers and run there")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--rows", type=int, default=1 << 20)
    parser.add_argument("--one", nargs=2)
    parser.add_argument("--bulk", type=int)
    given = parser.parse_args()
    sys.path.insert(0, str(HERE))
    warnings.simplefilter("ignore")
    if given.setup:
        folder = ROOT / ".venv-peers"
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "-q", "-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, "-e", f"{ROOT}[native]", "-r", str(HERE / "requirements.txt")], check=True)
        rest = [a for a in sys.argv[1:] if a != "--setup"]
        raise SystemExit(subprocess.run([str(folder / "bin" / "python"), __file__, *rest], check=False).returncode)
    if given.one:
        print(json.dumps(one_by_one(given.one[0], int(given.one[1]), given.seconds)))
        return
    if given.bulk:
        print(json.dumps(in_bulk(given.bulk, given.rows, 7)))
        return
    from engines import ENGINES

    one: dict[str, dict[int, dict[str, Any]]] = {}
    bulk: dict[str, dict[int, dict[str, Any]]] = {}
    for size in given.sizes:
        for name in ENGINES:
            before = one.get(name, {})
            if any("failed" in e for e in before.values()):
                continue  # slower still with more rules
            one.setdefault(name, {})[size] = child(
                ["--one", name, str(size), "--seconds", str(given.seconds)], 20 + 20 * given.seconds
            )
            print(f"{size:>5} {name:<16} {cell(one[name][size], '/s')}", file=sys.stderr, flush=True)
    for size in (s for s in given.sizes if s <= 600):
        rows = given.rows if size <= 60 else given.rows // 2
        for name, entry in child(["--bulk", str(size), "--rows", str(rows)], 600).items():
            bulk.setdefault(name, {})[size] = entry
            print(f"{size:>5} {name:<36} {cell(entry, 'M/s')}", file=sys.stderr, flush=True)
    print(write(one, bulk))


if __name__ == "__main__":
    main()
