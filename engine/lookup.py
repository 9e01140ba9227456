"""What the registry answers for a case, and what it would answer for each jurisdiction that is not yet known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from ..rules.registry import Answer, Registry
from ..rules.vocabulary.facts import Vocabulary
from .atoms import Values

JURISDICTION_OF = {"sender": "sender.jurisdiction", "receiver": "receiver.jurisdiction", "originator": "received.from"}
MAX_REMEMBERED = 20_000
"""Days and pairs of jurisdictions whose answers are remembered."""

_Answers = dict[str, Answer | None]
_Parties = dict[str, Any]


class RegistryDomain:
    """The registry as the engines see it."""

    def __init__(self, vocabulary: Vocabulary, registry: Registry) -> None:
        self.vocabulary = vocabulary
        self.registry = registry
        self._remembered: dict[tuple[object, ...], _Answers] = {}
        self._own = frozenset(path for path, fact in vocabulary.facts.items() if fact.registry is not None)

    @property
    def jurisdictions(self) -> Sequence[str]:
        """All jurisdiction codes."""
        return tuple(self.vocabulary.jurisdictions)

    def hidden_by(self, fact: str, values: Values) -> str | None:
        """The unknown jurisdiction that a registry fact waits for."""
        known = self.vocabulary.facts.get(fact)
        if known is None or known.registry is None:
            return None
        parties = known.registry.between or (known.registry.party or "sender",)
        return next((JURISDICTION_OF[p] for p in parties if values.get(JURISDICTION_OF[p]) is None), None)

    def look_up(self, fact: str, values: Values, day: date) -> Answer | None:
        """The registry's answer to a fact, with its reason and source. Remembered: completion asks for every jurisdiction."""
        return self._answer(fact, *self._remembered_at(values, day), day)

    def _remembered_at(self, values: Values, day: date) -> tuple[_Answers, _Parties]:
        """What was answered between some jurisdictions on a day so far, and they."""
        parties = {party: values.get(path) for party, path in JURISDICTION_OF.items()}
        key = (day, *parties.values())
        if key not in self._remembered:
            if len(self._remembered) > MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = {}
        return self._remembered[key], parties

    def _answer(self, fact: str, remembered: _Answers, parties: _Parties, day: date) -> Answer | None:
        if fact not in remembered:
            remembered[fact] = self.registry.look_up(self.vocabulary[fact], parties, day)
        return remembered[fact]

    def answer(self, fact: str, values: Values, day: date) -> bool | None:
        """The registry's answer to a fact; None when it has none."""
        found = self.look_up(fact, values, day)
        return None if found is None else found.value

    def answers(self, facts: Iterable[str], values: Values, day: date) -> dict[str, Answer]:
        """The registry's answers to those of the facts that are not stated."""
        remembered, parties = self._remembered_at(values, day)
        wanted = [f for f in facts if f in self._own and f not in values]
        found = {fact: self._answer(fact, remembered, parties, day) for fact in wanted}
        return {fact: answer for fact, answer in found.items() if answer is not None}
