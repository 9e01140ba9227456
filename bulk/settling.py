"""Cases that stay open after Kleene's evaluation are settled exactly, by `engine.settle`, once for each pattern.

What settlement depends on is the part of the program that is still unknown, seen from the rules that bear on the outcome:
which gates are open, which rules matter, and what is known of the facts in the open atoms (a general value, a party, the
day). Those bits and codes are the pattern; cases that share it share the settlement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.lookup import JURISDICTION_OF, RegistryDomain
from ..engine.program import Evaluation
from ..engine.settle import Settled, settle
from ..engine.truth import FALSE, TRUE, UNKNOWN
from ..rules.policy import DECIDING
from .columns import DAY, Coded, Columns
from .evaluate import Evaluated, Evaluator
from .planes import Bytes, Ints, Pair, Plane, distinct, empty, padded, rows, spread, words_of

MAX_PATTERNS = 200_000


@dataclass
class Settler:
    """Settles open cases; remembers patterns from call to call.

    `found` are the settlements met so far, `cases` and `computed` count the cases settled and the patterns worked out.
    """

    evaluator: Evaluator
    domain: RegistryDomain
    found: list[Settled] = field(default_factory=list)
    cases: int = 0
    computed: int = 0
    _by_pattern: dict[bytes, int] = field(default_factory=dict)
    _ids: dict[Settled, int] = field(default_factory=dict)
    _numbers: dict[str, dict[Any, int]] = field(default_factory=dict)

    def settle(self, columns: Columns) -> Ints:
        """For each of some open cases the position of its settlement in `found`."""
        evaluated = self.evaluator.evaluate(columns, keep=True)
        patterns = self._patterns(columns, evaluated)
        first, which = distinct(words_of(patterns), columns.count)
        if len(self._by_pattern) > MAX_PATTERNS:
            self._by_pattern.clear()
        ids = np.zeros(len(first), np.int32)
        for position, case in enumerate(first.tolist()):
            key = patterns[case].tobytes()
            known = self._by_pattern.get(key)
            if known is None:
                known = self._by_pattern[key] = self._number(self._one(columns, evaluated, case))
            ids[position] = known
        self.cases += columns.count
        return ids[which]

    def _number(self, settled: Settled) -> int:
        if settled not in self._ids:
            self._ids[settled] = len(self.found)
            self.found.append(settled)
        return self._ids[settled]

    def _one(self, columns: Columns, evaluated: Evaluated[Plane], case: int) -> Settled:
        self.computed += 1
        values, day = columns.row(case)
        return settle(self.evaluator.program, values, day, evaluation_of(evaluated, case), self.domain)

    # -- patterns ---------------------------------------------------------------------------------------------

    def _patterns(self, columns: Columns, evaluated: Evaluated[Plane]) -> Bytes:
        """A row of bytes for each case: what its settlement depends on, and nothing else."""
        whole = padded(columns.count)
        relevant = self._relevant(evaluated, whole)
        region = self._region(evaluated, relevant, whole)
        program = self.evaluator.program
        surely = [relevant[r] & evaluated.gates[program.rules[r].when].sure for r in sorted(relevant)]
        covered = [evaluated.covered.sure] if program.covers is not None else []
        kinds = ("all", "any", "atom", "not_atom")
        bits = [region[g] for g in sorted(region) if program.gates[g].kind in kinds]
        table = rows([*(relevant[r] for r in sorted(relevant)), *surely, *covered, *bits], columns.count)
        parts = [table]
        for name, plane in sorted(self._watched(region, whole).items()):
            open_here = spread(plane, columns.count)
            codes = np.where(open_here, self._stable(name, columns.get(name)), 0).astype(np.uint32)
            parts.append(codes[:, None].view(np.uint8).reshape(columns.count, 4))
        return np.concatenate(parts, axis=1)

    def _stable(self, name: str, column: Coded) -> Ints:
        """The codes of a column as numbers that mean the same in every call; leaves alike in all but name stay apart."""
        numbers = self._numbers.setdefault(name, {None: 0})
        table = np.array([numbers.setdefault(v, len(numbers)) for v in column.values], np.uint32)
        return table[column.codes]

    def _relevant(self, evaluated: Evaluated[Plane], whole: int) -> dict[int, Plane]:
        """Where each rule bears on the outcome: gateways and prohibitions not shut, and what may defeat those."""
        rules = self.evaluator.program.rules
        planes: dict[int, Plane] = {}
        for index in reversed(self.evaluator.program.strata):
            plane = planes.get(index, empty(whole))
            if rules[index].effect in DECIDING:
                plane = plane | evaluated.effective[index].possible
            plane = plane & evaluated.applicable[index].possible
            planes[index] = plane
            for defeater in rules[index].defeated_by:
                planes[defeater] = planes[defeater] | plane if defeater in planes else plane
        return planes

    def _region(self, evaluated: Evaluated[Plane], relevant: dict[int, Plane], whole: int) -> dict[int, Plane]:
        """Where each gate is open and reached from a relevant rule, or from the claim of coverage, through open gates."""
        program = self.evaluator.program
        region: dict[int, Plane] = {}
        for index, plane in relevant.items():
            root = program.rules[index].when
            region[root] = region[root] | plane if root in region else plane
        if program.covers is not None:
            region[program.covers] = np.full(whole // 64, np.uint64(0xFFFFFFFFFFFFFFFF))
        for index in sorted(self.evaluator.reached, reverse=True):
            if index not in region:
                continue
            value = evaluated.gates[index]
            region[index] = region[index] & _unknown(value)
            for child in program.gates[index].children:
                region[child] = region[child] | region[index] if child in region else region[index]
        return region

    def _watched(self, region: dict[int, Plane], whole: int) -> dict[str, Plane]:
        """The columns that open atoms depend on, each with where they do."""
        program = self.evaluator.program
        watched: dict[str, Plane] = {}
        for index, plane in region.items():
            gate = program.gates[index]
            if gate.kind not in ("atom", "not_atom"):
                continue
            atom = program.atoms[gate.index]
            names = [*atom.facts, *([DAY] if atom.operand == "as_of" else [])]
            for fact in atom.facts:
                known = self.domain.vocabulary.facts.get(fact)
                if known is not None and known.registry is not None:
                    names += [*JURISDICTION_OF.values(), DAY]
            for name in names:
                watched[name] = watched[name] | plane if name in watched else plane
        return watched


def _unknown(value: Pair[Plane]) -> Plane:
    return value.possible & ~value.sure


def evaluation_of(evaluated: Evaluated[Plane], case: int) -> Evaluation:
    """One case's evaluation, as the kernel spells it out; attachments are left out, settlement does not need them."""
    word, bit = divmod(case, 64)

    def truth(pair: Pair[Plane]) -> int:
        if int(pair.sure[word]) >> bit & 1:
            return TRUE
        return UNKNOWN if int(pair.possible[word]) >> bit & 1 else FALSE

    return Evaluation(
        tuple(truth(p) for p in evaluated.applicable), tuple(truth(p) for p in evaluated.effective), truth(evaluated.forbidden),
        truth(evaluated.permitted_by_some), truth(evaluated.covered), (),
    )  # fmt: skip
