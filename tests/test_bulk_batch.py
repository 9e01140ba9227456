"""`mayshare batch`, by the real command: answers, resuming, bad input."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import ROOT, Run

HEAD = "case,sender.jurisdiction,sender.authority,receiver.jurisdiction,mode,purpose,item.type,item.form,item.secrecy,as_of"
ROWS = [
    "a,CH,prosecutor,BR,spontaneous,open_proceedings,bank_records,information,bank_secrecy,2026-03-02",
    "a,CH,prosecutor,BR,spontaneous,open_proceedings;ongoing_investigation,bank_records,evidence,bank_secrecy,2026-03-02",
    "b,CH,prosecutor,LI,on_request,,,evidence,,2026-03-02",
    "c,CH,fiu,BR,spontaneous,open_proceedings,financial_records,information,,2019-01-01",
    "d,CH,,,,,,,,2026-03-02",
]


def table(path: Path, rows: list[str]) -> str:
    """A CSV file of rows."""
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return str(path)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of an NDJSON file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def case_of(row: str) -> str:
    """A row as a case file."""
    stated: dict[str, Any] = dict(zip(HEAD.split(","), row.split(","), strict=True))
    facts: dict[str, Any] = {k: v for k, v in stated.items() if v and k != "as_of"}
    for path in ("purpose", "item.secrecy"):
        if path in facts:
            facts[path] = facts[path].split(";")
    item = {k.removeprefix("item."): facts.pop(k) for k in list(facts) if k.startswith("item.")}
    return json.dumps({**facts, "items": [{"id": "row", **item}]})


def test_every_row_is_answered_as_check_answers_it(run: Run, tmp_path: Path) -> None:
    done = run("batch", table(tmp_path / "c.csv", ROWS), "-o", str(tmp_path / "d.ndjson"), "-e", "full")
    assert done.returncode == 0, done.stderr
    for row, decided in zip(ROWS, read(tmp_path / "d.ndjson"), strict=True):
        item = json.loads(run("check", "-", "--format", "json", "--as-of", row[-10:], stdin=case_of(row)).stdout)[
            "items"
        ][0]
        assert decided["outcome"] == item["outcome"]
        assert sorted(decided["rules"]) == sorted(g["rule"] for g in item["grounds"])
        assert decided["outstanding"] == [c["id"] for c in item["conditions"] if c["status"] == "outstanding"]
        assert decided["contingent"] == [c["id"] for c in item["conditions"] if c["status"] == "contingent"]
        assert decided["missing"] == [m["fact"] for m in item["missing"]]
        assert decided["answer"]["explanation"]["children"]
        assert {k: v for k, v in decided["answer"].items() if k in ("grounds", "gateways", "missing")} == {
            k: item[k] for k in ("grounds", "gateways", "missing")
        }


def test_every_format_in_and_out_says_the_same(run: Run, tmp_path: Path) -> None:
    plain = table(tmp_path / "c.csv", ROWS)
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{plain}', all_varchar = true)) TO '{tmp_path}/c.parquet'")
    with duckdb.connect(str(tmp_path / "c.duckdb")) as connection:
        connection.execute(f"CREATE TABLE cases AS SELECT * FROM read_csv('{plain}', all_varchar = true)")
    keys = HEAD.split(",")
    lines = [json.dumps({k: v for k, v in zip(keys, r.split(","), strict=True) if v}) for r in ROWS]
    (tmp_path / "c.ndjson").write_text("\n".join(lines))
    answers = []
    for name, extra in (
        ("c.csv", ()),
        ("c.parquet", ()),
        ("c.duckdb", ("--table", "cases")),
        ("c.ndjson", ("-j", "2", "--part-rows", "2")),
    ):
        done = run("batch", str(tmp_path / name), "-o", str(tmp_path / "d.ndjson"), *extra)
        assert done.returncode == 0, done.stderr
        answers.append([{k: v for k, v in row.items() if k != "item"} for row in read(tmp_path / "d.ndjson")])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert [a["case_outcome"] for a in answers[0]][:2] == ["undetermined"] * 2
    for name in ("d.csv", "d.parquet"):
        assert run("batch", plain, "-o", str(tmp_path / name)).returncode == 0
    assert pq.read_table(tmp_path / "d.parquet").to_pylist() == answers[0]
    assert (tmp_path / "d.csv").read_text().splitlines()[0].startswith('"row","case","policy","outcome","case_outcome"')


def test_less_is_written_when_less_is_asked(run: Run, tmp_path: Path) -> None:
    run(
        "batch",
        table(tmp_path / "c.csv", ROWS),
        "-o",
        str(tmp_path / "d.ndjson"),
        "-e",
        "none",
        "--as-of",
        "2026-03-02",
    )
    assert set(read(tmp_path / "d.ndjson")[0]) == {
        "row",
        "case",
        "policy",
        "outcome",
        "case_outcome",
        "not_covered",
        "exact",
    }
    receipt = json.loads((tmp_path / "d.ndjson.receipt.json").read_text())
    assert receipt["rows"] == len(ROWS)
    assert receipt["as_of"] == "2026-03-02"
    assert set(receipt["programs"]) == {"CH"}


def test_bad_rows_are_set_aside_with_their_reasons(run: Run, tmp_path: Path) -> None:
    bad = [
        "x,CH,prosecuter,BR,spontaneous,,,,,2026-03-02",
        "y,ZZ,,,,,,,,2026-03-02",
        "z,,,,,,,,,2026-03-02",
        "w,CH,,,,,,,,2026-02-30",
        "v,CH,prosecutor",
    ]
    source = tmp_path / "c.csv"
    table(source, [ROWS[0], *bad, ROWS[1]])
    with source.open("ab") as stream:
        stream.write(b"u,CH,prosec\xe9tor,BR,,,,,,\n")
        stream.write(b"caf\xe9,CH,prosecutor,BR,,,,,,2026-03-02\n")
    done = run("batch", str(source), "-o", str(tmp_path / "d.ndjson"))
    assert done.returncode == 1
    assert "7 rows could not be read and were not decided" in done.stderr
    assert [d["row"] for d in read(tmp_path / "d.ndjson")] == [1, 7]
    rejects = {r["row"]: r["errors"][0]["code"] for r in read(tmp_path / "d.ndjson.rejects.ndjson")}
    assert rejects == {2: "MS102", 3: "MS106", 4: "MS301", 5: "MS103", 6: "MS807", 8: "MS004", 9: "MS004"}


def test_a_mapping_names_columns_values_and_constants(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("Report,To,Kind,Remark\n1,BR,BANK,x\n2,LI,OTHER,y\n")
    (tmp_path / "m.yaml").write_text(
        "columns: {Report: case, To: receiver.jurisdiction, Kind: item.type}\n"
        "constants: {sender.authority: prosecutor, mode: spontaneous}\n"
        "values: {item.type: {BANK: bank_records, OTHER: unknown}}\nignore: [Remark]\n"
    )
    done = run(
        "batch",
        str(tmp_path / "r.csv"),
        "-m",
        str(tmp_path / "m.yaml"),
        "--policy",
        "CH",
        "-o",
        str(tmp_path / "d.ndjson"),
    )
    assert done.returncode == 0, done.stderr
    assert [d["case"] for d in read(tmp_path / "d.ndjson")] == ["1", "2"]
    refused = run("batch", str(tmp_path / "r.csv"), "-o", str(tmp_path / "d.ndjson"))
    assert refused.returncode == 3
    assert "MS801" in refused.stderr


def command(*arguments: str, cache: Path) -> subprocess.Popen[bytes]:
    """The command, running."""
    environment = {**os.environ, "MAYSHARE_CACHE": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-m", "mayshare", *arguments], env=environment, cwd=ROOT, stdout=-3, stderr=-3
    )


def test_a_killed_run_goes_on_where_it_stopped(run: Run, tmp_path: Path, cache: Path) -> None:
    source = table(tmp_path / "c.csv", ROWS * 600)
    assert run("batch", source, "-o", str(tmp_path / "whole.parquet")).returncode == 0
    output = tmp_path / "d.parquet"
    process = command("batch", source, "-o", str(output), "--part-rows", "10", cache=cache)
    parts = tmp_path / "d.parquet.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("part-*.arrow"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()
    assert 5 <= len(list(parts.glob("part-*.arrow"))) < 300
    done = run("batch", source, "-o", str(output), "--part-rows", "10")
    assert done.returncode == 0, done.stderr
    assert "taken up after" in done.stderr
    assert pq.read_table(output).to_pylist() == pq.read_table(tmp_path / "whole.parquet").to_pylist()
    assert not parts.exists()


def test_parts_of_another_run_are_not_mixed_in(run: Run, tmp_path: Path, cache: Path) -> None:
    source = table(tmp_path / "c.csv", ROWS)
    (tmp_path / "d.csv.parts").mkdir()
    (tmp_path / "d.csv.parts" / "manifest.json").write_text('{"policies": "other", "today": "2026-01-01"}')
    done = run("batch", source, "-o", str(tmp_path / "d.csv"))
    assert done.returncode == 3
    assert "MS808" in done.stderr
    assert "the policies" in done.stderr
    assert not (tmp_path / "d.csv").exists()
    assert run("batch", source, "-o", str(tmp_path / "d.csv"), "--restart").returncode == 0


def test_what_cannot_be_read_is_refused_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    pq.write_table(pa.table({"case": ["a"] * 1000, "sender.jurisdiction": ["CH"] * 1000}), tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:-40])
    pq.write_table(pa.table({"sender.jurisdiction": [{"code": "CH"}]}), tmp_path / "typed.parquet")
    (tmp_path / "wide.csv").write_text(",".join(f"c{i}" for i in range(1_000_000)) + "\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "twice.csv").write_text("case,case\n1,2\n")
    expected = {
        "cut.parquet": "MS805",
        "wide.csv": "MS802",
        "empty.csv": "MS805",
        "twice.csv": "MS804",
        "typed.parquet": "MS805",
        "x.xlsx": "MS001",
    }
    for name, code in expected.items():
        done = run("batch", str(tmp_path / name), "-o", str(tmp_path / "d.csv"))
        assert done.returncode == 3, name
        assert code in done.stderr, (name, done.stderr)
        assert "Traceback" not in done.stderr
        assert list(tmp_path.glob("d.csv*")) == [], name


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_no_rows_are_no_decisions(run: Run, tmp_path: Path, ending: str) -> None:
    source = table(tmp_path / "c.csv", [])
    done = run("batch", source, "-o", str(tmp_path / f"d.{ending}"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 rows decided\n")
    assert duckdb.connect().execute(f"SELECT count(*) FROM '{tmp_path}/d.{ending}'").fetchall() == [(0,)]


def test_a_column_of_another_type_is_said_row_by_row(run: Run, tmp_path: Path) -> None:
    data = {"sender.jurisdiction": ["CH", "CH"], "item.type": [1.5, None]}
    pq.write_table(pa.table(data), tmp_path / "c.parquet")
    done = run("batch", str(tmp_path / "c.parquet"), "-o", str(tmp_path / "d.ndjson"))
    assert done.returncode == 1
    assert read(tmp_path / "d.ndjson.rejects.ndjson")[0]["errors"][0]["code"] == "MS102"


def test_a_full_disk_leaves_nothing_that_looks_whole(tmp_path: Path, cache: Path) -> None:
    source = table(tmp_path / "c.csv", ROWS * 400)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    arguments = [sys.executable, "-m", "mayshare", "batch", source, "-o", str(tmp_path / "d.csv")]
    environment = {**os.environ, "MAYSHARE_CACHE": str(cache)}
    done = subprocess.run(
        arguments, preexec_fn=small, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "MS015" in done.stderr
    assert not (tmp_path / "d.csv").exists()
    again = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert again.returncode == 0, again.stderr
    assert len((tmp_path / "d.csv").read_text().splitlines()) == 1 + 5 * 400


@pytest.mark.parametrize(
    "arguments", [["--explain", "more"], ["--engine", "hive"], ["--from", "xml"], ["--jobs", "-1"]]
)
def test_options_are_held_to_what_they_take(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    assert run("batch", table(tmp_path / "c.csv", ROWS), "-o", str(tmp_path / "d.csv"), *arguments).returncode == 2


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    from mayshare.bulk.orders import Order
    from mayshare.bulk.running import run as run_batch

    source, decided = tmp_path / "c.parquet", []
    for sender in ("HK", "XX"):
        source.unlink(missing_ok=True)
        pq.write_table(pa.table({"sender.jurisdiction": [sender] * 3}), source)
        summary = run_batch(Order(str(source), str(tmp_path / f"{sender}.parquet")))
        decided.append((summary.rows, summary.rejected))
    assert decided == [(3, 0), (0, 3)]
