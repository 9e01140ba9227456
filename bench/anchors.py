"""Completions of an open case that keep it open: as long as two of them end differently, nothing has to be settled anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ..engine.bundle import Bundle
from ..engine.diagram import TooWide
from ..engine.program import Evaluation
from ..engine.settle import Completion, at_once
from ..engine.worlds import Meaning

World = dict[str, Any]


def anchors(bundle: Bundle, values: Mapping[str, Any], day: date, evaluation: Evaluation) -> tuple[World, ...]:
    """For an open item one completion that is permitted, one that is denied and one that is not covered, where there are such."""
    domain = bundle.domain
    try:
        completion = Completion(bundle.program, values, day, evaluation, domain)
        allowed, refused = completion.outcomes()
        diagrams = completion.diagrams
        neither = diagrams.negation(diagrams.disjunction(allowed, refused))
        paths = [
            diagrams.witness(diagrams.conjunction(completion.possible, node)) for node in (allowed, refused, neither)
        ]
    except TooWide:
        return ()
    meanings = completion.worlds.meanings()
    below = bundle.program.below
    return tuple({**values, **world(path, meanings, below)} for path in paths if path is not None)


def world(
    path: Mapping[int, int], meanings: Mapping[int, Meaning], below: Mapping[str, Mapping[str, frozenset[str]]]
) -> World:
    """The facts of a completion; where a path does not say, the first possibility."""
    facts: World = {}
    for level, meaning in sorted(meanings.items()):
        branch = path.get(level, 0)
        if meaning.kind == "value":
            facts[meaning.fact] = most_special(below.get(meaning.fact), meaning.classes[branch])
        elif meaning.kind == "member":
            chosen = {most_special(below.get(meaning.fact), meaning.classes[1])} if branch == 1 else set()
            facts[meaning.fact] = facts.get(meaning.fact, frozenset()) | chosen
    return facts


def most_special(below: Mapping[str, frozenset[str]] | None, members: tuple[Any, ...]) -> Any:
    """One of several values, if possible one that has none below it, so that nothing about it stays open."""
    if below is None:
        return members[0]
    return next((m for m in members if len(below[m]) == 1), members[0])


def still_open(evaluate: Callable[[World], Evaluation], worlds: tuple[World, ...]) -> bool:
    """Whether completions of an item end differently under a law: then it is open under it."""
    return len({at_once(evaluate(w)) for w in worlds} - {None}) > 1
