"""The exported query gives what the kernel gives, NULL for unknown."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bulk.columns import Columns
from mayshare.bulk.deciding import OUTCOMES, Columnar
from mayshare.bulk.sql import query, schema
from mayshare.engine.bundle import Bundle
from mayshare.engine.lookup import RegistryDomain

from .conftest import Run
from .strategies import bundle, facts, policies
from .test_bulk_columns import DAY, columns_of, random_cases, shipped

Answer = tuple[str, str, bool]


def by_kernel(law: Bundle, columns: Columns) -> list[Answer]:
    """What the kernel says, without completion."""
    kernel = Columnar(law.program, RegistryDomain(law.vocabulary, law.registry))
    answers = kernel.decide(columns, settle=False)
    return [(str(i), OUTCOMES[answers.outcome[i]], bool(answers.not_covered[i])) for i in range(columns.count)]


def by_duckdb(law: Bundle, cases: list[dict[str, Any]], day: date) -> list[Answer]:
    """What the query says in DuckDB, without the rules."""
    return [(k, o, n) for k, o, n, _ in with_rules(law, cases, day)]


def with_rules(law: Bundle, cases: list[dict[str, Any]], day: date) -> list[tuple[str, str, bool, set[str]]]:
    """What the query says in DuckDB."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(schema(law, "duckdb"))
        names = [d[0] for d in connection.execute("DESCRIBE cases").fetchall()]
        data = [[str(i), *(case.get(n) for n in names[1:])] for i, case in enumerate(cases)]
        connection.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * len(names))})", data)
        found = connection.execute(query(law, day, "duckdb")).fetchall()
    return sorted(((k, o, bool(n), {*r.split(";")} - {""}) for k, o, n, _, r in found), key=lambda r: int(r[0]))


@settings(max_examples=15)
@given(policies(), st.lists(facts(), min_size=5, max_size=30))
def test_duckdb_answers_as_the_kernel(policy: dict[str, Any], cases: list[dict[str, Any]]) -> None:
    law = bundle(policy)
    stated = [{**c, "sender.jurisdiction": "XA"} for c in cases]
    assert by_duckdb(law, stated, DAY) == by_kernel(law, columns_of(stated, [DAY] * len(stated)))


@pytest.mark.parametrize("stated", [0.6, 1.0])
def test_shipped_law_in_duckdb(stated: float) -> None:
    law, day = shipped(), date(2026, 3, 2)
    cases = random_cases(law, 200, stated)
    assert by_duckdb(law, cases, day) == by_kernel(law, columns_of(cases, [day] * len(cases)))


def test_the_query_names_the_rules_that_surely_decide() -> None:
    law, day = shipped(), date(2026, 3, 2)
    cases = random_cases(law, 200, 0.95)
    kernel = Columnar(law.program, RegistryDomain(law.vocabulary, law.registry))
    answers = kernel.decide(columns_of(cases, [day] * len(cases)), settle=False)
    effects = {r.id: r.effect for r in law.program.rules}
    decisive = {"allow": ("permit", "oblige"), "conditions": ("permit", "oblige"), "deny": ("forbid",)}
    assert answers.rules is not None
    named = 0
    for row, (_, outcome, _, rules) in enumerate(with_rules(law, cases, day)):
        assert rules == {r for r in answers.rules.of(row) if effects[r] in decisive.get(outcome, ())}
        named += bool(rules)
    assert named


def test_a_law_of_many_rules_keeps_to_the_arguments_a_database_takes() -> None:
    import sqlglot

    rules = [{"id": f"r{i}", "effect": "permit", "when": {"n": {"at_least": i}}} for i in range(200)]
    law = bundle({"policy": "XA", "covers": {}, "rules": rules})
    values = (0, 100, 199)
    found = with_rules(law, [{"n": value, "sender.jurisdiction": "XA"} for value in values], DAY)
    assert [named for _, _, _, named in found] == [{f"r{i}" for i in range(value + 1)} for value in values]
    for dialect in ("duckdb", "postgres", "spark"):
        parsed = sqlglot.parse_one(query(law, DAY, dialect), dialect=dialect)
        assert max(len(call.args["expressions"]) for call in parsed.find_all(sqlglot.exp.ConcatWs)) <= 100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: `MAYSHARE_TEST_POSTGRES` names one, else one is started where the programs for it are."""
    given_ = os.environ.get("MAYSHARE_TEST_POSTGRES")
    if given_:
        yield given_
        return
    if not (shutil.which("initdb") and shutil.which("pg_ctl")) or os.geteuid() == 0:
        pytest.skip("no PostgreSQL server here")
    folder = tmp_path_factory.mktemp("pg")
    subprocess.run(
        ["initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "mayshare"], check=True, capture_output=True
    )
    options = f"-k {folder} -c listen_addresses="
    subprocess.run(
        ["pg_ctl", "-D", str(folder / "data"), "-o", options, "-w", "-l", str(folder / "log"), "start"], check=True
    )
    yield f"postgresql://mayshare@/postgres?host={folder}"
    subprocess.run(["pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop"], check=True, capture_output=True)


def test_postgres_answers_as_the_kernel_and_is_read_as_input(server: str, run: Run, tmp_path: Path) -> None:
    import psycopg

    law, day = shipped(), date(2026, 3, 2)
    cases = random_cases(law, 100, 0.8)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS cases")
        connection.execute(schema(law, "postgres").encode())
        cursor = connection.execute("SELECT * FROM cases")
        names = [c.name for c in cursor.description or ()]
        rows = [[str(i), *(case.get(n) for n in names[1:])] for i, case in enumerate(cases)]
        marks = ", ".join(["%s"] * len(names))
        connection.cursor().executemany(f"INSERT INTO cases VALUES ({marks})".encode(), rows)
        found = connection.execute(query(law, day, "postgres").encode()).fetchall()
    answers = sorted(((k, o, bool(n)) for k, o, n, _, _ in found), key=lambda r: int(r[0]))
    assert answers == by_kernel(law, columns_of(cases, [day] * len(cases)))
    done = run("batch", server, "--table", "cases", "-o", str(tmp_path / "d.csv"), "--as-of", "2026-03-02")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "d.csv").read_text().splitlines()) == 101


def test_the_command_writes_each_dialect(run: Run) -> None:
    for dialect in ("duckdb", "postgres", "spark"):
        done = run("export", "CH", "--dialect", dialect, "--as-of", "2026-03-02", "--with-table", "--table", "facts")
        assert done.returncode == 0, done.stderr
        assert "CREATE TABLE facts" in done.stdout
    assert run("export", "CH", "--dialect", "mysql").returncode == 2
    assert run("export", "QQ").returncode == 3


@pytest.mark.parametrize("name", ["cases", "main.cases", 'my "cases', "year's cases; DROP"])
def test_a_table_of_any_name_is_queried(run: Run, name: str) -> None:
    text = run("export", "HK", "--table", name, "--with-table", "--key", 'the "key').stdout
    made, _, asked = text.partition(";\n\n")
    with duckdb.connect() as connection:
        connection.execute(made)
        assert connection.execute(asked).fetchall() == []


@pytest.mark.parametrize("name", ["", " ", "a..b", "a.b.c.d"])
def test_a_table_without_a_name_is_refused(run: Run, name: str) -> None:
    done = run("export", "HK", "--table", name)
    assert done.returncode == 2
    assert "--table" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_option_says_what_to_write(run: Run) -> None:
    assert "--from FROM" in run("batch", "--help").stdout
