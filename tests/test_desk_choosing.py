"""Choosing questions: what is asked for can matter, also where the exact diagram is too wide."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mayshare.desk.choosing import Chooser
from mayshare.desk.replies import NotUnderstood, options, parsed
from mayshare.engine.inference import Inference, Session, available
from mayshare.engine.kernel import Kernel
from mayshare.engine.library import Library
from mayshare.engine.lookup import RegistryDomain
from mayshare.engine.settle import Completion, settle

DAY = date(2026, 3, 2)
BUNDLE = Library().bundle("CH")
KERNEL = Kernel(BUNDLE.program)
KNOWN: list[dict[str, Any]] = [
    {},
    {"mode": "spontaneous"},
    {"mode": "spontaneous", "sender.authority": "prosecutor"},
    {"mode": "mla", "sender.authority": "prosecutor", "receiver.jurisdiction": "BR"},
]


@pytest.mark.parametrize("more", KNOWN, ids=len)
def test_a_certified_question_is_one_that_can_matter(more: dict[str, Any]) -> None:
    values = {"direction": "outgoing", "sender.jurisdiction": "CH", **more}
    evaluation = KERNEL.evaluate(values, DAY)
    exact = settle(BUNDLE.program, values, DAY, evaluation, RegistryDomain(BUNDLE.vocabulary, BUNDLE.registry))
    hasty = Chooser(BUNDLE, KERNEL, DAY, nodes=5).standing(values, evaluation)
    assert not hasty.exact
    assert set(hasty.facts) <= set(exact.missing)


def test_variables_say_what_they_stand_for() -> None:
    values = {"direction": "outgoing", "sender.jurisdiction": "CH", **KNOWN[2]}
    evaluation = KERNEL.evaluate(values, DAY)
    domain = RegistryDomain(BUNDLE.vocabulary, BUNDLE.registry)
    worlds = Completion(BUNDLE.program, values, DAY, evaluation, domain).worlds
    meanings = worlds.meanings()
    assert meanings.keys() == set(range(len(worlds.diagrams.variables)))
    for level, meaning in meanings.items():
        assert meaning.fact in worlds.diagrams.variables[level].facts
        assert len(meaning.classes) == len(worlds.diagrams.variables[level].weights)


@pytest.mark.skipif(not available(), reason="durable_rules is not installed")
def test_a_session_names_what_it_was_told() -> None:
    with Session(Inference(BUNDLE.program), DAY, {"mode": "mla", "avenue": None}) as session:
        session.assert_fact("urgent", True)
        assert session.stated == {"mode", "urgent"}


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("urgent", "Yes", True), ("mode", "1", "spontaneous"), ("mode", "informal", None), ("mode", "SPONTANEOUS", "spontaneous"),
        ("purpose", "none", frozenset()), ("purpose", "freeze, trace", frozenset({"freeze", "trace"})), ("purpose", "99", None),
        ("received.from", "switzerland", "CH"), ("received.from", "br", "BR"), ("received.from", "Atlantis", None),
        ("received.on", "2026-02-30", None), ("received.on", "2026-02-28", date(2026, 2, 28)), ("urgent", "perhaps", None),
    ],
)  # fmt: skip
def test_what_a_person_types(fact: str, text: str, value: object) -> None:
    about = BUNDLE.vocabulary[fact]
    if value is None:
        with pytest.raises(NotUnderstood):
            parsed(about, text, options(about), BUNDLE.vocabulary)
    else:
        assert parsed(about, text, options(about), BUNDLE.vocabulary) == value
