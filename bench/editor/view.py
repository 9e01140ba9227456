"""What can be seen from a folder of policies at one moment: laws, registry, names, and the means to run scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from ...engine.bundle import Bundle
from ...rules.check_policy import Policy
from ...rules.diagnostics import Diagnostic, Findings, Refused
from ...rules.registry import Registry
from ...rules.source import Path_, Source
from ...rules.vocabulary.facts import Fact, Vocabulary
from ...rules.vocabulary.load import FactEntry, make_fact
from ..lint.subject import Surroundings, kind_of
from ..runner import Runner
from .grammar import NameKind
from .names import Mention, Name, Sheet
from .reads import LiveLibrary, Reads


@dataclass
class LiveSurroundings(Surroundings):
    """What stands around a file, read no oftener than its text changes."""

    reads: Reads = field(default_factory=Reads)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The shared vocabulary."""
        return self.reads.vocabulary

    @cached_property
    def registry(self) -> Registry:
        """The registry, a drafter's own files included."""
        return self.reads.registry(self.library.registry_sources)

    def policy(self, source: Source) -> Policy:
        """A policy, read and checked; errors as of `Surroundings.policy`."""
        return self.reads.policy(source)

    def provisions(self, digest: str) -> list[str] | None:
        """The ids of the provisions in a shipped digest."""
        return self.reads.kept("provisions", digest, "", lambda: super(LiveSurroundings, self).provisions(digest))


@dataclass
class View:
    """The files as they now are: the library's, and `others` beside them (suites, cases). `refused` says what cannot be read."""

    library: LiveLibrary
    others: Sequence[Source]
    refused: tuple[Diagnostic, ...] = ()

    @cached_property
    def around(self) -> LiveSurroundings:
        """For the checks."""
        return LiveSurroundings(self.library, self.library.reads)

    @cached_property
    def runner(self) -> Runner:
        """For scenarios: one engine, since an answer here is looked at rather than relied upon."""
        return Runner(self.library, inference=False)

    def bundle(self, policy: str) -> Bundle | None:
        """A law, compiled; None where there is none or it is not valid."""
        try:
            return self.library.bundle(policy)
        except Refused:
            return None

    # -- names ----------------------------------------------------------------------------------------------------

    @cached_property
    def policies(self) -> dict[str, Sheet]:
        """The names in each policy, by its id."""
        return {name: self.library.reads.sheet(f.source, frozenset()) for name, f in self.library.files.items()}

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """Every fact: the shared ones, and those that a policy declares, as far as they can be read."""
        found = dict(self.around.vocabulary.facts)
        for sheet in self.policies.values():
            found.update({fact.path: fact for fact in own_facts(sheet)})
        return found

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(self.facts)

    def sheet(self, source: Source) -> Sheet:
        """The names in a file."""
        facts = self._paths if kind_of(source) in ("suite", "case", None) else frozenset()
        return self.library.reads.sheet(source, facts)

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Every file with names in it, the digests apart."""
        rest = [*self.library.vocabulary_sources, *self.library.registry_sources, *self.others]
        return [*self.policies.values(), *(self.sheet(s) for s in rest)]

    @cached_property
    def _trees(self) -> dict[str, str]:
        """The tree of each choice: a shared one's name, or the fact itself."""
        found = {}
        for sheet in self.sheets:
            for path, entry in sheet.data.get("facts", {}).items() if sheet.kind == "vocabulary" else ():
                if isinstance(entry.get("values"), str):
                    found[path] = f"tree:{entry['values']}"
        return found

    def meant(self, mention: Mention) -> list[Name]:
        """The things that a mention may mean: of a condition every one of that id in the law that applies."""
        name = mention.name
        if name.kind == "value":
            return [Name("value", self.tree(name.owner), name.id)]
        if name.kind == "condition" and not mention.defines:
            laws = [p for p in self.law(name.owner) if self._defined(Name("condition", p, name.id))]
            return [Name("condition", p, name.id) for p in laws]
        if name.kind == "network" and not mention.defines and not self._defined(name):
            return [Name("group", "", name.id)]
        return [name]

    def tree(self, fact: str) -> str:
        """The tree that the values of a fact belong to."""
        return self._trees.get(fact, fact)

    def law(self, policy: str) -> list[str]:
        """A policy and the layers it names."""
        sheet = self.policies.get(policy)
        layers = sheet.data.get("layers") if sheet is not None else None
        return [policy, *(str(name) for name in layers or ())] if isinstance(layers or [], list) else [policy]

    def _defined(self, name: Name) -> bool:
        sheet = self.policies.get(name.owner)
        pool = [sheet] if sheet is not None else self.sheets
        return any(m.defines and m.name == name for s in pool for m in s.by_id.get((name.kind, name.id), ()))

    def mentions(self, name: Name) -> Iterator[tuple[Sheet, Mention]]:
        """Every place that may mean a thing."""
        sheets = self.sheets if name.kind != "provision" else [*self.sheets, *self.digests]
        for sheet in sheets:
            for mention in sheet.by_id.get((name.kind, name.id), ()):
                if name in self.meant(mention):
                    yield sheet, mention
            if name.kind == "group":
                yield from ((sheet, m) for m in sheet.by_id.get(("network", name.id), ()) if name in self.meant(m))

    def definitions(self, name: Name) -> list[tuple[Sheet, Mention]]:
        """Where a thing is defined."""
        return [(sheet, m) for sheet, m in self.mentions(name) if m.defines]

    def named(self, kind: NameKind, owner: str | None = None) -> dict[str, tuple[Sheet, Mention]]:
        """Everything of a kind that is defined, by id."""
        pool = [self.policies[owner]] if owner in self.policies and owner is not None else self.sheets
        return {
            m.name.id: (sheet, m)
            for sheet in pool
            for m in sheet.mentions
            if m.defines and m.name.kind == kind and (owner is None or m.name.owner == owner)
        }

    @cached_property
    def digests(self) -> list[Sheet]:
        """The provisions that were read, of every policy that names a digest."""
        from ...engine.library import builtin_sources

        return [self.library.reads.sheet(s, frozenset()) for s in builtin_sources("law")]

    def data(self, name: Name) -> Any:
        """What a thing's definition says; None where it has none that can be read."""
        found = self.definitions(name)
        return found[0][0].data_at(found[0][1]) if found else None


def own_facts(sheet: Sheet) -> Iterator[Fact]:
    """The facts that a policy declares, those that can be read."""
    for document in sheet.documents:
        declared = document.data.get("facts") if isinstance(document.data, dict) else None
        for path, entry in (declared if isinstance(declared, dict) else {}).items():
            at: Path_ = ("facts", path)
            try:
                yield make_fact(str(path), FactEntry.model_validate(entry), {}, document, at, Findings())
            except ValidationError:
                continue
