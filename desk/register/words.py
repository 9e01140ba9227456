"""The register in words, as blocks for any format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...rendering.report import Block, Entry, Heading, Paragraph, Points
from . import model
from .ledger import Debt, Ledger, Record
from .model import Consent, Dated, Done, Feedback, Lifted, Obligation, Received, Sent
from .verification import CANNOT_SHOW, Verification

WHO = {"us": "for us to do", "them": "expected from the other side"}
_CONSENT = {"onward": "passing on", "use": "another use", "evidence": "use as evidence"}
_CONSENT_MARK = {"asked": "outstanding", "given": "met", "refused": "failed"}


def counted(number: int, thing: str) -> str:
    """`1 condition`, `2 conditions`, `no condition`."""
    return f"{number or 'no'} {thing}{'s' if number > 1 else ''}"


def way(record: Record) -> str:
    """From where to where."""
    entry = record.entry
    if isinstance(entry, Received):
        return f"received from {entry.sender}"
    return f"sent {entry.sender} → {entry.receiver}" if entry.receiver else f"used in {entry.sender}"


def _named(record: Record) -> str:
    entry = record.entry
    name = entry.title or (entry.reference or "" if isinstance(entry, Received) else entry.case)
    return f": {name}" if name else ""


# -- lists ----------------------------------------------------------------------------------------------------


def list_blocks(ledger: Ledger, records: Sequence[Record], today: date) -> list[Block]:
    """What was sent and received, an entry each, with what is open of it."""
    debts = [d for r in records for d in ledger.of_record(r.seq) if d.standing(today) == "open"]
    late = sum(d.overdue(today) for d in debts)
    short = f"{counted(len(records), 'record')}, {counted(len(debts), 'open obligation')}"
    blocks: list[Block] = [Heading(1, f"REGISTER: {short}{f', {late} overdue' if late else ''}")]
    entries = []
    for record in records:
        text = f"{record.seq}  {record.entry.on[:10]}  {way(record)}{_named(record)}"
        entries.append(Entry(text, "point", "", tuple(_remarks(ledger, record, today))))
    return [*blocks, Points(tuple(entries))] if entries else blocks


def _remarks(ledger: Ledger, record: Record, today: date) -> list[str]:
    entry = record.entry
    items = f"{', '.join(entry.items)}; " if entry.items else ""
    remarks = [f"{items}by {entry.by}, channel: {entry.channel}"]
    debts = [d for d in ledger.of_record(record.seq) if d.standing(today) == "open"]
    days = sorted(d.day for d in debts if d.day is not None)
    if debts:
        remarks.append(f"{counted(len(debts), 'obligation')} open{f', next on {days[0]}' if days else ''}")
    return remarks


def due_blocks(
    ledger: Ledger, due: Sequence[Debt], undated: Sequence[Debt], today: date, until: date | None
) -> list[Block]:
    """What is overdue, falls due or ends; and, where asked for, what is open without a day."""
    blocks: list[Block] = [Heading(1, f"DUE{f' up to {until}' if until else ''}: {counted(len(due), 'obligation')}")]
    for title, chosen in (
        ("Overdue", [d for d in due if d.overdue(today)]),
        ("Falls due, or ends", [d for d in due if not d.overdue(today)]),
        ("Open without a day", list(undated)),
    ):
        if chosen:
            entries = tuple(_debt(d, ledger.records[d.entry], today) for d in chosen)
            blocks += [Heading(2, title), Points(entries)]
    return blocks


def _debt(debt: Debt, record: Record | None, today: date) -> Entry:
    obligation = debt.obligation
    where = [f"{way(record)}{_named(record)}"] if record is not None else []
    items = [f"of {', '.join(obligation.items)}"] if obligation.items else []
    return Entry(
        f"{obligation.id}  {_when(debt, today)}: {obligation.text}", _mark(debt, today), obligation.source,
        (*where, *items, *_notes(debt)),
    )  # fmt: skip


def _when(debt: Debt, today: date) -> str:
    obligation = debt.obligation
    if debt.closed is not None:
        return f"{debt.closed} {(debt.closed_on or '')[:10]}"
    if obligation.due is not None:
        hour = f" {obligation.moment:%H:%M%z}" if obligation.moment else ""
        late = f", {(today - obligation.due).days} days ago" if obligation.due < today else ""
        return f"due {obligation.due}{hour}{late}"
    if obligation.ends is not None:
        return f"{'ended' if obligation.ends < today else 'ends'} {obligation.ends}"
    return f"until {obligation.event}" if obligation.event else "stands"


def _mark(debt: Debt, today: date) -> str:
    standing = debt.standing(today)
    if standing != "open":
        return "met"
    if debt.overdue(today):
        return "warning"
    return "contingent" if debt.obligation.contingent else "outstanding"


def _notes(debt: Debt) -> list[str]:
    obligation: Obligation = debt.obligation
    notes = [f"{obligation.kind.replace('_', ' ')}; {WHO[obligation.owed_by]}"]
    if obligation.counted and debt.closed is None:
        notes[0] += f"; {obligation.counted}"
    if obligation.contingent:
        notes.append("applies only depending on " + ", ".join(obligation.contingent))
    return notes


# -- one record -----------------------------------------------------------------------------------------------


def record_blocks(ledger: Ledger, record: Record, today: date, *, fresh: bool = False) -> list[Block]:
    """What was sent or received, what follows from it, and what became of it."""
    entry = record.entry
    blocks: list[Block] = [Heading(1, f"ENTRY {record.seq}, {way(record)}{_named(record)}")]
    facts = [f"{entry.on}, by {entry.by}, channel: {entry.channel}{'' if fresh else f'; recorded {entry.at:%Y-%m-%d}'}"]
    if entry.reference:
        facts.append(f"reference {entry.reference}")
    if entry.items:
        facts.append("items: " + ", ".join(entry.items))
    if isinstance(entry, Received):
        facts += [f"{path}: {_shown(value)}" for path, value in entry.facts.items()]
    else:
        facts += [f"answer: {entry.outcome}. {entry.short}"]
        facts += [f"{item} rests on {rule}" for item, rule in entry.gateways.items()]
    if entry.note:
        facts.append(entry.note)
    blocks.append(Points(tuple(Entry(text) for text in facts)))
    if not isinstance(entry, Received) and entry.despite is not None:
        blocks.append(Points((Entry(f"sent although the answer does not let it go: {entry.despite}", "warning"),)))
    debts = ledger.of_record(record.seq)
    if debts:
        blocks += [Heading(2, "What follows"), Points(tuple(_debt(d, None, today) for d in debts))]
    return blocks + _later(record)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _later(record: Record) -> list[Block]:
    blocks: list[Block] = []
    if record.consents:
        blocks += [Heading(2, "Consent"), Points(tuple(_consent(n, c) for n, c in record.consents))]
    if record.feedback:
        blocks += [Heading(2, "Feedback"), Points(tuple(_feedback(n, f) for n, f in record.feedback))]
    return blocks


def _consent(seq: int, consent: Consent) -> Entry:
    text = f"{seq}  {consent.on[:10]}  {consent.state}: {_CONSENT[consent.to]}{_whom(consent)}"
    return Entry(
        text, _CONSENT_MARK[consent.state], "", (f"by {consent.by}", *([consent.note] if consent.note else []))
    )


def _whom(consent: Consent) -> str:
    """To whom it may be passed on, and the limit."""
    to = f" to {consent.receiver or 'any receiver'}" if consent.to == "onward" else ""
    kind = f" ({consent.authority})" if consent.authority else ""
    return f"{to}{kind}{f', only {consent.limit}' if consent.limit else ''}"


def _feedback(seq: int, feedback: Feedback) -> Entry:
    who = "given" if feedback.given_by == "us" else "received"
    interim = ", interim" if feedback.interim else ""
    return Entry(f"{seq}  {feedback.on[:10]}  {who}{interim}: {feedback.text}", "point", "", (f"by {feedback.by}",))


def recorded_blocks(seq: int, entry: model.Entry) -> list[Block]:
    """An entry as it was just recorded, without what came later."""
    ledger = Ledger()
    if isinstance(entry, (Sent, Received)):
        ledger.take(seq, "", entry)
        return record_blocks(ledger, ledger.records[seq], date.fromisoformat(entry.on[:10]), fresh=True)
    blocks: list[Block] = [Heading(1, f"ENTRY {seq}, {entry.on}: {_said(entry)}")]
    points = [Entry(text) for text in (f"by {entry.by}", entry.note) if text]
    return [*blocks, Points(tuple(points))]


def _said(entry: Done | Lifted | Dated | Feedback | Consent) -> str:
    """What an entry about another says."""
    if isinstance(entry, Done):
        return f"{', '.join(entry.obligations_met)} met"
    if isinstance(entry, Lifted):
        return f"{', '.join(entry.obligations_lifted)} lifted: {entry.reason}"
    if isinstance(entry, Dated):
        return f"{entry.obligation} {'ends' if entry.as_end else 'is due'} {entry.day}"
    met = f"; {', '.join(entry.obligations_met)} met" if entry.obligations_met else ""
    if isinstance(entry, Feedback):
        return f"feedback on entry {entry.entry}{met}: {entry.text}"
    owed = "".join(f"; {o.id} due {o.due}" for o in entry.obligations)
    return f"consent {entry.state}, entry {entry.entry}: {_CONSENT[entry.to]}{_whom(entry)}{met}{owed}"


# -- verification ---------------------------------------------------------------------------------------------


def verification_blocks(found: Verification) -> list[Block]:
    """Whether the register is as it was written, and where not."""
    if found.faults:
        blocks: list[Block] = [Heading(1, f"NOT AS IT WAS WRITTEN: {counted(len(found.faults), 'fault')}", "deny")]
        blocks.append(Points(tuple(Entry(f"{f.text} [{f.what}]", "failed") for f in found.faults)))
    else:
        blocks = [
            Heading(1, f"HOLDS TOGETHER: {counted(found.entries, 'entry').replace('entrys', 'entries')}", "allow")
        ]
    if not found.opened:
        text = "The entries are encrypted and no key was given, so only the chain was verified."
        blocks.append(Paragraph(text))
    blocks += [Paragraph(f"Head: {found.head}"), Paragraph(CANNOT_SHOW, quiet=True)]
    return blocks
