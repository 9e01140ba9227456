"""The pieces of a program evaluate as the whole does, and a layer's own period bounds its rules."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from mayshare.engine.atoms import Values
from mayshare.engine.bundle import join
from mayshare.engine.deciding import Decider, knowledge
from mayshare.engine.inference import Inference
from mayshare.engine.kernel import Kernel
from mayshare.engine.library import Library
from mayshare.engine.program import Evaluation, Program
from mayshare.engine.slicing import Reach, Shapes, Sliced, cut, parted
from mayshare.engine.truth import FALSE
from mayshare.rules.check_policy import check_policy, fill_in
from mayshare.rules.registry import Registry
from mayshare.rules.source import Document, Source

from .strategies import bundle, case, facts, policies, vocabulary

DAY = date(2026, 1, 1)
TWINS = [{"id": i, "effect": "permit", "when": {i: True}} for i in ("p", "q")]


@given(policies(most=8), facts())
def test_pieces_evaluate_as_the_whole(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    compiled = bundle(policy)
    read = case(stated)
    values = knowledge(compiled, read.facts_of(read.items[0]), DAY).values
    whole = Kernel(compiled.program).evaluate(values, DAY)
    assert Inference(compiled.program).evaluate(values, DAY) == whole
    for make in (Inference, Kernel):
        assert Sliced(compiled.program, Shapes(make)).evaluate(values, DAY) == whole


@given(policies(most=8), policies(most=8), facts(), facts())
def test_what_programs_and_items_share_is_no_more_than_their_shape(
    one: dict[str, Any], other: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    shapes = Shapes(Inference)
    for program in (bundle(one).program, bundle(other).program):
        sliced = Sliced(program, shapes)
        for stated in (first, second, first):
            read = case(stated)
            values = knowledge(bundle(one), read.facts_of(read.items[0]), DAY).values
            assert sliced.evaluate(values, DAY) == Kernel(program).evaluate(values, DAY)


@given(policies(most=8), facts())
def test_no_rule_that_applies_is_out_of_reach(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    program = bundle(policy).program
    read = case(stated)
    values = knowledge(bundle(policy), read.facts_of(read.items[0]), DAY).values
    kept = Reach(program).look(values, DAY).kept
    applicable = Kernel(program).evaluate(values, DAY).applicable
    assert all(kept >> i & 1 for i, truth in enumerate(applicable) if truth != FALSE)
    groups = parted(program, kept)
    assert sorted(i for g in groups for i in g) == [i for i in range(len(program.rules)) if kept >> i & 1]
    home = {i: n for n, g in enumerate(groups) for i in g}
    assert all(home[d] == home[i] for i in home for d in program.rules[i].defeated_by if d in home)


@given(policies(most=8), facts())
def test_what_is_cut_out_evaluates_as_in_the_whole(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    compiled = bundle(policy)
    read = case(stated)
    values = knowledge(compiled, read.facts_of(read.items[0]), DAY).values
    whole = Kernel(compiled.program).evaluate(values, DAY)
    kept = tuple(i for i, truth in enumerate(whole.applicable) if truth != FALSE)
    part = Kernel(cut(compiled.program, kept)).evaluate(values, DAY)
    assert part.effective == tuple(whole.effective[i] for i in kept)
    assert (part.forbidden, part.permitted_by_some, part.covered) == (
        whole.forbidden,
        whole.permitted_by_some,
        whole.covered,
    )
    there = [(kept[g], [(a.attached, a.met) for a in found]) for g, found in part.attachments]
    assert there == [(g, [(a.attached, a.met) for a in found]) for g, found in whole.attachments]


def test_an_engine_is_made_once_for_a_shape_and_asked_once_for_its_truths() -> None:
    made: list[Program] = []
    asked: list[Values] = []

    class Spy(Kernel):
        def __init__(self, program: Program) -> None:
            made.append(program)
            super().__init__(program)

        def evaluate(self, values: Values, day: date) -> Evaluation:
            asked.append(values)
            return super().evaluate(values, day)

    program = bundle({"policy": "XA", "rules": TWINS}).program
    sliced = Sliced(program, Shapes(Spy))
    for values in ({"p": True, "q": True}, {"p": True, "q": False}, {"p": True, "q": True}):
        assert sliced.evaluate(values, DAY) == Kernel(program).evaluate(values, DAY)
    assert len(made) == len({(p.gates, p.rules, p.covers) for p in made})
    assert len([p for p in made if p.rules]) == 1
    assert [v for v in asked if v] == [{"a0": True}]


def test_engines_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayshare.engine.slicing.MAX_ENGINES", 1)
    monkeypatch.setattr("mayshare.engine.slicing.MAX_ANSWERS", 1)
    monkeypatch.setattr("mayshare.engine.slicing.MAX_SLICES", 1)
    program = bundle({"policy": "XA", "rules": TWINS}).program
    shapes = Shapes(Kernel)
    sliced = Sliced(program, shapes)
    for p, q in itertools.product((True, False, None), repeat=2):
        assert sliced.evaluate({"p": p, "q": q}, DAY) == Kernel(program).evaluate({"p": p, "q": q}, DAY)
        assert shapes.engines <= 1


def test_a_layer_out_of_force_applies_no_rule() -> None:
    def policy(data: dict[str, Any]) -> Any:
        return check_policy(Document(Source("p", ""), fill_in(data)), vocabulary())

    layer = policy(
        {
            "policy": "treaty",
            "in_force": {"from": date(2026, 1, 2)},
            "rules": [{"id": "ban", "effect": "forbid", "when": {}}],
        }
    )
    home = policy({"policy": "XA", "layers": ["treaty"], "rules": [{"id": "g", "effect": "permit", "when": {}}]})
    joined = join(home, [layer], vocabulary(), Registry(files=()))
    decider = Decider(Library(builtin=False))
    outcomes = [decider.decide_with(joined, case({}), day).outcome for day in (DAY, date(2026, 1, 2))]
    assert outcomes == ["allow", "deny"]
