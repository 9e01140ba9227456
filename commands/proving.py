"""What the commands that put questions to the solver share: options, the law they name, how they print and fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.bundle import Bundle
from ..engine.deciding import Disagreement
from ..engine.library import Library
from ..rules.diagnostics import Diagnostic, Place, Refused
from .exits import Exit
from .options import as_json, day_option, note, out, refusals

if TYPE_CHECKING:
    from ..proof.decode import Witness
    from ..proof.page import Page
    from ..rules.check_policy import Policy

TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        min=0.001,
        envvar="MAYSHARE_TIME_LIMIT",
        help="Longest time for one question.",
    ),
]
From = Annotated[date | None, day_option("--from", "First day in question.", "MAYSHARE_FIRST_DAY")]
To = Annotated[date | None, day_option("--to", "Last day in question.", "MAYSHARE_LAST_DAY")]


@dataclass(frozen=True)
class Law:
    """A law that an argument names, and the library it was found in."""

    bundle: Bundle
    library: Library

    def policy(self) -> Policy:
        """The policy as written, for the definitions that questions may use."""
        return self.library.policy(self.bundle.heads[0].id)


def law(name: str, library: Library) -> Law:
    """The law that an argument names: a code such as CH, a layer, or a policy file.

    Raises:
        Refused: there is none, or the file is not valid.
    """
    if name in library.files or not (name.endswith((".yaml", ".yml")) or "/" in name or Path(name).is_file()):
        return Law(library.bundle(name), library)
    own = Library(folders=(*library.folders, name), builtin=library.builtin)
    mine = [f.id for f in Library(folders=(name,), builtin=False).files.values()]
    if not mine:
        raise Refused(
            [Diagnostic("MS652", f"`{name}` holds no policy", Place(name), "name a file that begins with `policy: XX`")]
        )
    return Law(own.bundle(mine[0]), own)


def is_policy(name: str) -> bool:
    """Whether a file holds a policy rather than a case.

    Raises:
        Refused: it cannot be read.
    """
    from ..rules.source import read_source

    return "\npolicy:" in f"\n{read_source(name).text}"


@contextmanager
def proving() -> Iterator[None]:
    """`refusals`, internal disagreements as exit 70 with a report, and an interrupt that is always heard."""
    from ..proof.decode import Mismatch
    from ..proof.interrupting import interruptible

    with refusals(), interruptible():
        try:
            yield
        except (Mismatch, Disagreement) as fault:
            note(f"internal error: {fault}, so there is no answer. Please report this:\n{fault.report}")
            raise typer.Exit(Exit.INTERNAL) from None


def show(page: Page, format: str, data: Any, title: str = "mayshare") -> None:
    """Print a page in the format asked for."""
    from ..proof.page import html_page, markdown_page, print_page

    if format == "json":
        out(as_json(data))
    elif format == "markdown":
        out(markdown_page(page))
    elif format == "html":
        out(html_page(page, title))
    else:
        print_page(page)


def introduced(witness: Witness, which: str) -> str:
    """The words before a case, with what is known of its size; `which` says what the case is for."""
    return f"The smallest case {which}" if witness.smallest else f"A case {which} (no fact of it can be left out)"


def caveats(witness: Witness) -> list[str]:
    """What to read beside a case that cannot be stated in full."""
    facts = ", ".join(f"`{f}`" for f in witness.only_if)
    return (
        [f"Read {facts} as a value that is none of its listed kinds; as stated the case leaves that open."]
        if facts
        else []
    )
