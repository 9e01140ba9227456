"""The solver against exhaustive enumeration, on random programs: what it says is possible is, what it says is not is not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mayshare.engine.bundle import Bundle, join
from mayshare.engine.deciding import knowledge
from mayshare.engine.kernel import Kernel
from mayshare.proof.formula import Formula, every
from mayshare.proof.frame import Frame, Goal, Subject
from mayshare.proof.look import Look
from mayshare.proof.nodes import Evaluated
from mayshare.proof.posed import Posed
from mayshare.proof.solve import WORTH_A_SAMPLE, Inquiry, effective
from mayshare.proof.space import Days, worlds_program
from mayshare.rules.case import Stated
from mayshare.rules.check_policy import read_policy
from mayshare.rules.diagnostics import Place
from mayshare.rules.registry import Registry, RegistryFile
from mayshare.rules.source import Source
from mayshare.rules.vocabulary.facts import Vocabulary
from mayshare.rules.vocabulary.load import load_vocabulary

DAY = date(2026, 3, 2)
VOCABULARY = """
vocabulary: toy
title: Toy
jurisdictions: {XA: A, XB: B, XC: C}
trees:
  kind:
    paper: {label: Paper, source: design}
    letter: {label: Letter, parent: paper, source: design}
    card: {label: Card, parent: paper, source: design}
    stone: {label: Stone, source: design}
facts:
  sender.jurisdiction: {type: jurisdiction, ask: a, source: design}
  receiver.jurisdiction: {type: jurisdiction, ask: a, source: design}
  toy.x: {type: boolean, ask: a, source: design}
  toy.y: {type: boolean, ask: a, source: design}
  item.type: {type: choice, values: kind, ask: a, source: design}
  toy.other: {type: choice, values: kind, ask: a, source: design}
  toy.set: {type: choices, values: kind, ask: a, source: design}
  toy.number: {type: number, ask: a, source: design}
  toy.date: {type: date, ask: a, source: design}
  receiver.member: {type: boolean, registry: {member: pact, party: receiver}, ask: a, source: design}
  relation.agreement: {type: boolean, registry: {agreement: sharing, between: [sender, receiver]}, ask: a, source: design}
