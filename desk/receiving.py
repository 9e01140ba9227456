"""The other side: what the receiver's law lets it do with what is sent, and which side's law binds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..engine.decision import ConditionStatus, Decision, Outcome, Part, SourceText, once, standing
from ..engine.library import Library
from ..engine.reading import read_cases
from ..engine.wording import country
from ..languages.words import Worded, count, say
from ..rules.case import Case, Item
from ..rules.diagnostics import Refused
from ..rules.source import Source
from .drafts import as_yaml, only
from .whatif import Subject

Kept = Literal["by_law", "undertaken", "not_kept", "not_known"]
Binding = Literal["sender", "receiver", "both", "not_known"]
_CARRIED = (
    "item.type",
    "item.secrecy",
    "item.exculpatory",
    "item.relates_to_criminal_matter",
    "item.personal_data",
    "item.concerns_proceeds",
    "item.classification",
    "item.persons_concerned",
    "item.special_category_data",
)
_TESTS: dict[str, tuple[str, dict[str, object]]] = {
    "confidentiality": ("use", {"intended_use": ["publication"]}),
    "use_restriction": (
        "use",
        {
            "intended_use": ["evidence_in_court"],
            "received.within_original_purpose": False,
            "received.use_consent_obtained": False,
            "received.same_proceedings": False,
        },
    ),
    "onward_consent": (
        "onward",
        {
            "onward.recipient_type": "same_state_authority",
            "received.onward_consent_obtained": False,
            "received.same_proceedings": False,
        },
    ),
}


class Breach(Part):
    """A condition set on the receiver, and what the receiver's law says to breaking it."""

    condition: str
    kind: str
    text: Worded
    source: SourceText | None = None
    kept: Kept
    because: Worded
    sources: tuple[SourceText, ...] = ()


class Act(Part):
    """What the receiver might do with an item, under its own law."""

    item: str
    act: Worded
    outcome: Outcome
    short: Worded
    not_covered: bool = False


class Receiving(Part):
    """The receiver's side of a transmission."""

    law: str | None = Field(description="The receiver's State, where its law is encoded here")
    binds: Binding
    short: Worded
    conditions: tuple[Breach, ...] = ()
    acts: tuple[Act, ...] = ()


def receiving(subject: Subject, decision: Decision) -> Receiving:
    """What the receiver's law makes of a transmission, derived from the transmission as it stands."""
    state = subject.case.value("receiver.jurisdiction")
    if decision.direction == "use" or state in (None, subject.case.value("sender.jurisdiction")):
        return Receiving(law=None, binds="sender", short=say("There is no receiving side to this case."))
    mine = [c for i in decision.items for c in standing(i) if c.bound == "receiver"]
    library = subject.decider.library
    if str(state) not in library.files:
        text = say(
            "The law of {state} is not encoded here, so only the sender's side is known; it binds by what it asks of the "
            "receiver.",
            state=named(subject, state),
        )
        return Receiving(
            law=None,
            binds="sender" if mine or decision.outcome == "deny" else "not_known",
            short=text,
            conditions=_unknown(mine),
        )
    acts = tuple(_acts(subject, decision))
    conditions = tuple(_breach(subject, decision, c) for c in _distinct(mine))
    binds, short = _binding(subject, decision, acts, conditions)
    return Receiving(law=str(state), binds=binds, short=short, conditions=conditions, acts=acts)


def named(subject: Subject, state: object) -> str:
    """A State by its name."""
    return country(subject.bundle.vocabulary.jurisdictions, str(state))


def _distinct(conditions: list[ConditionStatus]) -> list[ConditionStatus]:
    return list(once(conditions))


def _unknown(conditions: list[ConditionStatus]) -> tuple[Breach, ...]:
    return tuple(
        Breach(
            condition=c.id,
            kind=c.kind,
            text=c.text,
            source=c.source,
            kept="not_known",
            because=say("that law is not encoded here"),
        )
        for c in _distinct(conditions)
    )


def _binding(
    subject: Subject, decision: Decision, acts: tuple[Act, ...], conditions: tuple[Breach, ...]
) -> tuple[Binding, str]:
    """Which side's law is the narrower: the one that says what may not be done."""
    here, there = (named(subject, subject.case.value(f"{side}.jurisdiction")) for side in ("sender", "receiver"))
    sides = {"here": here, "there": there}
    if decision.outcome == "deny" and not decision.may_go:
        return "sender", say(
            "The law of {here} binds: it does not let this go, whatever the law of {there} would allow.", **sides
        )
    theirs = [a for a in acts if a.outcome == "deny"]
    ours = [c for c in conditions if c.kept != "by_law"]
    if theirs and ours:
        return "both", count(
            "Both bind: {there} bars {act}, and {n} of {here}'s conditions go further than {there}'s own law.",
            "Both bind: {there} bars {act}, and {n} of {here}'s conditions go further than {there}'s own law.",
            len(ours),
            act=theirs[0].act,
            **sides,
        )
    if theirs:
        return "receiver", say(
            "The law of {there} binds: it bars {act} of its own motion.", there=there, act=theirs[0].act
        )
    if conditions:
        return "sender", _by_conditions(sides, open_=any(a.outcome == "undetermined" for a in acts))
    if all(a.outcome == "undetermined" for a in acts):
        return "not_known", say(
            "Neither side sets a limit that is known here; the law of {there} does not decide with what is stated.",
            there=there,
        )
    return "sender", say(
        "The law of {here} decides; the law of {there} sets no further limit on the use stated.", **sides
    )


