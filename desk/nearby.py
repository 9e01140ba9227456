"""The nearest completions in which an item may be sent: shortest paths through its decision diagram.

What the sender controls is taken as open again, what is not known is open anyway; every branch has a price (nothing for
leaving a thing as it is), and the cheapest way to the end where the item is permitted is the smallest change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..engine.bundle import Bundle
from ..engine.diagram import TooWide
from ..engine.kernel import Kernel
from ..engine.settle import Completion
from ..engine.worlds import Meaning

Values = Mapping[str, Any]
Price = Callable[[str, Any, Any], float | None]
"""Price of stating a fact (path, value now or None, value then); None where it cannot be had."""

Shrink = Callable[["tuple[Step, ...]"], "tuple[Step, ...] | None"]
"""The steps of a way that are needed; None where they do not lead there."""

NODES = 60_000
EXTRA_MEMBER = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """A fact and the value it would have to have."""

    fact: str
    value: Any


@dataclass(frozen=True, slots=True)
class Nearby:
    """Steps that together open a road, and what they cost."""

    steps: tuple[Step, ...]
    cost: float


class TooOpen(Exception):
    """So much is unknown that the nearest way through cannot be worked out."""


class Neighbourhood:
    """The completions around what is known of an item, with some facts opened again."""

    def __init__(
        self, bundle: Bundle, kernel: Kernel, values: Values, opened: frozenset[str], day: date, price: Price
    ) -> None:
        self.program = bundle.program
        self.values = values
        self.price = price
        kept = {p: v for p, v in values.items() if p not in opened}
        evaluation = kernel.evaluate(kept, day)
        completion = Completion(self.program, kept, day, evaluation, bundle.domain)
        self.diagrams = completion.diagrams
        self.diagrams.budget = NODES
        try:
            allowed, _ = completion.outcomes()
            self.target = self.diagrams.conjunction(completion.possible, allowed)
        except TooWide:
            raise TooOpen from None
        self.meanings = completion.worlds.meanings()
        self._prices = {level: self._branch_prices(level) for level in self.meanings}

    # -- prices -----------------------------------------------------------------------------------------------

    def _branch_prices(self, level: int) -> tuple[float | None, ...]:
        meaning = self.meanings[level]
        now = self.values.get(meaning.fact)
        if meaning.kind == "equal":
            return (0.0, 0.0)
        if meaning.kind == "member":
            return self._member_prices(meaning, now)
        return tuple(self._value_price(meaning.fact, now, members) for members in meaning.classes)

    def _value_price(self, fact: str, now: Any, members: tuple[Any, ...]) -> float | None:
        below = self.program.below.get(fact)
        worlds = below[now] if below is not None and now is not None else {now}
        if now is not None and worlds <= set(members):
            return 0.0
        value = representative(members, below)
        return None if value is None else self.price(fact, now, value)

    def _member_prices(self, meaning: Meaning, now: Any) -> tuple[float | None, float | None]:
        group = meaning.classes[1]
        if now is None:
            return EXTRA_MEMBER, self.price(meaning.fact, None, frozenset(group[:1]))
        below = self.program.below[meaning.fact]
        inside = any(set(group) & below[m] for m in now)
        other = self.price(meaning.fact, now, frozenset())
        return (other, 0.0) if inside else (0.0, other)

    # -- paths ------------------------------------------------------------------------------------------------

    def cheapest(self, target: int) -> tuple[float, dict[int, int]] | None:
        """The cheapest way to make a function true: its price and a branch for each variable on the way."""
        best: dict[int, tuple[float, int] | None] = {}

        def visit(node: int) -> float | None:
            if node < 2:
                return 0.0 if node else None
            if node not in best:
                best[node] = None
                level = self.diagrams.level(node)
                for branch, price in enumerate(self._prices[level]):
                    rest = None if price is None else visit(self.diagrams.branch(node, level, branch))
                    known = best[node]
                    if price is not None and rest is not None and (known is None or price + rest < known[0] - 1e-9):
                        best[node] = (price + rest, branch)
            found = best[node]
            return None if found is None else found[0]

        total = visit(target)
        if total is None:
            return None
        path: dict[int, int] = {}
        while target > 1:
            chosen = best[target]
            assert chosen is not None
            level = self.diagrams.level(target)
            path[level] = chosen[1]
            target = self.diagrams.branch(target, level, chosen[1])
        return total, path

    def ways(self, most: int, dearest: float, shrink: Shrink) -> Iterator[Nearby]:
        """Ways through, cheapest first; none contains another. `shrink` drops steps that are not needed after all."""
        target = self.target
        for count in range(most):
            found = self.cheapest(target)
            # the first is given however long it is: it says how far away the goal lies
            if found is None or found[0] > (dearest if count else 3 * dearest):
                return
            paid = {level: branch for level, branch in found[1].items() if self._prices[level][branch]}
            steps = shrink(tuple(self._steps(paid)))
            kept = {s.fact for s in steps or ()}
            # where it leads nowhere, this way alone is left out
            block = {level: b for level, b in paid.items() if not kept or self.meanings[level].fact in kept}
            if steps:
                yield Nearby(steps, sum(self._prices[level][b] or 0.0 for level, b in block.items()))
            try:
                target = self.diagrams.conjunction(target, self.diagrams.negation(self._together(block)))
            except TooWide:
                return

    def _together(self, path: Mapping[int, int]) -> int:
        result = 1
        for level, branch in path.items():
            count = len(self.diagrams.variables[level].weights)
            result = self.diagrams.conjunction(
                result, self.diagrams.node(level, tuple(int(b == branch) for b in range(count)))
            )
        return result

    def _steps(self, paid: Mapping[int, int]) -> Iterator[Step]:
        sets: dict[str, set[str]] = {}
        for level, branch in sorted(paid.items()):
            meaning = self.meanings[level]
            below = self.program.below.get(meaning.fact)
            if meaning.kind == "value":
                yield Step(meaning.fact, representative(meaning.classes[branch], below))
            elif meaning.kind == "member":
                now = sets.setdefault(meaning.fact, set(self.values.get(meaning.fact) or ()))
                group = meaning.classes[1]
                assert below is not None
                if branch:
                    now.add(representative(group, below))
                else:
                    now -= {m for m in now if below[m] & set(group)}
        for fact, members in sets.items():
            yield Step(fact, frozenset(members))


def representative(members: tuple[Any, ...], below: Mapping[str, frozenset[str]] | None) -> Any:
    """The most general value that says no more than a class of values; None where no stated value says as much."""
    if below is None:
        return members[0]
    inside = set(members)
    names = [name for name in members if below[name] <= inside]
    return max(names, key=lambda n: (len(below[n]), n)) if names else None
