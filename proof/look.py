"""What can be asked of a program's answer, whoever worked it out: the solver over all cases, or the engines on one."""

from __future__ import annotations

from collections.abc import Iterable
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
        self._outstanding: dict[tuple[int, int], Formula] = {}

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
    def reach(self) -> dict[int, list[int]]:
        """The conditions that may be attached to each gateway."""
        rules = self.program.rules
        found: dict[int, list[int]] = {}
        for gateway in self.program.gateways():
            targets = [rules[p.rule].attaches_to for p in self.program.provisos]
            found[gateway] = [
                i for i, p in enumerate(self.program.provisos)
                if p.rule == gateway
                or (rules[p.rule].effect == "require" and ((t := targets[i]) is None or gateway in t))
            ]  # fmt: skip
        return found

    def attached(self, gateway: int, proviso: int) -> Formula:
        """A condition is attached to a gateway, whether the gateway is open or not."""
        rule = self.program.provisos[proviso].rule
        if rule == gateway:
            return TRUE
        code = self.program.rules[rule]
        reaches = code.effect == "require" and (code.attaches_to is None or gateway in code.attaches_to)
        return self.effective[rule] if reaches else FALSE

    def met(self, proviso: int) -> Formula:
        """A condition counts as met."""
        gate = self.program.provisos[proviso].met_when
        return FALSE if gate is None else self.nodes.gate(gate)

    def outstanding(self, gateway: int, proviso: int) -> Formula:
        """A condition is attached to a gateway and not met."""
        key = (gateway, proviso)
        if key not in self._outstanding:
            self._outstanding[key] = every([self.attached(gateway, proviso), opposite(self.met(proviso))])
        return self._outstanding[key]

    def clear(self, gateway: int) -> Formula:
        """A gateway is open with nothing outstanding."""
        left = some(self.outstanding(gateway, p) for p in self.reach[gateway])
        return every([self.effective[gateway], opposite(left)])

    @cached_property
    def allowed(self) -> Formula:
        """The item may be sent with nothing further to do."""
        return every([self.permitted, some(self.clear(g) for g in self.program.gateways())])

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
