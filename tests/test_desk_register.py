"""The register: what follows from sending, what is found when it was tampered with, and what bad input meets."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from mayshare.desk.drafts import stale
from mayshare.desk.register import chain
from mayshare.desk.register.due import deadline, delta, later
from mayshare.desk.register.model import Entry, Received
from mayshare.desk.register.received import OF_A_USE
from mayshare.desk.register.recording import Act, done
from mayshare.desk.register.recording import feedback as fed_back
from mayshare.desk.register.store import TRIGGERS, Contents, Register
from mayshare.desk.register.verification import verified
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rules.diagnostics import Refused
from mayshare.rules.source import Source
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

from .conftest import ROOT, Run
from .desk_law import HEAD

LAW = """
covers: {direction: outgoing}
rules:
  - id: may
    title: A prosecutor may send
    effect: permit
    source: {instrument: act, article: 1}
    when: {direction: outgoing, sender.authority: prosecutor, item.privileged: false}
    conditions:
      - {id: leave, stage: before, bound: sender, kind: authorisation, text: Get leave,
         met_when: {authorisation.central_authority: true}}
      - {id: record, stage: with, bound: sender, kind: record, text: Record it}
      - {id: report, stage: after, bound: receiver, kind: feedback, due: P14D, text: Report on it}
      - {id: tell, stage: after, bound: sender, kind: notice, due: PT36H, text: Tell the commissioner}
      - {id: destroy, stage: after, bound: receiver, kind: destruction, until: 2027-01-31, text: Keep it no longer}
      - {id: secret, stage: after, bound: receiver, kind: confidentiality, until: the time asked for, text: Keep it confidential}
      - {id: limits, stage: after, bound: receiver, kind: use_restriction, text: Use it for this alone}
  - id: may-too
    title: A prosecutor may send without leave in an emergency
    effect: permit
    source: {instrument: act, article: 2}
    when: {direction: outgoing, sender.authority: prosecutor, urgent: true, item.privileged: false}
    conditions:
      - {id: tell-later, stage: after, bound: sender, kind: notice, due: P1M, text: Tell the ministry}
  - id: perhaps
    title: Personal data are marked
    effect: require
    source: {instrument: act, article: 3}
    when: {item.personal_data: true}
    condition: {id: mark, stage: with, bound: sender, kind: marking, text: Mark it}
"""
CASE = """
case: a-case
as_of: 2026-01-31
sender: {jurisdiction: XA, authority: prosecutor}
receiver: {jurisdiction: BR}
caveat.confidentiality_until: 2026-12-31
items:
  - {id: one, privileged: false, personal_data: false}
  - {id: two, privileged: false}
  - {id: three, privileged: true}
"""
RECEIVED = """
title: A report
received:
  from: BR
  authority: prosecutor
  mode: spontaneous
  on: 2026-01-31
  confidentiality_until: 2026-06-30
