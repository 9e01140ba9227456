"""A test run for programs: JSON, JUnit XML and TAP."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from ..rules.diagnostics import Diagnostic
from ..rules.scenario import Scenario
from .report import faults_of, reason_lines
from .runner import Run, Verdict

SCHEMA_VERSION = 1


def as_json(run: Run, faults: list[Diagnostic], **more: Any) -> str:
    """A run as JSON; `more` are further parts, such as coverage."""
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "passed": run.count("passed"),
        "failed": run.count("failed"),
        "errors": run.count("error"),
        "skipped": run.count("skipped"),
        "suites": [
            {
                "suite": suite.id, "file": suite.file,
                "scenarios": [scenario_data(s, v) for s, v in zip(suite.scenarios, run.verdicts[index], strict=True)],
            }
            for index, suite in enumerate(run.suites)
        ],
        "faults": [fault_data(d) for d in dict.fromkeys([*faults, *faults_of(run)])],
    }  # fmt: skip
    return json.dumps({**data, **more}, ensure_ascii=False, indent=2, default=str) + "\n"


def scenario_data(scenario: Scenario, verdict: Verdict) -> dict[str, Any]:
    """One scenario and how it went."""
    data: dict[str, Any] = {
        "id": scenario.id,
        "title": scenario.title,
        "place": str(scenario.place),
        "status": verdict.status,
    }
    data["as_of"] = str(scenario.as_of)
    data["provisions"] = list(scenario.provisions)
    if verdict.outcome is not None:
        data["outcome"] = verdict.outcome
    if scenario.skip is not None:
        data["skip"] = scenario.skip
    if verdict.differences:
        data["differences"] = [
            {"what": d.what, "item": d.item, "expected": d.expected, "got": d.got} for d in verdict.differences
        ]
        data["reasons"] = [r.model_dump(mode="json", exclude_defaults=True) for r in verdict.reasons]
    if verdict.diagnostics:
        data["diagnostics"] = [fault_data(d) for d in verdict.diagnostics]
    data["seconds"] = round(verdict.seconds, 6)
    return data


def fault_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as data."""
    place = diagnostic.place
    return {
        "code": diagnostic.code, "message": diagnostic.message, "file": place.file, "line": place.line, "column": place.column,
        "help": diagnostic.help,
    }  # fmt: skip


def details(verdict: Verdict) -> str:
    """Why a scenario did not pass, as plain text."""
    lines = []
    for d in verdict.differences:
        where = f"{d.item}: " if d.item else ""
        lines += [
            f"{where}{d.what}: expected {d.expected}",
            f"{' ' * len(where)}{' ' * len(d.what)}       got {d.got}",
        ]
    for reason in verdict.reasons:
        lines += list(reason_lines(reason))
    for diagnostic in verdict.diagnostics:
        lines.append(str(diagnostic))
        lines += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(lines)


def as_junit(run: Run, faults: list[Diagnostic]) -> str:
    """A run as JUnit XML, one test suite a file."""
    root = ElementTree.Element("testsuites", name="mayshare")
    for index, suite in enumerate(run.suites):
        verdicts = run.verdicts[index]
        counts = {
            k: str(sum(v.status == s for v in verdicts))
            for k, s in (("failures", "failed"), ("errors", "error"), ("skipped", "skipped"))
        }
        seconds = f"{sum(v.seconds for v in verdicts):.6f}"
        shown = {"name": suite.id, "file": suite.file, "tests": str(len(verdicts)), "time": seconds, **counts}
        part = ElementTree.SubElement(root, "testsuite", shown)
        for scenario, verdict in zip(suite.scenarios, verdicts, strict=True):
            _junit_case(part, scenario, verdict)
    if faults:
        part = ElementTree.SubElement(
            root, "testsuite", name="unreadable", tests=str(len(faults)), errors=str(len(faults))
        )
        for diagnostic in faults:
            case = ElementTree.SubElement(part, "testcase", name=str(diagnostic.place), classname="unreadable")
            ElementTree.SubElement(case, "error", message=f"{diagnostic.code}: {_clean(diagnostic.message)}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _junit_case(part: ElementTree.Element, scenario: Scenario, verdict: Verdict) -> None:
    case = ElementTree.SubElement(
        part, "testcase", name=_clean(scenario.id), classname=scenario.suite, file=scenario.file, line=str(scenario.place.line),
        time=f"{verdict.seconds:.6f}",
    )  # fmt: skip
    if verdict.status == "skipped":
        ElementTree.SubElement(case, "skipped", message=_clean(scenario.skip or ""))
    elif verdict.status != "passed":
        tag = "failure" if verdict.status == "failed" else "error"
        first = verdict.differences[0] if verdict.differences else None
        message = (
            f"{first.what}: expected {first.expected}, got {first.got}" if first else verdict.diagnostics[0].message
        )
        ElementTree.SubElement(case, tag, message=_clean(message)).text = _clean(details(verdict))


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def as_tap(run: Run, faults: list[Diagnostic]) -> str:
    """A run in the Test Anything Protocol, version 14."""
    lines = ["TAP version 14", f"1..{run.total + len(faults)}"]
    number = 0
    for _, scenario, verdict in run:
        number += 1
        ok = "ok" if verdict.status in ("passed", "skipped") else "not ok"
        name = scenario.name.replace("\\", "\\\\").replace("#", "\\#").replace("\n", " ")
        skip = f" # SKIP {scenario.skip}".replace("\n", " ") if verdict.status == "skipped" else ""
        lines.append(f"{ok} {number} - {name}{skip}")
        if ok == "not ok":
            lines += ["  ---", f"  at: {json.dumps(str(scenario.place))}", "  why: |"]
            lines += [f"    {line}" for line in details(verdict).split("\n")]
            lines.append("  ...")
    for diagnostic in faults:
        number += 1
        place = str(diagnostic.place).replace("#", "\\#")
        lines += [
            f"not ok {number} - {place}",
            "  ---",
            f"  why: {json.dumps(str(diagnostic), ensure_ascii=False)}",
            "  ...",
        ]
    return "\n".join(lines) + "\n"
