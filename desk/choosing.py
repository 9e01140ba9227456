"""Which question comes next: one that some completion of the case depends on, and of these the one that settles most.

While little is known the exact diagram of the outcome is too wide for a terminal's patience. Then a question is asked only
with a certificate: a way in which the other facts may turn out, under which its answer decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from ..engine.bundle import Bundle
from ..engine.diagram import TooWide
from ..engine.kernel import Kernel, walk_gate
from ..engine.program import Evaluation, Program, atoms_under
from ..engine.settle import Completion, Settlement, at_once, relevant
from ..engine.truth import FALSE, UNKNOWN
from .nearby import representative

Values = Mapping[str, Any]
MANY = 70
"""Open facts beyond which the diagram is not even begun."""
NODES = 1_500
"""Nodes of a diagram that can be built between two questions."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands, and the facts worth asking for, the most deciding first; `exact` when they are all that can matter."""

    how: Settlement
    facts: tuple[str, ...] = ()
    exact: bool = True


class Chooser:
    """Chooses questions under one law on one day."""

    def __init__(self, bundle: Bundle, kernel: Kernel, day: date, nodes: int = NODES) -> None:
        self.bundle = bundle
        self.program = bundle.program
        self.kernel = kernel
        self.day = day
        self.nodes = nodes
        self.domain = bundle.domain
        self._under = cache(lambda gate: _facts_under(self.program, gate))

    def standing(self, values: Values, evaluation: Evaluation, unasked: frozenset[str] = frozenset()) -> Standing:
        """How an item stands; `unasked` are facts not to be asked for."""
        quick = at_once(evaluation)
        if quick is not None:
            return Standing(quick)
        order = self.ranked(values, evaluation)
        try:
            if len(order) > MANY:
                raise TooWide
            completion = Completion(self.program, values, self.day, evaluation, self.domain)
            completion.diagrams.budget = self.nodes
            return self._exact(completion, order)
        except TooWide:
            certain = self._certified(values, evaluation, [f for f in order if f not in unasked])
            return Standing("open", certain, exact=False)

    def _exact(self, completion: Completion, order: list[str]) -> Standing:
        how, weight = completion.weighed()
        place = {fact: i for i, fact in enumerate(order)}
        return Standing(how, tuple(sorted(weight, key=lambda f: (-round(weight[f], 9), place.get(f, len(place)), f))))

    # -- order ------------------------------------------------------------------------------------------------

    def ranked(self, values: Values, evaluation: Evaluation) -> list[str]:
        """The open facts by how much they settle: those that most rules wait for, and short rules more than long ones."""
        weight: dict[str, float] = {}
        for index in relevant(self.program, evaluation):
            facts = self._open_facts(self.program.rules[index].when, values)
            for fact in facts:
                weight[fact] = weight.get(fact, 0.0) + 1.0 / len(facts)
        if self.program.covers is not None and evaluation.covered == UNKNOWN:
            for fact in self._open_facts(self.program.covers, values):
                weight[fact] = weight.get(fact, 0.0) + 0.1
        for fact in [f for f in weight if f not in values]:
            hidden = self.domain.hidden_by(fact, values)
            if hidden is not None:  # asking for the State answers what the registry knows of it
                weight[hidden] = weight.get(hidden, 0.0) + weight[fact]
        return sorted(weight, key=lambda f: (-round(weight[f], 9), f))

    def _open_facts(self, gate: int, values: Values) -> set[str]:
        """The facts of a condition's atoms that are not decided, in the parts that are not decided."""
        found: set[str] = set()
        todo = [gate]
        while todo:
            index = todo.pop()
            if self._truth(index, values) != UNKNOWN:
                continue
            code = self.program.gates[index]
            if code.kind in ("atom", "not_atom"):
                found.update(self.program.atoms[code.index].facts)
            todo.extend(code.children)
        return {f for f in found if f not in values or f in self.program.below}

    def _truth(self, gate: int, values: Values) -> int:
        return walk_gate(self.program, gate, values, self.day)

    # -- certificates -----------------------------------------------------------------------------------------

    def _certified(self, values: Values, evaluation: Evaluation, order: list[str]) -> tuple[str, ...]:
        """The first facts of an order that some completion surely depends on."""
        proven: set[str] = set()
        rules = relevant(self.program, evaluation)
        for tried, fact in enumerate(order[:6]):
            if fact in proven:
                return (fact,)
            for index in rules:
                if self.program.rules[index].effect == "disapply" or not self._mentions(index, fact):
                    continue
                proven |= self._decided_by(values, index, fact)
                if fact in proven:
                    return (fact, *(f for f in order[tried + 1 :] if f in proven))
        return tuple(order[:1])  # nothing proven in time: the likeliest

    def facts_of(self, gate: int) -> frozenset[str]:
        """The facts that a condition mentions."""
        return self._under(gate)

    def _mentions(self, index: int, fact: str) -> bool:
        return fact in self._under(self.program.rules[index].when)

    def _decided_by(self, values: Values, index: int, fact: str) -> set[str]:
        """The facts on which the outcome depends once all else that a rule asks for is so."""
        rest = self._meeting(values, index)
        if rest is None:
            return set()
        known = {**values, **{f: v for f, v in rest.items() if f != fact}}
        evaluation = self.kernel.evaluate(known, self.day)
        if at_once(evaluation) is not None:
            return set()
        settled = self.bundle.settlements.settle(known, self.day, evaluation)
        return set(settled.missing) if settled.exact else set()

    def _meeting(self, values: Values, index: int) -> dict[str, Any] | None:
        """Values of unknown facts that make a rule's condition true."""
        found: dict[str, Any] = {}
        todo = [self.program.rules[index].when]
        while todo:
            code = self.program.gates[todo.pop()]
            if code.kind == "all":
                todo.extend(code.children)
            elif code.kind == "any":
                todo.append(next((c for c in code.children if self._truth(c, values) != FALSE), code.children[0]))
            elif code.kind in ("atom", "not_atom"):
                self._meet(code.index, code.kind == "atom", values, found)
        return found

    def _meet(self, index: int, positive: bool, values: Values, found: dict[str, Any]) -> None:
        atom = self.program.atoms[index]
        if atom.fact in values or atom.fact in found:
            return
        kind = self.program.kinds.get(atom.fact)
        if atom.test == "is_true":
            found[atom.fact] = positive
        elif atom.test == "one_of" and kind == "choices":
            found[atom.fact] = frozenset(atom.named[:1]) if positive else frozenset()
        elif atom.test == "one_of" and positive:
            found[atom.fact] = atom.named[0]
        elif atom.test == "one_of" and kind == "choice":
            below = self.program.below[atom.fact]
            barred = frozenset[str]().union(*(below[n] for n in atom.named))
            other = representative(tuple(sorted(set(below) - barred)), below)
            if other is not None:
                found[atom.fact] = other


def _facts_under(program: Program, gate: int) -> frozenset[str]:
    """The facts that a condition mentions."""
    return frozenset(fact for atom in atoms_under(program.gates, [gate]) for fact in program.atoms[atom].facts)