"""
REGISTRY = {
    "registry": "toy", "title": "Toy",
    "groups": {"pact": {"title": "Pact", "kind": "network", "members": [
        {"jurisdiction": "XA", "from": "2020-01-01", "source": "s"},
        {"jurisdiction": "XB", "from": "2026-03-02", "to": "2026-12-31", "source": "s"},
    ]}},
    "agreements": [{"id": "t", "title": "T", "parties": ["XA", "XB"],
    "subjects": ["sharing"], "from": "2026-03-03", "source": "s"}],
}  # fmt: skip


def vocabulary() -> Vocabulary:
    """The toy vocabulary."""
    return load_vocabulary([Source("toy.yaml", VOCABULARY)])


def registry() -> Registry:
    """The toy registry."""
    return Registry(files=(RegistryFile.model_validate(REGISTRY),))


def bundle(policy: dict[str, Any]) -> Bundle:
    """A bundle of a policy over the toy vocabulary."""
    own = vocabulary()
    text = Source("xa.yaml", yaml.safe_dump({"policy": "XA", **policy}, sort_keys=False))
    return join(read_policy(text, own, lenient=True), [], own, registry())


KINDS = ("paper", "letter", "card", "stone")
_values = st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True)
_tests = st.one_of(
    st.builds(
        lambda f, v: {f: v},
        st.sampled_from(["toy.x", "toy.y", "receiver.member", "relation.agreement"]),
        st.booleans(),
    ),
    st.builds(
        lambda f, o, v: {f: {o: v}},
        st.sampled_from(["item.type", "toy.other"]),
        st.sampled_from(["any_of", "none_of"]),
        _values,
    ),
    st.builds(lambda o, v: {"toy.set": {o: v}}, st.sampled_from(["any_of", "none_of", "all_of"]), _values),
    st.just({"item.type": {"same_as": "toy.other"}}),
    st.builds(
        lambda o, v: {"toy.number": {o: v}},
        st.sampled_from(["at_least", "less_than"]),
        st.sampled_from([1, 2]),
    ),
    st.builds(
        lambda o, v: {"toy.date": {o: v}},
        st.sampled_from(["before", "on_or_after"]),
        st.sampled_from(["as_of", date(2026, 3, 1)]),
    ),
    st.builds(lambda v: {"receiver.jurisdiction": v}, st.sampled_from(["XA", "XB", "XC"])),
)
_conditions = st.recursive(
    _tests,
    lambda inner: st.one_of(
        st.builds(lambda p: {"all": p}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda p: {"any": p}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda p: {"not": p}, inner),
    ),
    max_leaves=3,
)


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """A policy of a few rules with exceptions, conditions and periods."""
    rules: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        effect = draw(st.sampled_from(["permit", "forbid", "oblige", "disapply", "require"]))
        rule: dict[str, Any] = {"id": f"r{number}", "effect": effect, "when": draw(_conditions)}
        targets = [r["id"] for r in rules]
        if effect == "disapply" and not targets:
            rule["effect"] = effect = "permit"
        if effect == "disapply" or (targets and draw(st.integers(0, 3)) == 0):
            rule["overrides"] = [targets[draw(st.integers(0, len(targets) - 1))]]
        if effect == "require":
            rule["condition"] = {"id": f"c{number}", "stage": "before", "bound": "sender", "text": "t"}
            if draw(st.booleans()):
                rule["condition"]["met_when"] = draw(_conditions)
            gates = [r["id"] for r in rules if r["effect"] in ("permit", "oblige")]
            if bool(gates) and draw(st.booleans()):
                rule["attaches_to"] = [gates[draw(st.integers(0, len(gates) - 1))]]
        if effect == "permit" and draw(st.integers(0, 2)) == 0:
            own = {
                "id": f"own{number}",
                "stage": "before",
                "bound": "sender",
                "text": "t",
                "met_when": draw(_conditions),
            }
            rule["conditions"] = [own]
        if draw(st.integers(0, 4)) == 0:
            rule["in_force"] = {"from": draw(st.sampled_from([DAY, date(2026, 3, 3)]))}
        rules.append(rule)
    covers = {"covers": draw(_conditions)} if draw(st.booleans()) else {}
    return {"rules": rules, **covers}


def worlds(own: Bundle, day: date) -> Iterator[dict[str, Any]]:
    """Every complete case, one value for each interval of numbers and dates, as the engines take it."""
    kinds = own.program.kinds
    trees = worlds_program(own.program).below
    choice = [n for n in next(iter(trees.values()), {}) if n != "paper"]
    ranges: dict[str, list[Any]] = {}
    for fact, kind in kinds.items():
        if kind == "boolean":
            ranges[fact] = [False, True]
        elif kind == "choice":
            ranges[fact] = choice
        elif kind == "choices":
            ranges[fact] = [frozenset(c) for n in range(len(choice) + 1) for c in itertools.combinations(choice, n)]
        elif kind == "number":
            ranges[fact] = [0, 1, 1.5, 2, 3]
        elif kind == "date":
            ranges[fact] = [
                date(2026, 2, 28),
                date(2026, 3, 1),
                date(2026, 3, 2),
                date(2026, 3, 3),
                date(2026, 3, 4),
            ]
    assume(math.prod(len(r) for r in ranges.values()) <= 8_000)
    for code in ("XA", "XB", "XC"):
        for values in itertools.product(*ranges.values()):
            world = {
                **dict(zip(ranges, values, strict=True)),
                "receiver.jurisdiction": code,
                "sender.jurisdiction": "XA",
            }
            registered = knowledge(
                own,
                {f: Stated(value=world[f], place=Place("")) for f in ("receiver.jurisdiction", "sender.jurisdiction")},
                day,
            )
            yield world | dict(registered.values)


OUTCOMES = ("allow", "conditions", "deny", "undetermined")
GOALS: dict[str, Goal] = {
    **{o: lambda f, o=o: f.look.outcome(o) for o in OUTCOMES},  # type: ignore[misc]
    "clash": lambda f: every([f.look.gated, f.look.forbidden]),
}  # fmt: skip


@given(policies(), st.sampled_from([(DAY, DAY), (date(2026, 3, 3), date(2026, 3, 3)), (DAY, date(2026, 3, 3))]))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_possible_is_what_enumeration_finds(policy: dict[str, Any], days: tuple[date, date]) -> None:
    """Asked one by one, and all at once, with a sample of worlds tried first; the outcomes enumerated are the kernel's."""
    own = bundle(policy)
    program = worlds_program(own.program)
    kernel = Kernel(program)
    rules = range(len(program.rules))
    goals = {
        **GOALS,
        **{f"r{r}": effective(r) for r in rules},
        **{f"{r}&{s}": effective(r, s) for r in rules for s in rules},
    }
    seen = dict.fromkeys(goals, False)
    for day in {*days}:
        for world in worlds(own, day):
            evaluation = kernel.evaluate(world, day)
            assert 1 not in evaluation.effective
            seen[kernel.verdict(world, day)[0]] = True
            seen["clash"] |= evaluation.forbidden == 2 and evaluation.permitted_by_some == 2
            active = [r for r in rules if evaluation.effective[r] == 2]
            seen |= {f"r{r}": True for r in active} | {f"{r}&{s}": True for r in active for s in active}
    inquiry = Inquiry([Subject.of(own)], Days(*days))
    assert len(goals) < WORTH_A_SAMPLE or inquiry.which(goals) == seen
    assert {name: inquiry.possible(goal) for name, goal in goals.items()} == seen
    assert {name: inquiry.ask(goal).status == "found" for name, goal in GOALS.items()} == {n: seen[n] for n in GOALS}


