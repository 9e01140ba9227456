"""A session with the register: what is due, what a case takes from it, and what is exported."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar

from mayshare.desk.drafts import stale
from mayshare.desk.register.received import OF_A_USE
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rules.source import Source
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

from .keeping import Say, must, shown

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
