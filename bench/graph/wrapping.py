"""How wide text is, so that it can be broken into lines without knowing the reader's fonts."""

from __future__ import annotations

_NARROW = frozenset("iljtfrI.,:;'|!()[]/ -·")
_WIDE = frozenset("mwMW@%—…")


def width(text: str, size: float) -> float:
    """The width of a text in a wide sans-serif face, in the unit of `size`: what other faces stay under."""
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.38
    if letter in _WIDE:
        return 0.98
    if letter.isupper():
        return 0.72
    return 0.62 if ord(letter) < 0x2E80 else 1.0


def lines(text: str, size: float, room: float) -> list[str]:
    """A text in lines no wider than `room`; a word wider than that is broken."""
    found: list[str] = []
    line = ""
    for word in text.split():
        for piece in _pieces(word, size, room):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer, size) > room:
                found.append(line)
                line = piece
            else:
                line = longer
    return [*found, line] if line else found


def _pieces(word: str, size: float, room: float) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and width(piece + letter, size) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
