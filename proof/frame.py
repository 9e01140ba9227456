"""What a question is said of: laws seen side by side, and the question's own conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..engine.bundle import Bundle
from ..engine.compile import ExpressionCompiler, GateTable, meaning_of_facts
from ..engine.program import Program
from ..rules.expressions import Expression
from .formula import Formula
from .look import Look
from .space import Part


class Conditions:
    """Conditions that questions use beside the programs' own, compiled to gates of their own."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.table = GateTable()
        self._compiler = ExpressionCompiler(bundle.vocabulary, self.table)

    def add(self, expression: Expression, definitions: Mapping[str, Expression] | None = None) -> int:
        """The gate of a condition."""
        return self._compiler.gate(expression, definitions or {})

    def program(self) -> Program:
        """The conditions as a program without rules."""
        atoms = tuple(self.table.atoms)
        below, kinds = meaning_of_facts(self.bundle.vocabulary, atoms)
        return Program("", atoms, tuple(self.table.gates), (), (), (), None, below, kinds)


@dataclass(frozen=True)
class Frame:
    """What a goal is said of: each law's answer, and the truth of the question's own conditions."""

    looks: tuple[Look, ...]
    conditions: Callable[[int], Formula]
    memo: dict[object, Formula] = field(default_factory=dict, compare=False)

    @property
    def look(self) -> Look:
        """The answer under the only (or first) law."""
        return self.looks[0]


Goal = Callable[[Frame], Formula]


@dataclass(frozen=True)
class Subject:
    """A law in question: its bundle, the jurisdiction whose authority acts (None for a layer by itself), and what is assumed.

    What is assumed (such as the mode) is fixed for this subject alone, so that one case can be put to a law in two ways.
    """

    bundle: Bundle
    acting: str | None
    assumed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, bundle: Bundle) -> Subject:
        """The law of a bundle, applied by its own State."""
        head = bundle.heads[0]
        return cls(bundle, head.id if head.id in bundle.vocabulary.jurisdictions else None)

    @property
    def part(self) -> Part:
        """As a part of a space."""
        return Part(self.bundle.program, self.bundle.vocabulary, self.bundle.registry, self.fixed)

    @property
    def fixed(self) -> dict[str, str]:
        """The facts that are not free: whose law it is, and what is assumed."""
        return dict(self.assumed) if self.acting is None else {**self.assumed, "sender.jurisdiction": self.acting}
