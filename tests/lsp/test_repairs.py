"""Repairs, layout, outline, and places counted as the editor counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ..conftest import Run
from ..editor import Editor, applied, editing, position
from .asking import POLICY, codes, offered


def test_repairs_are_those_of_lint_fix(folder: Path, run: Run) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "in its own investigation\n", "in its own investigation. 😀.\n")
        editor.write(POLICY, "investigation. 😀.", "investigation.")
        (full_stop,) = [d for d in await editor.whole(POLICY) if d.code == "MS613"]
        found = await offered(editor, POLICY, full_stop.range.start.line)
        fix = next(a for a in found if a.kind == types.CodeActionKind.QuickFix and a.is_preferred)
        every = next(a for a in found if a.kind == types.CodeActionKind.SourceFixAll)
        (folder / POLICY).write_text(editor.texts[POLICY], "utf-8")
        run("lint", "--fix", str(folder / POLICY))
        by_lint = (folder / POLICY).read_text("utf-8")
        for action in (fix, every):
            assert action.edit is not None
            edits = (action.edit.changes or {})[editor.uri(POLICY)]
            assert len(edits) == 1, "only what changes is sent"
            assert applied(editor.texts[POLICY], list(edits)) == by_lint
        editor.write(POLICY, "sender.authority: prosecutor", "sender.authorty: prosecutor")
        await editor.diagnostics(POLICY)
        (meant,) = [a for a in await offered(editor, POLICY, 9) if a.title == "Write `sender.authority`"]
        assert meant.edit is not None
        edits = (meant.edit.changes or {})[editor.uri(POLICY)]
        assert "  sender.authority: prosecutor\n" in applied(editor.texts[POLICY], list(edits))

    editing(folder, work)


@pytest.mark.parametrize("snippets", [False, True])
def test_ignoring_asks_for_a_reason(folder: Path, snippets: bool) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        (found,) = await editor.whole(POLICY)
        (ignore,) = [
            a for a in await offered(editor, POLICY, found.range.start.line) if a.title.startswith("Ignore MS622")
        ]
        assert ignore.edit is not None
        (change,) = ignore.edit.document_changes or []
        assert isinstance(change, types.TextDocumentEdit)
        (edit,) = change.edits
        if snippets:
            assert isinstance(edit, types.SnippetTextEdit)
            assert edit.snippet.value == "  # mayshare: ignore MS622 ${1:why}\n"
            return
        assert isinstance(edit, types.TextEdit)
        text = applied(editor.texts[POLICY], [edit])
        editor.write(POLICY, editor.texts[POLICY], text)
        assert codes(await editor.diagnostics(POLICY, lambda d: bool(d))) == ["MS691", "MS622"], "no reason, no silence"
        editor.write(POLICY, "ignore MS622 ", "ignore MS622 it is made up")
        assert await editor.diagnostics(POLICY, lambda d: not d) == []

    editing(folder, work, snippets=snippets)


def test_formatting_is_that_of_fmt(folder: Path, run: Run) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "    effect: permit\n    source", "    source")
        editor.write(
            POLICY, "    in_force: {from: 2010-01-01}\n", "    in_force: {from:   2010-01-01}\n    effect: permit\n"
        )
        (folder / POLICY).write_text(editor.texts[POLICY], "utf-8")
        run("fmt", str(folder / POLICY))
        document = types.TextDocumentIdentifier(editor.uri(POLICY))
        asked = types.DocumentFormattingParams(document, types.FormattingOptions(2, True))
        edits = await editor.text_document_formatting_async(asked) or []
        assert applied(editor.texts[POLICY], list(edits)) == (folder / POLICY).read_text("utf-8")
        editor.write(POLICY, "rules:", "rules: [")
        with pytest.raises(JsonRpcException, match="not well-formed"):
            await editor.text_document_formatting_async(asked)

    editing(folder, work)


def test_the_outline_lists_rules_with_their_conditions_and_outlives_a_broken_line(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        document = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri(POLICY)))
        for broken in (False, True):
            if broken:
                editor.write(POLICY, "overrides: [act-1]", "overrides: [act-1")
            found = await editor.text_document_document_symbol_async(document) or []
            parts = {s.name: s for s in found if isinstance(s, types.DocumentSymbol)}
            rules = parts["rules"].children or []
            assert [r.name for r in rules] == ["act-1", "act-2", "act-3", "act-4"]
            assert [c.name for c in rules[3].children or []] == ["record"]
            assert rules[0].detail == "A prosecutor may transmit what was gathered in its own investigation"
            assert (rules[0].range.start.line, rules[0].range.end.line) == (12, 22)

    editing(folder, work)


def test_places_are_counted_as_the_editor_counts(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "when: {direction: outgoing, interests", "when: {'😀': 1, interests")
        found = await editor.diagnostics(POLICY)
        text = editor.texts[POLICY]
        assert found[0].range.start == position(text, text.index("'😀'"))
        assert found[0].range.end == position(text, text.index(": 1, interests"))

    editing(folder, work)
