"""The rules that a case can reach, in pieces that do not bear on each other: so the inference engine is built for a few rules at
a time, and once for all pieces of one shape.

A rule is left out only where one look suffices to see that it cannot apply: it is not in force, or an atom that must hold for it
is false. That look is taken here, apart from the kernel, so the comparison of engines still covers every rule. Rules stay
together where one defeats another; whether the case is covered and whether a condition is met are pieces of their own. A piece
is handed on with its atoms as plain facts, as the engine sees no more of an atom than its truth; what it found for a shape and
some truths is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from .atoms import Values, atom_truth
from .clauses import attachments_of
from .program import Atom, Evaluation, Gate, Program, RuleCode
from .truth import FALSE, TRUE, UNKNOWN, Truth

MAX_SLICES = 2_000
"""Different sets of reachable rules of one program that are kept in pieces."""

MAX_ENGINES = 256
"""Engines that are kept, the last used ones; the library takes some 0.2 MB and 0.3 ms to make even a small one."""

MAX_ANSWERS = 10_000
"""What is kept of one shape's answers."""


class Engine(Protocol):
    """Anything that evaluates a program for one item."""

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """The evaluation of one item on one day."""
        ...


@dataclass(slots=True)
class Shape:
    """A program whose atoms are facts without meaning; its engine, once needed; what that found, by the truths of the atoms."""

    program: Program
    engine: Engine | None = None
    answers: dict[tuple[Truth, ...], Evaluation] = field(default_factory=dict)


class Forms:
    """Numbers for what conditions look like: gates that differ in no more than their atoms and the order of parts have one."""

    def __init__(self, program: Program, numbers: dict[object, int]) -> None:
        """The forms of a program's gates; `numbers` are those of all programs that are compared."""
        self._program = program
        self._numbers = numbers
        self._known: dict[int, int] = {}

    def of(self, gate: int) -> int:
        """The number of a gate's form."""
        found = self._known.get(gate)
        if found is None:
            code = self._program.gates[gate]
            form = (code.kind, code.index if code.kind == "constant" else 0, *sorted(map(self.of, code.children)))
            found = self._known[gate] = self._numbers.setdefault(form, len(self._numbers))
        return found


class Shapes:
    """Engines and their answers, for all programs that are taken apart with the same one."""

    def __init__(self, make: Callable[[Program], Engine]) -> None:
        self._make = make
        self.forms: dict[object, int] = {}
        self._shapes: dict[object, Shape] = {}
        self._used: dict[int, Shape] = {}

    def of(self, program: Program) -> Shape:
        """The one shape of programs that differ in nothing but names."""
        key = (program.gates, program.rules, program.covers)
        return self._shapes.setdefault(key, Shape(program))

    def evaluate(self, shape: Shape, truths: tuple[Truth, ...]) -> Evaluation:
        """What the engine finds for a shape where its atoms have these truths; raises what the engine does."""
        found = shape.answers.get(truths)
        if found is None:
            if len(shape.answers) >= MAX_ANSWERS:
                shape.answers.clear()
            values = {f"a{i}": truth == TRUE for i, truth in enumerate(truths) if truth != UNKNOWN}
            found = shape.answers[truths] = self._engine(shape).evaluate(values, date.min)
        return found

    @property
    def engines(self) -> int:
        """How many engines are kept."""
        return sum(shape.engine is not None for shape in self._shapes.values())

    def _engine(self, shape: Shape) -> Engine:
        self._used.pop(id(shape), None)
        if shape.engine is None:
            if len(self._used) >= MAX_ENGINES:
                self._used.pop(next(iter(self._used))).engine = None
            shape.engine = self._make(shape.program)
        self._used[id(shape)] = shape
        return shape.engine


