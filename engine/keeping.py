"""What was compiled, kept in the user's cache folder under the hash of all that it was made from."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..rules.source import Source
from .bundle import Around

MOST = 400
"""Files that are kept; beyond it the ones that were not used for longest go. One takes up to a megabyte."""


def content_key(sources: Sequence[Source]) -> str:
    """A digest of texts with their names, and of the version that reads them."""
    from .version import VERSION, code_stamp

    digest = hashlib.sha256(f"{VERSION} {code_stamp()}".encode())
    for source in sources:
        digest.update(f"\0{source.name}\0{len(source.text)}\0".encode())
        digest.update(source.text.encode())
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """Where compiled policies are kept (`MAYSHARE_CACHE`, else the user's cache folder); None when that is switched off."""
    chosen = os.environ.get("MAYSHARE_CACHE")
    if chosen in ("0", "off", "none"):
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "mayshare"


def read_kept(key: str, around: Around | None = None) -> Any:
    """What is kept under a key, with the law around it put back in; None where there is none that can be trusted."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        status = folder.stat()
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
            return None  # others may write there: not to be trusted
        file = folder / f"{key}.bundle"
        value = _Unpickler(file.read_bytes(), around).load()
        os.utime(file)
        return value
    except Exception:
        return None


def keep(key: str, value: object, around: Around | None = None) -> None:
    """Keep something under a key, without the parts of the law around it."""
    folder = cache_folder()
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            _Pickler(stream, around).dump(value)
        os.replace(name, folder / f"{key}.bundle")
        _prune(folder)
    except OSError:
        return  # a cache that cannot be written costs time, not truth


def _prune(folder: Path) -> None:
    """Let go of what was not used for longest, a quarter at a time."""
    kept = list(folder.glob("*.bundle"))
    if len(kept) > MOST:
        for file in sorted(kept, key=lambda f: f.stat().st_mtime)[: len(kept) - MOST * 3 // 4]:
            file.unlink(missing_ok=True)


class _Pickler(pickle.Pickler):
    """Writes names for what all bundles share, and records by their fields: read back several times as fast."""

    def __init__(self, stream: Any, around: Around | None) -> None:
        super().__init__(stream, protocol=5)
        self._names = {} if around is None else {id(part): name for name, part in _shared(around).items()}

    def persistent_id(self, obj: Any) -> str | None:
        return self._names.get(id(obj))

    def reducer_override(self, obj: Any) -> Any:
        names = _record(type(obj))  # type: ignore[arg-type]
        return NotImplemented if names is None else (type(obj), tuple(getattr(obj, name) for name in names))


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, around: Around | None) -> None:
        super().__init__(io.BytesIO(data))
        self._parts = {} if around is None else _shared(around)

    def persistent_load(self, pid: Any) -> Any:
        return self._parts[pid]


def _shared(around: Around) -> dict[str, object]:
    facts = {f"fact {path}": fact for path, fact in around.vocabulary.facts.items()}
    return {**facts, "jurisdictions": around.vocabulary.jurisdictions, "registry": around.registry}


@cache
def _record(kind: Any) -> tuple[str, ...] | None:
    """The fields of a frozen record without a dictionary, which its class makes again of them; None for anything else."""
    if not is_dataclass(kind) or "__slots__" not in vars(kind) or hasattr(kind, "__post_init__"):
        return None
    own = fields(kind)
    return tuple(f.name for f in own) if all(f.init and not f.kw_only for f in own) else None
