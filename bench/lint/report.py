"""Findings for people and for programs: text, JSON, SARIF, GitHub's annotations, JUnit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from ...engine.version import VERSION
from ...rendering.diagnostics import diagnostic_lines
from ...rules.diagnostics import Diagnostic
from ...rules.pages import page, pages
from .registry import CHECKS
from .run import Finding, Linted

SCHEMA_VERSION = 1
_LEVEL = {"error": "error", "warning": "warning", "note": "notice"}


def counted(number: int, what: str) -> str:
    """A number of things in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def shown(files: Sequence[Linted], notes: bool) -> list[tuple[Linted, Finding]]:
    """The findings that are to be shown: all but notes, unless those were asked for."""
    return [(f, x) for f in files for x in f.findings if notes or x.diagnostic.severity != "note"]


def as_text(files: Sequence[Linted], notes: bool) -> str:
    """Findings with the line and a caret, and a count."""
    found = shown(files, notes)
    lines = [line for _, finding in found for line in (*diagnostic_lines(finding.diagnostic), "")]
    return "\n".join([*lines, summary(files, notes)]) + "\n"


def summary(files: Sequence[Linted], notes: bool) -> str:
    """One line on what was found, and one on where to read more."""
    found = [x.diagnostic for f in files for x in f.findings]
    counts = {s: sum(d.severity == s for d in found) for s in ("error", "warning", "note")}
    parts = [counted(counts["error"], "error"), counted(counts["warning"], "warning"), counted(counts["note"], "note")]
    silenced = sum(f.silenced for f in files)
    parts += [f"{silenced} silenced"] if silenced else []
    line = f"{counted(len(files), 'file')}: {', '.join(parts)}"
    if counts["note"] and not notes:
        line += "; --notes shows the notes"
    fixable = sum(bool(x.edits) for _, x in shown(files, notes))
    if fixable:
        line += f"; --fix repairs {fixable}"
    codes = list(dict.fromkeys(x.diagnostic.code for _, x in shown(files, notes)))
    return line + (f"\nmore about each: mayshare explain {' '.join(codes)}" if codes else "")


def as_json(files: Sequence[Linted], notes: bool) -> str:
    """Findings as JSON, file by file."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "files": [
            {
                "file": f.source.name, "valid": not f.refused, "silenced": f.silenced,
                "findings": [_data(x) for owner, x in shown([f], notes)],
            }
            for f in files
        ],
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _data(finding: Finding) -> dict[str, Any]:
    d = finding.diagnostic
    return {
        "code": d.code, "severity": d.severity, "message": d.message, "help": d.help, "line": d.place.line,
        "column": d.place.column, "end_column": d.place.end_column, "fixable": bool(finding.edits),
    }  # fmt: skip


def as_github(files: Sequence[Linted], notes: bool) -> str:
    """Findings as workflow commands, which GitHub shows beside the lines."""
    return "".join(_annotation(finding.diagnostic) for _, finding in shown(files, notes))


def _annotation(d: Diagnostic) -> str:
    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def prop(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    where = f"file={prop(d.place.file)}"
    if d.place.line:
        where += f",line={d.place.line},col={d.place.column}"
    words = d.message + (f"\n{d.help}" if d.help else "")
    return f"::{_LEVEL[d.severity]} {where},title={prop(d.code)}::{data(words)}\n"


def as_junit(files: Sequence[Linted], notes: bool) -> str:
    """Findings as JUnit XML: a suite for each file, a failure for each finding."""
    root = ElementTree.Element("testsuites", name="mayshare lint")
    for file in files:
        found = [x.diagnostic for _, x in shown([file], notes)]
        failing = [d for d in found if d.severity != "note"]
        suite = ElementTree.SubElement(
            root, "testsuite", name=file.source.name, tests=str(max(1, len(found))), failures=str(len(failing))
        )
        if not found:
            ElementTree.SubElement(suite, "testcase", name="lint", classname=file.source.name)
        for d in found:
            name = f"{d.code} line {d.place.line}"
            case = ElementTree.SubElement(
                suite, "testcase", name=name, classname=file.source.name, line=str(d.place.line)
            )
            if d.severity != "note":
                message = "".join(c for c in d.message if c >= " ")
                ElementTree.SubElement(case, "failure", message=message, type=d.severity).text = str(d)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def as_sarif(files: Sequence[Linted], notes: bool) -> str:
    """Findings as SARIF 2.1.0, which code-scanning services read."""
    found = shown(files, notes)
    codes = sorted({x.diagnostic.code for _, x in found})
    driver = {"name": "mayshare", "semanticVersion": VERSION, "rules": [_rule(c) for c in codes]}
    results = [_result(x.diagnostic, codes) for _, x in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    text = page(code) or code
    severity = CHECKS[code].severity if code in CHECKS else "error"
    return {
        "id": code, "shortDescription": {"text": pages().get(code, code)}, "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": severity},
    }  # fmt: skip


def _result(d: Diagnostic, codes: list[str]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": d.place.file.replace("\\", "/").replace(" ", "%20")}}
    if d.place.line:
        region = {"startLine": d.place.line, "startColumn": max(1, d.place.column)}
        if d.place.end_column > d.place.column:
            region["endColumn"] = d.place.end_column
        location["region"] = region
    text = d.message + (f" ({d.help})" if d.help else "")
    return {
        "ruleId": d.code, "ruleIndex": codes.index(d.code), "level": d.severity, "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }  # fmt: skip


WRITERS = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github, "junit": as_junit}
