"""The chain: each entry holds the hash of the one before, so that what was changed afterwards is found, and where.

What a chain cannot show by itself: that all of it was computed anew, or that its end was cut off together with the counter
beside it. For that a head (`3-9f2c…`) is kept elsewhere and held against the register; a key helps, too, since nobody
without it can write an entry that opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

What = Literal[
    "header", "schema", "file", "removed", "changed", "moved", "rewritten", "truncated", "forged", "unreadable", "head"
]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as stored. `content` and `answer` are sealed where the register has a key."""

    seq: int
    prev: bytes
    content: bytes
    answer: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a register that is not as it was written. `entry` is None where it concerns the whole file."""

    what: What
    text: str
    entry: int | None = None


def genesis(header: bytes) -> bytes:
    """What the first entry holds as the hash before it: it ties the entries to the register they were written in."""
    return hashlib.sha256(b"mayshare register\n" + header).digest()


def body(prev: bytes, content: bytes, answer: bytes) -> bytes:
    """The digest of an entry without its number."""
    lengths = b"".join(len(part).to_bytes(8, "big") for part in (prev, content, answer))
    return hashlib.sha256(lengths + prev + content + answer).digest()


def numbered(seq: int, inner: bytes) -> bytes:
    """The hash of an entry: its number is part of it, so that none can take another's place."""
    return hashlib.sha256(b"mayshare entry\n" + str(seq).encode() + b"\n" + inner).digest()


def linked(seq: int, prev: bytes, content: bytes, answer: bytes) -> Row:
    """A new row behind `prev`."""
    return Row(seq, prev, content, answer, numbered(seq, body(prev, content, answer)))


def head_of(rows: Sequence[Row], start: bytes) -> str:
    """What to write down elsewhere: how many entries there are, and the hash of the last."""
    return f"{len(rows)}-{(rows[-1].hash if rows else start).hex()}"


def chain_faults(rows: Sequence[Row], start: bytes, counter: int) -> list[Fault]:
    """What is wrong with a chain whose rows come in the order of their numbers.

    `start` is what the first holds as the hash before it, `counter` the highest number ever given out.
    """
    faults: list[Fault] = []
    expected, before = 1, start
    highest = max([counter, *(row.seq for row in rows)], default=0)
    for row in rows:
        gap = row.seq > expected
        if gap:
            faults.append(Fault("removed", f"{_span(expected, row.seq - 1)} missing: removed", expected))
        inner = body(row.prev, row.content, row.answer)
        if numbered(row.seq, inner) != row.hash:
            faults.append(_changed(row, inner, highest))
        elif row.prev != before and not gap:
            last = "the header" if expected == 1 else f"entry {row.seq - 1}"
            text = f"entry {row.seq} was written behind something else than {last} as it now stands: one of them was written anew"
            faults.append(Fault("rewritten", text, row.seq))
        expected, before = row.seq + 1, row.hash
    if counter >= expected:
        faults.append(Fault("truncated", f"{_span(expected, counter)} missing at the end: cut off", expected))
    elif counter < expected - 1:
        text = f"the counter says {counter}, but there is an entry {expected - 1}: one of them was put in"
        faults.append(Fault("rewritten", text, expected - 1))
    return faults


def _span(first: int, last: int) -> str:
    return f"entry {first} is" if first >= last else f"entries {first} to {last} are"


def _changed(row: Row, inner: bytes, highest: int) -> Fault:
    """Whether a row that does not match its hash was moved here from another number, or changed."""
    for seq in range(1, min(highest, 1_000_000) + 1):
        if numbered(seq, inner) == row.hash:
            return Fault("moved", f"entry {row.seq} was written as entry {seq}: moved or renumbered", row.seq)
    return Fault("changed", f"entry {row.seq} was changed after it was written", row.seq)


def head_fault(rows: Sequence[Row], start: bytes, head: str) -> Fault | None:
    """What a head kept elsewhere shows: a chain cut off before it, or computed anew.

    Raises:
        ValueError: it is no head.
    """
    number, _, digest = head.strip().partition("-")
    if not number.isdecimal() or len(digest) < 16 or any(c not in "0123456789abcdef" for c in digest.lower()):
        raise ValueError(head)
    seq = int(number)
    found = start if seq == 0 else next((r.hash for r in rows if r.seq == seq), None)
    if found is None:
        return Fault("head", f"the head kept elsewhere is of entry {seq}, which is not there: the end was cut off", seq)
    if not found.hex().startswith(digest.lower()):
        text = f"entry {seq} is not the one whose head was kept elsewhere: it, or one before it, was written anew"
        return Fault("head", text, seq)
    return None
