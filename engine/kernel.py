"""The kernel: the program as bit sets indexed by fact value, so that cost follows the facts rather than the rules.

Every condition has a bit in one wide integer (`layout.py`). For each value of each fact there is a mask of the products it
makes false and of those it leaves unknown, worked out when the value is first met. Or-ing the masks of a case's facts
decides all conditions, and so all rules, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from .atoms import Values, atom_truth
from .layout import lay_out, mask_of
from .program import Attachment, Evaluation, Program
from .truth import FALSE, TRUE, UNKNOWN, Truth, negate

Planes = tuple[int, int]
"""Truth values in two masks: the conditions surely true, and those unknown."""

_Thing = TypeVar("_Thing")
_SEGMENT = {"forbid": 0, "permit": 1, "oblige": 1}
_AS_NUMBERS = bytes.maketrans(b"012", bytes((FALSE, UNKNOWN, TRUE)))
_attachment = cache(Attachment)


class Kernel:
    """Evaluates a program directly, one case in microseconds. Not safe for concurrent first use of one instance."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._lay_out()
        self._prepare_rules()

    def _lay_out(self) -> None:
        """Give a bit to every rule, to every condition that can be met, and to what is covered.

        Forbids lie lowest, then gateways: masks of what decides most often are narrow. Within a segment the first rule
        lies highest, so that reading a mask from the top gives the order of the rules.
        """
        program, count = self.program, len(self.program.rules)
        met = [i for i, p in enumerate(program.provisos) if p.met_when is not None]
        roots = [r.when for r in program.rules] + [p.met_when for p in program.provisos if p.met_when is not None]
        roots += [] if program.covers is None else [program.covers]
        segment = [_SEGMENT.get(r.effect, 2) for r in program.rules] + [3] * (len(roots) - count)
        layout = lay_out(program, roots, sorted(range(len(roots)), key=lambda root: (segment[root], -root)))
        bits = [1 << at for at in layout.bits]
        self._bits = bits[:count]
        self._met_bits = [0] * len(program.provisos)
        for root, proviso in enumerate(met, count):
            self._met_bits[proviso] = bits[root]
        self._covers = 0 if program.covers is None else bits[-1]
        self._every_bit = mask_of(layout.bits) | layout.parts
        self._top, self._width, self._composed = layout.top, layout.width, layout.composed
        self._low = (1 << layout.width) - 1
        plain = [t for t in layout.tables if not (t.other or t.daily)]
        self._masks = {t.fact: t.masks for t in plain}
        self._tables = [(t.fact, t.masks, t.absent, t) for t in plain]
        self._paired = [t for t in layout.tables if t.other or t.daily]
        self._rule_at = {at + 1: rule for rule, at in enumerate(layout.bits[:count])}
        self._id_at = {at: program.rules[rule].id for at, rule in self._rule_at.items()}
        self._row = _picking([layout.width - 1 - at for at in layout.bits[:count]])

    def _prepare_rules(self) -> None:
        rules, bits = self.program.rules, self._bits

        def all_of(chosen: Iterable[int]) -> int:
            return sum(bits[rule] for rule in set(chosen))

        strata = [rule for rule in self.program.strata if rules[rule].defeated_by]
        self._defeats = [(bits[rule], all_of(rules[rule].defeated_by)) for rule in strata]
        self._defeated = all_of(strata)
        self._defeaters = all_of(other for rule in strata for other in rules[rule].defeated_by)
        self._forbids = all_of(i for i, r in enumerate(rules) if r.effect == "forbid")
        self._gateways = all_of(self.program.gateways())
        self._requires = all_of(i for i, r in enumerate(rules) if r.effect == "require")
        self._in_force: dict[date, int] = {}

    # -- truth values -----------------------------------------------------------------------------------------

    def _decide(self, values: Values, day: date) -> Planes:
        """All conditions; those of rules that are not in force on the day are false."""
        found, unknown = self._looked_up(values)
        for table in self._paired:
            second = values.get(table.other) if table.other else day
            found |= table.mask((values.get(table.fact), second))
        force = self._in_force.get(day) or self._force(day)
        unknown |= found >> self._width
        if not unknown:
            return self._holding(found, force), 0
        failing = found & self._low
        surely, possibly = self._holding(failing | unknown, force), self._holding(failing, force)
        return surely, possibly ^ surely

    def _looked_up(self, values: Values) -> Planes:
        """What a case's values say, as in `Table.masks`, and the products that facts without a value leave unknown."""
        found, masks = 0, self._masks
        if len(values) == len(masks):
            # most likely all facts and no others: the case is then read in its own order, that of memory, and asked nothing;
            # at another fact, or a value not met before, it is read the long way, and what was read so far still stands
            try:
                for fact, value in values.items():
                    found |= masks[fact][value]
            except KeyError:
                pass
            else:
                return found, 0
        unknown, get = 0, values.get
        for fact, met_before, absent, table in self._tables:
            value = get(fact)
            if value is None:
                unknown |= absent
            else:
                mask = met_before.get(value)
                found |= table.mask(value) if mask is None else mask
        return found, unknown

    def _force(self, day: date) -> int:
        """Every bit but those of rules that are not in force on a day."""
        ended = sum(bit for bit, rule in zip(self._bits, self.program.rules, strict=True) if not rule.in_force(day))
        self._in_force[day] = self._every_bit ^ ended
        return self._in_force[day]

    def _holding(self, failing: int, force: int) -> int:
        """The conditions that hold when just these products fail."""
        holding = self._top - failing & force
        for composed in self._composed:
            parts = holding & composed.parts
            if parts == composed.parts if composed.every else parts:
                holding |= composed.bit & force
        return holding

    def _defeat(self, surely: int, unknown: int) -> Planes:
        possibly = surely | unknown
        if not (possibly & self._defeated and possibly & self._defeaters):
            return surely, unknown
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
        applicable = self._decide(values, day)
        effective = self._defeat(*applicable)
        spelled = self._spelled(*applicable)
        return Evaluation(
            spelled, spelled if effective == applicable else self._spelled(*effective), _truth(*effective, self._forbids),
            _truth(*effective, self._gateways), _truth(*effective, self._covers),
            tuple(self._attachments(*effective, (effective[0] | effective[1]) & self._gateways)),
        )  # fmt: skip

    def _spelled(self, surely: int, unknown: int) -> tuple[int, ...]:
        """Truth values by rule. A mask's binary digits, read as hexadecimal ones, leave room to be doubled and added up."""
        both = 2 * int(f"{surely:b}", 16) + int(f"{unknown:b}", 16)
        return self._row(f"{both:0{self._width}x}".encode().translate(_AS_NUMBERS))

    def _attachments(self, surely: int, unknown: int, gateways: int) -> list[tuple[int, tuple[Attachment, ...]]]:
        """What some gateways carry, their own provisos and those of the `require` rules that may apply."""
        rules = self.program.rules

        def carried(rule: int, attached: Truth) -> list[tuple[int, Attachment]]:
            met = self._met_bits
            return [(p, _attachment(p, attached, _truth(surely, unknown, met[p]))) for p in rules[rule].provisos]

        requires = [
            (rules[rule].attaches_to, carried(rule, _truth(surely, unknown, self._bits[rule])))
            for rule in _from_top((surely | unknown) & self._requires, self._rule_at)
        ] if gateways else []  # fmt: skip
        result = []
        for gateway in _from_top(gateways, self._rule_at):
            found = carried(gateway, TRUE)
            for targets, provisos in requires:
                if targets is None or gateway in targets:
                    found += provisos
            result.append((gateway, tuple([attachment for _, attachment in sorted(found)])))
        return result

    # -- a verdict --------------------------------------------------------------------------------------------

    def verdict(self, values: Values, day: date) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """A decision with its reasons, for callers that need nothing else.

        Returns outcome (`open` where exact completion has to settle it), the ids of the rules it rests on, and the
        ids of the conditions outstanding or contingent on the gateway that has fewest.
        """
        surely, unknown = self._defeat(*self._decide(values, day))
        forbidden = surely & self._forbids
        if forbidden:
            return "deny", tuple(_from_top(forbidden, self._id_at)), ()
        prohibited, permitted = unknown & self._forbids, surely & self._gateways
        if permitted and not prohibited:
            left = self._fewest_left(surely, unknown, permitted) if self.program.provisos else ()
            return ("conditions" if left else "allow"), tuple(_from_top(permitted, self._id_at)), left
        if not prohibited and not unknown & (self._gateways | self._covers):
            return ("deny" if surely & self._covers else "undetermined"), (), ()
        rests_on = _from_top((surely | unknown) & (self._forbids | self._gateways), self._rule_at)
        return "open", tuple([self.program.rules[rule].id for rule in sorted(rests_on)]), ()

    def _fewest_left(self, surely: int, unknown: int, gateways: int) -> tuple[str, ...]:
        """The conditions not known to be met, of the first gateway that has fewest."""
        provisos = self.program.provisos
        carried = (attachments for _, attachments in self._attachments(surely, unknown, gateways))
        return min((tuple([provisos[a.proviso].id for a in row if a.met != TRUE]) for row in carried), key=len)


def _from_top(mask: int, things: Mapping[int, _Thing]) -> list[_Thing]:
    """What a mask's bits stand for, highest first; `things` are by position, counted from one."""
    found = []
    while mask:
        at = mask.bit_length()
        found.append(things[at])
        mask ^= 1 << at - 1
    return found


def _picking(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that takes the items at some keys, together; `itemgetter` gives a tuple from two on."""
    return itemgetter(*keys) if len(keys) > 1 else lambda source: tuple([source[key] for key in keys])


def _truth(surely: int, unknown: int, mask: int) -> Truth:
    return TRUE if surely & mask else UNKNOWN if unknown & mask else FALSE


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
