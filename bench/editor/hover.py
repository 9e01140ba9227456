"""What stands under the pointer, in words."""

from __future__ import annotations

import re

from lsprotocol.types import Hover, MarkupContent, MarkupKind

from ...rules.diagnostics import Place
from .checking import Checked
from .grammar import keys_at
from .names import Name, Sheet
from .outcomes import in_words
from .positions import Lines
from .view import View
from .words import about

_CODE = re.compile(r"\bMS\d{3}\b")


def hover(sheet: Sheet, view: View, checked: Checked | None, lines: Lines, line: int, column: int) -> Hover | None:
    """A code's page, what a name means, how a scenario went, or what a key is for; in this order."""
    for match in _CODE.finditer(lines.line(line)):
        if match.start() < column <= match.end() + 1:
            return _shown(about(Name("code", "", match.group()), view), lines, line, match.start() + 1, match.end() + 1)
    mentions = sheet.at(line, column)
    words = [about(name, view) for mention in mentions for name in view.meant(mention)]
    words += _outcome(sheet, checked, line, column)
    if any(words):
        place = mentions[0].place if mentions else Place("", line, 1, 1)
        text = "\n\n---\n\n".join(w for w in dict.fromkeys(words) if w)
        return _shown(text, lines, line, place.column, place.end_column)
    return _key(sheet, lines, line, column)


def _shown(text: str, lines: Lines, line: int, start: int, end: int) -> Hover | None:
    return Hover(MarkupContent(MarkupKind.Markdown, text), lines.span(line, start, line, end)) if text else None


def _outcome(sheet: Sheet, checked: Checked | None, line: int, column: int) -> list[str]:
    """How the scenario went whose id (or expectation) is pointed at."""
    if checked is None or sheet.kind != "suite" or not sheet.documents:
        return []
    document = sheet.documents[0]
    for index, runs in checked.outcomes.items():
        heads = [document.values.get(("scenarios", index, "id")), document.keys.get(("scenarios", index, "expect"))]
        heads.append(document.keys.get(("scenarios", index, "expect", "outcome")))
        heads.append(document.values.get(("scenarios", index, "expect", "outcome")))
        if any(h is not None and h.line == line and h.column <= column <= h.end_column for h in heads):
            return [in_words(runs)]
    return []


def _key(sheet: Sheet, lines: Lines, line: int, column: int) -> Hover | None:
    for document in sheet.documents:
        for path, place in document.keys.items():
            if place.line == line and place.column <= column <= place.end_column:
                said = keys_at(sheet.kind, path[:-1]).get(str(path[-1]), "")
                return _shown(said, lines, line, place.column, place.end_column)
    return None
