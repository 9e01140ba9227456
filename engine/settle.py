"""Exact completion: whether every way the unknown facts may turn out is permitted, or denied, and which facts decide.

Supervaluation (van Fraassen 1966) over the worlds of `worlds`, computed on diagrams rather than by enumeration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..rules.policy import DECIDING, GATEWAYS
from .atoms import Values, atom_truth
from .diagram import Diagrams, TooWide
from .kernel import walk_gate
from .lookup import JURISDICTION_OF, RegistryDomain
from .program import Evaluation, Program, atoms_under
from .truth import FALSE, TRUE, UNKNOWN, Truth
from .worlds import Domain, Worlds

Settlement = Literal["permitted", "denied", "uncovered", "open"]

MAX_PATTERNS = 10_000
"""Settlements of one program that are kept."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How an item stands once all completions are considered.

    `missing` are the facts that some completion depends on, most useful first (only when `open`). `exact` is false
    when the budget ran out: then `missing` may name facts that cannot matter, and the outcome is left open.
    """

    how: Settlement
    missing: tuple[str, ...] = ()
    exact: bool = True


def at_once(evaluation: Evaluation) -> Settlement | None:
    """How an item stands by its evaluation alone; None where that turns on how the unknown facts turn out."""
    if evaluation.forbidden == TRUE:
        return "denied"
    if evaluation.forbidden == FALSE and evaluation.permitted_by_some == TRUE:
        return "permitted"
    if evaluation.forbidden == FALSE and evaluation.permitted_by_some == FALSE and evaluation.covered != UNKNOWN:
        return "denied" if evaluation.covered == TRUE else "uncovered"
    return None


def settle(program: Program, values: Values, day: date, evaluation: Evaluation, domain: Domain) -> Settled:
    """Settle an item from its evaluation, exactly."""
    found = at_once(evaluation)
    if found is not None:
        return Settled(found)
    try:
        return Completion(program, values, day, evaluation, domain).settled()
    except TooWide:
        facts = sorted(f for f in program.kinds if values.get(f) is None)
        return Settled("open", tuple(facts), exact=False)


class Settlements:
    """Settles items of one program; each pattern is worked out once.

    A pattern is all that a settlement turns on: the rules that bear on the outcome, how the atoms of their conditions stand,
    what is known of the facts in those that are open, the parties (for the registry) and the day.
    """

    def __init__(self, program: Program, domain: RegistryDomain) -> None:
        self.program = program
        self.domain = domain
        self._atoms: dict[frozenset[int], tuple[int, ...]] = {}
        self._found: dict[object, Settled] = {}

    def settle(self, values: Values, day: date, evaluation: Evaluation) -> Settled:
        """What `settle` finds."""
        how = at_once(evaluation)
        if how is not None:
            return Settled(how)
        pattern = self._pattern(values, day, frozenset(relevant(self.program, evaluation)))
        found = self._found.get(pattern)
        if found is None:
            found = settle(self.program, values, day, evaluation, self.domain)
            if len(self._found) >= MAX_PATTERNS:
                self._found.clear()
            if found.exact:  # what is too wide lists all that is unknown, whether it bears on the outcome or not
                self._found[pattern] = found
        return found

    def _pattern(self, values: Values, day: date, rules: frozenset[int]) -> object:
        if rules not in self._atoms:
            self._atoms[rules] = tuple(atoms_under(self.program.gates, bearing(self.program, rules)))
        atoms = self._atoms[rules]
        truths = tuple(atom_truth(self.program.atoms[i], values, day, self.program) for i in atoms)
        open_ = (self.program.atoms[i] for i, truth in zip(atoms, truths, strict=True) if truth == UNKNOWN)
        facts = dict.fromkeys([*(f for atom in open_ for f in atom.facts), *JURISDICTION_OF.values()])
        return rules, truths, tuple(values.get(f) for f in facts), day


def relevant(program: Program, evaluation: Evaluation) -> list[int]:
    """The rules that bear on the outcome: gateways, prohibitions, and whatever may defeat them."""
    rules, effective = program.rules, evaluation.effective
    todo = [i for i, r in enumerate(rules) if effective[i] != FALSE and r.effect in DECIDING]
    found: dict[int, None] = {}
    while todo:
        rule = todo.pop()
        if rule not in found and evaluation.applicable[rule] != FALSE:
            found[rule] = None
            todo.extend(rules[rule].defeated_by)
    return list(found)


def bearing(program: Program, rules: Iterable[int]) -> list[int]:
    """The gates that the outcome rests on where these rules bear on it."""
    return [program.rules[i].when for i in rules] + ([] if program.covers is None else [program.covers])


class Completion:
    """The outcome of an item as a function of what is not known."""

    def __init__(self, program: Program, values: Values, day: date, evaluation: Evaluation, domain: Domain) -> None:
        self.program = program
        self.values = values
        self.day = day
        self._relevant = set(relevant(program, evaluation))
        self.diagrams = Diagrams()
        self._gates: dict[int, int] = {}
        self._truths: dict[int, Truth] = {}
        atoms = sorted(self._open_atoms())
        self.worlds = Worlds(program, values, day, domain, atoms, self.diagrams)
        self.possible = self.worlds.constraint()

    def _open_atoms(self) -> set[int]:
        todo = bearing(self.program, self._relevant)
        seen: set[int] = set()
        atoms: set[int] = set()
        while todo:
            index = todo.pop()
            if index in seen or self._truth(index) != UNKNOWN:
                continue
            seen.add(index)
            gate = self.program.gates[index]
            if gate.kind in ("atom", "not_atom"):
                atoms.add(gate.index)
            todo.extend(gate.children)
        return atoms

    def _truth(self, index: int) -> int:
        return walk_gate(self.program, index, self.values, self.day, self._truths)

    def gate(self, index: int) -> int:
        """The diagram of a gate."""
        if index not in self._gates:
            self._gates[index] = self._gate(index)
        return self._gates[index]

    def _gate(self, index: int) -> int:
        truth = self._truth(index)
        if truth != UNKNOWN:
            return 1 if truth == TRUE else 0
        return self.diagrams.gate(self.program.gates[index], self.worlds.atom, self.gate)

    def effective(self) -> dict[int, int]:
        """The diagram of each relevant rule's effectiveness."""
        result: dict[int, int] = {}
        for index in self.program.strata:
            if index not in self._relevant:
                continue
            rule = self.program.rules[index]
            defeat = self.diagrams.any_of(result[d] for d in rule.defeated_by if d in result)
            result[index] = self.diagrams.conjunction(self.gate(rule.when), self.diagrams.negation(defeat))
        return result

    def outcomes(self) -> tuple[int, int]:
        """The diagrams of permitted and of denied."""
        effective = self.effective()

        def some(*effects: str) -> int:
            return self.diagrams.any_of(n for i, n in effective.items() if self.program.rules[i].effect in effects)

        forbidden, permitted = some("forbid"), some(*GATEWAYS)
        covered = 0 if self.program.covers is None else self.gate(self.program.covers)
        silent = self.diagrams.conjunction(covered, self.diagrams.negation(permitted))
        allowed = self.diagrams.conjunction(permitted, self.diagrams.negation(forbidden))
        return allowed, self.diagrams.disjunction(forbidden, silent)

    def settled(self) -> Settled:
        """The settlement, with the deciding facts in order of influence."""
        how, weight = self.weighed()
        return Settled(how, tuple(sorted(weight, key=lambda f: (-round(weight[f], 9), f))))

    def weighed(self) -> tuple[Settlement, dict[str, float]]:
        """How the item stands, and where that is open how far each fact moves the outcome."""
        within = self.diagrams.conjunction
        allowed, refused = self.outcomes()
        permitted, denied = within(self.possible, allowed), within(self.possible, refused)
        if permitted == self.possible:
            return "permitted", {}
        if denied == self.possible:
            return "denied", {}
        if permitted == 0 and denied == 0:
            return "uncovered", {}
        weight: dict[str, float] = {}
        for node in (allowed, refused):
            for level, amount in self.diagrams.influence(node).items():
                for fact in self.diagrams.variables[level].facts:
                    weight[fact] = weight.get(fact, 0.0) + amount
        return "open", weight
