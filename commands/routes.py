"""`mayshare routes`: every road by which it could lawfully go."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.deciding import Decider, Disagreement
from .advice import disagreed, emit, subject_of
from .exits import worst
from .options import (
    AsOf,
    Format,
    KeyFile,
    Language,
    OnlyMine,
    Policies,
    RegisterFile,
    library,
    received_from,
    refusals,
)


def routes(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case file; `-` reads standard input.")],
    most: Annotated[int, typer.Option("--most", min=1, max=40, envvar="MAYSHARE_ROUTES_MOST", help="Roads shown.")] = 8,
    format: Format = "text",
    as_of: AsOf = None,
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
    language: Language = None,
) -> None:
    """Show every lawful road (avenue, mode, sending and receiving authority, channel), ranked by what it still asks for.

    Where the direct road is barred, show ways round through bodies of the two States, each step decided by its own law.
    Exits as `check` does, by the case as stated.
    """
    with refusals():
        from ..desk.roadwords import routes_blocks
        from ..desk.routes import routes as found_by

        subject = subject_of(case, Decider(library(policies, only_mine)), as_of, received_from(register, key_file))
        try:
            found = found_by(subject, most)
        except Disagreement as disagreement:
            raise disagreed(disagreement) from None
        emit(routes_blocks(found), found, format)
    raise typer.Exit(worst([found.outcome]))
