"""`mayshare whatif`: what would have to change for it to be lawful?"""

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


def whatif(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case file; `-` reads standard input.")],
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            "-s",
            metavar="[ITEM:]FACT=VALUE",
            envvar="MAYSHARE_SET",
            help="Decide again with this fact stated so; may be repeated. A list is written [a, b], `unknown` takes it back.",
        ),
    ] = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    most: Annotated[
        int, typer.Option("--most", min=1, max=50, envvar="MAYSHARE_WHATIF_MOST", help="Ways shown for each item.")
    ] = 6,
    format: Format = "text",
    as_of: AsOf = None,
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006
    only_mine: OnlyMine = False,
    language: Language = None,
) -> None:
    """Find the smallest changes within the sender's reach that let what may not go, or cannot be decided, go.

    Each is checked by deciding the changed case again. With --set, compare the case with your own change instead.
    Exits as `check` does: by the case's outcome, or with --set by that of the changed case.
    """
    with refusals():
        from ..desk.whatif import what_if
        from ..desk.words import comparison_blocks, whatif_blocks

        decider = Decider(library(policies, only_mine))
        subject = subject_of(case, decider, as_of, received_from(register, key_file))
        try:
            if set_:
                from ..desk.compare import compared

                found = compared(subject, set_)
                emit(comparison_blocks(found), found, format)
                raise typer.Exit(worst([found.after.outcome]))
            answer = what_if(subject, most=most)
        except Disagreement as disagreement:
            raise disagreed(disagreement) from None
        emit(whatif_blocks(answer), answer, format)
    raise typer.Exit(worst([answer.outcome]))
