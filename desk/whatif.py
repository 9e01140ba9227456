"""What would have to change for a transmission to become lawful: the smallest changes, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from ..engine.bundle import Bundle
from ..engine.deciding import Decider, knowledge
from ..engine.decision import Decision, Outcome, Part, SourceText
from ..engine.kernel import Kernel
from ..engine.wording import actors, ask_words, joined, raised, value_words
from ..languages.words import SEMICOLON, Phrase, Worded, changed, fill, listed, say
from ..rules.case import Case, Item, bare
from ..rules.vocabulary.facts import Fact
from .drafts import restated, stale, without
from .nearby import Nearby, Neighbourhood, Step, TooOpen, Values

Kind = Literal[
    "find_out",
    "have_judged",
    "obtain",
    "do",
    "send_as",
    "address",
    "other_authority",
    "road",
    "narrow",
    "leave_out",
    "state",
]
OBTAINED = ("assurance.", "authorisation.", "reciprocity.", "person.consented")
ROAD = ("mode", "avenue", "channel")
FIXED = ("sender.jurisdiction", "receiver.jurisdiction", "received.from", "direction")
PRICES: dict[Kind, float] = {
    "find_out": 1.0,
    "narrow": 1.0,
    "obtain": 1.0,
    "do": 1.0,
    "have_judged": 1.05,
    "send_as": 1.1,
    "road": 1.2,
    "address": 1.3,
    "other_authority": 1.5,
}
GOOD: tuple[Outcome, ...] = ("allow", "conditions")
DEAREST = 4.0
WAYS = 6


class Change(Part):
    """One thing that would have to be otherwise."""

    kind: Kind
    fact: str | None = Field(None, description="The fact that changes; none where an item is left out")
    value: Any = Field(None, description="What it would have to be, as a case file states it")
    was: Any = Field(None, description="What the case states now; none if nothing")
    item: str | None = Field(None, description="The item it concerns, where it concerns one")
    text: Worded


class Way(Part):
    """Changes that together turn an item's outcome, as checked by both engines."""

    item: str | None = Field(description="The item it repairs; none where the case as a whole is meant")
    changes: tuple[Change, ...]
    outcome: Outcome = Field(description="The item's outcome then")
    case_outcome: Outcome = Field(description="The outcome of the whole case then")
    outstanding: int = Field(description="Conditions left open on the gateway that asks least")
    rule: str | None = Field(None, description="The gateway it then rests on")
    sources: tuple[SourceText, ...] = ()
    short: Worded = Field(description="The answer for the item then")
    presumes: tuple[str, ...] = Field(
        (), description="Facts stated of another authority that are taken to hold for the new one"
    )


class WhatIf(Part):
    """What turns a refused or undecided case."""

    schema_version: Literal[1] = 1
    case: str
    direction: str = Field("outgoing", description="Whether it is about sending, use or passing on")
    outcome: Outcome
    short: Worded
    ways: tuple[Way, ...]
    hopeless: tuple[str, ...] = Field((), description="Items that no change found would repair")
    too_open: tuple[str, ...] = Field((), description="Items about which too much is unknown to work it out")


