"""`mayshare new`: a policy to start from, which already runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from .options import day_option, note, out, refusals


def new(
    code: Annotated[str, typer.Argument(metavar="XX", help="The jurisdiction's code, such as NO.")],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            envvar="MAYSHARE_NEW_OUTPUT",
            help="Folder to write to; one named after the code if left out.",
        ),
    ] = None,
    as_of: Annotated[
        date | None, day_option("--as-of", "The day that the files give as theirs; today if left out.")
    ] = None,
) -> None:
    """Start a policy: a commented model in line with the draft guidelines, its scenarios, registry stubs and a case.

    What it writes passes lint, test and check as it stands. Nothing that exists is overwritten: then it exits with 3.
    """
    from ..bench.starting import new_files, write_new
    from ..rules.vocabulary.load import load_vocabulary, vocabulary_files

    with refusals():
        texts = new_files(code, load_vocabulary(vocabulary_files()), as_of or date.today())
        folder = Path(output or code.lower())
        write_new(folder, texts)
        out("".join(f"{folder / path}\n" for path in texts))
        note(f"try it: cd {folder} && mayshare check examples/{code.lower()}.yaml --policies .")
