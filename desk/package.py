"""The package: what may go now, what stays and why, the marks each item carries, and the receiver's side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ..engine.decision import Decision, ItemDecision, Outcome, Part, SourceText, standing
from ..engine.wording import of_direction
from ..languages.words import SEMICOLON, Worded, count, listed, pair, say
from .drafts import only
from .marks import Contradiction, Mark, contradictions, marks_of
from .receiving import Receiving, named, receiving
from .routes import Need
from .whatif import GOOD, Subject

GUIDELINES = say("draft guidelines on timely sharing under article 56 (2021), not binding")


TOGETHER = {
    "outgoing": {
        "now": pair("{items} may go now", "{items} may go now"),
        "later": pair(
            "{items} may go once what is left before sending is done",
            "{items} may go once what is left before sending is done",
        ),
        "not": pair("{items} stays", "{items} stay"),
    },
    "use": {
        "now": pair("{items} may be used now", "{items} may be used now"),
        "later": pair(
            "{items} may be used once what is left before the use is done",
            "{items} may be used once what is left before the use is done",
        ),
        "not": pair("{items} may not be used yet", "{items} may not be used yet"),
    },
    "onward": {
        "now": pair("{items} may be passed on now", "{items} may be passed on now"),
        "later": pair(
            "{items} may be passed on once what is left before passing it on is done",
            "{items} may be passed on once what is left before passing it on is done",
        ),
        "not": pair("{items} may not be passed on yet", "{items} may not be passed on yet"),
    },
}


class Going(Part):
    """An item that may go."""

    id: str
    outcome: Outcome
    rule: str | None
    sources: tuple[SourceText, ...] = ()
    now: bool = Field(description="Whether nothing is left to be done before sending")
    before: tuple[Need, ...] = ()
    with_: tuple[Need, ...] = Field((), alias="with")
    after: tuple[Need, ...] = ()
    marks: tuple[Mark, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


class Staying(Part):
    """An item that may not go now."""

    id: str
    outcome: Outcome
    reason: Worded
    missing: tuple[str, ...] = ()
    sources: tuple[SourceText, ...] = ()


class FollowUp(Part):
    """Something the receiver may do with what it got; advice."""

    guideline: str
    text: Worded


class Package(Part):
    """The largest set of items that may go, and what goes with it."""

    schema_version: Literal[1] = 1
    case: str
    direction: str
    outcome: Outcome = Field(
        description="Of the items that may go together; `deny` or `undetermined` if there are none"
    )
    short: Worded
    going: tuple[Going, ...]
    staying: tuple[Staying, ...]
    receiving: Receiving | None = None
    follow_up: tuple[FollowUp, ...] = ()


def package(subject: Subject) -> Package:
    """The package of a case. The items that go are decided again together, without the rest."""
    decision = subject.decide()
    together = subject.decide(only(subject.case, decision.may_go)) if decision.may_go else decision
    going = tuple(_going(subject, item) for item in together.items if item.outcome in GOOD)
    staying = tuple(_staying(item) for item in decision.items if item.outcome not in GOOD)
    return Package(
        case=decision.case,
        direction=decision.direction,
        outcome=together.outcome,
        short=_short(going, staying, decision.direction),
        going=going,
        staying=staying,
        receiving=receiving(subject, together) if _crosses(subject, decision) and going else None,
        follow_up=follow_up(subject, decision),
    )


def _crosses(subject: Subject, decision: Decision) -> bool:
    """Whether something goes to another State."""
    there = subject.case.value("receiver.jurisdiction")
    return decision.direction != "use" and there not in (None, subject.case.value("sender.jurisdiction"))


def _short(going: tuple[Going, ...], staying: tuple[Staying, ...], direction: str) -> str:
    words = of_direction(TOGETHER, direction)
    groups = {
        "now": [f"`{g.id}`" for g in going if g.now],
        "later": [f"`{g.id}`" for g in going if not g.now],
        "not": [f"`{s.id}`" for s in staying],
    }
    parts = [count(*words[kind], len(names), items=", ".join(names)) for kind, names in groups.items() if names]
    return say("{verdicts}.", verdicts=listed(parts, SEMICOLON))


def _going(subject: Subject, item: ItemDecision) -> Going:
    values = subject.values(next(i for i in subject.case.items if i.id == item.id))
    best = item.gateways[0] if item.gateways else None
    needs = [Need.of(c) for c in standing(item) if c.status != "met"]
    staged = {stage: tuple(n for n in needs if n.stage == stage) for stage in ("before", "with", "after")}
    return Going(
        id=item.id,
        outcome=item.outcome,
        rule=best.rule if best else None,
        sources=best.sources if best else (),
        now=not staged["before"] and best is not None and best.truth == "true",
        before=staged["before"],
        after=staged["after"],
        marks=marks_of(item, values, subject.bundle.vocabulary),
        contradictions=contradictions(item, values),
        **{"with": staged["with"]},
    )


def _staying(item: ItemDecision) -> Staying:
    return Staying(
        id=item.id,
        outcome=item.outcome,
        reason=item.short,
        missing=tuple(m.fact for m in item.missing),
        sources=tuple(dict.fromkeys(s for g in item.grounds for s in g.sources)),
    )


def follow_up(subject: Subject, decision: Decision) -> tuple[FollowUp, ...]:
    """What the guidelines suggest once information has gone or come; advice, and none of it overrides a refusal."""
    found = _sent(subject, decision) if decision.direction == "outgoing" else _received(subject, decision)
    return tuple(FollowUp(guideline=g, text=t) for g, t in found)


def _sent(subject: Subject, decision: Decision) -> Iterator[tuple[str, str]]:
    """For whoever sends: the receiver's next steps, seen from here."""
    code = subject.case.value("receiver.jurisdiction")
    if code is None or not decision.may_go:
        return
    receiver = named(subject, code)
    yield (
        "4.1(a)",
        say(
            "Be ready to talk informally with {state} about further steps, before, during and after a request.",
            state=receiver,
        ),
    )
    if subject.case.value("mode") != "mla":
        staying = ", ".join(f"`{i.id}`" for i in decision.items if i.outcome not in GOOD)
        expect = say(
            "Expect a request from {state} for mutual assistance, for more information or to seize or freeze",
            state=receiver,
        )
        rest = say(
            "{expectation}; what stays here ({items}) may follow on it, if the law of assistance allows.",
            expectation=expect,
            items=staying,
        )
        yield "4.1(c)", rest if staying else say("{sentence}.", sentence=expect)
    asked = say(
        "Ask {state} how the information was used, if you want to know; it should say so if asked.", state=receiver
    )
    yield "4.3", asked


def _received(subject: Subject, decision: Decision) -> Iterator[tuple[str, str]]:
    """For whoever received."""
    case = subject.case
    code = case.value("received.from")
    origin = named(subject, code) if code else say("the sender's State")
    talk = say(
        "Talk informally with {state} about further steps, before, during and after a request for mutual assistance.",
        state=origin,
    )
    yield "4.1(a)", talk
    if case.value("sender.own_case_open") is not True:
        text = say("Open an investigation, if none is open and the elements are sufficient under your own law.")
        yield "4.1(b)", text
    if case.value("received.mode") != "mla":
        text = say(
            "Prepare a request to {state} for mutual assistance, to complement the information and to ask for seizure or "
            "freezing.",
            state=origin,
        )
        yield "4.1(c)", text
    if case.value("received.confidentiality_requested") is True or case.value("received.use_restricted") is True:
        text = say("Comply with the request for confidentiality, even for a time, and with the restrictions on use.")
        yield "4.2", text
    if decision.direction == "onward":
        yield "4.3", say("Pass it to third parties only with the prior permission of {state}.", state=origin)
    if case.value("received.feedback_requested") is True:
        yield "4.3", say("Tell {state} how the information was used, as it asked.", state=origin)
