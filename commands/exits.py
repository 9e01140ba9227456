"""Exit codes, the same for every command."""

from __future__ import annotations

from enum import IntEnum

from ..engine.decision import WORST_FIRST, Outcome


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    INVALID = 3
    GATE = 4
    CONDITIONS = 10
    DENY = 11
    UNDETERMINED = 12
    INTERNAL = 70
    INTERRUPTED = 130


OF_OUTCOME: dict[Outcome, Exit] = {
    "allow": Exit.DONE,
    "conditions": Exit.CONDITIONS,
    "deny": Exit.DENY,
    "undetermined": Exit.UNDETERMINED,
}


def worst(outcomes: list[Outcome]) -> Exit:
    """The exit code of several outcomes: that of the worst."""
    return OF_OUTCOME[next((o for o in WORST_FIRST if o in outcomes), "allow")]
