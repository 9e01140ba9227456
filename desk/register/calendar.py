"""Due dates as a calendar (RFC 5545). Names of cases and persons stay out of it unless asked for: calendars travel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Todo

from .ledger import Debt, Ledger
from .model import Received, Sent

_TITLES = {"us": "Due", "them": "Expected"}


def calendar(ledger: Ledger, name: str, *, tasks: bool, details: bool, alarms: Sequence[int]) -> bytes:
    """Every obligation with a day, as events or tasks. `name` is the register's own id, `alarms` are days before.

    The same obligation always has the same UID; one that was met or lifted is there as completed or cancelled, so that a
    calendar that took it over lets go of it.
    """
    made = Calendar()
    made.add("prodid", "-//mayshare//register//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for debt in ledger.debts.values():
        if debt.day is not None:
            made.add_component(_component(ledger, debt, name, tasks=tasks, details=details, alarms=alarms))
    return bytes(made.to_ical())


def _component(
    ledger: Ledger, debt: Debt, name: str, *, tasks: bool, details: bool, alarms: Sequence[int]
) -> Event | Todo:
    part: Event | Todo = Todo() if tasks else Event()
    part.add("uid", f"{debt.obligation.id}.{name}@mayshare")
    part.add("dtstamp", debt.touched.astimezone(UTC))
    part.add("last-modified", debt.touched.astimezone(UTC))
    part.add("sequence", debt.changes)
    part.add("class", "CONFIDENTIAL")
    part.add("summary", _summary(ledger, debt))
    part.add("description", _description(ledger, debt, details=details))
    part.add("categories", [debt.obligation.kind])
    _days(part, debt, tasks=tasks)
    _status(part, debt, tasks=tasks)
    if debt.closed is None:
        for days in alarms:
            part.add_component(_alarm(days, _summary(ledger, debt), tasks=tasks))
    return part


def _summary(ledger: Ledger, debt: Debt) -> str:
    obligation = debt.obligation
    word = "Ends" if obligation.due is None else _TITLES[obligation.owed_by]
    return f"{word}: {obligation.kind.replace('_', ' ')}, register {obligation.id} ({_way(ledger.records[debt.entry].entry)})"


def _way(entry: Sent | Received) -> str:
    if isinstance(entry, Received):
        return f"from {entry.sender}"
    return f"{entry.sender} to {entry.receiver}" if entry.receiver else entry.sender


def _description(ledger: Ledger, debt: Debt, *, details: bool) -> str:
    obligation, entry = debt.obligation, ledger.records[debt.entry].entry
    lines = [obligation.text, obligation.source, obligation.counted]
    if details:
        name = entry.title or (entry.case if isinstance(entry, Sent) else "")
        lines += [name, entry.reference or "", ", ".join(obligation.items)]
    return "\n".join(line for line in lines if line)


def _days(part: Event | Todo, debt: Debt, *, tasks: bool) -> None:
    when: date | datetime = debt.day or date.max
    if debt.obligation.moment is not None and debt.obligation.due is not None:
        when = debt.obligation.moment.astimezone(UTC)
    if tasks:
        part.add("due", when)
        return
    part.add("dtstart", when)
    if not isinstance(when, datetime):
        part.add("dtend", when + timedelta(days=1))
    part.add("transp", "TRANSPARENT")


def _status(part: Event | Todo, debt: Debt, *, tasks: bool) -> None:
    if debt.closed == "met":
        part.add("status", "COMPLETED" if tasks else "CANCELLED")
    elif debt.closed == "lifted":
        part.add("status", "CANCELLED")
    else:
        part.add("status", "NEEDS-ACTION" if tasks else "CONFIRMED")


def _alarm(days: int, text: str, *, tasks: bool) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    # a task has no start to count from
    alarm.add("trigger", timedelta(days=-days), parameters={"RELATED": "END"} if tasks else {})
    return alarm
