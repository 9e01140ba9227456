"""What stands at the cursor of a text that may be half-written.

The text is read up to the cursor with a mark put in its place, as far as it can be read; where an earlier fault hides the
mark, only the lines under which the cursor is indented are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...rules.source import Document, Path_, Source, read_as_far

MARK = "\ue000"
_WORD = re.compile(r"[\w./-]*\Z")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to write at: the path of the value, or of the mapping or list whose next key it is.

    `prefix` is the part of the word before the cursor, `start` the column from 1 where the word begins, `own_line` whether
    nothing stands before it on its line but blanks and dashes.
    """

    path: Path_
    key: bool
    prefix: str
    start: int
    own_line: bool
    document: Document

    @property
    def data(self) -> Any:
        """The value at the path, as far as it is written; with a key, the mapping it belongs to."""
        value: Any = self.document.data
        for part in self.path:
            value = value[part]
        return value


def spot_at(text: str, line: int, column: int) -> Spot | None:
    """The place at a line and column, both from 1; None where nothing of the file's structure can be told."""
    lines = text.split("\n")
    before = lines[line - 1][: column - 1]
    word = _WORD.search(before)
    prefix = word.group() if word else ""
    head = before[: len(before) - len(prefix)]
    above = lines[: line - 1]
    for candidate in _attempts(above, head):
        document = read_as_far(Source("", candidate))
        found = _marked(document) if document is not None else None
        if document is not None and found is not None:
            path, key = found
            return Spot(path, key, prefix, len(head) + 1, not head.strip(" -"), document)
    return None


def _attempts(above: list[str], head: str) -> Iterator[str]:
    """The text with its mark: as a key where a line begins, else as a value; in quotes where they are open."""
    quote = next((q for q in ('"', "'") if head.count(q) % 2), "")
    ends = [f"{MARK}: ", MARK] if not head.strip() else [MARK + quote]
    for end in ends:
        yield "\n".join([*above, head + end])
    skeleton = _ancestors(above, len(head) - len(head.lstrip(" ")))
    for end in ends:
        yield "\n".join([*skeleton, head + end])


def _ancestors(above: list[str], indent: int) -> list[str]:
    """The lines under which a line of some indentation stands."""
    found: list[str] = []
    for line in reversed(above):
        own = len(line) - len(line.lstrip(" "))
        if own < indent and line.strip() and not line.lstrip().startswith("#"):
            found.append(line)
            indent = own
    return found[::-1]


def _marked(document: Document) -> tuple[Path_, bool] | None:
    """Where the mark is: its path as a value, or the path of the mapping whose key it is."""
    for path in reversed(document.keys):
        if path[-1] == MARK:
            return path[:-1], True
    for path in reversed(document.values):
        value: Any = document.data
        for part in path:
            value = value[part]
        if value == MARK:
            return path, False
    return None
