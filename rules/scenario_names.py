"""Names in a scenario's expectation that nothing is called by: they could never be found, or never be missed."""

from __future__ import annotations

from collections.abc import Collection

from .case import Case
from .diagnostics import Diagnostic, suggestion
from .scenario import Expectation, Scenario
from .source import Document, Path_


def check_names(
    scenario: Scenario,
    text: Document,
    case: Case,
    rules: Collection[str],
    conditions: Collection[str],
    facts: Collection[str],
) -> list[Diagnostic]:
    """Names in an expectation that nothing is called by, each as MS504."""
    checker = _NameChecker(text, rules, conditions, facts, [i.id for i in case.items])
    checker.check(scenario.expect, scenario.expect_path)
    return checker.found


class _NameChecker:
    def __init__(
        self,
        text: Document,
        rules: Collection[str],
        conditions: Collection[str],
        facts: Collection[str],
        items: list[str],
    ) -> None:
        self.text = text
        self.known = {
            "grounds": rules, "not_grounds": rules, "duties": rules, "advice": rules, "conditions": conditions, "missing": facts,
        }  # fmt: skip
        self.items = items
        self.found: list[Diagnostic] = []

    def check(self, expect: Expectation, path: Path_) -> None:
        for key, known in self.known.items():
            names = getattr(expect, key) or ()
            for position, name in enumerate(names):
                if name not in known:
                    self.report(key, name, (*path, key, name if key == "conditions" else position), known)
        for name, inner in expect.items.items():
            if name not in self.items:
                self.found.append(
                    self.text.error(
                        "MS504",
                        f"the case has no item `{name}`",
                        (*path, "items", name),
                        suggestion(name, self.items),
                        key=True,
                    )
                )
            self.check(inner, (*path, "items", name))

    def report(self, key: str, name: str, path: Path_, known: Collection[str]) -> None:
        what = {"conditions": "condition", "missing": "fact"}.get(key, "rule")
        message = f"no {what} `{name}` in the law that applies"
        self.found.append(self.text.error("MS504", message, path, suggestion(name, known), key=key == "conditions"))
