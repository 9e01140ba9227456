"""The sessions shown in the documents are what the command prints."""

from __future__ import annotations

import os
import re
import shlex
from itertools import groupby
from pathlib import Path

import pytest

from mayshare.bench.lint.registry import CHECKS
from mayshare.rules.pages import pages

from .conftest import ROOT, Run

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
TABLE = re.compile(r"(<!-- checks -->\n).*?(<!-- /checks -->)", re.DOTALL)
SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def sessions() -> list[tuple[Path, str]]:
    """Every console block of every document."""
    return [(path, block) for path in DOCUMENTS for block in SESSION.findall(path.read_text())]


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with the output shown under it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]


@pytest.mark.parametrize(("path", "block"), sessions(), ids=lambda v: v.name if isinstance(v, Path) else "")
def test_session(path: Path, block: str, run: Run, tmp_path: Path) -> None:
    """A session prints what the document shows (`UPDATE_DOCS=1` rewrites the document instead).

    A line `…` stands for lines left out. What a session writes stays in a folder of its own.
    """
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    text = block
    for command, shown in commands(block):
        program, *arguments = shlex.split(command.removesuffix(" ; echo $?"))
        assert program == "mayshare", command
        done = run(*arguments, cwd=tmp_path, COLUMNS="96")
        printed = done.stdout + done.stderr
        if "…" in shown.split("\n"):
            pieces = [re.escape(piece) for piece in re.split(r"^…\n", shown, flags=re.MULTILINE)]
            assert re.fullmatch("(?s:.*)".join(pieces), printed), f"{path.name}: {command}\n{printed}"
        elif os.environ.get("UPDATE_DOCS"):
            text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}", 1)
        else:
            assert printed == shown, f"{path.name}: {command}"
    if text != block:
        path.write_text(path.read_text().replace(f"```console\n{block}```", f"```console\n{text}```", 1))


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    missing = [target for target in LINK.findall(path.read_text()) if not (path.parent / target).exists()]
    assert missing == []


def test_the_list_of_checks_is_whole() -> None:
    """docs/lint.md lists every check (`UPDATE_DOCS=1` writes the list)."""
    lines = []
    for family, checks in groupby(CHECKS.values(), key=lambda c: c.find.__module__.rsplit(".", 1)[-1]):
        lines += [f"\n{family.capitalize()}\n"]
        lines += [f"- `{c.code}` {pages()[c.code]} ({c.severity}, {c.of})" for c in checks]
    path = ROOT / "docs" / "lint.md"
    whole = TABLE.sub(lambda found: found[1] + "\n".join(lines).lstrip() + "\n" + found[2], path.read_text())
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(whole)
    assert path.read_text() == whole
