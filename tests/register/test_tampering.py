"""What is found when a register was tampered with, and that nothing is worked out from one that was."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayshare.desk.register import chain
from mayshare.desk.register.file import TRIGGERS
from mayshare.desk.register.store import Contents, Register
from mayshare.desk.register.verification import verified
from mayshare.rules.diagnostics import Refused

from .keeping import Say, must, with_entries

Tamper = Callable[[sqlite3.Connection], object]


def tampered(path: Path, change: Tamper, secret: bytes | None = None) -> list[tuple[str, int | None]]:
    """What is found after a change that takes the triggers away and puts them back, as somebody would who knows them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger.split()[2]}")
        change(connection)
        for trigger in TRIGGERS:
            connection.execute(trigger)
    return [(f.what, f.entry) for f in verified(Register(str(path), secret), ()).faults]


@pytest.mark.parametrize("place", range(1, 6))
def test_a_tampered_entry_is_located(tmp_path: Path, place: int) -> None:
    whole = tmp_path / "whole.db"
    with_entries(whole, 5)

    def found(change: Tamper) -> list[tuple[str, int | None]]:
        shutil.copy(whole, tmp_path / "r.db")
        return tampered(tmp_path / "r.db", change)

    assert found(lambda c: None) == []
    for column in ("content", "answer", "prev", "hash"):
        sql = f"UPDATE entries SET {column} = CAST({column} || x'00' AS BLOB) WHERE seq = ?"
        assert ("changed", place) in found(lambda c, sql=sql: c.execute(sql, (place,)))  # type: ignore[misc]
    gone = found(lambda c: c.execute("DELETE FROM entries WHERE seq = ?", (place,)))
    assert gone == [("removed" if place < 5 else "truncated", place)]
    moved = found(lambda c: c.execute("UPDATE entries SET seq = 9 WHERE seq = ?", (place,)))
    assert ("moved", 9) in moved
    other = place % 5 + 1

    def swap(c: sqlite3.Connection) -> None:
        for old, new in ((place, 99), (other, place), (99, other)):
            c.execute("UPDATE entries SET seq = ? WHERE seq = ?", (new, old))

    assert {("moved", place), ("moved", other)} <= set(found(swap))
    rewritten = found(lambda c: rewrite(c, place))
    assert rewritten == ([("rewritten", place + 1)] if place < 5 else [])  # the last one: see the head


def rewrite(connection: sqlite3.Connection, seq: int, onward: bool = False) -> None:
    """Change an entry and compute its hash anew, and with `onward` that of all behind it."""
    rows = [chain.Row(*r) for r in connection.execute("SELECT * FROM entries WHERE seq >= ? ORDER BY seq", (seq,))]
    before = None
    for row in rows if onward else rows[:1]:
        content = row.content.replace(b"post", b"fax!") if row.seq == seq else row.content
        new = chain.linked(row.seq, before or row.prev, content, row.answer)
        connection.execute(
            "UPDATE entries SET prev = ?, content = ?, hash = ? WHERE seq = ?",
            (new.prev, new.content, new.hash, new.seq),
        )
        before = new.hash


