"""`mayshare fmt`: policies and their companions in one layout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..rules.diagnostics import Diagnostic, Refused
from ..rules.source import Source, decode
from .exits import Exit
from .options import library, note, out, refusals, report_refused


def fmt(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files or folders; `-` reads standard input and writes standard output; none means this folder.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", envvar="MAYSHARE_FMT_CHECK", help="Change nothing; exit with 1 if something would change."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", envvar="MAYSHARE_FMT_DIFF", help="Change nothing; show what would change.")
    ] = False,
) -> None:
    """Lay out policies, scenario suites and registry files: order of keys, indentation, long lines. Comments stay.

    What a file says does not change: that is proved before it is written; where it cannot be, the file is left as it is.
    Names each file that changes, or would. Exits with 0 when done, 1 when --check or --diff finds something to change,
    3 when a file is not well-formed.
    """
    with refusals():
        refused: list[Refused] = []
        sources = _sources(paths or ["."], refused)
        changed = _each(sources, refused, write=not (check or diff), diff=diff)
        for fault in refused:
            report_refused(fault)
        if sources or not refused:
            files = f"{len(sources)} file{'' if len(sources) == 1 else 's'}"
            if check or diff:
                note(f"{changed} of {files} would change" if changed else f"{files}, nothing to change")
            elif "-" not in (paths or []):
                note(f"{changed} of {files} changed")
        if refused:
            raise typer.Exit(Exit.INVALID)
        raise typer.Exit(Exit.FINDINGS if changed and (check or diff) else Exit.DONE)


def _sources(paths: list[str], refused: list[Refused]) -> list[Source]:
    from ..bench.files import sources_of

    named = [p for p in paths if p != "-"]
    sources = sources_of(named, library([], only_mine=True), refused) if named else []
    if "-" in paths:
        sources.append(decode(sys.stdin.buffer.read(), "<stdin>"))
    return sources


def _after(source: Source) -> Source | tuple[Diagnostic, ...]:
    """A file in its layout, or why it has none."""
    from ..bench.formatting import formatted

    try:
        return formatted(source)
    except Refused as refused:
        return refused.diagnostics


def _each(sources: list[Source], refused: list[Refused], *, write: bool, diff: bool) -> int:
    """Lay out each file; how many changed."""
    from ..bench.files import difference
    from ..bench.running import each_file
    from ..rules.files import write_whole

    changed = 0
    for source, after in zip(sources, each_file(_after, sources), strict=True):
        if isinstance(after, tuple):
            refused.append(Refused(after))
            continue
        changed += after.text != source.text
        if source.name == "<stdin>" and write:
            out(after.text)
        elif diff:
            out(difference(source.name, source.text, after.text))
        elif after.text != source.text:
            out(source.name + "\n")
            if write and Path(source.name).is_file():
                write_whole(source.name, after.text)
    return changed
