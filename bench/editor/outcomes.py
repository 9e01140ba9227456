"""How scenarios go, where they are written: a mark behind each, the difference and the reasons under the pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...rendering.markdown import escaped, markdown
from ...rendering.report import Reasons
from ...rules.diagnostics import Diagnostic
from ...rules.scenario import Scenario
from ...rules.source import Document
from ..report import KEYS, MARKS, WORDS
from ..runner import Verdict
from .view import View


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of a scenario, and how it went."""

    scenario: Scenario
    verdict: Verdict


def run_one(scenario: Scenario, text: Document, view: View) -> Outcome:
    """A scenario, decided under the law as it is being written."""
    return Outcome(scenario, view.runner.run(scenario, text))


def failures(outcomes: Mapping[int, Sequence[Outcome]], text: Document) -> Iterator[Diagnostic]:
    """What is wrong with scenarios that could not be decided, and what differs in those that failed."""
    said: set[Diagnostic] = set()
    for runs in outcomes.values():
        for run in runs:
            for diagnostic in (*run.verdict.diagnostics, *_differences(run, text)):
                if diagnostic not in said and diagnostic.place.file == text.source.name:
                    said.add(diagnostic)
                    yield diagnostic


def _differences(run: Outcome, text: Document) -> Iterator[Diagnostic]:
    for difference in run.verdict.differences:
        path = run.scenario.expect_path
        for part in ("items", difference.item) if difference.item else ():
            path = (*path, part) if (*path, part) in text.values else path
        key = (*path, difference.what)
        where = f"{difference.item}: " if difference.item else ""
        message = f"{where}{KEYS[difference.what]}: expected {difference.expected}, got {difference.got}"
        yield text.error("", message, key if key in text.values else path)


def short(runs: Sequence[Outcome]) -> str:
    """How a scenario went, in a few words behind it."""
    verdicts = [run.verdict for run in runs]
    worst = next(s for s in ("error", "failed", "passed", "skipped") if any(v.status == s for v in verdicts))
    mark = MARKS[worst][0]
    if len(verdicts) == 1 and worst in ("passed", "failed"):
        return f"{mark} {verdicts[0].outcome}"
    if len(verdicts) == 1:
        return f"{mark} {WORDS[worst]}"
    return f"{mark} {sum(v.status == worst for v in verdicts)} of {len(verdicts)} {WORDS[worst]}"


def in_words(runs: Sequence[Outcome]) -> str:
    """How a scenario went, as Markdown: what was expected, what came, and the parts of the rules that decided."""
    return "\n\n".join(part for run in runs for part in _run(run))


def _run(run: Outcome) -> Iterator[str]:
    verdict = run.verdict
    said = verdict.outcome or run.scenario.skip or ""
    yield f"{MARKS[verdict.status][0]} **{escaped(run.scenario.id)}** {WORDS[verdict.status]}" + (
        f": {said}" if said else ""
    )
    for difference in verdict.differences:
        where = f"{difference.item}: " if difference.item else ""
        yield (
            f"{where}{KEYS[difference.what]}\n\n- expected {escaped(difference.expected)}\n- got {escaped(difference.got)}"
        )
    for diagnostic in verdict.diagnostics:
        yield f"{escaped(diagnostic.message)} ({diagnostic.code})"
    for reason in verdict.reasons:
        yield markdown([Reasons(reason)]).strip()
