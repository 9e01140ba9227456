"""The desk: questions to a decision, the wait for the next question, and the time of whatif, routes and package.

    python benchmarks/bench_desk.py [POLICY] [CASES]

Questions are counted over random cases known in full, of two kinds: drawn at random, and *plausible* ones (a gateway's own
conditions hold, most bars do not). Three ways of asking: as the desk does; exactly by influence (what the desk would do with
unlimited time); in the order of the vocabulary's files, stopping as soon as the outcome is settled.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from mayshare.desk.choosing import Chooser
from mayshare.desk.interview import Interview
from mayshare.desk.package import package
from mayshare.desk.routes import routes
from mayshare.desk.whatif import Subject, what_if
from mayshare.engine.bundle import Bundle
from mayshare.engine.deciding import Decider
from mayshare.engine.kernel import Kernel
from mayshare.engine.library import Library
from mayshare.engine.lookup import RegistryDomain
from mayshare.engine.reading import read_cases
from mayshare.engine.settle import settle
from mayshare.rules.case import Case, Stated
from mayshare.rules.diagnostics import Place
from mayshare.rules.source import Source, read_source

DAY = date(2026, 3, 2)
Values = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]


class Bench:
    """One law, and random cases under it."""

    def __init__(self, bundle: Bundle, seed: int = 1) -> None:
        self.bundle = bundle
        self.program = bundle.program
        self.kernel = Kernel(self.program)
        self.chooser = Chooser(bundle, self.kernel, DAY)
        self.domain = RegistryDomain(bundle.vocabulary, bundle.registry)
        self.draw = random.Random(seed)
        self.base: Values = {
            "sender.jurisdiction": bundle.heads[0].id,
            "receiver.jurisdiction": "BR",
            "direction": "outgoing",
        }
        self.base |= {f: a.value for f, a in self.domain.answers(self.program.kinds, self.base, DAY).items()}
        files = [f for f in bundle.vocabulary.facts if f in self.program.kinds]
        self.facts = [f for f in files if f not in self.base]

    def random(self) -> Values:
        """A case drawn at random."""
        return {f: self._value(f) for f in self.facts}

    def plausible(self) -> Values:
        """A case in which a gateway's own conditions hold, and bars are rare."""
        values = self.random()
        for rule in self.program.rules:
            if rule.effect == "forbid":
                for fact in self.chooser.facts_of(rule.when) & values.keys():
                    if self.program.kinds[fact] == "boolean":
                        values[fact] = self.draw.random() < 0.08
        open_ = self.kernel.evaluate(self.base, DAY).applicable
        gateway = self.draw.choice([g for g in self.program.gateways() if open_[g]])
        met = self.chooser._meeting(self.base, gateway) or {}
        return values | {f: self._leaf(f, v) for f, v in met.items()}

    def _leaf(self, fact: str, value: Any) -> Any:
        """A value with nothing more special below it."""
        below = self.program.below.get(fact)
        if below is None:
            return value
        if isinstance(value, frozenset):
            return frozenset(self._leaf(fact, v) for v in value)
        return self.draw.choice(sorted(v for v in below[value] if len(below[v]) == 1))

    def _value(self, fact: str) -> Any:
        kind = self.program.kinds[fact]
        if kind == "boolean":
            return self.draw.random() < 0.5
        if kind in ("choice", "choices"):
            below = self.program.below[fact]
            leaves = sorted(v for v in below if len(below[v]) == 1)
            return (
                self.draw.choice(leaves)
                if kind == "choice"
                else frozenset(self.draw.sample(leaves, self.draw.choice((0, 1, 1, 2))))
            )
        return {"jurisdiction": "DE", "number": 2}.get(kind, date(2026, 1, 1))

    # -- ways of asking ---------------------------------------------------------------------------------------

    def by_file(self, case: Values) -> int:
        """Questions to a settled outcome in the order of the files."""
        low, high = 0, len(self.facts)
        while low < high:  # settled stays settled: the first position can be halved for
            middle = (low + high) // 2
            known = self.base | {f: case[f] for f in self.facts[:middle]}
            if settle(self.program, known, DAY, self.kernel.evaluate(known, DAY), self.domain).how == "open":
                low = middle + 1
            else:
                high = middle
        return low

    def by_influence(self, case: Values) -> int:
        """Questions to a settled outcome, always by exact influence."""
        known = dict(self.base)
        for count in range(len(self.facts) + 1):
            settled = settle(self.program, known, DAY, self.kernel.evaluate(known, DAY), self.domain)
            if settled.how != "open":
                return count
            fact = next((f for f in settled.missing if f not in known), None)
            if fact is None or fact not in case:
                return count
            known[fact] = case[fact]
        return len(self.facts)

    def by_desk(self, case: Values, waits: list[float]) -> tuple[int, int]:
        """Questions of the real interview: to the outcome, and in all; with the wait before each."""
        text = f"case: b\nsender.jurisdiction: {self.bundle.heads[0].id}\nreceiver.jurisdiction: BR\n"
        library = Library()
        interview = Interview(Decider(library), self.bundle, read_cases(Source("b", text), library)[0], DAY)
        interview.next()  # the inference engine is built once, while the command starts
        outcome = every = 0
        while (question := self._timed(interview, waits)) is not None:
            every += 1
            outcome += question.about == "outcome"
            value = case.get(question.fact.path)
            if value is None or value == question.narrows:
                interview.not_known(question)
            else:
                interview.answer(question, Stated(value=value, place=Place("b")))
        interview.close()
        return outcome, every

    @staticmethod
    def _timed(interview: Interview, waits: list[float]) -> Any:
        start = time.perf_counter()
        question = interview.next()
        waits.append(time.perf_counter() - start)
        return question


