"""Scenarios that the program proposes: a case out of a few facts, what the law gives for it, and both as YAML to paste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ..engine.atoms import Values
from ..engine.bundle import Bundle
from ..engine.deciding import Decided, Decider
from ..engine.program import Evaluation
from ..rules.case import Case, Item, Stated
from ..rules.diagnostics import Place
from .compare import statuses_of
from .space import Spaces

NOWHERE = Place("sketch")
FEW = 6
"""Missing facts that an expectation lists; an open question that leaves more is not pinned to them."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A proposed case: the facts it states by path, and its day."""

    day: date
    values: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, values: Mapping[str, Any], day: date) -> Sketch:
        """A sketch of these facts."""
        return cls(day, tuple(sorted(values.items())))

    def case(self) -> Case:
        """As a case with one item."""
        stated = {path: Stated(value=value, place=NOWHERE) for path, value in self.values}
        item = {path: s for path, s in stated.items() if path.startswith("item.")}
        facts = {path: s for path, s in stated.items() if path not in item}
        return Case(name="sketch", facts=facts, items=(Item(id="item", facts=item),))

    def data(self) -> dict[str, Any]:
        """As a scenario's `case`."""
        case: dict[str, Any] = {}
        item: dict[str, Any] = {"id": "item"}
        for path, value in self.values:
            plain = sorted(value) if isinstance(value, frozenset) else value
            if path.startswith("item."):
                item[path.removeprefix("item.")] = plain
                continue
            where = case
            *parents, leaf = path.split(".")
            for name in parents:
                where = where.setdefault(name, {})
            where[leaf] = plain
        return {**case, "items": [item]} if len(item) > 1 else case


@dataclass(frozen=True)
class Law:
    """A law under which sketches and scenarios are decided, by the kernel."""

    bundle: Bundle

    @cached_property
    def decider(self) -> Decider:
        """What decides under it, and keeps what it has worked out of it."""
        return Decider(NO_LIBRARY, inference=False)

    @cached_property
    def spaces(self) -> Spaces:
        """All cases under it, to be asked about it and about laws made of it."""
        return Spaces(self.bundle)

    def decide(self, sketch: Sketch) -> Decided:
        """What it gives for a sketch."""
        return self.decider.decided(self.bundle, sketch.case(), sketch.day)

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """How its rules stand for what is known of an item."""
        return self.decider.evaluate(self.bundle.program, values, day)


def _no_library() -> Any:
    from ..engine.library import Library

    return Library(builtin=False)


NO_LIBRARY = _no_library()


def seen(decision: Decided) -> dict[str, Any]:
    """What an expectation can look at, of a decision on one item."""
    item = decision.items[0]
    return {
        "outcome": decision.outcome,
        "grounds": {g.rule for g in item.grounds},
        "conditions": statuses_of(decision.items),
        "missing": {m.fact for m in item.missing},
        "duties": {d.rule for d in item.duties if d.truth == "true"},
        "advice": {a.rule for a in item.advice if a.truth == "true"},
        "not_covered": item.not_covered,
    }


def expectation(decision: Decided, other: Decided | None = None) -> dict[str, Any]:
    """What to expect of a case; with another law's decision, what tells the two apart."""
    if other is None:
        return _whole(decision)
    ours = seen(decision)
    theirs = seen(other)
    expect: dict[str, Any] = {"outcome": ours["outcome"]}
    expect["grounds"] = sorted(ours["grounds"] - theirs["grounds"])
    expect["not_grounds"] = sorted(theirs["grounds"] - ours["grounds"])
    names = sorted(ours["conditions"].keys() | theirs["conditions"].keys())
    statuses = [(n, ours["conditions"].get(n, "absent"), theirs["conditions"].get(n, "absent")) for n in names]
    expect["conditions"] = {name: mine for name, mine, their in statuses if mine != their}
    found = {k: v for k, v in expect.items() if v}
    told = len(found) > 1 or ours["outcome"] != theirs["outcome"]
    for key in ("duties", "advice", "missing"):
        if ours[key] != theirs[key] and not (told and key == "missing"):
            found[key] = sorted(ours[key])
    if ours["not_covered"] != theirs["not_covered"]:
        found["not_covered"] = ours["not_covered"]
    return found


def _whole(decision: Decided) -> dict[str, Any]:
    """What a person can confirm: of an open answer only what is sure, and what is missing if it is not much."""
    ours, item = seen(decision), decision.items[0]
    expect: dict[str, Any] = {"outcome": ours["outcome"]}
    sure = {
        "grounds": sorted({g.rule for g in item.grounds if g.truth == "true"}),
        "duties": sorted(ours["duties"]),
        "advice": sorted(ours["advice"]),
        "conditions": {name: status for name, status in ours["conditions"].items() if status != "contingent"},
    }
    expect.update({key: value for key, value in sure.items() if value})
    if ours["not_covered"]:
        expect["not_covered"] = True
    elif ours["outcome"] == "undetermined" and len(ours["missing"]) <= FEW:
        expect["missing"] = sorted(ours["missing"])
    return expect


def as_yaml(data: Any) -> str:
    """Data as YAML in the layout of the shipped suites: what holds only plain values stands on one line."""
    import yaml

    text: str = yaml.dump(
        data, Dumper=_dumper(), sort_keys=False, default_flow_style=None, width=110, allow_unicode=True
    )
    return text


def as_entries(entries: list[dict[str, Any]]) -> str:
    """Scenarios as they stand under `scenarios:`."""
    import textwrap

    return textwrap.indent(as_yaml(entries), "  ")


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)

    return Dumper
