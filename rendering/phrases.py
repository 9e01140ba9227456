"""The phrases that several answers share: outcomes, stages, who is bound, the head of an answer."""

from __future__ import annotations

from typing import Protocol

from ..engine.decision import ItemDecision
from ..engine.wording import of_direction, within
from ..languages.words import listed, say

HEADLINES = {
    "outgoing": {
        "allow": say("may be sent"),
        "must": say("must be sent"),
        "conditions": say("may be sent on conditions"),
        "must, conditions": say("must be sent on conditions"),
        "deny": say("may not be sent"),
    },
    "use": {
        "allow": say("may be used"),
        "must": say("must be used"),
        "conditions": say("may be used on conditions"),
        "must, conditions": say("must be used on conditions"),
        "deny": say("may not be used"),
    },
    "onward": {
        "allow": say("may be passed on"),
        "must": say("must be passed on"),
        "conditions": say("may be passed on on conditions"),
        "must, conditions": say("must be passed on on conditions"),
        "deny": say("may not be passed on"),
    },
}
ANSWERS = {
    "allow": say("ALLOW: {title}"),
    "conditions": say("CONDITIONS: {title}"),
    "deny": say("DENY: {title}"),
    "undetermined": say("UNDETERMINED: {title}"),
}
IN_PART = {"deny": say("DENY IN PART: {title}"), "undetermined": say("UNDETERMINED IN PART: {title}")}
STAGES = {
    "outgoing": {
        "before": say("before sending"),
        "with": say("with the sending"),
        "after": say("after the sending"),
    },
    "use": {
        "before": say("before use"),
        "with": say("with the use"),
        "after": say("after the use"),
    },
    "onward": {
        "before": say("before onward transfer"),
        "with": say("with the onward transfer"),
        "after": say("after the onward transfer"),
    },
}
BASIS = {
    "outgoing": say("{parties}, law as of {day}"),
    "use": say("{parties}, use of received information, law as of {day}"),
    "onward": say("{parties}, onward transfer, law as of {day}"),
}


class Limited(Protocol):
    """Something that is to be done: a condition, or a need that stands for one."""

    @property
    def text(self) -> str:
        """What."""

    @property
    def stage(self) -> str:
        """When."""

    @property
    def bound(self) -> str:
        """By whom."""

    @property
    def due(self) -> str | None:
        """Within what time, as ISO 8601 writes durations."""


def headline(outcome: str, direction: str, *, bound: bool = False) -> str:
    """An outcome in words: it may be sent, used or passed on; `bound` if it must be."""
    if outcome == "undetermined":
        return say("cannot be decided yet")
    words = of_direction(HEADLINES, direction)
    return words[{"allow": "must", "conditions": "must, conditions"}.get(outcome, outcome) if bound else outcome]


def item_headline(item: ItemDecision, direction: str) -> str:
    """An item's outcome in words: it must be sent where a duty binds and nothing bars it."""
    return headline(item.outcome, direction, bound=any(d.truth == "true" for d in item.duties))


def stage_words(stage: str, direction: str) -> str:
    """When a condition is to be met: before, with or after the sending, the use or the onward transfer."""
    return of_direction(STAGES, direction)[stage]


def bound_words(bound: str, direction: str) -> str:
    """Who has to meet a condition; whoever uses or passes on what it received is no sender to a reader."""
    return say("receiver") if bound == "receiver" else say("sender") if direction == "outgoing" else say("you")


def condition_words(condition: Limited, direction: str, until: str | None = None) -> str:
    """A condition with when it is to be met, by whom, and its time limits."""
    details = [stage_words(condition.stage, direction), bound_words(condition.bound, direction)]
    details += [within(condition.due)] if condition.due else []
    details += [say("until {end}", end=until)] if until else []
    return say("{condition} ({details})", condition=condition.text, details=listed(details))


def of_item(item: str | None, text: str) -> str:
    """A text behind the item it is about, where it is about one."""
    return say("{item}: {text}", item=item, text=text) if item else text


def status_words(status: str) -> str:
    """The state of an encoding; one that is in the policy's own words stays as it is."""
    return say("unofficial") if status == "unofficial" else status


def engine_words(engine: str) -> str:
    """The name of an engine."""
    return {"kernel": say("kernel"), "inference": say("inference")}.get(engine, engine)
