"""The same batches on a local Spark cluster of several workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import Run
from .test_bulk_batch import HEAD, ROWS

pytest.importorskip("pyspark")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def parquet(path: Path, times: int) -> str:
    """The rows of the batch tests, many times over, as Parquet."""
    keys = HEAD.split(",")
    rows = [{k: v or None for k, v in zip(keys, r.split(","), strict=True)} for r in ROWS] * times
    rows = [{**r, "case": f"{i}"} for i, r in enumerate(rows)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2000)
    return str(path)


def answers(path: Path) -> list[dict[str, object]]:
    """Decisions by case, without what only one way of running has."""
    rows = pq.read_table(path).to_pylist()
    drop = ("row", "case_outcome")
    return sorted(({k: v for k, v in r.items() if k not in drop} for r in rows), key=lambda r: int(str(r["case"])))


def python_workers() -> list[int]:
    """Processes that run tasks, below the executors of this test."""
    import psutil

    mine = psutil.Process().children(recursive=True)
    return [p.pid for p in mine if "pyspark.daemon" in " ".join(_line(p))]


def executors() -> list[int]:
    """The executors' own processes."""
    import psutil

    return [
        p.pid for p in psutil.Process().children(recursive=True) if "CoarseGrainedExecutorBackend" in " ".join(_line(p))
    ]


def _line(process: object) -> list[str]:
    import psutil

    try:
        return process.cmdline()  # type: ignore[attr-defined,no-any-return]
    except psutil.Error:
        return []


def test_workers_that_cannot_do_it_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from mayshare.bulk.orders import Order
    from mayshare.bulk.spark import run_on_spark
    from mayshare.rules.diagnostics import Refused

    if shutil.which("java") is None:
        pytest.skip("no Java here")
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')  # a Python without what is installed
    bare.chmod(0o755)
    monkeypatch.setenv("PYSPARK_PYTHON", str(bare))
    with pytest.raises(Refused) as refused:
        run_on_spark(Order(parquet(tmp_path / "c.parquet", 4), str(tmp_path / "d.parquet")), "local[1]")
    (found,) = refused.value.diagnostics
    assert found.code == "MS811"
    assert "ModuleNotFoundError" in found.message
    assert not (tmp_path / "d.parquet.receipt.json").exists()


def test_a_cluster_says_what_one_machine_says_with_a_worker_killed(run: Run, tmp_path: Path) -> None:
    import shutil

    if shutil.which("java") is None:
        pytest.skip("no Java here")
    source = parquet(tmp_path / "c.parquet", 4000)
    assert run("batch", source, "-o", str(tmp_path / "one.parquet")).returncode == 0
    killed: list[int] = []

    def kill() -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            found = executors()
            if len(found) == 2 and python_workers():
                os.kill(found[0], signal.SIGKILL)
                killed.append(found[0])
                return
            time.sleep(0.05)

    from mayshare.bulk.orders import Order
    from mayshare.bulk.spark import run_on_spark

    thread = threading.Thread(target=kill)
    thread.start()
    summary = run_on_spark(Order(source, str(tmp_path / "many.parquet")), "local-cluster[2,1,1024]")
    thread.join()
    assert killed
    assert summary.rows == 20_000
    assert answers(tmp_path / "many.parquet") == answers(tmp_path / "one.parquet")
