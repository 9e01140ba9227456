"""A rename changes every use and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.bench.runner import Runner
from mayshare.bench.suites import find_suites, read_suites
from mayshare.engine.library import Library
from mayshare.rules.source import Source

from ..editor import Editor, applied, editing
from .asking import POLICY, SUITE

OWN_FACT = "facts:\n  xa.cleared: {type: boolean, ask: Is it cleared?, help: See the file., source: xa-act-1}\n"
RICH = (
    "definitions:\n  secret:\n    title: Under secrecy\n    source: {instrument: act, article: 2}\n"
    "    when: {item.secrecy: bank_secrecy}\nrules:\n"
)
RENAMES = [
    (POLICY, "  - id: act-1", 8, "act-1-first"),
    (SUITE, "grounds: [act-2]", 11, "act-2-b"),
    (POLICY, "is: secret", 5, "under_secrecy"),
    (POLICY, "  xa.cleared: {", 4, "xa.may.go"),
    (SUITE, "xa: {cleared", 6, "xa.released"),
    (POLICY, "condition: {id: record", 17, "put-on-record"),
    (POLICY, "instrument: act,", 13, "maa"),
    (SUITE, "base: prosecutor", 8, "of-xa"),
]


def enriched(folder: Path) -> None:
    """The drafting example with a fact and a definition of its own, used in its suite, and nothing to find in it."""
    policy = (folder / POLICY).read_text("utf-8").replace("kind: statute}", "kind: statute, number: 1/2010}")
    policy = policy.replace("covers:\n", f"{OWN_FACT}covers:\n", 1).replace("rules:\n", RICH, 1)
    policy = policy.replace(
        "item.form: evidence, item.secrecy: bank_secrecy}", "item.form: evidence, is: secret, not: {xa.cleared: true}}"
    )
    (folder / POLICY).write_text(policy, "utf-8")
    suite = (folder / SUITE).read_text("utf-8")
    suite = suite.replace("    mode: spontaneous\n", "    mode: spontaneous\n    xa: {cleared: false}\n", 1)
    (folder / SUITE).write_text(suite, "utf-8")


def state(folder: Path) -> tuple[list[str], list[str]]:
    """What lint finds in the policy and its suite, and how the scenarios go."""
    library = Library((str(folder),))
    around = Surroundings(library)
    sources = [Source(n, (folder / n).read_text("utf-8")) for n in (POLICY, SUITE)]
    found = [f"{f.diagnostic.code} {f.diagnostic.severity}" for s in sources for f in lint(s, around).findings]
    runner = Runner(library, inference=False)
    suites = read_suites(find_suites([str(folder / SUITE)], library), lambda refused: pytest.fail(str(refused)))
    return found, [runner.run(s, suite.text).status for suite in suites for s in suite.scenarios]


def test_after_a_rename_nothing_new_is_found_and_every_scenario_goes_as_before(folder: Path, tmp_path: Path) -> None:
    enriched(folder)
    before = state(folder)
    assert before == ([], ["passed"] * 6)
    edits: dict[str, types.WorkspaceEdit] = {}

    async def work(editor: Editor) -> None:
        for file in (POLICY, SUITE):
            editor.open(file)
        for name, words, inside, new in RENAMES:
            asked = editor.at(name, words, inside)
            prepared = await editor.text_document_prepare_rename_async(types.PrepareRenameParams(**asked))
            assert isinstance(prepared, types.PrepareRenamePlaceholder)
            edit = await editor.text_document_rename_async(types.RenameParams(new_name=new, **asked))
            assert edit is not None
            edits[new] = edit

    editing(folder, work)
    for new, edit in edits.items():
        after = Path(shutil.copytree(folder, tmp_path / new))
        for uri, changes in (edit.changes or {}).items():
            path = after / Path(uri.removeprefix("file://")).relative_to(folder)
            path.write_text(applied(path.read_text("utf-8"), list(changes)), "utf-8")
        assert state(after) == before, new


def test_what_is_shipped_or_taken_is_not_renamed(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        for words, inside, new, reason in [
            ("sender.authority", 3, "sender.office", "shipped"),
            ("  - id: act-1", 8, "act-2", "already"),
            ("  - id: act-1", 8, "two words", "cannot be a name"),
            ("  - id: act-1", 8, "true", "would not be read as a name"),
            ("title: Example State", 9, "x", "no rule"),
        ]:
            with pytest.raises(JsonRpcException, match=reason):
                await editor.text_document_rename_async(
                    types.RenameParams(new_name=new, **editor.at(POLICY, words, inside))
                )

    editing(folder, work)
