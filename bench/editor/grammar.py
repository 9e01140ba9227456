"""What may stand where: which places of a file name something, hold a condition, or state a case.

One table for everything that asks: the index of names, completion, hover. The keys that may stand in a mapping come from the
models of the files themselves, through their JSON Schemas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from ...engine.schemas import json_schema
from ...rules.source import Path_

NameKind = Literal[
    "policy", "rule", "definition", "fact", "value", "condition", "instrument", "provision", "base", "scenario", "item",
    "source", "group", "authority", "network", "code", "jurisdiction",
]  # fmt: skip
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A place that names a thing: what kind of thing, and whether it stands there for the first time."""

    kind: NameKind
    defines: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A place beneath a condition or a case.

    `state` says what it is: `keys` (a mapping of facts), `fact` (the value of the fact `fact`), `operators` (a mapping under a
    fact), `other` (the name of another fact), `definition` or nothing of these. `prefix` is the part of a fact's path already
    written by the keys above.
    """

    state: Literal["keys", "fact", "other", "definition", "none"]
    fact: str = ""
    prefix: str = ""
    item: bool = False


_EXPECTED: dict[str, Role] = {
    "grounds": Role("rule"), "not_grounds": Role("rule"), "duties": Role("rule"), "advice": Role("rule"),
    "missing": Role("fact"), "warnings": Role("code"), "error": Role("code"),
}  # fmt: skip
_UNDER = ("scenarios/expect", "scenarios/expect/items/*")

VALUES: dict[str, dict[str, Role]] = {
    "policy": {
        "policy": Role("policy", True), "layers": Role("policy"),
        "rules/id": Role("rule", True), "rules/overrides": Role("rule"), "rules/attaches_to": Role("rule"),
        "rules/readings/*/overrides": Role("rule"), "rules/readings/*/attaches_to": Role("rule"),
        "rules/condition/id": Role("condition", True), "rules/conditions/id": Role("condition", True),
        "**/source/instrument": Role("instrument"), "**/source/provision": Role("provision"),
        "not_modelled/provision": Role("provision"),
    },
    "suite": {
        "suite": Role("policy"), "layers": Role("policy"),
        "scenarios/id": Role("scenario", True), "scenarios/provisions": Role("provision"),
        "scenarios/base": Role("base"), "scenarios/matrix/base": Role("base"),
        **{f"{under}/{key}": role for under in _UNDER for key, role in _EXPECTED.items()},
    },
    "registry": {
        "authorities/id": Role("authority", True), "networks/id": Role("network", True),
        "contact_points/authority": Role("authority"), "contact_points/network": Role("network"),
        "**/jurisdiction": Role("jurisdiction"), "agreements/parties": Role("jurisdiction"), "**/source": Role("source"),
    },
    "digest": {"provisions/id": Role("provision", True)},
}  # fmt: skip
KEYS: dict[str, dict[str, Role]] = {
    "policy": {
        "instruments/*": Role("instrument", True), "facts/*": Role("fact", True), "definitions/*": Role("definition", True),
        "facts/*/values/*": Role("value", True),
    },
    "suite": {"bases/*": Role("base", True), **{f"{under}/conditions/*": Role("condition") for under in _UNDER}},
    "registry": {"sources/*": Role("source", True), "groups/*": Role("group", True)},
    "vocabulary": {"facts/*": Role("fact", True), "facts/*/values/*": Role("value", True), "trees/*/*": Role("value", True)},
}  # fmt: skip
CONDITIONS: dict[str, tuple[str, ...]] = {
    "policy": (
        "covers", "definitions/*/when", "rules/when", "rules/condition/met_when", "rules/conditions/met_when", "facts/*/derived",
    ),
    "vocabulary": ("facts/*/derived",),
}  # fmt: skip
CASES = {"suite": ("bases/*", "scenarios/case"), "case": ("",)}
AXES = {"suite": ("scenarios/matrix", "scenarios/expect/when")}
JOINING = ("all", "any", "not")


def names_in(path: Path_) -> Names:
    """The keys of a path; positions in lists do not matter here."""
    return tuple(part for part in path if isinstance(part, str))


def role_of(kind: str | None, path: Path_, *, key: bool) -> Role | None:
    """What the value (or the key) at a path names; None if nothing."""
    return _found(kind or "", names_in(path), key)


@lru_cache(20_000)
def _found(kind: str, names: Names, key: bool) -> Role | None:
    table = (KEYS if key else VALUES).get(kind, {})
    return next((role for pattern, role in table.items() if _fits(pattern, names)), None)


def _fits(pattern: str, names: Names) -> bool:
    parts = pattern.split("/") if pattern else []
    if parts[:1] == ["**"]:
        parts = parts[1:]
        names = names[-len(parts) :]
    return len(parts) == len(names) and all(p in ("*", n) for p, n in zip(parts, names, strict=True))


def below(patterns: Iterable[str], path: Path_) -> Names | None:
    """The keys of a path beneath the first pattern that its beginning fits; None if it fits none."""
    names = names_in(path)
    for pattern in patterns:
        length = len(pattern.split("/")) if pattern else 0
        if len(names) >= length and _fits(pattern, names[:length]):
            return names[length:]
    return None


def slot_of(kind: str | None, path: Path_, facts: Collection[str]) -> Slot | None:
    """What a place beneath a condition or a case is; None where the path is in neither."""
    if (rest := below(CONDITIONS.get(kind or "", ()), path)) is not None:
        return _in_condition(rest)
    if (rest := below(CASES.get(kind or "", ()), path)) is not None:
        return _in_case(rest, facts)
    if (rest := below(AXES.get(kind or "", ()), path)) is not None:
        return _axis(rest, facts)
    return None


def _axis(rest: Names, facts: Collection[str]) -> Slot:
    """An axis names a fact; `item.` before one that is no fact of items sets it on every item alone."""
    if not rest:
        return Slot("keys")
    if len(rest) > 1 or rest[0] in ("base", "as_of"):
        return Slot("none")
    bare = rest[0].removeprefix("item.")
    return Slot("fact", bare if rest[0] not in facts and bare in facts else rest[0])


def _in_condition(rest: Names) -> Slot:
    while rest and rest[0] in JOINING:
        rest = rest[1:]
    if not rest:
        return Slot("keys")
    if rest[0] == "is":
        return Slot("definition") if len(rest) == 1 else Slot("none")
    if len(rest) > 2:
        return Slot("none")
    return Slot("other" if rest[1:] in (("same_as",), ("different_from",)) else "fact", rest[0])


def _in_case(rest: Names, facts: Collection[str]) -> Slot:
    item = rest[:1] == ("items",)
    rest = rest[1:] if item else rest
    if rest[:1] in (("case",), ("title",), ("note",), ("as_of",), ("id",)):
        return Slot("none")
    for end in range(1, len(rest) + 1):
        written = ".".join(rest[:end])
        full = f"item.{written}" if item and f"item.{written}" in facts else written
        if full in facts:
            inner = rest[end:]
            return Slot("fact", full, item=item) if inner in ((), ("value",)) else Slot("none")
    return Slot("keys", prefix="".join(f"{part}." for part in rest), item=item)


# -- keys -------------------------------------------------------------------------------------------------------


@cache
def _schema(kind: str) -> dict[str, Any]:
    return json_schema({"suite": "scenario"}.get(kind, kind))


def schemas_at(kind: str | None, path: Path_) -> list[Mapping[str, Any]]:
    """The JSON Schemas that a value at a path may follow; empty where the files' models say nothing."""
    if kind not in ("policy", "suite", "registry", "vocabulary", "case"):
        return []
    root = _schema(kind)
    found = _alternatives(root, root)
    for name in names_in(path):
        found = [deeper for schema in found for deeper in _step(root, schema, name)]
    return found


