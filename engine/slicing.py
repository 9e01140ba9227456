"""The part of a program that a case can reach, so that the inference engine is built for tens of rules, not hundreds.

A rule is left out only where one look suffices to see that it cannot apply: it is not in force, or an atom that must hold
for it is false. That look is taken here, apart from the kernel, so the comparison of engines still covers every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from .atoms import Values, atom_truth
from .program import Attachment, Evaluation, Gate, Program, RuleCode
from .truth import FALSE, TRUE, Truth

MAX_SLICES = 64


class Engine(Protocol):
    """Anything that evaluates a program for one item."""

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """The evaluation of one item on one day."""
        ...


class Sliced:
    """An engine for a program, made of engines for its slices; each slice's engine is built when first needed."""

    def __init__(self, program: Program, make: Callable[[Program], Engine]) -> None:
        self.program = program
        self._make = make
        self._engines: dict[tuple[int, ...], Engine] = {}

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """The evaluation of one item, of all rules: those left out do not apply."""
        kept = reachable(self.program, values, day)
        engine = self._engines.get(kept)
        if engine is None:
            if len(self._engines) >= MAX_SLICES:
                self._engines.clear()
            engine = self._engines[kept] = self._make(cut(self.program, kept))
        return widened(engine.evaluate(values, day), self.program, kept)


def reachable(program: Program, values: Values, day: date) -> tuple[int, ...]:
    """The positions of the rules that one look does not rule out."""
    truths: dict[int, Truth] = {}

    def fails(index: int) -> bool:
        gate = program.gates[index]
        if gate.kind not in ("atom", "not_atom"):
            return gate.kind == "constant" and gate.index == FALSE
        if gate.index not in truths:
            truths[gate.index] = atom_truth(program.atoms[gate.index], values, day, program)
        return truths[gate.index] == (FALSE if gate.kind == "atom" else TRUE)

    def out(rule: RuleCode) -> bool:
        gate = program.gates[rule.when]
        return not rule.in_force(day) or any(map(fails, gate.children if gate.kind == "all" else (rule.when,)))

    return tuple(i for i, rule in enumerate(program.rules) if not out(rule))


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


def _gates(program: Program, roots: list[int]) -> tuple[tuple[Gate, ...], Mapping[int, int], list[int]]:
    """The gates under some roots in their old order, their new positions, and the atoms they use."""
    used: set[int] = set()
    todo = list(roots)
    while todo:
        index = todo.pop()
        if index not in used:
            used.add(index)
            todo.extend(program.gates[index].children)
    order = sorted(used)
    place = {old: new for new, old in enumerate(order)}
    atoms = sorted({g.index for g in (program.gates[i] for i in order) if g.kind in ("atom", "not_atom")})
    atom_place = {old: new for new, old in enumerate(atoms)}
    gates = tuple(
        replace(
            gate,
            index=atom_place[gate.index] if gate.kind in ("atom", "not_atom") else gate.index,
            children=tuple(place[c] for c in gate.children),
        )
        for gate in (program.gates[i] for i in order)
    )
    return gates, place, atoms


def widened(part: Evaluation, program: Program, kept: tuple[int, ...]) -> Evaluation:
    """A slice's evaluation as one of the whole program."""
    applicable, effective = [FALSE] * len(program.rules), [FALSE] * len(program.rules)
    for new, old in enumerate(kept):
        applicable[old], effective[old] = part.applicable[new], part.effective[new]  # type: ignore[call-overload]
    provisos = [p for old in kept for p in program.rules[old].provisos]
    attachments = [
        (
            kept[gateway],
            tuple(sorted((Attachment(provisos[a.proviso], a.attached, a.met) for a in found), key=_position)),
        )
        for gateway, found in part.attachments
    ]
    return replace(
        part,
        applicable=tuple(applicable),
        effective=tuple(effective),
        attachments=tuple(sorted(attachments, key=lambda a: a[0])),
    )


def _position(attachment: Attachment) -> int:
    return attachment.proviso
