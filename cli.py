# ruff: noqa: E402 - two settings have to be made before anything heavy is imported
"""The command line: arguments in, one call, words out. Nothing is decided here.

Each command lives in a module of its own under `commands/`, and only the one that is called is imported.
"""

from __future__ import annotations

import gc
import os
import re
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

# name of the command: module under commands/, function in it, what it does in a few words
COMMANDS = {
    "check": ("check", "check", "May it be sent, on which conditions, and why"),
    "ask": ("ask", "ask", "Be asked only what can still change the answer"),
    "whatif": ("whatif", "whatif", "The smallest changes that would let it go"),
    "package": ("package", "package", "What of it may go now, and how it must be marked"),
    "routes": ("routes", "routes", "Every lawful road, relays among them"),
    "list": ("list_", "list_", "The policies, or the facts a case may state"),
    "show": ("show", "show", "A policy or rule in words, its law, its contacts"),
    "graph": ("graph", "graph", "A policy as a picture"),
    "register": ("register", "register", "Keep what was sent and received; what falls due"),
    "replay": ("replay", "replay", "Compute a recorded answer again"),
    "explain": ("explain", "explain", "What an error or finding means"),
    "schema": ("schema", "schema", "JSON Schemas of the files"),
    "test": ("test", "run_tests", "Run scenarios; coverage, mutants, suggestions"),
    "lint": ("lint", "lint", "Find and repair what is probably not meant"),
    "fmt": ("fmt", "fmt", "Lay out files: order, indentation, long lines"),
    "new": ("new", "new", "Start a policy that already runs"),
    "lsp": ("lsp", "lsp", "Serve an editor"),
    "verify": ("verify", "verify", "Prove properties over every case"),
    "batch": ("batch", "batch", "Decide a table of cases"),
    "export": ("export", "export", "A policy as one SQL query"),
    "diff": ("diff", "diff", "What changed in meaning between two laws"),
    "gaps": ("gaps", "gaps", "What a policy leaves open, and what nothing uses"),
    "assess": ("assess", "assess", "A law against the draft guidelines"),
    "compare": ("compare", "compare", "Laws side by side"),
    "timeline": ("timeline", "timeline", "The days on which an answer or a law changes"),
}
NUMBERS = {
    r"Input should be a valid integer.*": "it takes a whole number",
    r"Input should be a valid number.*": "it takes a number",
    r"Input should be less than or equal to (\S+)": r"it is at most \1",
    r"Input should be greater than or equal to (\S+)": r"it is at least \1",
}
"""What a library says of an option's value, and how we say it."""
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(TyperGroup):
    """Finds commands by name and imports them when they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with; a misspelt one is answered with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from .rules.diagnostics import suggestion

            ctx.fail(f"no command `{args[0]}`: {suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; of a number that is none, or out of bounds, it is said in plain words."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            for pattern, words in NUMBERS.items():
                error.message = re.sub(pattern, words, error.message)
            raise

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, function, short = COMMANDS[cmd_name]
        callback = getattr(import_module(f".commands.{module}", __package__), function)
        if isinstance(callback, typer.Typer):
            return _group(callback, cmd_name, short)
        info = CommandInfo(name=cmd_name, callback=callback, context_settings=SETTINGS, short_help=short)
        return _plain(get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None))


def _plain(command: Any) -> Any:
    """A command whose help names what to write; the types of a programming language tell its readers nothing."""
    for param in command.params:
        if param.param_type_name == "argument":
            name = param.metavar or param.name.upper()
            usage = (name if param.required else f"[{name}]") + (
                "..." if param.nargs != 1 and "..." not in name else ""
            )
            param.display_type_rich = lambda ctx: None
            param.get_usage_pieces = lambda ctx, usage=usage: [usage]
        elif param.metavar is None:
            param.metavar = (
                "N" if param.type_descriptor.is_ranged else param.name.rstrip("_").rsplit("_", 1)[-1].upper()
            )
    return command


def _group(group: typer.Typer, name: str, short: str) -> Any:
    """A command that has commands of its own."""
    made = get_group(group)
    made.name, made.short_help = name, short
    for command in (made, *made.commands.values()):
        command.context_settings = SETTINGS
    for command in made.commands.values():
        _plain(command)
        command.short_help = (command.help or "").partition("\n\n")[0].replace("\n", " ")
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
