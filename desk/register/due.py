"""When obligations fall due: ISO 8601 durations counted from a sending, and spans of time as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

_DURATION = re.compile(
    r"P(?!\Z)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?)?\Z"
)
_SHORT = re.compile(r"(\d{1,5})\s*(d|w|m|y)\Z", re.IGNORECASE)

Happened = date | datetime
"""A day, or a moment with its offset from UTC."""


def happened(text: str) -> Happened:
    """A day `2026-03-02`, or a moment `2026-03-02T14:30+01:00`; without an offset it is this machine's time.

    Raises:
        ValueError: it is neither.
    """
    if len(text) == 10:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()


def day_of(when: Happened) -> date:
    """The day of a moment, as it was where it happened."""
    return when.date() if isinstance(when, datetime) else when


def written(when: Happened) -> str:
    """As an entry holds it."""
    return when.isoformat(timespec="minutes") if isinstance(when, datetime) else when.isoformat()


def delta(duration: str) -> relativedelta:
    """An ISO 8601 duration, `P30D`, `P6M`, `PT8H`, or `30d`, `2w`, `6m`, `1y`.

    Raises:
        ValueError: it is none.
    """
    from dateutil.relativedelta import relativedelta

    short = _SHORT.match(duration)
    found = _DURATION.match(f"P{short[1]}{short[2].upper()}" if short else duration)
    if found is None:
        raise ValueError(f"`{duration}` is no span of time")
    parts = {name: int(number) for name, number in found.groupdict().items() if number}
    return relativedelta(**parts)


def later(day: date, duration: str) -> date:
    """The day a duration after another; past the end of a month it is the month's last day.

    Raises:
        ValueError: it is no duration, or goes beyond the calendar.
    """
    span = delta(duration)
    try:
        found: date = day + span
    except (OverflowError, ValueError):
        raise ValueError(f"`{duration}` after {day} goes beyond the calendar") from None
    return day_of(found)


def deadline(sent: Happened, duration: str) -> tuple[date, datetime | None, str]:
    """The day on which a duration after the sending ends, the hour where it counts in hours, and how it was counted.

    Where hours count and the hour of sending is not recorded, they are counted from the beginning of the day: the deadline may
    then be shown too early, never too late.
    """
    day = day_of(sent)
    if "T" not in duration:
        return later(day, duration), None, f"{duration} after {day}"
    if isinstance(sent, datetime):
        moment = sent + delta(duration)
        return moment.date(), moment, f"{duration} after {written(sent)}"
    end = datetime.combine(day, time.min) + delta(duration)
    return end.date(), None, f"{duration} after the beginning of {day}, since no hour is recorded"
