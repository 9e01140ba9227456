"""Conditions as they were written, tied to the program."""

from __future__ import annotations

from dataclasses import dataclass

from ..rules.diagnostics import Place
from ..rules.expressions import Test


@dataclass(frozen=True, slots=True)
class Outline:
    """A condition as written, tied to the gates that decide it: what an explanation is made of.

    `kind` is `test`, `all`, `any`, `not`, `is` or `derived`; `text` the definition's or derived fact's name. A test's truth is
    that of `gate`, swapped unless `positive`.
    """

    kind: str
    place: Place
    children: tuple[Outline, ...] = ()
    test: Test | None = None
    text: str = ""
    gate: int = -1
    positive: bool = True
