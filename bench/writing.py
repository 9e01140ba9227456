"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..rules.diagnostics import Diagnostic, Place, Refused


def write_whole(path: str, text: str) -> None:
    """Write a text to a file; what was there before stays until all of it is written.

    Raises:
        Refused: MS015 it cannot be written.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        place = Place(path)
        raise Refused(
            [Diagnostic("MS015", f"`{path}` cannot be written: {reason}", place, "choose another place")]
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
