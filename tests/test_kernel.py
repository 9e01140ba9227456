"""The kernel's single decision: its short form against the long one, and the ways of reading a case against each other."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mayshare.engine.deciding import knowledge
from mayshare.engine.kernel import Kernel, walk_gate
from mayshare.engine.layout import MAX_MEMO
from mayshare.engine.program import Evaluation, Program
from mayshare.engine.settle import at_once
from mayshare.engine.truth import FALSE, TRUE, UNKNOWN

from .strategies import WHENS, bundle, case, facts, policies

DAY = date(2026, 1, 1)
OUTCOMES = {"denied": {"deny"}, "permitted": {"allow", "conditions"}, "uncovered": {"undetermined"}, None: {"open"}}
REASONS = {"deny": ("forbid",), "allow": ("permit", "oblige"), "conditions": ("permit", "oblige"), "undetermined": ()}


def known(policy: dict[str, Any], stated: dict[str, Any]) -> tuple[Program, dict[str, Any]]:
    """The compiled policy, and the values that its engines see."""
    compiled, read = bundle(policy), case(stated)
    return compiled.program, dict(knowledge(compiled, read.facts_of(read.items[0]), DAY).values)


def outstanding(program: Program, found: Evaluation) -> tuple[str, ...]:
    """The conditions left on the effective gateway that has fewest."""
    rows = [row for gateway, row in found.attachments if found.effective[gateway] == TRUE]
    return min((tuple(program.provisos[a.proviso].id for a in row if a.met != TRUE) for row in rows), key=len)


@given(policies(most=8), facts())
def test_a_verdict_is_the_evaluation_in_short(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    program, values = known(policy, stated)
    found = Kernel(program).evaluate(values, DAY)
    outcome, rests_on, left = Kernel(program).verdict(values, DAY)
    assert outcome in OUTCOMES[at_once(found)]
    bears = REASONS.get(outcome, ("forbid", "permit", "oblige"))
    least = UNKNOWN if outcome == "open" else TRUE
    silent = at_once(found) == "denied" and found.forbidden == FALSE
    rules = enumerate(program.rules)
    effective = tuple(r.id for i, r in rules if r.effect in bears and found.effective[i] >= least)
    assert rests_on == (() if silent else effective)
    assert left == (outstanding(program, found) if at_once(found) == "permitted" else ())
    assert (outcome == "conditions") == bool(left)


def test_an_unknown_that_bears_on_no_gateway_leaves_nothing_open() -> None:
    """A policy that covers nothing is silent, whatever else is unknown."""
    condition = {"id": "k", "stage": "before", "bound": "sender", "text": "k"}
    either = {"any": [{"p": True}, {"q": True}]}
    rules = [{"id": "r", "effect": "require", "when": either, "condition": condition}]
    program, values = known({"policy": "XA", "rules": rules}, {})
    assert at_once(Kernel(program).evaluate(values, DAY)) == "uncovered"
    assert Kernel(program).verdict(values, DAY) == ("undetermined", (), ())


def test_what_may_be_covered_is_open() -> None:
    rules = [{"id": "r", "effect": "permit", "when": {"p": True}}]
    program, values = known({"policy": "XA", "rules": rules, "covers": {"q": True}}, {"p": False})
    assert Kernel(program).verdict(values, DAY) == ("open", (), ())
    assert Kernel(program).verdict({**values, "q": True}, DAY) == ("deny", (), ())
    assert Kernel(program).verdict({**values, "q": False}, DAY) == ("undetermined", (), ())


PAIRS = st.lists(st.tuples(WHENS, WHENS).map(lambda pair: {"any": list(pair)}), min_size=6, max_size=8)
LARGE = PAIRS.map(lambda pairs: {"all": pairs})


@given(
    st.lists(st.one_of(LARGE, st.builds(lambda a, b: {"any": [a, {"not": b}]}, LARGE, LARGE)), min_size=1, max_size=3),
    facts(),
)
def test_a_condition_too_large_to_multiply_out_is_what_its_parts_make_it(
    whens: list[Any], stated: dict[str, Any]
) -> None:
    policy = {"policy": "XA", "rules": [{"id": f"r{i}", "effect": "permit", "when": w} for i, w in enumerate(whens)]}
    policy["covers"] = whens[0]
    program, values = known(policy, stated)
    kernel = Kernel(program)
    found = kernel.evaluate(values, DAY)
    assert found.applicable == tuple(walk_gate(program, r.when, values, DAY) for r in program.rules)
    assert found.covered == found.applicable[0]


THREE = [
    {"id": "a", "effect": "forbid", "when": {"p": True, "n": {"at_least": 3}}},
    {"id": "b", "effect": "permit", "when": {"any": [{"p": False}, {"q": True}]}},
    {"id": "c", "effect": "permit", "when": {"n": {"less_than": 3}}},
]
CASES: list[dict[str, Any]] = [
    {"p": True, "q": False, "n": 5},
    {"n": 5, "q": False, "p": True},
    {"p": True, "q": None, "n": 5},
    {"p": False, "q": None, "n": 1},
    {"p": False, "n": 1},
    {"p": False, "n": 1, "c": "anything"},
    {"p": True, "q": True, "n": 1, "c": "anything"},
    {},
]


def test_a_case_may_come_in_any_order_with_gaps_and_with_more_than_is_asked() -> None:
    program, _ = known({"policy": "XA", "rules": THREE}, {})
    warm = Kernel(program)
    for values in CASES * 2:
        told = {fact: value for fact, value in values.items() if fact in ("p", "q", "n") and value is not None}
        assert warm.evaluate(values, DAY) == Kernel(program).evaluate(told, DAY)
        assert warm.evaluate(values, DAY).applicable == tuple(
            walk_gate(program, r.when, told, DAY) for r in program.rules
        )


def test_reading_a_case_leaves_it_as_it_was() -> None:
    program, _ = known({"policy": "XA", "rules": THREE}, {})
    values: defaultdict[str, Any] = defaultdict(lambda: True, {"p": True, "n": 5})
    assert Kernel(program).evaluate(values, DAY) == Kernel(program).evaluate({"p": True, "n": 5}, DAY)
    assert values == {"p": True, "n": 5}


def test_more_values_than_are_kept_are_decided_like_the_first() -> None:
    program, _ = known({"policy": "XA", "rules": THREE}, {})
    kernel = Kernel(program)
    for n in (5, *range(2, -MAX_MEMO, -1), 5, 3, 2):
        assert kernel.verdict({"p": True, "q": False, "n": n}, DAY)[0] == ("deny" if n >= 3 else "allow")


def test_a_rule_counts_on_the_days_it_is_in_force() -> None:
    """One instance, asked about several days: also for a condition put together from parts."""
    large = {"all": [{"any": [{"p": True}, {"n": {"at_least": least}}]} for least in range(8)]}
    rules = [
        {"id": f"r{i}", "effect": "permit", "when": w, "in_force": {"from": "2026-01-01"}}
        for i, w in enumerate(({"p": True}, large))
    ]
    program, _ = known({"policy": "XA", "rules": rules}, {})
    kernel = Kernel(program)
    for day in (DAY, DAY - timedelta(1), DAY):
        assert kernel.verdict({"p": True, "q": False}, day)[1] == (("r0", "r1") if day == DAY else ())
