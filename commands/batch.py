"""`mayshare batch`: decide a table of cases."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exits import Exit
from .options import AsOf, OnlyMine, Policies, as_json, formats, note, one_of, out, refusals

if TYPE_CHECKING:
    from ..bulk.orders import Progress, Summary

EXPLAIN = ("none", "rules", "full")


def batch(
    cases: Annotated[str, typer.Argument(metavar="CASES", help=".csv, .ndjson, .parquet, .duckdb, or postgresql://…")],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", envvar="MAYSHARE_BATCH_OUTPUT", help="Where the decisions go: .parquet, .csv or .ndjson."
        ),
    ],
    table: Annotated[
        str | None, typer.Option("--table", envvar="MAYSHARE_BATCH_TABLE", help="Which table, of a database.")
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", envvar="MAYSHARE_BATCH_FROM", help="csv, ndjson or parquet, whatever the file is called."
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--mapping", "-m", metavar="FILE", envvar="MAYSHARE_MAPPING", help="Which column holds which fact (YAML)."
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", envvar="MAYSHARE_POLICY", help="The sender's jurisdiction, where the rows do not say it."
        ),
    ] = None,
    explain: Annotated[
        str,
        typer.Option(
            "--explain",
            "-e",
            envvar="MAYSHARE_BATCH_EXPLAIN",
            help="none (outcomes), rules (and what they rest on), full.",
        ),
    ] = "rules",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, envvar="MAYSHARE_JOBS", help="Processes at work; 0: one a core.")
    ] = 1,
    part_rows: Annotated[int, typer.Option("--part-rows", min=1, envvar="MAYSHARE_PART_ROWS", help="Rows a part.")] = 1
    << 18,
    restart: Annotated[
        bool, typer.Option("--restart", envvar="MAYSHARE_RESTART", help="Begin anew, whatever an earlier run left.")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", envvar="MAYSHARE_ENGINE", help="local or spark.")] = "local",
    master: Annotated[
        str, typer.Option("--master", envvar="MAYSHARE_MASTER", help="The Spark master, with `--engine spark`.")
    ] = "local[*]",
    format: Annotated[str, formats("text", "json", of="Of the summary:")] = "text",
    as_of: AsOf = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Decide every row of a table, with the same answers as `check`, and write them to a file.

    A run that was interrupted goes on where it stopped when the same command is given again. Exits with 0 when every row
    was decided, 1 when some were rejected (they are beside the output, with reasons), 3 when the input cannot be read.
    """
    one_of(explain, EXPLAIN, "--explain")
    one_of(engine, ("local", "spark"), "--engine")
    if from_ is not None:
        one_of(from_, ("csv", "ndjson", "parquet"), "--from")
    with refusals():
        from ..bulk.assembling import format_of
        from ..bulk.orders import Order
        from ..bulk.running import run

        format_of(output)
        order = Order(
            cases, output, from_, table, mapping, tuple(policies), not only_mine, policy, as_of, explain,
            jobs or os.cpu_count() or 1, part_rows, restart,
        )  # fmt: skip
        if engine == "spark":
            from ..bulk.spark import run_on_spark

            summary = run_on_spark(order, master)
        else:
            try:
                with _progress() as progress:
                    summary = run(order, progress)
            except KeyboardInterrupt:
                note("interrupted; the same command goes on where this one stopped")
                raise
        _say(summary, format)
    raise typer.Exit(Exit.FINDINGS if summary.rejected else Exit.DONE)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: list[Any] = [TextColumn("deciding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("deciding", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say(summary: Summary, format: str) -> None:
    if format == "json":
        out(as_json(summary.as_data()))
        return
    lines = [f"{summary.rows:,} row{'' if summary.rows == 1 else 's'} decided"]
    lines += [
        f"  {name:<13}{summary.outcomes[name]:>12,}"
        for name in ("allow", "conditions", "undetermined", "deny")
        if name in summary.outcomes
    ]
    lines += [f"decisions  {summary.output}", f"receipt    {summary.receipt}"]
    out("\n".join(lines) + "\n")
    if summary.resumed:
        note(f"taken up after {summary.resumed} part{'s' if summary.resumed != 1 else ''} of an earlier run")
    if summary.rejects:
        rows = "1 row" if summary.rejected == 1 else f"{summary.rejected:,} rows"
        note(
            f"{rows} could not be read and {'was' if summary.rejected == 1 else 'were'} not decided: {summary.rejects}"
        )