def _by_conditions(sides: dict[str, str], *, open_: bool) -> str:
    """That the sender's conditions bind; `open_` where the receiver's law does not decide every act."""
    if open_:
        return say(
            "The law of {here} binds: its conditions follow the information; whether the law of {there} is narrower is not "
            "known, since what is stated does not decide it.",
            **sides,
        )
    return say(
        "The law of {here} binds: its conditions follow the information; nothing in the law of {there} is narrower for "
        "the use stated.",
        **sides,
    )


# -- cases derived from the transmission -----------------------------------------------------------------------


def _acts(subject: Subject, decision: Decision) -> list[Act]:
    goes = only(subject.case, tuple(i.id for i in decision.items))
    case = received_case(subject, goes, decision, "use", {})
    answer = subject.decider.decide(case, subject.day)
    act = say("use as intended") if subject.case.value("intended_use") else say("use (its manner is not stated)")
    return [
        Act(item=item.id, act=act, outcome=item.outcome, short=item.short, not_covered=item.not_covered)
        for item in answer.items
    ]


def onward_case(subject: Subject, sent: Case, decision: Decision, recipient: str) -> Case:
    """Passing on what was sent, as a case under the receiver's law."""
    return received_case(subject, sent, decision, "onward", {"onward.recipient_type": recipient})


def received_case(subject: Subject, sent: Case, decision: Decision, direction: str, more: dict[str, object]) -> Case:
    """What was sent, as a case under the receiver's law.

    Raises:
        Refused: the receiver's law cannot be read.
    """
    state = str(sent.value("receiver.jurisdiction"))
    kinds = {c.kind for i in decision.items for c in standing(i) if c.bound == "receiver"}
    told = {
        p
        for p in ("caveat.confidentiality_stated", "caveat.use_limit_stated", "caveat.onward_limit_stated")
        if sent.value(p) is True
    }
    facts: dict[str, object] = {
        "sender.jurisdiction": state,
        "sender.authority": sent.value("receiver.authority"),
        "direction": direction,
        "received.from": sent.value("sender.jurisdiction"),
        "received.authority": sent.value("sender.authority"),
        "received.mode": sent.value("mode"),
        "received.avenue": sent.value("avenue"),
        "received.purpose": sent.value("purpose"),
        "received.under_conditions": True if kinds or told else None,
        "received.confidentiality_requested": True
        if "confidentiality" in kinds or "caveat.confidentiality_stated" in told
        else None,
        "received.use_restricted": True if "use_restriction" in kinds or "caveat.use_limit_stated" in told else None,
        "received.onward_consent_needed": True
        if "onward_consent" in kinds or "caveat.onward_limit_stated" in told
        else None,
        "received.feedback_requested": True if "feedback" in kinds else None,
        "received.handling_codes": _codes(sent),
        "purpose": sent.value("purpose"),
        "intended_use": sent.value("intended_use"),
        "offence.type": sent.value("offence.type"),
        **more,
    }
    return _built(subject.decider.library, facts, sent, decision)


def _codes(case: Case) -> frozenset[str] | None:
    found = [s.value for i in case.items if (s := i.facts.get("item.handling_codes")) is not None]
    return frozenset(v for some in found for v in some) if found else None  # type: ignore[union-attr]


def _built(library: Library, facts: dict[str, object], sent: Case, decision: Decision) -> Case:
    """A case of plain facts, read like any other; what the receiver's law has no name for is left out."""
    known = library.bundle(str(facts["sender.jurisdiction"])).vocabulary.facts
    data: dict[str, object] = {"case": f"{sent.name}-received", "as_of": decision.as_of}
    data |= {p: _plain(v) for p, v in facts.items() if v is not None and p in known}
    items = [_item(i, known) for i in sent.items]
    data["items"] = items
    return read_cases(Source("the receiver's side", as_yaml(data)), library)[0]


def _item(item: Item, known: object) -> dict[str, object]:
    carried = {p.removeprefix("item."): _plain(item.facts[p].value) for p in _CARRIED if p in item.facts}
    return {"id": item.id, **carried, "origin": "received_from_abroad"}


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


# -- conditions ------------------------------------------------------------------------------------------------


def _breach(subject: Subject, decision: Decision, condition: ConditionStatus) -> Breach:
    """Whether the receiver's own law keeps a condition: what it says to the act that would break it."""

    def found(kept: Kept, because: str, sources: tuple[SourceText, ...] = ()) -> Breach:
        return Breach(
            condition=condition.id,
            kind=condition.kind,
            text=condition.text,
            source=condition.source,
            kept=kept,
            because=because,
            sources=sources,
        )

    test = _TESTS.get(condition.kind)
    state = str(subject.case.value("receiver.jurisdiction"))
    name = named(subject, state)
    if test is not None:
        try:
            case = received_case(subject, subject.case, decision, test[0], test[1])
            answer = subject.decider.decide(case, subject.day)
        except Refused:
            answer = None
        if answer is not None and all(i.outcome == "deny" for i in answer.items):
            grounds = [g for i in answer.items for g in i.grounds]
            because: str = answer.short
            if grounds:
                because = say(
                    "the law of {state} bars the breach itself: {reason}", state=name, reason=grounds[0].title
                )
            return found("by_law", because, tuple(dict.fromkeys(s for g in grounds for s in g.sources)))
    honour = subject.decider.library.bundle(state).honours.get(condition.kind)
    if honour is None:
        return found("not_known", say("nothing is encoded on whether {state} can keep it", state=name))
    kept: Kept = "undertaken" if honour[0].can else "not_kept"
    words = (
        say("{state} can undertake to keep it", state=name)
        if honour[0].can
        else say("{state} cannot keep it", state=name)
    )
    return found(kept, words, honour[1])


__all__ = ["Receiving", "named", "onward_case", "received_case", "receiving"]
