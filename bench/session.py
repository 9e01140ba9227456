"""One call of `mayshare test`, from paths to an exit code."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.bundle import Bundle
from ..engine.library import Library
from ..rendering.diagnostics import render
from ..rendering.text import print_lines, width_of
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.scenario import Suite
from .coverage import Coverage, Seen, measure
from .runner import Run, Runner
from .running import default_jobs, run_suites, selected
from .selecting import Matcher
from .suites import find_suites, read_suites

if TYPE_CHECKING:
    from .suggest import Suggestions

PASSED, FAILED, INVALID, GATE = 0, 1, 3, 4


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for; the names are those of the command's options."""

    paths: tuple[str, ...] = ()
    wanted: Matcher | None = None
    format: str = "text"
    verbose: bool = False
    coverage: bool = False
    coverage_format: str = "text"
    mutate: bool = False
    suggest: bool = False
    fail_under: float | None = None
    output: str | None = None
    inference: bool = True
    jobs: int = 0
    fail_on_empty: bool = False


@dataclass
class Session:
    """Finds, runs and reports."""

    wishes: Wishes
    library: Library
    faults: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runner = Runner(self.library, self.wishes.inference)
        self.jobs = self.wishes.jobs or default_jobs()

    def run(self) -> int:
        """Run everything and print it; the exit code.

        Raises:
            Refused: a path that names nothing, or an output that cannot be written.
        """
        start = time.perf_counter()
        suites = self.suites()
        wishes = self.wishes
        measured = wishes.coverage or wishes.suggest
        run, seen = run_suites(suites, self.runner, self.jobs, coverage=measured)
        coverage = self.coverage(suites, seen) if wishes.coverage else None
        if wishes.suggest:
            self.summary(run, time.perf_counter() - start)
            self.suggest(suites, seen)
        elif not wishes.mutate:
            self.report(run, coverage, time.perf_counter() - start)
        code = self.code(run, coverage)
        if wishes.mutate and code == PASSED:
            code = self.mutate(suites, coverage)
        elif wishes.mutate:
            self.report(run, coverage, time.perf_counter() - start)
            sys.stderr.write("mutants are made once every scenario passes\n")
        return code

    def suites(self) -> list[Suite]:
        """The suites asked for, as far as they can be read."""
        _ = self.library.files  # a broken policy folder is said once

        def report(refused: Refused) -> None:
            self.faults.extend(refused.diagnostics)

        return selected(read_suites(find_suites(self.wishes.paths, self.library), report), self.wishes.wanted)

    def laws(self, suites: list[Suite]) -> dict[str, Bundle]:
        """The law that each suite is about, for those that can be read."""
        found = {}
        for policy in dict.fromkeys(s.id for s in suites):
            try:
                found[policy] = self.runner.law_of(policy)
            except Refused as refused:
                self.faults.extend(d for d in refused.diagnostics if d not in self.faults)
        return found

    def coverage(self, suites: list[Suite], seen: Seen) -> Coverage:
        """The coverage of the policies that the suites are about."""
        laws = self.laws(suites)
        return measure(laws.values(), seen, set(laws))

    def code(self, run: Run, coverage: Coverage | None) -> int:
        """The exit code of a run."""
        if self.faults or run.count("error"):
            return INVALID
        if run.total == 0:
            sys.stderr.write("no scenario matches\n" if self.wishes.wanted else "no scenario was found\n")
        if run.count("failed") or (self.wishes.fail_on_empty and run.total == run.count("skipped")):
            return FAILED
        under = self.wishes.fail_under
        if coverage is not None and under is not None and coverage.share * 100 < under:
            sys.stderr.write(f"coverage is {coverage.share * 100:.1f} %, under {under:g} %\n")
            return GATE
        return PASSED

    # -- printing -----------------------------------------------------------------------------------------------

    def summary(self, run: Run, seconds: float) -> None:
        """The run on standard error, where standard output holds something else."""
        from .report import print_run

        print_run(run, verbose=self.wishes.verbose, seconds=seconds, stream=sys.stderr)
        self.tell_faults()

    def report(self, run: Run, coverage: Coverage | None, seconds: float) -> None:
        """The run and its coverage, each where it was wished."""
        from . import formats

        wishes = self.wishes
        body = None if coverage is None else self.coverage_text(coverage)
        if wishes.output is not None and body is not None:
            from ..rules.files import write_whole

            write_whole(wishes.output, body)
            body = None
        if wishes.format == "text":
            self.text(run, coverage, body, seconds)
        elif wishes.format == "json":
            more: dict[str, Any] = {}
            if coverage is not None and wishes.output is None:
                from .coverage_report import as_data

                more["coverage"] = as_data(coverage)
            sys.stdout.write(formats.as_json(run, self.faults, **more))
        else:
            make = formats.as_junit if wishes.format == "junit" else formats.as_tap
            sys.stdout.write(make(run, self.faults))

    def text(self, run: Run, coverage: Coverage | None, body: str | None, seconds: float) -> None:
        from .report import print_run

        whole = self.wishes.coverage_format != "text" and body is not None
        print_run(run, verbose=self.wishes.verbose, seconds=seconds, stream=sys.stderr if whole else sys.stdout)
        if whole and body is not None:
            sys.stdout.write(body)
        elif coverage is not None and body is not None:
            from .coverage_report import coverage_lines

            lines = coverage_lines(coverage, width_of(sys.stdout), everything=self.wishes.verbose)
            print_lines(lines, sys.stdout)
        sys.stdout.flush()
        self.tell_faults()

    def coverage_text(self, coverage: Coverage) -> str:
        """Coverage in the wished format."""
        from . import coverage_report as reports

        makers = {"json": reports.as_json, "html": reports.as_html, "cobertura": reports.as_cobertura}
        if self.wishes.coverage_format in makers:
            return makers[self.wishes.coverage_format](coverage)
        lines = reports.coverage_lines(coverage, 100, everything=True)
        return "".join("".join(t for t, _ in line).rstrip() + "\n" for line in lines).lstrip("\n")

    def tell_faults(self) -> None:
        """What could not be read, on standard error."""
        if self.faults:
            sys.stderr.write(render(Refused(self.faults).diagnostics) + "\n")

    # -- more ---------------------------------------------------------------------------------------------------

    def suggest(self, suites: list[Suite], seen: Seen) -> None:
        """Write scenarios for what is not shown yet."""
        from .progress import progress_bar
        from .suggest import as_json, as_suite, suggestions

        with progress_bar("rules") as progress:
            found = suggestions(self.laws(suites), suites, seen, self.jobs, progress)
        output = self.wishes.output
        if self.wishes.format == "json":
            sys.stdout.write(as_json(found))
        elif output is None:
            sys.stdout.write("---\n".join(as_suite(part) for part in found))
        elif Path(output).is_dir():
            for part in found:
                _write_new(str(Path(output) / f"{part.policy.lower()}-suggested.yaml"), part)
        elif len(found) > 1:
            names = ", ".join(part.policy for part in found)
            message = f"suggestions for several policies ({names}) do not fit into one file"
            raise Refused([Diagnostic("MS511", message, Place(output), "give a folder, or name one policy")])
        elif found:
            _write_new(output, found[0])

    def mutate(self, suites: list[Suite], coverage: Coverage | None) -> int:
        """Change the law and see whether a scenario notices; the exit code."""
        from .mutation import mutate
        from .mutation_report import as_json, report_lines
        from .progress import progress_bar

        del coverage
        with progress_bar("mutants") as progress:
            result = mutate(self.laws(suites), suites, self.runner, self.jobs, progress)
        if self.wishes.format == "json":
            sys.stdout.write(as_json(result))
        else:
            timed = sys.stdout.isatty()
            lines = report_lines(result, width_of(sys.stdout), everything=self.wishes.verbose, timed=timed)
            print_lines(lines, sys.stdout)
        if result.untried:
            sys.stdout.flush()
            raise KeyboardInterrupt
        under = self.wishes.fail_under
        if under is not None and result.share * 100 < under:
            sys.stdout.flush()
            sys.stderr.write(f"{result.share * 100:.1f} % of the mutants were noticed, under {under:g} %\n")
            return GATE
        return PASSED


def _write_new(path: str, part: Suggestions) -> None:
    """Write suggestions to a new file; one that is there may have been worked on.

    Raises:
        Refused: MS695 it exists; MS015 it cannot be written.
    """
    from ..rules.files import write_whole
    from .suggest import as_suite, counted

    if not part.proposals and not part.missing:
        sys.stderr.write(counted(part) + "\n")
        return
    if Path(path).exists():
        help_ = "give another name, or move what is there away"
        raise Refused([Diagnostic("MS695", f"`{path}` exists and is not overwritten", Place(path), help_)])
    write_whole(path, as_suite(part))
    count = len(part.proposals)
    sys.stderr.write(f"{path}: {count} scenario{'' if count == 1 else 's'}, skipped until a person confirms them\n")
