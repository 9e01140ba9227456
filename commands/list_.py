"""`mayshare list`: which policies and layers there are."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import OnlyMine, Policies, as_json, console, library, one_of, out, refusals


def list_(
    format: Annotated[str, typer.Option("--format", "-f", envvar="MAYSHARE_FORMAT", help="text or json.")] = "text",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """List the policies and layers: how many rules of each kind, as of when, what is left out."""
    one_of(format, ("text", "json"), "--format")
    with refusals():
        rows = library(policies, only_mine).index()
        if format == "json":
            out(as_json([row.as_data() for row in rows]))
            return
        from ..rendering.tables import policy_table

        policy_table(rows, console())
