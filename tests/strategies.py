"""Random policies and cases over the toy vocabulary of `oracle`."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from mayshare.engine.bundle import Bundle, join
from mayshare.engine.deciding import Decider
from mayshare.engine.decision import Decision
from mayshare.engine.library import Library
from mayshare.rules.case import Case, read_case
from mayshare.rules.check_policy import check_policy, fill_in
from mayshare.rules.diagnostics import Findings, Refused
from mayshare.rules.registry import Registry
from mayshare.rules.source import Document, Source
from mayshare.rules.vocabulary.facts import Vocabulary
from mayshare.rules.vocabulary.load import load_vocabulary

from . import oracle

TREE = sorted(oracle.BELOW)
MEMBERS = sorted(oracle.SET_BELOW)


def _choice(values: list[str], operators: list[str]) -> st.SearchStrategy[Any]:
    lists = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.one_of(st.sampled_from(values), lists, st.builds(lambda o, v: {o: v}, st.sampled_from(operators), lists))


ATOMS = st.one_of(
    st.tuples(st.sampled_from([*oracle.BOOLS, "pq"]), st.booleans()),
    st.tuples(st.sampled_from(["c", "e"]), _choice(TREE, ["any_of", "none_of"])),
    st.tuples(st.just("c"), st.sampled_from([{"same_as": "e"}, {"different_from": "e"}])),
    st.tuples(st.just("s"), _choice(MEMBERS, ["any_of", "all_of", "none_of"])),
    st.tuples(
        st.just("n"),
        st.builds(
            lambda o, v: {o: v},
            st.sampled_from(["at_least", "at_most", "more_than", "less_than"]),
            st.sampled_from([1, 3, 5]),
        ),
    ),
)
FLAT = st.lists(ATOMS, min_size=1, max_size=2).map(dict)
WHENS: st.SearchStrategy[Any] = st.recursive(
    FLAT,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda part, more: {**part, "any": more}, FLAT, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=5,
)
EFFECTS = st.sampled_from(["permit", "permit", "oblige", "forbid", "disapply", "require", "advise"])


@st.composite
def policies(draw: st.DrawFn, most: int = 6) -> dict[str, Any]:
    """A policy: overrides point from later rules to earlier ones, so they form no circle."""
    rules: list[dict[str, Any]] = []
    for index in range(draw(st.integers(1, most))):
        effect = draw(EFFECTS)
        earlier = [r["id"] for r in rules]
        if effect == "disapply" and not earlier:
            effect = "permit"
        rule: dict[str, Any] = {"id": f"r{index}", "effect": effect, "when": draw(st.one_of(st.just({}), WHENS, WHENS))}
        if earlier and (effect == "disapply" or draw(st.integers(0, 3)) == 0):
            rule["overrides"] = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True))
        if effect == "require":
            rule["condition"] = draw(_conditions(f"k{index}"))
            gateways = [r["id"] for r in rules if r["effect"] in ("permit", "oblige")]
            narrowed: bool = draw(st.booleans())
            if gateways and narrowed:
                rule["attaches_to"] = [draw(st.sampled_from(gateways))]
        elif effect in ("permit", "oblige") and draw(st.integers(0, 2)) == 0:
            rule["conditions"] = [draw(_conditions(f"k{index}"))]
        rules.append(rule)
    policy: dict[str, Any] = {"policy": "XA", "rules": rules}
    if draw(st.booleans()):
        policy["covers"] = draw(st.one_of(st.just({}), WHENS))
    return policy


@st.composite
def _conditions(draw: st.DrawFn, name: str) -> dict[str, Any]:
    condition: dict[str, Any] = {"id": name, "stage": "before", "bound": "sender", "text": name}
    if draw(st.booleans()):
        condition["met_when"] = draw(FLAT)
    return condition


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """What a case states: any of the facts, some of them generally."""
    stated: dict[str, Any] = {}
    for name in oracle.BOOLS:
        if draw(st.booleans()):
            stated[name] = draw(st.booleans())
    for name in ("c", "e"):
        if draw(st.booleans()):
            stated[name] = draw(st.sampled_from(TREE))
    if draw(st.booleans()):
        stated["s"] = sorted(draw(st.sets(st.sampled_from(MEMBERS))))
    if draw(st.booleans()):
        stated["n"] = draw(st.sampled_from(oracle.POINTS["n"]))
    return stated


@cache
def vocabulary() -> Vocabulary:
    """The toy vocabulary."""
    return load_vocabulary([Source("toy.yaml", oracle.VOCABULARY)])


def bundle(policy: dict[str, Any]) -> Bundle:
    """A policy, compiled."""
    document = Document(Source("policy.yaml", ""), fill_in(policy))
    return join(check_policy(document, vocabulary()), [], vocabulary(), Registry(files=()))


def case(stated: dict[str, Any]) -> Case:
    """A case that states some facts."""
    data = {
        "case": "c",
        "as_of": None,
        "sender": {"jurisdiction": "XA"},
        **{k: list(v) if k == "s" else v for k, v in stated.items()},
    }
    findings = Findings()
    read = read_case(Document(Source("case.yaml", ""), data), vocabulary(), findings)
    if findings.errors:
        raise Refused(findings.items)
    return read


def decide(policy: dict[str, Any] | Bundle, stated: dict[str, Any], *, inference: bool = True) -> Decision:
    """The decision on what is stated, under a policy."""
    from datetime import date

    compiled = policy if isinstance(policy, Bundle) else bundle(policy)
    decider = Decider(Library(builtin=False), inference=inference)
    return decider.decide_with(compiled, case(stated), date(2026, 1, 1))
