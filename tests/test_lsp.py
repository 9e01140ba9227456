"""`mayshare lsp` as an editor meets it: every feature asked of the real server over standard input and output."""

from __future__ import annotations

import os
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

from .conftest import ROOT, Run
from .editor import Editor, applied, editing, position

POLICY, SUITE, MISTAKEN = "xa.yaml", "scenarios/xa.yaml", "mistaken.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A drafter's folder: a small policy, its suite, and a suite with a wrong expectation."""
    return Path(shutil.copytree(ROOT / "examples" / "drafting", tmp_path / "drafting"))


def codes(found: list[types.Diagnostic]) -> list[object]:
    """The codes of diagnostics."""
    return [d.code for d in found]


async def complete(editor: Editor, name: str, words: str) -> dict[str, types.CompletionItem]:
    """What may be written right behind some words, by label."""
    answer = await editor.text_document_completion_async(types.CompletionParams(**editor.at(name, words, len(words))))
    assert isinstance(answer, types.CompletionList)
    return {item.label: item for item in answer.items}


async def hovered(editor: Editor, name: str, words: str, inside: int = 0) -> str:
    """What is said of the place where some words stand."""
    answer = await editor.text_document_hover_async(types.HoverParams(**editor.at(name, words, inside)))
    assert answer is not None
    assert isinstance(answer.contents, types.MarkupContent)
    return answer.contents.value


async def places(editor: Editor, name: str, words: str, inside: int = 0) -> list[tuple[str, str]]:
    """Where the name at some words stands: file and what is written there."""
    asked = types.ReferenceParams(context=types.ReferenceContext(True), **editor.at(name, words, inside))
    return [shown(editor, place) for place in await editor.text_document_references_async(asked) or []]


def shown(editor: Editor, place: types.Location) -> tuple[str, str]:
    """A location as the file's name and the text it spans."""
    path = Path(place.uri.removeprefix("file://"))
    name = str(path.relative_to(editor.root)) if path.is_relative_to(editor.root) else path.name
    text = editor.texts.get(name) or path.read_text("utf-8")
    return name, text.split("\n")[place.range.start.line][place.range.start.character : place.range.end.character]


# -- findings ---------------------------------------------------------------------------------------------------


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


# -- completion -------------------------------------------------------------------------------------------------


def test_completion_of_keys_facts_and_values_in_a_policy(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "    effect: forbid\n", "    effect: forbid\n    ove\n")
        keys = await complete(editor, POLICY, "    ove")
        assert keys["overrides"].detail == "Rules it defeats; `layer/id` for a layer's"
        assert "title" not in keys, "it is written already"
        editor.write(POLICY, "    ove\n", "    overrides: [act]\n")
        rules = await complete(editor, POLICY, "effect: forbid\n    overrides: [act")
        assert {"act-1", "act-2", "act-4"} <= set(rules)
        assert "act-3" not in rules, "a rule does not name itself"
        assert rules["act-1"].detail == "permit: A prosecutor may transmit what was gathered in its own investigation"
        editor.write(POLICY, "overrides: [act]", "overrides: [act-1]")
        editor.write(POLICY, "effect: require\n    attaches_to: [act-1]", "effect: require\n    attaches_to: [a")
        assert set(await complete(editor, POLICY, "attaches_to: [a")) == {"act-1"}, "only gateways"
        editor.write(POLICY, "attaches_to: [a", "attaches_to: [act-1]")
        editor.write(POLICY, "item.form: evidence, item", "item.form: e, item")
        values = await complete(editor, POLICY, "item.form: e")
        assert values["evidence"].detail == "Evidence (usable as such in court)" or values["evidence"].detail
        edit = values["evidence"].text_edit
        assert isinstance(edit, types.TextEdit)
        assert edit.range.end.character - edit.range.start.character == 1
        facts = await complete(editor, POLICY, "      sender.a")
        assert facts["sender.authority"].detail
        whole = await editor.completion_item_resolve_async(facts["sender.authority"])
        assert isinstance(whole.documentation, types.MarkupContent)
        assert "`sender.authority`: one of a list of values" in whole.documentation.value
        assert {"all", "any", "not", "is"} <= set(facts)
        assert {"before", "with", "after"} == set(await complete(editor, POLICY, "stage: w"))
        assert "act" in await complete(editor, POLICY, "source: {instrument: a")

    editing(folder, work)


