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
        """Give each root a bit. A root with several products owns a field of bits above the roots', and a guard bit on top.

        Adding a field's worth of ones to it carries into the guard exactly when some product holds: one addition decides
        all such roots.
        """
        products: dict[int, frozenset[Literal_]] = {}
        memo: _Expanded = {}
        self._walked: list[tuple[int, int]] = []
        self._guards = self._ones = 0
        self._guarded: dict[int, int] = {}
        top = len(self._roots)
        for root, gate in enumerate(self._roots):
            found = _products(self.program, gate, memo)
            if found is None:
                self._walked.append((1 << root, gate))
            elif len(found) == 1:
                products[root] = found[0]
            elif found:
                products.update({top + i: product for i, product in enumerate(found)})
                self._ones |= ((1 << len(found)) - 1) << top
                top += len(found)
                self._guards |= 1 << top
                self._guarded[top] = 1 << root
                top += 1
        self._all = _mask(products)
        self._width = top
        self._fields = self._ones
        groups: dict[tuple[str, str], dict[int, list[Literal_]]] = {}
        for bit, literals in products.items():
            for atom, sign in sorted(literals):
                spec = self.program.atoms[atom]
                key = (spec.fact, str(spec.operand) if spec.test == "same_as" else "")
                groups.setdefault(key, {}).setdefault(bit, []).append((atom, sign))
        made = [_Group(self.program, key, by_bit, top) for key, by_bit in sorted(groups.items())]
        self._plain = [(g.fact, g.memo, g.absent, g) for g in made if not (g.other or g.daily)]
        self._joint = [g for g in made if g.other or g.daily]

    def _prepare_defeat(self) -> None:
        rules = self.program.rules
        self._ids = [r.id for r in rules]
        self._defeats = [
            (1 << i, sum(1 << d for d in rules[i].defeated_by)) for i in self.program.strata if rules[i].defeated_by
        ]
        self._rule_mask = (1 << len(rules)) - 1
        self._forbids = _mask(i for i, r in enumerate(rules) if r.effect == "forbid")
        self._gateways = self.program.gateways()
        self._gateway_mask = _mask(self._gateways)
        self._requires = [i for i, r in enumerate(rules) if r.effect == "require"]
        self._require_mask = _mask(self._requires)
        self._met_mask = (1 << len(self._met_roots)) - 1
        self._in_force: dict[date, int] = {}

    def planes(self, values: Values, day: date) -> Planes:
        """All truth values as bit planes; what `evaluate` spells out."""
        surely, unknown = self._decide_roots(values, day)
        force = self._force(day)
        applicable = (surely & force, unknown & force)
        effective = self._defeat(*applicable)
        covers = 1 << self._covers_root
        covered = FALSE if self.program.covers is None else _truth(surely, unknown, covers)
        return Planes(
            applicable, effective, (self._met(surely), self._met(unknown)), covered,
            _truth(*effective, self._forbids), _truth(*effective, self._gateway_mask),
        )  # fmt: skip

    def _force(self, day: date) -> int:
        """The rules in force on a day."""
        force = self._in_force.get(day)
        if force is None:
            force = self._in_force[day] = _mask(i for i, r in enumerate(self.program.rules) if r.in_force(day))
        return force

    def _met(self, roots: int) -> int:
        """The conditions whose roots are among those given."""
        return _mask(self._met_roots[bit][0] for bit in _bits(roots >> len(self.program.rules) & self._met_mask))

    def _decide_roots(self, values: Values, day: date) -> Masks:
        # false and unknown travel in one integer, the unknown above `width`
        found = 0
        get = values.get
        for fact, memo, absent, group in self._plain:
            value = get(fact)
            if value is None:
                found |= absent
            else:
                masks = memo.get(value)
                found |= group.masks(values, day) if masks is None else masks
        for group in self._joint:
            found |= group.masks(values, day)
        unknown = found >> self._width
        surely = self._all & ~(found | unknown)
        unknown &= ~found
        hits = (surely & self._fields) + self._ones & self._guards
        perhaps = ((unknown & self._fields) + self._ones & self._guards & ~hits) if unknown else 0
        if hits:
            surely |= self._owners(hits)
        if perhaps:
            unknown |= self._owners(perhaps)
        for bit, gate in self._walked:
            truth = walk_gate(self.program, gate, values, day)
            if truth == TRUE:
                surely |= bit
            elif truth == UNKNOWN:
                unknown |= bit
        return surely, unknown

    def _owners(self, guards: int) -> int:
        """The roots whose guard bits are given."""
        result = 0
        for bit in _bits(guards):
            result |= self._guarded[bit]
        return result

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
        roots, open_roots = self._decide_roots(values, day)
        force = self._force(day)
        surely, unknown = self._defeat(roots & force, open_roots & force)
        if surely & self._forbids:
            return "deny", self._names(surely & self._forbids), ()
        prohibited, permitted = unknown & self._forbids, surely & self._gateway_mask
        if permitted and not prohibited:
            return self._permitted((surely, unknown), roots, permitted)
        covers = 1 << self._covers_root
        if not prohibited and not unknown & self._gateway_mask and not open_roots & covers:
            return ("deny" if self.program.covers is not None and roots & covers else "undetermined"), (), ()
        return "open", self._names((surely | unknown) & (self._forbids | self._gateway_mask)), ()

    def _permitted(self, effective: Masks, roots: int, gateways: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        names = self._names(gateways)
        if not self.program.provisos:
            return "allow", names, ()
        planes = Planes(effective, effective, (self._met(roots), 0), FALSE, FALSE, TRUE)
        best: tuple[str, ...] | None = None
        for gateway, attachments in self._attachments(planes):
            if gateways >> gateway & 1:
                left = tuple(self.program.provisos[a.proviso].id for a in attachments if a.met != TRUE)
                if best is None or len(left) < len(best):
                    best = left
        return ("conditions" if best else "allow"), names, best or ()

    def _names(self, mask: int) -> tuple[str, ...]:
        return tuple([self._ids[bit] for bit in _bits(mask)])


class _Group:
    """The literals of one fact (or one compared pair), and the masks its values have shown so far."""

    __slots__ = ("absent", "by_bit", "daily", "fact", "memo", "other", "program", "width")

    def __init__(self, program: Program, key: tuple[str, str], by_bit: dict[int, list[Literal_]], width: int) -> None:
        self.program = program
        self.fact, self.other = key
        self.by_bit = by_bit
        self.width = width
        self.absent = _mask(by_bit) << width
        self.daily = any(program.atoms[a].operand == "as_of" for literals in by_bit.values() for a, _ in literals)
        self.memo: dict[Any, int] = {}

    def masks(self, values: Values, day: date) -> int:
        """The products that the fact makes false, and above `width` those it leaves unknown."""
        value = values.get(self.fact)
        if value is None:
            return self.absent
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

    def _work_out(self, values: Values, day: date) -> int:
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
        return false | unknown << self.width


def _bits(mask: int) -> list[int]:
    """The positions of a mask's bits, lowest first. Its digits are searched: each step on a wide integer costs its width."""
    digits = bin(mask)[:1:-1]
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


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
