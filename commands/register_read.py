"""`mayshare register`: the commands that read."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from .advice import emit
from .exits import Exit
from .options import Format, KeyFile, note, one_of, out
from .register_options import RegisterHere, Today, opened, registering


def list_(
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="all, sent or received.")] = "all",
    open_: Annotated[bool, typer.Option("--open", help="Only those of which something is open.")] = False,
    format: Format = "text",
    today: Today = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """List what was sent and received, with what is open of it."""
    one_of(kind, ("all", "sent", "received"), "--kind")
    now = today or date.today()
    with registering():
        from ..desk.register.data import record_data
        from ..desk.register.words import list_blocks

        ledger = opened(register, key_file).ledger()
        records = [r for r in ledger.records.values() if kind in ("all", r.entry.kind)]
        if open_:
            records = [r for r in records if any(d.standing(now) == "open" for d in ledger.of_record(r.seq))]
        emit(list_blocks(ledger, records, now), [record_data(ledger, r, now) for r in records], format)


def due(
    within: Annotated[
        str, typer.Option("--within", metavar="SPAN", envvar="MAYSHARE_WITHIN", help="30d, 2w, 6m, 1y, or P30D.")
    ] = "30d",
    all_: Annotated[bool, typer.Option("--all", help="Also what is open without a day, or later.")] = False,
    format: Format = "text",
    today: Today = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """List what is overdue, falls due or ends within a span of time.

    Exits with 1 when there is something, with 0 when there is nothing (what --all adds does not count).
    """
    now = today or date.today()
    with registering():
        from ..desk.register.data import debt_data
        from ..desk.register.due import later
        from ..desk.register.words import due_blocks

        try:
            until = later(now, within)
        except ValueError as error:
            raise typer.BadParameter(f"{error}: write 30d, 2w, 6m, 1y or P30D", param_hint="--within") from None
        ledger = opened(register, key_file).ledger()
        found = ledger.falling_due(now, until)
        shown = ledger.falling_due(now, date.max) if all_ else found
        undated = ledger.undated(now) if all_ else []
        blocks = due_blocks(ledger, shown, undated, now, None if all_ else until)
        emit(blocks, [debt_data(d, now) for d in (*shown, *undated)], format)
    raise typer.Exit(Exit.FINDINGS if found else Exit.DONE)


def show(
    entry: Annotated[int, typer.Argument(metavar="ENTRY", min=1, help="Its number, as `register list` shows it.")],
    answer: Annotated[
        bool, typer.Option("--answer", help="Print the answer kept with it, for `mayshare replay`.")
    ] = False,
    format: Format = "text",
    today: Today = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Show an entry, what follows from it, and what became of it."""
    now = today or date.today()
    with registering():
        from ..desk.register.data import plain, record_data
        from ..desk.register.file import no_entry, refusal
        from ..desk.register.words import record_blocks, recorded_blocks

        store = opened(register, key_file)
        ledger = store.ledger()
        if entry not in ledger.entries:
            raise no_entry(entry, store.path)
        record = ledger.records.get(entry)
        if answer:
            kept = store.answer(entry)
            if not kept:
                raise refusal("MS751", f"entry {entry} was not made from an answer", store.path, "leave --answer out")
            out(kept)
        elif record is None:
            data = {"entry": entry, "hash": ledger.hashes[entry], **plain(ledger.entries[entry])}
            emit(recorded_blocks(entry, ledger.entries[entry]), data, format)
        else:
            emit(record_blocks(ledger, record, now), record_data(ledger, record, now), format)


def export(
    format: Annotated[str, typer.Option("--format", "-f", help="json, csv or ics (iCalendar).")] = "json",
    of: Annotated[str, typer.Option("--of", help="For csv: entries or obligations.")] = "entries",
    tasks: Annotated[bool, typer.Option("--tasks", help="For ics: tasks instead of events.")] = False,
    details: Annotated[
        bool,
        typer.Option("--details", help="For ics: with titles and file numbers, which are left out otherwise."),
    ] = False,
    alarm: Annotated[
        list[int],
        typer.Option("--alarm", min=0, max=3650, metavar="DAYS", help="For ics: days before; may be repeated."),
    ] = [7, 1],  # noqa: B006 - typer reads defaults, nothing writes to them
    damaged: Annotated[
        bool,
        typer.Option(
            "--damaged", help="For json: from a register that does not hold together, what can still be read."
        ),
    ] = False,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here.")] = None,
    today: Today = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Export the register as JSON (everything, with its hashes), CSV, or a calendar of the due dates."""
    one_of(format, ("json", "csv", "ics"), "--format")
    one_of(of, ("entries", "obligations"), "--of")
    _only("--of", of != "entries", format, "csv")
    _only("--tasks", tasks, format, "ics")
    _only("--details", details, format, "ics")
    _only("--damaged", damaged, format, "json")
    now = today or date.today()
    with registering():
        from ..desk.register import data
        from ..rules.files import write_whole

        store = opened(register, key_file)
        if format == "json":
            text = data.whole(store, damaged=damaged)
        elif format == "csv":
            ledger = store.ledger()
            text = data.entries_csv(ledger) if of == "entries" else data.obligations_csv(ledger, now)
        else:
            from ..desk.register.calendar import calendar

            name = str(store.contents().header["register"])
            text = calendar(store.ledger(), name, tasks=tasks, details=details, alarms=alarm).decode()
        if output is None:
            out(text)
        else:
            write_whole(output, text)
            note(f"written to {output}; it is not encrypted")


def _only(option: str, used: bool, format: str, wanted: str) -> None:
    if used and format != wanted:
        raise typer.BadParameter(f"only with --format {wanted}", param_hint=option)


def verify(
    head: Annotated[
        list[str],
        typer.Option("--head", metavar="HEAD", help="A head kept elsewhere, as `verify` printed it; may be repeated."),
    ] = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    format: Format = "text",
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Verify that the register is as it was written, and say where it is not.

    Exits with 1 when it is not. Keep the head that is printed somewhere else: given back as --head it shows whether the end
    was cut off, or everything computed anew, which a chain alone cannot show.
    """
    with registering():
        from ..desk.register.verification import verified
        from ..desk.register.words import verification_blocks

        try:
            found = verified(opened(register, key_file), tuple(head))
        except ValueError as error:
            raise typer.BadParameter(
                f"`{error}` is no head: give it as `verify` printed it", param_hint="--head"
            ) from None
        emit(verification_blocks(found), found.as_data(), format)
    raise typer.Exit(Exit.FINDINGS if found.faults else Exit.DONE)
