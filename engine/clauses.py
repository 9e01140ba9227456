"""The program as definite clauses: what the inference engine chains forward over.

Every node of the program (an atom, a gate, a rule's applicability, ...) becomes a pair of *literals*: `2k`
says that it is surely true, `2k + 1` that it is surely false, and neither is derived while it is unknown. So
Kleene's `all`, `any` and `not` need no negation: `all` is surely true if every child is, surely false if any
child is; `any` is the mirror image, and the opposite of a literal is the one beside it. Nothing here knows
the library.
"""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..rules.policy import GATEWAYS
from .program import Attachment, Gate, Program, gates_under
from .truth import FALSE, TRUE

StatementKind = Literal[
    "always",
    "atom",
    "in_force",
    "gate",
    "applicable",
    "effective",
    "forbidden",
    "permitted_by_some",
    "covered",
    "met",
]

ALWAYS = 0
"""The literal asserted first in every session."""

NEVER = 1
"""Its opposite, which nothing derives."""

WIDTH = 12
"""The widest join, and the most branches of one alternative, that the library holds without error."""

MAX_USES = 50
"""A literal used by more clauses than this goes under several names: the library stops short of 64."""

SHARD = 1000
"""Clauses to a ruleset, well below the library's 4,096; larger programs are chained through several."""


class InferenceError(Exception):
    """The inference engine cannot give an answer; the kernel still can."""


class TooLarge(InferenceError):
    """The program needs more clauses than the library can hold in reasonable memory."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a literal says, in terms of the program: node `index` of a `kind` is surely true, or surely false.

    `index` is the position of the atom, gate, rule (`in_force`, `applicable`, `effective`) or proviso
    (`met`), and 0 for the kinds that there is one of.
    """

    kind: StatementKind
    index: int
    truth: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """`head` follows from every literal of `body` (`join`), or from any one of them."""

    head: int
    body: tuple[int, ...]
    join: bool


@dataclass(slots=True)
class Clauses:
    """A program's clauses, each after those that derive what it uses, and the positive literal of each node.

    `parts` leads from a literal that stands for a piece of a wide join to the clause that derives it.
    """

    program: Program
    clauses: list[Clause] = field(default_factory=list)
    atoms: list[int] = field(default_factory=list)
    in_force: dict[int, int] = field(default_factory=dict)
    gates: dict[int, int] = field(default_factory=dict)
    applicable: list[int] = field(default_factory=list)
    effective: list[int] = field(default_factory=list)
    met: list[int] = field(default_factory=list)
    forbidden: int = ALWAYS
    permitted_by_some: int = ALWAYS
    covered: int = ALWAYS
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _literals: int = 2

    def statements(self) -> dict[Statement, int]:
        """The literal of every statement; several share one where the program says a thing twice."""
        found: dict[Statement, int] = {}
        for kind, index, literal in self._nodes():
            found[Statement(kind, index, True)] = literal
            found[Statement(kind, index, False)] = literal ^ 1
        return found

    def whole(self, body: Iterable[int]) -> Iterator[int]:
        """The literals of a body, with pieces of wide joins taken apart."""
        for literal in body:
            if literal in self.parts:
                yield from self.whole(self.parts[literal])
            else:
                yield literal

    def _nodes(self) -> Iterator[tuple[StatementKind, int, int]]:
        yield "always", 0, ALWAYS
        yield from (("atom", i, n) for i, n in enumerate(self.atoms))
        yield from (("in_force", i, n) for i, n in self.in_force.items())
        yield from (("gate", i, n) for i, n in self.gates.items())
        yield from (("applicable", i, n) for i, n in enumerate(self.applicable))
        yield from (("effective", i, n) for i, n in enumerate(self.effective))
        yield from (("met", i, n) for i, n in enumerate(self.met))
        yield "forbidden", 0, self.forbidden
        yield "permitted_by_some", 0, self.permitted_by_some
        yield "covered", 0, self.covered

    def node(self) -> int:
        """The literal of a new node."""
        self._literals += 2
        return self._literals - 2

    def define(self, parts: Iterable[int]) -> int:
        """Clauses for a new node that is the minimum of others, true if of none; gives its literal."""
        head = self.node()
        # a fact never joins with itself, so each literal once
        needed = tuple(part for part in dict.fromkeys(parts) if part != ALWAYS)
        if NEVER not in needed:
            self.clauses.append(Clause(head, self._narrow(needed or (ALWAYS,)), True))
        for chunk in _chunks([part ^ 1 for part in needed]):
            self.clauses.append(Clause(head ^ 1, chunk, False))
        return head

    def define_any(self, parts: Iterable[int]) -> int:
        """The same for the maximum: by De Morgan, the opposite of the minimum of the opposites."""
        return self.define(part ^ 1 for part in parts) ^ 1

    def _narrow(self, body: tuple[int, ...]) -> tuple[int, ...]:
        """A body of at most `WIDTH` literals that says the same, with literals of its own for the pieces."""
        while len(body) > WIDTH:
            pieces = []
            for chunk in _chunks(body):
                piece = self.node()
                self.parts[piece] = chunk
                self.clauses.append(Clause(piece, chunk, True))
                pieces.append(piece)
            body = tuple(pieces)
        return body


def clauses_of(program: Program) -> Clauses:
    """The clauses of a program: gates that something rests on, then applicability, defeat and the outcome."""
    made = Clauses(program)
    made.atoms = [made.node() for _ in program.atoms]
    for position in _reached(program):
        made.gates[position] = _gate(made, program.gates[position])
    for i, rule in enumerate(program.rules):
        if rule.start is not None or rule.end is not None:
            made.in_force[i] = made.node()
    _rules(made)
    _outcome(made)
    return made


