"""The commands as a user runs them: real processes, real files, exit codes, formats."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from typer.main import get_command

from mayshare.cli import COMMANDS, app
from mayshare.engine.library import COMMENTED, Unencoded
from mayshare.rendering.report import Entry, Heading, Points
from mayshare.rendering.tables import unencoded_blocks

from .conftest import ROOT, Run

EXAMPLE = "examples/zurich-to-brasilia.yaml"
POLICY = """\
policy: XA
title: Example State A
encoded: {as_of: 2026-12-31}
instruments: {act: {title: The Act}}
covers: {direction: outgoing}
rules:
  - id: a1
    title: A prosecutor may share with a prosecutor
    effect: permit
    source: {instrument: act, article: 1, paragraph: 2}
    when: {direction: outgoing, sender.authority: prosecutor, receiver.authority: prosecutor}
  - id: a2
    title: Not a draft law
    effect: require
    source: {instrument: act, article: 2}
    when: {mode: mla}
    condition: {id: form, stage: before, bound: sender, kind: form, text: Use the form}
"""
SENDER = "sender: {jurisdiction: XA, authority: prosecutor}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "xa.yaml").write_text(POLICY)
    return tmp_path


def golden(name: str, printed: str) -> None:
    """Hold an output to the one a person has read (`UPDATE_GOLDEN=1` writes it anew)."""
    path = ROOT / "tests" / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(printed)
    assert printed == path.read_text()


def test_the_example_of_the_house(run: Run) -> None:
    """Zurich to Brasília: the summary goes on conditions, the statements do not, each by article and paragraph."""
    done = run("check", EXAMPLE, "--format", "json")
    decision = json.loads(done.stdout)
    assert (done.returncode, decision["schema_version"], decision["outcome"]) == (11, 1, "deny")
    summary, statements = decision["items"]
    assert (summary["id"], summary["outcome"]) == ("account-summary", "conditions")
    assert (statements["id"], statements["outcome"]) == ("statements", "deny")
    (ground,) = [g for g in statements["grounds"] if g["rule"] == "imac-67a-4"]
    assert (ground["source"]["article"], ground["source"]["paragraph"]) == ("67a", "4")
    assert {c["id"]: (c["stage"], c["bound"]) for c in summary["conditions"]}["record"] == ("with", "sender")
    assert decision["receipt"]["engines"] == ["kernel", "inference"]
    assert decision["may_go"] == ["account-summary"]


@pytest.mark.parametrize(
    ("case", "outcome", "code"),
    [
        (SENDER + "mode: spontaneous\nreceiver: {authority: prosecutor}", "allow", 0),
        (SENDER + "mode: mla\nreceiver: {authority: prosecutor}", "conditions", 10),
        (SENDER + "mode: mla\nreceiver: {authority: fiu}", "deny", 11),
        (SENDER + "mode: mla", "undetermined", 12),
    ],
)
def test_exit_codes(case: str, outcome: str, code: int, run: Run, folder: Path) -> None:
    done = run("check", "-", "--policies", str(folder), "-f", "json", stdin=case)
    assert (json.loads(done.stdout)["outcome"], done.returncode, done.stderr) == (outcome, code, "")


def test_several_cases_and_the_worst_of_them(run: Run, folder: Path) -> None:
    """Several files, several documents in one, and one that is not valid: the rest is still answered."""
    (folder / "one.yml").write_text(
        SENDER + "mode: mla\nreceiver: {authority: prosecutor}\n---\n" + SENDER + "mode: mla\n"
    )
    (folder / "bad.yml").write_text(SENDER + "mode: mail\n")
    both = run("check", str(folder / "one.yml"), "--policies", str(folder / "xa.yaml"), "--format", "json")
    assert ([d["outcome"] for d in json.loads(both.stdout)], both.returncode) == (["conditions", "undetermined"], 12)
    mixed = run("check", str(folder / "bad.yml"), str(folder / "one.yml"), "--policies", str(folder / "xa.yaml"))
    assert mixed.returncode == 3
    assert "MS102" in mixed.stderr
    assert "UNDETERMINED" in mixed.stdout


def test_as_of_wins_over_the_case(run: Run) -> None:
    done = run("check", EXAMPLE, "--as-of", "1996-01-01", "-f", "json")
    assert json.loads(done.stdout)["as_of"] == "1996-01-01"
    assert json.loads(done.stdout)["items"][0]["outcome"] != "conditions"
    assert run("check", EXAMPLE, "--as-of", "1996-13-01").returncode == 2
    assert json.loads(run("check", EXAMPLE, "-f", "json", MAYSHARE_AS_OF="1996-01-01").stdout)["as_of"] == "1996-01-01"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["check", EXAMPLE, "--as-of", "1996-13-01"], "--as-of"),
        (["timeline", EXAMPLE, "--from", "soon"], "--from"),
        (["timeline", EXAMPLE, "--to", "later"], "--to"),
        (["register", "due", "--today", "2026-02-30"], "--today"),
    ],
)
def test_a_wrong_day_is_said_of_the_option_that_states_it(run: Run, arguments: list[str], named: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert f"{named}: `{arguments[-1]}` is not a day: write YYYY-MM-DD" in done.stderr


def test_text_off_a_terminal(run: Run, folder: Path) -> None:
    """Piped: no colour, no trailing blanks, lines within the width; narrow too."""
    for columns in (60, 100):
        done = run("check", EXAMPLE, "--explain", COLUMNS=str(columns))
        assert "\x1b" not in done.stdout
        lines = done.stdout.splitlines()
        assert all(line == line.rstrip() for line in lines)
        assert not [line for line in lines if len(line) > columns and " " in line.strip(" │├└─")]  # a path has no break
    case = SENDER + "mode: mla\n"
    golden(
        "undetermined.txt",
        run("check", "-", "-e", "--policies", str(folder), "--as-of", "2026-03-01", stdin=case).stdout,
    )
    golden(
        "undetermined.md",
        run("check", "-", "-f", "markdown", "--policies", str(folder), "--as-of", "2026-03-01", stdin=case).stdout,
    )


def test_a_case_of_which_little_is_stated_is_answered_on_a_few_pages(run: Run) -> None:
    """What may yet matter is listed by its first lines; what is certain, and with --explain everything, is there whole."""
    case = "sender: {jurisdiction: CH}\nreceiver: {jurisdiction: BR}\nas_of: 2026-03-02\n"
    short = run("check", "-", stdin=case)
    assert short.returncode == 12
    assert len(short.stdout.splitlines()) < 250
    assert "more; `check --explain` shows all" in short.stdout
    missing = json.loads(run("check", "-", "-f", "json", stdin=case).stdout)["items"][0]["missing"]
    whole = run("check", "-", "--explain", stdin=case).stdout
    assert "`check --explain` shows all" not in whole
    assert len(missing) > 50
    assert all(f"({fact['fact']})" in " ".join(whole.split()) for fact in missing)
    assert f"({missing[0]['fact']})" in short.stdout


def test_colour_on_a_terminal_unless_unwanted() -> None:
    def on_terminal(**environment: str) -> str:
        leader, follower = pty.openpty()
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
        done = subprocess.Popen(
            [sys.executable, "-m", "mayshare", "check", EXAMPLE], stdout=follower, stdin=follower, cwd=ROOT,
            env={**kept, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(follower)
        chunks = []
        try:
            while chunk := os.read(leader, 65536):
                chunks.append(chunk)
        except OSError:
            pass
        done.wait(60)
        os.close(leader)
        return b"".join(chunks).decode()

    assert "\x1b[" in on_terminal()
    assert "\x1b[" not in on_terminal(NO_COLOR="1")


def test_the_list_of_policies_on_a_narrow_terminal(run: Run) -> None:
    lines = run("list", COLUMNS="60").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert any("Liechtenstein" in line for line in lines)


def options() -> Iterator[tuple[str, Any]]:
    """Every option of every command that has an environment variable, behind its command's name."""
    whole = cast(Any, get_command(app))
    todo = [(name, whole.get_command(None, name)) for name in COMMANDS]
    while todo:
        name, command = todo.pop()
        todo += [(f"{name} {own}", inner) for own, inner in getattr(command, "commands", {}).items()]
        yield from ((name, option) for option in command.params if getattr(option, "envvar", None))


