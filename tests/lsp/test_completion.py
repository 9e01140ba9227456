"""What is offered while a name is typed."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from ..editor import Editor, editing
from .asking import POLICY, SUITE, complete


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


def test_facts_of_the_law_that_applies_come_first_and_a_list_takes_values(folder: Path) -> None:
    case = "case: one\nsender: {jurisdiction: CH}\nreceiver: {jurisdiction: XA}\n\n"
    (folder / "case.yaml").write_text(case, "utf-8")

    async def work(editor: Editor) -> None:
        editor.open(POLICY)
        editor.write(POLICY, "item.form: evidence, item", "item.form: [e, item")
        assert "evidence" in await complete(editor, POLICY, "item.form: [e")
        assert "any_of" not in await complete(editor, POLICY, "item.form: [e")
        editor.write(POLICY, "item.form: [e, item", "c: evidence, item")
        facts = await complete(editor, POLICY, "when: {c")
        assert "item.type" in facts
        assert not any(fact.startswith(("ch.", "uncac.", "ae.")) for fact in facts), "a rule cannot test them"
        editor.open("case.yaml")
        keys = list(await complete(editor, "case.yaml", "receiver: {jurisdiction: XA}\n"))
        assert keys.index("ch") < keys.index("uncac") < keys.index("avenue") < keys.index("ae")

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
