"""Mutation: does a scenario notice when the law is changed in a small way?

A mutant is *killed* by a scenario whose expectation fails under it. One that no case could tell from the law is *equivalent*,
which decision diagrams settle, and is not counted. For the others a case is worked out that tells the two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

from ..engine.atoms import Values
from ..engine.bundle import Bundle
from ..engine.kernel import Kernel, walk_gate
from ..engine.library import Library
from ..engine.program import Evaluation, Program
from ..engine.settle import at_once
from ..engine.truth import FALSE, UNKNOWN
from ..rules.check_policy import read_policy
from ..rules.diagnostics import Refused
from ..rules.scenario import Expectation, Suite
from .anchors import World, anchors, still_open
from .apart import TooMany, tell_apart
from .compare import compare
from .mutants import Mutant, mutants
from .runner import Ready, Runner
from .sketch import Law, Sketch, expectation

Fate = Literal["killed", "survived", "equivalent", "unsettled"]
BATCH = 8
TAKERS = 4
"""Laws that are looked at for what a layer lays on them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    `by` is the scenario that killed it. A survivor has a `sketch` of a case that would kill it, and what to `expect` there;
    an `unsettled` one has none, and `why` says what stood in the way.
    """

    fate: Fate
    by: str = ""
    sketch: Sketch | None = None
    expect: tuple[tuple[str, object], ...] = ()
    why: str = ""


NOT_TAKEN_UP = "no law here takes up `{}`: what it asks of whatever is permitted shows only under one that does"
NOT_SHOWN = "under the laws here that take up `{}` no case was found that shows it"
TOO_LARGE = "whether any case tells it from the law was too large to settle"


@dataclass(frozen=True)
class Result:
    """Mutants of the policies with what became of them: all, or those that were tried before somebody stopped it."""

    mutants: tuple[Mutant, ...]
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    untried: int = 0

    def count(self, fate: Fate) -> int:
        """How many mutants met a fate."""
        return sum(v.fate == fate for v in self.verdicts)

    @property
    def share(self) -> float:
        """Killed among those that could be; 1 where there was none."""
        able = len(self.verdicts) - self.count("equivalent")
        return self.count("killed") / able if able else 1.0


@dataclass(frozen=True, slots=True)
class Basis:
    """A scenario that passes, and how its items were evaluated under the law as it is.

    Of open items `worlds` are completions that keep them so.
    """

    ready: Ready
    items: tuple[tuple[Values, Evaluation], ...]
    worlds: tuple[tuple[World, ...], ...]

    @property
    def open(self) -> bool:
        """Whether some item had to be settled by completion."""
        return any(at_once(evaluation) is None for _, evaluation in self.items)


def mutate(
    laws: dict[str, Bundle],
    suites: Sequence[Suite],
    runner: Runner,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Try every mutant of the policies against the scenarios, all of which pass; Ctrl-C ends it with what was found so far."""
    import time

    from .running import parallel

    start = time.perf_counter()
    vocabulary = runner.library.vocabulary
    found = [
        mutant
        for policy in laws
        for mutant in mutants(read_policy(runner.library.files[policy].source, vocabulary), laws[policy].vocabulary)
    ]
    hunt = Hunt(laws, list(bases_of(suites, runner)), found, runner.library)
    batches = [range(i, min(i + BATCH, len(found))) for i in range(0, len(found), BATCH)]
    verdicts: list[Verdict | None] = []

    def report(result: list[Verdict | None]) -> None:
        verdicts.extend(result)
        if progress is not None:
            progress(len(verdicts), len(found))

    with suppress(KeyboardInterrupt):
        parallel(hunt.batch, batches, jobs, report)
    pairs = [(m, v) for m, v in zip(found, verdicts, strict=False) if v is not None]
    untried = len(found) - len(verdicts)
    return Result(tuple(m for m, _ in pairs), tuple(v for _, v in pairs), time.perf_counter() - start, untried)


