# ruff: noqa: E402 - two settings have to be made before anything heavy is imported
"""The command line: arguments in, one call, words out. Nothing is decided here.

Each command lives in a module of its own under `commands/`, and only the one that is called is imported.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module
from typing import Any

# looking for pydantic plugins reads the metadata of every installed package; there are none for us
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# a command makes many objects that it keeps: looking through them for circles at the usual rate costs a fifth of its time
gc.set_threshold(100_000, 50, 50)

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info, get_group
from typer.models import CommandInfo

# name of the command: module under commands/, function in it
COMMANDS = {
    "check": ("check", "check"),
    "ask": ("ask", "ask"),
    "whatif": ("whatif", "whatif"),
    "package": ("package", "package"),
    "routes": ("routes", "routes"),
    "list": ("list_", "list_"),
    "show": ("show", "show"),
    "graph": ("graph", "graph"),
    "register": ("register", "register"),
    "replay": ("replay", "replay"),
    "explain": ("explain", "explain"),
    "schema": ("schema", "schema"),
    "test": ("test", "run_tests"),
    "lint": ("lint", "lint"),
    "fmt": ("fmt", "fmt"),
    "new": ("new", "new"),
    "lsp": ("lsp", "lsp"),
    "verify": ("verify", "verify"),
    "batch": ("batch", "batch"),
    "export": ("export", "export"),
    "diff": ("diff", "diff"),
    "gaps": ("gaps", "gaps"),
    "assess": ("assess", "assess"),
    "compare": ("compare", "compare"),
    "timeline": ("timeline", "timeline"),
}
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(TyperGroup):
    """Finds commands by name and imports them when they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        callback = getattr(import_module(f".commands.{module}", __package__), function)
        if isinstance(callback, typer.Typer):
            return _group(callback, cmd_name)
        info = CommandInfo(name=cmd_name, callback=callback, context_settings=SETTINGS)
        return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


def _group(group: typer.Typer, name: str) -> Any:
    """A command that has commands of its own."""
    made = get_group(group)
    made.name = name
    for command in (made, *made.commands.values()):
        command.context_settings = SETTINGS
    return made


app = typer.Typer(
    name="mayshare",
    cls=Commands,
    help="May this information be shared, with whom, by which road, on which conditions?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=SETTINGS,
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
