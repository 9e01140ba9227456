"""The short answer: two sentences, with the provision, before anything else."""

from __future__ import annotations

from ..engine.decision import Decision, ItemDecision, SourceText, standing


def lead(decision: Decision) -> str:
    """What may be done, by which provision; then what is left to do, what stands in the way, or what to find out first."""
    first = decision.short
    if len(decision.items) > 1:
        cited = _cited([g.source for i in decision.items for g in i.grounds[:1]])
        first = f"{first.removesuffix('.')}{f' ({cited})' if cited else ''}."
    return f"{first} {_second(decision)}".rstrip()


def _second(decision: Decision) -> str:
    of = {o: [i for i in decision.items if i.outcome == o] for o in ("deny", "undetermined", "conditions")}
    if of["deny"]:
        return _in_the_way(of["deny"][0], len(decision.items) > 1)
    if of["undetermined"] and of["undetermined"][0].missing:
        return f"Find out first: {of['undetermined'][0].missing[0].ask}"
    return _left(of["conditions"][0], decision.direction) if of["conditions"] else ""


def _in_the_way(item: ItemDecision, several: bool) -> str:
    """The gateway that came nearest, and the one thing that keeps it shut."""
    about = f" for `{item.id}`" if several else ""
    if any(g.effect == "forbid" and g.truth == "true" for g in item.grounds):
        return f"That bar{about} stands against every gateway."
    if not item.nearest:
        return ""
    near = item.nearest[0]
    title = near.title[:1].lower() + near.title[1:] if not near.title[:2].isupper() else near.title
    why = ""
    if near.disapplied_by:
        why = f", taken out of application by {near.disapplied_by[0]}"
    elif near.failed:
        more = f" and {len(near.failed) - 1} more" if len(near.failed) > 1 else ""
        why = f", which fails on “{near.failed[0]}”{more}"
    return f"The nearest gateway{about} is “{title}” ({_cited(near.sources)}){why}."


def _left(item: ItemDecision, direction: str) -> str:
    """What is to be done first on the gateway that asks least."""
    if not item.gateways:
        return ""
    act = {"use": "the use", "onward": "passing it on"}.get(direction, "sending")
    before = [c for c in standing(item) if c.status != "met" and c.stage == "before"]
    if not before:
        return f"Nothing is left to be done before {act}; what goes with it, or follows, is listed below."
    more = f", and {len(before) - 1} more" if len(before) > 1 else ""
    text = before[0].text[:1].lower() + before[0].text[1:]
    who = "the receiver must " if before[0].bound == "receiver" else ""
    return f"Before {act}{',' if who else ':'} {who}{text}{more}."


def _cited(sources: list[SourceText | None] | tuple[SourceText, ...]) -> str:
    return "; ".join(dict.fromkeys(str(s) for s in sources if s is not None))