def _gate(made: Clauses, gate: Gate) -> int:
    if gate.kind == "constant":
        return ALWAYS if gate.index == TRUE else NEVER
    if gate.kind in ("atom", "not_atom"):
        return made.atoms[gate.index] ^ (gate.kind == "not_atom")
    children = [made.gates[child] for child in gate.children]
    if len(children) == 1:
        return children[0]
    return made.define(children) if gate.kind == "all" else made.define_any(children)


def _rules(made: Clauses) -> None:
    """Applicable: in force and `when`. Effective: applicable, and no overrider is (they come first)."""
    rules = made.program.rules
    for i, rule in enumerate(rules):
        made.applicable.append(made.define((made.in_force.get(i, ALWAYS), made.gates[rule.when])))
    made.effective = list(made.applicable)
    for i in made.program.strata:
        overriders = [made.effective[d] ^ 1 for d in rules[i].defeated_by]
        made.effective[i] = made.define((made.applicable[i], *overriders))


def _outcome(made: Clauses) -> None:
    program = made.program
    effective = list(zip(program.rules, made.effective, strict=True))
    made.forbidden = made.define_any(e for r, e in effective if r.effect == "forbid")
    made.permitted_by_some = made.define_any(e for r, e in effective if r.effect in GATEWAYS)
    made.covered = NEVER if program.covers is None else made.gates[program.covers]
    for proviso in program.provisos:
        made.met.append(NEVER if proviso.met_when is None else made.gates[proviso.met_when])


def attachments_of(
    program: Program, effective: Sequence[int], met: Callable[[int], int]
) -> tuple[tuple[int, tuple[Attachment, ...]], ...]:
    """By gateway that may be open: its own provisos, and those of each `require` that attaches to it and may be effective."""
    live = [(i, p.rule, program.rules[p.rule]) for i, p in enumerate(program.provisos) if effective[p.rule] != FALSE]

    def of(gateway: int) -> Iterator[Attachment]:
        for proviso, carrier, rule in live:
            if carrier == gateway:
                yield Attachment(proviso, TRUE, met(proviso))
            elif rule.effect == "require" and (rule.attaches_to is None or gateway in rule.attaches_to):
                yield Attachment(proviso, effective[carrier], met(proviso))

    return tuple((g, tuple(of(g))) for g in program.gateways() if effective[g] != FALSE)


def _reached(program: Program) -> list[int]:
    """Positions of the gates that a rule, a proviso or the claim of coverage rests on, children first."""
    roots = [r.when for r in program.rules] + [p.met_when for p in program.provisos if p.met_when is not None]
    roots += [] if program.covers is None else [program.covers]
    return gates_under(program.gates, roots)


def _chunks(literals: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(literals), WIDTH):
        yield tuple(literals[start : start + WIDTH])


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of clauses for one ruleset, with the short names that literals go by there.

    `names` are all names of each literal that some clause uses, `literals` leads back, `bodies` has for each
    clause the names to match, `buckets` the bucket of each name, `hashes` the library's hash of each.
    """

    clauses: tuple[Clause, ...]
    bodies: tuple[tuple[str, ...], ...]
    names: Mapping[int, tuple[str, ...]]
    literals: Mapping[str, int]
    buckets: Mapping[str, str]
    hashes: frozenset[int]


def shards_of(clauses: Sequence[Clause]) -> tuple[Shard, ...]:
    """The clauses in runs for one ruleset each; what a run uses is derived in it or before it."""
    starts = range(0, max(len(clauses), 1), SHARD)
    return tuple(_shard(tuple(clauses[start : start + SHARD])) for start in starts)


def fnv(text: str) -> int:
    """The library's 32-bit hash, by which alone it tells identifiers apart."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def _shard(clauses: tuple[Clause, ...]) -> Shard:
    uses: dict[int, int] = {ALWAYS: 1}
    for clause in clauses:
        for literal in clause.body:
            uses[literal] = uses.get(literal, 0) + 1
    names, hashes = _distinct_names({literal: -(-count // MAX_USES) for literal, count in uses.items()})
    turn = dict.fromkeys(uses, 0)
    bodies = []
    for clause in clauses:
        for literal in clause.body:
            turn[literal] += 1
        bodies.append(tuple(names[literal][(turn[literal] - 1) // MAX_USES] for literal in clause.body))
    literals = {name: literal for literal, own in names.items() for name in own}
    # two levels of about equal width: the library looks through one level from end to end
    width = max(16, math.isqrt(len(literals)))
    buckets = {name: f"b{i // width}" for i, name in enumerate(literals)}
    return Shard(clauses, tuple(bodies), names, literals, buckets, hashes)


def _distinct_names(copies: Mapping[int, int]) -> tuple[dict[int, tuple[str, ...]], frozenset[int]]:
    """As many names as asked for each literal, no two with one hash: on a collision all are numbered anew."""
    for salt in string.ascii_lowercase:
        number = itertools.count()
        names = {literal: tuple(f"{salt}{next(number):x}" for _ in range(n)) for literal, n in copies.items()}
        hashes = frozenset(fnv(name) for own in names.values() for name in own)
        if len(hashes) == sum(copies.values()):
            return names, hashes
    raise InferenceError("no numbering of the literals is free of hash collisions")
