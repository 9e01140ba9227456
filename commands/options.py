"""Options that several commands share, and how they print and fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.library import Library
from ..rules.diagnostics import Refused
from .exits import Exit

if TYPE_CHECKING:
    from rich.console import Console

Policies = Annotated[
    list[str],
    typer.Option(
        "--policies", metavar="DIR", envvar="MAYSHARE_POLICIES",
        help="A folder (or file) of your own policies; one stands instead of the built-in of the same name. May be repeated.",
    ),
]  # fmt: skip
OnlyMine = Annotated[
    bool,
    typer.Option("--no-builtin", envvar="MAYSHARE_NO_BUILTIN", help="Leave the built-in policies and registry out."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        envvar="MAYSHARE_AS_OF",
        help="The day whose law applies; wins over the case's own.",
    ),
]


def day_option(value: str | None) -> date | None:
    """An `--as-of` value as a date."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"`{value}` is not a day: write YYYY-MM-DD", param_hint="--as-of") from None


def library(policies: list[str] | None, only_mine: bool = False) -> Library:
    """The policies a command works with."""
    return Library(folders=tuple(policies or ()), builtin=not only_mine)


def out(text: str) -> None:
    """Write a result to standard output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a message to standard error."""
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def console() -> Console:
    """A console on standard output: colour on a terminal, unless NO_COLOR is set."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 100
    return Console(file=sys.stdout, highlight=False, width=width, soft_wrap=False)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what goes wrong into a message and an exit code, never a traceback.

    Invalid input exits with 3 after its diagnostics; a reader that closes the pipe ends the command quietly.
    """
    try:
        yield
    except Refused as refused:
        report_refused(refused)
        raise typer.Exit(Exit.INVALID) from None
    except BrokenPipeError:
        quiet_pipe()
        raise typer.Exit(Exit.DONE) from None


def report_refused(refused: Refused) -> None:
    """Print why an input was refused."""
    from ..rendering.diagnostics import render

    note(render(refused.diagnostics))


def quiet_pipe() -> None:
    """Keep Python from complaining at exit about a pipe that the reader closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_json(data: Any) -> str:
    """Data as JSON text."""
    import json

    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"


def one_of(value: str, allowed: tuple[str, ...], option: str) -> str:
    """A value of an option, or a usage error that lists what is allowed."""
    if value not in allowed:
        raise typer.BadParameter(f"`{value}` is none of {', '.join(allowed)}", param_hint=option)
    return value
