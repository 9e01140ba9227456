"""`mayshare list`: which policies and layers there are."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import OnlyMine, Policies, as_json, console, formats, library, out, refusals


def list_(
    format: Annotated[str, formats("text", "json")] = "text",
    facts: Annotated[
        bool, typer.Option("--facts", help="List the facts a case may state, with their values, instead.")
    ] = False,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """List the policies and layers: how many rules of each kind, as of when, what is left out."""
    with refusals():
        if facts:
            _facts(format)
            return
        found = library(policies, only_mine)
        rows = found.index()
        if format == "json":
            out(as_json([row.as_data() for row in rows]))
            return
        from ..rendering.tables import policy_table

        policy_table(rows, console())
        from ..rendering.tables import unencoded_blocks
        from ..rendering.text import print_blocks

        print_blocks(unencoded_blocks(found.unencoded()))


def _facts(format: str) -> None:
    from ..rules.vocabulary.load import load_vocabulary, vocabulary_files

    known = sorted(load_vocabulary(vocabulary_files()).facts.values(), key=lambda f: f.path)
    if format == "json":
        out(as_json([f.model_dump(mode="json", exclude_none=True) for f in known]))
        return
    from ..rendering.tables import fact_blocks
    from ..rendering.text import print_blocks

    print_blocks(fact_blocks(known))
