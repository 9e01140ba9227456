"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .diagnostics import Diagnostic, Place, Refused


def write_whole(path: str, content: str | bytes) -> None:
    """Write a file whole or not at all, text as UTF-8, with the permissions it had; a link stays one.

    What is no file, such as a pipe or `/dev/stdout`, is written to as it stands.

    Raises:
        Refused: MS015 it cannot be written; what stood there before is unharmed.
    """
    target = Path(path)
    data = content.encode() if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        target = Path(os.path.realpath(target))
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                shutil.copymode(target, name)
            else:
                os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"`{path}` cannot be written: {reason}"
        raise Refused([Diagnostic("MS015", message, Place(path), "choose another place")]) from None


def write_files(folder: str, files: Iterable[tuple[str, str | bytes]]) -> None:
    """Write files into a folder by their paths in it, with the folders they need, each as it comes.

    All of them, or what was not there is not there after.

    Raises:
        Refused: MS015 one of them cannot be written.
    """
    made: list[Path] = []
    try:
        _make_folder(Path(folder), made)
        for name, content in files:
            path = Path(folder, name)
            _make_folder(path.parent, made)
            made += [] if path.exists() else [path]
            write_whole(str(path), content)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder, and those above it, where there is none; what was made is noted."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            made.append(path)
        folder.mkdir(exist_ok=True)
    except OSError as error:
        message = f"`{folder}` cannot be made: {(error.strerror or str(error)).lower()}"
        raise Refused([Diagnostic("MS015", message, Place(str(folder)), "choose another place")]) from None


def not_there_yet(path: str) -> None:
    """Refuse to write where a file stands that someone may have worked on.

    Raises:
        Refused: MS607 the file exists.
    """
    if Path(path).exists():
        message = f"`{path}` exists already, and may have been worked on"
        raise Refused([Diagnostic("MS607", message, Place(path), "choose another name, or say `--overwrite`")])


def _umask() -> int:
    """The process's mask for new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
