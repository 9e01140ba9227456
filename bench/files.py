"""The files a drafter names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ..engine.library import Library, builtin_sources
from ..rules.diagnostics import Diagnostic, Place, Refused, nearest
from ..rules.source import Source, path_help, read_source

BUILTIN_FOLDERS = ("", "layers", "scenarios", "scenarios/layers", "registry")
_OURS = re.compile(r"^(policy|suite|registry):", re.MULTILINE)


def sources_of(paths: Sequence[str], library: Library, refused: list[Refused]) -> list[Source]:
    """The texts that `paths` name: files, folders, ids of policies; without any, everything in the library.

    What cannot be read is put to `refused`. In a folder only policies, scenario suites and registry files count.
    """
    found: dict[str, Source] = {}
    for path in paths or ("",):
        try:
            for source in _named(path, library, refused) if path else _everything(library):
                found.setdefault(source.name, source)
        except Refused as fault:
            refused.append(fault)
    return list(found.values())


def _named(path: str, library: Library, refused: list[Refused]) -> Iterator[Source]:
    place = Path(path)
    if place.is_dir():
        yield from _in_folder(place, refused)
    elif place.is_file() or place.suffix in (".yaml", ".yml", ".json") or path not in library.files:
        if not place.exists() and place.suffix == "":
            raise nothing_there("MS001", path, library.files)
        yield read_source(place)
    else:
        yield library.files[path].source


def nothing_there(code: str, path: str, policies: Collection[str], of_policies: str = "") -> Refused:
    """The refusal of what was named and is no file or folder, nor one of the policies that might have been meant."""
    what = f"no file, no folder and no policy{of_policies}" if policies else "no file and no folder"
    near = nearest(path, policies)
    help_ = path_help(path) if near is None else f"did you mean `{near}`?"
    if path.isupper() and near is None and policies:  # the code of a State, and no misspelt path
        help_ = "`mayshare list` lists the policies; your own are found with `--policies DIR`"
    return Refused([Diagnostic(code, f"`{path}` is {what}", Place(path), help_)])


def _in_folder(folder: Path, refused: list[Refused]) -> Iterator[Source]:
    for path in sorted(folder.rglob("*.y*ml")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        try:
            source = read_source(path)
        except Refused as fault:
            refused.append(fault)
            continue
        if _OURS.search(source.text):
            yield source


def overlooked() -> bool:
    """Whether policies lie in the folder one stands in: who names no path there may think that they are looked at."""
    for path in [*Path().glob("*.yaml"), *Path().glob("*.yml")]:
        try:
            if _OURS.search(read_source(path).text):
                return True
        except Refused:
            continue
    return False


def policy_folders(folder: Path) -> list[str]:
    """The folders below one that hold policies of their own, as `--policies` takes them."""
    homes = {
        Path(s.name).parent for s in _in_folder(folder, []) if s.text.startswith("policy:") or "\npolicy:" in s.text
    }
    return [str(home) for home in sorted(h.parent if h.name == "layers" else h for h in homes)]


def _everything(library: Library) -> Iterator[Source]:
    if library.builtin:
        for folder in BUILTIN_FOLDERS:
            yield from (s for s in builtin_sources(folder) if _OURS.search(s.text))
    for own in library.folders:
        yield from _in_folder(Path(own), []) if Path(own).is_dir() else [read_source(own)]


def difference(name: str, before: str, after: str) -> str:
    """What changed, as a unified diff."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    shown = name.lstrip("/")
    lines = difflib.unified_diff(old, new, f"a/{shown}", f"b/{shown}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
