"""`mayshare explain`: what a code in a message means."""

from __future__ import annotations

from typing import Annotated

import typer

from ..rules.pages import page, pages
from .exits import Exit
from .options import note, out


def explain(
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="CODE", help="Codes such as MS101; none lists them all.")
    ] = None,
) -> None:
    """Explain the codes of errors, warnings and lint findings."""
    if not codes:
        width = max(len(code) for code in pages())
        out("".join(f"{code:<{width}}  {title}\n" for code, title in pages().items()))
        return
    texts = []
    for code in codes:
        found = page(code.upper())
        if found is None:
            from ..rules.diagnostics import suggestion

            note(f"there is no code `{code}`; {suggestion(code.upper(), pages(), '`mayshare explain` lists all')}")
            raise typer.Exit(Exit.USAGE)
        texts.append(found)
    out("\n".join(texts))