def test_what_only_a_head_or_a_key_shows(tmp_path: Path) -> None:
    """A chain computed anew, and an end cut off with its counter, hold together; a head kept elsewhere shows both."""

    def cut(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM entries WHERE seq > 3")
        connection.execute("UPDATE sqlite_sequence SET seq = 3")

    for change, entry in ((cut, 5), (lambda c: rewrite(c, 2, onward=True), 5)):
        path = tmp_path / "r.db"
        path.unlink(missing_ok=True)
        register = with_entries(path, 5)
        head = verified(register, ()).head
        assert tampered(path, change) == []
        assert [(f.what, f.entry) for f in verified(register, (head,)).faults] == [("head", entry)]
    sealed = with_entries(tmp_path / "sealed.db", 5, b"0123456789abcdef")

    def forge(connection: sqlite3.Connection) -> None:
        rows = list(connection.execute("SELECT * FROM entries"))
        seq, prev, content, answer, _ = rows[-1]
        new = chain.linked(seq, prev, content[:-1] + bytes([content[-1] ^ 1]), answer)
        connection.execute("UPDATE entries SET content = ?, hash = ? WHERE seq = ?", (new.content, new.hash, seq))

    assert tampered(Path(sealed.path), forge, sealed.secret) == [("forged", 5)]


def check_flipped(path: Path, whole: bytes, place: int, bit: int) -> None:
    """Change a bit of the file: either it is found, or it is one that says nothing (free space, page bookkeeping)."""
    path.write_bytes(whole)
    as_written = Register(str(path)).contents()
    changed = bytearray(whole)
    changed[place] ^= 1 << bit
    path.write_bytes(changed)
    for leftover in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    try:
        found = verified(Register(str(path)), ())
        now = Register(str(path)).contents()
    except Refused:
        return
    assert found.faults or same(now, as_written), (place, bit)


@given(data=st.data())
def test_no_byte_changes_unseen(
    data: st.DataObject, whole_register: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = data.draw(st.integers(0, len(whole_register) - 1))
    check_flipped(tmp_path_factory.getbasetemp() / "flipped.db", whole_register, place, data.draw(st.integers(0, 7)))


@pytest.mark.slow
def test_no_byte_at_all_changes_unseen(whole_register: bytes, tmp_path: Path) -> None:
    """Every byte that is used, one bit of each."""
    for place in range(len(whole_register)):
        if any(whole_register[max(0, place - 16) : place + 16]):
            check_flipped(tmp_path / "flipped.db", whole_register, place, place * 5 % 8)


def same(one: Contents, other: Contents) -> bool:
    return (one.header, one.rows, one.start) == (other.header, other.rows, other.start)


@pytest.fixture(scope="module")
def whole_register(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "r.db"
    with_entries(path, 4)
    return path.read_bytes()


@given(data=st.data())
def test_no_row_changes_unseen(
    data: st.DataObject, whole_register: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Take rows away, put them in another order, swap their parts: whatever differs from what was written is found."""
    path = tmp_path_factory.getbasetemp() / "rows.db"
    path.write_bytes(whole_register)
    as_written = Register(str(path)).contents()
    kept = data.draw(st.lists(st.sampled_from(as_written.rows), max_size=5, unique=True))
    numbers = data.draw(st.lists(st.integers(1, 6), min_size=len(kept), max_size=len(kept), unique=True))
    parts = {
        name: data.draw(st.sampled_from(as_written.rows))
        for name in data.draw(st.sets(st.sampled_from(PARTS), max_size=1))
    }
    rows = [(seq, row.prev, row.content, row.answer, row.hash) for seq, row in zip(numbers, kept, strict=True)]
    if rows and parts:
        rows[0] = (rows[0][0], *(getattr(parts.get(name, kept[0]), name) for name in PARTS))

    def put(connection: sqlite3.Connection) -> None:
        counter = connection.execute("SELECT seq FROM sqlite_sequence").fetchone()
        connection.execute("DELETE FROM entries")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?)", counter)

    found = tampered(path, put)
    assert bool(found) == (sorted(rows) != [(r.seq, r.prev, r.content, r.answer, r.hash) for r in as_written.rows])


PARTS = ("prev", "content", "answer", "hash")


def test_rows_cannot_be_changed_by_the_way(tmp_path: Path) -> None:
    with_entries(tmp_path / "r.db", 3)
    connection = sqlite3.connect(tmp_path / "r.db")
    for sql in (
        "UPDATE entries SET content = x'00' WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 3",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 2",
        "INSERT INTO entries SELECT 9, prev, content, answer, hash FROM entries WHERE seq = 2",
        "INSERT INTO entries (prev, content, answer, hash) SELECT prev, content, answer, hash FROM entries WHERE seq = 2",
        "UPDATE header SET content = x'00'",
        "DELETE FROM header",
        "INSERT OR REPLACE INTO header SELECT * FROM header",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            connection.execute(sql)
    connection.close()
    assert verified(Register(str(tmp_path / "r.db")), ()).faults == ()


def test_a_register_that_does_not_hold_together_is_not_used(sent: Say, desk: Path) -> None:
    must(sent("register", "receive", "received.yaml", "--channel", "post"))
    assert tampered(desk / "r.db", lambda c: c.execute("UPDATE entries SET answer = x'00' WHERE seq = 1"))
    for arguments in (["list"], ["due"], ["done", "1.1"], ["export"], ["show", "1"]):
        refused = sent("register", *arguments)
        assert refused.returncode == 3
        assert "MS749" in refused.stderr
        assert "entry 1 was changed after it was written" in refused.stderr
    (desk / "use.yaml").write_text("sender: {jurisdiction: CH}\ndirection: use\nreceived: {register: 2}\n")
    assert "MS749" in sent("check", "use.yaml").stderr
    saved = json.loads(must(sent("register", "export", "--damaged")))
    assert saved["entries"][1]["facts"]["received.from"] == "BR"
    assert saved["faults"][0]["entry"] == 1
    report = json.loads(must(sent("register", "verify", "-f", "json"), 1))
    assert (report["ok"], report["faults"][0]["entry"]) == (False, 1)
    assert "NOT AS IT WAS WRITTEN" in must(sent("register", "verify"), 1)


def test_missing_triggers_are_found(tmp_path: Path) -> None:
    with_entries(tmp_path / "r.db", 1)
    connection = sqlite3.connect(tmp_path / "r.db")
    connection.execute("DROP TRIGGER entries_stay")
    connection.execute("CREATE TABLE guest (x)")
    connection.commit()
    connection.close()
    assert [f.what for f in verified(Register(str(tmp_path / "r.db")), ()).faults] == ["schema", "schema"]
