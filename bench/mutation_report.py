"""What became of mutants, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from ..rendering.text import Line, wrapped
from .mutants import Mutant
from .mutation import Result, Verdict
from .sketch import Sketch, as_entries

SCHEMA_VERSION = 1
MOST = 10
"""Scenarios printed unless all are asked for."""
LONGEST = 120
"""Characters of a scenario's title."""


def report_lines(result: Result, width: int, *, everything: bool = False, timed: bool = False) -> Iterator[Line]:
    """The count, and the survivors with scenarios that would kill them."""
    groups = grouped(result)
    shown = groups if everything else groups[:MOST]
    for sketch, members in shown:
        for mutant, _ in members:
            where = f"{mutant.policy}: {mutant.where}"
            spans: Line = [
                ("survived ", "red"),
                (where, "bold"),
                (f"  {mutant.text}", ""),
                (f"  {mutant.place}", "dim"),
            ]
            yield from wrapped(spans, width, "", "    ")
        if sketch is not None:
            yield [("  a scenario that would notice:", "dim")]
            for line in scenario_yaml(sketch, members).rstrip("\n").split("\n"):
                yield [(line, "")]
        else:
            yield from wrapped([(members[0][1].why, "dim")], width, "  ")
        yield []
    if len(groups) > len(shown):
        more = f"… and {len(groups) - len(shown)} more scenarios wanted: --verbose prints all"
        yield from wrapped([(more, "dim")], width, "", "  ")
        yield []
    yield summary(result, timed=timed)


def summary(result: Result, *, timed: bool = False) -> Line:
    """The count in one line."""
    able = len(result.verdicts) - result.count("equivalent")
    share = f"{int(result.share * 100)} %" if able else "none"
    line: Line = [(f"{result.count('killed')} of {able} mutants noticed ({share})", "bold")]
    left = result.count("survived") + result.count("unsettled")
    line += [(f", {left} survived", "red")] if left else []
    same = result.count("equivalent")
    line += [(f", {same} equivalent left out", "dim")] if same else []
    line += [(f"; stopped, {result.untried} not tried", "red")] if result.untried else []
    if not timed:
        return line
    rate = len(result.verdicts) / result.seconds if result.seconds else 0
    return [*line, (f" in {result.seconds:.1f} s ({rate:.0f} a second)", "dim")]


Group = tuple[Sketch | None, list[tuple[Mutant, Verdict]]]


def grouped(result: Result) -> list[Group]:
    """Survivors by the case that would kill them: those that kill most first, the unsettled last."""
    found: dict[tuple[Sketch | None, str], list[tuple[Mutant, Verdict]]] = {}
    for mutant, verdict in zip(result.mutants, result.verdicts, strict=True):
        if verdict.fate in ("survived", "unsettled"):
            found.setdefault((verdict.sketch, verdict.why), []).append((mutant, verdict))
    groups = [(sketch, members) for (sketch, _), members in found.items()]
    return sorted(groups, key=lambda g: (g[0] is None, -len(g[1])))


def scenario_data(sketch: Sketch, members: list[tuple[Mutant, Verdict]]) -> dict[str, Any]:
    """A scenario to paste: the case, and everything that tells the law from those mutants."""
    expect: dict[str, Any] = {}
    for _, verdict in members:
        for key, value in verdict.expect:
            held = expect.get(key)
            if isinstance(value, dict):
                expect[key] = {**(held or {}), **value}
            elif isinstance(value, list) and key in ("grounds", "not_grounds"):
                expect[key] = sorted({*(held or []), *value})
            else:
                expect[key] = value
    mutant = members[0][0]
    title = shorten(f"Notices: {mutant.where}, {mutant.text}", LONGEST, placeholder=" …")
    return {
        "id": f"{mutant.where}-{sketch_id(sketch)}", "title": title, "as_of": sketch.day, "case": sketch.data(), "expect": expect,
    }  # fmt: skip


def sketch_id(sketch: Sketch) -> str:
    """A short mark that is the same for the same case."""
    import hashlib

    shown = [(p, sorted(v) if isinstance(v, frozenset) else v) for p, v in sketch.values]
    return hashlib.sha256(repr((sketch.day, shown)).encode()).hexdigest()[:6]


def scenario_yaml(sketch: Sketch, members: list[tuple[Mutant, Verdict]]) -> str:
    """A scenario as it may be pasted under `scenarios:`."""
    return as_entries([scenario_data(sketch, members)])


def as_json(result: Result) -> str:
    """The result as JSON."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "share": round(result.share, 6),
        "killed": result.count("killed"),
        "survived": result.count("survived"),
        "unsettled": result.count("unsettled"),
        "equivalent": result.count("equivalent"),
        "untried": result.untried,
        "seconds": round(result.seconds, 3),
        "mutants": [_data(m, v) for m, v in zip(result.mutants, result.verdicts, strict=True)],
        "scenarios": [scenario_data(s, members) for s, members in grouped(result) if s is not None],
    }
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"


def _data(mutant: Mutant, verdict: Verdict) -> dict[str, Any]:
    data = {"policy": mutant.policy, "where": mutant.where, "kind": mutant.kind, "text": mutant.text}
    more = {key: text for key, text in (("by", verdict.by), ("why", verdict.why)) if text}
    return {**data, "place": str(mutant.place), "fate": verdict.fate, **more}
