"""Running many suites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..rules.scenario import Suite
from .runner import Run, Runner
from .selecting import Matcher


def selected(suites: Sequence[Suite], wanted: Matcher | None) -> list[Suite]:
    """The suites with only the scenarios that are wanted (by suite, id and title); those left with none are dropped."""
    if wanted is None:
        return list(suites)
    kept = [
        replace(s, scenarios=tuple(x for x in s.scenarios if wanted(f"{x.name} {x.title}"))) for s in suites
    ]
    return [s for s in kept if s.scenarios]


def run_suites(suites: Sequence[Suite], runner: Runner) -> Run:
    """Every scenario of the suites, in order."""
    verdicts = {
        index: tuple(runner.run(s, suite.text) for s in suite.scenarios) for index, suite in enumerate(suites)
    }
    return Run(tuple(suites), verdicts)
