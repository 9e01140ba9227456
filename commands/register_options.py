"""What the commands of the register share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from ..rules.diagnostics import Diagnostic, Place, Refused
from .exits import Exit
from .options import day_option, note, refusals, secret

if TYPE_CHECKING:
    from ..desk.register.due import Happened
    from ..desk.register.recording import Act
    from ..desk.register.store import Register

RegisterHere = Annotated[
    str | None, typer.Option("--register", metavar="FILE", envvar="MAYSHARE_REGISTER", help="The register.")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", envvar="MAYSHARE_BY", help="Who acted: name, office.")]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY", help="When it happened: 2026-03-02, or 2026-03-02T14:30+01:00. Default: now."),
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A remark.")]
Today = Annotated[date | None, day_option("--today", "The day to count from, if it is not today.")]


@contextmanager
def registering() -> Iterator[None]:
    """`refusals`, and a clear end when interrupted: an entry is in the register whole, or not at all."""
    try:
        with refusals():
            yield
    except KeyboardInterrupt:
        note("\nstopped; an entry that was not reported as recorded is not in the register (`mayshare register list`)")
        raise typer.Exit(Exit.INTERRUPTED) from None


def opened(register: str | None, key_file: str | None) -> Register:
    """The register named.

    Raises:
        Refused: MS741 none is named.
    """
    from ..desk.register.store import Register

    return Register(named(register), secret(key_file))


def named(register: str | None) -> str:
    """The register's file.

    Raises:
        Refused: MS741 none is named.
    """
    if register is None:
        help_ = "name it: --register FILE, or MAYSHARE_REGISTER; `mayshare register init` starts one"
        raise Refused([Diagnostic("MS741", "no register is named", Place("--register"), help_)])
    return register


def act(by: str, on: str | None, remark: str | None) -> Act:
    """Who did it and when."""
    from datetime import datetime

    from ..desk.register.recording import Act

    if not by.strip():
        raise typer.BadParameter("say who acted", param_hint="--by")
    when = moment(on, "--on") if on else datetime.now().astimezone().replace(second=0, microsecond=0)
    return Act(by, when, remark)


def moment(value: str, option: str) -> Happened:
    """A day, or a day with its hour."""
    from ..desk.register.due import happened

    try:
        return happened(value)
    except ValueError:
        text = f"`{value}` is neither a day (2026-03-02) nor a day with its hour (2026-03-02T14:30+01:00)"
        raise typer.BadParameter(text, param_hint=option) from None
