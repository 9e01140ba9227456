"""What follows from sending, and when it falls due."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayshare.desk.register.due import deadline, delta, later

from .keeping import CASE, Say, must, shown


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