@dataclass(frozen=True)
class Subject:
    """A case with the law that decides it."""

    decider: Decider
    bundle: Bundle
    case: Case
    day: date

    @classmethod
    def of(cls, decider: Decider, case: Case, as_of: date | None = None, today: date | None = None) -> Subject:
        """The subject of a case.

        Raises:
            Refused: as `Decider.decide` does.
        """
        stated = case.facts["sender.jurisdiction"]
        bundle = decider.library.bundle(str(stated.value), stated.place)
        return cls(decider, bundle, case, as_of or case.as_of or today or date.today())

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts that the law of this case knows."""
        return self.bundle.vocabulary.facts

    def decide(self, case: Case | None = None) -> Decision:
        """The decision on the case, or on a variant of it, by both engines."""
        return self.decider.decide(case or self.case, self.day)

    def values(self, item: Item) -> Values:
        """What is known of an item."""
        return knowledge(self.bundle, self.case.facts_of(item), self.day).values


def what_if(
    subject: Subject, decision: Decision | None = None, *, most: int = WAYS, dearest: float = DEAREST
) -> WhatIf:
    """The smallest changes that let what may not go, or cannot be decided, go."""
    decision = decision or subject.decide()
    kernel = Kernel(subject.bundle.program)
    ways: list[Way] = []
    hopeless, too_open = [], []
    for item, answer in zip(subject.case.items, decision.items, strict=True):
        if answer.outcome in GOOD:
            continue
        try:
            found = list(_for_item(subject, kernel, item, most, dearest))
        except TooOpen:
            too_open.append(item.id)
            continue
        ways += found
        if not found:
            hopeless.append(item.id)
    ways += _leaving_out(subject, decision)
    return WhatIf(
        case=decision.case,
        direction=decision.direction,
        outcome=decision.outcome,
        short=decision.short,
        ways=tuple(ways),
        hopeless=tuple(hopeless),
        too_open=tuple(too_open),
    )


def _for_item(subject: Subject, kernel: Kernel, item: Item, most: int, dearest: float) -> Iterator[Way]:
    values = subject.values(item)
    opened = frozenset(p for p in values if kind_of(subject, p, values) is not None)
    around = Neighbourhood(
        subject.bundle, kernel, values, opened, subject.day, lambda p, now, then: price(subject, p, now, then)
    )
    found: dict[tuple[object, ...], tuple[Nearby, Way]] = {}

    def shrink(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
        return _needed(subject, kernel, values, steps)

    for nearby in around.ways(most * 4, dearest, shrink):
        way = _checked(subject, item, nearby)
        if way is not None:  # one of several that differ in a value alone is enough
            found.setdefault((way.rule, *sorted(s.fact for s in nearby.steps)), (nearby, way))
        if len(found) >= most:
            break
    ordered = sorted(
        found.values(),
        key=lambda pair: (
            len(pair[1].changes),
            round(pair[0].cost, 1),
            pair[1].outcome != "allow",
            pair[1].outstanding,
        ),
    )
    yield from (way for _, way in ordered)


def _needed(subject: Subject, kernel: Kernel, values: Values, steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """The steps without those that change nothing: what stays unknown may be known to make no difference."""

    def permitted(some: tuple[Step, ...]) -> bool:
        known = {**values, **{s.fact: s.value for s in some}}
        evaluation = kernel.evaluate(known, subject.day)
        return subject.bundle.settlements.settle(known, subject.day, evaluation).how == "permitted"

    if not permitted(steps):
        return None
    for step in steps:
        fewer = tuple(s for s in steps if s is not step)
        if fewer and permitted(fewer):
            steps = fewer
    return steps


def kind_of(subject: Subject, path: str, values: Values) -> Kind | None:
    """How a fact that has a value could be changed by the sender; None where it is as it is."""
    fact = subject.facts.get(path)
    if fact is None or path in FIXED or fact.derived is not None or fact.registry is not None:
        return None
    if path == "sender.authority":
        return "other_authority" if values.get("direction") == "outgoing" else None
    if not fact.controllable:
        return None
    return _controlled(path)


def _controlled(path: str) -> Kind:
    if path == "item.form":
        return "send_as"
    if path == "receiver.authority":
        return "address"
    if path in ROAD:
        return "road"
    return "obtain" if path.startswith(OBTAINED) or path.endswith(("_consent", "_consent_obtained")) else "do"


def price(subject: Subject, path: str, now: Any, then: Any) -> float | None:
    """What a change costs; None where it cannot be had."""
    fact = subject.facts.get(path)
    if fact is None or (path in FIXED and now is not None):
        return None
    return PRICES[_kind(subject, fact, now, then)]


def _kind(subject: Subject, fact: Fact, now: Any, then: Any) -> Kind:
    if now is not None:
        below = subject.bundle.program.below.get(fact.path)
        if below is not None and not isinstance(now, frozenset) and then in below.get(now, ()):
            return "narrow"
        return "other_authority" if fact.path == "sender.authority" else _controlled(fact.path)
    if fact.judgement is not None:
        return "have_judged"
    return _controlled(fact.path) if fact.controllable else "find_out"


def _checked(subject: Subject, item: Item, nearby: Nearby) -> Way | None:
    """The way as the engines decide it; None if it does not lead there after all.

    What was stated of an authority that is replaced is taken back, if the way leads there without; else it is named.
    """
    changes = tuple(change_of(subject, item, step) for step in nearby.steps)
    steps = {s.fact: s.value for s in nearby.steps}
    old = tuple(p for p in stale(subject.case, steps) if p not in steps)
    about = item.id if _own(subject, nearby.steps) else None

    def changed(values: dict[str, Any]) -> Case:
        return restated(subject.case, values, because="what-if", item=about, vocabulary=subject.facts)

    way = verified(subject, changed({**steps, **dict.fromkeys(old)}), item.id, changes)
    if way is None and old:
        way = verified(subject, changed(steps), item.id, changes)
        return None if way is None else way.model_copy(update={"presumes": old})
    return way


def _own(subject: Subject, steps: Sequence[Step]) -> bool:
    """Whether the steps concern an item's own facts, so that only that item is to be changed."""
    return any(subject.facts[s.fact].scope == "item" for s in steps)


