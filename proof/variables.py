"""What a space of cases is made of: the programs that take part, the days, and a variable for each fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ..engine.program import Program
from ..rules.registry import Registry
from ..rules.vocabulary.facts import Vocabulary
from .formula import Side

EXACT = "="
"""Marks a value that stands for itself and none of its listed kinds."""


@dataclass(frozen=True, eq=False)
class Part:
    """A program that takes part in a space, with what its facts mean and which are fixed (such as whose law it is)."""

    program: Program
    vocabulary: Vocabulary
    registry: Registry
    fixed: Mapping[str, str] = field(default_factory=dict)

    def same_facts(self, other: Part) -> bool:
        """Whether atoms mean the same in both."""
        same = self.vocabulary is other.vocabulary and self.registry is other.registry and self.fixed == other.fixed
        return same and self.program.atoms == other.program.atoms


@dataclass(frozen=True, slots=True)
class Days:
    """The days in question, both inside."""

    first: date
    last: date

    @property
    def single(self) -> bool:
        """Whether it is one day."""
        return self.first == self.last

    def __str__(self) -> str:
        return f"on {self.first}" if self.single else f"on every day from {self.first} to {self.last}"


@dataclass(slots=True)
class Branches:
    """A fact of one value: its worlds in branches that nothing here tells apart, the most easily stated member first.

    In an open space the first branch is `(None,)`, "not stated".
    """

    members: list[tuple[Any, ...]]
    chosen: list[Side]


@dataclass(slots=True)
class Subset:
    """A set: whether each branch of values is in it, and whether the set is stated at all."""

    members: list[tuple[str, ...]]
    inside: list[Side]
    known: Side


@dataclass(slots=True)
class Scalar:
    """A boolean, number or date, and whether it is stated."""

    term: Any
    known: Side


def worlds_program(program: Program) -> Program:
    """The program over worlds: beside each value `v`, a value `v=` that is `v` and none of its listed kinds."""
    below = {
        fact: {**tree, **{v + EXACT: frozenset({v}) for v, under in tree.items() if len(under) > 1}}
        for fact, tree in program.below.items()
    }
    return replace(program, below=below, hash=program.hash + "#worlds" if program.hash else "")
