"""The register's file: SQLite, written in one transaction an entry, with triggers that refuse any change.

A process killed at any moment leaves the last entry whole or not there; two that write at once wait for each other.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...rules.diagnostics import Diagnostic, Place, Refused
from .chain import Fault, Row, chain_faults, genesis, head_of, linked
from .ledger import Ledger
from .model import ENTRY, VERSION, Entry
from .sealing import SHORTEST_KEY, Open, Seal, Sealed, bound_to

APPLICATION = 0x4D535247  # "MSRG", in the file's header
PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""
BREATH = 0.002
"""Seconds between two tries. SQLite's own waiting sleeps longer and longer, and does not hear Ctrl-C."""

_REFUSE = "SELECT RAISE(ABORT, 'a register is only ever added to')"
TABLES = (
    "CREATE TABLE header (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), content BLOB NOT NULL) STRICT",
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, prev BLOB NOT NULL, content BLOB NOT NULL, "
    "answer BLOB NOT NULL, hash BLOB NOT NULL) STRICT",
)
TRIGGERS = (
    f"CREATE TRIGGER header_stays BEFORE UPDATE ON header BEGIN {_REFUSE}; END",
    f"CREATE TRIGGER header_remains BEFORE DELETE ON header BEGIN {_REFUSE}; END",
    f"CREATE TRIGGER header_is_one BEFORE INSERT ON header WHEN EXISTS (SELECT 1 FROM header) BEGIN {_REFUSE}; END",
    f"CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN {_REFUSE}; END",
    f"CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN {_REFUSE}; END",
    # an INSERT OR REPLACE would delete without asking the trigger above
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries WHEN NEW.seq IS NOT "
    f"(SELECT coalesce(max(seq), 0) + 1 FROM entries) BEGIN {_REFUSE}; END",
)

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


def refusal(code: str, message: str, path: str, help: str) -> Refused:
    """One fault about a register."""
    return Refused([Diagnostic(code, message, Place(path), help)])


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
            with _errors(path):
                _fill(name, json.dumps(header, sort_keys=True).encode())
            os.link(name, target)  # fails where something is there
        except FileExistsError:
            raise refusal(
                "MS755", f"`{path}` is there already", path, "give another place; what is there is untouched"
            ) from None
        except OSError as error:
            raise _unwritable(path, (error.strerror or str(error)).lower()) from None
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
        with _connected(self.path) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            _patiently(connection, "SELECT count(*) FROM sqlite_master")  # from here on one moment of the file
            return self._contents(connection)

    def damage(self) -> list[Fault]:
        """What SQLite finds wrong with the file's pages; slow on a large register.

        Raises:
            Refused: as `contents`.
        """
        with _connected(self.path) as connection:
            connection.execute("BEGIN")
            _patiently(connection, "SELECT count(*) FROM sqlite_master")
            found = [text for (text,) in connection.execute("PRAGMA integrity_check(20)") if text != b"ok"]
        return [Fault("file", f"damaged on the disk: {_words(text)}") for text in found]

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
        with _connected(self.path) as connection:
            _patiently(connection, "BEGIN IMMEDIATE")
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
            _patiently(connection, "COMMIT")
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
        _is_register(connection, self.path)
        found = connection.execute("SELECT content FROM header").fetchone()
        raw = _bytes(found[0] if found else None)
        header = _header(raw, self.path)
        start = genesis(raw)
        columns = connection.execute("SELECT seq, prev, content, answer, hash FROM entries ORDER BY seq")
        rows = tuple(Row(seq, *map(_bytes, values)) for seq, *values in columns)
        counted = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
        counter = counted[0] if counted and isinstance(counted[0], int) else 0
        faults = [*_layout_faults(connection), *chain_faults(rows, start, counter)]
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


def _fill(name: str, header: bytes) -> None:
    """Lay a new file out."""
    connection = sqlite3.connect(name, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        for statement in (*TABLES, *TRIGGERS):
            connection.execute(statement)
        connection.execute("INSERT INTO header VALUES (1, ?)", (header,))
        connection.execute("COMMIT")
    finally:
        connection.close()


@contextmanager
def _connected(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to an existing file; what is not committed when it closes is undone."""
    if not Path(path).exists():
        raise refusal("MS742", f"there is no register at `{path}`", path, "`mayshare register init` starts one")
    if not Path(path).is_file():
        raise refusal("MS743", f"`{path}` is no register", path, "give the file that `mayshare register init` made")
    with _errors(path):
        address = f"{Path(path).absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
        try:
            connection.text_factory = bytes  # what is damaged need not be text
            _patiently(connection, "PRAGMA synchronous = EXTRA")  # an entry that was reported is on the disk
            yield connection
        finally:
            connection.close()


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute a statement that may have to wait for another process."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if not str(error.sqlite_errorname).startswith("SQLITE_BUSY") or time.monotonic() > end:
                raise
        time.sleep(BREATH)


@contextmanager
def _errors(path: str) -> Iterator[None]:
    """SQLite's failures as faults with a remedy."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            text = f"another process has been writing to `{path}` for more than {PATIENCE:.0f} seconds"
            raise refusal("MS746", text, path, "try again; nothing was recorded") from None
        if name.startswith("SQLITE_READONLY"):
            raise _unwritable(path, "it is read-only") from None
        if name.startswith("SQLITE_FULL"):
            raise _unwritable(path, "the disk is full") from None
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            raise _unwritable(path, f"the disk is full, or does not let it ({error})") from None
        help_ = "if it was one, restore it from a copy: `mayshare register verify` shows whether the copy is whole"
        raise refusal("MS743", f"`{path}` is no register, or too damaged to be read: {error}", path, help_) from None


def _unwritable(path: str, reason: str) -> Refused:
    help_ = "make room, or see to the rights on the file and its folder; nothing was recorded, not even in part"
    return refusal("MS745", f"`{path}` cannot be written or read: {reason}", path, help_)


def _is_register(connection: sqlite3.Connection, path: str) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION:
        raise refusal("MS743", f"`{path}` is no register", path, "give the file that `mayshare register init` made")
    if version != VERSION:
        text = f"`{path}` has layout {version}, and this program knows layout {VERSION}"
        raise refusal("MS744", text, path, "use the version of mayshare that wrote it, or a later one; it is untouched")


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


def _layout_faults(connection: sqlite3.Connection) -> list[Fault]:
    """Tables and triggers that are not those that the file was made with."""
    statements = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    found = {_words(sql) for (sql,) in statements}
    expected = {*TABLES, *TRIGGERS}
    faults = [
        Fault("schema", f"`{_named(sql)}` is not in the file as it was made: it was removed or changed")
        for sql in sorted(expected - found)
    ]
    faults += [Fault("schema", f"`{_named(sql)}` was put into the file") for sql in sorted(found - expected)]
    return faults


def _bytes(value: object) -> bytes:
    """A column as it should be; of a damaged row that holds something else, something that no hash matches."""
    return value if isinstance(value, bytes) else repr(value).encode()


def _words(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _named(sql: str) -> str:
    return " ".join(sql.split()[1:3])
