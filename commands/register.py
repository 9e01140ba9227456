"""`mayshare register`: what was sent and received, what follows from it, and when."""

from __future__ import annotations

import typer

from . import register_read, register_record

register = typer.Typer(
    help="Keep what was sent and received, what follows from it and when: append-only, every entry chained to the one before.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for name, function in (
    ("init", register_record.init),
    ("add", register_record.add),
    ("receive", register_record.receive),
    ("list", register_read.list_),
    ("due", register_read.due),
    ("show", register_read.show),
    ("done", register_record.done),
    ("lift", register_record.lift),
    ("date", register_record.date_),
    ("feedback", register_record.feedback),
    ("consent", register_record.consent),
    ("export", register_read.export),
    ("verify", register_read.verify),
):
    register.command(name)(function)
