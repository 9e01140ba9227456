"""A bit for every condition: where it lies in one wide integer, and what each value of a fact does to it.

A condition is brought to a few *products* (conjunctions of literals), and a product is a bit. Distribution is a law of
Kleene's logic, so the values are those of the gates. A condition with several products owns a field of bits, and a guard
bit on top: adding a field's worth of ones to the field carries into the guard exactly when some product holds, so that one
addition decides them all. A condition with too many products is put together from the bits of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .atoms import Values, atom_truth
from .program import Gate, Program
from .truth import FALSE, TRUE, UNKNOWN, Truth, negate

MAX_PRODUCTS = 32
MAX_MEMO = 4096

Literal_ = tuple[int, bool]
_Expanded = dict[int, list[frozenset[Literal_]] | None]


@dataclass(frozen=True, slots=True)
class Composed:
    """A condition put together from others: the bit of its own, and the bits of which all have to hold, or some."""

    bit: int
    every: bool
    parts: int


class Table:
    """What each value of a fact does to the products, worked out when the value is first met.

    `masks` has by value the products it makes false and, above `width`, those with a literal that it leaves unknown;
    `absent` are the products that turn on the fact. Where `other` names a second fact the keys are pairs of values; where
    some atom turns on the day, pairs of a value and a day.
    """

    __slots__ = ("absent", "daily", "fact", "literals", "masks", "other", "program", "width")

    def __init__(self, program: Program, fact: str, other: str, literals: dict[Literal_, int], width: int) -> None:
        self.program, self.fact, self.other, self.width = program, fact, other, width
        self.literals = literals
        self.daily = not other and any(program.atoms[atom].operand == "as_of" for atom, _ in literals)
        self.absent = 0
        for products in literals.values():
            self.absent |= products
        self.masks: dict[Any, int] = {}

    def mask(self, key: Any) -> int:
        """The entry for a value or a pair."""
        found = self.masks.get(key)
        return self._learn(key) if found is None else found

    def _learn(self, key: Any) -> int:
        values: Values
        day = date.min
        if self.daily:
            values, day = {self.fact: key[0]}, key[1]
        elif self.other:
            values = {self.fact: key[0], self.other: key[1]}
        else:
            values = {self.fact: key}
        found = self._work_out(values, day)
        if len(self.masks) >= MAX_MEMO:
            self.masks.clear()
        self.masks[key] = found
        return found

    def _work_out(self, values: Values, day: date) -> int:
        truths: dict[int, Truth] = {}
        false = unknown = 0
        for (atom, sign), products in self.literals.items():
            if atom not in truths:
                truths[atom] = atom_truth(self.program.atoms[atom], values, day, self.program)
            truth = truths[atom] if sign else negate(truths[atom])
            if truth == FALSE:
                false |= products
            elif truth == UNKNOWN:
                unknown |= products
        return false | unknown << self.width


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies.

    `bits` is by root, the position of its bit; `parts` are the bits that only `composed` conditions read, each after its
    own parts. `ones` fill the fields, `top` is all products plus `ones`: less the products that fail, it has exactly the
    bits of the roots that hold, among bits that mean nothing.
    """

    bits: tuple[int, ...]
    parts: int
    composed: tuple[Composed, ...]
    top: int
    width: int
    tables: tuple[Table, ...]


def lay_out(program: Program, roots: Sequence[int], order: Iterable[int]) -> Layout:
    """A layout for some gates of a program (`roots`); `order` lists their indices, lowest bit first."""
    placing = _Placing(program)
    bits = {index: placing.place(roots[index]) for index in order}
    return Layout(
        tuple(bits[index] for index in range(len(roots))), mask_of(placing.parts.values()), tuple(placing.composed),
        mask_of(placing.products) + mask_of(placing.ones), placing.width, placing.tables(),
    )  # fmt: skip


class _Placing:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.width = 0
        self.products: dict[int, frozenset[Literal_]] = {}
        self.ones: list[int] = []
        self.parts: dict[int, int] = {}
        self.composed: list[Composed] = []
        self._memo: _Expanded = {}

    def place(self, root: int) -> int:
        """The position of a bit for a gate."""
        found = _products(self.program, root, self._memo)
        if found is None:
            return self._compose(self.program.gates[root])
        at = self.width
        self.products.update(enumerate(found, at))
        if len(found) < 2:  # a false gate's bit belongs to no product, so it never holds
            self.width += 1
            return at
        self.ones += range(at, at + len(found))
        self.width += len(found) + 1
        return at + len(found)

    def _compose(self, gate: Gate) -> int:
        for child in gate.children:
            if child not in self.parts:
                self.parts[child] = self.place(child)
        at = self.width
        self.width += 1
        self.composed.append(Composed(1 << at, gate.kind == "all", mask_of(self.parts[c] for c in gate.children)))
        return at

    def tables(self) -> tuple[Table, ...]:
        """A table for each fact that alone decides some atom, and for each pair that is compared."""
        holding: dict[Literal_, list[int]] = {}
        for bit, literals in self.products.items():
            for literal in literals:
                holding.setdefault(literal, []).append(bit)
        by_facts: dict[tuple[str, str], dict[Literal_, int]] = {}
        for literal in sorted(holding):
            atom = self.program.atoms[literal[0]]
            key = (atom.fact, str(atom.operand) if atom.test == "same_as" else "")
            by_facts.setdefault(key, {})[literal] = mask_of(holding[literal])
        return tuple(Table(self.program, *key, by_facts[key], self.width) for key in sorted(by_facts))


def mask_of(bits: Iterable[int]) -> int:
    """The integer with ones at some positions. Set in bytes: each step on a wide integer costs its width."""
    positions = list(bits)
    octets = bytearray(max(positions, default=0) // 8 + 1)
    for bit in positions:
        octets[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


def _products(program: Program, root: int, memo: _Expanded) -> list[frozenset[Literal_]] | None:
    """A gate as an any-of of conjunctions; `[]` is false, `[frozenset()]` true, None too many."""
    if root not in memo:
        memo[root] = _expanded(program, root, memo)
    return memo[root]


def _expanded(program: Program, root: int, memo: _Expanded) -> list[frozenset[Literal_]] | None:
    gate: Gate = program.gates[root]
    if gate.kind == "constant":
        return [frozenset()] if gate.index == TRUE else []
    if gate.kind in ("atom", "not_atom"):
        return [frozenset({(gate.index, gate.kind == "atom")})]
    result: list[frozenset[Literal_]] = [] if gate.kind == "any" else [frozenset()]
    for child in gate.children:
        parts = _products(program, child, memo)
        if parts is None:
            return None
        result = result + parts if gate.kind == "any" else [one | other for one in result for other in parts]
        if len(result) > MAX_PRODUCTS:
            return None
    return result
