"""Linting files: read, checked, silenced where a comment says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...engine.compile import check_references
from ...rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ...rules.kinds import is_another
from ...rules.scenario import read_suite
from ...rules.source import Document, Source, read_documents
from .check import Check, Edit, Found
from .comments import Commented, ignores_of
from .registry import CHECKS
from .subject import PolicySubject, SuiteSubject, Surroundings, kind_of, registry_subject
from .suites import faults


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic of a check, with its repair if there is one right one."""

    diagnostic: Diagnostic
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in one file; `refused` says that it is not valid, and then the findings are why."""

    source: Source
    findings: tuple[Finding, ...]
    refused: bool = False
    silenced: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is valid: what the checks of its kind look at, and its text with places."""

    kind: str
    subject: Any
    document: Document

    def checks(self, *, deep: bool) -> list[Check]:
        """The checks of files of this kind: the deep ones or the others."""
        return [c for c in CHECKS.values() if c.of == self.kind and c.deep == deep]

    def found(self, checks: Iterable[Check]) -> list[Finding]:
        """What some checks find, silenced or not."""
        return [finding for check in checks for finding in _run(check, self.subject, self.document)]

    def concluded(self, found: Sequence[Finding], *, whole: bool = True) -> Linted:
        """What remains of the findings once comments have silenced some, in order of place.

        Unless they are the `whole` of what there is to find, no comment is blamed for silencing nothing.
        """
        commented = Commented(self.document, ignores_of(self.document), set(), CHECKS)
        kept = list(_unsilenced(found, commented))
        silenced = len(found) - len(kept)
        about = [c for c in CHECKS.values() if c.of == "file" and (whole or c.code != "MS693")]
        about_comments = [f for check in about for f in _run(check, commented, self.document)]
        kept += _unsilenced(about_comments, _about_comments(commented))
        ordered = sorted(dict.fromkeys(kept), key=_place)
        return Linted(self.document.source, tuple(ordered), silenced=silenced)


def lint(source: Source, around: Surroundings) -> Linted:
    """All findings in one file, in order of place."""
    try:
        reading = read(source, around)
    except Refused as refused:
        return Linted(source, tuple(Finding(d) for d in refused.diagnostics), refused=True)
    found = reading.found(c for c in CHECKS.values() if c.of == reading.kind)
    linted = reading.concluded(found)
    wrong = faults(reading.subject) if isinstance(reading.subject, SuiteSubject) else []
    if not wrong:
        return linted
    ordered = sorted([*linted.findings, *map(Finding, wrong)], key=_place)
    return replace(linted, findings=tuple(ordered), refused=True)


def _place(finding: Finding) -> tuple[int, int, str]:
    place = finding.diagnostic.place
    return place.line, place.column, finding.diagnostic.code


def _about_comments(commented: Commented) -> Commented:
    """The same comments, for findings about comments themselves: a comment cannot excuse itself for silencing nothing."""
    return Commented(
        commented.document,
        [replace(i, codes=tuple(c for c in i.codes if c != "MS693")) for i in commented.ignores],
        set(),
        CHECKS,
    )


def read(source: Source, around: Surroundings) -> Reading:
    """A file read for its checks.

    Raises:
        Refused: the file is not valid, or of no kind that can be checked.
    """
    kind = kind_of(source)
    readers: dict[str | None, Callable[[Source, Surroundings], tuple[Any, Document]]] = {
        "policy": _policy, "suite": _suite, "registry": _registry,
    }  # fmt: skip
    if kind in readers:
        return Reading(str(kind), *readers[kind](source, around))
    documents = read_documents(source)
    place = documents[0].place(()) if documents else Place(source.name)
    help_ = (
        is_another(documents[0].data if documents else None, "")
        or "a policy starts with `policy:`, a scenario suite with `suite:`, a registry file with `registry:`"
    )
    raise Refused([Diagnostic("MS690", f"`{source.name}` is no file that lint knows", place, help_)])


def _policy(source: Source, around: Surroundings) -> tuple[PolicySubject, Document]:
    policy = around.policy(source)
    if policy.document.kind == "domestic":
        layers = [around.layer(name) for name in policy.document.layers]
        for index, (name, layer) in enumerate(zip(policy.document.layers, layers, strict=True)):
            if layer is None:
                help_ = suggestion(name, [n for n in around.library.files if not n.isupper()])
                raise Refused([policy.text.error("MS210", f"no layer `{name}`", ("layers", index), help_)])
        check_references(policy, [p for p in layers if p is not None], around.vocabulary)
    return PolicySubject(policy, around), policy.text


def _suite(source: Source, around: Surroundings) -> tuple[SuiteSubject, Document]:
    suite = read_suite(source)
    return SuiteSubject(suite, around), suite.text


def _registry(source: Source, around: Surroundings) -> tuple[Any, Document]:
    subject = registry_subject(source, around)
    return subject, subject.text


def _run(check: Check, subject: Any, document: Document) -> Iterator[Finding]:
    for found in check.find(subject):
        yield Finding(_diagnostic(check, found, document), found.edits)


def _diagnostic(check: Check, found: Found, document: Document) -> Diagnostic:
    place = found.at if isinstance(found.at, Place) else document.place(found.at, key=found.key)
    if place.file != document.source.name:
        place = document.place(())
    return Diagnostic(check.code, found.message, place, found.help, check.severity, document.source.line(place.line))


def _unsilenced(findings: Iterable[Finding], commented: Commented) -> Iterator[Finding]:
    for finding in findings:
        line, code = finding.diagnostic.place.line, finding.diagnostic.code
        by = [i for i in commented.ignores if i.covers(code, line)]
        commented.used.update((i, code) for i in by)
        if not by:
            yield finding


__all__ = ["Finding", "Linted", "Reading", "lint", "read"]
