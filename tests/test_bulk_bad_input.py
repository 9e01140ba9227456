"""`mayshare batch` on input that is not as it should be: nothing lost, nothing misplaced, and said where and what to do."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .conftest import Run
from .test_bulk_batch import HEAD, ROWS, read, table


@pytest.mark.parametrize("size", ["2", "3", "100"])
def test_rows_keep_their_numbers_behind_one_that_does_not_parse(run: Run, tmp_path: Path, size: str) -> None:
    source = table(tmp_path / "c.csv", ["x", ROWS[0], "x,CH", ROWS[1], ROWS[2], "y,z,z", "y,z"])
    done = run("batch", source, "-o", str(tmp_path / "d.ndjson"), "--part-rows", size)
    assert done.returncode == 1, done.stderr
    assert "4 rows could not be read" in done.stderr
    assert [d["row"] for d in read(tmp_path / "d.ndjson")] == [2, 4, 5]
    rejects = read(tmp_path / "d.ndjson.rejects.ndjson")
    assert [r["row"] for r in rejects] == [1, 3, 6, 7]
    assert {r["errors"][0]["code"] for r in rejects} == {"MS807"}


def test_rows_that_do_not_parse_far_apart_keep_their_place(run: Run, tmp_path: Path) -> None:
    rows = [f"{n}," + ROWS[0][2:] if n % 997 else f"{n},broken" for n in range(1, 90_000)]  # more than one block
    done = run("batch", table(tmp_path / "c.csv", rows), "-o", str(tmp_path / "d.parquet"), "-e", "none")
    assert done.returncode == 1, done.stderr
    decided = pq.read_table(tmp_path / "d.parquet")
    assert decided["case"].to_pylist() == [str(n) for n in decided["row"].to_pylist()]
    assert [r["row"] for r in read(tmp_path / "d.parquet.rejects.ndjson")] == list(range(997, 90_000, 997))


def test_a_header_in_quotes_may_go_over_lines_and_stand_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text('columns: {"the\\nsender": sender.jurisdiction}\n')
    (tmp_path / "c.csv").write_text('"the\nsender",mode\nCH,spontaneous\n')
    options = ("-o", str(tmp_path / "d.ndjson"), "-m", str(tmp_path / "m.yaml"))
    assert run("batch", str(tmp_path / "c.csv"), *options).returncode == 0
    assert [d["policy"] for d in read(tmp_path / "d.ndjson")] == ["CH"]
    (tmp_path / "c.csv").write_text(HEAD)  # no line follows, not even an empty one
    done = run("batch", str(tmp_path / "c.csv"), "-o", str(tmp_path / "d.ndjson"))
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "0 rows decided")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}\r{ROWS[0]}\r", "holds a carriage return"),
        ('"case,mode\na,spontaneous\n', "is a quote open that is never closed?"),
        ("case,mode,,\na,,,\n", "columns 3, 4 have no name"),
        (f"{HEAD}\n".replace(",", ";"), "columns are divided by commas"),
        (f"{HEAD}\n".replace(",", "\t"), "columns are divided by commas"),
    ],
)
def test_a_header_that_cannot_be_read_is_said_with_a_remedy(run: Run, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "c.csv").write_bytes(text.encode())
    done = run("batch", str(tmp_path / "c.csv"), "-o", str(tmp_path / "d.csv"))
    assert done.returncode == 3, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("d.csv*")) == []


def test_a_layers_own_fact_and_the_receivers_are_columns(run: Run, tmp_path: Path) -> None:
    lines = ["sender.jurisdiction,receiver.jurisdiction,ets182.holder_agreed", "CH,LI,true"]
    (tmp_path / "c.csv").write_text("\n".join(lines) + "\n")
    done = run("batch", str(tmp_path / "c.csv"), "-o", str(tmp_path / "d.ndjson"))
    assert done.returncode == 0, done.stderr
