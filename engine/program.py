"""The program: what a policy and its layers compile to, once, and what every engine interprets.

Everything in it is an immutable tuple of small records that point to each other by position, so that an engine can
lay it out as it likes. It knows nothing of files, questions or labels: those are looked up by rule id when an
answer is worded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..rules.policy import GATEWAYS

AtomTest = Literal["is_true", "one_of", "at_least", "more_than", "same_as"]
GateKind = Literal["constant", "atom", "not_atom", "all", "any"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One test of one fact, undivided.

    `operand` by `test`: `is_true` None; `one_of` a sorted tuple of values (jurisdictions, tree values);
    `at_least`, `more_than` a number, a date, or the word `as_of`; `same_as` the path of another fact.
    """

    fact: str
    test: AtomTest
    operand: object = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts whose values it turns on."""
        return (self.fact, str(self.operand)) if self.test == "same_as" else (self.fact,)

    @property
    def named(self) -> tuple[str, ...]:
        """The values that a `one_of` names; none for another test."""
        return self.operand if isinstance(self.operand, tuple) else ()


@dataclass(frozen=True, slots=True)
class Gate:
    """A node of the conditions, in negation normal form.

    `constant`: `index` is 0 (false) or 2 (true). `atom`, `not_atom`: `index` is the atom's position. `all`, `any`:
    `children` are positions of gates, each smaller than the gate's own.
    """

    kind: GateKind
    index: int = 0
    children: tuple[int, ...] = ()


def gates_under(gates: Sequence[Gate], roots: Iterable[int]) -> list[int]:
    """The positions of some gates and of all they are made of, children first."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        position = waiting.pop()
        if position not in found:
            found.add(position)
            waiting.extend(gates[position].children)
    return sorted(found)


def atoms_under(gates: Sequence[Gate], roots: Iterable[int]) -> list[int]:
    """The positions of the atoms that some gates turn on, in order."""
    used = (gates[position] for position in gates_under(gates, roots))
    return sorted({gate.index for gate in used if gate.kind in ("atom", "not_atom")})


@dataclass(frozen=True, slots=True)
class Proviso:
    """A condition that a rule attaches to gateways, as the engines see it.

    `met_when` is the position of a gate, None when the condition can never count as met. `rule` is the position of
    the rule that carries it: a gateway (then it holds for that gateway alone) or a `require`.
    """

    id: str
    rule: int
    stage: str
    met_when: int | None


@dataclass(frozen=True, slots=True)
class RuleCode:
    """A rule as the engines see it.

    `when` is the position of a gate. `defeated_by` are the positions of the rules that override it. `attaches_to`
    are positions of gateways, None for every one. `provisos` are positions of the conditions it carries.
    """

    id: str
    effect: str
    when: int
    start: date | None = None
    end: date | None = None
    defeated_by: tuple[int, ...] = ()
    attaches_to: tuple[int, ...] | None = None
    provisos: tuple[int, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether the rule is in force on a day; both ends of its period are inside."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled policy set.

    `strata` lists the positions of all rules, each after every rule that overrides it. `covers` is the position of a
    gate, None when the policy claims to cover nothing. `below` maps a choice's or set's path to, for each of its values,
    that value and all more special ones; `kinds` maps every fact used to its type.
    """

    policy: str
    atoms: tuple[Atom, ...]
    gates: tuple[Gate, ...]
    rules: tuple[RuleCode, ...]
    provisos: tuple[Proviso, ...]
    strata: tuple[int, ...]
    covers: int | None
    below: dict[str, dict[str, frozenset[str]]]
    kinds: dict[str, str]
    hash: str = ""

    def gateways(self) -> tuple[int, ...]:
        """Positions of the rules that can permit."""
        return tuple(i for i, r in enumerate(self.rules) if r.effect in GATEWAYS)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A proviso on a gateway: `attached` and `met` are truth values (0 false, 1 unknown, 2 true)."""

    proviso: int
    attached: int
    met: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an engine finds for one item on one day; truth values are 0 false, 1 unknown, 2 true.

    `applicable` and `effective` are by rule; `forbidden`, `permitted_by_some`, `covered` are the F, P and C of the
    language; `attachments` are by gateway position, for gateways whose `effective` is not false, with those whose
    `attached` is not false, in order of position. Engines agree when their evaluations are equal.
    """

    applicable: tuple[int, ...]
    effective: tuple[int, ...]
    forbidden: int
    permitted_by_some: int
    covered: int
    attachments: tuple[tuple[int, tuple[Attachment, ...]], ...]
