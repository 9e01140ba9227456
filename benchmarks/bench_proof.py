"""How long questions over all cases take: on the largest policy, and as a made-up one grows from 60 to 600 rules.

Run `python benchmarks/bench_proof.py [ROUNDS]`. Times are processor seconds, the best of the rounds; the last column is
the ratio to the first row of its table, so that runs on different machines can be compared.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import yaml

from mayshare.engine.bundle import Bundle, join
from mayshare.engine.library import Library
from mayshare.proof.comparison import matrix
from mayshare.proof.conformity import assess
from mayshare.proof.difference import difference
from mayshare.proof.frame import Subject
from mayshare.proof.gaps import KINDS, find_gaps
from mayshare.proof.properties import decide_property, shipped, unreachable_rules
from mayshare.proof.solve import Inquiry
from mayshare.proof.space import Days
from mayshare.proof.timeline import of_policy
from mayshare.rules.check_policy import Policy, read_policy
from mayshare.rules.registry import load_registry
from mayshare.rules.source import Source
from mayshare.rules.vocabulary.load import load_vocabulary

DAY = date(2026, 3, 2)
PERIOD = (date(1990, 1, 1), date(2027, 1, 1))


def made_up(rules: int, seed: int = 7) -> dict[str, Any]:
    """A policy of so many rules over the shipped vocabulary, with exceptions and conditions in the usual shares."""
    vocabulary = load_vocabulary(Library().vocabulary_sources)
    facts = [
        f
        for f in vocabulary.facts.values()
        if f.kind in ("boolean", "choice") and f.derived is None and f.registry is None
    ]
    facts = [f for f in facts if f.path not in ("direction", "mode")]
    chance = random.Random(seed)

    def when(count: int) -> dict[str, Any]:
        chosen = chance.sample(facts, count)
        return {f.path: chance.random() < 0.5 if f.kind == "boolean" else chance.sample(f.values, 2) for f in chosen}

    found: list[dict[str, Any]] = []
    gates: list[str] = []
    for number in range(rules):
        base = {"id": f"r{number}", "title": f"Rule {number}", "source": {"instrument": "act", "article": str(number)}}
        kind = chance.random()
        if kind < 0.35 or not gates:
            gates.append(base["id"])
            found.append(
                {
                    **base,
                    "effect": "permit",
                    "when": {"direction": "outgoing", "mode": ["spontaneous", "mla"], **when(3)},
                }
            )
        elif kind < 0.5:
            found.append({**base, "effect": "forbid", "when": when(2)})
        elif kind < 0.7:
            found.append({**base, "effect": "disapply", "overrides": [chance.choice(gates)], "when": when(2)})
        else:
            condition = {
                "id": f"c{number}",
                "stage": "before",
                "bound": "sender",
                "text": f"Do {number}",
                "met_when": when(1),
            }
            found.append(
                {
                    **base,
                    "effect": "require",
                    "attaches_to": [chance.choice(gates)],
                    "when": when(2),
                    "condition": condition,
                }
            )
    return {
        "policy": "LI", "title": "Made up", "encoded": {"as_of": "2026-01-01"}, "covers": {"direction": "outgoing"},
        "instruments": {"act": {"title": "Act"}}, "rules": found,
    }  # fmt: skip


def bundled(data: dict[str, Any]) -> tuple[Bundle, Policy]:
    """A made-up policy, compiled."""
    library = Library()
    vocabulary = load_vocabulary(library.vocabulary_sources)
    policy = read_policy(Source("made-up.yaml", yaml.safe_dump(data, sort_keys=False)), vocabulary)
    return join(policy, [], vocabulary, load_registry(library.registry_sources, vocabulary)), policy


def one_property(bundle: Bundle) -> None:
    """The slowest single question: a property with a case against it."""
    inquiry = Inquiry([Subject.of(bundle)], Days(DAY, DAY))
    decide_property(shipped(bundle, inquiry)[1], inquiry)


def verify(bundle: Bundle) -> None:
    """All shipped properties."""
    subject = Subject.of(bundle)
    inquiry = Inquiry([subject], Days(DAY, DAY))
    for wanted in shipped(bundle, inquiry):
        decide_property(wanted, inquiry)
    unreachable_rules(subject, inquiry, 10)


def diff(bundle: Bundle) -> None:
    """Against the same law with one gateway that ends: what changed, and that nothing else did."""
    first = bundle.program.gateways()[0]
    rules = [replace(r, end=date(2026, 1, 1)) if i == first else r for i, r in enumerate(bundle.program.rules)]
    changed = replace(bundle, program=replace(bundle.program, rules=tuple(rules), hash=bundle.program.hash + "*"))
    difference(Subject.of(bundle), Subject.of(changed), DAY)


def gaps(bundle: Bundle) -> None:
    """All kinds of gaps."""
    subject = Subject.of(bundle)
    find_gaps(subject, Inquiry([subject], Days(DAY, DAY)), tuple(KINDS))


def measured(name: str, work: Callable[[], object], rounds: int, base: float | None) -> float:
    """The best time of some rounds, printed."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    best = min(times)
    print(f"{name:<36} {best:8.2f} s {best / (base or best):8.1f}")
    return best


def main(rounds: int) -> None:
    """Print the tables."""
    library = Library()
    largest = max(library.index(), key=lambda row: row.rules if row.kind == "domestic" else 0).id
    bundle = library.bundle(largest)
    policy = read_policy(library.files[largest].source, load_vocabulary(library.vocabulary_sources)).document
    print(f"{largest}: {len(bundle.program.rules)} rules, {len(bundle.program.kinds)} facts")
    base = measured("one property", lambda: one_property(bundle), rounds, None)
    measured("verify", lambda: verify(bundle), rounds, base)
    measured("diff", lambda: diff(bundle), rounds, base)
    measured(
        "assess",
        lambda: assess(Subject.of(bundle), policy, Inquiry([Subject.of(bundle)], Days(DAY, DAY))),
        rounds,
        base,
    )
    measured("gaps", lambda: gaps(bundle), rounds, base)
    measured(
        "compare, one law's matrix", lambda: matrix(Subject.of(bundle), "item.type", "avenue", DAY, 10), rounds, base
    )
    measured("timeline, 1990 to 2027", lambda: of_policy(Subject.of(bundle), *PERIOD, 10), rounds, base)
    for name, work in (("one property", one_property), ("verify", verify), ("diff", diff), ("gaps", gaps)):
        base_of: float | None = None
        for size in (60, 200, 600):
            made, _ = bundled(made_up(size))
            took = measured(f"{name}, {size} made-up rules", lambda made=made, work=work: work(made), rounds, base_of)  # type: ignore[misc]
            base_of = base_of or took


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
