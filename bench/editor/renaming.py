"""One name for another, everywhere it stands; or the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...rules.source import Source
from .names import Mention, Name, Sheet
from .view import View

RENAMED = ("rule", "definition", "fact", "condition", "instrument", "base", "scenario", "source")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_WORDS = {"true", "false", "null"}


class CannotRename(Exception):
    """Why a name stays as it is, in words for the person who asked."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text for a stretch of one line of a file: columns from 1, the end excluded."""

    source: Source
    line: int
    start: int
    end: int
    text: str


def at_point(sheet: Sheet, view: View, line: int, column: int) -> tuple[Mention, Name]:
    """What would be renamed at a point.

    Raises:
        CannotRename: nothing that has a name of the drafter's own stands there, or it may mean several things.
    """
    mentions = [m for m in sheet.at(line, column) if m.name.kind in RENAMED]
    names = list(dict.fromkeys(n for m in mentions for n in view.meant(m)))
    if not names:
        raise CannotRename("no rule, definition, fact, condition, instrument, base or scenario stands here")
    if len(names) > 1:
        owners = ", ".join(f"`{n.owner}`" for n in names)
        raise CannotRename(f"`{names[0].id}` may mean that of {owners} here: rename it where it is defined")
    return mentions[0], names[0]


def renamed(name: Name, new: str, view: View, is_own: Callable[[str], bool]) -> list[Replacement]:
    """Every replacement that gives a thing a new name; `is_own` says of a file name whether it is the drafter's.

    Raises:
        CannotRename: the new name cannot be, is taken, or the thing is defined in what is shipped.
    """
    found = list(view.mentions(name))
    definitions = [(sheet, m) for sheet, m in found if m.defines]
    if not definitions:
        raise CannotRename(f"`{name.id}` is defined nowhere")
    foreign = next((s.source.name for s, _ in definitions if not is_own(s.source.name)), None)
    if foreign is not None:
        raise CannotRename(f"`{name.id}` stands in {foreign}, which is shipped and not yours to change")
    broken = next((s.source.name for s, _ in found if s.broken), None)
    if broken is not None:
        raise CannotRename(f"{broken} cannot be read as it stands: mend it first")
    _check(name, new, view)
    result = [part for sheet, m in found if is_own(sheet.source.name) for part in _replace(sheet, m, name, new, view)]
    return sorted(dict.fromkeys(result), key=lambda r: (r.source.name, r.line, r.start))


def _check(name: Name, new: str, view: View) -> None:
    if not _ID.match(new) or (name.kind == "fact" and not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", new)):
        raise CannotRename(f"`{new}` cannot be a name: letters, digits, `-`, `_` and `.`")
    if new.lower() in _WORDS or (name.kind != "scenario" and re.fullmatch(r"[\d.-]+", new)):
        raise CannotRename(f"`{new}` would not be read as a name")
    if new != name.id and view.definitions(Name(name.kind, name.owner, new)):
        raise CannotRename(f"there is already a {name.kind} `{new}`")
    if name.kind == "fact":
        prefix = name.id.partition(".")[0]
        if not new.startswith(f"{prefix}."):
            raise CannotRename(f"a fact of this policy is named `{prefix}.…`")
        if any(path.startswith(f"{new}.") or new.startswith(f"{path}.") for path in view.facts if path != name.id):
            raise CannotRename(f"another fact's name begins with `{new}`, or this one with another's")


def _replace(sheet: Sheet, mention: Mention, name: Name, new: str, view: View) -> Iterator[Replacement]:
    if len(view.meant(mention)) > 1:
        raise CannotRename(f"at {mention.place} `{mention.written}` may mean several things: rename it there first")
    place = mention.place
    line = sheet.source.line(place.line)
    written = line[place.column - 1 : place.end_column - 1]
    quote = written[:1] if written[:1] in ("'", '"') else ""
    inner = written.strip(quote) if quote else written
    if inner != mention.written or place.end_column > len(line) + 1:
        return  # an alias: what it stands for is renamed where it is written
    text = _suffix(mention, name, new)
    if not quote and not _SAFE.match(text) and mention.name.kind not in ("rule", "scenario"):
        quote = '"'
    yield Replacement(sheet.source, place.line, place.column, place.end_column, f"{quote}{text}{quote}")


def _suffix(mention: Mention, name: Name, new: str) -> str:
    """What stands for the new name where only the last part of the old one is written, as in a case's nested facts."""
    if mention.written.endswith(name.id):
        return mention.written[: -len(name.id)] + new
    above = name.id[: len(name.id) - len(mention.written)]
    if not new.startswith(above):
        raise CannotRename(
            f"at {mention.place} only `{mention.written}` is written, under `{above}`: `{new}` does not fit there"
        )
    return new[len(above) :]
