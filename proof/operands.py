"""The two sides of a difference: a code, a policy file, a folder, or either in a revision of a git repository."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..engine.library import _POLICY, Library, PolicyFile
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import Source, decode


@dataclass(frozen=True)
class Version:
    """One side: its name, the policies it holds, and a library that reads them (with the built-in ones beside them)."""

    name: str
    policies: tuple[str, ...]
    library: Library


class _Held(Library):
    """A library that holds some texts, beside or instead of the built-in policies."""

    def __init__(self, held: Sequence[Source], registry: Sequence[Source], builtin: bool) -> None:
        super().__init__(builtin=builtin)
        own = {m.group(1): PolicyFile(m.group(1), s, False) for s in held if (m := _POLICY.search(s.text))}
        self.__dict__["files"] = {**Library(builtin=builtin).files, **own}
        self.__dict__["registry_sources"] = [*Library(builtin=builtin).registry_sources, *registry]


def version(name: str, library: Library) -> Version:
    """A side from its argument.

    Raises:
        Refused: MS652 it holds no policy; MS654 git does not have it; or what is wrong with its files.
    """
    if name.startswith("git:"):
        return _from_git(name, library.builtin)
    if name in library.files:
        return Version(name, (name,), library)
    own = Library(folders=(name,), builtin=False)
    if not own.files:
        raise Refused(
            [
                Diagnostic(
                    "MS652", f"`{name}` holds no policy", Place(name), "name a policy file, a folder of them, or a code"
                )
            ]
        )
    return Version(name, tuple(own.files), Library(folders=(*library.folders, name), builtin=library.builtin))


def _from_git(name: str, builtin: bool) -> Version:
    _, _, rest = name.partition(":")
    revision, _, path = rest.partition(":")
    path = path.rstrip("/")
    root = Path.cwd()
    listed = _git(name, root, "ls-tree", "-r", "--name-only", "--full-name", revision, "--", path or ".").split("\n")
    files = [f for f in listed if f.endswith((".yaml", ".yml"))]
    if not files:
        raise Refused([Diagnostic("MS654", f"git has no policy at `{name}`", Place(name), "check revision and path")])
    sources = [(f, decode(_git_bytes(name, root, "show", f"{revision}:{f}"), f"git:{revision}:{f}")) for f in files]
    registry = [s for f, s in sources if PurePosixPath(f).parent.name == "registry"]
    held = [s for f, s in sources if PurePosixPath(f).parent.name not in ("registry", "scenarios")]
    found = tuple(m.group(1) for s in held if (m := _POLICY.search(s.text)))
    if not found:
        raise Refused(
            [Diagnostic("MS652", f"`{name}` holds no policy", Place(name), "name a policy file or a folder of them")]
        )
    return Version(name, found, _Held(held, registry, builtin))


def _git(name: str, where: Path, *arguments: str) -> str:
    return _git_bytes(name, where, *arguments).decode("utf-8", "replace")


def _git_bytes(name: str, where: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(where), *arguments], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(
            [Diagnostic("MS654", f"git could not be run: {error}", Place(name), "install git, or give a file")]
        ) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
        raise Refused([Diagnostic("MS654", f"git: {said}", Place(name), "check revision and path")])
    return done.stdout
