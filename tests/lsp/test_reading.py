"""What is said of the place under the pointer, and where a name is defined and used."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from ..editor import Editor, editing
from .asking import MISTAKEN, POLICY, SUITE, hovered, places, shown


def test_hover_says_what_stands_there(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        fact = await hovered(editor, POLICY, "sender.authority", 3)
        assert "**Which kind of authority would send" in fact
        assert "`prosecutor` Prosecutor" in fact
        assert "Prosecutor" in await hovered(editor, POLICY, "sender.authority: prosecutor", 20)
        rule = await hovered(editor, POLICY, "overrides: [act-1]", 13)
        assert "act-1: A prosecutor may transmit what was gathered in its own investigation" in rule
        assert "MAA art. 1" in rule
        assert "permits" in rule
        assert "Mutual Assistance Act" in await hovered(editor, POLICY, "instrument: act,", 13)
        assert "When it applies" in await hovered(editor, POLICY, "    when:", 5)
        editor.write(POLICY, "rules:\n", "# mayshare: ignore MS612 x\nrules:\n")
        assert (await hovered(editor, POLICY, "MS612", 2)).startswith("# MS612: A title too long for a list")
        editor.write(POLICY, "effect: forbid", "effect: forbidden")
        assert "**A prosecutor may transmit" in await hovered(editor, POLICY, "overrides: [act-1]", 13), (
            "though not valid"
        )

    editing(folder, work)


def test_the_outcome_of_a_scenario_stands_behind_it_and_under_the_pointer(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(SUITE)
        await editor.whole(SUITE)
        document = types.TextDocumentIdentifier(editor.uri(SUITE))
        asked = types.InlayHintParams(document, types.Range(types.Position(0, 0), types.Position(99, 0)))
        hints = await editor.text_document_inlay_hint_async(asked) or []
        assert [h.label for h in hints] == ["✓ conditions", "✓ deny", "✓ 2 of 2 passed", "✓ deny", "✓ undetermined"]
        editor.open(MISTAKEN)
        await editor.whole(MISTAKEN)
        said = await hovered(editor, MISTAKEN, "evidence-to-an-fiu", 2)
        assert "expected allow" in said
        assert "got deny" in said
        assert "✗ item origin" not in said
        assert "interests person safety endangered" in said, "the condition that decided"

    editing(folder, work)


def test_definition_and_references_go_across_policy_and_suites(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(SUITE)
        asked = types.DefinitionParams(**editor.at(SUITE, "grounds: [act-1]", 11))
        found = await editor.text_document_definition_async(asked)
        assert isinstance(found, list)
        assert [shown(editor, p) for p in found if isinstance(p, types.Location)] == [(POLICY, "act-1")]
        assert sorted(await places(editor, SUITE, "grounds: [act-1]", 11)) == [
            *[(MISTAKEN, "act-1")], *[(SUITE, "act-1")] * 3, *[(POLICY, "act-1")] * 3,
        ]  # fmt: skip
        assert sorted(await places(editor, SUITE, "conditions: {record", 14)) == [
            (MISTAKEN, "record"), (SUITE, "record"), (POLICY, "record"),
        ]  # fmt: skip
        assert (SUITE, "prosecutor") in await places(editor, SUITE, "base: prosecutor", 8)
        fact = await places(editor, SUITE, "person_safety_endangered", 2)
        assert (POLICY, "interests.person_safety_endangered") in fact
        assert (SUITE, "person_safety_endangered") in fact
        assert any(name not in (POLICY, SUITE, MISTAKEN) for name, _ in fact), "the vocabulary's own file"

    editing(folder, work)
