"""A pytest plugin: scenario suites are collected like any other tests.

A YAML file with `suite:` and `scenarios:` at its top level is a suite. Policies beside it (its folder's parent, when it lies
in `scenarios/`) stand beside the built-in ones; others are named by `mayshare_policies` in the configuration of pytest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..rules.scenario import Scenario
    from ..rules.source import Document
    from .runner import Runner, Verdict

_SUITE = re.compile(r"^suite:.*^scenarios:", re.MULTILINE | re.DOTALL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    parser.addini("mayshare_policies", "folders of policies for scenario suites", type="paths", default=[])
    parser.addini("mayshare_engine", "both (default) or kernel", default="both")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite's file."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    try:
        text = file_path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found: pytest.Collector | None = SuiteFile.from_parent(parent, path=file_path) if _SUITE.search(text) else None
    return found


class SuiteFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Every run of every scenario."""
        from ..rendering.diagnostics import render
        from ..rules.diagnostics import Refused
        from ..rules.scenario import read_suite
        from ..rules.source import read_source

        try:
            suite = read_suite(read_source(self.path))
        except Refused as refused:
            raise self.CollectError(render(refused.diagnostics)) from None
        runner = self._runner()
        for scenario in suite.scenarios:
            yield ScenarioItem.from_parent(self, name=scenario.id, scenario=scenario, text=suite.text, runner=runner)

    def _runner(self) -> Runner:
        from ..engine.library import Library
        from .runner import Runner
        from .suites import homes

        folders = [str(p) for p in self.config.getini("mayshare_policies")]
        folders = folders or homes([str(self.path)])
        held: dict[tuple[str, ...], Runner] = self.config.stash.setdefault(RUNNERS, {})
        key = tuple(folders)
        if key not in held:
            held[key] = Runner(Library(folders=key), inference=self.config.getini("mayshare_engine") != "kernel")
        return held[key]


RUNNERS: pytest.StashKey[dict[tuple[str, ...], Any]] = pytest.StashKey()


class ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, scenario: Scenario, text: Document, runner: Runner, **more: Any) -> None:
        super().__init__(**more)
        self.scenario = scenario
        self.text = text
        self.runner = runner

    def runtest(self) -> None:
        """Decide it and hold the answer against what is expected."""
        if self.scenario.skip is not None:
            pytest.skip(self.scenario.skip)
        verdict = self.runner.run(self.scenario, self.text)
        if verdict.status != "passed":
            raise NotAsExpected(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, and the explanation under it, as `mayshare test` prints it."""
        if not isinstance(excinfo.value, NotAsExpected):
            return super().repr_failure(excinfo, style)
        from ..rendering.diagnostics import diagnostic_lines
        from .report import failure_lines

        verdict = excinfo.value.verdict
        # pytest's own summary shows the first line
        first = [f"expected {d.expected}, got {d.got}" for d in verdict.differences[:1]]
        lines = ["".join(text for text, _ in line) for line in failure_lines(self.scenario, verdict, 100)]
        lines = [*first, *lines] if first else lines[1:]
        lines += [line for d in verdict.diagnostics for line in diagnostic_lines(d)]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, max(0, self.scenario.place.line - 1), self.scenario.name


class NotAsExpected(Exception):
    """A scenario did not go as its suite expects."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.status)
        self.verdict = verdict
