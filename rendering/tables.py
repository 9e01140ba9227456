"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..engine.library import Summary, Unencoded
from ..rules.vocabulary.facts import Fact
from .report import Block, Entry, Heading, Points


def policy_table(rows: Sequence[Summary], console: Console) -> None:
    """The policies and layers with their counts."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (
        ("policy", "left"),
        ("title", "left"),
        ("rules", "right"),
        ("gateways", "right"),
        ("exceptions", "right"),
        ("conditions", "right"),
        ("encoded", "left"),
        ("left out", "right"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        kind = "" if row.kind == "domestic" else " (layer)" if row.binding else " (layer, does not bind)"
        table.add_row(
            Text(row.id, style="bold"), row.title + kind, str(row.rules), str(row.gateways), str(row.exceptions),
            str(row.conditions), str(row.encoded_as_of), str(row.gaps),
        )  # fmt: skip
    with console.capture() as printed:
        console.print(table)
    console.file.write("\n".join(line.rstrip() for line in printed.get().splitlines()) + "\n")


def unencoded_blocks(rows: Sequence[Unencoded]) -> list[Block]:
    """Whose law was read without being encoded; a case of theirs is refused, not guessed."""
    blocks: list[Block] = []
    for commented, title in (
        (True, "Commented on the draft guidelines, but have no policy here"),
        (False, "Others whose law was read, but have no policy here"),
    ):
        entries = [
            Entry(f"{r.id} {r.title}: {r.read} provisions read, not encoded yet (law/{r.id.lower()}.yaml)")
            for r in rows
            if r.commented is commented
        ]
        if entries:
            blocks += [Heading(2, title), Points(tuple(entries))]
    return blocks


def fact_blocks(facts: Sequence[Fact]) -> list[Block]:
    """The facts a case may state, by their first word, each with its question and values."""
    blocks: list[Block] = []
    group = None
    for fact in facts:
        if fact.path.split(".")[0] != group:
            group = fact.path.split(".")[0]
            blocks.append(Heading(2, group))
        values = ", ".join(fact.values) if fact.values else fact.kind + (f" in {fact.unit}" if fact.unit else "")
        notes = [values]
        if fact.judgement:
            notes.append("a judgement for: " + ", ".join(fact.judgement.by))
        if fact.derived is not None:
            notes.append("follows from other facts, never stated")
        elif fact.registry is not None:
            notes.append("looked up in the registry unless stated")
        blocks.append(Points((Entry(f"{fact.path}: {fact.ask}", "point", "", tuple(notes)),)))
    return blocks
