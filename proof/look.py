"""What can be asked of a program's answer, whoever worked it out: the solver over all cases, or the engines on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Protocol

from ..engine.program import Program
from .formula import FALSE, TRUE, Formula, every, opposite, some


class Nodes(Protocol):
    """The truth of a program's nodes, in whatever form an interpretation has it."""

    program: Program

    def gate(self, index: int) -> Formula:
        """The truth of a gate."""
        ...

    def in_force(self, rule: int) -> Formula:
        """Whether a rule is in force on the day."""
        ...


class Look:
    """The language's meaning above the gates: applicability, defeat, outcome, conditions (docs/language.md §5)."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.program = nodes.program
        self._outstanding: dict[int, Formula] = {}
        self._open: dict[tuple[int, ...], Formula] = {}

    @cached_property
    def applicable(self) -> tuple[Formula, ...]:
        """a(r) of every rule."""
        gate, in_force = self.nodes.gate, self.nodes.in_force
        return tuple(every([in_force(i), gate(r.when)]) for i, r in enumerate(self.program.rules))

    @cached_property
    def effective(self) -> tuple[Formula, ...]:
        """e(r) of every rule, from the top of the override order down."""
        found: dict[int, Formula] = {}
        for index in self.program.strata:
            beaten = some(found[d] for d in self.program.rules[index].defeated_by)
            found[index] = every([self.applicable[index], opposite(beaten)])
        return tuple(found[i] for i in range(len(found)))

    def by_effect(self, *effects: str) -> list[int]:
        """The positions of the rules with one of the effects."""
        return [i for i, r in enumerate(self.program.rules) if r.effect in effects]

    def some_effective(self, rules: Iterable[int]) -> Formula:
        """Some of the rules is effective."""
        return some(self.effective[i] for i in rules)

    @cached_property
    def forbidden(self) -> Formula:
        """F: some prohibition is effective."""
        return self.some_effective(self.by_effect("forbid"))

    @cached_property
    def gated(self) -> Formula:
        """P: some gateway is effective."""
        return self.some_effective(self.program.gateways())

    @cached_property
    def covered(self) -> Formula:
        """C: the case is one the encoding claims to cover."""
        return FALSE if self.program.covers is None else self.nodes.gate(self.program.covers)

    @cached_property
    def permitted(self) -> Formula:
        """The item may be sent, with or without conditions."""
        return every([self.gated, opposite(self.forbidden)])

    @cached_property
    def by_silence(self) -> Formula:
        """The item may not be sent because nothing permits it, and nothing forbids it."""
        return every([self.covered, opposite(self.gated), opposite(self.forbidden)])

    @cached_property
    def denied(self) -> Formula:
        """The item may not be sent."""
        return some([self.forbidden, self.by_silence])

    @cached_property
    def uncovered(self) -> Formula:
        """Nothing permits or forbids it, and the encoding does not claim to cover it."""
        return every([opposite(s) for s in (self.covered, self.gated, self.forbidden)])

    @cached_property
    def reach(self) -> dict[int, frozenset[int]]:
        """The conditions that may be attached to each gateway."""
        found: dict[int, set[int]] = {g: set() for g in self.program.gateways()}
        everywhere = set()
        for i, proviso in enumerate(self.program.provisos):
            rule = self.program.rules[proviso.rule]
            if rule.effect == "require" and rule.attaches_to is None:
                everywhere.add(i)
            for gateway in (rule.attaches_to or ()) if rule.effect == "require" else (proviso.rule,):
                if gateway in found:
                    found[gateway].add(i)
        return {g: frozenset(own | everywhere) for g, own in found.items()}

    def attached(self, proviso: int) -> Formula:
        """A condition is attached to the gateways it reaches, whether they are open or not."""
        rule = self.program.provisos[proviso].rule
        return self.effective[rule] if self.program.rules[rule].effect == "require" else TRUE

    def met(self, proviso: int) -> Formula:
        """A condition counts as met."""
        gate = self.program.provisos[proviso].met_when
        return FALSE if gate is None else self.nodes.gate(gate)

    def outstanding(self, proviso: int) -> Formula:
        """A condition is attached to the gateways it reaches, and not met."""
        if proviso not in self._outstanding:
            self._outstanding[proviso] = every([self.attached(proviso), opposite(self.met(proviso))])
        return self._outstanding[proviso]

    def open_with(self, wanted: Iterable[int], asked: Callable[[int], Formula]) -> Formula:
        """Some open gateway is reached by a condition of which it is so (`self.attached`, `self.outstanding`)."""
        return some(
            every([self._any_open(gateways), some(asked(p) for p in sorted(own))])
            for own, gateways in self._reached_by(wanted).items()
            if own
        )

    def open_without(self, wanted: Iterable[int], asked: Callable[[int], Formula]) -> Formula:
        """Some open gateway is reached by no condition of which it is so."""
        return some(
            every([self._any_open(gateways), opposite(some(asked(p) for p in sorted(own)))])
            for own, gateways in self._reached_by(wanted).items()
        )

    def _reached_by(self, wanted: Iterable[int]) -> dict[frozenset[int], tuple[int, ...]]:
        """The gateways by which of the conditions reach them."""
        found: dict[int, set[int]] = {}
        for proviso in wanted:
            for gateway in self._reached_from.get(proviso, ()):
                found.setdefault(gateway, set()).add(proviso)
        groups: dict[frozenset[int], tuple[int, ...]] = {}
        for gateway in self.reach:
            key = frozenset(found.get(gateway, ()))
            groups[key] = (*groups.get(key, ()), gateway)
        return groups

    @cached_property
    def _reached_from(self) -> dict[int, list[int]]:
        """The gateways that each condition may be attached to."""
        found: dict[int, list[int]] = {}
        for gateway, provisos in self.reach.items():
            for proviso in provisos:
                found.setdefault(proviso, []).append(gateway)
        return found

    def _any_open(self, gateways: tuple[int, ...]) -> Formula:
        if gateways not in self._open:
            self._open[gateways] = self.some_effective(gateways)
        return self._open[gateways]

    @cached_property
    def allowed(self) -> Formula:
        """The item may be sent with nothing further to do."""
        return every([self.permitted, self.open_without(range(len(self.program.provisos)), self.outstanding)])

    @cached_property
    def conditional(self) -> Formula:
        """The item may be sent on conditions."""
        return every([self.permitted, opposite(self.allowed)])

    def outcome(self, name: str) -> Formula:
        """The item's outcome is the one named; `permitted` stands for `allow` or `conditions`."""
        return {
            "allow": lambda: self.allowed, "conditions": lambda: self.conditional, "deny": lambda: self.denied,
            "undetermined": lambda: self.uncovered, "permitted": lambda: self.permitted,
        }[name]()  # fmt: skip
