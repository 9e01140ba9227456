"""The inference engine against a naive oracle, its sessions, its limits and its guards."""

from __future__ import annotations

import gc
import random
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mayshare.engine import clauses, inference, machine
from mayshare.engine.atoms import atom_truth
from mayshare.engine.inference import (
    AnswerChanged,
    Inference,
    InferenceError,
    Session,
    Statement,
    TooLarge,
    TooManySessions,
    Unavailable,
)
from mayshare.engine.program import Atom, Attachment, Evaluation, Gate, Program, Proviso, RuleCode

DAY = date(2026, 3, 2)
EFFECTS = ("permit", "oblige", "forbid", "disapply", "require", "advise")
BELOW = {"c0": {"any": frozenset({"any", "a", "b"}), "a": frozenset({"a"}), "b": frozenset({"b"})}}
BELOW["c1"] = BELOW["c0"]
ATOMS = (
    *(Atom(f"b{i}", "is_true") for i in range(8)),
    Atom("c0", "one_of", ("a",)),
    Atom("c0", "same_as", "c1"),
    Atom("n0", "at_least", 5),
    Atom("d0", "more_than", "as_of"),
)
quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# -- the oracle ---------------------------------------------------------------------------------------------


def oracle(program: Program, values: dict[str, Any], day: date) -> Evaluation:
    """The semantics as it is written, without any haste."""

    @cache
    def gate(position: int | None) -> int:
        if position is None:
            return 0
        g = program.gates[position]
        if g.kind == "constant":
            return g.index
        if g.kind in ("atom", "not_atom"):
            truth = atom_truth(program.atoms[g.index], values, day, program)
            return truth if g.kind == "atom" else 2 - truth
        of = [gate(child) for child in g.children]
        return min(of, default=2) if g.kind == "all" else max(of, default=0)

    @cache
    def effective(position: int) -> int:
        return min(applicable[position], 2 - max(map(effective, program.rules[position].defeated_by), default=0))

    applicable = [min(2 if r.in_force(day) else 0, gate(r.when)) for r in program.rules]
    found = [effective(i) for i in range(len(program.rules))]
    attachments = []
    for g, gateway in enumerate(program.rules):
        if gateway.effect in ("permit", "oblige") and found[g]:
            attached = dict.fromkeys(gateway.provisos, 2)
            for r, rule in enumerate(program.rules):
                if rule.effect == "require" and (rule.attaches_to is None or g in rule.attaches_to) and found[r]:
                    attached |= dict.fromkeys(rule.provisos, found[r])
            own = tuple(Attachment(p, t, gate(program.provisos[p].met_when)) for p, t in sorted(attached.items()))
            attachments.append((g, own))
    by_effect = [(r.effect, e) for r, e in zip(program.rules, found, strict=True)]
    return Evaluation(
        tuple(applicable),
        tuple(found),
        max((e for effect, e in by_effect if effect == "forbid"), default=0),
        max((e for effect, e in by_effect if effect in ("permit", "oblige")), default=0),
        gate(program.covers),
        tuple(attachments),
    )


# -- random programs ----------------------------------------------------------------------------------------


def random_program(r: random.Random, rules: int, gates: int, width: int = 5) -> Program:
    """Any program that the records allow, unreachable, constant, empty and repeated gates among it."""
    made = [Gate("constant", r.choice((0, 2)))]
    for _ in range(gates):
        kind: Literal["atom", "not_atom", "all", "any"] = r.choice(("atom", "not_atom", "all", "any", "all", "any"))
        if kind in ("atom", "not_atom"):
            made.append(Gate(kind, r.randrange(len(ATOMS))))
        else:
            children = [r.randrange(len(made)) for _ in range(r.randint(0, width))]
            made.append(Gate(kind, 0, tuple(children)))
    codes: list[RuleCode] = []
    provisos: list[Proviso] = []
    order = r.sample(range(rules), rules)
    effects = [r.choice(EFFECTS) for _ in range(rules)]
    gateways = [i for i, e in enumerate(effects) if e in ("permit", "oblige")]
    for i, effect in enumerate(effects):
        own = []
        for _ in range(r.choice((0, 1, 2)) if effect in ("permit", "oblige", "require") else 0):
            own.append(len(provisos))
            met = r.choice((None, r.randrange(len(made))))
            provisos.append(Proviso(f"p{len(provisos)}", i, "before", met))
        before = order[: order.index(i)]
        defeated = tuple(sorted(r.sample(before, min(len(before), r.choice((0, 0, 1, 2, 15))))))
        attaches = tuple(g for g in gateways if r.random() < 0.5) if r.random() < 0.5 else None
        start = r.choice((None, None, date(2020, 1, 1), DAY, date(2030, 1, 1)))
        end = r.choice((None, None, DAY, date(2025, 1, 1)))
        when = r.randrange(len(made))
        codes.append(RuleCode(f"r{i}", effect, when, start, end, defeated, attaches, tuple(own)))
    covers = r.choice((None, r.randrange(len(made))))
    return Program("X", ATOMS, tuple(made), tuple(codes), tuple(provisos), tuple(order), covers, BELOW, {})


