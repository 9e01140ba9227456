"""`mayshare new`: what it writes runs, says what the guidelines ask, and never takes the place of anything."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from mayshare.bench.formatting import formatted
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.bench.starting import new_files
from mayshare.engine.library import Library
from mayshare.rules.source import Source, read_source
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

from .conftest import Run

VOCABULARY = load_vocabulary(vocabulary_files())
FILES = ["examples/no.yaml", "no.yaml", "registry/no.yaml", "scenarios/no.yaml"]


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Path:
    """A new policy for Norway."""
    done = run("new", "NO", "-o", "law", "--as-of", "2026-03-02", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(line.removeprefix("law/") for line in done.stdout.splitlines()) == FILES
    return tmp_path / "law"


def test_it_passes_lint_test_check_and_fmt_as_it_stands(run: Run, made: Path) -> None:
    assert run("lint", ".", cwd=made).stdout == "3 files: 0 errors, 0 warnings, 0 notes\n"
    tested = json.loads(run("test", ".", "--policies", ".", "-f", "json", cwd=made).stdout)
    assert (tested["failed"], tested["errors"]) == (0, 0)
    assert tested["passed"] >= 15
    checked = run("check", "examples/no.yaml", "--policies", ".", "-f", "json", cwd=made)
    assert checked.returncode == 10
    assert json.loads(checked.stdout)["items"][0]["grounds"][0]["rule"] == "gl-1-1"
    assert run("fmt", "--check", ".", cwd=made).returncode == 0


def test_its_suite_is_a_model_of_one(run: Run, made: Path) -> None:
    covered = json.loads(run("test", ".", "--policies", ".", "--coverage-format", "json", cwd=made).stdout)
    assert covered["share"] == 1, covered
    done = run("test", ".", "--policies", ".", "--mutate", "--fail-under", "100", "-f", "json", cwd=made)
    assert done.returncode == 0, done.stderr
    mutants = json.loads(done.stdout)["mutants"]
    assert sum(m["fate"] == "killed" for m in mutants) > 300
    # what the rules say twice: an obligation bound to gateways for the same cases; a ban, beside which no gateway counts anyway
    same = {(m["where"], m["text"].split(":")[0]) for m in mutants if m["fate"] == "equivalent"}
    bound = {"gl-3-secure-channel", "gl-4-2-confidentiality", "gl-4-2-use", "gl-4-3-permission", "gl-4-3-feedback"}
    assert {where for where, text in same if text in ("dropped", "`all` made `any`")} == bound
    assert {w for w, text in same if text.startswith("no longer overrides")} == {"gl-4-2-kept", "gl-4-2-limits"}


@pytest.mark.parametrize("code", ["BR", "CH", "SY", "XA"])
def test_its_suite_holds_for_every_jurisdiction(run: Run, code: str, tmp_path: Path) -> None:
    run("new", code, "-o", ".", "--as-of", "2026-03-02", cwd=tmp_path)
    done = run("test", ".", "--policies", ".", "--coverage", "--fail-under", "100", "--engine", "kernel", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_departs_from_no_guideline(run: Run, made: Path) -> None:
    done = run("assess", "NO", "--policies", ".", "-f", "json", cwd=made)
    verdicts = [f["verdict"] for f in json.loads(done.stdout)["policies"][0]["findings"]]
    assert "departs" not in verdicts
    assert verdicts.count("in_line") >= 25


@pytest.mark.parametrize("code", ["CH", "AE", "SY", "CI", "XA"])
def test_other_jurisdictions_lint_clean_too(code: str, tmp_path: Path) -> None:
    for path, text in new_files(code, VOCABULARY, date(2026, 3, 2)).items():
        assert "@" not in text
        assert formatted(Source(path, text)).text == text
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    around = Surroundings(Library(folders=(str(tmp_path),)))
    for path in (f"{code.lower()}.yaml", f"registry/{code.lower()}.yaml", f"scenarios/{code.lower()}.yaml"):
        assert [str(f.diagnostic) for f in lint(read_source(tmp_path / path), around).findings] == []


def test_nothing_is_overwritten_and_nothing_half_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no" / "registry").mkdir(parents=True)
    mine = tmp_path / "no" / "registry" / "no.yaml"
    mine.write_text("mine", "utf-8")
    done = run("new", "NO", cwd=tmp_path)
    assert done.returncode == 3
    assert "MS695" in done.stderr
    assert mine.read_text("utf-8") == "mine"
    assert [p for p in (tmp_path / "no").rglob("*") if p.is_file()] == [mine]


@pytest.mark.parametrize(("code", "near"), [("Norway", "NO"), ("no", "NO"), ("ZZ9", "ISO")])
def test_an_unknown_code_is_refused_with_the_nearest(run: Run, tmp_path: Path, code: str, near: str) -> None:
    done = run("new", code, cwd=tmp_path)
    assert done.returncode == 3
    assert "MS106" in done.stderr
    assert near in done.stderr or near == "ISO"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run("new", "NO", "-o", "file/law", cwd=tmp_path)
    assert done.returncode == 3
    assert "MS015" in done.stderr