conditions:
  - {id: secret, kind: confidentiality, text: Keep it confidential}
  - {id: onward, kind: onward_consent, text: Do not pass it on without our consent}
  - {id: tell, kind: feedback, text: Tell us what came of it, due: P1M}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a policy, a case and a file of received information."""
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "xa.yaml").write_text(HEAD.format(code="XA", title="Here") + LAW)
    (tmp_path / "case.yaml").write_text(CASE)
    (tmp_path / "received.yaml").write_text(RECEIVED)
    return tmp_path


ACT = Act("x", date(2026, 2, 1))
Say = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def say(run: Run, desk: Path) -> Say:
    """The command, in that folder, with its register."""

    def runner(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        settings = {
            "MAYSHARE_POLICIES": str(desk / "law"),
            "MAYSHARE_REGISTER": "r.db",
            "MAYSHARE_BY": "A. Muster",
            **more,
        }
        return run(*arguments, cwd=desk, **settings)

    return runner


def must(done_: subprocess.CompletedProcess[str], code: int = 0) -> str:
    """The output of a command that must exit so."""
    assert done_.returncode == code, done_.stdout + done_.stderr
    return done_.stdout


@pytest.fixture
def sent(say: Say) -> Say:
    """A register with one entry of a sending on 31 January 2026."""
    must(say("register", "init"))
    say("check", "case.yaml", "--receipt", "a.json")
    must(say("register", "add", "a.json", "--channel", "post", "--on", "2026-01-31T22:00+01:00"))
    return say


def shown(say: Say, entry: int) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(must(say("register", "show", str(entry), "-f", "json", "--today", "2026-02-01")))
    return data


def plain_entry(n: int = 0) -> Received:
    """An entry of received information."""
    return Received(
        at=datetime(2026, 1, 1, tzinfo=UTC), by="x", on="2026-01-01", sender="BR", channel="post", title=f"n{n}",
        facts={"received.from": "BR", "received.on": "2026-01-01"},
    )  # fmt: skip


def with_entries(path: Path, number: int, secret: bytes | None = None) -> Register:
    """A register with as many entries."""
    register = Register.create(str(path), secret)
    for n in range(number):
        register.append(lambda ledger, seq, n=n: (plain_entry(n), b""))  # type: ignore[misc]
    return register


# -- when it is due -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2026-03-02", "P14D", "2026-03-16"),
        ("2026-03-02", "30d", "2026-04-01"),
        ("2026-03-02", "2w", "2026-03-16"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-03-02", "P1Y2M3W4D", "2027-05-27"),
    ],
)
def test_a_duration_after_a_day(start: str, span: str, end: str) -> None:
    assert later(date.fromisoformat(start), span) == date.fromisoformat(end)


@pytest.mark.parametrize("span", ["", "P", "30", "P1S", "PT", "-P1D", "P9999Y", "d30", "P1M2Y"])
def test_no_duration(span: str) -> None:
    with pytest.raises(ValueError, match=r"no span|beyond"):
        later(date(2026, 1, 1), span)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.integers(0, 400))
def test_deadlines_are_counted_forward(day: date, hours: int, days: int) -> None:
    """Later by the span; and where the hour of sending is not known, never later than it could be."""
    end, moment, _ = deadline(day, f"PT{hours}H")
    assert moment is None
    assert end == (datetime(day.year, day.month, day.day) + timedelta(hours=hours)).date()
    evening = datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC)
    exact, moment, _ = deadline(evening, f"PT{hours}H")
    assert moment == evening + timedelta(hours=hours)
    assert end <= exact
    assert later(day, f"P{days}D") == day + timedelta(days=days)
    assert delta("P1M") == delta("1m")


def test_what_follows_from_an_answer(sent: Say) -> None:
    """Each outstanding condition of the gateway relied on, with the day its rule gives it, counted from the sending."""
    found = {o["condition"]: o for o in shown(sent, 1)["obligations"]}
    assert list(found) == ["leave", "record", "report", "tell", "destroy", "secret", "limits", "mark"]
    days = {name: (o["due"], o["ends"], o["owed_by"]) for name, o in found.items()}
    assert days == {
        "leave": ("2026-01-31", None, "us"),
        "record": ("2026-01-31", None, "us"),
        "report": ("2026-02-14", None, "them"),
        "tell": ("2026-02-02", None, "us"),
        "destroy": (None, "2027-01-31", "them"),
        "secret": (None, "2026-12-31", "them"),  # the day that the sending asked for
        "limits": (None, None, "them"),
        "mark": ("2026-01-31", None, "us"),
    }
    assert datetime.fromisoformat(found["tell"]["moment"]) == datetime.fromisoformat("2026-02-02T10:00+01:00")
    assert found["mark"]["items"] == ["two"]
    assert found["mark"]["contingent"] == ["item.personal_data"]
    assert found["report"]["items"] == ["one", "two"]
    assert [o["id"] for o in found.values()] == [f"1.{n}" for n in range(1, 9)]


def test_only_what_may_go_is_recorded_and_under_an_open_gateway(sent: Say) -> None:
    record = shown(sent, 1)
    assert record["items"] == ["one", "two"]  # three may not go
    refused = sent("register", "add", "a.json", "--channel", "post", "--item", "three")
    assert refused.returncode == 3
    assert "MS752" in refused.stderr
    must(sent("register", "add", "a.json", "--channel", "post", "--item", "three", "--despite", "ordered by the court"))
    assert "ordered by the court" in must(sent("register", "show", "2"))
    for wrong, code in (
        (["--item", "four"], "MS750"),
        (["--gateway", "may-too"], "MS752"),
        (["--gateway", "none"], "MS750"),
    ):
        refused = sent("register", "add", "a.json", "--channel", "post", *wrong)
        assert refused.returncode == 3
        assert code in refused.stderr


def test_another_gateway_has_its_own_obligations(say: Say, desk: Path) -> None:
    (desk / "case.yaml").write_text(CASE + "urgent: true\n")
    must(say("register", "init"))
    say("check", "case.yaml", "--receipt", "a.json")
    answer = ("register", "add", "a.json", "--channel", "post", "--on", "2026-01-31", "--item", "one", "--gateway")
    must(say(*answer, "may-too"))
    must(say(*answer, "may"))
    assert [(o["condition"], o["due"]) for o in shown(say, 1)["obligations"]] == [("tell-later", "2026-02-28")]
    assert "leave" in [o["condition"] for o in shown(say, 2)["obligations"]]


def test_a_recorded_answer_replays(sent: Say, desk: Path) -> None:
    """The receipt is kept whole: what comes out is what went in, and computes to the same."""
    text = must(sent("register", "show", "1", "--answer"))
    assert text == (desk / "a.json").read_text()
    (desk / "again.json").write_text(text)
    must(sent("replay", "again.json"))


def test_an_answer_that_was_changed_is_refused(sent: Say, desk: Path) -> None:
    text = (desk / "a.json").read_text()
    for changed in (
        text.replace("privileged: true", "privileged: false"),
        "[]",
        "{}",
        "{",
        text.replace("outcome", "out"),
    ):
        (desk / "b.json").write_text(changed)
        refused = sent("register", "add", "b.json", "--channel", "post")
        assert refused.returncode == 3, changed[:40]
        assert "MS016" in refused.stderr or "MS006" in refused.stderr
    assert json.loads(must(sent("register", "verify", "-f", "json")))["entries"] == 1


# -- a session ------------------------------------------------------------------------------------------------


def test_due_and_its_exit_code(sent: Say) -> None:
    """1 when something is overdue, falls due or ends in the span; 0 when nothing does."""

    def names(code: int, *arguments: str) -> list[str]:
        return [o["id"] for o in json.loads(must(sent("register", "due", "-f", "json", *arguments), code))]

    assert names(1, "--today", "2026-02-01", "--within", "1d") == ["1.1", "1.2", "1.8", "1.4"]
    must(sent("register", "done", "1.1", "1.2", "1.8", "1.4", "--on", "2026-02-01"))
    assert names(0, "--today", "2026-02-01", "--within", "12d") == []
    assert names(1, "--today", "2026-02-01", "--within", "P13D") == ["1.3"]
    assert names(0, "--today", "2026-02-01", "--within", "1d", "--all") == ["1.3", "1.6", "1.5", "1.7"]
    must(sent("register", "feedback", "1", "An investigation was opened", "--interim", "--on", "2026-02-10"))
    assert names(1, "--today", "2026-03-01") == ["1.3"]  # interim feedback leaves the final one owed
    must(sent("register", "feedback", "1", "Charges were brought", "--on", "2026-03-02"))
    assert names(0, "--today", "2026-03-03") == []
    assert names(1, "--today", "2026-12-31", "--within", "0d") == ["1.6"]
    assert names(0, "--today", "2027-01-01", "--within", "0d") == []  # what ended is over
    again = sent("register", "done", "1.3")
    assert again.returncode == 3
    assert "MS751" in again.stderr
    assert "MS750" in sent("register", "done", "1.9").stderr
    must(sent("register", "date", "1.5", "2026-05-01"))
    must(sent("register", "date", "1.7", "2026-05-02"))
    assert names(1, "--today", "2026-04-30", "--within", "1w") == ["1.5", "1.7"]
    must(sent("register", "lift", "1.7", "--reason", "released by letter"))
    assert names(1, "--today", "2026-04-30", "--within", "1w") == ["1.5"]
    listed = json.loads(must(sent("register", "list", "-f", "json")))
    assert [(r["entry"], len(r["feedback"])) for r in listed] == [(1, 2)]
    assert "lifted" in must(sent("register", "show", "1"))


def test_received_information_is_read_by_check(say: Say, desk: Path) -> None:
    """A case that names the entry takes its facts, shows where they come from, and computes to the same later."""
    must(say("register", "init"))
    must(say("register", "receive", "received.yaml", "--channel", "post"))
    kinds = {(o["kind"], o["due"], o["ends"]) for o in shown(say, 1)["obligations"]}
    assert kinds == {
        ("confidentiality", None, "2026-06-30"),
        ("onward_consent", None, None),
        ("feedback", "2026-02-28", None),
    }
    case = "sender: {jurisdiction: CH, authority: police}\nreceiver: {jurisdiction: KE, authority: police}\n"
    case += "direction: onward\nas_of: 2026-03-02\nreceived: {register: 1}\nonward.recipient_type: third_state\n"
    (desk / "on.yaml").write_text(case)
    say("check", "on.yaml", "--receipt", "on.json")
    answer = json.loads((desk / "on.json").read_text())
    looked_up = {k["fact"]: (k["value"], k["entry"]) for k in answer["from_register"]}
    assert looked_up["received.confidentiality_requested"] == ("yes", "1")
    assert answer["receipt"]["kept"]["facts"]["received.from"] == "BR"
    assert "received.onward_consent_obtained" not in answer["receipt"]["kept"]["facts"]
    assert "r.db, entry 1" in say("check", "on.yaml").stdout
    must(say("replay", "on.json", MAYSHARE_REGISTER="elsewhere.db"))  # the answer holds what the register held

    # what the case states besides must agree with it
    (desk / "contrary.yaml").write_text(case.replace("{register: 1}", "{register: 1, from: DE}"))
    refused = say("check", "contrary.yaml")
    assert refused.returncode == 3
    assert "contrary.yaml:5:31: error MS753: `received.from` is `DE` here, and `BR` in r.db, entry 1" in refused.stderr
    for wrong, code in (("7", "MS750"), ("x", "MS103"), ("true", "MS103")):
        (desk / "wrong.yaml").write_text(case.replace("register: 1", f"register: {wrong}"))
        assert code in say("check", "wrong.yaml").stderr
    without = say("check", "on.yaml", MAYSHARE_REGISTER="")
    assert "MS741" in without.stderr or "MS742" in without.stderr


def test_consent_counts_for_the_receiver_it_names(say: Say, desk: Path) -> None:
    """Consent to one receiver is none to another; a limit in words is left to a person; the last answer counts."""
    must(say("register", "init"))
    must(say("register", "receive", "received.yaml", "--channel", "post"))

    def held(receiver: str) -> dict[str, Any]:
        case = f"sender: {{jurisdiction: CH}}\nreceiver: {{jurisdiction: {receiver}, authority: police}}\n"
        (desk / "on.yaml").write_text(case + "direction: onward\nreceived: {register: 1}\n")
        say("check", "on.yaml", "--receipt", "on.json")
        kept: dict[str, Any] = json.loads((desk / "on.json").read_text())["receipt"]["kept"]["facts"]
        return {p.removeprefix("received."): v for p, v in kept.items() if "consent_" in p and "needed" not in p}

    consent = ("register", "consent", "1")
    must(say(*consent, "asked", "--receiver", "KE", "--answer-by", "2026-03-01"))
    assert held("KE") == {}
    assert shown(say, 1)["obligations"][-1]["due"] == "2026-03-01"
    must(say(*consent, "given", "--receiver", "KE"))
    assert shown(say, 1)["obligations"][-1]["standing"] == "met"
    assert held("KE") == {"onward_consent_obtained": True}
    assert held("BR") == {}
    must(say(*consent, "given", "--receiver", "BR", "--limit", "for the tax case"))
    must(say(*consent, "given", "--receiver", "FR", "--authority", "fiu"))
    assert held("BR") == held("FR") == {}
    must(say(*consent, "refused", "--receiver", "any"))
    assert held("KE") == {"onward_consent_obtained": False, "consent_refused": True}
    assert say(*consent, "given").returncode == 2  # to whom?
    assert say(*consent, "given", "--receiver", "Kenya").returncode == 2


def test_consent_is_not_carried_to_another_recipient() -> None:
    """What `whatif` and `routes` change of the recipient takes the originator's consent back: it was to another."""
    text = "sender: {jurisdiction: CH}\nreceiver: {jurisdiction: KE, authority: police}\ndirection: onward\n"
    case = read_cases(Source("t", text + "received: {from: BR, onward_consent_obtained: true}\n"), Library())[0]
    assert stale(case, {"receiver.authority": "fiu"}) == ("received.onward_consent_obtained",)
    assert stale(case, {"receiver.authority": "police"}) == ()


