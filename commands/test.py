"""`mayshare test`: do the policies say what their scenarios expect?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .exits import Exit
from .options import OnlyMine, Policies, formats, library, note, note_overlooked, one_of, refusals

if TYPE_CHECKING:
    from ..bench.session import Session

COVERAGE_FORMATS = ("text", "html", "json", "cobertura")

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Suite files, folders of them, or policies such as CH; without any, all beside the policies. Policies beside a "
        "folder `scenarios` are found.",
    ),
]
Expression = Annotated[
    str | None,
    typer.Option(
        "-k",
        metavar="EXPR",
        envvar="MAYSHARE_TEST_K",
        help="Only scenarios whose suite, id or title match, as in `secrecy and not BR`.",
    ),
]
Format = Annotated[str, formats("text", "tap", "junit", "json")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        envvar="MAYSHARE_VERBOSE",
        help="A line for every scenario; everything not covered.",
    ),
]
FailOnEmpty = Annotated[
    bool,
    typer.Option(
        "--fail-on-empty",
        envvar="MAYSHARE_FAIL_ON_EMPTY",
        help="Exit with 1 when there is no scenario to run.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        envvar="MAYSHARE_TEST_ENGINE",
        help="both (as `check` does) or kernel (faster, no cross-check).",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, envvar="MAYSHARE_JOBS", help="Processes; 0 is one for each processor."),
]
WithCoverage = Annotated[
    bool,
    typer.Option("--coverage", envvar="MAYSHARE_COVERAGE", help="Say what the scenarios have shown of the law."),
]
CoverageFormat = Annotated[
    str,
    typer.Option(
        "--coverage-format", metavar="NAME", envvar="MAYSHARE_COVERAGE_FORMAT", help="text, html, json or cobertura."
    ),
]
Mutate = Annotated[
    bool,
    typer.Option(
        "--mutate",
        envvar="MAYSHARE_MUTATE",
        help="Change the law in small ways and see whether a scenario notices.",
    ),
]
Suggest = Annotated[
    bool,
    typer.Option(
        "--suggest",
        envvar="MAYSHARE_SUGGEST",
        help="Write scenarios for what is not shown yet; the answers are for you to confirm.",
    ),
]
Watch = Annotated[
    bool,
    typer.Option("--watch", envvar="MAYSHARE_WATCH", help="Run again whenever a file changes, until Ctrl-C."),
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under",
        metavar="N",
        min=0,
        max=100,
        envvar="MAYSHARE_FAIL_UNDER",
        help="Exit with 4 when coverage (or mutants killed) is under N percent.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        envvar="MAYSHARE_TEST_OUTPUT",
        help="Write coverage or suggestions there.",
    ),
]


def run_tests(
    paths: Paths = None,
    expression: Expression = None,
    format: Format = "text",
    verbose: Verbose = False,
    fail_on_empty: FailOnEmpty = False,
    coverage: WithCoverage = False,
    coverage_format: CoverageFormat = "text",
    mutate: Mutate = False,
    suggest: Suggest = False,
    fail_under: FailUnder = None,
    output: Output = None,
    watch: Watch = False,
    engine: Engine = "both",
    jobs: Jobs = 0,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Run scenario suites against the policies: expected outcome, conditions and reasons.

    Exits with 0 when all pass, 1 when one fails, 3 when a suite or a policy cannot be read, 4 under `--fail-under`.
    """
    one_of(coverage_format, COVERAGE_FORMATS, "--coverage-format")
    one_of(engine, ("both", "kernel"), "--engine")
    coverage = coverage or coverage_format != "text"
    _fits(format, coverage_format, mutate, suggest, coverage, watch, fail_under, output)
    from ..bench.selecting import BadExpression, matcher
    from ..bench.session import Session, Wishes
    from ..bench.suites import homes

    try:
        wanted = None if expression is None else matcher(expression)
    except BadExpression as error:
        raise typer.BadParameter(str(error), param_hint="-k") from None
    wishes = Wishes(
        tuple(paths or ()), wanted, format, verbose, coverage, coverage_format, mutate, suggest, fail_under, output,
        engine == "both", jobs, fail_on_empty,
    )  # fmt: skip

    def session() -> Session:
        return Session(wishes, library([*homes(paths or []), *policies], only_mine))

    with refusals():
        note_overlooked("test", paths, policies)  # first: it may take minutes to mutate them all
        if watch:
            from ..bench.watching import watch as keep_watching

            keep_watching(session, note)
            raise typer.Exit(Exit.DONE)
        raise typer.Exit(session().run())


def _fits(
    format: str,
    coverage_format: str,
    mutate: bool,
    suggest: bool,
    coverage: bool,
    watch: bool,
    fail_under: float | None,
    output: str | None,
) -> None:
    """Options that contradict each other, or would do nothing, are refused."""
    if mutate + suggest > 1 or (watch and (mutate or suggest)):
        raise typer.BadParameter("choose one of --mutate, --suggest and --watch")
    if fail_under is not None and not (coverage or mutate):
        raise typer.BadParameter("it needs --coverage or --mutate", param_hint="--fail-under")
    if fail_under is not None and coverage and mutate:
        raise typer.BadParameter(
            "with both --coverage and --mutate it is not clear which is meant", param_hint="--fail-under"
        )
    if output is not None and not (coverage or suggest):
        raise typer.BadParameter("it needs --coverage or --suggest", param_hint="--output")
    if output is not None and suggest and format == "json":
        raise typer.BadParameter("suggestions are written as YAML, to be confirmed and run", param_hint="--format")
    if output is not None and coverage and suggest:
        raise typer.BadParameter("choose --coverage or --suggest", param_hint="--output")
    if coverage and format in ("tap", "junit") and output is None:
        raise typer.BadParameter(
            f"coverage does not fit into {format}: give it a file with -o", param_hint="--coverage"
        )
    if coverage and format == "json" and coverage_format not in ("text", "json") and output is None:
        raise typer.BadParameter("give it a file with -o", param_hint="--coverage-format")
    if (mutate or suggest) and format not in ("text", "json"):
        raise typer.BadParameter("text or json here", param_hint="--format")