def test_a_variable_of_the_environment_means_one_thing() -> None:
    """What is set for one command may not be a mistake, or another wish, for the next."""
    kinds: dict[str, set[tuple[object, ...]]] = {}
    for _, option in options():
        kind = (option.opts[0], getattr(option, "is_flag", False), option.multiple, option.metavar)
        kinds.setdefault(option.envvar, set()).add(kind)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
    words: dict[str, set[str]] = {}
    for _, option in options():
        words.setdefault(option.envvar, set()).add(option.help)
    several = {name for name, found in words.items() if len(found) > 1}
    # the formats a command has, and one thing in several words
    assert several <= {f"MAYSHARE_{name}" for name in ("AS_OF", "FORMAT", "REGISTER", "CASES", "EXIT_CODE", "JOBS")}


@pytest.mark.parametrize("columns", [50, 60, 80])
def test_the_list_of_commands_is_whole(run: Run, columns: int) -> None:
    for arguments in ([], ["register"]):
        said = run(*arguments, "--help", COLUMNS=str(columns)).stdout
        assert "..." not in said.partition("Commands:")[2]
        assert max(map(len, said.splitlines())) <= columns


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_fits_and_speaks_of_no_types(run: Run, name: str) -> None:
    said = run(name, "--help", COLUMNS="50").stdout
    assert max(map(len, said.splitlines())) <= 50
    usage = said.splitlines()[0]
    assert not any(mark in usage for mark in ("{", "[[", "...]...", "<")), usage
    assert not any(f"<{kind}" in said for kind in ("str", "int", "list", "float", "bool")), said


