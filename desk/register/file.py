"""The file under a register: SQLite, laid out once, opened with patience, its failures told as faults with a remedy."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...rules.diagnostics import Diagnostic, Place, Refused
from .chain import Fault
from .model import VERSION

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


def refusal(code: str, message: str, path: str, help: str) -> Refused:
    """One fault about a register."""
    return Refused([Diagnostic(code, message, Place(path), help)])


def no_entry(entry: int, path: str) -> Refused:
    """The fault of naming an entry that a register does not hold."""
    return refusal("MS750", f"there is no entry {entry} in `{path}`", path, "`mayshare register list` shows them")


def lay_out(name: str, header: bytes) -> None:
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
def connected(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to an existing file; what is not committed when it closes is undone.

    Raises:
        Refused: MS742 it is not there, MS743 no register, MS745 it cannot be used, MS746 another process is writing.
    """
    if not Path(path).exists():
        raise refusal("MS742", f"there is no register at `{path}`", path, "`mayshare register init` starts one")
    if not Path(path).is_file():
        raise refusal("MS743", f"`{path}` is no register", path, "give the file that `mayshare register init` made")
    with told(path):
        address = f"{Path(path).absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
        try:
            connection.text_factory = bytes  # what is damaged need not be text
            patiently(connection, "PRAGMA synchronous = EXTRA")  # an entry that was reported is on the disk
            yield connection
        finally:
            connection.close()


def patiently(connection: sqlite3.Connection, statement: str) -> None:
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
def told(path: str) -> Iterator[None]:
    """SQLite's failures as faults with a remedy."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            text = f"another process has been writing to `{path}` for more than {PATIENCE:.0f} seconds"
            raise refusal("MS746", text, path, "try again; nothing was recorded") from None
        if name.startswith("SQLITE_READONLY"):
            raise unwritable(path, "it is read-only") from None
        if name.startswith("SQLITE_FULL"):
            raise unwritable(path, "the disk is full") from None
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            raise unwritable(path, f"the disk is full, or does not let it ({error})") from None
        help_ = "if it was one, restore it from a copy: `mayshare register verify` shows whether the copy is whole"
        raise refusal("MS743", f"`{path}` is no register, or too damaged to be read: {error}", path, help_) from None


def unwritable(path: str, reason: str) -> Refused:
    """The fault of a file that the disk or its rights keep from being used."""
    help_ = "make room, or see to the rights on the file and its folder; nothing was recorded, not even in part"
    return refusal("MS745", f"`{path}` cannot be written or read: {reason}", path, help_)


def must_be_register(connection: sqlite3.Connection, path: str) -> None:
    """Refuse a file that is none of ours, or of a later layout.

    Raises:
        Refused: MS743 it is no register, MS744 its layout is not known here.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION:
        raise refusal("MS743", f"`{path}` is no register", path, "give the file that `mayshare register init` made")
    if version != VERSION:
        text = f"`{path}` has layout {version}, and this program knows layout {VERSION}"
        raise refusal("MS744", text, path, "use the version of mayshare that wrote it, or a later one; it is untouched")


def layout_faults(connection: sqlite3.Connection) -> list[Fault]:
    """Tables and triggers that are not those that the file was made with."""
    statements = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    found = {as_words(sql) for (sql,) in statements}
    expected = {*TABLES, *TRIGGERS}
    faults = [
        Fault("schema", f"`{_named(sql)}` is not in the file as it was made: it was removed or changed")
        for sql in sorted(expected - found)
    ]
    faults += [Fault("schema", f"`{_named(sql)}` was put into the file") for sql in sorted(found - expected)]
    return faults


def as_bytes(value: object) -> bytes:
    """A column as it should be; of a damaged row that holds something else, something that no hash matches."""
    return value if isinstance(value, bytes) else repr(value).encode()


def as_words(value: object) -> str:
    """A column to be shown, whatever it holds."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _named(sql: str) -> str:
    return " ".join(sql.split()[1:3])
