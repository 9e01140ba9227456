"""Options that several commands share, and how they print and fail."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.library import Library
from ..languages.speaking import LANGUAGES, chosen, speak, spoken
from ..rules.diagnostics import Refused
from .exits import Exit

if TYPE_CHECKING:
    from rich.console import Console

    from ..rules.case import Kept, Received, Stated

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
RegisterFile = Annotated[
    str | None,
    typer.Option(
        "--register", metavar="FILE", envvar="MAYSHARE_REGISTER",
        help="The register from which a case takes what was received (`received: {register: 3}`).",
    ),
]  # fmt: skip
KeyFile = Annotated[
    str | None,
    typer.Option(
        "--key-file", metavar="FILE", envvar="MAYSHARE_REGISTER_KEY_FILE",
        help="The key of an encrypted register; the key itself may stand in MAYSHARE_REGISTER_KEY.",
    ),
]  # fmt: skip


def one_of(value: str, allowed: Sequence[str], option: str) -> str:
    """A value of an option, or a usage error that lists what is allowed."""
    if value not in allowed:
        raise typer.BadParameter(f"`{value}` is none of {', '.join(allowed)}", param_hint=option)
    return value


def formats(*allowed: str, of: str = "") -> Any:
    """The option `--format` of a command that knows some formats; `of` says of what, where that is not plain."""
    named = f"{', '.join(allowed[:-1])} or {allowed[-1]}."
    return typer.Option(
        "--format", "-f", envvar="MAYSHARE_FORMAT", help=f"{of} {named}".strip(),
        callback=lambda value: one_of(value, allowed, "--format"),
    )  # fmt: skip


Format = Annotated[str, formats("text", "json", "markdown")]
PageFormat = Annotated[str, formats("text", "json", "markdown", "html")]


def day(value: str, option: str) -> date:
    """What an option states as a day."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"`{value}` is not a day: write YYYY-MM-DD", param_hint=option) from None


def day_option(name: str, help: str, variable: str = "") -> Any:
    """An option that states a day; its variable in the environment is called after it unless said otherwise."""
    variable = variable or "MAYSHARE_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(name, metavar="YYYY-MM-DD", envvar=variable, help=help, parser=lambda value: day(value, name))


AsOf = Annotated[date | None, day_option("--as-of", "The day whose law applies; wins over the case's own.")]


def _speak(value: str | None) -> str:
    language = value or chosen()
    if language not in LANGUAGES:
        known = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise typer.BadParameter(f"`{language}` is none of {known}", param_hint="--language")
    speak(language)
    return language


Language = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="CODE", envvar="MAYSHARE_LANGUAGE", callback=_speak,
        help="Language of what is shown: en, fr or es; by LC_ALL, LC_MESSAGES or LANG if omitted. JSON is the same in all.",
    ),
]  # fmt: skip


def library(policies: list[str] | None, only_mine: bool = False) -> Library:
    """The policies a command works with."""
    return Library(folders=tuple(policies or ()), builtin=not only_mine)


def received_from(register: str | None, key_file: str | None) -> Received | None:
    """What looks entries up for cases that name one; None where no register is named."""
    if register is None:
        return None
    name = register

    def look_up(entry: str, facts: Mapping[str, Stated]) -> Kept:
        from ..desk.register.received import look_up as found
        from ..desk.register.store import Register

        return found(Register(name, secret(key_file)), entry, facts)

    return look_up


def secret(key_file: str | None) -> bytes | None:
    """The key of a register: the file's content without white space round it, else MAYSHARE_REGISTER_KEY.

    Raises:
        Refused: MS001 the file cannot be read.
    """
    if key_file is None:
        key = os.environ.get("MAYSHARE_REGISTER_KEY")
        return key.strip().encode() if key else None
    from pathlib import Path

    from ..rules.diagnostics import Diagnostic, Place

    try:
        return Path(key_file).read_bytes().strip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        text = f"`{key_file}` cannot be read: {reason}"
        raise Refused([Diagnostic("MS001", text, Place(key_file), "check the path")]) from None


def out(text: str) -> None:
    """Write a result to standard output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a message to standard error, in the language spoken."""
    text = spoken(text)
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def console() -> Console:
    """A console on standard output: colour on a terminal, unless NO_COLOR is set."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 100
    return Console(file=sys.stdout, highlight=False, width=width, soft_wrap=False)


def note_overlooked(command: str, paths: list[str] | None, policies: list[str]) -> None:
    """Say so where nothing was named, so that the shipped files are looked at, and one's own lie right here."""
    from ..bench.files import overlooked

    if not paths and not policies and overlooked():
        note(f"this is about the built-in files, not about those in this folder: `mayshare {command} .` is about them")


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what goes wrong into a message and an exit code, never a traceback.

    Invalid input, and a full disk behind standard output, exit with 3 after their diagnostics; a reader that closes the pipe
    ends the command quietly.
    """
    try:
        yield
    except Refused as refused:
        report_refused(refused)
        raise typer.Exit(Exit.INVALID) from None
    except BrokenPipeError:
        quiet_pipe()
        raise typer.Exit(Exit.DONE) from None
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        quiet_pipe()
        from ..rules.diagnostics import Diagnostic, Place

        text = f"standard output cannot be written: {(error.strerror or str(error)).lower()}"
        report_refused(Refused([Diagnostic("MS015", text, Place("<stdout>"), "make room, or write elsewhere")]))
        raise typer.Exit(Exit.INVALID) from None


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
