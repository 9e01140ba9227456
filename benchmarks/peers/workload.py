"""The workload that every engine runs: rules over 40 facts, deny over permit over default.

A rule is a conjunction of three to six conditions; a condition is any of one or two literals; a literal says that a fact has
one of some values, or none of them. An answer is the outcome and the rules it rests on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

FACTS = 40
Answer = tuple[str, tuple[str, ...]]
Case = dict[str, str]


@dataclass(frozen=True)
class Literal:
    """A fact has one of `values`, or with `negated` none of them."""

    fact: str
    values: tuple[str, ...]
    negated: bool = False

    def holds(self, case: Case) -> bool:
        """Whether it holds in a case."""
        return (case[self.fact] in self.values) is not self.negated


@dataclass(frozen=True)
class Rule:
    """`when` holds when some literal of each part does."""

    id: str
    effect: str
    when: tuple[tuple[Literal, ...], ...]


def values_of(fact: int) -> list[str]:
    """The values of a fact: two for every fourth, else three to seven."""
    return [f"v{i}" for i in range(2 if fact % 4 == 0 else 3 + fact % 5)]


def rules(count: int, seed: int = 1) -> list[Rule]:
    """The rules of a size."""
    rnd = random.Random(seed)

    def literal() -> Literal:
        fact = rnd.randrange(FACTS)
        values = values_of(fact)
        many = min(len(values) - 1, rnd.choice((1, 1, 2)))
        return Literal(f"f{fact}", tuple(sorted(rnd.sample(values, many))), rnd.random() < 0.2)

    def rule(index: int) -> Rule:
        parts = tuple(tuple(literal() for _ in range(rnd.choice((1, 1, 1, 2)))) for _ in range(rnd.randint(3, 6)))
        return Rule(f"r{index}", "deny" if rnd.random() < 0.3 else "permit", parts)

    return [rule(i) for i in range(count)]


def cases(count: int, seed: int = 2) -> list[Case]:
    """Cases with every fact known."""
    rnd = random.Random(seed)
    return [{f"f{i}": rnd.choice(values_of(i)) for i in range(FACTS)} for _ in range(count)]


def combine(found: list[Rule]) -> Answer:
    """The answer that rules which hold make."""
    for effect in ("deny", "permit"):
        ids = tuple(r.id for r in found if r.effect == effect)
        if ids:
            return effect, ids
    return "default", ()


def reference(rule_set: list[Rule], case: Case) -> Answer:
    """The answer, plainly."""
    return combine([r for r in rule_set if all(any(x.holds(case) for x in part) for part in r.when)])