def _step(root: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
    return _alternatives(root, inner) if isinstance(inner, dict) else []


def _alternatives(root: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A schema with references, alternatives and lists taken apart; what it is said of it goes with each part."""
    said = {k: schema[k] for k in ("description",) if k in schema}
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        return [{**part, **said} for part in _alternatives(root, target)]
    if "anyOf" in schema:
        return [{**part, **said} for option in schema["anyOf"] for part in _alternatives(root, option)]
    if isinstance(schema.get("items"), dict):
        return [{**part, **said} for part in _alternatives(root, schema["items"])]
    return [schema]


def keys_at(kind: str | None, path: Path_) -> dict[str, str]:
    """The keys that may stand in the mapping at a path, each with what is said of it."""
    found: dict[str, str] = {}
    root = _schema(kind) if kind in ("policy", "suite", "registry", "vocabulary", "case") else {}
    for schema in schemas_at(kind, path):
        for name, inner in schema.get("properties", {}).items():
            options = _alternatives(root, inner)
            found.setdefault(name, next((str(o["description"]) for o in (inner, *options) if o.get("description")), ""))
    return found


def words_at(kind: str | None, path: Path_) -> list[str]:
    """The words from which a value at a path is chosen; empty where it is free."""
    found: dict[str, None] = {}
    for schema in schemas_at(kind, path):
        found.update((str(word), None) for word in schema.get("enum", ()) if word is not None)
        if schema.get("type") == "boolean":
            found.update({"true": None, "false": None})
    return list(found)


def is_mapping(kind: str | None, path: Path_) -> bool:
    """Whether a mapping may stand at a path."""
    return any(s.get("type") == "object" or "properties" in s for s in schemas_at(kind, path))
