"""Errors as values: each with a code, a place and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple


class Place(NamedTuple):
    """A span in a source file; `line` and `column` count from 1, 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about an input.

    `code` has a page (`mayshare explain CODE`). `message` says what is wrong, `help` what to write instead,
    `snippet` is the offending line of the source, empty when there is none.
    """

    code: str
    message: str
    place: Place
    help: str = ""
    severity: str = "error"
    snippet: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.severity} {self.code}: {self.message}"


class Refused(Exception):
    """An input could not be read or is not valid; carries every diagnostic found, in order of place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        unique = dict.fromkeys(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(
            sorted(unique, key=lambda d: (d.place.file, d.place.line, d.place.column, d.code))
        )
        super().__init__("\n".join(str(d) for d in self.diagnostics))


MOST = 100
"""So many errors in one input are reported."""


@dataclass(slots=True)
class Findings:
    """Collects diagnostics so that one reading reports everything that is wrong with an input."""

    items: list[Diagnostic] = field(default_factory=list)
    count: int = 0

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic.

        Raises:
            Refused: it is the last of `MOST` errors: nobody reads on, and finding and showing each takes time.
        """
        self.items.append(diagnostic)
        self.count += diagnostic.severity == "error"
        if self.count == MOST:
            text = f"{MOST} errors up to here, and the rest is not read"
            self.items.append(Diagnostic("MS009", text, Place(diagnostic.place.file), "correct these first"))
            raise Refused(self.items)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.items if d.severity == "error"]

    def stop_on_errors(self) -> None:
        """Raise `Refused` with everything collected, if any of it is an error."""
        if self.errors:
            raise Refused(self.items)


MANY = 40


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None when nothing is near enough to be a misspelling of it."""
    names = list(known)
    folded = {n.lower(): n for n in names}
    if name.lower() in folded:
        return folded[name.lower()]
    for close in get_close_matches(name.lower(), folded, n=1, cutoff=0.6):
        if len(close) > 2 or len(name) < 4:  # most words hold the two letters of some code
            return folded[close]
    tail = [n for n in names if n.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]]
    return tail[0] if len(tail) == 1 else None


FACTS = "`mayshare list --facts` lists the facts and their values"
"""What lists the names that a fact, or a value of one, may have."""


def suggestion(name: str, known: Iterable[str], lists: str = "") -> str:
    """A remedy sentence naming the nearest known name, or listing those there are; of too many, `lists` says what does."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    if len(names) > MANY:
        return f"no known name is near it; {lists}" if lists else "no known name is near it"
    listed = ", ".join(f"`{n}`" for n in sorted(names))
    return f"known here: {listed}" if names else "none is known here"
