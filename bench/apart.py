"""Cases that tell a law from a changed one, found on decision diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from ..engine.bundle import Bundle
from ..engine.program import Program
from ..rules.policy import DECIDING, GATEWAYS
from .sketch import Sketch
from .space import Space, Spaces, TooWide

MOST_DAYS = 12


class TooMany(Exception):
    """The diagrams outgrew their budget: whether the two differ is left open."""


def tell_apart(law: Spaces, other: Bundle, day: date, *, anywhere: bool = False) -> Iterator[tuple[Sketch, bool]]:
    """Cases on which two laws (of the same rules in the same order) may answer differently; none if they never do.

    With each, whether the difference must show in the answer, or may be hidden by a prohibition. `anywhere` looks at the two
    as layers of any law: an obligation laid on whatever is permitted counts as seen, though nothing here is permitted.

    Raises:
        TooMany: that cannot be settled.
    """
    question = _Question(law.law.program, other.program, anywhere=anywhere)
    days = question.days(day)
    unsettled = len(days) > MOST_DAYS
    for when in days[:MOST_DAYS]:
        for registered in (True, False):
            for strict in (False, True):
                differ = False
                try:
                    for found in question.ask(law, when, registered=registered, strict=strict):
                        differ = True
                        yield found, strict
                except TooWide:
                    unsettled = True
                    break
                if not differ:
                    break
    if unsettled:
        raise TooMany


class _Question:
    def __init__(self, law: Program, other: Program, *, anywhere: bool) -> None:
        self.pair = (law, other)
        self.anywhere = anywhere
        pairs = list(zip(law.rules, other.rules, strict=True))
        self.changed = [i for i, (old, new) in enumerate(pairs) if old != new]
        self.affected = self._below(self.changed)
        involved = self._above(self.affected)
        effects = {law.rules[i].effect for i in self.affected} | {other.rules[i].effect for i in self.changed}
        self.sees_all = bool(effects & {*GATEWAYS, "require", "disapply"}) or law.covers != other.covers
        self.involved = involved

    def _below(self, rules: list[int]) -> list[int]:
        """Rules, and all that they may take out of application."""
        found = set(rules)
        while True:
            more = {
                i for p in self.pair for i, r in enumerate(p.rules) if i not in found and found.intersection(r.defeated_by)
            }  # fmt: skip
            if not more:
                return sorted(found)
            found |= more

    def _above(self, rules: list[int]) -> set[int]:
        """Rules, and all that may take them out of application."""
        found: set[int] = set()
        todo = list(rules)
        while todo:
            rule = todo.pop()
            if rule not in found:
                found.add(rule)
                todo += [d for p in self.pair for d in p.rules[rule].defeated_by]
        return found

    def days(self, day: date) -> list[date]:
        """Days to look at: the given one, and each on which a rule involved begins or has ended."""
        one = timedelta(days=1)
        found = [day]
        for program in self.pair:
            for rule in sorted(self.involved):
                code = program.rules[rule]
                found += [
                    d for d in (code.start, code.start and code.start - one, code.end, code.end and code.end + one) if d
                ]
        unique = list(dict.fromkeys(found))
        return [d for d in unique if self._could(d)]

    def _could(self, day: date) -> bool:
        """Whether a changed rule is in force on a day, in one law or the other."""
        return not self.changed or any(p.rules[i].in_force(day) for p in self.pair for i in self.changed)

    def ask(self, law: Spaces, day: date, *, registered: bool, strict: bool) -> Iterator[Sketch]:
        """Cases that tell them apart on a day; `strict` counts only what no prohibition hides.

        The first has the fewest facts. It may leave open what differs whichever way a fact turns out: a condition and its
        negation are never the same, and neither is known. So further ones settle each difference one way, then the other.
        """
        space, parts = self._told(law, day, registered=registered, strict=strict)
        values, _ = law.base(day, registered=registered)
        for node in dict.fromkeys([space.some(parts), *parts]):
            facts = space.case(node)
            if facts is not None:
                yield Sketch.of({**_own(values), **facts}, day)

    def _told(self, law: Spaces, day: date, *, registered: bool, strict: bool) -> tuple[Space, list[int]]:
        """Where the two differ: in the space that the law's other mutants share, or in a smaller one of their own."""
        common = law.beside(self.pair[1], day, registered=registered)
        if common is not None:
            with suppress(TooWide):
                return common, self._differences(common, strict)
        rules = self._rules(strict)
        gates = [self._gates(program, rules) for program in self.pair]
        values, domain = law.base(day, registered=registered)
        own = Space(self.pair, gates, values, day, domain)
        return own, self._differences(own, strict)

    def _rules(self, strict: bool) -> set[int]:
        """The rules whose conditions the question needs."""
        if not (strict and self.sees_all):
            needed = set(self.affected)
        else:
            needed = {i for i, r in enumerate(self.pair[0].rules) if r.effect in DECIDING} | set(self.affected)
        for program in self.pair:
            for i in self.affected:
                rule = program.rules[i]
                if rule.effect == "require":
                    needed |= set(self._gateways(program, i))
                if rule.effect == "disapply":
                    needed |= {t for t, r in enumerate(program.rules) if i in r.defeated_by}
        return self._above(sorted(needed))

    def _gates(self, program: Program, rules: set[int]) -> list[int]:
        gates = [program.rules[i].when for i in sorted(rules)]
        return gates if program.covers is None else [*gates, program.covers]

    @staticmethod
    def _gateways(program: Program, rule: int) -> list[int]:
        """The gateways that a `require` attaches to."""
        targets = program.rules[rule].attaches_to
        return list(program.gateways() if targets is None else targets)

    def _differences(self, space: Space, strict: bool) -> list[int]:
        """Where the two laws can be seen to differ: for each rule affected, and for what is covered, one way and the other."""
        parts = [node for rule in self.affected for node in self._visible(space, rule, strict)]
        law, other = self.pair
        if law.covers is not None and other.covers is not None and law.covers != other.covers:
            before, after = space.gate(law.covers, 0), space.gate(other.covers, 1)
            sides = _sides(space, before, after)
            parts += [space.where_none(side, DECIDING) for side in sides] if strict else sides
        return parts

    def _visible(self, space: Space, rule: int, strict: bool) -> list[int]:
        """Where the two laws can be seen to treat a rule differently, one way and the other."""
        old, new = self.pair[0].rules[rule], self.pair[1].rules[rule]
        before, after = space.effective(rule, 0), space.effective(rule, 1)
        sides = _sides(space, before, after)
        if old.effect != new.effect:
            sides = [before, after]
        elif old.provisos != new.provisos:
            sides = [before]
        shown = self._shown(space, rule)
        hidden = old.effect in ("permit", "require") or old.provisos != new.provisos
        if strict and hidden and new.effect != "forbid":
            shown = space.without(shown, space.some_effective(("forbid",)))
        return [space.every([side, shown]) for side in sides]

    def _shown(self, space: Space, rule: int) -> int:
        """Where an answer names a rule that is effective."""
        law = self.pair[0].rules[rule]
        if law.effect == "disapply":
            # beside the gateway or ban that it takes out; an obligation or advice that it takes out just goes missing
            targets = {
                t for p in self.pair for t, r in enumerate(p.rules) if rule in r.defeated_by and r.effect in DECIDING
            }
            return space.some([space.applicable(t, 0) for t in sorted(targets)])
        if law.effect == "require" and not (self.anywhere and law.attaches_to is None):
            return space.some([space.effective(g, 0) for g in self._gateways(self.pair[0], rule)])
        return 1


def _sides(space: Space, before: int, after: int) -> list[int]:
    """Where something is so before and not after, and the other way."""
    return [] if before == after else [space.without(before, after), space.without(after, before)]


def _own(values: dict[str, object]) -> dict[str, object]:
    """What a case has to state of the base: whose law it is. The registry answers the rest itself."""
    return {"sender.jurisdiction": values["sender.jurisdiction"]}
