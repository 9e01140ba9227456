"""The short answer: two sentences, with the provision, before anything else."""

from __future__ import annotations

from ..engine.decision import Decision, ItemDecision, cited, standing
from ..engine.wording import of_direction
from ..languages.words import changed, count, fill, listed, say

NOTHING_LEFT = {
    "outgoing": say("Nothing is left to be done before sending; what goes with it, or follows, is listed below."),
    "use": say("Nothing is left to be done before the use; what goes with it, or follows, is listed below."),
    "onward": say("Nothing is left to be done before passing it on; what goes with it, or follows, is listed below."),
}
FIRST_DO = {
    "outgoing": say("Before sending: {condition}."),
    "use": say("Before the use: {condition}."),
    "onward": say("Before passing it on: {condition}."),
}
RECEIVER_FIRST = {
    "outgoing": say("Before sending, the receiver must {condition}."),
    "use": say("Before the use, the receiver must {condition}."),
    "onward": say("Before passing it on, the receiver must {condition}."),
}


def lead(decision: Decision) -> str:
    """What may be done, by which provision; then what is left to do, what stands in the way, or what to find out first."""
    first = decision.short
    if len(decision.items) > 1:
        provisions = cited(g.source for i in decision.items for g in i.grounds[:1])
        if provisions:
            first = say("{sentence} ({provisions}).", sentence=changed(first, _open_ended), provisions=provisions)
    second = _second(decision)
    return listed((first, second), " ") if second else first


def _open_ended(sentence: str) -> str:
    return sentence.removesuffix(".")


def _second(decision: Decision) -> str:
    of = {o: [i for i in decision.items if i.outcome == o] for o in ("deny", "undetermined", "conditions")}
    if of["deny"]:
        return _in_the_way(of["deny"][0], len(decision.items) > 1)
    if of["undetermined"] and of["undetermined"][0].missing:
        return say("Find out first: {question}", question=of["undetermined"][0].missing[0].ask)
    return _left(of["conditions"][0], decision.direction) if of["conditions"] else ""


def _in_the_way(item: ItemDecision, several: bool) -> str:
    """The gateway that came nearest, and the one thing that keeps it shut."""
    if any(g.effect == "forbid" and g.truth == "true" for g in item.grounds):
        if several:
            return say("That bar for `{item}` stands against every gateway.", item=item.id)
        return say("That bar stands against every gateway.")
    if not item.nearest:
        return ""
    near = item.nearest[0]
    said = {"title": changed(near.title, _lowered), "provisions": cited(near.sources)}
    nearest = (
        say("The nearest gateway for `{item}` is “{title}” ({provisions})", item=item.id, **said)
        if several
        else say("The nearest gateway is “{title}” ({provisions})", **said)
    )
    if near.disapplied_by:
        return say("{nearest}, taken out of application by {rule}.", nearest=nearest, rule=near.disapplied_by[0])
    if len(near.failed) > 1:
        return count(
            "{nearest}, which fails on “{condition}” and {n} more.",
            "{nearest}, which fails on “{condition}” and {n} more.",
            len(near.failed) - 1,
            nearest=nearest,
            condition=near.failed[0],
        )
    if near.failed:
        return say("{nearest}, which fails on “{condition}”.", nearest=nearest, condition=near.failed[0])
    return say("{sentence}.", sentence=nearest)


def _lowered(title: str) -> str:
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _left(item: ItemDecision, direction: str) -> str:
    """What is to be done first on the gateway that asks least."""
    if not item.gateways:
        return ""
    before = [c for c in standing(item) if c.status != "met" and c.stage == "before"]
    if not before:
        return of_direction(NOTHING_LEFT, direction)
    todo: str = changed(before[0].text, _lowered_first)
    if len(before) > 1:
        todo = count("{condition}, and {n} more", "{condition}, and {n} more", len(before) - 1, condition=todo)
    table = RECEIVER_FIRST if before[0].bound == "receiver" else FIRST_DO
    return fill(of_direction(table, direction), condition=todo)


def _lowered_first(text: str) -> str:
    return text[:1].lower() + text[1:]
