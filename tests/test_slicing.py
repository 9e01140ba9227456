"""A slice of a program evaluates as the whole does, and a layer's own period bounds its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given

from mayshare.engine.bundle import join
from mayshare.engine.deciding import Decider, knowledge
from mayshare.engine.inference import Inference
from mayshare.engine.kernel import Kernel
from mayshare.engine.library import Library
from mayshare.engine.slicing import Sliced, cut, reachable, widened
from mayshare.rules.check_policy import check_policy, fill_in
from mayshare.rules.registry import Registry
from mayshare.rules.source import Document, Source

from .strategies import bundle, case, facts, policies, vocabulary

DAY = date(2026, 1, 1)


@given(policies(most=8), facts())
def test_a_slice_evaluates_as_the_whole(policy: dict[str, Any], stated: dict[str, Any]) -> None:
    compiled = bundle(policy)
    read = case(stated)
    values = knowledge(compiled, read.facts_of(read.items[0]), DAY).values
    kept = reachable(compiled.program, values, DAY)
    whole = Kernel(compiled.program).evaluate(values, DAY)
    part = Kernel(cut(compiled.program, kept)).evaluate(values, DAY)
    assert widened(part, compiled.program, kept) == whole
    assert Sliced(compiled.program, Inference).evaluate(values, DAY) == whole


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