def bases_of(suites: Sequence[Suite], runner: Runner) -> Iterator[Basis]:
    """The scenarios that are run, each with its evaluation under the law as it is."""
    kernels: dict[str, Kernel] = {}
    for suite in suites:
        for scenario in suite.scenarios:
            if scenario.skip is None and scenario.expect.error is None:
                ready = runner.prepare(scenario, suite.text)
                program = ready.bundle.program
                kernel = kernels.get(program.hash) or kernels.setdefault(program.hash, Kernel(program))
                knowns = ready.knowledge()
                items = tuple((k.values, kernel.evaluate(k.values, k.day)) for k in knowns)
                worlds = tuple(
                    anchors(ready.bundle, v, scenario.as_of, e) if at_once(e) is None else () for v, e in items
                )
                yield Basis(ready, items, worlds)


class Hunt:
    """Tries mutants, one batch after the other."""

    def __init__(self, laws: dict[str, Bundle], bases: list[Basis], found: list[Mutant], library: Library) -> None:
        self.laws = laws
        self.bases = bases
        self.found = found
        self.library = library
        self._in: dict[str, list[Basis]] = {}
        self._laws: dict[str, Law] = {}

    def batch(self, indexes: Iterable[int]) -> list[Verdict | None]:
        """The fates of some mutants; None for one that is no lawful policy."""
        return [self.fate(self.found[i]) for i in indexes]

    def fate(self, mutant: Mutant) -> Verdict | None:
        """What becomes of a mutant; open cases, which cost most to decide, are tried last."""
        trial = _Trial(mutant)
        bases = self.within(mutant.policy)
        killer = trial.killer(b for b in bases if not b.open)
        if killer is not None:
            return Verdict("killed", killer)
        law = self.law_of(mutant.policy)
        change = trial.change(law.bundle)
        if change is None:
            return None
        verdict = told_apart(law, change.law, self.day(mutant.policy))
        if verdict.fate == "equivalent" and not mutant.policy.isupper():
            verdict = self.elsewhere(trial, law, change.law)
        if verdict.fate != "equivalent":
            killer = trial.killer(b for b in bases if b.open)
        return verdict if killer is None else Verdict("killed", killer)

    def law_of(self, policy: str) -> Law:
        """The law as it is, under which the sketches for a policy's mutants are decided."""
        if policy not in self._laws:
            self._laws[policy] = Law(self.laws[policy])
        return self._laws[policy]

    def within(self, policy: str) -> list[Basis]:
        """The scenarios decided under a policy."""
        if policy not in self._in:
            self._in[policy] = [b for b in self.bases if any(h.id == policy for h in b.ready.bundle.heads)]
        return self._in[policy]

    def elsewhere(self, trial: _Trial, law: Law, other: Law) -> Verdict:
        """A layer's mutant that makes no difference by itself, under laws with gateways that the layer may bind."""
        policy = trial.mutant.policy
        day = self.day(policy)
        try:
            if not any(True for _ in tell_apart(law.spaces, other.bundle, day, anywhere=True)):
                return Verdict("equivalent")
        except TooMany:
            return Verdict("unsettled", why=TOO_LARGE)
        laws = takers(policy, self.library, day)
        for taker in laws:
            change = trial.change(taker)
            verdict = Verdict("equivalent") if change is None else told_apart(Law(taker), change.law, day)
            if verdict.fate == "survived":
                return verdict
        return Verdict("unsettled", why=(NOT_SHOWN if laws else NOT_TAKEN_UP).format(policy))

    def day(self, policy: str) -> date:
        """The day of most scenarios of a policy."""
        days = [b.ready.scenario.as_of for b in self.within(policy)]
        return max(set(days), key=days.count) if days else self.laws[policy].heads[0].encoded.as_of


def told_apart(law: Law, other: Law, day: date) -> Verdict:
    """A mutant that no scenario noticed: equivalent, or a case that tells it from the law."""
    doubtful = False
    try:
        for sketch, visible in tell_apart(law.spaces, other.bundle, day):
            ours, theirs = law.decide(sketch), other.decide(sketch)
            expect = expectation(ours, theirs)
            if len(expect) > 1 or ours.outcome != theirs.outcome:
                return Verdict("survived", "", sketch, tuple(expect.items()))
            doubtful = doubtful or visible
    except TooMany:
        return Verdict("unsettled", why=TOO_LARGE)
    return Verdict("unsettled", why=TOO_LARGE) if doubtful else Verdict("equivalent")


