"""What was read once is kept as long as its text stays the same: a keystroke costs the reading of one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from ...engine.bundle import Bundle, join, layers_of
from ...engine.library import Library, PolicyFile, policy_id
from ...rules.check_policy import Policy, check_policy
from ...rules.diagnostics import Refused
from ...rules.registry import Registry, load_registry
from ...rules.source import Document, Source, read_as_far, read_documents
from ...rules.vocabulary.facts import Vocabulary
from ...rules.vocabulary.load import load_vocabulary
from ..lint.subject import kind_of
from .moved import moved, shift
from .names import Sheet

T = TypeVar("T")


@dataclass
class Reads:
    """Results by what was asked and for which file, each with what it was made of."""

    _kept: dict[tuple[str, str], tuple[Any, Any]] = field(default_factory=dict)
    _good: dict[str, tuple[str, list[Document]]] = field(default_factory=dict)

    def kept(self, what: str, name: str, made_of: Any, make: Callable[[], T]) -> T:
        """The result for a file, made anew if what it is made of has changed."""
        found = self._kept.get((what, name))
        if found is None or found[0] != made_of:
            try:
                found = (made_of, make())
            except Refused as refused:
                found = (made_of, refused)
            self._kept[what, name] = found
        if isinstance(found[1], Refused):
            raise found[1]
        result: T = found[1]
        return result

    def forget(self, name: str) -> None:
        """Keep nothing of a file: it was closed."""
        self._good.pop(name, None)
        for key in [k for k in self._kept if k[1] == name]:
            del self._kept[key]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The shared vocabulary."""
        return load_vocabulary(Library().vocabulary_sources)

    def registry(self, sources: Sequence[Source]) -> Registry:
        """The registry in these files.

        Raises:
            Refused: with every fault in them.
        """
        made_of = tuple(s.text for s in sources)
        name = "\n".join(s.name for s in sources)
        return self.kept("registry", name, made_of, lambda: load_registry(sources, self.vocabulary))

    def documents(self, source: Source) -> list[Document]:
        """The documents of a file.

        Raises:
            Refused: it is not well-formed.
        """
        found = self.kept("documents", source.name, source.text, lambda: read_documents(source))
        self._good[source.name] = (source.text, found)
        return found

    def policy(self, source: Source) -> Policy:
        """A policy, read and checked.

        Raises:
            Refused: with every fault in it.
        """

        def make() -> Policy:
            documents = self.documents(source)
            if len(documents) != 1:
                second = documents[1]
                raise Refused(
                    [second.error("MS014", "a second document in a file that holds one", (), "split the file")]
                )
            return check_policy(documents[0], self.vocabulary)

        return self.kept("policy", source.name, source.text, make)

    def sheet(self, source: Source, facts: Collection[str]) -> Sheet:
        """The names in a file; while it cannot be read, those on the lines that did not change since it could."""
        return self.kept("sheet", source.name, (source.text, facts), lambda: self._sheet(source, facts))

    def _sheet(self, source: Source, facts: Collection[str]) -> Sheet:
        kind = kind_of(source)
        try:
            return Sheet(source, kind, self.documents(source), facts)
        except Refused:
            pass
        text, documents = self._good.get(source.name, ("", []))
        if documents:
            by = shift(text, source.text)
            return Sheet(source, kind, [moved(d, source, by) for d in documents], facts, broken=True)
        partial = read_as_far(source)
        return Sheet(source, kind, [partial] if partial is not None else [], facts, broken=True)

    def bundle(self, policy: Source, layers: dict[str, Source], registry: Sequence[Source]) -> Bundle:
        """A policy with its layers, compiled.

        Raises:
            Refused: what is wrong with any of the files.
        """
        made_of = (policy.text, tuple(sorted((n, s.text) for n, s in layers.items())), tuple(s.text for s in registry))

        def make() -> Bundle:
            read = self.policy(policy)
            under = [self.policy(text) for text in layers_of(read, layers)]
            return join(read, under, self.vocabulary, self.registry(registry))

        return self.kept("bundle", policy.name, made_of, make)


@dataclass
class LiveLibrary(Library):
    """A library over which lie the texts being written; what it compiles stays in memory. `base` is how it lies on disk."""

    over: Sequence[Source] = ()
    base: Library = field(default_factory=Library)
    reads: Reads = field(default_factory=Reads)

    @cached_property
    def files(self) -> dict[str, PolicyFile]:
        """Every policy by id; errors as those of any library."""
        written = {s.name for s in self.over}
        found = {name: f for name, f in self.base.files.items() if f.source.name not in written}
        for source in self.over:
            name = policy_id(source)
            if name is not None:
                found[name] = PolicyFile(name, source, False)
        return found

    @cached_property
    def vocabulary_sources(self) -> list[Source]:
        """The vocabulary's files."""
        return self.base.vocabulary_sources

    @cached_property
    def registry_sources(self) -> list[Source]:
        """The registry's files."""
        over = {s.name: s for s in self.over if kind_of(s) == "registry"}
        known = [over.pop(s.name, s) for s in self.base.registry_sources]
        return [*known, *over.values()]

    def _load(self, name: str, place: Any) -> Bundle:
        file = self.files.get(name)
        if file is None:
            return super()._load(name, place)
        layers = {n: f.source for n, f in self.files.items() if not n.isupper() and n != name}
        return self.reads.bundle(file.source, layers, self.registry_sources)
