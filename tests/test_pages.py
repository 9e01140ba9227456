"""Every code that a message can carry has a page, every page belongs to a code, and all pages have one form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mayshare.bench.lint.registry import CHECKS
from mayshare.rules.pages import page, pages

from .conftest import ROOT, Run

ROOMS = ("rules", "engine", "rendering", "desk", "bench", "proof", "bulk", "commands")
CODE = re.compile(r"\bMS\d{3}\b")
HEADINGS = ["What it means", "Example", "What to do"]
BLOCK = re.compile(r"^```(yaml|sh|text)\n.+?^```$", re.MULTILINE | re.DOTALL)


def used_codes() -> set[str]:
    """The codes that the source names, its help texts' placeholders apart."""
    sources = [p for room in ROOMS for p in (ROOT / room).rglob("*.py")]
    return {code for path in sources for code in CODE.findall(path.read_text("utf-8"))}


def test_every_code_in_the_source_has_a_page() -> None:
    assert sorted(used_codes() - pages().keys()) == []


def test_every_page_belongs_to_a_code_in_the_source() -> None:
    assert sorted(pages().keys() - used_codes()) == []


@pytest.mark.parametrize("code", pages())
def test_a_page_has_the_fixed_form(code: str) -> None:
    text = page(code) or ""
    title, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert re.fullmatch(rf"# {code}: \S.*\n\n", title)
    assert [part.split("\n", 1)[0] for part in sections] == HEADINGS
    if code < "MS600" or code in CHECKS:  # about what people write
        assert BLOCK.search(sections[1]), "an example of what is wrong"
        assert BLOCK.search(sections[2]), "an example of what is right"
    assert all(len(section.strip()) > 20 for section in sections), "no section is empty"
    assert len(text.splitlines()) <= 60, "short enough to be read"


def test_pages_have_titles_of_their_own() -> None:
    titles = list(pages().values())
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 72 for title in titles)


def test_explain_prints_pages_and_lists_all(run: Run, tmp_path: Path) -> None:
    done = run("explain", "MS101", "ms902", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == f"{page('MS101')}\n{page('MS902')}"
    listed = run("explain", cwd=tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(pages())


def test_explain_says_which_code_was_meant(run: Run) -> None:
    done = run("explain", "MS9O2")
    assert done.returncode == 2
    assert "MS902" in done.stderr
