"""Every road by which an item could lawfully go: avenue, mode, authorities and channel, each decided and ranked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Literal

from pydantic import Field

from ..engine.decision import ConditionStatus, Decision, Outcome, Part, SourceText, once, standing
from ..engine.kernel import Kernel, walk_gate
from ..engine.program import Program, atoms_under
from ..engine.truth import FALSE, TRUE, UNKNOWN
from ..engine.wording import value_words
from ..languages.words import SEMICOLON, Worded, listed, say
from .drafts import only, restated, stale
from .relays import Relay, relays
from .whatif import GOOD, Subject

DIMENSIONS = ("sender.authority", "receiver.authority", "avenue", "mode", "channel")
MOST_OF_ONE = 120
TRIED = 40
NEVER = 10**6


class Need(Part):
    """Something a road asks for."""

    id: str
    text: Worded
    stage: str
    bound: str
    status: str
    due: str | None = None
    source: SourceText | None = None
    further: tuple[SourceText, ...] = ()

    @classmethod
    def of(cls, condition: ConditionStatus) -> Need:
        """What a condition that is not met asks for."""
        return cls.model_validate({name: getattr(condition, name) for name in cls.model_fields})


class Road(Part):
    """One way to send, as both engines decide it; a part that makes no difference is none."""

    sender_authority: str | None
    receiver_authority: str | None
    avenue: str | None
    mode: str | None
    channel: str | None
    text: Worded
    outcome: Outcome
    items: dict[str, Outcome] = Field(description="Outcome by item")
    rules: tuple[str, ...] = Field(description="The gateway each item rests on")
    sources: tuple[SourceText, ...] = ()
    needs: tuple[Need, ...] = Field((), description="Conditions not met")
    missing: tuple[str, ...] = Field((), description="Facts to be found out first")
    limit: str | None = Field(None, description="The shortest time limit that the law states on it")
    as_stated: bool = Field(False, description="Whether it is the road the case takes")
    differs: tuple[Worded, ...] = Field((), description="What it does otherwise than the case")


class Routes(Part):
    """All roads found, best first."""

    schema_version: Literal[1] = 1
    case: str
    outcome: Outcome
    short: Worded
    direct: bool = Field(description="Whether the stated authorities can lawfully deal with each other, by any road")
    roads: tuple[Road, ...]
    more: int = Field(0, description="Further combinations left out that rank behind")
    relays: tuple[Relay, ...] = ()


def routes(subject: Subject, most: int = 8) -> Routes:
    """The roads of a case, ranked by what they still ask for, then by the time limits the law states."""
    decision = subject.decide()
    candidates = sorted(_candidates(subject), key=lambda c: c[0])
    found: list[Road] = []
    shown: set[tuple[object, ...]] = set()
    own = _road(subject, {d: str(v) for d in DIMENSIONS if (v := subject.case.value(d)) is not None}, decision)
    if own is not None:
        shown.add(_key(own))
        found.append(own)
    tried = 0
    for tried, (_, road) in enumerate(candidates):
        if len(found) >= most or tried >= TRIED:
            break
        answer = _road(subject, road, decision)
        if answer is not None and _key(answer) not in shown:
            shown.add(_key(answer))
            found.append(answer)
    found.sort(key=rank)
    stated = {d: subject.case.value(d) for d in DIMENSIONS[:2]}
    barred = tuple(i.id for i in decision.items if i.outcome not in GOOD)
    direct = not barred or any(
        r.outcome in GOOD
        and r.sender_authority == stated["sender.authority"]
        and r.receiver_authority == stated["receiver.authority"]
        for r in found
    )
    return Routes(
        case=decision.case,
        outcome=decision.outcome,
        short=decision.short,
        direct=direct,
        roads=tuple(found),
        more=max(0, len(candidates) - tried) if candidates and len(found) >= most else 0,
        relays=() if direct else relays(replace(subject, case=only(subject.case, barred))),
    )


def _key(road: Road) -> tuple[object, ...]:
    return (road.sender_authority, road.receiver_authority, road.mode, road.avenue, road.channel)


def rank(road: Road) -> tuple[object, ...]:
    """Open before doubtful; fewest conditions; fewest to be met before; the shortest stated limit; least changed."""
    order = {"allow": 0, "conditions": 1, "undetermined": 2, "deny": 3}
    before = sum(n.stage == "before" for n in road.needs)
    return (
        order[road.outcome] // 2,
        len(road.missing),
        len(road.needs),
        before,
        days(road.limit),
        len(road.differs),
        road.text,
    )


def days(duration: str | None) -> float:
    """About how many days an ISO 8601 duration lasts; very many where there is none."""
    if duration is None:
        return NEVER
    date_part, _, time_part = duration.removeprefix("P").partition("T")
    size = {"Y": 365, "M": 30, "W": 7, "D": 1}
    total: float = sum(int(n) * size[u] for n, u in re.findall(r"(\d+)([YMWD])", date_part))
    return total + sum(int(n) / (24 if u == "H" else 1440) for n, u in re.findall(r"(\d+)([HM])", time_part))


# -- candidates -----------------------------------------------------------------------------------------------


def _candidates(subject: Subject) -> Iterator[tuple[tuple[object, ...], dict[str, str]]]:
    """Combinations that no item's law shuts, with a first rank from the kernel alone."""
    program, kernel = subject.bundle.program, Kernel(subject.bundle.program)
    seen: set[tuple[tuple[str, str], ...]] = set()
    known = [subject.values(i) for i in subject.case.items]
    stated = {d: str(v) for d in DIMENSIONS if (v := subject.case.value(d)) is not None}
    for gateway in program.gateways():
        if not program.rules[gateway].in_force(subject.day):
            continue
        for values in known:
            base = {p: v for p, v in values.items() if p not in DIMENSIONS}
            for road in _of_gateway(program, gateway, base, stated, subject):
                key = tuple(sorted(road.items()))
                if key not in seen:
                    seen.add(key)
                    first = _first_rank(kernel, known, road, stated, subject)
                    if first is not None:
                        yield first, road