def random_values(r: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {f"b{i}": r.random() < 0.5 for i in range(8)}
    values |= {"c0": r.choice(("any", "a", "b")), "c1": r.choice(("any", "a", "b")), "n0": r.randint(3, 7)}
    values["d0"] = r.choice((DAY, date(2026, 3, 3)))
    return {path: value for path, value in values.items() if r.random() < 0.7}


def facts_program(gates: Sequence[Gate], rules: Sequence[RuleCode], facts: int) -> Program:
    """A program over boolean facts `f0`, `f1`, ..., gate `i` being fact `i`."""
    atoms = tuple(Atom(f"f{i}", "is_true") for i in range(facts))
    leaves = tuple(Gate("atom", i) for i in range(facts))
    order = tuple(range(len(rules)))
    return Program("X", atoms, (*leaves, *gates), tuple(rules), (), order, None, {}, {})


@pytest.fixture(params=[None, 7], ids=["one ruleset", "many small ones"])
def shard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random programs are small; a small limit chains them through several rulesets."""
    if request.param:
        monkeypatch.setattr(clauses, "SHARD", request.param)


# -- agreement ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shard")
@quick
@given(seed=st.integers(0, 2**32), rules=st.integers(0, 12), gates=st.integers(0, 25))
def test_agrees_with_the_semantics(seed: int, rules: int, gates: int) -> None:
    r = random.Random(seed)
    program = random_program(r, rules, gates)
    engine = Inference(program)
    for _ in range(3):
        values = random_values(r)
        assert engine.evaluate(values, DAY) == oracle(program, values, DAY)


@pytest.mark.usefixtures("shard")
@quick
@given(seed=st.integers(0, 2**32), rules=st.integers(1, 12), gates=st.integers(1, 25))
def test_session_learns_what_a_fresh_evaluation_finds(seed: int, rules: int, gates: int) -> None:
    r = random.Random(seed)
    program = random_program(r, rules, gates)
    engine = Inference(program)
    known: dict[str, Any] = {}
    answers = list(random_values(r).items())
    r.shuffle(answers)
    with Session(engine, DAY) as session:
        assert session.evaluation() == oracle(program, known, DAY)
        for path, value in answers:
            session.assert_fact(path, value)
            known[path] = value
            assert session.evaluation() == oracle(program, known, DAY)
        assert session.evaluation() == engine.evaluate(known, DAY)


@pytest.mark.usefixtures("shard")
@quick
@given(seed=st.integers(0, 2**32), rules=st.integers(1, 10), gates=st.integers(1, 20))
def test_trace_proves_every_statement_that_is_read(seed: int, rules: int, gates: int) -> None:
    r = random.Random(seed)
    program = random_program(r, rules, gates, width=30)
    values = random_values(r)
    evaluation, trace = Inference(program).evaluate_traced(values, DAY)
    proved: set[Statement] = set()
    for firing in trace.firings:
        for premise in firing.because:
            basic = any(s.kind in ("atom", "in_force", "always") for s in premise)
            assert basic or set(premise) <= proved, "a premise comes before what it proves"
        proved |= set(firing.head)
    for kind, truths in (("applicable", evaluation.applicable), ("effective", evaluation.effective)):
        for i, truth in enumerate(truths):
            said = {s.truth for s in proved if s.kind == kind and s.index == i}
            assert said == {0: {False}, 1: set(), 2: {True}}[truth]


def test_trace_reads_back_into_rules_and_atoms() -> None:
    gates = [Gate("all", 0, (0, 1))]
    rules = [
        RuleCode("permit", "permit", 3, start=date(2000, 1, 1), defeated_by=(1,)),
        RuleCode("exception", "disapply", 2),
    ]
    program = facts_program(gates, rules, 3)
    program = Program("X", program.atoms, program.gates, program.rules, (), (1, 0), None, {}, {})
    evaluation, trace = Inference(program).evaluate_traced({"f0": True, "f1": True, "f2": False}, DAY)
    assert evaluation.effective == (2, 0)
    (firing,) = trace.of(Statement("effective", 0, True))
    rests_on = {s for premise in firing.because for s in premise}
    assert rests_on == {Statement("applicable", 0, True), Statement("effective", 1, False)}
    (firing,) = trace.of(Statement("applicable", 0, True))
    rests_on = {s for premise in firing.because for s in premise}
    assert rests_on == {Statement("in_force", 0, True), Statement("gate", 3, True)}
    assert trace.of(Statement("effective", 0, False)) == ()


# -- size ---------------------------------------------------------------------------------------------------


def test_three_hundred_rules() -> None:
    r = random.Random(3)
    program = random_program(r, 300, 900)
    engine = Inference(program)
    for _ in range(5):
        values = random_values(r)
        assert engine.evaluate(values, DAY) == oracle(program, values, DAY)


@pytest.mark.parametrize("kind", ["all", "any"])
def test_gate_of_two_hundred_children(kind: Literal["all", "any"]) -> None:
    program = facts_program([Gate(kind, 0, tuple(range(200)))], [RuleCode("r", "permit", 200)], 200)
    engine = Inference(program)
    plain: dict[str, Any] = {f"f{i}": kind == "all" for i in range(200)}
    for changed in ({}, {"f150": None}, {"f77": kind != "all"}, {"f0": None, "f199": kind != "all"}):
        values = {path: v for path, v in {**plain, **changed}.items() if v is not None}
        assert engine.evaluate(values, DAY) == oracle(program, values, DAY)


@pytest.mark.parametrize("kind", ["all", "any"])
def test_literal_that_two_hundred_rules_use(kind: Literal["all", "any"]) -> None:
    gates = [Gate(kind, 0, (0, i)) for i in range(1, 201)]
    rules = [RuleCode(f"r{i}", "permit", 201 + i) for i in range(200)]
    program = facts_program(gates, rules, 201)
    engine = Inference(program)
    for first in (True, False, None):
        values = {f"f{i}": i % 2 == 0 for i in range(1, 201)} | ({} if first is None else {"f0": first})
        assert engine.evaluate(values, DAY) == oracle(program, values, DAY)


def test_overrider_of_two_hundred_rules_and_rule_with_two_hundred_overriders() -> None:
    rules = [RuleCode("top", "disapply", 0)]
    rules += [RuleCode(f"r{i}", "permit", i, defeated_by=(0,)) for i in range(1, 201)]
    rules.append(RuleCode("last", "forbid", 201, defeated_by=tuple(range(1, 201))))
    program = facts_program([], rules, 202)
    engine = Inference(program)
    for values in (
        {"f0": True, "f201": True},
        {"f0": False, "f5": True},
        {f"f{i}": i == 201 for i in range(202)},
    ):
        assert engine.evaluate(values, DAY) == oracle(program, values, DAY)


def test_program_beyond_the_library_is_refused() -> None:
    gates = [Gate("all", 0, (i, i + 1, i + 2, i + 3)) for i in range(4000)]
    rules = [RuleCode(f"r{i}", "permit", 4003 + i) for i in range(4000)]
    with pytest.raises(TooLarge, match="facts in joins"):
        Inference(facts_program(gates, rules, 4003))


# -- guards -------------------------------------------------------------------------------------------------

SMALL = facts_program([Gate("all", 0, (0, 1))], [RuleCode("r", "permit", 2)], 2)


def test_many_sessions_one_after_another() -> None:
    engine = Inference(SMALL)
    for i in range(1100):
        with Session(engine, DAY, {"f0": True}) as session:
            session.assert_fact("f1", i % 2 == 0)
            assert session.evaluation().effective == (2 if i % 2 == 0 else 0,)


def test_sessions_side_by_side_do_not_meet_and_end_in_a_refusal() -> None:
    engine = Inference(SMALL)
    opened = [Session(engine, DAY, {"f0": True, "f1": i % 3 == 0}) for i in range(inference.MAX_LIVE)]
    with pytest.raises(TooManySessions):
        Session(engine, DAY)
    assert all(s.evaluation().effective == (2 if i % 3 == 0 else 0,) for i, s in enumerate(opened))
    for session in opened:
        session.close()
    assert engine.evaluate({"f0": True, "f1": True}, DAY).effective == (2,)


def test_sessions_that_nobody_closes_are_cleared_away() -> None:
    engine = Inference(SMALL)
    for _ in range(inference.MAX_LIVE + 50):
        Session(engine, DAY, {"f0": True})
        gc.collect(0)
    assert engine.evaluate({"f0": False}, DAY).effective == (0,)


def test_changed_answer_needs_a_new_session() -> None:
    with Session(Inference(SMALL), DAY, {"f0": True}) as session:
        session.assert_fact("f0", True)
        session.assert_fact("f1", None)
        with pytest.raises(AnswerChanged, match="f0"):
            session.assert_fact("f0", False)
        with pytest.raises(AnswerChanged):
            session.assert_fact("f0", 1)
        assert session.evaluation().effective == (1,)


def test_closed_session_can_be_read_but_not_told() -> None:
    session = Session(Inference(SMALL), DAY, {"f0": False})
    session.close()
    session.close()
    assert session.evaluation().effective == (0,)
    with pytest.raises(InferenceError, match="closed"):
        session.assert_fact("f1", True)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    engine = Inference(SMALL)
    engine.evaluate({"f0": True}, DAY)
    time.sleep(0.25)  # the library's own timers would start after 0.1 s
    assert threading.active_count() == before


def test_threads_share_an_engine() -> None:
    r = random.Random(8)
    program = random_program(r, 10, 30)
    engine = Inference(program)
    cases = [random_values(r) for _ in range(120)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda values: engine.evaluate(values, DAY), cases))
    assert found == [oracle(program, values, DAY) for values in cases]


def test_names_that_collide_in_the_librarys_hash_are_numbered_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = clauses.fnv
    monkeypatch.setattr(clauses, "fnv", lambda text: 7 if text[0] in "ab" else honest(text))
    (shard,) = clauses.shards_of(clauses.clauses_of(SMALL).clauses)
    assert {name[0] for name in shard.literals} == {"c"}
    assert Inference(SMALL).evaluate({"f0": True, "f1": True}, DAY).effective == (2,)


def test_hash_is_the_librarys() -> None:
    # FNV-1a, with the values that the library's header states
    assert clauses.fnv("sid") == 3593476751
    assert clauses.fnv("id") == 926444256


def test_session_identifier_keeps_clear_of_the_literals(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Inference(SMALL)
    engine.evaluate({}, DAY)
    honest, taken = clauses.fnv, clauses.fnv(next(iter(engine._machine.shards[0].literals)))
    monkeypatch.setattr(machine, "fnv", lambda text: taken if text == "sid-s1" else honest(text))
    with Session(engine, DAY) as session:
        assert session._sid == "s2"


@pytest.mark.parametrize("error", [ValueError("oops"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_failure_in_an_action_is_raised_and_spends_the_session(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    engine = Inference(SMALL)
    session = Session(engine, DAY, {"f0": True})

    def fail(*_: object) -> tuple[int, ...]:
        raise error

    monkeypatch.setattr(session, "_fire", fail)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else InferenceError
    with pytest.raises(expected):
        session.assert_fact("f1", True)
    with pytest.raises(InferenceError, match="failed before"):
        session.evaluation()
    assert engine.evaluate({"f0": True, "f1": True}, DAY).effective == (2,)


def test_action_that_the_library_drops_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Inference(SMALL)
    clock = iter(range(0, 10**9, 60))
    # every look at the clock is a minute on: the library then gives up without a word
    monkeypatch.setattr("durable.engine._unix_now", lambda: next(clock))
    with pytest.raises(InferenceError, match="lost an action"):
        engine.evaluate({"f0": True, "f1": True}, DAY)


def test_value_that_cannot_be_compared_spends_the_session() -> None:
    program = Program(
        "X",
        (Atom("n", "at_least", 5),),
        (Gate("atom", 0),),
        (RuleCode("r", "permit", 0),),
        (),
        (0,),
        None,
        {},
        {},
    )
    with Session(Inference(program), DAY) as session:
        with pytest.raises(TypeError):
            session.assert_fact("n", "five")
        with pytest.raises(InferenceError):
            session.evaluation()


# -- without the library ------------------------------------------------------------------------------------


def test_library_is_available() -> None:
    assert inference.available()
    assert inference.why_unavailable() == ""


def test_missing_library_is_said_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable.engine", None)
    machine._library.cache_clear()
    try:
        assert not inference.available()
        assert "durable" in inference.why_unavailable()
        with pytest.raises(Unavailable, match="cannot be imported"):
            Inference(SMALL)
    finally:
        machine._library.cache_clear()
