"""What was expected held against what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.deciding import Decided
from ..engine.decision import Decision, ItemDecision
from ..rules.scenario import Expectation

STANDING = ("met", "contingent", "outstanding")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected.

    `what` is the key of the expectation (`outcome`, `grounds`, `conditions` …), `item` the item it is about (None for the
    case as a whole). `rules` and `conditions` are those whose explanation shows why.
    """

    what: str
    expected: str
    got: str
    item: str | None = None
    rules: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


def compare(expect: Expectation, decision: Decided | Decision, suite: str) -> tuple[Difference, ...]:
    """Every difference between an expectation of a suite and a decision, none when they agree."""
    found = list(_part(expect, decision, list(decision.items), None, suite))
    by_id = {i.id: i for i in decision.items}
    for name, inner in expect.items.items():
        if name in by_id:
            found += _part(inner, decision, [by_id[name]], name, suite)
    codes = {w.code for w in decision.warnings}
    absent = [w for w in expect.warnings if w not in codes]
    if absent:
        found.append(Difference("warnings", _names(absent), _names(sorted(codes))))
    return tuple(found)


def _part(
    expect: Expectation, decision: Decided | Decision, items: list[ItemDecision], name: str | None, suite: str
) -> Iterable[Difference]:
    outcome = items[0].outcome if name is not None else decision.outcome
    if expect.outcome is not None and expect.outcome != outcome:
        yield Difference("outcome", expect.outcome, outcome, name, tuple(_decisive(items, outcome)))
    yield from _grounds(expect, items, name)
    yield from _conditions(expect, items, name)
    if expect.missing is not None:
        missing = {m.fact for i in items for m in i.missing}
        if missing != set(expect.missing):
            yield Difference("missing", _names(expect.missing), _names(sorted(missing)), name)
    yield from _said(expect, items, name, suite)
    if expect.not_covered is not None and any(i.not_covered for i in items) != expect.not_covered:
        words = ("covered by the encoding", "not covered by the encoding")
        yield Difference("not_covered", words[expect.not_covered], words[not expect.not_covered], name)


def _said(expect: Expectation, items: list[ItemDecision], name: str | None, suite: str) -> Iterable[Difference]:
    """Duties and advice. What another layer than the suite's advises counts only where the expectation names that layer."""
    for key in ("duties", "advice"):
        wanted = getattr(expect, key)
        if wanted is None:
            continue
        said = {e.rule for i in items for e in getattr(i, key) if e.truth == "true"}
        if key == "advice":
            looked_at = {_layer(r) for r in wanted} | {"", suite}
            said = {r for r in said if _layer(r) in looked_at}
        if said != set(wanted):
            differ = tuple(sorted(said ^ set(wanted)))
            yield Difference(key, _names(wanted), _names(sorted(said)), name, differ)


def _layer(rule: str) -> str:
    """The layer that a rule belongs to, empty for a jurisdiction's own."""
    return rule.partition("/")[0] if "/" in rule else ""


def _grounds(expect: Expectation, items: list[ItemDecision], name: str | None) -> Iterable[Difference]:
    grounds = list(dict.fromkeys(g.rule for i in items for g in i.grounds))
    absent = [r for r in expect.grounds if r not in grounds]
    if absent:
        yield Difference("grounds", f"{_names(absent)} among them", _names(grounds), name, tuple(absent))
    wrong = [r for r in expect.not_grounds if r in grounds]
    if wrong:
        yield Difference("not_grounds", f"without {_names(wrong)}", _names(grounds), name, tuple(wrong))


def statuses_of(items: Iterable[ItemDecision]) -> dict[str, str]:
    """How each condition stands; one that several rules impose stands as the least favourable of them."""
    found: dict[str, str] = {}
    for condition in (c for i in items for c in i.conditions):
        held = found.get(condition.id, "met")
        found[condition.id] = max(held, condition.status, key=STANDING.index)
    return found


def _conditions(expect: Expectation, items: list[ItemDecision], name: str | None) -> Iterable[Difference]:
    statuses = statuses_of(items)
    for condition, status in expect.conditions.items():
        got = statuses.get(condition, "absent")
        if got != status:
            yield Difference("conditions", f"{condition} {status}", f"{condition} {got}", name, (), (condition,))


def _decisive(items: list[ItemDecision], outcome: str) -> Iterable[str]:
    """The rules that made the outcome what it is: the grounds, or the gateways that came nearest."""
    for item in items:
        if item.outcome == outcome:
            if outcome in ("allow", "conditions"):
                yield from (g.rule for g in item.grounds)
            elif any(g.effect == "forbid" and g.truth == "true" for g in item.grounds):
                yield from (g.rule for g in item.grounds if g.effect == "forbid")
            else:
                yield from (n.rule for n in item.nearest[:2])
            return


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
