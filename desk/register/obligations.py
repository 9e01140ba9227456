"""What follows from sending under an answer: its outstanding conditions, each with the day on which it falls due or ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ...engine.decision import ConditionStatus, Decision, Gateway, ItemDecision, once
from .due import Happened, day_of, deadline
from .model import Obligation


def relied_on(item: ItemDecision, wanted: str | None) -> Gateway | None:
    """The gateway an item is sent under: the one named, else the one that asks least; None where that one is not open."""
    if wanted is None:
        return item.gateways[0] if item.gateways else None
    return next((g for g in item.gateways if g.rule == wanted), None)


def from_answer(
    decision: Decision, gateways: Mapping[str, str], sent: Happened, ends: Mapping[str, date]
) -> tuple[Obligation, ...]:
    """The obligations of sending items under gateways, those of several items in one.

    `ends` holds, by item, the day up to which the sending itself asked for confidentiality.
    """
    found: dict[tuple[str, str], Obligation] = {}
    for item in decision.items:
        gateway = relied_on(item, gateways[item.id]) if item.id in gateways else None
        if gateway is None:
            continue
        for condition in once(item.conditions):
            if condition.id in gateway.conditions and condition.status != "met":
                new = _obligation(condition, item.id, sent, ends.get(item.id))
                old = found.get((condition.rule, condition.id))
                found[condition.rule, condition.id] = new if old is None else _both(old, new)
    return tuple(found.values())


def _both(old: Obligation, new: Obligation) -> Obligation:
    """One obligation for two items: it lasts until the later end, and is contingent only if it is for both."""
    ends = max(old.ends, new.ends) if old.ends and new.ends else None
    contingent = old.contingent if old.contingent and new.contingent else ()
    items = tuple(dict.fromkeys((*old.items, *new.items)))
    return old.model_copy(update={"items": items, "ends": ends, "contingent": contingent})


def _obligation(condition: ConditionStatus, item: str, sent: Happened, ends: date | None) -> Obligation:
    made = Obligation(
        condition=condition.id, rule=condition.rule, items=(item,), kind=condition.kind, stage=condition.stage,
        owed_by="us" if condition.bound == "sender" else "them", text=condition.text, contingent=condition.depends_on,
        source=str(condition.source) if condition.source else "",
    )  # fmt: skip
    return made.model_copy(update=timing(condition.kind, condition.stage, condition.due, condition.until, sent, ends))


def timing(
    kind: str, stage: str, due: str | None, until: str | None, when: Happened, ends: date | None = None
) -> dict[str, Any]:
    """The days of an obligation: when it is due, or up to when it lasts, and how that was found.

    Raises:
        ValueError: `due` is no duration, or goes beyond the calendar.
    """
    if due is not None:
        day, moment, counted = deadline(when, due)
        return {"due": day, "moment": moment, "counted": counted}
    if kind == "confidentiality" and ends is not None:
        return {"ends": ends, "event": until, "counted": "as the sending asked"}
    last = last_day(until)
    if last is not None:
        return {"ends": last, "counted": "as the rule says"}
    if until is not None:
        return {"event": until}
    if stage in ("before", "with"):
        words = "before the sending" if stage == "before" else "with the sending"
        return {"due": day_of(when), "counted": f"to be done {words}"}
    return {}


def last_day(text: str | None) -> date | None:
    """The day that an `until` names; None where it names an event."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def from_originator(facts: Mapping[str, Any], listed: Sequence[Obligation]) -> tuple[Obligation, ...]:
    """What binds the holder of received information: the conditions listed, and those that its facts speak of besides."""
    kinds = {o.kind for o in listed}
    found = list(listed)
    for fact, kind, name, text in _SAID:
        if facts.get(fact) is True and kind not in kinds:
            ends = facts.get("received.confidentiality_until") if kind == "confidentiality" else None
            found.append(
                Obligation(
                    condition=name, kind=kind, stage="after", owed_by="us", text=text, ends=ends,
                    counted="as the originator asked" if ends else "",
                )
            )  # fmt: skip
    return tuple(found)


_SAID = (
    ("received.confidentiality_requested", "confidentiality", "keep-confidential", "Keep it confidential, as asked"),
    ("received.use_restricted", "use_restriction", "keep-use-limits", "Use it only within the limits the originator set"),
    ("received.onward_consent_needed", "onward_consent", "onward-consent", "Do not pass it on without the originator's consent"),
    ("received.evidence_use_barred", "use_restriction", "no-evidence", "Do not use it as evidence without consent"),
    ("received.feedback_requested", "feedback", "feedback", "Tell the originator how it was used"),
)  # fmt: skip
