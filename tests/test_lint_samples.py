"""Every check fires on the example of its page, and nothing fires on the clean twin beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mayshare.bench.lint.fixes import repaired
from mayshare.bench.lint.registry import CHECKS
from mayshare.bench.lint.repair import repair
from mayshare.bench.lint.run import Linted, lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.engine.library import Library
from mayshare.rules.pages import page, pages
from mayshare.rules.source import read_source

from .lint.samples import Sample, samples

# An example of the one is, seen from elsewhere, an example of the other too.
ALSO = {"MS691": {"MS613"}, "MS623": {"MS624"}, "MS673": {"MS643", "MS674"}, "MS684": {"MS682"}}


@cache
def builtin() -> Surroundings:
    """What the shipped files give."""
    return Surroundings(Library())


def linted(sample: Sample, folder: Path) -> tuple[Linted, Surroundings]:
    """A sample as a file of its own."""
    path = folder / sample.name
    path.write_text(sample.text, "utf-8")
    around = Surroundings(Library(folders=(str(path),)))
    around.__dict__.update(vocabulary=builtin().vocabulary, registry=builtin().registry)
    return lint(read_source(path), around), around


def codes(file: Linted, *, notes: bool = True) -> set[str]:
    assert not file.refused, file.findings
    return {f.diagnostic.code for f in file.findings if notes or f.diagnostic.severity != "note"}


def test_there_are_enough_checks_and_each_has_a_name_and_a_page() -> None:
    assert len(CHECKS) >= 40
    assert all(check.name and code in pages() for code, check in CHECKS.items())


@pytest.mark.parametrize("code", CHECKS)
def test_a_check_fires_on_its_example(code: str, tmp_path: Path) -> None:
    found, _ = linted(samples(code)[0], tmp_path)
    assert code in codes(found)
    assert codes(found, notes=False) - {code} <= ALSO.get(code, set()), "nothing else is wrong with it"


@pytest.mark.parametrize("code", CHECKS)
def test_nothing_fires_on_the_clean_twin(code: str, tmp_path: Path) -> None:
    found, _ = linted(samples(code)[1], tmp_path)
    assert code not in codes(found)
    assert codes(found, notes=False) == set()


@pytest.mark.parametrize("code", CHECKS)
def test_a_repair_leaves_nothing_of_the_finding(code: str, tmp_path: Path) -> None:
    found, around = linted(samples(code)[0], tmp_path)
    edits = [e for f in found.findings if f.diagnostic.code == code for e in f.edits]
    if not edits:
        assert "`--fix`" not in (page(code) or ""), "a page promises what is not done"
        return
    _, made = repaired(found.source, edits)
    assert made == len(edits)
    after, count = repair(found, around)
    assert count >= 1
    assert code not in codes(after)


def test_a_ban_that_the_law_ends_for_everybody_is_not_lifted_for_another(tmp_path: Path) -> None:
    bad = samples("MS689")[0]
    ended = (
        "  - id: act-4\n    title: A secret that was made public is none\n    effect: disapply\n    overrides: [act-2]\n"
        "    source: {instrument: act, article: 4}\n    when: {direction: outgoing%s}\n"
    )
    everywhere = Sample(bad.name, bad.text + ended % ", item.secrecy: bank_secrecy")
    somewhere = Sample(bad.name, bad.text + ended % ", item.publicly_available: true")
    assert "MS689" not in codes(linted(everywhere, tmp_path)[0])
    assert "MS689" in codes(linted(somewhere, tmp_path)[0])