def _of_gateway(
    program: Program, gateway: int, base: Mapping[str, Any], stated: Mapping[str, str], subject: Subject
) -> Iterator[dict[str, str]]:
    when = program.rules[gateway].when
    if walk_gate(program, when, base, subject.day) == FALSE:
        return
    choices = [_options(program, when, d, base, stated.get(d), subject) for d in DIMENSIONS]
    for count, combination in enumerate(product(*choices)):
        if count >= MOST_OF_ONE:
            return
        yield {d: v for d, v in zip(DIMENSIONS, combination, strict=True) if v is not None}


def _options(
    program: Program, when: int, dimension: str, base: Mapping[str, Any], stated: str | None, subject: Subject
) -> list[str | None]:
    """The values of a dimension under which a gateway may open: as stated if that will do, else those its law names."""
    named = _named(program, when, dimension)
    possible = [n for n in named if walk_gate(program, when, {**base, dimension: n}, subject.day) != FALSE]
    fits = stated is not None and walk_gate(program, when, {**base, dimension: stated}, subject.day) != FALSE
    if not named or (fits and dimension not in ("sender.authority", "receiver.authority")):
        return [stated] if fits or stated is None else [None]
    below = program.below[dimension]
    if fits:
        assert stated is not None
        possible = [stated, *(n for n in possible if stated not in below[n])]
    return list(dict.fromkeys(possible)) or [None]


def _named(program: Program, when: int, fact: str) -> list[str]:
    found: dict[str, None] = {}
    for position in atoms_under(program.gates, [when]):
        atom = program.atoms[position]
        if atom.fact == fact:
            found.update(dict.fromkeys(atom.named))
    return list(found)


def _first_rank(
    kernel: Kernel, known: list[Mapping[str, Any]], road: Mapping[str, str], stated: Mapping[str, str], subject: Subject
) -> tuple[object, ...] | None:
    """Where a combination is likely to rank; None where every item is shut."""
    shut = doubtful = left = 0
    for values in known:
        merged = {**{p: v for p, v in values.items() if p not in DIMENSIONS}, **road}
        found = kernel.evaluate(merged, subject.day)
        if found.forbidden == TRUE or found.permitted_by_some == FALSE:
            shut += 1
            continue
        doubtful += found.forbidden == UNKNOWN or found.permitted_by_some == UNKNOWN
        open_ = [a for g, a in found.attachments if found.effective[g] == TRUE] or [a for _, a in found.attachments]
        left += min((sum(a.met != TRUE for a in some) for some in open_), default=0)
    if shut == len(known):
        return None
    changed = sum(road.get(d) != stated.get(d) for d in DIMENSIONS if d in stated)
    return (shut, doubtful, left, changed, tuple(sorted(road.items())))


# -- decided --------------------------------------------------------------------------------------------------


def _road(subject: Subject, road: Mapping[str, str], now: Decision) -> Road | None:
    """A combination as both engines decide it; None where nothing may go by it."""
    changes: dict[str, str | None] = {d: road.get(d) for d in DIMENSIONS}
    changes |= dict.fromkeys(stale(subject.case, changes))
    case = restated(subject.case, changes, because="routes", vocabulary=subject.facts)
    decision = subject.decide(case)
    if all(i.outcome == "deny" or i.not_covered for i in decision.items):
        return None
    best = [i.gateways[0] for i in decision.items if i.gateways]
    needs, limits = _needs(decision), []
    limits += [d.due for i in decision.items for d in i.duties if d.due and d.truth == "true"]
    limits += [n.due for n in needs if n.due]
    differs = tuple(
        say("{fact}: {value}", fact=d, value=_word(subject, d, road.get(d)))
        for d in DIMENSIONS
        if subject.case.value(d) not in (None, road.get(d)) and d in road
    )
    return Road(
        sender_authority=road.get("sender.authority"),
        receiver_authority=road.get("receiver.authority"),
        avenue=road.get("avenue"),
        mode=road.get("mode"),
        channel=road.get("channel"),
        text=_text(subject, road),
        outcome=decision.outcome,
        items={i.id: i.outcome for i in decision.items},
        rules=tuple(dict.fromkeys(g.rule for g in best)),
        sources=tuple(dict.fromkeys(s for g in best for s in g.sources)),
        needs=needs,
        missing=tuple(dict.fromkeys(m.fact for i in decision.items for m in i.missing)),
        limit=min(limits, key=days, default=None),
        as_stated=not differs and {i.id: i.outcome for i in now.items} == {i.id: i.outcome for i in decision.items},
        differs=differs,
    )


def _needs(decision: Decision) -> tuple[Need, ...]:
    return tuple(Need.of(c) for c in once(c for i in decision.items for c in standing(i)) if c.status != "met")


def _word(subject: Subject, dimension: str, value: str | None) -> str:
    return say("any") if value is None else value_words(subject.facts[dimension], value, subject.bundle.vocabulary)


def _text(subject: Subject, road: Mapping[str, str]) -> str:
    ends = listed((_word(subject, d, road.get(d)) for d in DIMENSIONS[:2]), " → ")
    rest = [_word(subject, d, road[d]) for d in DIMENSIONS[2:] if d in road]
    return listed([ends, *rest], SEMICOLON)
