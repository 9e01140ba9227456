"""`--watch`: run again whenever a file changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from ..engine.library import BUILTIN
from ..rendering.diagnostics import render
from ..rules.diagnostics import Refused
from .session import Session

PAUSE = 0.5
"""Seconds between two looks at the files."""

Stamps = dict[Path, tuple[int, int]]


def watch(make: Callable[[], Session], note: Callable[[str], None], pause: float = PAUSE) -> None:
    """Run, then again after each change of a policy or suite, until interrupted (Ctrl-C)."""
    try:
        while True:
            session = make()
            before = stamps(roots(session))
            try:
                session.run()
            except Refused as refused:
                note(render(refused.diagnostics))
            sys.stdout.flush()
            note(f"watching {len(before)} files; Ctrl-C ends")
            while stamps(roots(session)) == before:
                time.sleep(pause)
            sys.stdout.write("\n")
    except KeyboardInterrupt:
        note("")


def roots(session: Session) -> list[Path]:
    """The files and folders whose changes matter."""
    found = [Path(p) for p in (*session.library.folders, *session.wishes.paths)]
    if session.library.builtin:
        inside = files("mayshare").joinpath(BUILTIN)
        if isinstance(inside, Path):
            found.append(inside)
    return [p for p in found if p.exists()]


def stamps(places: Iterable[Path]) -> Stamps:
    """When each YAML or JSON file was last written, and its size."""
    found: Stamps = {}
    for place in places:
        for path in (
            [place] if place.is_file() else [p for end in ("yaml", "yml", "json") for p in place.rglob(f"*.{end}")]
        ):
            try:
                status = path.stat()
            except OSError:
                continue  # gone since it was listed
            found[path] = (status.st_mtime_ns, status.st_size)
    return found
