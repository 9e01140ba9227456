"""Findings on text that is being written, and what the command says of itself."""

from __future__ import annotations

import os
from pathlib import Path

from lsprotocol import types

from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.engine.library import Library
from mayshare.rules.source import Source

from ..conftest import ROOT, Run
from ..editor import Editor, editing, position
from .asking import MISTAKEN, POLICY, SUITE, codes


def test_findings_come_while_typing_on_text_that_is_not_saved(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        assert codes(await editor.whole(POLICY)) == ["MS622"]
        editor.write(POLICY, "sender.authority: prosecutor", "sender.authorty: prosecutor")
        (fault,) = await editor.diagnostics(POLICY)
        assert (fault.code, fault.severity, fault.source) == ("MS101", types.DiagnosticSeverity.Error, "mayshare")
        assert "did you mean `sender.authority`?" in fault.message
        assert (fault.range.start.line, fault.range.start.character, fault.range.end.character) == (9, 2, 17)
        assert fault.code_description is not None
        assert fault.code_description.href.endswith("rules/pages/MS101.md")
        editor.write(POLICY, "sender.authorty", "sender.authority")
        editor.write(POLICY, "when: {direction: outgoing, interests", "when: {direction: [outgoing, interests")
        assert codes(await editor.diagnostics(POLICY)) == ["MS006"]
        assert (folder / POLICY).read_text("utf-8") == (ROOT / "examples/drafting/xa.yaml").read_text("utf-8")

    editing(folder, work)


def test_the_deep_checks_come_after_a_pause_and_stay_while_their_line_does(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        never = "when: {item.form: [evidence], item.secrecy: bank_secrecy, all: [{item.form: information}]}"
        editor.write(POLICY, "when: {item.form: evidence, item.secrecy: bank_secrecy}", never)
        assert "MS641" not in codes(await editor.diagnostics(POLICY))
        assert "MS641" in codes(await editor.whole(POLICY))
        editor.write(POLICY, "# A made-up", "# A line more\n# A made-up")
        (kept,) = [d for d in await editor.diagnostics(POLICY) if d.code == "MS641"]
        line = editor.texts[POLICY].split("\n")[kept.range.start.line]
        assert line == f"    {never}", "it moved with its line"
        whole = await editor.whole(POLICY)
        known = lint(Source(POLICY, editor.texts[POLICY]), Surroundings(Library())).findings
        assert sorted(map(str, codes(whole))) == sorted(f.diagnostic.code for f in known)

    editing(folder, work)


def test_a_suite_says_which_scenarios_fail_under_the_law_being_written(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(MISTAKEN)
        found = await editor.whole(MISTAKEN)
        assert next(d.message for d in found if d.source == "mayshare test") == "outcome: expected allow, got deny"
        editor.open(SUITE)
        assert await editor.whole(SUITE) == []
        editor.open(POLICY)
        await editor.whole(POLICY)
        editor.write(POLICY, "effect: disapply\n    overrides: [act-1]", "effect: advise")
        changed = await editor.diagnostics(SUITE, lambda found: any("expected deny" in d.message for d in found))
        assert changed[0].range.start.line == 23
        editor.write(SUITE, "grounds: [act-3]", "grounds: [act-33]")
        named = await editor.diagnostics(SUITE, lambda found: "MS504" in codes(found))
        assert any("did you mean `act-3`?" in d.message for d in named)

    editing(folder, work)


def test_cases_and_registry_files_are_checked_too(folder: Path) -> None:
    (folder / "registry").mkdir()
    (folder / "registry" / "own.yaml").write_text(
        "registry: own\ntitle: Own\ngroups:\n  g:\n    title: G\n    kind: network\n    members:\n"
        "      - {jurisdiction: XX, from: 2020-01-01, source: own}\n",
        "utf-8",
    )
    (folder / "case.yaml").write_text("case: one\nsender: {jurisdiction: XA, authority: prosecutr}\n", "utf-8")

    async def work(editor: Editor) -> None:
        editor.open("case.yaml")
        found = {d.code: d for d in await editor.diagnostics("case.yaml")}
        assert found["MS102"].range.start == types.Position(1, 38)
        assert "registry/own.yaml:8:24: `XX` is not a jurisdiction code" in found["MS106"].message, (
            "it bears on every case"
        )
        editor.open("registry/own.yaml")
        assert "MS106" in codes(await editor.diagnostics("registry/own.yaml"))

    editing(folder, work)


TEXTS = [
    "",
    "policy: [",
    "- 1\n",
    "policy: XA\n---\npolicy: XB\n",
    "a: &x [*x]\n",
    "\ufeffsuite: XA\n",
    "case: &a {b: *a}\n",
]


def test_any_text_is_answered(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        for number, text in enumerate(TEXTS):
            name = f"new-{number}.yaml"
            editor.open(name, text)
            assert await editor.diagnostics(name) or text == "- 1\n", "what is none of ours is left alone"
            document = types.TextDocumentIdentifier(editor.uri(name))
            end = position(text, len(text))
            whole = types.Range(types.Position(0, 0), end)
            await editor.text_document_document_symbol_async(types.DocumentSymbolParams(document))
            await editor.text_document_completion_async(types.CompletionParams(document, end))
            await editor.text_document_hover_async(types.HoverParams(document, types.Position(0, 0)))
            await editor.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
            context = types.CodeActionContext([])
            await editor.text_document_code_action_async(types.CodeActionParams(document, whole, context))

    editing(folder, work)


def test_without_the_extra_the_command_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no pygls', name='pygls')\n", "utf-8")
    done = run("lsp", PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert done.returncode == 2
    assert done.stderr == "the language server needs `pygls`, which is not installed: pip install 'mayshare[lsp]'\n"


def test_help_says_where_editors_are_explained(run: Run) -> None:
    assert "docs/editor.md" in run("lsp", "--help").stdout


def test_of_keystrokes_that_come_together_the_last_is_answered() -> None:
    policies = ROOT / "jurisdictions"
    name = max(policies.glob("*.yaml"), key=lambda path: path.stat().st_size).name

    async def work(editor: Editor) -> None:
        editor.open(name)
        await editor.diagnostics(name)
        place = next(line for line in editor.texts[name].split("\n") if line.startswith("    effect: "))
        typed = f"{place}xxxxxxxxxxxxxxxxxxxx"
        for end in range(len(place), len(typed)):
            editor.write(name, typed[:end], typed[: end + 1])
        found = await editor.diagnostics(name)
        assert any(typed.split()[-1] in d.message for d in found)
        answered = [version for version, _ in editor.told[editor.uri(name)]]
        assert answered[-1] == editor.versions[name]
        assert len(answered) < 5

    editing(policies, work)
