"""Reading vocabulary files, and the facts a policy declares for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field

from ..diagnostics import Findings, suggestion
from ..model import Model, Text, validated
from ..source import Document, Path_, Source, read_document
from .facts import Fact, FactKind, Judgement, Lookup, Tree, TreeValue, Vocabulary


class FactEntry(Model):
    """A fact as a vocabulary file or a policy's `facts:` writes it."""

    type: FactKind = Field(description="What its values are")
    values: str | dict[str, TreeValue] | None = Field(None, description="A tree's name, or the values themselves")
    ask: Text = Field(description="The question an interviewer asks for it")
    help: Text = Field("", description="What lets a person answer")
    source: Text = Field("", description="Provision or digest id it comes from")
    unit: Text | None = Field(None, description="Unit of a number")
    controllable: bool = Field(False, description="Whether the sender can change it")
    judgement: Judgement | None = None
    registry: Lookup | None = None
    derived: dict[str, Any] | None = Field(None, description="A condition over other facts; then it is never stated")
    scope: Literal["case", "item"] | None = Field(
        None, description="Of one item or of the case; by its prefix if omitted"
    )


class VocabularyFile(Model):
    """A file under `rules/vocabulary/`."""

    vocabulary: str
    title: Text
    trees: dict[str, dict[str, TreeValue]] = {}
    facts: dict[str, FactEntry] = {}
    jurisdictions: dict[str, Text] = {}


def vocabulary_files() -> list[Source]:
    """The shipped vocabulary, file by file in order of name."""
    folder = files(__package__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return [Source(f"rules/vocabulary/{name}", (folder / name).read_text("utf-8")) for name in names]


def load_vocabulary(sources: Iterable[Source]) -> Vocabulary:
    """One vocabulary out of several files.

    Raises:
        Refused: with every fault in the files (see `explain MS4xx`).
    """
    findings = Findings()
    read: list[tuple[Document, VocabularyFile]] = []
    for source in sources:
        document = read_document(source)
        file = validated(VocabularyFile, document.data, document, (), findings)
        if file is not None:
            read.append((document, file))
    findings.stop_on_errors()
    trees: dict[str, Tree] = {}
    facts: dict[str, Fact] = {}
    jurisdictions: dict[str, str] = {}
    for document, file in read:
        jurisdictions.update(file.jurisdictions)
        for name, values in file.trees.items():
            trees[name] = checked_tree(values, document, ("trees", name), findings)
    for document, file in read:
        for path, entry in file.facts.items():
            if path in facts:
                findings.add(document.error("MS401", f"fact `{path}` is declared twice", ("facts", path), "keep one"))
            facts[path] = make_fact(path, entry, trees, document, ("facts", path), findings)
    findings.stop_on_errors()
    return Vocabulary(facts=facts, jurisdictions=jurisdictions)


def make_fact(
    path: str, entry: FactEntry, trees: Mapping[str, Tree], document: Document, at: Path_, findings: Findings
) -> Fact:
    """A fact from its entry; faults are reported at `at`."""
    tree: Tree | None = None
    if isinstance(entry.values, str):
        tree = trees.get(entry.values)
        if tree is None:
            help_ = suggestion(entry.values, trees)
            findings.add(document.error("MS402", f"no tree `{entry.values}`", (*at, "values"), help_))
    elif entry.values is not None:
        tree = checked_tree(entry.values, document, (*at, "values"), findings)
    if entry.type in ("choice", "choices") and entry.values is None:
        findings.add(document.error("MS403", f"`{path}` is a choice without values", at, "add `values:`"))
    scope = entry.scope or ("item" if path.startswith("item.") else "case")
    return Fact(
        path=path, kind=entry.type, ask=entry.ask, help=entry.help, source=entry.source, tree=tree, unit=entry.unit,
        controllable=entry.controllable, judgement=entry.judgement, registry=entry.registry, derived=entry.derived,
        scope=scope,
    )  # fmt: skip


def checked_tree(values: Mapping[str, TreeValue], document: Document, at: Path_, findings: Findings) -> Tree:
    """A tree whose parents exist and form no circle."""
    tree = Tree(values=dict(values))
    for name, value in values.items():
        if value.parent is None:
            continue
        if value.parent not in values:
            help_ = suggestion(value.parent, values)
            findings.add(
                document.error("MS404", f"no parent `{value.parent}` in this tree", (*at, name, "parent"), help_)
            )
        elif name in tree.ancestors(name):
            findings.add(document.error("MS405", f"`{name}` is its own ancestor", (*at, name), "break the circle"))
    return tree