def test_completion_of_definitions_operators_and_ignored_codes(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(
            POLICY,
            "rules:\n",
            "definitions:\n  secret:\n    title: Under secrecy\n    when: {item.secrecy: bank_secrecy}\nrules:\n",
        )
        editor.write(POLICY, "item.form: evidence, item.secrecy: bank_secrecy}", "is: s, item.secrecy: {none_of: [b")
        assert (await complete(editor, POLICY, "{is: s"))["secret"].detail == "Under secrecy"
        assert set(await complete(editor, POLICY, "item.secrecy: {none")) == {"any_of", "all_of", "none_of"}
        assert "bank_secrecy" in await complete(editor, POLICY, "{none_of: [b")
        editor.write(POLICY, "rules:\n", "# mayshare: ignore MS6\nrules:\n")
        assert (await complete(editor, POLICY, "# mayshare: ignore MS6"))[
            "MS612"
        ].detail == "A title too long to be read in a list"

    editing(folder, work)


def test_completion_in_suites_and_cases(folder: Path) -> None:
    (folder / "case.yaml").write_text("case: one\nsender:\n  jur\nitems:\n  - id: a\n    fo\n", "utf-8")

    async def work(editor: Editor) -> None:
        editor.open(SUITE)
        assert set(await complete(editor, SUITE, "base: pro")) == {"prosecutor"}
        assert "act-2" in await complete(editor, SUITE, "grounds: [act")
        assert set(await complete(editor, SUITE, "conditions: {rec")) == {"record"}
        assert set(await complete(editor, SUITE, "conditions: {record: out")) == {
            "met",
            "outstanding",
            "contingent",
            "absent",
        }
        assert {"allow", "deny"} <= set(await complete(editor, SUITE, "expect: {outcome: c"))
        assert "receiver.jurisdiction" in await complete(editor, SUITE, "matrix: {rec")
        assert (await complete(editor, SUITE, "receiver.jurisdiction: [B"))["BR"].detail == "Brazil"
        assert "MS303" not in await complete(editor, SUITE, "missing: [inter")
        editor.open("case.yaml")
        party = await complete(editor, "case.yaml", "  jur")
        assert {"jurisdiction", "authority"} <= set(party)
        item = await complete(editor, "case.yaml", "    fo")
        assert {"form", "secrecy", "origin"} <= set(item)
        assert "id" not in item

    editing(folder, work)


def test_completion_by_indentation_where_an_earlier_rule_is_broken(folder: Path) -> None:
    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "overrides: [act-1]", "overrides: [act-1")
        editor.write(POLICY, "    condition: {id: record", "    when:\n      sender.auth\n    condition: {id: record")
        assert "sender.authority" in await complete(editor, POLICY, "      sender.auth\n"[:-1])

    editing(folder, work)


# -- hover, definition, references ------------------------------------------------------------------------------


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


# -- rename -----------------------------------------------------------------------------------------------------

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


# -- repairs, layout, outline -----------------------------------------------------------------------------------


async def offered(editor: Editor, name: str, line: int) -> list[types.CodeAction]:
    """What can be done about a line."""
    where = types.Range(types.Position(line, 0), types.Position(line, 0))
    document = types.TextDocumentIdentifier(editor.uri(name))
    asked = types.CodeActionParams(document, where, types.CodeActionContext([]))
    return [a for a in await editor.text_document_code_action_async(asked) or [] if isinstance(a, types.CodeAction)]


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


# -- the command ------------------------------------------------------------------------------------------------


def test_without_the_extra_the_command_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no pygls', name='pygls')\n", "utf-8")
    done = run("lsp", PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert done.returncode == 2
    assert done.stderr == "the language server needs `pygls`, which is not installed: pip install 'mayshare[lsp]'\n"


def test_help_says_where_editors_are_explained(run: Run) -> None:
    assert "docs/editor.md" in run("lsp", "--help").stdout
