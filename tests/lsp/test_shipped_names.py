"""Names across everything that is shipped: each use has its definition, and a rename leaves no trace of the old name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mayshare.bench.editor.names import Name
from mayshare.bench.editor.renaming import Replacement, renamed
from mayshare.bench.editor.view import View
from mayshare.bench.editor.workspace import Workspace
from mayshare.bench.lint.run import read
from mayshare.bench.lint.subject import Surroundings
from mayshare.bench.runner import Runner
from mayshare.bench.suites import find_suites, read_suites
from mayshare.engine.library import Library
from mayshare.rules.source import Source

from ..conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is shipped, as if a drafter had written it."""
    folder = tmp_path_factory.mktemp("law") / "jurisdictions"
    shutil.copytree(ROOT / "jurisdictions", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


@pytest.fixture(scope="module")
def view(shipped: Path) -> View:
    """What can be seen from there."""
    return Workspace(roots=[shipped]).view(str(shipped / "ch.yaml"))


FREE = ("jurisdiction", "code", "source", "network", "authority")
"""What need not be defined in a file, or may be said in words of one's own."""


def test_every_name_that_is_used_is_defined(view: View) -> None:
    known = {m.name for s in (*view.sheets, *view.digests) for m in s.mentions if m.defines}
    codes = view.around.vocabulary.jurisdictions
    lost: dict[str, bool] = {}
    for mention in (m for sheet in view.sheets for m in sheet.mentions):
        if mention.name.kind not in FREE and not (mention.name.kind == "value" and mention.name.id in codes):
            place = f"{mention.place}: {mention.name.kind} {mention.name.id}"
            lost[place] = lost.get(place, True) and not any(n in known for n in view.meant(mention))
    assert [place for place, is_lost in lost.items() if is_lost] == []


def test_nearly_every_line_of_a_condition_is_understood(view: View) -> None:
    sheet = view.policies["CH"]
    kinds = {m.name.kind for m in sheet.mentions}
    assert {"policy", "rule", "definition", "fact", "value", "condition", "instrument", "provision"} <= kinds
    rules = sheet.documents[0].data["rules"]
    tested = {key for rule in rules for key in rule.get("when", {}) if "." in key}
    assert tested <= {m.written for m in sheet.mentions if m.name.kind == "fact"}


RENAMED = [
    ("ch", "ch-prosecutors", Name("rule", "uncac", "46-4")),
    ("ch", "ch-prosecutors", Name("rule", "CH", "imac-67a-1")),
    ("ch", "ch-prosecutors", Name("definition", "CH", "secret_sphere")),
    ("br", "br", Name("fact", "", "br.released_by_court_order")),
    ("br", "br", Name("base", "scenarios/br.yaml", "prosecutor")),
]


@pytest.mark.parametrize(("policy", "suite", "name"), RENAMED, ids=lambda n: n.id if isinstance(n, Name) else n)
def test_a_rename_changes_no_finding_and_no_outcome(
    policy: str, suite: str, name: Name, shipped: Path, view: View, tmp_path: Path
) -> None:
    if name.kind == "base":
        name = Name(name.kind, str(shipped / name.owner), name.id)
    new = f"{name.id}-renamed" if name.kind == "rule" else f"{name.id}_renamed"
    parts = renamed(name, new, view, lambda file: file.startswith(str(shipped)))
    assert len(parts) > 1
    after = Path(shutil.copytree(shipped, tmp_path / "jurisdictions"))
    for file in {p.source.name for p in parts}:
        path = after / Path(file).relative_to(shipped)
        path.write_text(_replaced(path.read_text("utf-8"), [p for p in parts if p.source.name == file]), "utf-8")
    assert _state(after, policy, suite) == _state(shipped, policy, suite)


def _replaced(text: str, parts: list[Replacement]) -> str:
    lines = text.split("\n")
    for part in sorted(parts, key=lambda p: (p.line, p.start), reverse=True):
        line = lines[part.line - 1]
        lines[part.line - 1] = line[: part.start - 1] + part.text + line[part.end - 1 :]
    return "\n".join(lines)


def _state(folder: Path, policy: str, suite: str) -> tuple[list[str], list[str]]:
    """What the quick checks find in a policy, its suite and the Convention, and how the suite's scenarios go."""
    library = Library((str(folder),), builtin=False)
    around = Surroundings(library)
    found = []
    for name in (f"{policy}.yaml", "layers/uncac.yaml", f"scenarios/{suite}.yaml"):
        reading = read(Source(name, (folder / name).read_text("utf-8")), around)
        found += [str(f.diagnostic.code) for f in reading.found(reading.checks(deep=False))]
    runner = Runner(library, inference=False)
    suites = read_suites(find_suites([str(folder / f"scenarios/{suite}.yaml")], library), lambda r: pytest.fail(str(r)))
    return found, [runner.run(s, one.text).status for one in suites for s in one.scenarios]
