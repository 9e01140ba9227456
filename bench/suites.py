"""Where scenario suites are found: beside the policies, or where a drafter says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ..engine.library import BUILTIN, Library
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.scenario import Suite, read_suite
from ..rules.source import Source, read_source
from .files import nothing_there

_SUITE = re.compile(r"^suite:[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
FOLDER = "scenarios"


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A file that holds a suite: whose it is, and its text."""

    suite: str
    source: Source


def find_suites(paths: Sequence[str], library: Library) -> list[SuiteFile]:
    """The suites that `paths` name: files, folders, or ids of policies; without any, every suite beside the library's policies.

    Raises:
        Refused: MS509 for a path that is none of these or holds no suite; MS001 and the like for what cannot be read.
    """
    if not paths:
        return list(_beside(library))
    found: dict[str, SuiteFile] = {}
    for path in paths:
        for file in _named(path, library):
            found.setdefault(file.source.name, file)
    return list(found.values())


def homes(paths: Iterable[str]) -> list[str]:
    """The folders of policies that suites named by paths stand beside, as `--policies` takes them: those over `scenarios`."""
    found: dict[str, None] = {}
    for path in map(Path, paths):
        above = [p for p in (path, *list(path.absolute().parents)[:2]) if p.name == FOLDER][:1]  # also scenarios/layers
        inside = [p for p in path.rglob(FOLDER) if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        for folder in above or (inside if path.is_dir() else []):
            if folder.is_dir() and not (folder.parent / "__init__.py").exists():  # the shipped ones are known anyway
                found.setdefault(str(folder.parent))
    return list(found)


def _named(path: str, library: Library) -> list[SuiteFile]:
    place = Path(path)
    if place.is_dir():
        inside = list(_in_folder(place))
        if not inside:
            raise Refused(
                [
                    Diagnostic(
                        "MS509",
                        f"no scenario suite in `{path}`",
                        Place(path),
                        "a suite is a YAML file that starts with `suite:`",
                    )
                ]
            )
        return inside
    if place.suffix in (".yaml", ".yml", ".json") or place.is_file():
        source = read_source(place)
        return [SuiteFile(suite_id(source) or "", source)]
    beside = list(_beside(library))
    own = [file for file in beside if file.suite == path]
    if not own:
        known = {*library.files, *(f.suite for f in beside)}
        if path in known:
            help_ = "write scenarios for it: see docs/testing.md"
            raise Refused([Diagnostic("MS509", f"there are no scenarios of `{path}`", Place(path), help_)])
        raise nothing_there("MS509", path, known, " with scenarios")
    return own


def _beside(library: Library) -> Iterator[SuiteFile]:
    """The suites beside the library's policies, the built-in ones first."""
    if library.builtin:
        root = files("mayshare").joinpath(BUILTIN).joinpath(FOLDER)
        yield from _suites(_resources(root, f"{BUILTIN}/{FOLDER}/"))
    for folder in library.folders:
        inside = Path(folder) / FOLDER
        if inside.is_dir():
            yield from _in_folder(inside)


def _in_folder(folder: Path) -> Iterator[SuiteFile]:
    names = sorted(
        p for p in folder.rglob("*.y*ml") if p.is_file() and not any(part.startswith(".") for part in p.parts[1:])
    )
    return _suites(read_source(p) for p in names)


def _resources(folder: Traversable, prefix: str) -> Iterator[Source]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _resources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".yaml", ".yml")):
            yield Source(prefix + entry.name, entry.read_text("utf-8"))


def _suites(sources: Iterable[Source]) -> Iterator[SuiteFile]:
    for source in sources:
        name = suite_id(source)
        if name is not None:
            yield SuiteFile(name, source)


def suite_id(source: Source) -> str | None:
    """The policy that a suite is about; None for another text."""
    match = _SUITE.search(source.text)
    return match.group(1) if match else None


def read_suites(found: Iterable[SuiteFile], report: Callable[[Refused], None]) -> list[Suite]:
    """The suites that can be read; what is wrong with the others is reported."""
    suites = []
    for file in found:
        try:
            suites.append(read_suite(file.source))
        except Refused as refused:
            report(refused)
    return suites
