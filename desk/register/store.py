"""The register: read as a whole, and written in one transaction an entry to a file whose triggers refuse any change.

A process killed at any moment leaves the last entry whole or not there; two that write at once wait for each other.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import tempfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...rules.diagnostics import Diagnostic, Place, Refused
from .chain import Fault, Row, chain_faults, genesis, head_of, linked
from .file import (
    as_bytes,
    as_words,
    connected,
    lay_out,
    layout_faults,
    must_be_register,
    patiently,
    refusal,
    told,
    unwritable,
)
from .ledger import Ledger
from .model import ENTRY, VERSION, Entry
from .sealing import SHORTEST_KEY, Open, Seal, Sealed, bound_to

Make = Callable[[Ledger, int], tuple[Entry, bytes]]
"""An entry out of the ledger as it stands and the number it will have, with the answer to keep beside it (or nothing)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A register as read: its header, its rows, and what is wrong with them."""

    header: dict[str, Any]
    start: bytes
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]

    @property
    def head(self) -> str:
        """What to write down elsewhere."""
        return head_of(self.rows, self.start)


class Register:
    """A register in a file."""

    def __init__(self, path: str, secret: bytes | None = None) -> None:
        self.path = path
        self.secret = secret
        self._seal: Seal | None = None

    # -- making one ---------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: str, secret: bytes | None = None) -> Register:
        """A new register, sealed where a key is given; made beside its place and put there whole.

        Raises:
            Refused: MS755 something is there already, MS745 it cannot be written, MS748 the key is too short.
        """
        header: dict[str, Any] = {"register": str(uuid.uuid4()), "version": VERSION, "opened": _now(), "sealed": None}
        if secret is not None:
            _long_enough(secret, path)
            salt = secrets.token_bytes(16)
            header["sealed"] = {"by": "scrypt, AES-256-GCM", "salt": salt.hex(), "check": Sealed(secret, salt).check}
        target = Path(path)
        name = None
        try:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            os.close(handle)
            with told(path):
                lay_out(name, json.dumps(header, sort_keys=True).encode())
            os.link(name, target)  # fails where something is there
        except FileExistsError:
            raise refusal(
                "MS755", f"`{path}` is there already", path, "give another place; what is there is untouched"
            ) from None
        except OSError as error:
            raise unwritable(path, (error.strerror or str(error)).lower()) from None
        finally:
            if name is not None:
                Path(name).unlink(missing_ok=True)
        return cls(path, secret)

    # -- reading ------------------------------------------------------------------------------------------------

    def contents(self) -> Contents:
        """Everything in the file, however damaged, as far as it can be read at all.

        Raises:
            Refused: MS742 it is not there, MS743 no register, MS744 of a later version, MS745 it cannot be read.
        """
        with connected(self.path) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            patiently(connection, "SELECT count(*) FROM sqlite_master")  # from here on one moment of the file
            return self._contents(connection)

    def damage(self) -> list[Fault]:
        """What SQLite finds wrong with the file's pages; slow on a large register.

        Raises:
            Refused: as `contents`.
        """
        with connected(self.path) as connection:
            connection.execute("BEGIN")
            patiently(connection, "SELECT count(*) FROM sqlite_master")
            found = [text for (text,) in connection.execute("PRAGMA integrity_check(20)") if text != b"ok"]
        return [Fault("file", f"damaged on the disk: {as_words(text)}") for text in found]

    def ledger(self) -> Ledger:
        """The entries read together.

        Raises:
            Refused: as `contents`, MS747 no key, MS748 the wrong one, MS749 the register does not hold together.
        """
        return self._ledger(self.contents())

    def readable(self, contents: Contents) -> Iterator[tuple[Row, Entry | None]]:
        """Each row with its entry, None where it can no longer be read.

        Raises:
            Refused: MS747 no key, MS748 the wrong one.
        """
        seal = self.seal(contents.header)
        for row in contents.rows:
            try:
                yield row, ENTRY.validate_json(seal.open(row.content, bound_to("content", row.seq, row.prev)))
            except ValueError:
                yield row, None

    def answer(self, seq: int) -> str:
        """The answer kept beside an entry, as JSON text; empty where there is none.

        Raises:
            Refused: as `ledger`.
        """
        contents = self.contents()
        self._held_together(contents)
        return self.answer_of(contents, contents.rows[seq - 1]) or ""

    def answer_of(self, contents: Contents, row: Row) -> str | None:
        """The answer kept in a row; None where it can no longer be read.

        Raises:
            Refused: MS747 no key, MS748 the wrong one.
        """
        try:
            stored = self.seal(contents.header).open(row.answer, bound_to("answer", row.seq, row.prev))
            return zlib.decompress(stored).decode()
        except (ValueError, zlib.error):
            return None

    # -- adding -------------------------------------------------------------------------------------------------

    def append(self, make: Make) -> tuple[int, Entry]:
        """Add an entry, made from the register as it stands while no one else can write.

        Raises:
            Refused: as `ledger`, what `make` refuses, MS745 it cannot be written, MS746 another process is writing.
        """
        with connected(self.path) as connection:
            patiently(connection, "BEGIN IMMEDIATE")
            contents = self._contents(connection)
            ledger = self._ledger(contents)
            seq = len(contents.rows) + 1
            entry, answer = make(ledger, seq)
            prev = contents.rows[-1].hash if contents.rows else contents.start
            seal = self.seal(contents.header)
            row = linked(
                seq, prev,
                seal.close(ENTRY.dump_json(entry, exclude_none=True), bound_to("content", seq, prev)),
                seal.close(zlib.compress(answer), bound_to("answer", seq, prev)),
            )  # fmt: skip
            values = (row.seq, row.prev, row.content, row.answer, row.hash)
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", values)
            patiently(connection, "COMMIT")
        return seq, entry

    # -- the key ------------------------------------------------------------------------------------------------

    def seal(self, header: dict[str, Any]) -> Seal:
        """What opens the entries.

        Raises:
            Refused: MS747 it is sealed and there is no key, MS748 the key is not its key.
        """
        if self._seal is None:
            self._seal = self._made_seal(header)
        return self._seal

    def _made_seal(self, header: dict[str, Any]) -> Seal:
        sealed = header.get("sealed")
        if sealed is None and self.secret is None:
            return Open()
        if sealed is None:
            help_ = "leave --key-file and MAYSHARE_REGISTER_KEY out, or take the register that was opened with the key"
            raise refusal("MS748", f"`{self.path}` is not encrypted, and a key was given", self.path, help_)
        if self.secret is None:
            help_ = "give its key: --key-file FILE, or MAYSHARE_REGISTER_KEY"
            raise refusal("MS747", f"`{self.path}` is encrypted", self.path, help_)
        seal = Sealed(self.secret, bytes.fromhex(sealed["salt"]))
        if not secrets.compare_digest(seal.check, str(sealed["check"])):
            raise refusal(
                "MS748", f"this is not the key of `{self.path}`", self.path, "give the key it was opened with"
            )
        return seal

    # -- inside -------------------------------------------------------------------------------------------------

    def _contents(self, connection: sqlite3.Connection) -> Contents:
        must_be_register(connection, self.path)
        found = connection.execute("SELECT content FROM header").fetchone()
        raw = as_bytes(found[0] if found else None)
        header = _header(raw, self.path)
        start = genesis(raw)
        columns = connection.execute("SELECT seq, prev, content, answer, hash FROM entries ORDER BY seq")
        rows = tuple(Row(seq, *map(as_bytes, values)) for seq, *values in columns)
        counted = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
        counter = counted[0] if counted and isinstance(counted[0], int) else 0
        faults = [*layout_faults(connection), *chain_faults(rows, start, counter)]
        return Contents(header, start, rows, tuple(faults))

    def _held_together(self, contents: Contents) -> None:
        if contents.faults:
            help_ = "`mayshare register verify` says more; `register export --damaged` saves what can still be read"
            raise Refused(Diagnostic("MS749", f.text, Place(self.path), help_) for f in contents.faults)

    def _ledger(self, contents: Contents) -> Ledger:
        self._held_together(contents)
        read = list(self.readable(contents))
        lost = [row.seq for row, entry in read if entry is None]
        if lost:
            help_ = "it was not written by this program with this key; `mayshare register verify` says more"
            raise Refused(Diagnostic("MS749", f"entry {seq} cannot be opened", Place(self.path), help_) for seq in lost)
        try:
            return Ledger.of((row.seq, row.hash.hex(), entry) for row, entry in read if entry is not None)
        except KeyError as missing:
            text = f"an entry speaks of {missing}, which is not there: it was not written by this program"
            help_ = "`mayshare register export --damaged` saves what can be read"
            raise refusal("MS749", text, self.path, help_) from None


def _long_enough(secret: bytes, path: str) -> None:
    if len(secret) < SHORTEST_KEY:
        text = f"the key is shorter than {SHORTEST_KEY} bytes"
        raise refusal("MS748", text, path, "make one, for instance with `openssl rand -hex 32`, and keep it apart")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _header(raw: bytes, path: str) -> dict[str, Any]:
    try:
        header = json.loads(raw)
        sealed = header["sealed"]
        if sealed is not None:
            bytes.fromhex(sealed["salt"]), str(sealed["check"])
        str(header["register"])
    except (ValueError, KeyError, TypeError):
        help_ = "restore the file from a copy"
        raise refusal("MS743", f"the header of `{path}` cannot be read", path, help_) from None
    return dict(header)
