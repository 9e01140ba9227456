"""`mayshare schema`: JSON Schemas for editors and other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from ..rules.files import write_files
from .options import as_json, one_of, out, refusals

KINDS = ("policy", "case", "scenario", "decision", "vocabulary", "registry")


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=", ".join(KINDS) + ", or all.")] = "all",
    folder: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR", help="Write KIND.json files there.")
    ] = None,
) -> None:
    """Print (or write) the JSON Schema of a kind of file, or of a decision.

    An editor uses them through the first line of a file: `# yaml-language-server: $schema=…/policy.json`.
    """
    one_of(kind, (*KINDS, "all"), "KIND")
    with refusals():
        from ..engine.schemas import json_schema

        wanted = KINDS if kind == "all" else (kind,)
        if folder is not None:
            write_files(folder, ((f"{name}.json", as_json(json_schema(name))) for name in wanted))
        elif kind == "all":
            out(as_json({name: json_schema(name) for name in wanted}))
        else:
            out(as_json(json_schema(kind)))
