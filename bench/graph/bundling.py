"""Lines brought together: where each of several rules meets each of several others, they meet in one knot instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from .model import Edge

WORTH = 3
"""Lines that a knot has to save: it takes room of its own."""


@dataclass(frozen=True, slots=True)
class Strand:
    """A piece of line. Its ends are rules or knots; `arrives` unless it ends in a knot."""

    source: str
    target: str
    kind: str
    arrives: bool = True


def strands(edges: Sequence[Edge]) -> tuple[list[Strand], list[str]]:
    """The lines to draw for some edges, and the knots they meet in (a knot's name is no rule's)."""
    found: list[Strand] = []
    knots: list[str] = []
    for kind in ("defeats", "attaches"):
        reach: dict[str, set[str]] = {}
        for edge in edges:
            if edge.kind == kind:
                reach.setdefault(edge.source, set()).add(edge.target)
        while (best := _largest(reach)) is not None:
            sources, targets = best
            knot = f"*{len(knots)}"
            knots.append(knot)
            found += [Strand(s, knot, kind, arrives=False) for s in sources]
            found += [Strand(knot, t, kind) for t in sorted(targets)]
            for source in sources:
                reach[source] -= targets
        found += [Strand(s, t, kind) for s, targets in reach.items() for t in sorted(targets)]
    return found, knots


def _largest(reach: dict[str, set[str]]) -> tuple[list[str], frozenset[str]] | None:
    """The sources and targets, each joined with each, that a knot saves the most lines for."""
    shared = {frozenset(a & b) for a, b in combinations_with_replacement(reach.values(), 2)}
    options = [([s for s, targets in reach.items() if part <= targets], part) for part in shared if len(part) > 1]
    best = max(options, key=lambda o: (_saved(*o), sorted(o[1])), default=None)
    return best if best is not None and _saved(*best) >= WORTH else None


def _saved(sources: list[str], targets: frozenset[str]) -> int:
    return len(sources) * len(targets) - len(sources) - len(targets)
