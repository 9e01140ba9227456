"""`mayshare lint`: what is well-formed in a policy and yet probably not meant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..rules.diagnostics import Refused
from ..rules.source import Source, decode
from .exits import Exit
from .options import OnlyMine, Policies, formats, library, note, note_overlooked, out, refusals

if TYPE_CHECKING:
    from ..bench.lint.run import Linted
    from ..bench.lint.subject import Surroundings


def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files, folders, or policies such as CH; `-` reads standard input; none means all there are.",
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", envvar="MAYSHARE_LINT_FIX", help="Repair what has one right repair.")
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            envvar="MAYSHARE_LINT_DIFF",
            help="Show what --fix repairs instead of repairing it; with --fix, both.",
        ),
    ] = False,
    notes: Annotated[
        bool, typer.Option("--notes", envvar="MAYSHARE_LINT_NOTES", help="Show notes too; they fail nothing.")
    ] = False,
    format: Annotated[str, formats("text", "json", "sarif", "github", "junit")] = "text",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, envvar="MAYSHARE_JOBS", help="Processes; 0 is one for each processor.")
    ] = 0,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Check policies, scenario suites and registry files for what is well-formed and yet probably not meant.

    `# mayshare: ignore MS612 reason` silences a finding. Exits with 0 when nothing is wrong, 1 with findings (notes do not
    count), 3 when a file is not valid. With --diff alone, 1 when there is something to repair.
    """
    with refusals():
        around, sources, unread = _gather(paths or [], policies, only_mine)
        linted = [*unread, *_linted(sources, around, jobs)]
        if fix or diff:
            linted, changed = _repair(linted, around, write=fix, show=diff)
            if diff and not fix:
                raise typer.Exit(_code(linted, findings=False) or (Exit.FINDINGS if changed else Exit.DONE))
        from ..bench.lint.report import WRITERS

        out(WRITERS[format](linted, notes))
        note_overlooked("lint", paths, policies)
    raise typer.Exit(_code(linted))


def _linted(sources: list[Source], around: Surroundings, jobs: int) -> list[Linted]:
    """What is found in each file, in their order."""
    from ..bench.lint.run import lint as lint_file
    from ..bench.running import each_file

    return each_file(lambda source: lint_file(source, around), sources, jobs)


def _gather(paths: list[str], policies: list[str], only_mine: bool) -> tuple[Surroundings, list[Source], list[Linted]]:
    """What is linted, with what stands around it, and what could not be read."""
    from ..bench.files import policy_folders, sources_of
    from ..bench.lint.run import Finding, Linted
    from ..bench.lint.subject import Surroundings

    refused: list[Refused] = []
    beside = [f for p in paths for f in (policy_folders(Path(p)) if Path(p).is_dir() else [p] * Path(p).exists())]
    around = Surroundings(library(list(dict.fromkeys([*policies, *beside])), only_mine))
    try:
        _ = (around.library.files, around.registry)
    except Refused as fault:
        refused.append(fault)
        around = Surroundings(library(policies, only_mine))
    named = [p for p in paths if p != "-"]
    sources = sources_of(named, around.library, refused) if named or not paths else []
    if "-" in paths:
        sources.append(decode(sys.stdin.buffer.read(), "<stdin>"))
    faults = list(dict.fromkeys(d for r in refused for d in r.diagnostics))
    unread = [Linted(Source(d.place.file, ""), (Finding(d),), refused=True) for d in faults]
    known = {s.name for s in sources}
    return (
        around,
        sources,
        [u for u in unread if u.source.name not in known or u.findings[0].diagnostic.code == "MS214"],
    )


def _repair(linted: list[Linted], around: Surroundings, *, write: bool, show: bool) -> tuple[list[Linted], bool]:
    """The files after repair, and whether anything was (or would be) repaired."""
    from ..bench.files import difference
    from ..bench.lint.repair import repair
    from ..rules.files import write_whole

    result, changed = [], 0
    for before in linted:
        after, count = repair(before, around)
        if count and show:
            out(difference(before.source.name, before.source.text, after.source.text))
        writable = Path(before.source.name).is_file()
        if count and write and writable:
            write_whole(before.source.name, after.source.text)
        if count and write and not writable:
            note(f"{before.source.name}: not a file of yours, left as it is")
            after = before
        changed += count
        result.append(after)
    if write and changed:
        note(f"repaired {changed} finding{'' if changed == 1 else 's'}")
    return result, changed > 0


def _code(linted: list[Linted], *, findings: bool = True) -> Exit:
    if any(f.refused for f in linted):
        return Exit.INVALID
    worse = any(x.diagnostic.severity != "note" for f in linted for x in f.findings)
    return Exit.FINDINGS if worse and findings else Exit.DONE