def test_an_entry_holds_nothing_about_a_use(say: Say, desk: Path) -> None:
    must(say("register", "init"))
    for text, code in (
        ("received: {from: BR, within_original_purpose: true}", "MS754"),
        ("received: {from: BR, frum: BR}", "MS101"),
        ("received: {from: BR, register: 1}", "MS107"),
        ("received: {mode: spontaneous}", "MS108"),
        ("recieved: {from: BR}", "MS107"),
        ("received: {from: BR}\nconditions: [{id: a, kind: feedback, text: t, due: soon}]", "MS103"),
        ("received: {from: BR, feedback_requested: false}\nconditions: [{id: a, kind: feedback, text: t}]", "MS306"),
        ("received: {from: BR}\nconditions: [{id: a, kind: feedback, text: t, due: P9999Y}]", "MS103"),
    ):
        (desk / "wrong.yaml").write_text(text)
        refused = say("register", "receive", "wrong.yaml", "--channel", "post")
        assert refused.returncode == 3, text
        assert code in refused.stderr, text
    assert json.loads(must(say("register", "verify", "-f", "json")))["entries"] == 0


def test_facts_about_a_use_are_facts() -> None:
    assert set(load_vocabulary(vocabulary_files()).facts) >= OF_A_USE


# -- exports --------------------------------------------------------------------------------------------------


