"""`mayshare test`: do the policies say what their scenarios expect?"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ..rules.diagnostics import Diagnostic, Refused
from .exits import Exit
from .options import OnlyMine, Policies, library, note, one_of, out, refusals

FORMATS = ("text", "tap", "junit", "json")


def run_tests(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Suite files, folders of them, or policies such as CH; without any, all beside the policies.",
        ),
    ] = None,
    expression: Annotated[
        str | None,
        typer.Option(
            "-k",
            metavar="EXPR",
            envvar="MAYSHARE_TEST_K",
            help="Only scenarios whose suite, id or title match, as in `secrecy and not BR`.",
        ),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", envvar="MAYSHARE_FORMAT", help="text, tap, junit or json.")
    ] = "text",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", envvar="MAYSHARE_VERBOSE", help="A line for every scenario.")
    ] = False,
    fail_on_empty: Annotated[
        bool,
        typer.Option(
            "--fail-on-empty",
            envvar="MAYSHARE_FAIL_ON_EMPTY",
            help="Exit with 1 when there is no scenario to run.",
        ),
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            envvar="MAYSHARE_TEST_ENGINE",
            help="both (as `check` does) or kernel (faster, without the cross-check).",
        ),
    ] = "both",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Run scenario suites against the policies: expected outcome, conditions and reasons.

    Exits with 0 when all pass, 1 when one fails, 3 when a suite or a policy cannot be read.
    """
    one_of(format, FORMATS, "--format")
    one_of(engine, ("both", "kernel"), "--engine")
    from ..bench.runner import Run, Runner
    from ..bench.running import run_suites, selected
    from ..bench.selecting import BadExpression, matcher
    from ..bench.suites import find_suites, read_suites

    try:
        wanted = None if expression is None else matcher(expression)
    except BadExpression as error:
        raise typer.BadParameter(str(error), param_hint="-k") from None
    with refusals():
        start = time.perf_counter()
        own = library(policies, only_mine)
        faults: list[Diagnostic] = []

        def report(refused: Refused) -> None:
            faults.extend(refused.diagnostics)

        suites = selected(read_suites(find_suites(paths or [], own), report), wanted)
        run: Run = run_suites(suites, Runner(own, inference=engine == "both"))
        _print(run, faults, format, verbose, time.perf_counter() - start)
    if faults or run.count("error"):
        raise typer.Exit(Exit.INVALID)
    empty = run.total == run.count("skipped")
    if empty and run.total == 0:
        note("no scenario was found" if wanted is None else f"no scenario matches `{expression}`")
    raise typer.Exit(Exit.FINDINGS if run.count("failed") or (empty and fail_on_empty) else Exit.DONE)


def _print(run: object, faults: list[Diagnostic], format: str, verbose: bool, seconds: float) -> None:
    from ..bench.runner import Run

    assert isinstance(run, Run)
    if format == "text":
        from ..bench.report import print_run
        from .options import report_refused

        print_run(run, verbose=verbose, seconds=seconds)
        if faults:
            report_refused(Refused(faults))
        return
    from ..bench import formats

    if format == "json":
        out(formats.as_json(run, faults))
    else:
        out(formats.as_junit(run, faults) if format == "junit" else formats.as_tap(run, faults))
