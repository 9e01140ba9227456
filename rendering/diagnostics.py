"""Diagnostics as people read them: place, message, the line with a caret, the remedy."""

from __future__ import annotations

from collections.abc import Iterable

from ..rules.diagnostics import Diagnostic

MAX_SNIPPET = 160


def diagnostic_lines(diagnostic: Diagnostic) -> list[str]:
    """One diagnostic as lines of text."""
    lines = [f"{diagnostic.place}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}"]
    if diagnostic.snippet.strip():
        lines += _snippet(diagnostic)
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return lines


def _snippet(diagnostic: Diagnostic) -> list[str]:
    place = diagnostic.place
    number = str(place.line)
    text = diagnostic.snippet.replace("\t", "→")
    start = max(0, place.column - 1 - MAX_SNIPPET // 2) if len(text) > MAX_SNIPPET else 0
    shown = text[start : start + MAX_SNIPPET]
    width = max(1, min(place.end_column, len(text) + 1) - place.column)
    caret = " " * max(0, place.column - 1 - start) + "^" * min(width, MAX_SNIPPET)
    gutter = " " * len(number)
    return [f"  {number} | {shown}", f"  {gutter} | {caret}"]


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """Several diagnostics, with a count at the end and where to read more."""
    found = list(diagnostics)
    lines = [line for d in found for line in (*diagnostic_lines(d), "")]
    errors = sum(d.severity == "error" for d in found)
    codes = " ".join(dict.fromkeys(d.code for d in found))
    if errors:
        lines.append(f"{errors} error{'s' if errors != 1 else ''}; more about each: mayshare explain {codes}")
    return "\n".join(lines)
