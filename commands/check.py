"""`mayshare check`: may this be shared?"""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

import typer

from ..engine.deciding import Decider, Disagreement
from ..engine.decision import Decision, Outcome
from ..engine.reading import read_cases
from ..languages.words import say
from ..rules.case import Case, Received
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.files import not_there_yet, write_whole
from .advice import disagreed, source_of
from .exits import Exit, worst
from .options import (
    AsOf,
    Format,
    KeyFile,
    Language,
    OnlyMine,
    Policies,
    RegisterFile,
    library,
    note,
    out,
    received_from,
    refusals,
    report_refused,
)  # fmt: skip


def check(
    cases: Annotated[
        list[str], typer.Argument(metavar="CASE", help="Case files in YAML or JSON; `-` reads standard input.")
    ],
    format: Format = "text",
    explain: Annotated[
        bool, typer.Option("--explain", "-e", envvar="MAYSHARE_EXPLAIN", help="Show the reasons tree too.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", envvar="MAYSHARE_REPAIR", help="Show what would let go what may not go (see `whatif`)."
        ),
    ] = False,
    receipt: Annotated[
        str | None,
        typer.Option("--receipt", metavar="FILE", help="Also write the answer as JSON, for `mayshare replay`."),
    ] = None,
    memo: Annotated[
        str | None,
        typer.Option(
            "--memo", metavar="FILE", help="Also write a memorandum to sign: FILE ends in .docx, .md or .html."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --memo replace a file that exists.")] = False,
    as_of: AsOf = None,
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
    language: Language = None,
) -> None:
    """Check one proposed transmission (or several): may it be made, on which conditions, and why.

    Exits with 0 for allow, 10 for conditions, 11 for deny, 12 for undetermined (the worst of several), 3 for a case or
    policy that is not valid.
    """
    if memo is not None:
        _format_of(memo, receipt)
    elif overwrite:
        raise typer.BadParameter("it is said of a memo, and none is asked for", param_hint="--overwrite")
    received = received_from(register, key_file)
    with refusals():
        if memo is not None and not overwrite:
            not_there_yet(memo)
        decider = Decider(library(policies, only_mine))
        _ = decider.library.files  # a broken policy folder is said once, not once a case
        read, decisions, failed = _decided(cases, decider, as_of, received)
        _print(decisions, format, explain)
        if repair:
            _repairs(decider, read, decisions, format)
        if receipt is not None:
            write_whole(receipt, json_text(decisions))
        if memo is not None and not failed:
            _memo(memo, decider, read, decisions, receipt)
    if failed:
        raise typer.Exit(Exit.INVALID)
    outcomes: list[Outcome] = [d.outcome for d in decisions]
    raise typer.Exit(worst(outcomes))


def _decided(
    names: list[str], decider: Decider, day: date | None, received: Received | None
) -> tuple[list[Case], list[Decision], bool]:
    """The cases and their decisions, and whether some file was refused, which is said at once."""
    read: list[Case] = []
    decisions: list[Decision] = []
    failed = False
    for name in names:
        try:
            found = read_cases(source_of(name), decider.library, received)
            decisions += [decider.decide(case, day) for case in found]
            read += found
        except Refused as refused:
            report_refused(refused)
            failed = True
        except Disagreement as disagreement:
            raise disagreed(disagreement) from None
    return read, decisions, failed


def _format_of(memo: str, receipt: str | None) -> None:
    """Refuse a memo's name before anything is computed."""
    from ..rendering.papers import SUFFIXES, suffix_of

    if suffix_of(memo) is None:
        raise typer.BadParameter(f"`{memo}` ends in none of {', '.join(SUFFIXES)}", param_hint="--memo")
    if receipt is not None and os.path.abspath(memo) == os.path.abspath(receipt):
        raise typer.BadParameter("the memo and the receipt are two files", param_hint="--memo")


def _memo(path: str, decider: Decider, read: list[Case], decisions: list[Decision], receipt: str | None) -> None:
    """The memorandum on the one case.

    Raises:
        Refused: MS601 there are several cases; MS015 the file cannot be written.
    """
    from ..desk.memo.paper import memo
    from ..desk.whatif import Subject
    from ..rendering.papers import suffix_of, written

    if len(read) != 1:
        message = f"there are {len(read)} cases here, and a memo is about one"
        raise Refused([Diagnostic("MS601", message, Place(path), "give one file with one case")])
    subject = Subject.of(decider, read[0], decisions[0].as_of)
    write_whole(path, written(memo(subject, decisions[0], receipt), suffix_of(path) or ""))


def _repairs(decider: Decider, read: list[Case], decisions: list[Decision], format: str) -> None:
    """The smallest changes for every case that may not go, behind its answer; JSON has them from `whatif`."""
    if format == "json":
        note(say("--repair is for text and markdown; `mayshare whatif --format json` gives the changes as data"))
        return
    from ..desk.whatif import Subject, what_if
    from ..desk.words import whatif_blocks
    from .advice import emit

    for case, decision in zip(read, decisions, strict=True):
        if decision.outcome in ("deny", "undetermined"):
            found = what_if(Subject.of(decider, case, decision.as_of), decision)
            out("\n")
            emit(whatif_blocks(found), found, format)


def json_text(decisions: list[Decision]) -> str:
    """Decisions as JSON: one alone as an object, several as a list."""
    if len(decisions) == 1:
        return decisions[0].as_json()
    inner = ",\n".join(d.as_json().rstrip("\n") for d in decisions)
    return f"[\n{inner}\n]\n" if decisions else "[]\n"


def _print(decisions: list[Decision], format: str, explain: bool) -> None:
    if format == "json":
        if decisions:
            out(json_text(decisions))
        return
    from ..rendering.report import report

    if format == "markdown":
        from ..rendering.markdown import markdown

        out("\n---\n\n".join(markdown(report(d, explain=explain)) for d in decisions))
        return
    from ..rendering.text import print_blocks

    for position, decision in enumerate(decisions):
        if position:
            out("\n")
        print_blocks(report(decision, explain=explain))
