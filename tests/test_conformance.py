"""The conformance suite: plain YAML that any implementation could run, run here through the public API."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mayshare.engine.bundle import join
from mayshare.engine.deciding import Decider
from mayshare.engine.decision import Decision, ItemDecision
from mayshare.engine.library import Library
from mayshare.rules.case import read_case
from mayshare.rules.check_policy import Policy, check_policy, fill_in
from mayshare.rules.diagnostics import Findings, Place, Refused
from mayshare.rules.registry import Registry, RegistryFile
from mayshare.rules.source import Document, Source, read_document, read_source
from mayshare.rules.vocabulary.facts import Vocabulary
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

HERE = Path(__file__).parent / "conformance"


@dataclass(frozen=True)
class Entry:
    """One case of one file."""

    file: str
    index: int
    name: str


def entries() -> list[Entry]:
    """Every case of every file."""
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        if path.name != "vocabulary.yaml":
            data = read_document(read_source(path, name=path.name)).data
            found += [Entry(path.name, i, f"{path.stem}:{case['id']}") for i, case in enumerate(data["cases"])]
    return found


@cache
def shipped() -> Vocabulary:
    """The shipped vocabulary, which knows the jurisdiction codes."""
    return load_vocabulary(vocabulary_files())


def vocabulary_of(data: dict[str, Any]) -> Vocabulary:
    """The file's own vocabulary, or the suite's; with the reserved jurisdictions."""
    if "vocabulary" in data:
        import yaml

        text = yaml.safe_dump({"vocabulary": "own", "title": "own", **data["vocabulary"]}, sort_keys=False)
        own = load_vocabulary([Source("own", text)])
    else:
        own = load_vocabulary([read_source(HERE / "vocabulary.yaml", name="vocabulary.yaml")])
    return Vocabulary(facts=own.facts, jurisdictions=shipped().jurisdictions)


def policies_of(document: Document, path: tuple[str | int, ...], vocabulary: Vocabulary) -> list[Policy]:
    """The policies written at a place in a file."""
    data: Any = document.data
    for part in path:
        data = data[part]
    read = []
    for index, policy in enumerate(data):
        inner = Document(document.source, fill_in(policy))
        base = (*path, index)
        inner.values = {p[len(base) :]: v for p, v in document.values.items() if p[: len(base)] == base}
        read.append(check_policy(inner, vocabulary))
    return read


def decide(entry: Entry) -> Decision:
    """The decision on an entry."""
    document = read_document(read_source(HERE / entry.file, name=entry.file))
    data, case_data = document.data, document.data["cases"][entry.index]
    vocabulary = vocabulary_of(data)
    own = "policies" in case_data
    policies = policies_of(document, ("cases", entry.index, "policies") if own else ("policies",), vocabulary)
    files = [data["registry"]] if isinstance(data.get("registry"), dict) else data.get("registry", [])
    registry = Registry(
        files=tuple(RegistryFile.model_validate({"registry": "own", "title": "own", **f}) for f in files)
    )
    known = vocabulary.extended([f for p in policies for f in p.facts])
    findings = Findings()
    case = read_case(document, known, findings, ("cases", entry.index, "case"))
    findings.stop_on_errors()
    by_id = {p.id: p for p in policies}
    bundles = {}
    for policy in policies:
        if policy.document.kind == "domestic":
            for name in policy.document.layers:
                if name not in by_id:
                    raise Refused([policy.text.error("MS210", f"no layer `{name}`", ("layers",))])
            layers = [by_id[name] for name in policy.document.layers]
            bundles[policy.id] = join(policy, layers, vocabulary, registry)
    library = Library(builtin=False)
    library._bundles.update(bundles)
    library.__dict__["files"] = dict.fromkeys(bundles)
    return Decider(library).decide(case, today=None)


def check_item(expect: dict[str, Any], item: ItemDecision | None, decision: Decision) -> None:
    """Hold one item, or the whole, to what is expected."""
    items = [item] if item else list(decision.items)
    if "outcome" in expect:
        assert (item or decision).outcome == expect["outcome"]
    grounds = {g.rule for i in items for g in i.grounds}
    assert set(expect.get("grounds", ())) <= grounds
    assert not set(expect.get("not_grounds", ())) & grounds
    statuses = {c.id: c.status for i in items for c in i.conditions}
    for name, status in expect.get("conditions", {}).items():
        assert statuses.get(name, "absent") == status, (name, statuses)
    if "missing" in expect:
        assert {m.fact for i in items for m in i.missing} == set(expect["missing"])
    for key in ("duties", "advice"):
        if key in expect:
            assert {e.rule for i in items for e in getattr(i, key) if e.truth == "true"} == set(expect[key])
    if "not_covered" in expect:
        assert any(i.not_covered for i in items) == expect["not_covered"]
    assert set(expect.get("warnings", ())) <= {w.code for w in decision.warnings}
    by_id = {i.id: i for i in decision.items}
    for name, inner in expect.get("items", {}).items():
        check_item(inner, by_id[name], decision)


@pytest.mark.parametrize("entry", entries(), ids=lambda e: e.name)
def test_conformance(entry: Entry) -> None:
    """The engine answers as the suite says."""
    expect = read_document(read_source(HERE / entry.file)).data["cases"][entry.index]["expect"]
    if "error" in expect:
        with pytest.raises(Refused) as caught:
            decide(entry)
        assert expect["error"] in {d.code for d in caught.value.diagnostics}
        assert all(isinstance(d.place, Place) and d.place.file for d in caught.value.diagnostics)
    else:
        check_item(expect, None, decide(entry))
