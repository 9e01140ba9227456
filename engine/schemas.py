"""JSON Schemas of the files people write and of the answers programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..rules.case import ENTRY
from ..rules.expressions import operators_of
from ..rules.policy import PolicyDocument
from ..rules.registry import RegistryFile
from ..rules.vocabulary.facts import Fact, Vocabulary
from ..rules.vocabulary.load import VocabularyFile, load_vocabulary, vocabulary_files
from .decision import Decision

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def json_schema(kind: str) -> Schema:
    """The schema of a kind of file (`policy`, `case`, `scenario`, `vocabulary`, `registry`) or of a `decision`."""
    makers: dict[str, Callable[[], Schema]] = {
        "policy": _policy, "case": _case, "scenario": _scenario,
        "decision": lambda: Decision.model_json_schema(mode="serialization"),
        "vocabulary": VocabularyFile.model_json_schema, "registry": RegistryFile.model_json_schema,
    }  # fmt: skip
    return {"$schema": DIALECT, "title": f"mayshare {kind}", **makers[kind]()}


def _policy() -> Schema:
    """A policy: conditions know every fact, its values and its operators."""
    vocabulary = load_vocabulary(vocabulary_files())
    schema = PolicyDocument.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    definitions["Conditions"] = _conditions(vocabulary)
    definitions.update(_enumerations(vocabulary))
    reference = {"$ref": "#/$defs/Conditions"}
    for owner, key in (("Rule", "when"), ("Definition", "when"), ("Condition", "met_when")):
        definitions[owner]["properties"][key] = {
            **reference,
            "description": definitions[owner]["properties"][key].get("description", ""),
        }
    schema["properties"]["covers"] = {**reference, "description": "The cases for which silence means no"}
    return schema


def _conditions(vocabulary: Vocabulary) -> Schema:
    inner = {"$ref": "#/$defs/Conditions"}
    several = {"type": "array", "minItems": 1, "items": inner}
    properties: dict[str, Schema] = {
        "all": {**several, "description": "Holds when every part does"},
        "any": {**several, "description": "Holds when some part does"},
        "not": {**inner, "description": "Holds when its part fails"},
        "is": {"type": "string", "description": "Holds when the named definition does"},
    }
    properties.update({path: _test(fact, vocabulary) for path, fact in sorted(vocabulary.facts.items())})
    own = {"^[a-z][a-z0-9_-]*\\.": {"description": "A fact that the policy declares itself"}}
    return {"type": "object", "properties": properties, "patternProperties": own, "additionalProperties": False}


def _test(fact: Fact, vocabulary: Vocabulary) -> Schema:
    value = _value(fact, vocabulary)
    if fact.kind == "boolean":
        return {**value, "description": fact.ask}
    operations: dict[str, Schema] = {}
    for operator in operators_of(fact.kind):
        if operator in ("same_as", "different_from"):
            operations[operator] = {"type": "string"}
        elif operator in ("any_of", "all_of", "none_of"):
            operations[operator] = {"anyOf": [value, {"type": "array", "minItems": 1, "items": value}]}
        else:
            operations[operator] = {"anyOf": [value, {"const": "as_of"}]} if fact.kind == "date" else value
    mapping = {"type": "object", "properties": operations, "additionalProperties": False, "minProperties": 1}
    listed = {"type": "array", "minItems": 1, "items": value}
    return {"description": fact.ask, "anyOf": [value, listed, mapping]}


def _value(fact: Fact, vocabulary: Vocabulary) -> Schema:
    if fact.kind in ("choice", "choices", "jurisdiction"):
        return {"$ref": f"#/$defs/{_enumeration(fact)}"}
    return {
        "boolean": {"type": "boolean"},
        "number": {"type": "number"},
        "date": {"type": "string", "format": "date"},
    }[fact.kind]


def _enumeration(fact: Fact) -> str:
    """The name of a fact's list of values; facts over one tree share it."""
    return "jurisdiction" if fact.kind == "jurisdiction" else "values-" + "-".join(fact.values[:2])


def _enumerations(vocabulary: Vocabulary) -> dict[str, Schema]:
    found: dict[str, Schema] = {"jurisdiction": {"enum": list(vocabulary.jurisdictions)}}
    for fact in vocabulary.facts.values():
        if fact.tree is not None:
            values = found.setdefault(_enumeration(fact), {"enum": []})["enum"]
            values += [v for v in fact.values if v not in values]
    return found


def _case() -> Schema:
    """A case: facts nested by their paths, each as a bare value or in the long form."""
    vocabulary = load_vocabulary(vocabulary_files())
    facts = {p: f for p, f in vocabulary.facts.items() if f.derived is None}
    properties = _nested({p: f for p, f in facts.items() if f.scope == "case"})
    item = _nested({p.removeprefix("item."): f for p, f in facts.items() if f.scope == "item"})
    item["properties"] = {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "note": {"type": "string"},
        **item["properties"],
    }
    properties["properties"] = {
        "case": {"type": "string", "description": "A name for the case"},
        "title": {"type": "string"},
        "note": {"type": "string"},
        "as_of": {"type": "string", "format": "date", "description": "The day whose law applies; today if left out"},
        **properties["properties"],
        "items": {"type": "array", "minItems": 1, "items": item},
    }
    entry = {"type": "integer", "minimum": 1, "description": "The register's entry that holds what was received"}
    for where, key in (
        (properties["properties"]["received"]["properties"], "register"),
        (properties["properties"], ENTRY),
    ):
        where[key] = entry
    stated = {f"fact-{path}": _stated(fact, vocabulary) for path, fact in sorted(facts.items())}
    return {**properties, "$defs": {**_enumerations(vocabulary), **stated}}


def _nested(facts: Mapping[str, Fact]) -> Schema:
    root: Schema = {"type": "object", "properties": {}}
    for path, fact in sorted(facts.items()):
        where = root
        *parents, leaf = path.split(".")
        for name in parents:
            where = where["properties"].setdefault(name, {"type": "object", "properties": {}})
        reference = {"$ref": f"#/$defs/fact-{fact.path}"}
        where["properties"][leaf] = reference
        if parents:
            root["properties"][path] = reference
    return root


def _stated(fact: Fact, vocabulary: Vocabulary) -> Schema:
    value = _value(fact, vocabulary)
    plain = {"anyOf": [value, {"type": "array", "items": value}]} if fact.kind == "choices" else value
    long = {
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": plain, "judged_by": {"type": "string"}, "on": {"type": "string", "format": "date"},
            "basis": {"type": "string"}, "source": {"type": "string"},
        },
        "additionalProperties": False,
    }  # fmt: skip
    return {"description": fact.ask, "anyOf": [plain, long, {"enum": ["unknown", None]}]}


def _scenario() -> Schema:
    from ..rules.scenario import SuiteDocument

    return SuiteDocument.model_json_schema(by_alias=True)
