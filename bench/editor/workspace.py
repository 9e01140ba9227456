"""The folders and texts that an editor has open, and the view from each of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from ...engine.library import BUILTIN, Library, policy_id
from ...rules.diagnostics import Diagnostic, Refused
from ...rules.source import Source, read_source
from ..lint.subject import kind_of
from ..suites import find_suites, suite_id
from .reads import LiveLibrary, Reads
from .view import View

LAYOUT = ("scenarios", "layers", "registry", "law")
SKIPPED = ("node_modules", "__pycache__", "site-packages", "build", "dist")
MOST_FILES = 3000
OURS = ("policy", "suite", "case", "registry")


@dataclass(frozen=True, slots=True)
class Base:
    """Folders of policies as they lie on disk, the suites beside them, and why they could not be read."""

    library: Library
    suites: list[Source]
    refused: tuple[Diagnostic, ...] = ()


@dataclass
class Workspace:
    """Folders to look in, policies given by option, and the open texts by file name."""

    policies: Sequence[str] = ()
    builtin: bool = True
    roots: list[Path] = field(default_factory=list)
    open: dict[str, Source] = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)
    _views: dict[str, View] = field(default_factory=dict)
    _on_disk: dict[str, Source] | None = None
    _homes: dict[str, str] = field(default_factory=dict)
    _bases: dict[tuple[str, ...], Base] = field(default_factory=dict)

    def look_again(self) -> None:
        """Files may have come, gone or changed on disk."""
        self._on_disk = None
        self._bases.clear()

    def texts(self) -> dict[str, Source]:
        """Every file of ours in the folders, and over it what is being written."""
        if self._on_disk is None:
            paths = [p for root in self.roots for p in _walk(root)][:MOST_FILES]
            self._on_disk = {s.name: s for s in map(_ours, dict.fromkeys(paths)) if s is not None}
            self._homes = _homes(self._on_disk)
        return {**self._on_disk, **self._written()}

    def _written(self) -> dict[str, Source]:
        return {n: s for n, s in self.open.items() if Path(n).is_absolute()}

    def homes(self) -> list[str]:
        """The folders that hold policies."""
        written = self._written()
        lying = {name: home for name, home in self._homes.items() if name not in written}
        return sorted({*lying.values(), *_homes(written).values()})

    def view(self, name: str) -> View:
        """What can be seen from a file."""
        texts = self.texts()
        homes = self.homes()
        home = nearest(name, homes) if Path(name).is_absolute() else ""
        beside = {n: s for n, s in texts.items() if nearest(n, homes) == home}
        beside.update({n: s for n, s in self.open.items() if n == name})
        over = [s for n, s in beside.items() if n in self.open]
        folders = (*self.policies, home) if home and Path(home).is_dir() else tuple(self.policies)
        base = self._bases.get(folders)
        if base is None:
            base = self._bases[folders] = self._base(folders)
        library = LiveLibrary(folders, self.builtin, over=over, base=base.library, reads=self.reads)
        others = _others(library, base.suites, list(beside.values()))
        known = self._views.get(home)
        if known is None or not _same(known, library, others):
            known = self._views[home] = View(library, others, base.refused)
        return known

    def _base(self, folders: tuple[str, ...]) -> Base:
        """The folders as they lie on disk; without them where they cannot be read."""
        library = Library(folders, self.builtin)
        try:
            _ = (library.files, library.registry_sources)
            return Base(library, [f.source for f in find_suites([], library)])
        except Refused as refused:
            return Base(Library((), self.builtin), [], refused.diagnostics)


def _homes(texts: Mapping[str, Source]) -> dict[str, str]:
    """The folder that each policy among some texts belongs to."""
    return {name: laid_out(name) for name, source in texts.items() if policy_id(source) is not None}


def _others(library: LiveLibrary, suites: list[Source], beside: list[Source]) -> list[Source]:
    """Suites and cases: those that come with the library's policies, those in the folders, those being written.

    Of a policy that stands instead of a shipped one the shipped suites do not count.
    """
    known = {f.source.name for f in library.files.values()} | {s.name for s in library.registry_sources}
    replaced = {name for name, file in library.files.items() if not file.builtin}
    found = {s.name: s for s in suites if Path(s.name).is_absolute() or suite_id(s) not in replaced}
    found.update({s.name: s for s in beside})
    return [s for s in found.values() if s.name not in known]


def _same(view: View, library: LiveLibrary, others: list[Source]) -> bool:
    return (
        view.library.files == library.files
        and view.library.registry_sources == library.registry_sources
        and view.others == others
    )


@lru_cache(MOST_FILES)
def laid_out(name: str) -> str:
    """The folder of policies to which a file would belong by where it lies."""
    folder = Path(name).parent
    while folder.name in LAYOUT:
        folder = folder.parent
    return str(folder)


def nearest(name: str, homes: Sequence[str]) -> str:
    """The folder of policies that a file belongs to: its own, as policies and their companions are laid out, or the nearest."""
    folder = laid_out(name)
    if folder in homes or not homes:
        return folder
    return max(homes, key=lambda home: (len(Path(os.path.commonpath([home, folder])).parts), -len(Path(home).parts)))


def _ours(path: Path) -> Source | None:
    """A file that holds a policy, a suite, a case or a registry; None for any other."""
    try:
        source = read_source(path)
    except Refused:
        return None
    return source if kind_of(source) in OURS else None


def _walk(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(d for d in inner if not d.startswith(".") and d not in SKIPPED)
        yield from (Path(folder, n) for n in sorted(names) if n.endswith((".yaml", ".yml", ".json")))


def shipped(name: str) -> Path | None:
    """The file behind the name of a shipped text; None for another, or where it lies in no file of its own."""
    package = files("mayshare")
    for folder in (f"{BUILTIN}/", "rules/vocabulary/"):
        if name.startswith(folder):
            found = package.joinpath(name)
            return found if isinstance(found, Path) and found.is_file() else None
    return None