def verified(subject: Subject, changed: Case, item: str, changes: tuple[Change, ...]) -> Way | None:
    """A way, if an item of the changed case may go."""
    decision = subject.decide(changed)
    answer = next(i for i in decision.items if i.id == item)
    if answer.outcome not in GOOD:
        return None
    gateway = answer.gateways[0] if answer.gateways else None
    return Way(
        item=item,
        changes=changes,
        outcome=answer.outcome,
        case_outcome=decision.outcome,
        short=answer.short,
        outstanding=len(gateway.conditions) if gateway else 0,
        rule=gateway.rule if gateway else None,
        sources=gateway.sources if gateway else (),
    )


def _leaving_out(subject: Subject, decision: Decision) -> list[Way]:
    bad = [i.id for i in decision.items if i.outcome not in GOOD]
    if not bad or not decision.may_go:
        return []
    case = subject.case
    for name in bad:
        case = without(case, name)
    rest = subject.decide(case)
    if rest.outcome not in GOOD:
        return []
    changes = tuple(Change(kind="leave_out", item=name, text=say("leave out `{item}`", item=name)) for name in bad)
    left = max((len(i.gateways[0].conditions) for i in rest.items if i.gateways), default=0)
    way = Way(
        item=None, changes=changes, outcome=rest.outcome, case_outcome=rest.outcome, outstanding=left, short=rest.short
    )
    return [way]


# -- words ----------------------------------------------------------------------------------------------------


def change_of(subject: Subject, item: Item, step: Step) -> Change:
    """A step as a change with its words."""
    fact = subject.facts[step.fact]
    now = subject.values(item).get(step.fact)
    kind = _kind(subject, fact, now, step.value)
    own = item.id if fact.scope == "item" and len(subject.case.items) > 1 else None
    return Change(
        kind=kind,
        fact=step.fact,
        value=bare(step.value),
        was=bare(now),
        item=own,
        text=_words(subject, fact, kind, now, step.value),
    )


def _words(subject: Subject, fact: Fact, kind: Kind, now: Any, then: Any) -> str:
    vocabulary = subject.bundle.vocabulary
    value = value_words(fact, then, vocabulary)
    if isinstance(now, frozenset):
        return _set_words(subject, fact, now, then)
    if now is not None and not isinstance(now, bool):
        value = say("{value}; now: {before}", value=value, before=value_words(fact, now, vocabulary))
    if kind == "send_as":
        return say("send it as: {value}", value=value)
    if kind == "address":
        return say("address it to: {value}", value=value)
    if kind == "other_authority":
        return say(
            "have it sent by: {value} (that it may be given to that authority at home is not decided here)", value=value
        )
    if kind == "road":
        if fact.path == "mode" and then in ("on_request", "mla"):
            return say("choose as {fact}: {value} (for the other State to ask for)", fact=fact.path, value=value)
        return say("choose as {fact}: {value}", fact=fact.path, value=value)
    said = {"question": ask_words(fact), "answer": changed(_answer(subject, fact, then), raised)}
    if kind == "have_judged":
        judges = joined(actors(fact.judgement.by if fact.judgement else ()))
        return say("have it judged by the {who}: {question} {answer}.", who=judges, **said)
    return fill(_LEADS[kind], **said)


_LEADS: dict[Kind, Phrase] = {
    "find_out": say("find out: {question} {answer}."),
    "obtain": say("obtain: {question} {answer}."),
    "do": say("see to it: {question} {answer}."),
    "narrow": say("state more exactly: {question} {answer}."),
    "state": say("state: {question} {answer}."),
}


def _answer(subject: Subject, fact: Fact, then: Any) -> str:
    return (
        say("none of what the law names") if then == frozenset() else value_words(fact, then, subject.bundle.vocabulary)
    )


def _set_words(subject: Subject, fact: Fact, now: frozenset[str], then: frozenset[str]) -> str:
    def named(values: frozenset[str]) -> str:
        return value_words(fact, values, subject.bundle.vocabulary)

    parts = [say("leave out of {fact}: {values}", fact=fact.path, values=named(now - then))] if now - then else []
    parts += [say("add to {fact}: {values}", fact=fact.path, values=named(then - now))] if then - now else []
    return listed(parts, SEMICOLON)
