"""The files that checks look at, read, with what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from ...engine.library import BUILTIN, Library
from ...rules.check_policy import Policy, read_policy
from ...rules.diagnostics import Findings, Place, Refused
from ...rules.digest import read_digest
from ...rules.model import validated
from ...rules.policy import Condition, PolicyDocument, Rule
from ...rules.policy import Source as Provenance
from ...rules.registry import Registry, RegistryFile, load_registry
from ...rules.scenario import Suite
from ...rules.source import Document, Path_, Source, read_document
from ...rules.vocabulary.facts import Vocabulary
from ..runner import Runner
from .meaning import Meaning

_KIND = re.compile(r"^(policy|suite|registry|vocabulary|case|digest|conformance):", re.MULTILINE)


def kind_of(source: Source) -> str | None:
    """What a file is, by the first of its top-level keys that says so."""
    match = _KIND.search(source.text)
    return match.group(1) if match else None


@dataclass
class Surroundings:
    """What is read once for all files: vocabulary, registry, the other policies."""

    library: Library

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The shared vocabulary."""
        return self.library.vocabulary

    @cached_property
    def runner(self) -> Runner:
        """What reads scenarios with the law that applies to each."""
        return Runner(self.library, inference=False)

    @cached_property
    def registry(self) -> Registry:
        """The registry, a drafter's own files included."""
        return load_registry(self.library.registry_sources, self.vocabulary)

    def provisions(self, digest: str) -> list[str] | None:
        """The ids of the provisions in a shipped digest; None if there is none of that name."""
        if not re.fullmatch(r"[\w-]{1,60}", digest):
            return None
        file = files("mayshare") / BUILTIN / "law" / f"{digest.lower()}.yaml"
        if not file.is_file():
            return None
        source = Source(f"{BUILTIN}/law/{digest.lower()}.yaml", file.read_text("utf-8"))
        try:
            return [p.id for p in read_digest(source).provisions]
        except Refused:
            return None

    def policy(self, source: Source) -> Policy:
        """A policy, read and checked by itself.

        Raises:
            Refused: with every fault in it.
        """
        return read_policy(source, self.vocabulary)

    @cached_property
    def _layers(self) -> dict[str, Policy]:
        return {}

    def layer(self, name: str) -> Policy | None:
        """A layer, read; None if there is none or it cannot be read (then its own file says why)."""
        if name not in self._layers:
            file = self.library.files.get(name)
            if file is None:
                return None
            try:
                self._layers[name] = self.policy(file.source)
            except Refused:
                return None
        return self._layers[name]


@dataclass
class PolicySubject:
    """A policy that can be read."""

    policy: Policy
    around: Surroundings

    @property
    def text(self) -> Document:
        """Its text."""
        return self.policy.text

    @property
    def document(self) -> PolicyDocument:
        """Its content."""
        return self.policy.document

    @cached_property
    def paths(self) -> dict[Place, list[Path_]]:
        """The paths of the values that begin at a place."""
        found: dict[Place, list[Path_]] = {}
        for path, place in self.text.values.items():
            found.setdefault(place, []).append(path)
        return found

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary with the policy's own facts."""
        return self.around.vocabulary.extended(self.policy.facts)

    @cached_property
    def meaning(self) -> Meaning:
        """What it means, together with the layers it names or refers to."""
        names = dict.fromkeys(self.document.layers)
        if self.document.kind == "layer":
            references = (r for rule in self.document.rules for r in (*rule.overrides, *rule.attaches_to))
            names = dict.fromkeys(r.partition("/")[0] for r in references if "/" in r)
        layers = [self.around.layer(name) for name in names if name != self.policy.id]
        return Meaning([self.policy, *(p for p in layers if p is not None)], self.around.vocabulary)

    @cached_property
    def provisions(self) -> list[str] | None:
        """The ids of the provisions in its digest; None where it names none, or that is not at hand."""
        named = self.document.digest
        return None if named is None else self.around.provisions(named)

    def rules(self) -> Iterator[tuple[Path_, Rule]]:
        """Each rule with its path."""
        for index, rule in enumerate(self.document.rules):
            yield ("rules", index), rule

    def conditions(self) -> Iterator[tuple[Path_, Rule, Condition]]:
        """Each condition with its path and its rule."""
        for path, rule in self.rules():
            if rule.condition:
                yield (*path, "condition"), rule, rule.condition
            for position, condition in enumerate(rule.conditions):
                yield (*path, "conditions", position), rule, condition

    def sources(self) -> Iterator[tuple[Path_, Provenance]]:
        """Each source with its path."""
        for path, rule in self.rules():
            yield from self._several((*path, "source"), rule.source)
        for path, _, condition in self.conditions():
            if condition.source is not None:
                yield (*path, "source"), condition.source
        for name, definition in self.document.definitions.items():
            yield from self._several(("definitions", name, "source"), definition.source)
        for kind, honour in self.document.honours.items():
            yield from self._several(("honours", kind, "source"), honour.source)
        for name, declared in self.document.declares.items():
            yield from self._several(("declares", name, "source"), declared.source)

    def _several(self, path: Path_, sources: tuple[Provenance, ...]) -> Iterator[tuple[Path_, Provenance]]:
        for position, source in enumerate(sources):
            yield ((*path, position) if (*path, position) in self.text.values else path), source


@dataclass
class SuiteSubject:
    """A scenario suite that can be read."""

    suite: Suite
    around: Surroundings

    @property
    def text(self) -> Document:
        """Its text."""
        return self.suite.text


@dataclass
class RegistrySubject:
    """A registry file that can be read."""

    text: Document
    file: RegistryFile
    around: Surroundings


def registry_subject(source: Source, around: Surroundings) -> RegistrySubject:
    """A registry file, read.

    Raises:
        Refused: with every fault in it.
    """
    load_registry([source], around.vocabulary)
    document = read_document(source)
    file = validated(RegistryFile, document.data, document, (), Findings())
    assert file is not None  # load_registry refused it otherwise
    return RegistrySubject(document, file, around)
