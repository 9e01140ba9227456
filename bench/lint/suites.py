"""Scenario suites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from ...rules.diagnostics import Diagnostic, Refused, suggestion
from ...rules.source import Path_
from .check import Family, Found
from .subject import SuiteSubject

family = Family()


def _entries(subject: SuiteSubject) -> Iterator[tuple[Path_, dict[str, Any]]]:
    for index, entry in enumerate(subject.text.data.get("scenarios") or ()):
        yield ("scenarios", index), entry


def faults(subject: SuiteSubject) -> list[Diagnostic]:
    """What keeps scenarios from being run, so far as it stands in the suite: facts, values, rules, conditions there are not."""
    runner = subject.around.runner
    found: dict[Diagnostic, None] = {}
    for scenario in subject.suite.scenarios if subject.suite.id in subject.around.library.files else ():
        if scenario.skip is None and scenario.expect.error is None:
            try:
                runner.prepare(scenario, subject.text)
            except Refused as refused:
                found.update((d, None) for d in refused.diagnostics if d.place.file == subject.text.source.name)
    return list(found)


@family.check("MS701", of="suite")
def suite_of_no_policy(subject: SuiteSubject) -> Iterator[Found]:
    """A suite for a policy that there is not."""
    known = subject.around.library.files
    if subject.suite.id not in known:
        yield Found(("suite",), f"there is no policy `{subject.suite.id}`", suggestion(subject.suite.id, known))


@family.check("MS702", of="suite")
def unused_base(subject: SuiteSubject) -> Iterator[Found]:
    """A base that no scenario builds on."""
    used: set[str] = set()
    for _, entry in _entries(subject):
        base = entry.get("base") or []
        used |= {base} if isinstance(base, str) else set(base)
        used |= {str(v) for v in (entry.get("matrix") or {}).get("base", ())}
    for name in subject.text.data.get("bases") or ():
        if name not in used:
            path: Path_ = ("bases", name)
            yield Found(path, f"no scenario builds on `{name}`", "build on it, or remove it", key=True)


@family.check("MS703", of="suite")
def same_case(subject: SuiteSubject) -> Iterator[Found]:
    """Two scenarios that put the same case and expect the same."""
    first: dict[str, str] = {}
    for scenario in subject.suite.scenarios:
        if scenario.id != scenario.entry or scenario.skip:
            continue  # a matrix may well pass through a case that also stands alone
        data = {k: v for k, v in scenario.document.data.items() if k not in ("case", "title", "note")}
        key = json.dumps([data, str(scenario.as_of), scenario.expect.model_dump()], sort_keys=True, default=str)
        if key in first:
            yield Found(
                (*scenario.path, "id"),
                f"`{scenario.id}` puts the same case as `{first[key]}` and expects the same",
                "keep one, or change what should be different",
            )
        first.setdefault(key, scenario.entry)


@family.check("MS704", of="suite", severity="note")
def skipped(subject: SuiteSubject) -> Iterator[Found]:
    """A scenario that is not run."""
    for path, entry in _entries(subject):
        if entry.get("skip"):
            yield Found(
                (*path, "skip"), f"`{entry['id']}` is skipped: {entry['skip']}", "see whether the reason still holds"
            )


@family.check("MS705", of="suite", severity="note")
def no_title(subject: SuiteSubject) -> Iterator[Found]:
    """A scenario that does not say what it shows."""
    for path, entry in _entries(subject):
        if not entry.get("title") and not entry.get("note"):
            yield Found((*path, "id"), f"`{entry['id']}` has no title", "say in a sentence what the law gives here")


@family.check("MS706", of="suite", severity="note", deep=True)
def fact_never_tested(subject: SuiteSubject) -> Iterator[Found]:
    """A fact stated in a scenario that nothing in the law tests."""
    files = subject.around.library.files
    if subject.suite.id not in files or not subject.suite.id.isupper():
        return
    try:
        bundle = subject.around.library.bundle(subject.suite.id)
    except Refused:
        return
    tested = {*bundle.program.kinds, "sender.jurisdiction", "receiver.jurisdiction", "received.from", "direction"}
    facts = bundle.vocabulary.facts

    @cache
    def idle(path: Path_) -> str | None:
        name = ".".join(str(p) for p in path if not isinstance(p, int)).replace("items.", "item.", 1)
        return name if name in facts and name not in tested else None

    seen: set[object] = set()
    for scenario in subject.suite.scenarios:
        if scenario.expect.error or scenario.skip:
            continue
        for path, place in scenario.document.keys.items():
            name = idle(path)
            if name is not None and place not in seen:
                seen.add(place)
                yield Found(place, f"no rule tests `{name}`", "remove it, or state the fact that the law does test")
