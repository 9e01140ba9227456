"""Received information: read from a file when it is recorded, and looked up by the cases that would use or pass it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...rules.case import Kept, Stated, bare, read_facts
from ...rules.diagnostics import Findings, Refused
from ...rules.model import Model, Several, Text, validated
from ...rules.policy import Bound, Condition, Stage
from ...rules.source import Document, Source, read_document
from ...rules.vocabulary.facts import Vocabulary
from .due import Happened, day_of
from .file import no_entry, refusal
from .ledger import Ledger, Record
from .model import Consent, Obligation, Received
from .obligations import from_originator, last_day, timing
from .store import Register

OF_A_USE = frozenset(
    f"received.{name}"
    for name in (
        "assistance_excluded_for_new_use", "compatible_with_convention", "conditions_passed_on", "consent_in_writing",
        "consent_obtainable_in_time", "consent_refused", "consultation_held", "consultation_requested", "disclosure_duty",
        "evidence_consent_obtained", "exculpatory_in_own_proceedings", "notice_given", "onward_consent_obtained",
        "prior_notice_possible", "same_proceedings", "use_consent_obtained", "within_original_purpose",
    )
)  # fmt: skip
"""Facts that say something of one use or passing on, and so may differ from case to case: an entry does not hold them."""

_SET_BY = {
    "confidentiality": "received.confidentiality_requested",
    "use_restriction": "received.use_restricted",
    "onward_consent": "received.onward_consent_needed",
    "feedback": "received.feedback_requested",
}


class Asked(Condition):
    """A condition that the originator set; unless it is said otherwise, the holder keeps it from now on."""

    stage: Stage = "after"
    bound: Bound = "receiver"


class ReceivedFile(Model):
    """What was received, as the adviser writes it down."""

    title: Text | None = None
    reference: Text | None = None
    received: dict[str, Any]
    items: Several[Text] = ()
    conditions: tuple[Asked, ...] = ()
    note: Text | None = None


class Arrival:
    """What a file says of received information, checked."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        """Read it.

        Raises:
            Refused: with every fault in it.
        """
        document = read_document(source)
        findings = Findings()
        read = validated(ReceivedFile, document.data, document, (), findings)
        if read is None:
            raise Refused(findings.items)
        self.file, self.document = read, document
        self.facts = _facts(document, read, vocabulary, findings)
        if "received.from" not in self.facts:
            findings.add(
                document.error("MS108", "`from` is missing", ("received",), "add the originator's State: `from: BR`")
            )
        findings.stop_on_errors()

    @property
    def on(self) -> date | None:
        """The day of receipt, where the file states it."""
        day = self.facts.get("received.on")
        return day if isinstance(day, date) else None

    def obligations(self, when: Happened) -> tuple[Obligation, ...]:
        """What binds the holder, with days counted from the receipt.

        Raises:
            Refused: MS103 a duration goes beyond the calendar.
        """
        listed = []
        for index, condition in enumerate(self.file.conditions):
            ends = self.facts.get("received.confidentiality_until")
            try:
                days = timing(condition.kind, condition.stage, condition.due, condition.until, when, ends)
            except ValueError as error:
                raise Refused(
                    [self.document.error("MS103", str(error), ("conditions", index, "due"), "shorten it")]
                ) from None
            listed.append(
                Obligation(
                    condition=condition.id, kind=condition.kind, stage=condition.stage, text=condition.text,
                    owed_by="us" if condition.bound == "receiver" else "them",
                    source=str(condition.source) if condition.source else "", **days,
                )
            )  # fmt: skip
        return from_originator(self.facts, listed)

    def plain_facts(self, when: Happened) -> dict[str, Any]:
        """The facts as an entry holds them."""
        facts = {**self.facts, "received.on": day_of(when)}
        return {p: bare(v) for p, v in sorted(facts.items())}


def _facts(document: Document, read: ReceivedFile, vocabulary: Vocabulary, findings: Findings) -> dict[str, Any]:
    stated = read_facts(document, vocabulary, findings, ("received",))
    for path in sorted(stated.keys() & OF_A_USE):
        help_ = "leave it out here, and state it in the case in which it is used or passed on"
        text = f"`{path}` is about one use of the information, not about what was received"
        findings.add(document.error("MS754", text, ("received", path.removeprefix("received.")), help_, key=True))
    facts: dict[str, Any] = {path: s.value for path, s in stated.items()}
    for index, condition in enumerate(read.conditions):
        implied = _SET_BY.get(condition.kind)
        for path in ("received.under_conditions", *((implied,) if implied else ())):
            if facts.setdefault(path, True) is not True:
                text = f"this condition is listed, and `{path}` says that there is none"
                findings.add(document.error("MS306", text, ("conditions", index), "correct one of the two"))
        end = last_day(condition.until) if condition.kind == "confidentiality" else None
        if end is not None and facts.setdefault("received.confidentiality_until", end) != end:
            text = "`received.confidentiality_until` is another day than this condition's `until`"
            findings.add(document.error("MS306", text, ("conditions", index, "until"), "correct one of the two"))
    return facts


# -- looked up by a case --------------------------------------------------------------------------------------


def look_up(register: Register, entry: str, facts: Mapping[str, Stated]) -> Kept:
    """What a register holds of received information, for a case that names the entry and states these facts.

    A consent to passing on is taken from it only where it was given (or refused) for the receiver that the case states, without
    a limit in words; every other consent depends on the use, and is for the case to state.

    Raises:
        Refused: as `Register.ledger`, MS750 there is no such entry, MS751 it is of something else.
    """
    ledger = register.ledger()
    record = received_record(ledger, int(entry), register.path)
    held = dict(record.entry.facts) if isinstance(record.entry, Received) else {}
    held |= _consents(record, facts)
    return Kept(register_name=register.path, entry=entry, hash=ledger.hashes[record.seq], facts=held)


def received_record(ledger: Ledger, entry: int, path: str) -> Record:
    """The record of received information under a number.

    Raises:
        Refused: MS750 there is none, MS751 it is of something else.
    """
    record = ledger.records.get(entry)
    if record is None and entry not in ledger.entries:
        raise no_entry(entry, path)
    if record is None or not isinstance(record.entry, Received):
        kind = ledger.entries[entry].kind
        text = f"entry {entry} of `{path}` is of kind `{kind}`, not of received information"
        raise refusal("MS751", text, path, "`mayshare register list --kind received` shows those that are")
    return record


def _consents(record: Record, facts: Mapping[str, Stated]) -> dict[str, Any]:
    fitting = [c for _, c in record.consents if c.to == "onward" and c.state != "asked" and _fits(c, facts)]
    if not fitting:
        return {}
    if fitting[-1].state == "given":
        return {"received.onward_consent_obtained": True}
    return {"received.onward_consent_obtained": False, "received.consent_refused": True}


def _fits(consent: Consent, facts: Mapping[str, Stated]) -> bool:
    """Whether a consent was for the receiver that a case states; a refusal with a limit counts, a consent with one does not."""
    if consent.limit and consent.state == "given":
        return False
    wanted = (("receiver.jurisdiction", consent.receiver), ("receiver.authority", consent.authority))
    return all(code is None or (path in facts and facts[path].value == code) for path, code in wanted)