@dataclass(frozen=True, slots=True)
class Piece:
    """Rules of a program that stand by themselves, or one gate: their shape, and the program's atoms that it is about.

    Rules, parts of conditions and atoms are in an order of their forms, so that pieces which look alike are of one shape.
    """

    rules: tuple[int, ...]
    atoms: tuple[int, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an item shows: the truths of a program's atoms, and as a mask of their positions the rules that it does
    not rule out: those in force for which nothing is missing that is known. An unknown fact rules nothing out.
    """

    truths: Mapping[int, Truth]
    kept: int

    def of(self, atoms: Iterable[int]) -> tuple[Truth, ...]:
        """The truths of some atoms, in their order."""
        return tuple(map(self.truths.__getitem__, atoms))


class Reach:
    """Looks at items for one program. What a value of a fact shows is worked out when it is first met."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._days: dict[date, int] = {}
        self._unknown: dict[int, Truth] = dict.fromkeys(range(len(program.atoms)), UNKNOWN)
        self._ruled_out: dict[tuple[int, Truth], int] = {}
        for position, rule in enumerate(program.rules):
            for need in _needed(program, rule):
                self._ruled_out[need] = self._ruled_out.get(need, 0) | 1 << position
        self._alone: dict[str, list[int]] = {}
        self._joint: list[int] = []
        for position, atom in enumerate(program.atoms):
            alone = atom.test != "same_as" and atom.operand != "as_of"
            (self._alone.setdefault(atom.fact, []) if alone else self._joint).append(position)
        self._shown: dict[tuple[str, object], Look] = {}

    def look(self, values: Values, day: date) -> Look:
        """One look at an item on a day."""
        truths, kept = dict(self._unknown), self._in_force(day)
        shown = [self._by(fact, value, day) for fact, value in values.items() if fact in self._alone]
        for part in (*shown, self._seen(self._joint, values, day)):
            truths.update(part.truths)
            kept &= part.kept
        return Look(truths, kept)

    def _by(self, fact: str, value: object, day: date) -> Look:
        """What the value of one fact shows by itself, on any day."""
        found = self._shown.get((fact, value))
        if found is None:
            if len(self._shown) >= MAX_ANSWERS:
                self._shown.clear()
            found = self._shown[fact, value] = self._seen(self._alone[fact], {fact: value}, day)
        return found

    def _seen(self, atoms: Iterable[int], values: Values, day: date) -> Look:
        """The truths of some atoms, and the rules that they leave."""
        truths = {i: atom_truth(self._program.atoms[i], values, day, self._program) for i in atoms}
        kept = -1
        for need in truths.items():
            kept &= ~self._ruled_out.get(need, 0)
        return Look(truths, kept)

    def _in_force(self, day: date) -> int:
        if day not in self._days:
            if len(self._days) >= MAX_SLICES:
                self._days.clear()
            self._days[day] = sum(1 << i for i, rule in enumerate(self._program.rules) if rule.in_force(day))
        return self._days[day]


class Sliced:
    """An engine for a program, made of engines for its pieces."""

    def __init__(self, program: Program, shapes: Shapes) -> None:
        self.program = program
        self._shapes = shapes
        self._forms = Forms(program, shapes.forms)
        self.reach = Reach(program)
        self._slices: dict[int, tuple[Piece, ...]] = {}
        self._pieces: dict[tuple[int, ...], Piece] = {}
        self._gates: dict[int, Piece] = {}

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """The evaluation of one item, of all rules: those out of reach do not apply."""
        program, look = self.program, self.reach.look(values, day)
        applicable: list[Truth] = [FALSE] * len(program.rules)
        effective, forbidden, permitted = list(applicable), 0, 0
        for piece in self._slice(look.kept):
            found = self._found(piece, look)
            for own, position in enumerate(piece.rules):
                applicable[position], effective[position] = found.applicable[own], found.effective[own]  # type: ignore[call-overload]
            forbidden, permitted = max(forbidden, found.forbidden), max(permitted, found.permitted_by_some)

        def met(proviso: int) -> int:
            return self._truth_of(program.provisos[proviso].met_when, look)

        return Evaluation(
            tuple(applicable), tuple(effective), forbidden, permitted, self._truth_of(program.covers, look),
            attachments_of(program, effective, met),
        )  # fmt: skip

    def _found(self, piece: Piece, look: Look) -> Evaluation:
        return self._shapes.evaluate(piece.shape, look.of(piece.atoms))

    def _slice(self, kept: int) -> tuple[Piece, ...]:
        found = self._slices.get(kept)
        if found is None:
            if len(self._slices) >= MAX_SLICES:
                self._slices.clear()
                self._pieces.clear()
            found = self._slices[kept] = tuple(map(self._piece, parted(self.program, kept)))
        return found

    def _piece(self, rules: tuple[int, ...]) -> Piece:
        if rules not in self._pieces:
            ordered = tuple(sorted(rules, key=self._look_of))
            part, atoms = bare(self.program, ordered, self._forms)
            self._pieces[rules] = Piece(ordered, atoms, self._shapes.of(part))
        return self._pieces[rules]

    def _look_of(self, rule: int) -> tuple[str, int, int]:
        code = self.program.rules[rule]
        return code.effect, self._forms.of(code.when), len(code.defeated_by)

    def _truth_of(self, gate: int | None, look: Look) -> int:
        """The truth of a gate by itself; of none, false."""
        if gate is None:
            return FALSE
        if gate not in self._gates:
            part, atoms = bare(self.program, (), self._forms, gate)
            self._gates[gate] = Piece((), atoms, self._shapes.of(part))
        return self._found(self._gates[gate], look).covered


def _needed(program: Program, rule: RuleCode) -> Iterator[tuple[int, Truth]]:
    """The atoms that a rule needs, each with the truth that rules it out."""
    gate = program.gates[rule.when]
    for index in gate.children if gate.kind == "all" else (rule.when,):
        child = program.gates[index]
        if child.kind in ("atom", "not_atom"):
            yield child.index, FALSE if child.kind == "atom" else TRUE


def parted(program: Program, kept: int) -> list[tuple[int, ...]]:
    """The rules of a mask in groups, so that none defeats one of another group."""
    group = {position: [position] for position in range(len(program.rules)) if kept >> position & 1}
    for position in group:
        for other in program.rules[position].defeated_by:
            one, two = group[position], group.get(other, group[position])
            if one is not two:
                one += two
                group.update(dict.fromkeys(two, one))
    return [tuple(sorted(g)) for g in {id(g): g for g in group.values()}.values()]


def bare(
    program: Program, rules: tuple[int, ...], forms: Forms, gate: int | None = None
) -> tuple[Program, tuple[int, ...]]:
    """A program of some rules in force, or of one gate (as what it covers), and the atoms it is about.

    Of the rules nothing is left but what they rest on and what defeats what: no names, days or conditions. Its atoms are
    `a0`, `a1`, …: yes or no.
    """
    place = {old: new for new, old in enumerate(rules)}
    roots = [program.rules[old].when for old in rules] + ([] if gate is None else [gate])
    gates, gate_place, atoms = _gates(program, roots, forms)
    codes = tuple(
        RuleCode(
            "", rule.effect, gate_place[rule.when], defeated_by=tuple(place[d] for d in rule.defeated_by if d in place)
        )
        for rule in (program.rules[old] for old in rules)
    )
    part = Program(
        policy="", atoms=tuple(Atom(f"a{i}", "is_true") for i in range(len(atoms))), gates=gates, rules=codes, provisos=(),
        strata=tuple(place[old] for old in program.strata if old in place), below={}, kinds={},
        covers=None if gate is None else gate_place[gate],
    )  # fmt: skip
    return part, atoms


def cut(program: Program, kept: tuple[int, ...]) -> Program:
    """A program of some of the rules, with only the gates, atoms and provisos they use."""
    place = {old: new for new, old in enumerate(kept)}
    provisos = [p for old in kept for p in program.rules[old].provisos]
    proviso_place = {old: new for new, old in enumerate(provisos)}
    roots = [program.rules[old].when for old in kept]
    roots += [g for p in provisos if (g := program.provisos[p].met_when) is not None]
    roots += [] if program.covers is None else [program.covers]
    gates, gate_place, atoms = _gates(program, roots)

    def moved(rule: RuleCode) -> RuleCode:
        targets = rule.attaches_to
        return replace(
            rule,
            when=gate_place[rule.when],
            defeated_by=tuple(place[d] for d in rule.defeated_by if d in place),
            attaches_to=None if targets is None else tuple(place[t] for t in targets if t in place),
            provisos=tuple(proviso_place[p] for p in rule.provisos),
        )

    return replace(
        program,
        atoms=tuple(program.atoms[a] for a in atoms),
        gates=gates,
        rules=tuple(moved(program.rules[old]) for old in kept),
        provisos=tuple(
            replace(p, rule=place[p.rule], met_when=None if p.met_when is None else gate_place[p.met_when])
            for p in (program.provisos[old] for old in provisos)
        ),
        strata=tuple(place[old] for old in program.strata if old in place),
        covers=None if program.covers is None else gate_place[program.covers],
    )


def _gates(
    program: Program, roots: list[int], forms: Forms | None = None
) -> tuple[tuple[Gate, ...], dict[int, int], tuple[int, ...]]:
    """The gates under some roots, their new positions, and the atoms they use, in order of use; by form if there are forms."""
    gates: list[Gate] = []
    place: dict[int, int] = {}
    atoms: dict[int, int] = {}

    def lay(old: int) -> int:
        if old not in place:
            gate = program.gates[old]
            parts = sorted(gate.children, key=forms.of) if forms else gate.children
            children = tuple(map(lay, parts))
            atom = gate.kind in ("atom", "not_atom")
            gates.append(Gate(gate.kind, atoms.setdefault(gate.index, len(atoms)) if atom else gate.index, children))
            place[old] = len(gates) - 1
        return place[old]

    for root in roots:
        lay(root)
    return tuple(gates), place, tuple(atoms)
