"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ...rules.diagnostics import Place
from ...rules.source import Path_

Severity = Literal["error", "warning", "note"]
Kind = Literal["file", "policy", "suite", "registry"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a file: the entry or item at `path` goes, or its value becomes `value`; or the comment at a place goes."""

    path: Path_ | Place
    value: object = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: where, in which words, what to do, and the edits if there is one right repair.

    `at` is a path into the document, or a place; `key` points at the key instead of its value.
    """

    at: Path_ | Place
    message: str
    help: str = ""
    edits: tuple[Edit, ...] = ()
    key: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its code (with a page), how much it matters, what kind of file it looks at, and the function that looks.

    An `error` is wrong whatever was meant, a `warning` is probably not meant, a `note` is worth knowing and fails nothing. A
    `deep` check asks about all cases, which takes too long to be asked at every keystroke.
    """

    code: str
    name: str
    of: Kind
    severity: Severity
    find: Callable[[Any], Iterable[Found]]
    deep: bool = False


@dataclass
class Family:
    """The checks of one file, in the order they are written."""

    checks: list[Check] = field(default_factory=list)

    def check(
        self, code: str, of: Kind = "policy", severity: Severity = "warning", *, deep: bool = False
    ) -> Callable[[Callable[[Any], Iterable[Found]]], Callable[[Any], Iterable[Found]]]:
        """Register a function as a check; its first docstring line is the check's name."""

        def register(function: Callable[[Any], Iterable[Found]]) -> Callable[[Any], Iterable[Found]]:
            name = (function.__doc__ or "").split("\n")[0].rstrip(".")
            self.checks.append(Check(code, name, of, severity, function, deep))
            return function

        return register
