"""A register as data for other programs: JSON, and tables as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from .ledger import Debt, Ledger, Record
from .model import ENTRY, Entry, Sent
from .store import Register

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def record_data(ledger: Ledger, record: Record, today: date) -> dict[str, Any]:
    """What was sent or received, with its obligations as they stand and all that was recorded about it later."""
    return {
        "entry": record.seq,
        "hash": ledger.hashes[record.seq],
        **plain(record.entry, without={"obligations"}),
        "obligations": [debt_data(d, today) for d in ledger.of_record(record.seq)],
        "feedback": [{"entry": n, **plain(f)} for n, f in record.feedback],
        "consents": [{"entry": n, **plain(c)} for n, c in record.consents],
    }


def debt_data(debt: Debt, today: date) -> dict[str, Any]:
    """An obligation as it stands on a day."""
    return {
        **debt.obligation.model_dump(mode="json"),
        "entry": debt.entry,
        "standing": debt.standing(today),
        "overdue": debt.overdue(today),
        "closed_on": debt.closed_on,
        "closed_by": debt.closed_by,
    }


def plain(entry: Entry, without: set[str] | None = None) -> dict[str, Any]:
    """An entry as plain data."""
    return entry.model_dump(mode="json", exclude=without)


def whole(register: Register, *, damaged: bool) -> str:
    """Every entry with its hash and, where it has one, its answer, as JSON text. With `damaged`, as far as they can be read.

    Raises:
        Refused: as `Register.ledger`, unless `damaged`.
    """
    contents = register.contents()
    if not damaged:
        register.ledger()
    entries = []
    for row, entry in register.readable(contents):
        data: dict[str, Any] = {"entry": row.seq, "hash": row.hash.hex(), "previous": row.prev.hex()}
        data |= {"unreadable": True} if entry is None else json.loads(ENTRY.dump_json(entry))
        answer = register.answer_of(contents, row)
        if answer:
            data["answer"] = json.loads(answer)
        entries.append(data)
    faults = [{"entry": f.entry, "what": f.what, "text": f.text} for f in contents.faults]
    head = {"register": contents.header["register"], "opened": contents.header["opened"], "head": contents.head}
    return json.dumps({**head, "faults": faults, "entries": entries}, ensure_ascii=False, indent=2) + "\n"


def entries_csv(ledger: Ledger) -> str:
    """What was sent and received, a row each."""
    names = (
        "entry",
        "kind",
        "on",
        "by",
        "from",
        "to",
        "channel",
        "case",
        "title",
        "reference",
        "items",
        "outcome",
        "hash",
    )
    rows = []
    for record in ledger.records.values():
        entry = record.entry
        to, case, outcome = (
            (entry.receiver, entry.case, entry.outcome) if isinstance(entry, Sent) else (None, None, None)
        )
        rows.append(
            (record.seq, entry.kind, entry.on, entry.by, entry.sender, to, entry.channel, case, entry.title, entry.reference,
             " ".join(entry.items), outcome, ledger.hashes[record.seq])
        )  # fmt: skip
    return _csv(names, rows)


def obligations_csv(ledger: Ledger, today: date) -> str:
    """Every obligation as it stands on a day, a row each."""
    names = (
        "id",
        "entry",
        "kind",
        "owed_by",
        "due",
        "ends",
        "event",
        "standing",
        "overdue",
        "closed_on",
        "text",
        "source",
        "items",
    )
    rows = []
    for debt in ledger.debts.values():
        data = debt_data(debt, today) | {"items": " ".join(debt.obligation.items)}
        rows.append(tuple(data[name] for name in names))
    return _csv(names, rows)


def _csv(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")  # RFC 4180
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
