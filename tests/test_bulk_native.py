"""Compiled, a program finds the same as on planes, bit for bit; and nothing needs it compiled."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bulk import compiling, native
from mayshare.bulk.columns import Coded, Columns, constant
from mayshare.bulk.deciding import Answers, Columnar
from mayshare.bulk.listing import listed
from mayshare.bulk.planes import lists
from mayshare.bulk.reading import OnPlanes
from mayshare.engine.bundle import Bundle
from mayshare.engine.library import Library
from mayshare.engine.lookup import RegistryDomain

from .strategies import bundle, facts, policies
from .test_bulk_columns import columns_of, random_cases

DAYS = (date(2019, 1, 1), date(2024, 7, 1), date(2026, 1, 1))
PERIODS = st.sampled_from([{}, {}, {"in_force": {"from": "2020-01-01"}}, {"in_force": {"to": "2024-07-01"}}])
NEVER = sys.maxsize

pytest.importorskip("llvmlite")


def columnar(law: Bundle, compile_after: int, threads: int = 1) -> Columnar:
    """A kernel that compiles at once, later or never."""
    domain = RegistryDomain(law.vocabulary, law.registry)
    return Columnar(law.program, domain, compile_after=compile_after, threads=threads)


def agree(law: Bundle, columns: Columns, *, threads: int = 1) -> Columnar:
    """Hold the compiled reading to the one on planes; gives the kernel that compiles."""
    kernel, plain = columnar(law, 0, threads), columnar(law, NEVER)
    classes = kernel.evaluator.atoms.classes(columns)
    compiled = kernel.native.read(columns, classes)
    assert compiled is not None
    assert plain.native.read(columns, classes) is None
    found, expected = compiled.verdicts(), OnPlanes(plain.evaluator, columns, classes).verdicts()
    for name in ("denied", "permitted", "uncovered", "open", "clear"):
        one, other = getattr(found, name), getattr(expected, name)
        bits = np.unpackbits(one.view(np.uint8) ^ other.view(np.uint8), bitorder="little", count=columns.count)
        assert not bits.any(), name
    same(kernel.decide(columns), plain.decide(columns), columns.count)
    return kernel


def same(one: Answers, other: Answers, count: int) -> None:
    """Hold answers to answers, reasons included."""
    for name in ("outcome", "not_covered", "exact"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    for name in ("rules", "outstanding", "contingent", "missing"):
        lists = [getattr(answers, name) for answers in (one, other)]
        assert [lists[0].of(i) for i in range(count)] == [lists[1].of(i) for i in range(count)], name


@st.composite
def in_time(draw: st.DrawFn) -> dict[str, Any]:
    """A policy of which some rules are in force for a time."""
    policy: dict[str, Any] = draw(policies())
    return {**policy, "rules": [{**rule, **draw(PERIODS)} for rule in policy["rules"]]}


@settings(max_examples=25, deadline=None)
@given(in_time(), st.lists(facts(), min_size=1, max_size=9), st.integers(1, 1300), st.booleans())
def test_compiled_and_computed_agree(
    policy: dict[str, Any], some: list[dict[str, Any]], count: int, known: bool
) -> None:
    told = [{"p": True, "q": False, "r": True, "t": False, "c": "a1", "e": "b", "s": [], "n": 3, **c} for c in some]
    rng = np.random.default_rng(count)
    kinds = columns_of(told if known else some, [DAYS[i % 3] for i in range(len(some))])
    agree(bundle(policy), kinds.take(rng.integers(0, len(some), count)))


@settings(deadline=None)
@given(st.integers(1, 200), st.sampled_from([0.0, 0.01, 0.2, 1.0]), st.integers(0, 3), st.integers(1, 1100))
def test_lists_are_those_of_the_planes(many: int, density: float, before: int, count: int) -> None:
    blocks = -(-count // compiling.BLOCK)
    rng = np.random.default_rng(many)
    bits = rng.random((blocks, before + many + 2, compiling.BLOCK)) < density
    planes = np.packbits(bits, axis=2, bitorder="little").view(np.uint64)
    ends = np.zeros(blocks * compiling.BLOCK, np.int32)
    positions = listed(planes, before, before + many, ends)
    whole = blocks * compiling.BLOCK
    expected, wanted = lists([planes[:, before + n].reshape(-1) for n in range(many)], whole)
    assert ends.tolist() == expected[1:].tolist()
    assert positions.tolist() == wanted.tolist()


def test_more_values_than_a_byte_holds() -> None:
    rules = [{"id": f"r{k}", "effect": "permit", "when": {"n": {"at_least": k}}} for k in (10, 500)]
    law = bundle({"policy": "XA", "covers": {}, "rules": rules})
    codes = np.arange(1500, dtype=np.int32) % 1001
    agree(law, Columns({"n": Coded(codes, [None, *range(1000)])}, constant(DAYS[0], 1500), 1500))


def test_more_classes_than_a_byte_holds_are_computed_on_planes() -> None:
    rules = [{"id": f"r{k}", "effect": "permit", "when": {"n": {"at_least": k}}} for k in range(300)]
    law = bundle({"policy": "XA", "covers": {}, "rules": rules})
    codes = 1 + np.arange(600, dtype=np.int32) % 300
    columns = Columns({"n": Coded(codes, [None, *range(300)])}, constant(DAYS[0], 600), 600)
    kernel = columnar(law, 0)
    assert kernel.native.read(columns, kernel.evaluator.atoms.classes(columns)) is None
    answers = kernel.decide(columns)
    assert answers.rules is not None
    assert [len(answers.rules.of(i)) for i in range(600)] == codes.tolist()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("stated", [0.5, 1.0])
def test_shipped_law_compiled(stated: float, threads: int) -> None:
    law = Library().bundle("CH")
    cases = random_cases(law, 40, stated)
    kinds = columns_of(cases, [DAYS[i % 3] for i in range(len(cases))])
    agree(law, kinds.take(np.random.default_rng(3).integers(0, len(cases), 2100)), threads=threads)


def test_what_turns_out_unknown_is_computed_again() -> None:
    """The first columns say everything; then one case of many does not."""
    law = bundle({"policy": "XA", "covers": {}, "rules": [{"id": "r", "effect": "permit", "when": {"p": True}}]})
    kernel = columnar(law, 0)
    codes = np.full(5000, 2, np.uint8)
    for unknown in (0, 1, 0):
        codes[4000] = 0 if unknown else 2
        columns = Columns({"p": Coded(codes.copy(), [None, False, True])}, constant(DAYS[0], 5000), 5000)
        outcome = kernel.decide(columns).outcome.tolist()
        assert outcome == [0] * 4000 + [2 if unknown else 0] + [0] * 999


def test_it_is_compiled_once_it_repays() -> None:
    law = bundle({"policy": "XA", "covers": {}, "rules": [{"id": "r", "effect": "permit", "when": {"p": True}}]})
    kernel = columnar(law, 2500)
    columns = columns_of([{"p": bool(i % 3)} for i in range(1000)], [DAYS[0]] * 1000)
    classes = kernel.evaluator.atoms.classes(columns)
    assert [kernel.native.read(columns, classes) is not None for _ in range(4)] == [False, False, True, True]


def test_too_large_a_policy_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "MOST_GATES", 3)
    policy = {
        "policy": "XA",
        "covers": {},
        "rules": [{"id": "r", "effect": "permit", "when": {"p": True, "q": True, "c": "a"}}],
    }
    without(bundle(policy))


@pytest.mark.parametrize("missing", ["llvmlite", "llvmlite.binding"])
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Not installed, or not to be loaded."""
    monkeypatch.setitem(sys.modules, missing, None)
    compiling._compiler.cache_clear()
    without(bundle({"policy": "XA", "covers": {}, "rules": [{"id": "r", "effect": "permit", "when": {"p": True}}]}))


def without(law: Bundle) -> None:
    """What is not compiled answers all the same."""
    kernel = columnar(law, 0)
    columns = columns_of([{"p": bool(i % 2), "q": True, "c": "a1"} for i in range(700)], [DAYS[0]] * 700)
    assert kernel.native.read(columns, kernel.evaluator.atoms.classes(columns)) is None
    assert kernel.decide(columns).outcome.tolist() == [3, 0] * 350
