"""Comments that silence a finding: `# mayshare: ignore MS612 reason`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ...rules.diagnostics import Place, suggestion
from ...rules.source import Document
from ..comments import Comment, comments_of
from .check import Edit, Family, Found

family = Family()

_IGNORE = re.compile(r"#\s*mayshare:\s*ignore(-file)?\b[ \t]*(?P<rest>.*)$")
_MEANT = re.compile(r"#\s*mayshare\b.*\bMS\d{3}\b", re.IGNORECASE)
_CODES = re.compile(r"(MS[\w-]*(?:\s*,\s*MS[\w-]*)*)\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that silences: codes, reason, and the lines (first, last) on which findings may begin."""

    place: Place
    codes: tuple[str, ...]
    reason: str
    first: int
    last: int

    def covers(self, code: str, line: int) -> bool:
        """Whether it silences a finding."""
        return bool(self.reason) and code in self.codes and self.first <= line <= self.last


def ignores_of(document: Document) -> list[Ignore]:
    """The silencing comments of a file.

    One at the end of a line holds for that line, or for the whole rule, definition, fact or other entry that begins on it; one
    on a line of its own does so for the next line; `ignore-file` holds for the file.
    """
    if "mayshare:" not in document.source.text:
        return []
    found = []
    for comment in comments_of(document.source.text):
        match = _IGNORE.match(comment.text)
        if match:
            found.append(_ignore(document, comment, bool(match.group(1)), match.group("rest").strip()))
    return found


def _ignore(document: Document, comment: Comment, whole_file: bool, rest: str) -> Ignore:
    match = _CODES.match(rest)
    codes = tuple(c.strip().upper() for c in match.group(1).split(",")) if match else ()
    reason = match.group(2).strip() if match else ""
    width = comment.column + 1 + len(comment.text)
    place = Place(document.source.name, comment.line, comment.column + 1, width)
    lines = document.source.text.count("\n") + 1
    if whole_file:
        return Ignore(place, codes, reason, 0, lines + 1)
    line = comment.line if not comment.alone else _next_line(document, comment.line)
    return Ignore(place, codes, reason, line, _end_of_entry(document, line))


def _next_line(document: Document, line: int) -> int:
    lines = document.source.text.split("\n")
    while line < len(lines) and (not lines[line].strip() or lines[line].lstrip().startswith("#")):
        line += 1
    return line + 1


def _end_of_entry(document: Document, line: int) -> int:
    """The last line of the outermost entry that begins on a line: a rule, a definition, a scenario."""
    starting = [p for p, place in document.keys.items() if place.line == line]
    starting += [p for p, place in document.values.items() if place.line == line and p and isinstance(p[-1], int)]
    if not starting:
        return line
    outermost = min(starting, key=len)
    inside = [v.line for p, v in document.values.items() if p[: len(outermost)] == outermost]
    return max([line, *inside])


@dataclass
class Commented:
    """A file with its silencing comments, which of them silenced something, and the codes there are."""

    document: Document
    ignores: list[Ignore]
    used: set[tuple[Ignore, str]]
    known: Collection[str]


@family.check("MS691", of="file")
def no_reason(subject: Commented) -> Iterator[Found]:
    """A silencing comment without a reason."""
    for ignore in subject.ignores:
        if not ignore.codes:
            yield Found(
                ignore.place, "this comment does not say which code it silences", "write `# mayshare: ignore MS612 why`"
            )
        elif not ignore.reason:
            yield Found(
                ignore.place, "this comment gives no reason, and silences nothing", "write the reason behind the code"
            )


@family.check("MS692", of="file")
def unknown_code(subject: Commented) -> Iterator[Found]:
    """A silencing comment with a code that there is not."""
    for ignore in subject.ignores:
        for code in ignore.codes:
            if code not in subject.known:
                yield Found(ignore.place, f"there is no check `{code}`", suggestion(code, subject.known))


def _removal(ignore: Ignore) -> tuple[Edit, ...]:
    """The comment goes if it says nothing else."""
    return (Edit(ignore.place, remove=True),) if len(ignore.codes) == 1 else ()


@family.check("MS693", of="file")
def silences_nothing(subject: Commented) -> Iterator[Found]:
    """A silencing comment that silences nothing."""
    for ignore in subject.ignores:
        for code in ignore.codes if ignore.reason else ():
            if code in subject.known and (ignore, code) not in subject.used:
                yield Found(ignore.place, f"nothing here is found by `{code}` any more", "remove it", _removal(ignore))


@family.check("MS696", of="file")
def misspelt(subject: Commented) -> Iterator[Found]:
    """A comment that names a code and was meant to silence it, but is not written so that it does."""
    source = subject.document.source
    for comment in comments_of(source.text) if "mayshare" in source.text else ():
        if _MEANT.match(comment.text) and not _IGNORE.match(comment.text):
            width = comment.column + 1 + len(comment.text)
            place = Place(source.name, comment.line, comment.column + 1, width)
            yield Found(place, "this comment silences nothing", "write `# mayshare: ignore MS612 why`")
