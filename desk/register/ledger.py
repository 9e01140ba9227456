"""A register's entries read together: what stands open, what is met, which consent was given for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from .model import Consent, Dated, Done, Entry, Feedback, Lifted, Obligation, Received, Sent

Standing = Literal["open", "met", "lifted", "ended"]


@dataclass(slots=True)
class Debt:
    """An obligation, and what became of it."""

    entry: int
    obligation: Obligation
    closed: Literal["met", "lifted"] | None = None
    closed_on: str | None = None
    closed_by: int | None = None
    changes: int = 0
    """How many later entries were about it."""
    touched: datetime = datetime.min
    """When the last entry about it was recorded."""

    def standing(self, today: date) -> Standing:
        """How it stands on a day: what lasts up to a day has ended after it."""
        if self.closed is not None:
            return self.closed
        return "ended" if self.obligation.ends is not None and self.obligation.ends < today else "open"

    @property
    def day(self) -> date | None:
        """The day to look out for: when it is due, else when it ends."""
        return self.obligation.due or self.obligation.ends

    def overdue(self, today: date) -> bool:
        """Whether it should have been done before that day."""
        return self.closed is None and self.obligation.due is not None and self.obligation.due < today


@dataclass(slots=True)
class Record:
    """Information sent or received, with all that was recorded about it later."""

    seq: int
    entry: Sent | Received
    feedback: list[tuple[int, Feedback]] = field(default_factory=list)
    consents: list[tuple[int, Consent]] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """All entries by number, the records among them, and every obligation."""

    entries: dict[int, Entry] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    debts: dict[str, Debt] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[tuple[int, str, Entry]]) -> Ledger:
        """The ledger of entries in order, each with its number and hash."""
        ledger = cls()
        for seq, digest, entry in entries:
            ledger.take(seq, digest, entry)
        return ledger

    def take(self, seq: int, digest: str, entry: Entry) -> None:
        """Read one more entry."""
        self.entries[seq], self.hashes[seq] = entry, digest
        if isinstance(entry, (Sent, Received)):
            self.records[seq] = Record(seq, entry)
        if isinstance(entry, (Sent, Received, Consent)):
            about = entry.entry if isinstance(entry, Consent) else seq
            for obligation in entry.obligations:
                self.debts[obligation.id] = Debt(about, obligation, touched=entry.at)
        if isinstance(entry, Feedback):
            self.records[entry.entry].feedback.append((seq, entry))
        if isinstance(entry, Consent):
            self.records[entry.entry].consents.append((seq, entry))
        if isinstance(entry, (Done, Feedback, Consent)):
            self._close(entry.obligations_met, "met", seq, entry)
        elif isinstance(entry, Lifted):
            self._close(entry.obligations_lifted, "lifted", seq, entry)
        elif isinstance(entry, Dated):
            self._date(entry)

    def _close(self, names: tuple[str, ...], how: Literal["met", "lifted"], seq: int, entry: Entry) -> None:
        for name in names:
            debt = self.debts[name]
            debt.closed, debt.closed_on, debt.closed_by = how, entry.on, seq
            debt.changes += 1
            debt.touched = entry.at

    def _date(self, entry: Dated) -> None:
        debt = self.debts[entry.obligation]
        days = {"ends": entry.day, "due": None} if entry.as_end else {"due": entry.day, "ends": None}
        update = {**days, "moment": None, "counted": f"entered on {entry.on}"}
        debt.obligation = debt.obligation.model_copy(update=update)
        debt.changes += 1
        debt.touched = entry.at

    def of_record(self, seq: int) -> list[Debt]:
        """The obligations of a record, in the order they arose."""
        return [d for d in self.debts.values() if d.entry == seq]

    def falling_due(self, today: date, until: date) -> list[Debt]:
        """What is open and falls due, or ends, up to a day; what is overdue first."""
        found = [d for d in self.debts.values() if d.standing(today) == "open" and d.day is not None and d.day <= until]
        return sorted(found, key=lambda d: (d.day or date.max, _order(d.obligation.id)))

    def undated(self, today: date) -> list[Debt]:
        """What is open and has no day: it lasts until it is met, lifted, or its event comes."""
        return [d for d in self.debts.values() if d.standing(today) == "open" and d.day is None]


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))