def test_the_calendar(sent: Say) -> None:
    """Stable names, an alarm, no title unless asked for; what was met is called off."""
    first = Calendar.from_ical(must(sent("register", "export", "-f", "ics")))
    events: dict[str, Any] = {str(e["uid"]): e for e in first.walk("VEVENT")}
    assert len(events) == 7  # one obligation has no day
    must(sent("register", "done", "1.3", "--on", "2026-02-03"))
    text = must(sent("register", "export", "-f", "ics", "--alarm", "3"))
    assert "a-case" not in text
    again: dict[str, Any] = {str(e["uid"]): e for e in Calendar.from_ical(text).walk("VEVENT")}
    assert again.keys() == events.keys()
    (met,) = [e for uid, e in again.items() if uid.startswith("1.3.")]
    (open_,) = [e for uid, e in again.items() if uid.startswith("1.4.")]
    assert (met["status"], met["sequence"], met["dtstart"].dt) == ("CANCELLED", 1, date(2026, 2, 14))
    assert open_["dtstart"].dt == datetime(2026, 2, 2, 9, tzinfo=UTC)
    assert [a["trigger"].dt for a in open_.walk("VALARM")] == [timedelta(days=-3)]
    assert met.walk("VALARM") == []
    tasks = Calendar.from_ical(must(sent("register", "export", "-f", "ics", "--tasks", "--details"))).walk("VTODO")
    assert {str(t["uid"]) for t in tasks} == set(events)
    assert {t["status"] for t in tasks} == {"COMPLETED", "NEEDS-ACTION"}
    assert "a-case" in str(tasks[0]["description"])


