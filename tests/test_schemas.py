"""Every shipped file is valid under the JSON Schema that editors use for it, and so is every answer."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mayshare.engine.schemas import json_schema
from mayshare.rules.source import read_documents, read_source

from .conftest import ROOT, Run

FILES = {
    "policy": ["jurisdictions/*.yaml", "jurisdictions/layers/*.yaml"],
    "case": ["examples/*.yaml"],
    "scenario": ["jurisdictions/scenarios/**/*.yaml"],
    "registry": ["jurisdictions/registry/*.yaml"],
    "vocabulary": ["rules/vocabulary/*.yaml"],
}


def plain(value: Any) -> Any:
    """Data as JSON has it: days are text."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("kind", FILES)
def test_shipped_files_are_valid(kind: str) -> None:
    validator = Draft202012Validator(json_schema(kind))
    paths = [path for pattern in FILES[kind] for path in sorted(ROOT.glob(pattern))]
    assert paths
    faults = [
        f"{path.name}: {error.json_path}: {error.message[:80]}"
        for path in paths
        for document in read_documents(read_source(path))
        if kind != "policy" or "policy" in document.data  # the guidelines' tests lie beside the policies
        for error in validator.iter_errors(plain(document.data))
    ]
    assert faults == []


def test_a_misspelling_is_found() -> None:
    """A schema that takes anything would pass the test above."""
    validator = Draft202012Validator(json_schema("policy"))
    rule = {"id": "a", "title": "A", "effect": "permit", "source": {"instrument": "i", "article": 1}}
    policy = {
        "policy": "XA",
        "title": "A",
        "encoded": {"as_of": "2026-01-01"},
        "rules": [{**rule, "when": {"mode": "mla"}}],
    }
    assert list(validator.iter_errors(policy)) == []
    wrong: list[dict[str, Any]] = [{"mood": "mla"}, {"mode": "mls"}, {"mode": {"at_least": 3}}, {"any": []}]
    for when in wrong:
        assert list(validator.iter_errors({**policy, "rules": [{**rule, "when": when}]})), when
    assert list(Draft202012Validator(json_schema("case")).iter_errors({"mode": "mls"}))


def test_answers_are_valid(run: Run) -> None:
    validator = Draft202012Validator(json_schema("decision"))
    for path in sorted(ROOT.glob("examples/*.yaml")):
        decision = json.loads(run("check", str(path), "--format", "json").stdout)
        assert list(validator.iter_errors(decision)) == []
