"""Repairing a file until nothing that has one right repair is left."""

from __future__ import annotations

from .fixes import repaired
from .run import Linted, lint
from .subject import Surroundings

ROUNDS = 8


def repair(before: Linted, around: Surroundings) -> tuple[Linted, int]:
    """A file after its repairs, linted again, and how many were made."""
    current, total = before, 0
    for _ in range(ROUNDS):
        edits = [edit for finding in current.findings for edit in finding.edits]
        if current.refused or not edits:
            break
        source, made = repaired(current.source, edits)
        if not made:
            break
        after = lint(source, around)
        if after.refused:
            break  # never leave a file worse than it was
        current, total = after, total + made
    return current, total