@pytest.mark.parametrize(("typed", "said"), [("lnt", "did you mean `lint`?"), ("frobnicate", "known here: `ask`")])
def test_a_misspelt_command(run: Run, typed: str, said: str) -> None:
    done = run(typed, ".")
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("test", "-j", "x"), "it takes a whole number"),
        (("test", "-j", "-1"), "it is at least 0"),
        (("test", "--coverage", "--fail-under", "x"), "it takes a number"),
        (("test", "--coverage", "--fail-under", "101"), "it is at most 100"),
    ],
)
def test_a_number_that_is_none_or_out_of_bounds(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Input should" not in done.stderr


def test_receipt_and_replay(run: Run, tmp_path: Path) -> None:
    """An answer can be computed again byte for byte, and a change of the law is named."""
    kept = tmp_path / "answer.json"
    first = run("check", EXAMPLE, "--receipt", str(kept))
    assert first.returncode == 11
    again = run("replay", str(kept))
    assert (again.returncode, again.stdout) == (0, kept.read_text())
    changed = tmp_path / "policies"
    changed.mkdir()
    text = (ROOT / "jurisdictions" / "ch.yaml").read_text()
    (changed / "ch.yaml").write_text(text.replace("title: Switzerland", "title: Swiss Confederation", 1))
    other = run("replay", str(kept), "--policies", str(changed))
    assert other.returncode == 1
    assert "policy CH has changed since" in other.stderr
    data = json.loads(kept.read_text())
    data["receipt"]["case_text"] = "sender: {jurisdiction: CH}\n"
    kept.write_text(json.dumps(data))
    assert run("replay", str(kept)).returncode == 1


@pytest.mark.parametrize("text", ["", "{", "[]x", '{"a": 1}', '{"receipt": {"case_text": 1}}', "\x00"])
def test_replay_of_what_is_no_receipt(text: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(text)
    done = run("replay", str(tmp_path / "r.json"))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_receipt_to_where_nothing_can_be_written(run: Run) -> None:
    done = run("check", EXAMPLE, "--receipt", "/nonexistent/answer.json")
    assert done.returncode == 3
    assert "MS015" in done.stderr


def test_law_read_without_a_policy_is_named() -> None:
    commented = Unencoded("XA", "Aland", 3, commented=True)
    other = Unencoded("XB", "Bland", 4, commented=False)
    assert unencoded_blocks([]) == []
    assert unencoded_blocks([other, commented]) == [
        Heading(2, "Commented on the draft guidelines, but have no policy here"),
        Points((Entry("XA Aland: 3 provisions read, not encoded yet (law/xa.yaml)"),)),
        Heading(2, "Others whose law was read, but have no policy here"),
        Points((Entry("XB Bland: 4 provisions read, not encoded yet (law/xb.yaml)"),)),
    ]


def test_list_and_show(run: Run) -> None:
    rows = json.loads(run("list", "--format", "json").stdout)
    by_id = {row["id"]: row for row in rows}
    assert by_id["CH"]["rules"] > 100
    assert by_id["uncac"]["kind"] == "layer"
    listed = run("list")
    assert by_id.keys() >= COMMENTED, "each State that commented on the draft guidelines has a policy"
    assert all(line == line.rstrip() for line in listed.stdout.splitlines())
    shown = run("show", "CH", "imac-67a-4")
    assert shown.returncode == 0
    for part in ("imac-67a-4", "67a(4)", "Overrides", "imac-67a-1", "evidence"):
        assert part in shown.stdout
    assert json.loads(run("show", "CH", "imac-67a-4", "--format", "json").stdout)["effect"] == "disapply"
    missing = run("show", "CH", "imac-67a-44")
    assert (missing.returncode, "imac-67a-4" in missing.stderr) == (3, True)
    none = run("show", "DZ")
    assert none.returncode == 3
    assert "MS302" in none.stderr
    contacts = " ".join(run("show", "CH", "--contacts").stdout.split())
    assert "ch-mros" in contacts
    assert "mandate: National Central Bureau not known: languages, deputy, procedure, contact, designated" in contacts
    assert "secure platform: I-24/7 languages: ar, en, fr, es may carry: police information" in contacts
    assert "Financial Action Task Force (fatf, body)" in contacts
    told = contacts.index("Member or observer; the list read does not tell which")
    assert told < contacts.index("Camden Asset Recovery Inter-agency Network (carin)")
    assert "ch-imac-67a-4" in run("show", "CH", "--law").stdout


def test_schemas_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here first")
    refused = run("schema", "-o", str(tmp_path / "file"))
    assert refused.returncode == 3
    assert "MS015" in refused.stderr
    assert (tmp_path / "file").read_text() == "here first"


@pytest.mark.parametrize(
    "command", [("schema", "-o"), ("graph", "CH", "-o"), ("show", "-f", "html", "-o"), ("new", "NO", "-o")]
)
def test_where_there_is_no_room_a_new_folder_is_not_left_half_full(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(*command, "a/b/", cwd=tmp_path, room=8000)
    assert done.returncode == 3
    assert "MS015" in done.stderr
    assert "`a/b/" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_explain_and_schema(run: Run, tmp_path: Path) -> None:
    assert "MS101" in run("explain").stdout
    page = run("explain", "ms101")
    assert page.stdout.startswith("# MS101")
    wrong = run("explain", "MS999x")
    assert wrong.returncode == 2
    assert run("schema", "-o", str(tmp_path)).returncode == 0
    assert {p.name for p in tmp_path.iterdir()} == {
        f"{k}.json" for k in ("policy", "case", "scenario", "decision", "vocabulary", "registry")
    }
    for path in tmp_path.iterdir():
        kept = ROOT / "docs" / "schema" / path.name
        assert kept.read_text() == path.read_text(), "run `mayshare schema -o docs/schema`"


def test_usage(run: Run) -> None:
    assert run("--version").stdout.startswith("mayshare ")
    helped = run("--help")
    assert helped.returncode == 0
    for command in ("check", "list", "show", "explain", "schema", "replay"):
        assert f"  {command} " in helped.stdout
    assert run("check").returncode == 2
    assert run("chek").returncode == 2
    assert run("check", EXAMPLE, "--format", "xml").returncode == 2


def test_a_reader_that_closes_the_pipe() -> None:
    """`mayshare check … | head -1` ends quietly."""
    command = f"{sys.executable} -m mayshare show CH | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""


def test_two_folders_and_none_built_in(run: Run, folder: Path) -> None:
    """A drafter's policy stands instead of the built-in one; the built-in ones can be left out."""
    (folder / "ch.yaml").write_text(POLICY.replace("policy: XA", "policy: CH"))
    own = run("check", EXAMPLE, "--policies", str(folder), "-f", "json")
    assert json.loads(own.stdout)["items"][1]["grounds"][0]["rule"] == "a1"
    rows = json.loads(run("list", "--no-builtin", "--policies", str(folder), "--format", "json").stdout)
    assert [row["id"] for row in rows] == ["CH", "XA"]
