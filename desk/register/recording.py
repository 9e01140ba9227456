"""Making entries: each from what was said and from the register as it stands, or refused with the reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from ...engine.deciding import case_hash
from ...engine.decision import Decision, Gateway, ItemDecision
from ...engine.library import Library
from ...engine.reading import recorded_case
from ...rules.case import Case
from ...rules.diagnostics import Diagnostic, Place, Refused
from ...rules.source import Source
from .due import Happened, written
from .file import no_entry, refusal
from .ledger import Debt, Ledger
from .model import Consent, Dated, Done, Entry, Feedback, Lifted, Obligation, Received, Sent
from .obligations import from_answer, relied_on
from .received import Arrival
from .store import Make


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something, when it happened, and a remark."""

    by: str
    when: Happened
    note: str | None = None

    @property
    def common(self) -> dict[str, Any]:
        """What every entry says."""
        return {
            "at": datetime.now(UTC).replace(microsecond=0),
            "by": self.by,
            "on": written(self.when),
            "note": self.note,
        }


# -- sent -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A recorded answer: as text, as it was read, and the case it is of."""

    name: str
    text: str
    decision: Decision
    case: Case


def read_answer(source: Source, library: Library) -> Answer:
    """The one answer of a file written by `check`, held against the case it carries.

    Raises:
        Refused: MS006, MS016 it is none, or does not hold together; or its case is no longer valid.
    """
    place = Place(source.name)
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise Refused([Diagnostic("MS006", f"not JSON: {error}", place, "give an answer written by `check`")]) from None
    if isinstance(data, list):
        help_ = "record each transmission by itself: `mayshare check ONE-CASE --receipt FILE`"
        raise Refused([Diagnostic("MS016", f"this file holds {len(data)} answers", place, help_)])
    help_ = "give an answer written by `check --format json` or `check --receipt FILE`, unchanged"
    try:
        decision = Decision.model_validate(data)
        case = recorded_case(data["receipt"], library)
    except (ValueError, KeyError, TypeError, IndexError):
        raise Refused([Diagnostic("MS016", "this is not a recorded answer", place, help_)]) from None
    if case_hash(case) != decision.receipt.case:
        raise Refused([Diagnostic("MS016", "the receipt does not hold together: its case was changed", place, help_)])
    return Answer(source.name, json.dumps(data, ensure_ascii=False, indent=2) + "\n", decision, case)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is said of a sending beside its answer."""

    channel: str
    items: Sequence[str] = ()
    gateway: str | None = None
    reference: str | None = None
    despite: str | None = None


def sent(answer: Answer, act: Act, sending: Sending) -> Make:
    """An entry of information sent.

    Raises:
        Refused: MS750 an item or gateway is not in the answer, MS752 the answer does not let an item go, or not under it.
    """
    decision = answer.decision
    items = _items(answer, sending)
    gateways = _gateways(answer, items, sending)
    ends = {i.id: d for i in answer.case.items if (d := _confidential_until(answer.case, i.id)) is not None}
    obligations = from_answer(decision, gateways, act.when, ends)
    raw = answer.text.encode()

    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        entry = Sent(
            **act.common, case=decision.case, title=decision.title, sender=decision.sender, receiver=decision.receiver,
            channel=sending.channel, reference=sending.reference, outcome=decision.outcome, short=decision.short,
            items=tuple(items), gateways=gateways, despite=sending.despite, answer_sha256=hashlib.sha256(raw).hexdigest(),
            obligations=numbered(obligations, seq),
        )  # fmt: skip
        return entry, raw

    return make


def numbered(obligations: Sequence[Obligation], seq: int) -> tuple[Obligation, ...]:
    """Obligations with the names under which they are spoken of: `3.1`, `3.2`."""
    return tuple(o.model_copy(update={"id": f"{seq}.{n}"}) for n, o in enumerate(obligations, 1))


def _items(answer: Answer, sending: Sending) -> list[str]:
    """The items sent: those named, else all that may go."""
    decision = answer.decision
    known = [i.id for i in decision.items]
    for name in sending.items:
        if name not in known:
            raise refusal("MS750", f"the answer has no item `{name}`", answer.name, f"it has {', '.join(known)}")
    items = list(dict.fromkeys(sending.items)) or [i for i in known if i in decision.may_go]
    barred = [i for i in items if i not in decision.may_go]
    if (barred or not items) and sending.despite is None:
        which = ", ".join(f"`{i}`" for i in barred) or "anything"
        help_ = "name the items that were sent with --item; if it was sent all the same, say why: --despite REASON"
        raise refusal("MS752", f"the answer does not let {which} go ({decision.outcome})", answer.name, help_)
    return items or known


def _gateways(answer: Answer, items: Sequence[str], sending: Sending) -> dict[str, str]:
    """The gateway that each item sent relies on."""
    found = {}
    for item in answer.decision.items:
        if item.id in items:
            gateway = relied_on(item, sending.gateway)
            if sending.gateway is not None:
                _relied_on_rightly(answer, item, gateway, sending)
            if gateway is not None:
                found[item.id] = gateway.rule
    return found


def _relied_on_rightly(answer: Answer, item: ItemDecision, gateway: Gateway | None, sending: Sending) -> None:
    """Refuse a gateway named by hand that the answer does not hold open."""
    if gateway is None:
        open_ = ", ".join(g.rule for g in item.gateways) or "none is"
        text = f"`{sending.gateway}` is not open for `{item.id}`"
        raise refusal("MS750", text, answer.name, f"open in the answer: {open_}")
    if gateway.truth != "true" and sending.despite is None:
        text = f"`{gateway.rule}` may not be open for `{item.id}`: it depends on {', '.join(gateway.depends_on)}"
        help_ = "state those facts in the case and check it again; if it was relied on all the same: --despite REASON"
        raise refusal("MS752", text, answer.name, help_)


def _confidential_until(case: Case, item: str) -> date | None:
    facts = next(case.facts_of(i) for i in case.items if i.id == item)
    for path in ("caveat.confidentiality_until", "received.confidentiality_until"):
        stated = facts.get(path)
        if stated is not None and isinstance(stated.value, date):
            return stated.value
    return None


# -- received -------------------------------------------------------------------------------------------------


def received(arrival: Arrival, act: Act, channel: str) -> Make:
    """An entry of information received.

    Raises:
        Refused: MS103 a duration goes beyond the calendar.
    """
    obligations = arrival.obligations(act.when)
    file = arrival.file

    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        entry = Received(
            **{**act.common, "note": act.note or file.note}, title=file.title, sender=str(arrival.facts["received.from"]),
            channel=channel, reference=file.reference, items=file.items, facts=arrival.plain_facts(act.when),
            obligations=numbered(obligations, seq),
        )  # fmt: skip
        return entry, b""

    return make


# -- about what is there already ------------------------------------------------------------------------------


def done(names: Sequence[str], act: Act, path: str) -> Make:
    """An entry of obligations met.

    Raises (when it is made):
        Refused: MS750 there is no such obligation, MS751 it is closed already.
    """
    return _closing(names, path, lambda found: Done(**act.common, obligations_met=found))


def lifted(names: Sequence[str], act: Act, reason: str, path: str) -> Make:
    """An entry of obligations that no longer apply; refusals as `done`."""
    return _closing(names, path, lambda found: Lifted(**act.common, obligations_lifted=found, reason=reason))


def dated(name: str, day: date, act: Act, path: str) -> Make:
    """An entry of the day on which an obligation ends, or a deadline falls; refusals as `done`."""

    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        obligation = open_debt(ledger, name, path).obligation
        lasts = obligation.ends is not None or obligation.event is not None or obligation.kind in _LASTING
        return Dated(**act.common, obligation=name, day=day, as_end=lasts and obligation.due is None), b""

    return make


_LASTING = ("confidentiality", "use_restriction", "onward_consent", "limitation")


def _closing(names: Sequence[str], path: str, entry: Callable[[tuple[str, ...]], Entry]) -> Make:
    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        found = tuple(dict.fromkeys(names))
        for name in found:
            open_debt(ledger, name, path)
        return entry(found), b""

    return make


def open_debt(ledger: Ledger, name: str, path: str) -> Debt:
    """An obligation that is still open.

    Raises:
        Refused: MS750 there is none of this name, MS751 it is closed.
    """
    debt = ledger.debts.get(name)
    if debt is None:
        entry = name.partition(".")[0]
        there = ", ".join(d for d in ledger.debts if d.startswith(f"{entry}."))
        help_ = f"entry {entry} has {there}" if there else "`mayshare register due --all` shows them"
        raise refusal("MS750", f"there is no obligation `{name}`", path, help_)
    if debt.closed is not None:
        text = f"`{name}` is {debt.closed} already (entry {debt.closed_by}, {debt.closed_on})"
        raise refusal("MS751", text, path, "nothing is to be recorded; an entry is never taken back")
    return debt


def feedback(entry: int, act: Act, text: str, *, interim: bool, path: str) -> Make:
    """An entry of feedback: from the receiver where information was sent, to the originator where it was received.

    It meets the open obligations of kind `feedback`, unless it is interim.

    Raises (when it is made):
        Refused: MS750 there is no such entry, MS751 it is of neither kind.
    """

    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        given_by: Literal["us", "them"] = "them" if _record(ledger, entry, path).kind == "sent" else "us"
        met = () if interim else _open_of(ledger, entry, "feedback")
        made = Feedback(**act.common, entry=entry, given_by=given_by, text=text, interim=interim, obligations_met=met)
        return made, b""

    return make


def _record(ledger: Ledger, entry: int, path: str) -> Sent | Received:
    record = ledger.records.get(entry)
    if record is not None:
        return record.entry
    if entry in ledger.entries:
        text = f"entry {entry} is of kind `{ledger.entries[entry].kind}`: nothing was sent or received by it"
        raise refusal("MS751", text, path, "`mayshare register list` shows what was sent and received")
    raise no_entry(entry, path)


def _open_of(ledger: Ledger, entry: int, kind: str) -> tuple[str, ...]:
    return tuple(d.obligation.id for d in ledger.of_record(entry) if d.closed is None and d.obligation.kind == kind)


@dataclass(frozen=True, slots=True)
class Consenting:
    """What is said of a consent."""

    to: Literal["onward", "use", "evidence"]
    state: Literal["asked", "given", "refused"]
    receiver: str | None = None
    authority: str | None = None
    limit: str | None = None
    answer_by: date | None = None


def consent(entry: int, act: Act, said: Consenting, path: str) -> Make:
    """An entry of the originator's consent, asked for, given or refused; an answer closes what was asked with a deadline.

    Raises (when it is made):
        Refused: as `feedback`.
    """

    def make(ledger: Ledger, seq: int) -> tuple[Entry, bytes]:
        ours = _record(ledger, entry, path).kind == "sent"
        asked: tuple[Obligation, ...] = ()
        if said.answer_by is not None:
            asked = (_answer_owed(said, said.answer_by, ours=ours),)
        met = _asked(ledger, entry, said) if said.state != "asked" else ()
        made = Consent(
            **act.common, entry=entry, to=said.to, state=said.state, receiver=said.receiver, authority=said.authority,
            limit=said.limit, obligations=numbered(asked, seq), obligations_met=met,
        )  # fmt: skip
        return made, b""

    return make


def _answer_owed(said: Consenting, day: date, *, ours: bool) -> Obligation:
    where = f" to {said.receiver}" if said.receiver else ""
    text = {"onward": f"passing on{where}", "use": "another use", "evidence": "use as evidence"}[said.to]
    return Obligation(
        condition=f"consent-{said.to}", kind="consultation", stage="after", owed_by="us" if ours else "them",
        text=f"Answer whether consent is given to {text}", due=day, counted="as asked",
    )  # fmt: skip


def _asked(ledger: Ledger, entry: int, said: Consenting) -> tuple[str, ...]:
    """The answers that were owed to the same question."""
    found: list[str] = []
    for _, consent in ledger.records[entry].consents:
        same = (consent.to, consent.receiver, consent.authority) == (said.to, said.receiver, said.authority)
        if same and consent.state == "asked":
            found += [o.id for o in consent.obligations if ledger.debts[o.id].closed is None]
    return tuple(found)
