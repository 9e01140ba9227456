"""What a batch is asked to do, how it went, and where its parts lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

PART_ROWS = 1 << 18
CHUNK = 1 << 16
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Order:
    """What a batch is asked to do; all of it is plain, so that workers can be handed it."""

    input: str
    output: str
    kind: str | None = None
    table: str | None = None
    mapping: str | None = None
    folders: tuple[str, ...] = ()
    builtin: bool = True
    policy: str | None = None
    as_of: date | None = None
    explain: str = "rules"
    jobs: int = 1
    part_rows: int = PART_ROWS
    restart: bool = False


@dataclass(frozen=True)
class Summary:
    """How a batch went: rows decided by outcome, rows rejected, rows settled beyond Kleene's evaluation."""

    rows: int
    outcomes: dict[str, int]
    rejected: int
    output: str
    rejects: str | None
    receipt: str
    resumed: int

    def as_data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def part_path(folder: Path, number: int) -> Path:
    """Where a part stands once it is whole."""
    return folder / f"part-{number:08d}.arrow"


def read_part(path: Path) -> pa.Table:
    """A part; its columns are mapped, not read."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def write_part(table: pa.Table, path: Path) -> None:
    """Write a part as it lies in memory: it is read once more and then gone, so packing it would cost more than it saves."""
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema, options=options) as writer:
        writer.write_table(table)