@given(policies(), st.sampled_from(OUTCOMES))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_case_called_the_smallest_has_none_smaller(policy: dict[str, Any], outcome: str) -> None:
    """No case that states fewer facts has the outcome for sure (looked-up facts left to the registry)."""
    own = bundle(policy)
    witness = Inquiry([Subject.of(own)], Days(DAY, DAY)).ask(GOALS[outcome]).witness
    assume(witness is not None)
    assert witness is not None
    assert witness.smallest or witness.only_if
    assume(witness.smallest and 0 < len(witness.facts) < 4)
    ranges: dict[str, list[Any]] = {
        "toy.x": [False, True], "toy.y": [False, True], "item.type": list(KINDS), "toy.other": list(KINDS),
        "receiver.jurisdiction": ["XA", "XB", "XC"],
        "toy.set": [frozenset(c) for n in range(5) for c in itertools.combinations(KINDS, n)],
        "toy.number": [0, 1, 1.5, 2, 3], "toy.date": [date(2026, 2, 28), date(2026, 3, 1), DAY, date(2026, 3, 3)],
    }  # fmt: skip
    for facts in itertools.combinations(sorted(ranges), len(witness.facts) - 1):
        for values in itertools.product(*(ranges[f] for f in facts)):
            stated = {f: Stated(value=v, place=Place("")) for f, v in zip(facts, values, strict=True)}
            known = knowledge(own, {**stated, "sender.jurisdiction": Stated(value="XA", place=Place(""))}, DAY)
            frame = Frame((Look(Evaluated(own.program, [known.values], DAY)),), lambda _: Formula(True, True))
            assert GOALS[outcome](frame).surely is not True


@given(policies())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_witness_is_decided_as_the_solver_said(policy: dict[str, Any]) -> None:
    """`ask` raises where the engines see something else; the decision shown has the outcome asked for."""
    own = bundle(policy)
    inquiry = Inquiry([Subject.of(own)], Days(date(2026, 3, 1), date(2026, 3, 4)))
    for outcome in ("allow", "deny", "conditions", "undetermined"):
        answer = inquiry.ask(lambda f, o=outcome: f.look.outcome(o))  # type: ignore[misc]
        assert answer.status in ("none", "found")
        if answer.witness is not None and answer.witness.sure:
            assert answer.witness.decisions[0].outcome == outcome


STATED = st.fixed_dictionaries(
    {},
    optional={
        "toy.x": st.booleans(), "toy.y": st.booleans(), "item.type": st.sampled_from(KINDS), "toy.other": st.sampled_from(KINDS),
        "toy.set": st.frozensets(st.sampled_from(KINDS)), "toy.number": st.sampled_from([0, 1, 1.5, 2]),
        "toy.date": st.sampled_from([date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]),
        "receiver.jurisdiction": st.sampled_from(["XA", "XB", "XC"]), "receiver.member": st.booleans(),
    },
)  # fmt: skip