def test_tables_hold_no_formulas(say: Say, desk: Path) -> None:
    must(say("register", "init"))
    (desk / "received.yaml").write_text(
        "title: =cmd()\nreceived: {from: BR, on: 2026-01-31, feedback_requested: true}\n"
    )
    must(say("register", "receive", "received.yaml", "--channel", "@post"))
    (row,) = csv.DictReader(io.StringIO(must(say("register", "export", "-f", "csv"))))
    assert (row["title"], row["channel"], row["from"]) == ("'=cmd()", "'@post", "BR")
    (row,) = csv.DictReader(io.StringIO(must(say("register", "export", "-f", "csv", "--of", "obligations"))))
    assert (row["kind"], row["standing"], row["due"]) == ("feedback", "open", "")


def test_the_whole_register_as_json(sent: Say, desk: Path) -> None:
    must(sent("register", "export", "-o", "all.json"))
    data = json.loads((desk / "all.json").read_text())
    assert data["entries"][0]["answer"] == json.loads((desk / "a.json").read_text())
    assert data["head"] == f"1-{data['entries'][0]['hash']}"


# -- tampering ------------------------------------------------------------------------------------------------

Tamper = Callable[[sqlite3.Connection], object]


def tampered(path: Path, change: Tamper, secret: bytes | None = None) -> list[tuple[str, int | None]]:
    """What is found after a change that takes the triggers away and puts them back, as somebody would who knows them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger.split()[2]}")
        change(connection)
        for trigger in TRIGGERS:
            connection.execute(trigger)
    return [(f.what, f.entry) for f in verified(Register(str(path), secret), ()).faults]


@pytest.mark.parametrize("place", range(1, 6))
def test_a_tampered_entry_is_located(tmp_path: Path, place: int) -> None:
    whole = tmp_path / "whole.db"
    with_entries(whole, 5)

    def found(change: Tamper) -> list[tuple[str, int | None]]:
        shutil.copy(whole, tmp_path / "r.db")
        return tampered(tmp_path / "r.db", change)

    assert found(lambda c: None) == []
    for column in ("content", "answer", "prev", "hash"):
        sql = f"UPDATE entries SET {column} = CAST({column} || x'00' AS BLOB) WHERE seq = ?"
        assert ("changed", place) in found(lambda c, sql=sql: c.execute(sql, (place,)))  # type: ignore[misc]
    gone = found(lambda c: c.execute("DELETE FROM entries WHERE seq = ?", (place,)))
    assert gone == [("removed" if place < 5 else "truncated", place)]
    moved = found(lambda c: c.execute("UPDATE entries SET seq = 9 WHERE seq = ?", (place,)))
    assert ("moved", 9) in moved
    other = place % 5 + 1

    def swap(c: sqlite3.Connection) -> None:
        for old, new in ((place, 99), (other, place), (99, other)):
            c.execute("UPDATE entries SET seq = ? WHERE seq = ?", (new, old))

    assert {("moved", place), ("moved", other)} <= set(found(swap))
    rewritten = found(lambda c: rewrite(c, place))
    assert rewritten == ([("rewritten", place + 1)] if place < 5 else [])  # the last one: see the head


def rewrite(connection: sqlite3.Connection, seq: int, onward: bool = False) -> None:
    """Change an entry and compute its hash anew, and with `onward` that of all behind it."""
    rows = [chain.Row(*r) for r in connection.execute("SELECT * FROM entries WHERE seq >= ? ORDER BY seq", (seq,))]
    before = None
    for row in rows if onward else rows[:1]:
        content = row.content.replace(b"post", b"fax!") if row.seq == seq else row.content
        new = chain.linked(row.seq, before or row.prev, content, row.answer)
        connection.execute(
            "UPDATE entries SET prev = ?, content = ?, hash = ? WHERE seq = ?",
            (new.prev, new.content, new.hash, new.seq),
        )
        before = new.hash


def test_what_only_a_head_or_a_key_shows(tmp_path: Path) -> None:
    """A chain computed anew, and an end cut off with its counter, hold together; a head kept elsewhere shows both."""

    def cut(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM entries WHERE seq > 3")
        connection.execute("UPDATE sqlite_sequence SET seq = 3")

    for change, entry in ((cut, 5), (lambda c: rewrite(c, 2, onward=True), 5)):
        path = tmp_path / "r.db"
        path.unlink(missing_ok=True)
        register = with_entries(path, 5)
        head = verified(register, ()).head
        assert tampered(path, change) == []
        assert [(f.what, f.entry) for f in verified(register, (head,)).faults] == [("head", entry)]
    sealed = with_entries(tmp_path / "sealed.db", 5, b"0123456789abcdef")

    def forge(connection: sqlite3.Connection) -> None:
        rows = list(connection.execute("SELECT * FROM entries"))
        seq, prev, content, answer, _ = rows[-1]
        new = chain.linked(seq, prev, content[:-1] + bytes([content[-1] ^ 1]), answer)
        connection.execute("UPDATE entries SET content = ?, hash = ? WHERE seq = ?", (new.content, new.hash, seq))

    assert tampered(Path(sealed.path), forge, sealed.secret) == [("forged", 5)]


def check_flipped(path: Path, whole: bytes, place: int, bit: int) -> None:
    """Change a bit of the file: either it is found, or it is one that says nothing (free space, page bookkeeping)."""
    path.write_bytes(whole)
    as_written = Register(str(path)).contents()
    changed = bytearray(whole)
    changed[place] ^= 1 << bit
    path.write_bytes(changed)
    for leftover in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    try:
        found = verified(Register(str(path)), ())
        now = Register(str(path)).contents()
    except Refused:
        return
    assert found.faults or same(now, as_written), (place, bit)


@given(data=st.data())
def test_no_byte_changes_unseen(
    data: st.DataObject, whole_register: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = data.draw(st.integers(0, len(whole_register) - 1))
    check_flipped(tmp_path_factory.getbasetemp() / "flipped.db", whole_register, place, data.draw(st.integers(0, 7)))


@pytest.mark.slow
def test_no_byte_at_all_changes_unseen(whole_register: bytes, tmp_path: Path) -> None:
    """Every byte that is used, one bit of each."""
    for place in range(len(whole_register)):
        if any(whole_register[max(0, place - 16) : place + 16]):
            check_flipped(tmp_path / "flipped.db", whole_register, place, place * 5 % 8)


def same(one: Contents, other: Contents) -> bool:
    return (one.header, one.rows, one.start) == (other.header, other.rows, other.start)


@pytest.fixture(scope="module")
def whole_register(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "r.db"
    with_entries(path, 4)
    return path.read_bytes()


@given(data=st.data())
def test_no_row_changes_unseen(
    data: st.DataObject, whole_register: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Take rows away, put them in another order, swap their parts: whatever differs from what was written is found."""
    path = tmp_path_factory.getbasetemp() / "rows.db"
    path.write_bytes(whole_register)
    as_written = Register(str(path)).contents()
    kept = data.draw(st.lists(st.sampled_from(as_written.rows), max_size=5, unique=True))
    numbers = data.draw(st.lists(st.integers(1, 6), min_size=len(kept), max_size=len(kept), unique=True))
    parts = {
        name: data.draw(st.sampled_from(as_written.rows))
        for name in data.draw(st.sets(st.sampled_from(PARTS), max_size=1))
    }
    rows = [(seq, row.prev, row.content, row.answer, row.hash) for seq, row in zip(numbers, kept, strict=True)]
    if rows and parts:
        rows[0] = (rows[0][0], *(getattr(parts.get(name, kept[0]), name) for name in PARTS))

    def put(connection: sqlite3.Connection) -> None:
        counter = connection.execute("SELECT seq FROM sqlite_sequence").fetchone()
        connection.execute("DELETE FROM entries")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?)", counter)

    found = tampered(path, put)
    assert bool(found) == (sorted(rows) != [(r.seq, r.prev, r.content, r.answer, r.hash) for r in as_written.rows])


