"""The laws of the engine (docs/language.md §6), on random policies and cases, against a naive oracle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from . import oracle
from .strategies import WHENS, bundle, decide, facts, policies

pytestmark = pytest.mark.hypothesis
RANK = {"deny": "denied", "allow": "permitted", "conditions": "permitted", "undetermined": "open"}
COMMON = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def outcome(policy: Any, stated: dict[str, Any]) -> str:
    """The engine's outcome, kernel alone: agreement has a test of its own."""
    return decide(policy, stated, inference=False).items[0].outcome


@COMMON
@given(policies(), facts())
def test_exactness(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    """An outcome is what every completion says; `undetermined` means they differ or the case is not covered."""
    found = outcome(policy, stated)
    worlds = {oracle.verdict(policy, world) for world in oracle.completions(stated)}
    kinds = {RANK[w] for w in worlds}
    if kinds == {"permitted"}:
        assert found in ("allow", "conditions")
    elif kinds == {"denied"}:
        assert found == "deny"
    else:
        assert found == "undetermined"
    if found == "allow":
        assert worlds == {"allow"}
    if len(list(oracle.completions(stated))) == 1:
        assert {found} == worlds


@COMMON
@given(policies(), facts())
def test_missing_facts_are_exactly_those_that_matter(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    """A fact is listed as missing if and only if two worlds that differ in it alone come out differently."""
    decision = decide(policy, stated, inference=False).items[0]
    assume(decision.outcome == "undetermined")
    worlds = list(oracle.completions(stated))
    verdicts = [RANK[oracle.verdict(policy, w)] for w in worlds]
    matters = set()
    for fact in worlds[0]:
        groups: dict[Any, set[str]] = {}
        for world, verdict in zip(worlds, verdicts, strict=True):
            groups.setdefault(tuple(v for k, v in world.items() if k != fact), set()).add(verdict)
        if any(len(g) > 1 for g in groups.values()):
            matters.add(fact)
    assert {m.fact for m in decision.missing} == matters


@COMMON
@given(policies(), facts(), st.data())
def test_monotone_in_knowledge(policy: dict[str, Any], stated: dict[str, Any], data: st.DataObject) -> None:
    """Stating an unknown fact never undoes an answer."""
    worlds = list(oracle.completions(stated))
    world = data.draw(st.sampled_from(worlds))
    unknown = [k for k in world if k not in stated]
    assume(unknown)
    fact = data.draw(st.sampled_from(unknown))
    compiled = bundle(policy)
    before = outcome(compiled, stated)
    after = outcome(compiled, {**stated, fact: sorted(world[fact]) if fact == "s" else world[fact]})
    assert after in {"deny": {"deny"}, "allow": {"allow"}, "conditions": {"conditions", "allow"}}.get(before, {after})


@COMMON
@given(policies(), facts())
def test_forbid_wins(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    """An effective, undefeated prohibition leaves nothing but a denial."""
    rules = [*policy["rules"], {"id": "ban", "effect": "forbid", "when": {}}]
    assert outcome({**policy, "rules": rules}, stated) == "deny"


@COMMON
@given(policies(), facts(), st.randoms(use_true_random=False))
def test_order_free(policy: dict[str, Any], stated: dict[str, Any], random: Any) -> None:
    """The order of rules and of keys changes nothing in the answer."""
    rules = list(policy["rules"])
    random.shuffle(rules)
    shuffled = {**policy, "rules": [dict(random.sample(list(r.items()), len(r))) for r in rules]}
    one, other = (decide(p, stated, inference=False).items[0] for p in (policy, shuffled))
    assert one.outcome == other.outcome
    assert {g.rule for g in one.grounds} == {g.rule for g in other.grounds}
    assert {(c.id, c.rule, c.status) for c in one.conditions} == {(c.id, c.rule, c.status) for c in other.conditions}
    assert [m.fact for m in one.missing] == [m.fact for m in other.missing]


@COMMON
@given(policies(), facts())
def test_agreement(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    """Kernel and inference engine agree on every rule: `decide` raises when they do not."""
    assert decide(policy, stated).receipt.engines == ("kernel", "inference")


@COMMON
@given(policies(), st.lists(facts(), min_size=2, max_size=6))
def test_what_is_kept_of_one_answer_changes_no_other(policy: dict[str, Any], cases: list[dict[str, Any]]) -> None:
    """A law that has answered other cases, and keeps what it worked out for them, answers as one read anew."""
    compiled = bundle(policy)
    for stated in cases:
        assert decide(compiled, stated, inference=False).items == decide(policy, stated, inference=False).items


def without(rules: list[dict[str, Any]], gone: str) -> list[dict[str, Any]]:
    """The rules less one, and less the exceptions that are then exceptions to nothing."""
    kept = []
    for rule in rules:
        if rule["id"] != gone:
            cut: dict[str, Any] = {
                k: [n for n in rule[k] if n != gone] for k in ("overrides", "attaches_to") if k in rule
            }
            kept.append({**rule, **cut})
    empty = next((r["id"] for r in kept if r["effect"] == "disapply" and not r["overrides"]), None)
    return kept if empty is None else without(kept, empty)


@COMMON
@given(policies(), facts())
def test_explained(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    """Every ground is a rule of the explanation's making, and without the grounds the answer is not the same one."""
    item = decide(policy, stated, inference=False).items[0]
    for ground in item.grounds:
        kept = without(policy["rules"], ground.rule)
        again = decide({**policy, "rules": kept}, stated, inference=False).items[0]
        assert (again.outcome, again.grounds, again.explanation) != (item.outcome, item.grounds, item.explanation)
    if item.outcome in ("allow", "conditions"):
        assert item.grounds
        assert item.gateways


@COMMON
@given(WHENS, facts())
def test_negation_swaps(when: dict[str, Any], stated: dict[str, Any]) -> None:
    """A gateway under `not not` opens exactly when the gateway itself does."""
    plain = {"policy": "XA", "covers": {}, "rules": [{"id": "g", "effect": "permit", "when": when}]}
    twice = {"policy": "XA", "covers": {}, "rules": [{"id": "g", "effect": "permit", "when": {"not": {"not": when}}}]}
    assert outcome(plain, stated) == outcome(twice, stated)
