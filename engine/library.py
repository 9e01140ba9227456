"""Where policies are found, and how they become bundles ready to decide, read once and kept by content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.policy import GATEWAYS
from ..rules.source import Source, path_help, read_source
from .bundle import Around, Bundle, build, read_around
from .keeping import content_key, keep, read_kept

if TYPE_CHECKING:
    from ..rules.check_policy import Policy
    from ..rules.vocabulary.facts import Vocabulary

_POLICY = re.compile(r"^policy:[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_PROVISION = re.compile(r"^  - id: ", re.MULTILINE)
BUILTIN = "jurisdictions"
CODE_LENGTH = 2
# the States that commented on the draft guidelines (revised draft of 28 June 2021, footnote 3)
COMMENTED = frozenset(("AU", "BR", "CZ", "LB", "MM", "MU", "MX", "PA", "SA", "SG", "SK", "SN", "SV", "YE"))


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A file that holds a policy: its id as written, and its text."""

    id: str
    source: Source
    builtin: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A line about a policy."""

    id: str
    title: str
    kind: str
    binding: bool
    rules: int
    gateways: int
    exceptions: int
    conditions: int
    encoded_as_of: date
    gaps: int
    file: str

    def as_data(self) -> dict[str, object]:
        """As plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A jurisdiction whose law was read, but which has no policy; `read` counts its provisions."""

    id: str
    title: str
    read: int
    commented: bool


@dataclass
class Library:
    """The built-in policies, and a drafter's own folders or files beside or instead of them.

    A policy in `folders` stands instead of the built-in one of the same id; later folders win over earlier ones.
    """

    folders: Sequence[str] = ()
    builtin: bool = True
    _bundles: dict[str, Bundle] = field(default_factory=dict)
    _layers: dict[Source, Policy] = field(default_factory=dict)

    @cached_property
    def files(self) -> dict[str, PolicyFile]:
        """Every policy by id.

        Raises:
            Refused: MS214 two files of one folder hold the same policy; MS001 a folder cannot be read.
        """
        found: dict[str, PolicyFile] = {}
        if self.builtin:
            found.update(self._scan(builtin_sources(""), builtin=True))
            found.update(self._scan(builtin_sources("layers"), builtin=True))
        for folder in self.folders:
            found.update(self._scan(_sources_of(folder, ("", "layers")), builtin=False))
        return found

    def _scan(self, sources: Sequence[Source], *, builtin: bool) -> dict[str, PolicyFile]:
        found: dict[str, PolicyFile] = {}
        for source in sources:
            match = _POLICY.search(source.text)
            if match is None:
                continue
            name = match.group(1)
            if name in found:
                line = source.text.count("\n", 0, match.start()) + 1
                message = f"policy `{name}` is also in `{found[name].source.name}`"
                place = Place(source.name, line, 1, 7)
                raise Refused(
                    [
                        Diagnostic(
                            "MS214", message, place, "keep one, or give the other folder", "error", source.line(line)
                        )
                    ]
                )
            found[name] = PolicyFile(name, source, builtin)
        return found

    @cached_property
    def vocabulary_sources(self) -> list[Source]:
        """The vocabulary's files."""
        from ..rules.vocabulary.load import vocabulary_files

        return vocabulary_files()

    @cached_property
    def registry_sources(self) -> list[Source]:
        """The registry's files, a drafter's own after the built-in ones."""
        sources = builtin_sources("registry") if self.builtin else []
        for folder in self.folders:
            sources = sources + _sources_of(folder, ("registry",))
        return sources

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The facts that all policies share.

        Raises:
            Refused: what is wrong with the vocabulary's files.
        """
        from ..rules.vocabulary.load import load_vocabulary

        return load_vocabulary(self.vocabulary_sources)

    @cached_property
    def around(self) -> Around:
        """What stands around every policy: vocabulary and registry, read once.

        Raises:
            Refused: what is wrong with their files.
        """
        key = "around-" + content_key([*self.vocabulary_sources, *self.registry_sources])
        kept = read_kept(key)
        if isinstance(kept, Around):
            return kept
        made = read_around(self.vocabulary_sources, self.registry_sources)
        keep(key, made)
        return made

    def jurisdictions(self) -> list[str]:
        """The jurisdictions that have a policy."""
        return sorted(name for name in self.files if name.isupper())

    def bundle(self, name: str, place: Place | None = None) -> Bundle:
        """The policy of a jurisdiction with its layers, compiled.

        Raises:
            Refused: MS302 there is none; or whatever is wrong with the files.
        """
        if name not in self._bundles:
            self._bundles[name] = self._load(name, place)
        return self._bundles[name]

    def _load(self, name: str, place: Place | None) -> Bundle:
        file = self._file(name, place)
        layers = [f for n, f in sorted(self.files.items()) if not n.isupper() and n != name]
        return self.compiled(file.source, {f.id: f.source for f in layers})

    def compiled(self, policy: Source, layers: Mapping[str, Source]) -> Bundle:
        """A policy's text with the layers that it may name, compiled; kept by content.

        Raises:
            Refused: whatever is wrong with the texts.
        """
        key = content_key([policy, *layers.values(), *self.vocabulary_sources, *self.registry_sources])
        cached = read_kept(key, self.around)
        if isinstance(cached, Bundle):
            return cached
        bundle = build(policy, layers, self.around, self._layer)
        keep(key, bundle, self.around)
        return bundle

    def _layer(self, source: Source, vocabulary: Vocabulary) -> Policy:
        """A layer, read once for all the policies that name it."""
        from ..rules.check_policy import read_policy

        if source not in self._layers:
            self._layers[source] = read_policy(source, vocabulary)
        return self._layers[source]

    def _file(self, name: str, place: Place | None) -> PolicyFile:
        file = self.files.get(name)
        if file is None:
            known = self.jurisdictions()
            help_ = "policies exist for " + ", ".join(known) if known else "no policy was found"
            help_ += "; your own are found with `--policies DIR`"
            raise Refused([Diagnostic("MS302", f"there is no policy for `{name}`", place or Place("policies"), help_)])
        return file

    def policy(self, name: str) -> Policy:
        """A policy as written, checked: its instruments, definitions and what it leaves out.

        Raises:
            Refused: MS302 there is none; or what is wrong with the file.
        """
        from ..rules.check_policy import read_policy

        return read_policy(self._file(name, None).source, self.vocabulary)

    def index(self) -> list[Summary]:
        """A line about every policy, jurisdictions first; kept by content like the bundles.

        Raises:
            Refused: what is wrong with any of the files.
        """
        key = "index-" + content_key([f.source for f in self.files.values()])
        cached = read_kept(key)
        if isinstance(cached, list):
            return cached
        rows = [self._summary(file) for file in self.files.values()]
        rows.sort(key=lambda row: (row.kind != "domestic", row.id))
        keep(key, rows)
        return rows

    def _summary(self, file: PolicyFile) -> Summary:
        from ..rules.check_policy import read_policy

        d = read_policy(file.source, self.vocabulary).document
        return Summary(
            d.policy, d.title, d.kind, d.binding, len(d.rules), sum(r.effect in GATEWAYS for r in d.rules),
            sum(bool(r.overrides) for r in d.rules), sum(len(r.all_conditions) for r in d.rules), d.encoded.as_of,
            len(d.encoded.gaps), file.source.name,
        )  # fmt: skip

    def unencoded(self) -> list[Unencoded]:
        """The jurisdictions whose law was read but has no policy, those that commented on the guidelines first."""
        if not self.builtin:
            return []
        rows = []
        for source in builtin_sources("law"):
            name = source.name.rsplit("/", 1)[-1].removesuffix(".yaml").upper()
            if len(name) == CODE_LENGTH and name != "EU" and name not in self.files:
                title = _TITLE.search(source.text)
                read = len(_PROVISION.findall(source.text))
                rows.append(Unencoded(name, title.group(1) if title else name, read, name in COMMENTED))
        return sorted(rows, key=lambda row: (not row.commented, row.id))

    def layer_source(self, name: str) -> Source:
        """A layer's file.

        Raises:
            Refused: MS210 there is none.
        """
        if name not in self.files:
            known = [n for n in self.files if not n.isupper()]
            raise Refused([Diagnostic("MS210", f"no layer `{name}`", Place("policies"), suggestion(name, known))])
        return self.files[name].source


def policy_id(source: Source) -> str | None:
    """The id of the policy that a text holds; None if it holds none."""
    match = _POLICY.search(source.text)
    return match.group(1) if match else None


def builtin_sources(folder: str) -> list[Source]:
    """The shipped files of a folder under `jurisdictions/` (empty for that folder itself), in order of name."""
    root = files("mayshare").joinpath(BUILTIN)
    where = root.joinpath(folder) if folder else root
    if not where.is_dir():
        return []
    prefix = f"{BUILTIN}/{folder}/" if folder else f"{BUILTIN}/"
    entries = sorted((e for e in where.iterdir() if e.name.endswith(".yaml")), key=lambda e: e.name)
    return [Source(prefix + e.name, e.read_text("utf-8")) for e in entries]


def _sources_of(folder: str, inside: Sequence[str]) -> list[Source]:
    root = Path(folder)
    if root.is_file():
        return [read_source(root)] if "" in inside else []
    if not root.is_dir():
        raise Refused([Diagnostic("MS001", f"there is no file or folder `{folder}`", Place(folder), path_help(folder))])
    paths = [p for part in inside for p in sorted((root / part).glob("*.y*ml"))]
    return [read_source(p) for p in paths]
