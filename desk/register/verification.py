"""Is the register as it was written? Everything that can be found out, each fault with the entry it is at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .chain import Fault, Row, head_fault
from .model import Sent
from .store import Contents, Register

CANNOT_SHOW = (
    "A chain alone cannot show that all of it was computed anew, or that its end was cut off together with the counter beside "
    "it. Keep the head somewhere else, and hold it against the register: `mayshare register verify --head HEAD`."
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: how many entries there are, the head to keep elsewhere, and every fault."""

    entries: int
    head: str
    encrypted: bool
    opened: bool
    faults: tuple[Fault, ...]

    def as_data(self) -> dict[str, object]:
        """As plain data."""
        return {
            "ok": not self.faults, "entries": self.entries, "head": self.head, "encrypted": self.encrypted,
            "contents_opened": self.opened,
            "faults": [{"entry": f.entry, "what": f.what, "text": f.text} for f in self.faults],
        }  # fmt: skip


def verified(register: Register, heads: tuple[str, ...]) -> Verification:
    """Verify a register, against heads kept elsewhere where there are some.

    An encrypted register without its key is verified as far as its chain goes.

    Raises:
        Refused: as `Register.contents`, MS748 a wrong key.
        ValueError: something given as a head is none.
    """
    contents = register.contents()
    faults = [*contents.faults]
    faults += [f for head in heads if (f := head_fault(contents.rows, contents.start, head)) is not None]
    encrypted = contents.header["sealed"] is not None
    opened = not encrypted or register.secret is not None
    if opened:
        changed = {f.entry for f in faults}
        faults += [f for f in _inside(register, contents) if f.entry not in changed]
    faults += register.damage()
    return Verification(len(contents.rows), contents.head, encrypted, opened, tuple(faults))


def _inside(register: Register, contents: Contents) -> list[Fault]:
    """What is wrong with the entries themselves."""
    found = []
    for row, entry in register.readable(contents):
        if entry is None and contents.header["sealed"] is not None:
            text = f"entry {row.seq} does not open with the register's key: it was written by someone without it"
            found.append(Fault("forged", text, row.seq))
        elif entry is None:
            found.append(Fault("unreadable", f"entry {row.seq} is nothing that this program writes", row.seq))
        elif isinstance(entry, Sent) and not _answer_matches(register, contents, row, entry):
            found.append(
                Fault("changed", f"the answer kept with entry {row.seq} is not the one it was made from", row.seq)
            )
    return found


def _answer_matches(register: Register, contents: Contents, row: Row, entry: Sent) -> bool:
    text = register.answer_of(contents, row)
    return text is not None and hashlib.sha256(text.encode()).hexdigest() == entry.answer_sha256