def questions(bench: Bench, count: int) -> None:
    """Mean questions, against the number of facts and against the other orders; and the waits."""
    print(f"{bench.bundle.heads[0].id}: {len(bench.program.rules)} rules, {len(bench.facts)} facts that could be asked")
    waits: list[float] = []
    kinds: tuple[tuple[str, Callable[[], Values]], ...] = (("random", bench.random), ("plausible", bench.plausible))
    for name, make in kinds:
        cases = [make() for _ in range(count)]
        desk = [bench.by_desk(c, waits) for c in cases]
        exact = [bench.by_influence(c) for c in cases]
        file = [bench.by_file(c) for c in cases]
        mine = statistics.mean(o for o, _ in desk)
        print(
            f"{name:<10} desk {mine:5.1f} to the outcome, {statistics.mean(a for _, a in desk):5.1f} with conditions | "
            f"exact influence {statistics.mean(exact):5.1f} | file order {statistics.mean(file):5.1f} | "
            f"share of the facts {mine / len(bench.facts):.0%}, of file order {mine / max(1, statistics.mean(file)):.0%}"
        )
    ordered = sorted(waits)
    marks = ", ".join(f"p{p} {1000 * ordered[int(len(ordered) * p / 100)]:.0f} ms" for p in (50, 90, 99))
    print(f"wait for the next question: {marks}, most {1000 * ordered[-1]:.0f} ms ({len(ordered)} questions)")


def variants() -> Iterator[tuple[str, Case]]:
    """The examples, and the same with facts left out."""
    library = Library()
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        case = read_cases(read_source(path), library)[0]
        yield path.stem, case
        kept = ("sender.jurisdiction", "sender.authority", "receiver.jurisdiction", "direction", "mode")
        yield (
            f"{path.stem}, little stated",
            case.model_copy(update={"facts": {p: s for p, s in case.facts.items() if p in kept}}),
        )


def ways() -> None:
    """The time of whatif, routes and package on real law, warm."""
    decider = Decider(Library())
    slowest = {"whatif": (0.0, ""), "routes": (0.0, ""), "package": (0.0, "")}
    for name, case in variants():
        subject = Subject.of(decider, case)
        subject.decide()
        for command, call in (("whatif", what_if), ("routes", routes), ("package", package)):
            start = time.perf_counter()
            call(replace(subject))
            slowest[command] = max(slowest[command], (time.perf_counter() - start, name))
    for command, (seconds, name) in slowest.items():
        print(f"{command:<8} slowest {seconds:.2f} s ({name})")


if __name__ == "__main__":
    law = sys.argv[1] if len(sys.argv) > 1 else "CH"
    questions(Bench(Library().bundle(law)), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
    ways()
