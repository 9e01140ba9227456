"""`mayshare batch` on input that is not as it should be: nothing lost, nothing misplaced, and said where and what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mayshare.bulk.orders import Order
from mayshare.bulk.running import run as run_batch

from .conftest import ROOT, Run
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


def test_what_is_read_is_never_written_over(run: Run, tmp_path: Path) -> None:
    source = Path(table(tmp_path / "c.csv", ROWS))
    before = source.read_bytes()
    (tmp_path / "same.csv").hardlink_to(source)
    (tmp_path / "folder.csv").mkdir()
    for name, words in (
        ("c.csv", "would be written over"),
        ("same.csv", "written over"),
        ("folder.csv", "is a folder"),
    ):
        done = run("batch", str(source), "-o", str(tmp_path / name))
        assert done.returncode == 3, name
        assert "MS015" in done.stderr
        assert words in done.stderr
    assert source.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.csv", "folder.csv", "same.csv"]


def test_a_case_of_which_a_row_was_rejected_is_not_taken_as_whole(run: Run, tmp_path: Path) -> None:
    head = "case,item,sender.jurisdiction,mode"
    rows = ["a,1,CH,spontaneous", "a,2,CH,spontaneus", ",3,CH,spontaneous", ",4,CH,", "b,5,CH,spontaneous"]
    (tmp_path / "c.csv").write_text("\n".join([head, *rows]) + "\n")
    done = run("batch", str(tmp_path / "c.csv"), "-o", str(tmp_path / "d.ndjson"), "-e", "none")
    assert done.returncode == 1, done.stderr
    found = {d["item"]: (d["case"], d["case_outcome"]) for d in read(tmp_path / "d.ndjson")}
    assert found["1"] == ("a", "undetermined")
    assert found["3"] == (None, None)
    help_ = read(tmp_path / "d.ndjson.rejects.ndjson")[0]["errors"][0]["help"]
    assert help_ == "did you mean `spontaneous`?"


def test_a_list_of_one_empty_text_is_no_empty_list(run: Run, tmp_path: Path) -> None:
    pq.write_table(pa.table({"sender.jurisdiction": ["CH"] * 2, "purpose": [[""], []]}), tmp_path / "c.parquet")
    done = run("batch", str(tmp_path / "c.parquet"), "-o", str(tmp_path / "d.ndjson"))
    assert done.returncode == 1, done.stderr
    assert [r["row"] for r in read(tmp_path / "d.ndjson.rejects.ndjson")] == [1]


@pytest.mark.parametrize("column", ["case", "item", "purpose"])
def test_a_column_of_structures_is_named_with_its_file(run: Run, tmp_path: Path, column: str) -> None:
    source = tmp_path / "c.parquet"
    pq.write_table(pa.table({"sender.jurisdiction": ["CH"], column: [[{"a": 1}]]}), source)
    done = run("batch", str(source), "-o", str(tmp_path / "d.csv"))
    assert done.returncode == 3, done.stderr
    assert f"{source}: error MS805: column `{column}` holds list<" in done.stderr


def test_json_that_says_a_fact_twice_is_set_aside(run: Run, tmp_path: Path) -> None:
    lines = [
        '{"sender.jurisdiction": "CH", "mode": "spontaneous", "mode": "on_request"}',
        '{"sender.jurisdiction": "CH", "sender": {"jurisdiction": "LI"}}',
        '{"sender.jurisdiction": "CH"}',
    ]
    (tmp_path / "c.ndjson").write_text("\n".join(lines))
    done = run("batch", str(tmp_path / "c.ndjson"), "-o", str(tmp_path / "d.ndjson"))
    assert done.returncode == 1, done.stderr
    messages = [r["errors"][0]["message"] for r in read(tmp_path / "d.ndjson.rejects.ndjson")]
    assert messages == ["`mode` stands in the row twice", "`sender.jurisdiction` stands in the row twice, differently"]


def test_a_mapping_of_values_is_held_to_the_vocabulary(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "columns: {mode: moed}\nvalues: {item.typ: {X: bank_records}, item.type: {Y: bank_recs, Z: unknown}}\n"
    )
    done = run("batch", table(tmp_path / "c.csv", ROWS), "-o", str(tmp_path / "d.csv"), "-m", str(tmp_path / "m.yaml"))
    assert done.returncode == 3
    assert "`values`: unknown fact `item.typ`" in done.stderr
    assert "`values`: what `Y` means: `bank_recs` is not a value of `item.type`" in done.stderr
    assert "column `mode` is mapped to `moed`, which is no fact" in done.stderr
    assert "3 errors" in done.stderr


def test_another_table_does_not_go_on_with_the_first(run: Run, tmp_path: Path) -> None:
    name, output = str(tmp_path / "c.duckdb"), tmp_path / "d.ndjson"
    with duckdb.connect(name) as connection:
        connection.execute("CREATE TABLE a AS SELECT 'CH' AS \"sender.jurisdiction\" FROM range(3)")
        connection.execute("CREATE TABLE b AS SELECT 'LI' AS \"sender.jurisdiction\" FROM range(3)")
    order = Order(name, str(output), table="a", part_rows=1)
    stopped = RuntimeError("stopped")

    def progress(done: int, total: int | None) -> None:
        if done == 2:
            raise stopped

    with pytest.raises(RuntimeError):
        run_batch(order, progress)
    done = run("batch", name, "--table", "b", "-o", str(output), "--part-rows", "1")
    assert done.returncode == 3
    assert "MS808" in done.stderr
    done = run("batch", name, "--table", "a", "-o", str(output), "--part-rows", "1")
    assert done.returncode == 0, done.stderr
    assert [d["policy"] for d in read(output)] == ["CH"] * 3


def processes_of(session: int) -> list[str]:
    """What still runs in a session, but for what has ended and waits to be seen."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_of_several_processes_ends_at_once_and_leaves_none(
    run: Run, tmp_path: Path, cache: Path, how: signal.Signals
) -> None:
    source, output = table(tmp_path / "c.csv", ROWS * 8000), tmp_path / "d.parquet"
    options = ["batch", source, "-o", str(output), "--part-rows", "50", "-j", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mayshare", *options], env={**os.environ, "MAYSHARE_CACHE": str(cache)}, cwd=ROOT,
        stdout=-3, stderr=subprocess.PIPE, start_new_session=True, text=True,
    )  # fmt: skip
    parts = Path(f"{output}.parts")
    deadline = time.monotonic() + 60
    while not list(parts.glob("part-*.arrow")) and time.monotonic() < deadline:
        time.sleep(0.02)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        process.kill()
    code = process.wait(20)
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_of(process.pid) == []
    assert process.stderr is not None
    with process.stderr as stream:
        said = stream.read()
    assert "Traceback" not in said
    assert code == (130 if how == signal.SIGINT else -how), said
    assert ("interrupted; the same command goes on" in said) == (how == signal.SIGINT)
    assert not output.exists()
    assert list(parts.glob("part-*.arrow"))
