"""The kernel: the program as bit sets indexed by fact value, so that cost follows the facts rather than the rules.

Every condition is brought to a few *products* (conjunctions of literals); a product is a bit. For each value of each
fact there is one mask of the products it makes false and one of those it leaves unknown, worked out when the value is
first met. Or-ing the masks of a case's facts decides all products, and so all rules, at once. Distribution is a law of
Kleene's logic, so the values are those of the gates. A condition with too many products is walked gate by gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .atoms import Values, atom_truth
from .program import Attachment, Evaluation, Gate, Program
from .truth import FALSE, TRUE, UNKNOWN, Truth, negate

MAX_PRODUCTS = 32
MAX_MEMO = 4096

Literal_ = tuple[int, bool]
Masks = tuple[int, int]
_Expanded = dict[int, list[frozenset[Literal_]] | None]


@dataclass(frozen=True, slots=True)
class Planes:
    """Truth values as two bit planes each (surely, unknown), a bit for each rule or proviso by position."""

    applicable: Masks
    effective: Masks
    met: Masks
    covered: Truth
    forbidden: Truth
    permitted_by_some: Truth


class Kernel:
    """Evaluates a program directly, one case in microseconds. Not safe for concurrent first use of one instance."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._roots = [r.when for r in program.rules]
        self._met_roots = [(i, p.met_when) for i, p in enumerate(program.provisos) if p.met_when is not None]
        self._roots += [g for _, g in self._met_roots if g is not None]
        self._covers_root = len(self._roots)
        if program.covers is not None:
            self._roots.append(program.covers)
        self._lay_out()
        self._prepare_defeat()

    # -- products ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        """Give each root a bit; a root with several products owns further bits above the roots'."""
        products: list[frozenset[Literal_] | None] = [None] * len(self._roots)
        self._constant_true = 0
        self._several: list[tuple[int, int]] = []
        self._walked: list[tuple[int, int]] = []
        memo: _Expanded = {}
        for root, gate in enumerate(self._roots):
            found = _products(self.program, gate, memo)
            if found is None:
                self._walked.append((1 << root, gate))
            elif len(found) == 1:
                products[root] = found[0]
            elif found:
                mask = 0
                for product in found:
                    mask |= 1 << len(products)
                    products.append(product)
                self._several.append((1 << root, mask))
        self._all = 0
        groups: dict[tuple[str, str], dict[int, list[Literal_]]] = {}
        for bit, literals in enumerate(products):
            if literals is None:
                continue
            self._all |= 1 << bit
            for atom, sign in sorted(literals):
                spec = self.program.atoms[atom]
                key = (spec.fact, str(spec.operand) if spec.test == "same_as" else "")
                groups.setdefault(key, {}).setdefault(bit, []).append((atom, sign))
        self._groups = [_Group(self.program, key, by_bit) for key, by_bit in sorted(groups.items())]

    def _prepare_defeat(self) -> None:
        rules = self.program.rules
        self._defeats = [
            (1 << i, sum(1 << d for d in rules[i].defeated_by)) for i in self.program.strata if rules[i].defeated_by
        ]
        self._rule_mask = (1 << len(rules)) - 1
        self._forbids = _mask(i for i, r in enumerate(rules) if r.effect == "forbid")
        self._gateways = self.program.gateways()
        self._gateway_mask = _mask(self._gateways)
        self._requires = [i for i, r in enumerate(rules) if r.effect == "require"]
        self._require_mask = _mask(self._requires)
        self._in_force: dict[date, int] = {}

    def planes(self, values: Values, day: date) -> Planes:
        """All truth values as bit planes; what `evaluate` spells out."""
        surely, unknown = self._decide_roots(values, day)
        force = self._in_force.get(day)
        if force is None:
            force = _mask(i for i, r in enumerate(self.program.rules) if r.in_force(day))
            self._in_force[day] = force
        applicable = (surely & force, unknown & force)
        effective = self._defeat(*applicable)
        met_sure = met_unknown = 0
        base = len(self.program.rules)
        for offset, (proviso, _) in enumerate(self._met_roots):
            bit = 1 << (base + offset)
            met_sure |= (1 << proviso) if surely & bit else 0
            met_unknown |= (1 << proviso) if unknown & bit else 0
        covers = 1 << self._covers_root
        covered = FALSE if self.program.covers is None else _truth(surely, unknown, covers)
        return Planes(
            applicable, effective, (met_sure, met_unknown), covered,
            _truth(*effective, self._forbids), _truth(*effective, self._gateway_mask),
        )  # fmt: skip

    def _decide_roots(self, values: Values, day: date) -> Masks:
        false = unknown = 0
        for group in self._groups:
            wrong, open_ = group.masks(values, day)
            false |= wrong
            unknown |= open_
        unknown &= ~false
        surely = self._all & ~(false | unknown)
        for bit, mask in self._several:
            if surely & mask:
                surely |= bit
            elif unknown & mask:
                unknown |= bit
        truths: dict[int, Truth] = {}
        for bit, gate in self._walked:
            truth = walk_gate(self.program, gate, values, day, truths)
            if truth == TRUE:
                surely |= bit
            elif truth == UNKNOWN:
                unknown |= bit
        return surely, unknown

    def _defeat(self, surely: int, unknown: int) -> Masks:
        surely, unknown = surely & self._rule_mask, unknown & self._rule_mask
        for bit, defeaters in self._defeats:
            if not (surely | unknown) & bit:
                continue
            if surely & defeaters:
                surely &= ~bit
                unknown &= ~bit
            elif unknown & defeaters and surely & bit:
                surely &= ~bit
                unknown |= bit
        return surely, unknown

    # -- spelled out ------------------------------------------------------------------------------------------

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """The evaluation of one item: `values` are what is known of it, `day` is the case's `as_of`."""
        planes = self.planes(values, day)
        count = len(self.program.rules)
        return Evaluation(
            _spelled(planes.applicable, count), _spelled(planes.effective, count), planes.forbidden,
            planes.permitted_by_some, planes.covered, self._attachments(planes),
        )  # fmt: skip

    def _attachments(self, planes: Planes) -> tuple[tuple[int, tuple[Attachment, ...]], ...]:
        surely, unknown = planes.effective
        possible = surely | unknown
        requires = [i for i in self._requires if possible >> i & 1] if possible & self._require_mask else []
        rules = self.program.rules
        result = []
        for gateway in self._gateways:
            if not possible >> gateway & 1:
                continue
            found = [(p, TRUE) for p in rules[gateway].provisos]
            for require in requires:
                targets = rules[require].attaches_to
                if targets is None or gateway in targets:
                    attached = _truth(surely, unknown, 1 << require)
                    found += [(p, attached) for p in rules[require].provisos]
            result.append((gateway, tuple(Attachment(p, a, _truth(*planes.met, 1 << p)) for p, a in sorted(found))))
        return tuple(result)

    def verdict(self, values: Values, day: date) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """A decision with its reasons, for callers that need nothing else.

        Returns outcome (`open` where exact completion has to settle it), the ids of the rules it rests on, and the
        ids of the conditions outstanding or contingent on the gateway that has fewest.
        """
        planes = self.planes(values, day)
        surely, unknown = planes.effective
        names = self._names(surely & self._forbids)
        if names:
            return "deny", names, ()
        if planes.forbidden == FALSE and planes.permitted_by_some == TRUE:
            return self._permitted(planes, surely & self._gateway_mask)
        if planes.forbidden == FALSE and planes.permitted_by_some == FALSE and planes.covered != UNKNOWN:
            return ("deny" if planes.covered else "undetermined"), (), ()
        return "open", self._names((surely | unknown) & (self._forbids | self._gateway_mask)), ()

    def _permitted(self, planes: Planes, gateways: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        best: tuple[str, ...] | None = None
        for gateway, attachments in self._attachments(planes):
            if gateways >> gateway & 1:
                left = tuple(self.program.provisos[a.proviso].id for a in attachments if a.met != TRUE)
                if best is None or len(left) < len(best):
                    best = left
        return ("conditions" if best else "allow"), self._names(gateways), best or ()

    def _names(self, mask: int) -> tuple[str, ...]:
        names = []
        while mask:
            low = mask & -mask
            names.append(self.program.rules[low.bit_length() - 1].id)
            mask ^= low
        return tuple(names)


class _Group:
    """The literals of one fact (or one compared pair), and the masks its values have shown so far."""

    __slots__ = ("absent", "by_bit", "daily", "fact", "memo", "other", "program")

    def __init__(self, program: Program, key: tuple[str, str], by_bit: dict[int, list[Literal_]]) -> None:
        self.program = program
        self.fact, self.other = key
        self.by_bit = by_bit
        self.absent = _mask(by_bit)
        self.daily = any(program.atoms[a].operand == "as_of" for literals in by_bit.values() for a, _ in literals)
        self.memo: dict[Any, Masks] = {}

    def masks(self, values: Values, day: date) -> Masks:
        value = values.get(self.fact)
        if value is None:
            return 0, self.absent
        key: Any = value
        if self.other or self.daily:
            key = (value, values.get(self.other), day if self.daily else None)
        found = self.memo.get(key)
        if found is None:
            found = self._work_out(values, day)
            if len(self.memo) >= MAX_MEMO:
                self.memo.clear()
            self.memo[key] = found
        return found

    def _work_out(self, values: Values, day: date) -> Masks:
        truths: dict[int, Truth] = {}
        false = unknown = 0
        for bit, literals in self.by_bit.items():
            least: int = TRUE
            for atom, sign in literals:
                if atom not in truths:
                    truths[atom] = atom_truth(self.program.atoms[atom], values, day, self.program)
                truth = truths[atom] if sign else 2 - truths[atom]
                least = min(least, truth)
            if least == FALSE:
                false |= 1 << bit
            elif least == UNKNOWN:
                unknown |= 1 << bit
        return false, unknown


def _mask(bits: Iterable[int]) -> int:
    result = 0
    for bit in bits:
        result |= 1 << bit
    return result


def _truth(surely: int, unknown: int, mask: int) -> Truth:
    return TRUE if surely & mask else UNKNOWN if unknown & mask else FALSE


def _spelled(planes: Masks, count: int) -> tuple[int, ...]:
    surely, unknown = planes
    return tuple(2 if surely >> i & 1 else 1 if unknown >> i & 1 else 0 for i in range(count))


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


def walk_gate(program: Program, root: int, values: Values, day: date, memo: dict[int, Truth] | None = None) -> Truth:
    """The truth of one gate, walked from the root; stops as soon as the answer is fixed.

    Gates are shared, so each is walked once: a `memo` may be passed to several walks over the same values and day.
    """
    memo = {} if memo is None else memo
    if root not in memo:
        memo[root] = _walked(program, root, values, day, memo)
    return memo[root]


def _walked(program: Program, root: int, values: Values, day: date, memo: dict[int, Truth]) -> Truth:
    gate = program.gates[root]
    if gate.kind == "constant":
        return TRUE if gate.index == TRUE else FALSE
    if gate.kind in ("atom", "not_atom"):
        truth = atom_truth(program.atoms[gate.index], values, day, program)
        return truth if gate.kind == "atom" else negate(truth)
    stop, result = (FALSE, TRUE) if gate.kind == "all" else (TRUE, FALSE)
    for child in gate.children:
        truth = walk_gate(program, child, values, day, memo)
        if truth == stop:
            return stop
        if truth == UNKNOWN:
            result = UNKNOWN
    return result
