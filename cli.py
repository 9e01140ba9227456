"""The command line: arguments in, one call, words out. Nothing is decided here."""

from __future__ import annotations

import typer

from .commands.check import check
from .commands.explain import explain
from .commands.list_ import list_
from .commands.replay import replay
from .commands.schema import schema
from .commands.show import show

app = typer.Typer(
    name="mayshare",
    help="May this information be shared, with whom, by which road, on which conditions?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """May this information be shared, with whom, by which road, on which conditions?"""
    if version:
        from .engine.version import VERSION

        typer.echo(f"mayshare {VERSION}")
        raise typer.Exit
    del context


app.command()(check)
app.command("list")(list_)
app.command()(show)
app.command()(explain)
app.command()(schema)
app.command()(replay)
