"""`mayshare ask`: through the command, through a real terminal, and as laws over random cases."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from mayshare.desk.interview import Interview
from mayshare.engine.deciding import Decider
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rules.case import FactValue, Stated
from mayshare.rules.diagnostics import Place
from mayshare.rules.source import Source

from .conftest import ROOT, Run
from .desk_law import SENDING, write_law

ANSWERS = """\
mode: spontaneous
sender: {authority: prosecutor, considers_useful: {value: true, judged_by: A. Muster, basis: note 12}}
receiver.authority: prosecutor
authorisation.central_authority: true
urgent: true
items: [{form: information, privileged: false}]
"""


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return write_law(tmp_path / "law")


@pytest.fixture
def talk(law: Path, cache: Path) -> Callable[..., Any]:
    """`mayshare ask` in a pseudo-terminal."""

    def start(*arguments: str) -> Any:
        environment = {
            **os.environ,
            "MAYSHARE_CACHE": str(cache),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "LC_ALL": "C.UTF-8",
        }
        command = ["-m", "mayshare", "ask", *arguments, "--policies", str(law), "--no-builtin", "--as-of", "2026-03-02"]
        return pexpect.spawn(
            sys.executable, command, env=environment, cwd=str(ROOT), timeout=30, encoding="utf-8", echo=False
        )

    return start


def asked(run: Run, law: Path, *arguments: str) -> Any:
    return run("ask", *arguments, "--policies", str(law), "--no-builtin", "--as-of", "2026-03-02")


def say(child: Any, expected: str, reply: str) -> None:
    child.expect(expected)
    child.expect("> ")
    child.sendline(reply)


def test_a_conversation_ends_in_an_answer_and_a_case_file(
    talk: Callable[..., Any], run: Run, law: Path, tmp_path: Path
) -> None:
    target = tmp_path / "case.yaml"
    child = talk("--from", "CH", "--to", "BR", "-o", str(target))
    say(child, "legal professional privilege", "why?")
    say(child, "The answer bears on whether it may go", "what if yes?")
    say(child, "Then: deny", "maybe")
    say(child, "neither yes nor no", "n")
    say(child, "2\\. ", "back")
    say(child, "taken back: item.privileged.*legal professional privilege", "n")
    replies = {
        "Which kind of authority would send": "Prosecutor", "which kind of authority would the information be sent": "prosecutor",
        "sent unasked, on an": "1", "as information or as evidence": "information", "could help the receiver": "y",
        "who judged it": "A. Muster", "on what basis": "note 12", "ministry of justice authorised": "don't know",
    }  # fmt: skip
    patterns = [*replies, "CONDITIONS: ch-to-br"]
    for _ in range(len(replies) + 2):
        found = child.expect(patterns)
        if found == len(replies):
            break
        child.expect("> |\\? ")
        child.sendline(replies[patterns[found]])
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 10
    case = yaml.safe_load(target.read_text())
    assert case["sender"]["considers_useful"] == {
        "value": True,
        "judged_by": "A. Muster",
        "on": date(2026, 3, 2),
        "basis": "note 12",
    }
    checked = run("check", str(target), "--policies", str(law), "--no-builtin")
    assert checked.returncode == 10
    assert checked.stdout.startswith("CONDITIONS")


def test_interrupting_loses_nothing(talk: Callable[..., Any], tmp_path: Path) -> None:
    kept = str(tmp_path / "kept.yaml")
    child = talk("--from", "CH", "--to", "BR", "--session", kept)
    say(child, "legal professional privilege", "n")
    child.expect("2\\. .*> ")
    child.sendintr()
    child.expect("go on with")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    again = talk("--session", kept)
    again.expect("taken up .* 1 reply")
    again.expect("1\\. ")
    again.expect("> ")
    again.sendline("so far")
    again.expect("item.privileged: no")
    again.sendline("quit")
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 12


@pytest.mark.parametrize("named", [True, False])
def test_interrupting_without_a_session_hands_the_case_over(
    talk: Callable[..., Any], tmp_path: Path, *, named: bool
) -> None:
    target = tmp_path / "case.yaml"
    child = talk("--from", "CH", "--to", "BR", *(["-o", str(target)] if named else []))
    say(child, "legal professional privilege", "n")
    child.expect("2\\. .*> ")
    child.sendintr()
    child.expect("go on with `mayshare ask " if named else "as a case for `mayshare ask FILE`:")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    text = target.read_text() if named else child.before
    assert yaml.safe_load(text)["items"][0]["privileged"] is False


def test_prepared_answers_and_no_input(run: Run, law: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(ANSWERS)
    done = asked(run, law, "--from", "CH", "--to", "BR", "--answers", str(answers), "--no-input", "-f", "markdown")
    assert done.returncode == 10, done.stderr
    assert "judged_by: A. Muster" in done.stdout
    assert "answered but never needed: urgent" in done.stderr
    assert "Get leave" in done.stdout
    empty = asked(run, law, "--from", "CH", "--no-input")
    assert empty.returncode == 12


def test_contradiction_and_bad_answers_are_refused(run: Run, law: Path, tmp_path: Path) -> None:
    case, answers = tmp_path / "case.yaml", tmp_path / "answers.yaml"
    case.write_text("case: c\nsender: {jurisdiction: CH}\nmode: mla\n")
    answers.write_text(ANSWERS)
    done = asked(run, law, str(case), "--answers", str(answers), "--no-input")
    assert (done.returncode, done.stdout) == (3, "")
    assert "MS603" in done.stderr
    assert "answers.yaml:1" in done.stderr
    answers.write_text("mode: sponaneous\n")
    wrong = asked(run, law, "--from", "CH", "--answers", str(answers), "--no-input")
    assert wrong.returncode == 3
    assert "did you mean `spontaneous`?" in wrong.stderr


def test_a_session_says_what_changed_in_the_law(run: Run, law: Path, tmp_path: Path) -> None:
    kept, answers = tmp_path / "kept.yaml", tmp_path / "answers.yaml"
    answers.write_text(ANSWERS)
    asked(run, law, "--from", "CH", "--to", "BR", "--answers", str(answers), "--session", str(kept), "--no-input")
    changed = SENDING.replace("id: units", "id: offices").replace(
        "Privileged matter stays", "Privileged matter never goes"
    )
    write_law(law, sending=changed)
    again = asked(run, law, "--session", str(kept), "--no-input")
    assert again.returncode == 10
    assert "rules new since the interview was saved: offices" in again.stderr
    assert "rules gone since the interview was saved: units" in again.stderr
    assert "rules changed since the interview was saved: no-privilege" in again.stderr
    kept.write_text("case: x\n")
    assert "MS604" in asked(run, law, "--session", str(kept), "--no-input").stderr


def test_a_place_that_cannot_be_written_is_said_first(run: Run, law: Path, tmp_path: Path) -> None:
    done = asked(run, law, "--from", "CH", "--session", str(tmp_path / "no" / "such" / "place.yaml"), "--no-input")
    assert done.returncode == 3
    assert "MS015" in done.stderr


def test_a_disk_that_fills_up_ends_nothing(talk: Callable[..., Any], tmp_path: Path) -> None:
    kept = tmp_path / "desk" / "kept.yaml"
    kept.parent.mkdir()
    child = talk("--from", "CH", "--to", "BR", "--session", str(kept))
    say(child, "legal professional privilege", "n")
    child.expect("2\\. .*> ")
    kept.unlink()
    kept.parent.rmdir()  # as good as full: nothing more can be written here
    child.sendline("don't know")
    child.expect("MS015")
    child.expect("goes on unkept")
    child.expect("> ")
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 12


def test_usage(run: Run, law: Path) -> None:
    assert asked(run, law).returncode == 2
    assert asked(run, law, "--from", "CH", "-f", "xml").returncode == 2


# -- laws -----------------------------------------------------------------------------------------------------


def interviewed(seed: int, law: Path) -> tuple[Interview, int]:
    """A random person asked fact by fact, who sometimes does not know and sometimes goes back; gives the questions asked."""
    draw = random.Random(seed)
    library = Library(folders=(str(law),), builtin=False)
    start = read_cases(Source("t", "case: t\nsender: {jurisdiction: CH}\nreceiver: {jurisdiction: BR}\n"), library)[0]
    interview = Interview(Decider(library), library.bundle("CH"), start, date(2026, 3, 2))
    truth = {path: value(interview, path, draw) for path in interview.bundle.program.kinds}
    count = 0
    while (question := interview.next()) is not None:
        count += 1
        path = question.fact.path
        known = truth[path]
        if draw.random() < 0.2 or known == question.narrows:
            interview.not_known(question)
        else:
            interview.answer(question, Stated(value=known, place=Place("t")))
            if draw.random() < 0.1:
                interview.back()
    interview.close()
    return interview, count


LIKELY = ("prosecutor", "spontaneous", "information", "fiu_to_fiu", "outgoing")


def value(interview: Interview, path: str, draw: random.Random) -> Any:
    """A value of a fact, such as opens a gateway more often than chance would."""
    program = interview.bundle.program
    kind = program.kinds[path]
    if kind == "boolean":
        return draw.random() < 0.7
    likely = [v for v in LIKELY if v in program.below[path]]
    return draw.choice(likely if likely and draw.random() < 0.7 else sorted(program.below[path]))


@pytest.mark.parametrize("seed", range(12))
def test_asking_ends_and_no_open_question_remains(seed: int, law: Path) -> None:
    interview, count = interviewed(seed, law)
    decision = interview.decision()
    unknown = {s.path for s in interview.said if s.reply == "unknown"}
    missing = {m.fact for i in decision.items for m in i.missing if m.narrows is None}
    assert missing <= unknown
    assert count <= 4 * len(interview.bundle.program.kinds)
    if not unknown:
        assert decision.outcome != "undetermined"


def test_every_question_can_still_change_the_answer(law: Path) -> None:
    library = Library(folders=(str(law),), builtin=False)
    start = read_cases(Source("t", "case: t\nsender: {jurisdiction: CH}\nreceiver: {jurisdiction: BR}\n"), library)[0]
    interview = Interview(Decider(library), library.bundle("CH"), start, date(2026, 3, 2))
    question = interview.next()
    while question is not None and question.about == "outcome":
        missing = {m.fact for i in interview.decision().items for m in i.missing}
        assert question.fact.path in missing
        chosen: FactValue = "prosecutor" if question.fact.kind == "choice" else True
        values: dict[str, FactValue] = {
            "mode": "spontaneous",
            "item.form": "information",
            "item.privileged": False,
            "direction": "outgoing",
        }
        interview.answer(question, Stated(value=values.get(question.fact.path, chosen), place=Place("t")))
        question = interview.next()
    assert interview.decision().outcome == "conditions"
    interview.close()
