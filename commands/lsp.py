"""`mayshare lsp`: the language server that an editor starts."""

from __future__ import annotations

import typer

from .exits import Exit
from .options import OnlyMine, Policies, note


def lsp(
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Serve an editor over standard input and output: findings while typing, completion, hover, rename, outcomes.

    An editor starts it; how, for VS Code, Neovim, Emacs and Helix, is in docs/editor.md. Needs `pip install 'mayshare[lsp]'`.
    """
    try:
        from ..bench.editor.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        note(f"the language server needs `{error.name}`, which is not installed: pip install 'mayshare[lsp]'")
        raise typer.Exit(Exit.USAGE) from None
    serve(policies, builtin=not only_mine)
