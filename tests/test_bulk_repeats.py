"""Cases that repeat are decided once and answered alike; parts are handed on in their order, as they come to stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayshare.bulk.arrivals import Abandoned, Arrivals
from mayshare.bulk.columns import Coded, Columns, constant
from mayshare.bulk.deciding import Answers, Columnar, Lists
from mayshare.bulk.repeats import Repeats
from mayshare.engine.lookup import RegistryDomain

from .conftest import Run
from .strategies import bundle, facts, policies
from .test_bulk_columns import DAY, columns_of, random_cases, shipped


def spelled(answers: Answers, count: int) -> list[Any]:
    """Answers, row by row, as plain data."""
    parts = (answers.rules, answers.outstanding, answers.contingent, answers.missing)
    return [
        (int(answers.outcome[i]), bool(answers.not_covered[i]), bool(answers.exact[i]), *(p and p.of(i) for p in parts))
        for i in range(count)
    ]


@given(policies(), st.lists(st.lists(facts(), min_size=1, max_size=4), min_size=1, max_size=4))
def test_repeats_are_answered_as_if_each_were_decided(
    policy: dict[str, Any], batches: list[list[dict[str, Any]]]
) -> None:
    compiled = bundle(policy)
    kernel = Columnar(compiled.program, RegistryDomain(compiled.vocabulary, compiled.registry))
    repeats = Repeats(kernel.decide)
    for cases in batches:
        columns = columns_of([{**c, "sender.jurisdiction": "XA"} for c in cases * 3], [DAY] * len(cases) * 3)
        found = spelled(repeats.answers(columns), columns.count)
        assert found == spelled(kernel.decide(columns), columns.count)


@pytest.mark.parametrize("batches", [2, 7])
def test_kinds_of_shipped_law_are_learnt_batch_by_batch(batches: int) -> None:
    law = shipped()
    kernel = Columnar(law.program, RegistryDomain(law.vocabulary, law.registry))
    repeats, values = Repeats(kernel.decide), columns_of(random_cases(law, 21, 0.7), [DAY] * 21)
    whole = spelled(kernel.decide(values), 21)
    for cases in np.array_split(np.tile(np.arange(21), 3).reshape(3, 21).T.ravel(), batches):
        assert spelled(repeats.answers(values.take(cases)), len(cases)) == [whole[c] for c in cases]


def test_lists_are_joined_by_name() -> None:
    # two rules may ask for one condition: its name stands twice
    one = Lists(np.array([0, 2, 3]), np.array([0, 1, 2]), ["a", "a", "b"])
    two = Lists(np.array([0, 1, 1, 3]), np.array([1, 0, 1]), ["c", "b"])
    joined = one.joined(two)
    assert [joined.of(case) for case in range(5)] == [["a", "a"], ["b"], ["b"], [], ["c", "b"]]
    assert [joined.take(np.array([4, 0, 3, 4])).of(case) for case in range(4)] == [
        ["c", "b"],
        ["a", "a"],
        [],
        ["c", "b"],
    ]


def colours(codes: Sequence[int], values: list[Any]) -> Columns:
    """Cases of one fact."""
    return Columns({"colour": Coded(np.array(codes, np.uint8), values)}, constant(DAY, len(codes)), len(codes))


class Counting:
    """Decides cases of one fact by its value alone, and counts them."""

    def __init__(self) -> None:
        self.cases = 0

    def __call__(self, columns: Columns) -> Answers:
        self.cases += columns.count
        column = columns.get("colour")
        outcome = np.array([("red", "green", "blue").index(column.values[c]) for c in column.codes.tolist()], np.uint8)
        plain = np.zeros(columns.count, np.bool_)
        return Answers(outcome, plain, plain, None, None, None, None)


def test_a_kind_is_decided_once_in_a_run() -> None:
    decide = Counting()
    repeats = Repeats(decide)
    values = [None, "red", "green"]
    assert repeats.answers(colours([1, 2, 1, 1, 2, 1], values)).outcome.tolist() == [0, 1, 0, 0, 1, 0]
    values.append("blue")  # a list of values grows as values are met
    assert repeats.answers(colours([3, 1, 3, 3, 2, 2], values)).outcome.tolist() == [2, 0, 2, 2, 1, 1]
    assert decide.cases == 3


def test_a_code_that_means_something_else_is_not_taken_for_the_old() -> None:
    repeats = Repeats(Counting())
    assert repeats.answers(colours([1, 1, 1, 1], [None, "red"])).outcome.tolist() == [0, 0, 0, 0]
    assert repeats.answers(colours([1, 1, 1, 1], [None, "green"])).outcome.tolist() == [1, 1, 1, 1]


def test_where_few_cases_repeat_each_is_decided() -> None:
    decide = Counting()
    repeats = Repeats(decide)
    for _ in range(6):
        assert repeats.answers(colours([1, 2, 3], [None, "red", "green", "blue"])).outcome.tolist() == [0, 1, 2]
    assert decide.cases == 18


def test_kinds_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayshare.bulk.repeats.MAX_KINDS", 2)
    repeats = Repeats(Counting())
    values = [None, "red", "green", "blue"]
    for codes in ([1, 2, 1, 2], [3, 3, 3, 1, 1, 1], [1, 1, 2, 2]):
        assert repeats.answers(colours(codes, values)).outcome.tolist() == [c - 1 for c in codes]


@given(st.permutations(range(6)))
def test_parts_arrive_in_their_order(order: list[int]) -> None:
    arrivals = Arrivals()
    taken: list[int] = []
    taker = Thread(target=lambda: taken.extend(arrivals))
    taker.start()
    for number in order:
        arrivals.add(number)
    arrivals.end(whole=True)
    taker.join()
    assert taken == list(range(6))


def test_an_output_is_not_finished_when_the_run_is_not() -> None:
    arrivals = Arrivals()
    arrivals.add(0)
    numbers = iter(arrivals)
    assert next(numbers) == 0
    arrivals.end(whole=False)
    with pytest.raises(Abandoned):
        next(numbers)


def test_processes_write_what_one_writes(run: Run, tmp_path: Path) -> None:
    senders = ["CH", "HK", "LI", None] * 10
    modes = ["spontaneous", "on_request", None, "spontaneous", "on_request"] * 8
    source = tmp_path / "c.parquet"
    pq.write_table(pa.table({"sender.jurisdiction": senders, "mode": modes}), source, row_group_size=7)
    for jobs in ("1", "2"):
        output = str(tmp_path / f"d{jobs}.parquet")
        done = run("batch", str(source), "-o", output, "--jobs", jobs, "--part-rows", "2")
        assert done.returncode == 1, done.stderr
    one, two = (pq.read_table(tmp_path / f"d{jobs}.parquet").to_pylist() for jobs in "12")
    assert len(one) == 30
    assert one == two
