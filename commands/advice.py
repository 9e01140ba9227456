"""What the commands of the adviser's desk share: one case in, one answer out in any format."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import typer
from pydantic import BaseModel

from ..engine.deciding import Decider, Disagreement
from ..engine.reading import read_cases
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import Source, decode, read_source
from .exits import Exit
from .options import as_json, note, out

if TYPE_CHECKING:
    from ..desk.whatif import Subject
    from ..rendering.report import Block
    from ..rules.case import Received


def source_of(name: str) -> Source:
    """A file, or standard input for `-`."""
    return decode(sys.stdin.buffer.read(), "<stdin>") if name == "-" else read_source(name)


def subject_of(name: str, decider: Decider, day: date | None, received: Received | None) -> Subject:
    """The one case of a file, with its law.

    Raises:
        Refused: the file cannot be read, or MS601 it holds several cases.
    """
    from ..desk.whatif import Subject

    source = source_of(name)
    cases = read_cases(source, decider.library, received)
    if len(cases) != 1:
        message = f"this file holds {len(cases)} cases, and one is worked on at a time"
        raise Refused([Diagnostic("MS601", message, Place(source.name), "give a file with one case")])
    return Subject.of(decider, cases[0], day)


def emit(blocks: list[Block], data: Any, format: str) -> None:
    """Print an answer in the format asked for; `data` is what it is as JSON, or a model of that."""
    if format == "json":
        out(as_json(data.model_dump(mode="json") if isinstance(data, BaseModel) else data))
    elif format == "markdown":
        from ..rendering.markdown import markdown

        out(markdown(blocks))
    else:
        from ..rendering.text import print_blocks

        print_blocks(blocks)


def disagreed(disagreement: Disagreement) -> typer.Exit:
    """The exit after the engines disagreed, which is no answer."""
    note(f"internal error: the engines disagree, so there is no answer. Please report this:\n{disagreement.report}")
    return typer.Exit(Exit.INTERNAL)