PARTS = ("prev", "content", "answer", "hash")


def test_rows_cannot_be_changed_by_the_way(tmp_path: Path) -> None:
    with_entries(tmp_path / "r.db", 3)
    connection = sqlite3.connect(tmp_path / "r.db")
    for sql in (
        "UPDATE entries SET content = x'00' WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 3",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 2",
        "INSERT INTO entries SELECT 9, prev, content, answer, hash FROM entries WHERE seq = 2",
        "INSERT INTO entries (prev, content, answer, hash) SELECT prev, content, answer, hash FROM entries WHERE seq = 2",
        "UPDATE header SET content = x'00'",
        "DELETE FROM header",
        "INSERT OR REPLACE INTO header SELECT * FROM header",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            connection.execute(sql)
    connection.close()
    assert verified(Register(str(tmp_path / "r.db")), ()).faults == ()


def test_a_register_that_does_not_hold_together_is_not_used(sent: Say, desk: Path) -> None:
    must(sent("register", "receive", "received.yaml", "--channel", "post"))
    assert tampered(desk / "r.db", lambda c: c.execute("UPDATE entries SET answer = x'00' WHERE seq = 1"))
    for arguments in (["list"], ["due"], ["done", "1.1"], ["export"], ["show", "1"]):
        refused = sent("register", *arguments)
        assert refused.returncode == 3
        assert "MS749" in refused.stderr
        assert "entry 1 was changed after it was written" in refused.stderr
    (desk / "use.yaml").write_text("sender: {jurisdiction: CH}\ndirection: use\nreceived: {register: 2}\n")
    assert "MS749" in sent("check", "use.yaml").stderr
    saved = json.loads(must(sent("register", "export", "--damaged")))
    assert saved["entries"][1]["facts"]["received.from"] == "BR"
    assert saved["faults"][0]["entry"] == 1
    report = json.loads(must(sent("register", "verify", "-f", "json"), 1))
    assert (report["ok"], report["faults"][0]["entry"]) == (False, 1)
    assert "NOT AS IT WAS WRITTEN" in must(sent("register", "verify"), 1)


def test_missing_triggers_are_found(tmp_path: Path) -> None:
    with_entries(tmp_path / "r.db", 1)
    connection = sqlite3.connect(tmp_path / "r.db")
    connection.execute("DROP TRIGGER entries_stay")
    connection.execute("CREATE TABLE guest (x)")
    connection.commit()
    connection.close()
    assert [f.what for f in verified(Register(str(tmp_path / "r.db")), ()).faults] == ["schema", "schema"]


# -- the key --------------------------------------------------------------------------------------------------


def test_an_encrypted_register(say: Say, desk: Path) -> None:
    (desk / "key").write_text("correct horse battery staple\n")
    must(say("register", "init", "--key-file", "key"))
    must(say("register", "receive", "received.yaml", "--channel", "by diplomatic bag", "--key-file", "key"))
    raw = (desk / "r.db").read_bytes()
    assert b"diplomatic" not in raw
    assert b"received.from" not in raw
    assert "by diplomatic bag" in must(say("register", "list", MAYSHARE_REGISTER_KEY="correct horse battery staple"))
    for key, code in (({}, "MS747"), ({"MAYSHARE_REGISTER_KEY": "x" * 20}, "MS748")):
        refused = say("register", "list", **key)
        assert refused.returncode == 3
        assert code in refused.stderr
    report = json.loads(must(say("register", "verify", "-f", "json")))  # the chain can be verified by anyone
    assert (report["ok"], report["encrypted"], report["contents_opened"]) == (True, True, False)
    must(say("register", "verify", "--key-file", "key"))
    (desk / "use.yaml").write_text("sender: {jurisdiction: CH}\ndirection: use\nreceived: {register: 1}\n")
    assert "MS747" in say("check", "use.yaml").stderr
    assert say("check", "use.yaml", "--key-file", "key").returncode in (0, 10, 11, 12)
    assert "MS001" in say("register", "list", "--key-file", "none").stderr
    assert "MS748" in say("register", "init", "--register", "s.db", MAYSHARE_REGISTER_KEY="short").stderr
    assert not (desk / "s.db").exists()
    must(say("register", "init", "--register", "open.db"))
    assert "MS748" in say("register", "list", "--register", "open.db", "--key-file", "key").stderr


# -- bad input ------------------------------------------------------------------------------------------------


def test_what_is_no_register(say: Say, desk: Path) -> None:
    (desk / "text.db").write_text("a shopping list, long enough to be looked at as a database " * 20)
    (desk / "empty.db").write_text("")
    sqlite3.connect(desk / "other.db").execute("CREATE TABLE t (x)").connection.close()
    must(say("register", "init"))
    shutil.copy(desk / "r.db", desk / "future.db")
    with sqlite3.connect(desk / "future.db") as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    (desk / "cut.db").write_bytes((desk / "r.db").read_bytes()[:5000])
    for name, code in (
        ("text.db", "MS743"), ("empty.db", "MS743"), ("other.db", "MS743"), ("law", "MS743"), ("cut.db", "MS743"),
        ("none.db", "MS742"), ("future.db", "MS744"),
    ):  # fmt: skip
        before = (desk / name).read_bytes() if (desk / name).is_file() else b""
        register = Register(str(desk / name))
        for use in (
            register.ledger,
            lambda r=register: verified(r, ()),
            lambda r=register: r.append(done(["1.1"], ACT, "r")),
        ):
            with pytest.raises(Refused, match=code):
                use()
        refused = say("register", "verify", "--register", name)
        assert refused.returncode == 3, (name, refused.stderr)
        assert code in refused.stderr, (name, refused.stderr)
        assert "Traceback" not in refused.stderr
        assert before == ((desk / name).read_bytes() if (desk / name).is_file() else b"")
    assert "MS755" in say("register", "init").stderr
    assert "MS745" in say("register", "init", "--register", "no/such/folder.db").stderr
    assert "MS741" in say("register", "list", MAYSHARE_REGISTER="").stderr


def test_a_read_only_register(tmp_path: Path) -> None:
    """It can be read, and what would be written is refused; put to the test by a process without the right to write."""
    os.chmod(tmp_path, 0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            os.chmod(folder, folder.stat().st_mode | 0o055)
    register = with_entries(tmp_path / "r.db", 2)
    os.chmod(tmp_path / "r.db", 0o444)
    os.chmod(tmp_path, 0o555)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            assert len(register.ledger().records) == 2
            register.append(lambda ledger, seq: (plain_entry(), b""))
        except Refused as refused:
            code = 0 if refused.diagnostics[0].code == "MS745" and "read-only" in str(refused) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.chmod(tmp_path, 0o755)


def test_a_full_disk(tmp_path: Path) -> None:
    """A file that may grow no further: the entry is refused, and the register is as it was."""
    register = with_entries(tmp_path / "r.db", 2)
    before = verified(register, ()).head
    size = (tmp_path / "r.db").stat().st_size
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            for _ in range(50):
                register.append(lambda ledger, seq: (plain_entry().model_copy(update={"title": "x" * 3000}), b""))
        except Refused as refused:
            code = 0 if refused.diagnostics[0].code == "MS745" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = verified(register, (before,))
    assert found.faults == ()
    register.append(lambda ledger, seq: (plain_entry(), b""))
    assert verified(register, (before,)).faults == ()


def test_a_full_disk_behind_standard_output(sent: Say, desk: Path, cache: Path) -> None:
    """The entry is there, and it is said."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        done_ = subprocess.run(
            [sys.executable, "-m", "mayshare", "register", "done", "1.1", "--by", "x", "--register", "r.db"], cwd=desk,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "MAYSHARE_CACHE": str(cache)},
        )  # fmt: skip
    assert done_.returncode == 3
    assert "entry 2 was recorded" in done_.stderr
    assert "MS015" in done_.stderr
    assert "Traceback" not in done_.stderr
    assert json.loads(must(sent("register", "verify", "-f", "json")))["entries"] == 2


def test_interrupted_while_it_waits(sent: Say, desk: Path, cache: Path) -> None:
    """Ctrl-C is heard while another process has the register, and nothing is recorded."""
    holder = sqlite3.connect(desk / "r.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "mayshare", "register", "done", "1.1", "--by", "x", "--register", "r.db"], cwd=desk,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "MAYSHARE_CACHE": str(cache)},
    )  # fmt: skip
    time.sleep(2.5)
    waiting.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, words = waiting.communicate(timeout=20)
    assert waiting.returncode == 130, words
    assert "stopped" in words
    assert time.monotonic() - start < 3
    holder.execute("ROLLBACK")
    holder.close()
    assert json.loads(must(sent("register", "verify", "-f", "json")))["entries"] == 1


# -- several processes, and one killed ------------------------------------------------------------------------

WRITER = """
import sys
from datetime import date
from mayshare.desk.register.recording import Act, feedback
from mayshare.desk.register.store import Register
register = Register(sys.argv[1])
for n in range(int(sys.argv[2])):
    seq, _ = register.append(feedback(1, Act(sys.argv[3], date(2026, 1, 1)), f"n{n} " + "x" * 2000, interim=True, path="r"))
    print(seq, flush=True)
"""


def writer(path: Path, number: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(number), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_two_that_write_at_once(tmp_path: Path) -> None:
    register = with_entries(tmp_path / "r.db", 1)
    both = [writer(tmp_path / "r.db", 40, name) for name in ("one", "two")]
    numbers = []
    for process in both:
        printed, words = process.communicate(timeout=100)
        assert process.returncode == 0, words
        numbers.append([int(line) for line in printed.split()])
    assert sorted(numbers[0] + numbers[1]) == list(range(2, 82))
    assert verified(register, ()).faults == ()
    entries = register.ledger().entries
    for name, seqs in zip(("one", "two"), numbers, strict=True):
        assert [entries[s].by for s in seqs] == [name] * 40
    assert max(numbers[0][0], numbers[1][0]) < 81  # they did run at the same time


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Kill a writer over and over: every entry it reported is there, the chain holds, and the next one writes on."""
    register = with_entries(tmp_path / "r.db", 1)
    reported = 1
    for round_ in range(25):
        process = writer(tmp_path / "r.db", 10_000, f"round {round_}")
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.stderr.read() if process.stderr else ""
        time.sleep(0.003 * round_ % 0.05)
        process.kill()
        printed, _ = process.communicate()
        whole = [int(line) for line in (first + printed).splitlines(keepends=True) if line.endswith("\n")]
        reported = whole[-1]
        found = verified(register, ())
        assert found.faults == ()
        assert found.entries in (reported, reported + 1)  # the last may have been written and not yet reported
    made: list[tuple[int, Entry]] = [
        register.append(fed_back(1, Act("x", date(2026, 1, 1)), "t", interim=True, path="r"))
    ]
    assert made[0][0] == verified(register, ()).entries
    assert reported > 25


def test_the_same_obligation_is_met_once(tmp_path: Path, sent: Say, desk: Path) -> None:
    """What an entry is made from is read while no one else can write."""
    register = Register(str(desk / "r.db"))
    register.append(done(["1.1"], Act("x", date(2026, 2, 1)), "r.db"))
    with pytest.raises(Refused, match="MS751"):
        register.append(done(["1.1"], Act("y", date(2026, 2, 1)), "r.db"))
