"""`mayshare package`: what may go now, with which marks."""

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


def package(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case file; `-` reads standard input.")],
    format: Format = "text",
    as_of: AsOf = None,
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
    language: Language = None,
) -> None:
    """Show the largest set of items that may go now, with what goes along, and the rest with the reasons.

    For each item: what is left to do, the handling marks it must carry, contradictions between marks and conditions. Then the
    receiver's side: whether its law keeps the conditions, and which side binds. For `use` and `onward`, what could follow.
    Exits by the outcome of the items that go: 0 allow, 10 conditions; 11 or 12 if none may.
    """
    with refusals():
        from ..desk.package import package as found_by
        from ..desk.roadwords import package_blocks

        subject = subject_of(case, Decider(library(policies, only_mine)), as_of, received_from(register, key_file))
        try:
            found = found_by(subject)
        except Disagreement as disagreement:
            raise disagreed(disagreement) from None
        emit(package_blocks(found), found, format)
    raise typer.Exit(worst([found.outcome]))
