"""A second, naive reading of docs/language.md §5, straight from the policy data and with every fact known.

It shares no code with the engine: what the engine says of a case with unknown facts is held against this, world by world.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BELOW = {"a": {"a", "a1", "a2"}, "a1": {"a1"}, "a2": {"a2"}, "b": {"b"}}
SET_BELOW = {"x": {"x", "x1"}, "x1": {"x1"}, "z": {"z"}}
BOOLS = ("p", "q", "r", "t")
POINTS = {"n": (-1, 0, 1, 2, 3, 4, 5, 6, 7), "c": tuple(BELOW), "e": tuple(BELOW)}
World = dict[str, Any]

VOCABULARY = """
vocabulary: toy
title: Toy
trees:
  tree:
    a: {label: A}
    a1: {label: A1, parent: a}
    a2: {label: A2, parent: a}
    b: {label: B}
  set:
    x: {label: X}
    x1: {label: X1, parent: x}
    z: {label: Z}
facts:
  sender.jurisdiction: {type: jurisdiction, ask: Who?, source: toy}
  p: {type: boolean, ask: P?, source: toy}
  q: {type: boolean, ask: Q?, source: toy}
  r: {type: boolean, ask: R?, source: toy}
  t: {type: boolean, ask: T?, source: toy}
  pq: {type: boolean, ask: P and Q?, source: toy, derived: {p: true, q: true}}
  c: {type: choice, values: tree, ask: C?, source: toy}
  e: {type: choice, values: tree, ask: E?, source: toy}
  s: {type: choices, values: set, ask: S?, source: toy}
  n: {type: number, ask: N?, source: toy}
jurisdictions: {XA: Example State A}
"""


@dataclass(frozen=True)
class Verdict:
    """The two-valued outcome of one world."""

    outcome: str


def holds(when: Any, world: World, definitions: Mapping[str, Any]) -> bool:
    """Whether a condition holds in a world."""
    return all(_entry(key, value, world, definitions) for key, value in when.items())


def _entry(key: str, value: Any, world: World, definitions: Mapping[str, Any]) -> bool:
    if key == "all":
        return all(holds(v, world, definitions) for v in value)
    if key == "any":
        return any(holds(v, world, definitions) for v in value)
    if key == "not":
        return not holds(value, world, definitions)
    if key == "is":
        return holds(definitions[value], world, definitions)
    if key == "pq":
        return (world["p"] and world["q"]) is value
    if key in BOOLS:
        return world[key] is value
    operations = value if isinstance(value, dict) else {"any_of": value}
    return all(_operation(key, op, operand, world) for op, operand in operations.items())


def _operation(key: str, op: str, operand: Any, world: World) -> bool:
    have = world[key]
    if op in ("same_as", "different_from"):
        return (have == world[operand]) is (op == "same_as")
    if key == "n" and op not in ("any_of", "none_of"):
        return {  # type: ignore[no-any-return]
            "at_least": have >= operand,
            "at_most": have <= operand,
            "more_than": have > operand,
            "less_than": have < operand,
        }[op]
    wanted = operand if isinstance(operand, list) else [operand]
    if key == "n":
        hits = [have == w for w in wanted]
    elif key == "s":
        hits = [any(m in SET_BELOW[w] for m in have) for w in wanted]
    else:
        hits = [have in BELOW[w] for w in wanted]
    return {"any_of": any(hits), "all_of": all(hits), "none_of": not any(hits)}[op]


def verdict(policy: Mapping[str, Any], world: World) -> str:
    """`allow`, `conditions`, `deny` or `undetermined` in a world where everything is known."""
    definitions = {k: v["when"] for k, v in policy.get("definitions", {}).items()}
    rules = policy["rules"]
    effective = _effective(rules, world, definitions)
    live = [r for r in rules if effective[r["id"]]]
    if any(r["effect"] == "forbid" for r in live):
        return "deny"
    gateways = [r for r in live if r["effect"] in ("permit", "oblige")]
    if not gateways:
        covered = "covers" in policy and holds(policy["covers"], world, definitions)
        return "deny" if covered else "undetermined"
    clear = any(not _unmet(g, live, world, definitions) for g in gateways)
    return "allow" if clear else "conditions"


def _effective(rules: list[Any], world: World, definitions: Mapping[str, Any]) -> dict[str, bool]:
    result: dict[str, bool] = {}

    def settle(rule: Any) -> bool:
        if rule["id"] not in result:
            defeated = any(settle(s) for s in rules if rule["id"] in s.get("overrides", []))
            result[rule["id"]] = holds(rule.get("when", {}), world, definitions) and not defeated
        return result[rule["id"]]

    for rule in rules:
        settle(rule)
    return result


def _unmet(gateway: Any, live: list[Any], world: World, definitions: Mapping[str, Any]) -> bool:
    requires = [r for r in live if r["effect"] == "require" and gateway["id"] in r.get("attaches_to", [gateway["id"]])]
    conditions = [*gateway.get("conditions", []), *(r["condition"] for r in requires)]
    return any("met_when" not in c or not holds(c["met_when"], world, definitions) for c in conditions)


def completions(stated: Mapping[str, Any]) -> Iterator[World]:
    """Every world that what is stated leaves open."""
    axes: list[list[tuple[str, Any]]] = [
        [(name, stated[name])] if name in stated else [(name, False), (name, True)] for name in BOOLS
    ]
    for name in ("c", "e"):
        values = sorted(BELOW[stated[name]]) if name in stated else sorted(BELOW)
        axes.append([(name, v) for v in values])
    axes.append([("s", frozenset(v)) for v in _sets(stated.get("s"))])
    axes.append([("n", stated["n"])] if "n" in stated else [("n", v) for v in POINTS["n"]])
    return (dict(combination) for combination in itertools.product(*axes))


def _sets(stated: Any) -> list[tuple[str, ...]]:
    members = sorted(SET_BELOW)
    every = [c for size in range(4) for c in itertools.combinations(members, size)]
    if stated is None:
        return every
    reach = set().union(*(SET_BELOW[m] for m in stated)) if stated else set()
    return [c for c in every if set(c) <= reach and all(set(c) & SET_BELOW[m] for m in stated)]
