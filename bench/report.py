"""A test run on a terminal: a line a suite, then what failed and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from ..engine.decision import Explanation
from ..rendering.diagnostics import diagnostic_lines
from ..rendering.report import Reasons
from ..rendering.text import Line, layout, print_lines, width_of, wrapped
from ..rules.diagnostics import Diagnostic
from ..rules.scenario import Scenario, Suite
from .compare import Difference
from .runner import Run, Verdict

MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "error": ("!", "red"), "skipped": ("-", "yellow")}
WORDS = {"passed": "passed", "failed": "failed", "error": "not run", "skipped": "skipped"}
KEYS = {
    "outcome": "outcome", "grounds": "grounds", "not_grounds": "grounds", "conditions": "condition", "missing": "missing facts",
    "duties": "duties", "advice": "advice", "warnings": "warnings", "not_covered": "coverage", "error": "refusal",
}  # fmt: skip


def print_run(run: Run, *, verbose: bool = False, seconds: float = 0.0, stream: TextIO | None = None) -> None:
    """Print a run: suites, failures with their reasons, what could not be run, and the count."""
    target = stream or sys.stdout
    shown = seconds if target.isatty() else 0.0  # elsewhere the same run prints the same text
    print_lines(run_lines(run, width_of(target), verbose=verbose, seconds=shown), target)


def run_lines(run: Run, width: int, *, verbose: bool = False, seconds: float = 0.0) -> Iterator[Line]:
    """A run as lines of styled text."""
    for index, suite in enumerate(run.suites):
        yield from _suite_line(suite, run.verdicts[index], width)
        if verbose:
            for scenario, verdict in zip(suite.scenarios, run.verdicts[index], strict=True):
                yield from _scenario_line(scenario, verdict, width)
    for _, scenario, verdict in run:
        if verdict.status == "failed":
            yield from failure_lines(scenario, verdict, width)
    for diagnostic in faults_of(run):
        yield []
        for line in diagnostic_lines(diagnostic):
            yield [(line, "")]
    yield []
    yield summary(run, seconds)


def faults_of(run: Run) -> Iterator[Diagnostic]:
    """What is wrong with scenarios that could not be run, each fault once."""
    yield from dict.fromkeys(d for _, _, verdict in run for d in verdict.diagnostics)


def summary(run: Run, seconds: float = 0.0) -> Line:
    """The count in one line."""
    line: Line = []
    for status in ("failed", "error", "passed", "skipped"):
        number = run.count(status)
        if number:
            line += [(", ", "")] if line else []
            line.append((f"{number} {WORDS[status]}", f"bold {MARKS[status][1]}"))
    line = line or [("no scenario was run", "bold")]
    return [*line, (f" in {seconds:.2f} s", "dim")] if seconds else line


def _suite_line(suite: Suite, verdicts: tuple[Verdict, ...], width: int) -> Iterator[Line]:
    counts = {status: sum(v.status == status for v in verdicts) for status in MARKS}
    shown = next((s for s in ("error", "failed", "passed", "skipped") if counts[s]), "skipped")
    mark, colour = MARKS[shown]
    said = ", ".join(f"{n} {WORDS[s]}" for s, n in counts.items() if n) or "nothing to run"
    spans: Line = [(f"{mark} ", colour), (suite.id, "bold"), (f"  {said}", ""), (f"  {suite.file}", "dim")]
    yield from wrapped(spans, width, "", "    ")


def _scenario_line(scenario: Scenario, verdict: Verdict, width: int) -> Iterator[Line]:
    mark, colour = MARKS[verdict.status]
    tail = scenario.skip or verdict.outcome or ""
    yield from wrapped([(f"{mark} ", colour), (scenario.id, ""), (f"  {tail}", "dim")], width, "    ", "      ")


def failure_lines(scenario: Scenario, verdict: Verdict, width: int) -> Iterator[Line]:
    """One failure: where it stands, what differs, and the explanation of the rules concerned."""
    yield []
    yield from wrapped([("✗ ", "red"), (scenario.name, "bold"), (f"  {scenario.place}", "dim")], width, "", "    ")
    if scenario.title:
        yield from wrapped([(scenario.title, "")], width, "  ")
    if scenario.provisions:
        yield from wrapped([(f"written from {', '.join(scenario.provisions)}", "dim")], width, "  ")
    for difference in verdict.differences:
        yield from _difference(difference, width)
    if verdict.reasons:
        yield [("  because", "dim")]
        for reason in verdict.reasons:
            yield from layout([Reasons(reason)], width)


def _difference(difference: Difference, width: int) -> Iterator[Line]:
    where = f"{difference.item}: " if difference.item else ""
    yield [(f"  {where}{KEYS[difference.what]}", "bold")]
    yield from wrapped([("expected  ", "green"), (difference.expected, "")], width, "    ", "              ")
    yield from wrapped([("got       ", "red"), (difference.got, "")], width, "    ", "              ")


def reason_lines(reason: Explanation, depth: int = 0) -> Iterator[str]:
    """An explanation as plain indented lines, for formats without a terminal."""
    mark = {"true": "✓", "false": "✗", "unknown": "?"}[reason.truth]
    name = f"{reason.rule}: " if reason.kind == "rule" and reason.rule else ""
    said = ""
    if reason.fact is not None and reason.kind != "derived":
        said = f" [it is: {reason.value}]" if reason.value is not None else " [not stated]"
    yield f"{'  ' * depth}{mark} {name}{reason.text}{said}"
    for child in reason.children:
        yield from reason_lines(child, depth + 1)