def takers(layer: str, library: Library, day: date) -> list[Bundle]:
    """The laws in force that take up a layer, the smallest few first."""
    found = []
    for name in library.jurisdictions():
        if layer in library.files[name].source.text:
            with suppress(Refused):  # what is wrong with another policy is said where that one is asked for
                found.append(library.bundle(name))
    found = [b for b in found if any(h.id == layer for h in b.heads) and b.heads[0].in_force.holds(day)]
    return sorted(found, key=lambda b: len(b.program.rules))[:TAKERS]


class _Trial:
    """A mutant held against scenarios, applied once to each law that they are decided under."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self._changes: dict[str, Change | None] = {}

    def change(self, law: Bundle) -> Change | None:
        """What the mutant makes of a law; None if it makes no lawful one."""
        key = law.program.hash
        if key not in self._changes:
            other = self.mutant.apply(law)
            self._changes[key] = None if other is None else Change(law.program, Law(other))
        return self._changes[key]

    def killer(self, bases: Iterable[Basis]) -> str | None:
        """The first scenario whose expectation fails under the mutant."""
        for basis in bases:
            change = self.change(basis.ready.bundle)
            if change is not None and change.touches(basis) and change.fails(basis):
                return basis.ready.scenario.name
        return None


@dataclass(frozen=True)
class Change:
    """A program, and the law that a mutant makes of it."""

    before: Program
    law: Law

    @property
    def after(self) -> Program:
        """The changed program."""
        return self.law.bundle.program

    @cached_property
    def rules(self) -> list[int]:
        """The rules that are changed."""
        pairs = zip(self.before.rules, self.after.rules, strict=True)
        return [i for i, (old, new) in enumerate(pairs) if old is not new]

    @cached_property
    def same_relations(self) -> bool:
        """Whether rules differ in their conditions, dates and obligations only: then equal evaluations make equal answers."""
        pairs = [(self.before.rules[i], self.after.rules[i]) for i in self.rules]
        return all(
            replace(new, when=old.when, start=old.start, end=old.end, provisos=old.provisos) == old
            for old, new in pairs
        )

    def touches(self, basis: Basis) -> bool:
        """Whether it bears on a scenario at all; only then is that decided again."""
        day = basis.ready.scenario.as_of
        for values, evaluation in basis.items:
            if self.before.covers != self.after.covers and self.after.covers is not None:
                now = walk_gate(self.after, self.after.covers, values, day)
                if now != evaluation.covered or now == UNKNOWN:
                    return True
            if any(self._bears(index, evaluation.applicable[index], values, day) for index in self.rules):
                return True
        return False

    def _bears(self, index: int, before: int, values: Values, day: date) -> bool:
        """Whether a rule's change can be seen by an item: what is unknown is settled by completion, which looks at conditions."""
        old, new = self.before.rules[index], self.after.rules[index]
        now = walk_gate(self.after, new.when, values, day) if new.in_force(day) else FALSE
        if replace(new, when=old.when, start=old.start, end=old.end) == old:
            return now != before or now == UNKNOWN
        return now != FALSE or before != FALSE

    def fails(self, basis: Basis) -> bool:
        """Whether a scenario's expectation fails under it."""
        ready = basis.ready
        asks = basis.open and _asks_for_missing(ready.scenario.expect)
        if basis.open and not asks and self.same_relations and self._same_but_for_missing(basis):
            return False
        decided = self.law.decider.decided(self.law.bundle, ready.case, ready.scenario.as_of, ready.receiver)
        return bool(compare(ready.scenario.expect, decided, ready.scenario.suite))

    def _same_but_for_missing(self, basis: Basis) -> bool:
        """Whether all is evaluated as before and what was open is left open: then only what is missing may differ."""
        day = basis.ready.scenario.as_of
        for (values, evaluation), worlds in zip(basis.items, basis.worlds, strict=True):
            if self.law.evaluate(values, day) != evaluation:
                return False
            if at_once(evaluation) is None and not still_open(lambda known: self.law.evaluate(known, day), worlds):
                return False
        return True


def _asks_for_missing(expect: Expectation) -> bool:
    return expect.missing is not None or any(_asks_for_missing(inner) for inner in expect.items.values())
