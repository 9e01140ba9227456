"""Columns of cases get the answers that one case at a time gets, unknowns included."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bulk.columns import Coded, Columns, constant
from mayshare.bulk.deciding import OUTCOMES, Answers, Columnar
from mayshare.bulk.planes import distinct, lists, pack, rows, spread, words_of
from mayshare.engine.bundle import Bundle
from mayshare.engine.deciding import Decider, knowledge
from mayshare.engine.decision import ItemDecision
from mayshare.engine.library import Library
from mayshare.engine.lookup import RegistryDomain
from mayshare.rules.case import Stated
from mayshare.rules.diagnostics import Place

from .strategies import bundle, decide, facts, policies

DAY = date(2026, 1, 1)


def columns_of(cases: list[dict[str, Any]], days: list[date]) -> Columns:
    """Cases as columns."""
    found = {}
    for path in sorted({p for c in cases for p in c}):
        values: list[Any] = [None]
        codes = []
        for case in cases:
            value = frozenset(case[path]) if isinstance(case.get(path), list) else case.get(path)
            if value is not None and value not in values:
                values.append(value)
            codes.append(0 if value is None else values.index(value))
        found[path] = Coded(np.array(codes, np.uint8), values)
    distinct_days = sorted(set(days))
    day = Coded(np.array([1 + distinct_days.index(d) for d in days], np.int32), [None, *distinct_days])
    return Columns(found, day, len(cases))


def same(answers: Answers, row: int, decision: ItemDecision) -> None:
    """Hold a row's answer to the decision on its case."""
    assert answers.rules
    assert answers.outstanding
    assert answers.contingent
    assert answers.missing
    assert OUTCOMES[answers.outcome[row]] == decision.outcome
    assert sorted(answers.rules.of(row)) == sorted(g.rule for g in decision.grounds)
    by_status = {s: [c.id for c in decision.conditions if c.status == s] for s in ("outstanding", "contingent")}
    assert answers.outstanding.of(row) == by_status["outstanding"]
    assert answers.contingent.of(row) == by_status["contingent"]
    assert answers.missing.of(row) == [m.fact for m in decision.missing]
    assert bool(answers.not_covered[row]) == decision.not_covered


@settings(max_examples=80)
@given(policies(), st.lists(facts(), min_size=1, max_size=70))
def test_columns_answer_as_one_case_at_a_time(policy: dict[str, Any], cases: list[dict[str, Any]]) -> None:
    compiled = bundle(policy)
    kernel = Columnar(compiled.program, RegistryDomain(compiled.vocabulary, compiled.registry))
    answers = kernel.decide(columns_of([{**c, "sender.jurisdiction": "XA"} for c in cases], [DAY] * len(cases)))
    for row, case in enumerate(cases):
        same(answers, row, decide(compiled, case, inference=False).items[0])


def shipped() -> Bundle:
    """The law of Switzerland as it ships."""
    return Library().bundle("CH")


def random_cases(law: Bundle, count: int, stated: float) -> list[dict[str, Any]]:
    """Cases over all facts of a law's program, each stated with a probability; general values included."""
    rng = np.random.default_rng(7)
    paths = [p for p in law.program.kinds if law.vocabulary[p].derived is None]
    cases = []
    for _ in range(count):
        case: dict[str, Any] = {"sender.jurisdiction": "CH"}
        for path in paths:
            fact = law.vocabulary[path]
            if rng.random() > stated or path == "sender.jurisdiction":
                continue
            if fact.kind == "boolean":
                case[path] = bool(rng.integers(2))
            elif fact.kind == "choice":
                case[path] = str(rng.choice(fact.values))
            elif fact.kind == "choices":
                case[path] = [str(v) for v in rng.choice(fact.values, int(rng.integers(0, 3)), replace=False)]
            elif fact.kind == "jurisdiction":
                case[path] = str(rng.choice(["BR", "LI", "DE", "US", "FR"]))
            elif fact.kind == "date":
                case[path] = date(2026, 1, 1 + int(rng.integers(28)))
            else:
                case[path] = int(rng.integers(0, 10))
        cases.append(case)
    return cases


@pytest.mark.parametrize("stated", [0.5, 0.9, 1.0])
def test_shipped_law_in_columns(stated: float) -> None:
    law = shipped()
    cases = random_cases(law, 40, stated)
    days = [[date(2026, 3, 2), date(2019, 1, 1), date(2024, 7, 1)][i % 3] for i in range(len(cases))]
    kernel = Columnar(law.program, RegistryDomain(law.vocabulary, law.registry))
    answers = kernel.decide(columns_of(cases, days))
    for row, (case, day) in enumerate(zip(cases, days, strict=True)):
        same(answers, row, one(law, case, day))


def one(law: Bundle, case: dict[str, Any], day: date) -> ItemDecision:
    """The decision on one case, by the engine of `check`."""
    from mayshare.engine.item import decide_item
    from mayshare.engine.settle import settle

    stated = {p: Stated(value=frozenset(v) if isinstance(v, list) else v, place=Place("case")) for p, v in case.items()}
    known = knowledge(law, stated, day)
    evaluation = Decider(Library(), inference=False).evaluate(law.program, known.values, day)
    settled = settle(law.program, known.values, day, evaluation, RegistryDomain(law.vocabulary, law.registry))
    return decide_item("row", law, known, evaluation, settled, None, explain=False)[0]


def test_patterns_are_settled_once() -> None:
    policy = {"policy": "XA", "covers": {}, "rules": [{"id": "r", "effect": "permit", "when": {"p": True, "c": "a1"}}]}
    compiled = bundle(policy)
    kernel = Columnar(compiled.program, RegistryDomain(compiled.vocabulary, compiled.registry))
    cases = [{"p": True, "q": bool(i % 2), "n": i % 5} for i in range(500)]
    answers = kernel.decide(columns_of(cases, [DAY] * 500))
    assert {OUTCOMES[o] for o in answers.outcome} == {"undetermined"}
    assert (kernel.settler.cases, kernel.settler.computed) == (500, 1)


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=40), min_size=1, max_size=130).filter(
        lambda t: len({len(r) for r in t}) == 1
    )
)
def test_planes_turn_to_rows_and_lists(table: list[list[bool]]) -> None:
    count, width = len(table), len(table[0])
    whole = -(-count // 64) * 64
    planes = [pack(np.array([r[c] for r in table] + [False] * (whole - count))) for c in range(width)]
    assert [spread(p, count).tolist() for p in planes] == [[r[c] for r in table] for c in range(width)]
    offsets, positions = lists(planes, count)
    assert [positions[offsets[i] : offsets[i + 1]].tolist() for i in range(count)] == [
        [c for c in range(width) if r[c]] for r in table
    ]
    first, which = distinct(words_of(rows(planes, count)), count)
    assert [table[first[w]] for w in which] == table


def test_no_cases_is_no_answers() -> None:
    compiled = bundle({"policy": "XA", "rules": [{"id": "r", "effect": "permit", "when": {"p": True}}]})
    kernel = Columnar(compiled.program, RegistryDomain(compiled.vocabulary, compiled.registry))
    assert len(kernel.decide(Columns({}, constant(DAY, 0), 0)).outcome) == 0
