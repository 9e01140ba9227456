"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..engine.library import Summary, Unencoded
from ..rules.vocabulary.facts import Fact
from .report import Block, Entry, Heading, Points

KINDS = {
    "domestic": "Jurisdictions",
    "layer": "International layers: applied beside the law of each State that they bind",
    "advice": "Layers that do not bind: they advise, and change no outcome",
}

COUNTED = ("rules", "gateways", "exceptions", "conditions", "gaps")
COUNTED_NARROW = ("rules", "gate-\nways", "excep-\ntions", "condi-\ntions", "gaps")
WIDE = 76
"""Columns of a terminal from which on the headings stand on one line."""


def policy_table(rows: Sequence[Summary], console: Console) -> None:
    """The policies and layers with their counts, jurisdictions first."""
    days = {row.encoded_as_of for row in rows}
    for kind, title in KINDS.items():
        own = [row for row in rows if _kind(row) == kind]
        if own:
            print_plain(Text(title, style="bold"), console)
            print_plain(_table(own, console, dated=len(days) > 1), console)
            console.file.write("\n")
    if len(days) == 1:
        note = "counted are rules, the gateways and exceptions among them, conditions, and gaps, which `mayshare show` names"
        print_plain(f"All as of {days.pop()}; {note}.", console)


def _kind(row: Summary) -> str:
    return row.kind if row.kind == "domestic" or row.binding else "advice"


def _table(rows: Sequence[Summary], console: Console, *, dated: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("policy", no_wrap=True)
    table.add_column("title", overflow="fold")
    for name in COUNTED if console.width >= WIDE else COUNTED_NARROW:
        table.add_column(name, justify="right", no_wrap=True)
    if dated:
        table.add_column("as of", no_wrap=True)
    for row in rows:
        counts = (row.rules, row.gateways, row.exceptions, row.conditions, row.gaps)
        day = [str(row.encoded_as_of)] if dated else []
        table.add_row(Text(row.id, style="bold"), row.title, *map(str, counts), *day)
    return table


def print_plain(what: Table | Text | str, console: Console) -> None:
    """Print without blanks at the ends of lines."""
    with console.capture() as printed:
        console.print(what, highlight=False)
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
