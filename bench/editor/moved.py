"""What was known of a text, carried over to the text it has become: lines that still stand keep what was said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...rules.diagnostics import Place
from ...rules.source import Document, Path_, Source


@dataclass(frozen=True, slots=True)
class Shift:
    """From the lines of an older text to those of a newer: `head` lines stand as they did, and so do those after `tail`."""

    head: int
    tail: int
    by: int

    def line(self, number: int) -> int | None:
        """Where a line stands now; None if it was among those that changed."""
        if number <= self.head:
            return number
        return number + self.by if number > self.tail else None

    def place(self, place: Place) -> Place | None:
        """Where a place is now; None if its line changed."""
        line = self.line(place.line)
        return None if line is None else place._replace(line=line)


def shift(old: str, new: str) -> Shift:
    """What stands between the first and the last line that differ counts as changed."""
    before, after = old.split("\n"), new.split("\n")
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - head
    same = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return Shift(head, len(before) - same, len(after) - len(before))


def moved(document: Document, source: Source, by: Shift) -> Document:
    """A document with its places where they now are; what stood on changed lines has none."""

    def places(known: Mapping[Path_, Place]) -> dict[Path_, Place]:
        return {path: place for path, old in known.items() if (place := by.place(old)) is not None}

    return Document(source, document.data, places(document.keys), places(document.values))
