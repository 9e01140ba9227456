"""Places in a text, as files count them (characters, from 1) and as an editor does (code units, from 0)."""

from __future__ import annotations

from functools import cached_property

from lsprotocol.types import Position, Range
from pygls.workspace import PositionCodec, ServerTextPosition

from ...rules.diagnostics import Place


class Lines:
    """A text whose places an editor is told, in the units agreed with it."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        self.text = text
        self.codec = codec

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return [line.rstrip("\r") for line in self.text.split("\n")]

    def position(self, line: int, column: int) -> Position:
        """A place as the editor counts; beyond the end of a line it is that end."""
        at = min(max(line - 1, 0), len(self.lines) - 1)
        column = min(max(column - 1, 0), len(self.lines[at]))
        return self.codec.position_to_client_units(self.lines, ServerTextPosition(at, column))

    def point(self, position: Position) -> tuple[int, int]:
        """Line and column of what the editor points at."""
        found = self.codec.position_from_client_units(self.lines, Position(position.line, position.character))
        return found.line + 1, found.character + 1

    def range(self, place: Place) -> Range:
        """The stretch of a place; of the first line where it has none."""
        return self.span(place.line or 1, place.column or 1, place.line or 1, place.end_column)

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Range:
        """The stretch between two places; it ends with its line if it would end before it begins."""
        if (end_line, end_column) <= (line, column):
            end_line, end_column = line, len(self.line(line)) + 1
        return Range(self.position(line, column), self.position(end_line, end_column))

    def line(self, number: int) -> str:
        """A line counted from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def whole(self) -> Range:
        """All of it."""
        return Range(Position(0, 0), self.position(len(self.lines), len(self.lines[-1]) + 1))

    def cut(self, place: Place) -> str:
        """What is written at a place."""
        return self.line(place.line)[place.column - 1 : place.end_column - 1]


def within(place: Place, line: int, column: int) -> bool:
    """Whether a place holds a point; right behind its end counts."""
    return place.line == line and place.column <= column <= max(place.end_column, place.column)
