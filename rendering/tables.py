"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..engine.library import Summary


def policy_table(rows: Sequence[Summary], console: Console) -> None:
    """The policies and layers with their counts."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("policy", "left"), ("title", "left"), ("rules", "right"), ("gateways", "right"), ("exceptions", "right"), ("conditions", "right"), ("encoded", "left"), ("left out", "right")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        kind = "" if row.kind == "domestic" else " (layer)" if row.binding else " (layer, does not bind)"
        table.add_row(
            Text(row.id, style="bold"), row.title + kind, str(row.rules), str(row.gateways), str(row.exceptions),
            str(row.conditions), str(row.encoded_as_of), str(row.gaps),
        )  # fmt: skip
    console.print(table)