TESTS = [
    *({f: True} for f in ("toy.x", "toy.y", "receiver.member", "relation.agreement")),
    *({f: {"any_of": v}} for f in ("item.type", "toy.other", "toy.set")
    for v in (["paper"], ["letter"], ["letter", "card"], ["stone"])),
    {"toy.set": {"all_of": ["letter", "stone"]}}, {"item.type": {"same_as": "toy.other"}}, {"receiver.jurisdiction": "XB"},
    {"toy.number": {"at_least": 1}}, {"toy.number": {"more_than": 1}}, {"toy.date": {"before": "as_of"}},
    {"toy.date": {"after": date(2026, 3, 1)}},
]  # fmt: skip
PROBES = [{"id": f"probe{i}", "effect": "advise", "when": test} for i, test in enumerate(TESTS)]


@given(policies(), STATED)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_on_cases_with_facts_left_out_the_solver_gives_every_node_the_kernels_value(
    policy: dict[str, Any], stated: dict[str, Any]
) -> None:
    import z3

    from mayshare.proof.space import Branches, Scalar, Subset

    own = bundle({**policy, "rules": [*policy["rules"], *PROBES]})
    inquiry = Inquiry([Subject.of(own)], Days(DAY, DAY))
    space, frame = inquiry.statements
    solver = z3.Solver()
    for fact, variable in space.variables.items():
        value = stated.get(fact)
        if isinstance(variable, Branches):
            solver.add(
                *[
                    c if value in m else z3.Not(c)
                    for m, c in zip(variable.members, variable.chosen, strict=True)
                    if not isinstance(c, bool)
                ]
            )
        elif isinstance(variable, Subset):
            solver.add(variable.known == (value is not None))
            solver.add(
                *[i == bool(value and set(m) & value) for m, i in zip(variable.members, variable.inside, strict=True)]
            )
        elif isinstance(variable, Scalar):
            solver.add(variable.known == (value is not None))
            if value is not None:
                shown = value.toordinal() if isinstance(value, date) else value
                solver.add(variable.term == shown)
    assert solver.check() == z3.sat
    known = knowledge(
        own,
        {f: Stated(value=v, place=Place("")) for f, v in {**stated, "sender.jurisdiction": "XA"}.items()},
        DAY,
    )
    evaluation = Kernel(own.program).evaluate(known.values, DAY)
    model = solver.model()

    def truth(formula: Formula) -> int:
        def side(s: Any) -> bool:
            return s if isinstance(s, bool) else z3.is_true(model.eval(s, model_completion=True))

        return side(formula.surely) + side(formula.possibly)

    assert tuple(truth(e) for e in frame.look.effective) == evaluation.effective
    assert (truth(frame.look.forbidden), truth(frame.look.gated), truth(frame.look.covered)) == (
        evaluation.forbidden, evaluation.permitted_by_some, evaluation.covered,
    )  # fmt: skip


def test_a_limit_that_is_too_short_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    own = bundle({"rules": [{"id": "g", "effect": "permit", "when": {"toy.x": True}}]})
    inquiry = Inquiry([Subject.of(own)], Days(DAY, DAY), limit=10)

    monkeypatch.setattr(Posed, "check", lambda *_: None)
    assert inquiry.ask(lambda f: f.look.allowed).status == "undecided"


@pytest.mark.parametrize("form", ["letter", "paper"])
def test_a_general_value_that_is_none_of_its_kinds_is_told_apart(form: str) -> None:
    """Permits for every listed kind leave the general value itself unpermitted: found, and said so."""
    rules: list[dict[str, Any]] = [
        {"id": k, "effect": "permit", "when": {"item.type": k}} for k in ("letter", "card", "stone")
    ]
    rules.append({"id": "tip", "effect": "advise", "when": {"toy.x": True, "toy.number": {"at_least": 1}}})
    inquiry = Inquiry([Subject.of(bundle({"rules": rules, "covers": {}}))], Days(DAY, DAY))
    answer = inquiry.ask(lambda f: f.look.denied)
    assert answer.witness is not None
    assert answer.witness.only_if == ("item.type",)
    assert answer.witness.facts == {"item.type": "paper"}
    assert "type: paper" in answer.witness.text
    del form
