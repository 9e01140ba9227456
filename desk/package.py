"""The package: what may go now, what stays and why, the marks each item carries, and the receiver's side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ..engine.decision import Decision, ItemDecision, Outcome, Part, SourceText, standing
from ..engine.wording import GO
from .drafts import only
from .marks import Contradiction, Mark, contradictions, marks_of
from .receiving import Receiving, named, receiving
from .routes import Need
from .whatif import GOOD, Subject

GUIDELINES = "draft guidelines on timely sharing under article 56 (2021), not binding"


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
    reason: str
    missing: tuple[str, ...] = ()
    sources: tuple[SourceText, ...] = ()


class FollowUp(Part):
    """Something the receiver may do with what it got; advice."""

    guideline: str
    text: str


class Package(Part):
    """The largest set of items that may go, and what goes with it."""

    schema_version: Literal[1] = 1
    case: str
    direction: str
    outcome: Outcome = Field(
        description="Of the items that may go together; `deny` or `undetermined` if there are none"
    )
    short: str
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
    go = GO.get(direction, "go")
    act = {"use": "the use", "onward": "passing it on"}.get(direction, "sending")
    now = [f"`{g.id}`" for g in going if g.now]
    later = [f"`{g.id}`" for g in going if not g.now]
    rest = [f"`{s.id}`" for s in staying]
    parts = [f"{', '.join(now)} may {go} now"] if now else []
    parts += [f"{', '.join(later)} may {go} once what is left before {act} is done"] if later else []
    stay = f"may not {go} yet" if direction != "outgoing" else "stays" if len(rest) == 1 else "stay"
    parts += [f"{', '.join(rest)} {stay}"] if rest else []
    return "; ".join(parts) + "."


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
        f"Be ready to talk informally with {receiver} about further steps, before, during and after a request.",
    )
    if subject.case.value("mode") != "mla":
        staying = ", ".join(f"`{i.id}`" for i in decision.items if i.outcome not in GOOD)
        rest = f"; what stays here ({staying}) may follow on it, if the law of assistance allows" if staying else ""
        yield (
            "4.1(c)",
            f"Expect a request from {receiver} for mutual assistance, for more information or to seize or freeze{rest}.",
        )
    yield "4.3", f"Ask {receiver} how the information was used, if you want to know; it should say so if asked."


def _received(subject: Subject, decision: Decision) -> Iterator[tuple[str, str]]:
    """For whoever received."""
    case = subject.case
    code = case.value("received.from")
    origin = named(subject, code) if code else "the sender's State"
    yield (
        "4.1(a)",
        f"Talk informally with {origin} about further steps, before, during and after a request for mutual assistance.",
    )
    if case.value("sender.own_case_open") is not True:
        yield "4.1(b)", "Open an investigation, if none is open and the elements are sufficient under your own law."
    if case.value("received.mode") != "mla":
        yield (
            "4.1(c)",
            f"Prepare a request to {origin} for mutual assistance, to complement the information "
            "and to ask for seizure or freezing.",
        )
    if case.value("received.confidentiality_requested") is True or case.value("received.use_restricted") is True:
        yield "4.2", "Comply with the request for confidentiality, even for a time, and with the restrictions on use."
    if decision.direction == "onward":
        yield "4.3", f"Pass it to third parties only with the prior permission of {origin}."
    if case.value("received.feedback_requested") is True:
        yield "4.3", f"Tell {origin} how the information was used, as it asked."
