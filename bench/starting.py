"""The files of a new policy, made from the skeleton."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.files import write_files
from ..rules.source import Source
from ..rules.vocabulary.facts import Vocabulary
from .formatting import formatted

# where each file of the skeleton goes
PLACES = {
    "policy": "{}.yaml",
    "scenarios": "scenarios/{}.yaml",
    "registry": "registry/{}.yaml",
    "case": "examples/{}.yaml",
}


def new_files(code: str, vocabulary: Vocabulary, today: date) -> dict[str, str]:
    """The texts of a new policy for a jurisdiction, by their paths.

    Raises:
        Refused: MS106 there is no such jurisdiction.
    """
    name = vocabulary.jurisdictions.get(code)
    if name is None:
        names = {
            **{n.lower(): c for c, n in vocabulary.jurisdictions.items()},
            **{c.lower(): c for c in vocabulary.jurisdictions},
        }
        near = names.get(code.lower())
        help_ = (
            f"did you mean `{near}`?"
            if near
            else suggestion(code, vocabulary.jurisdictions, "write the code of ISO 3166-1, such as `CH`")
        )
        raise Refused([Diagnostic("MS106", f"`{code}` is not a jurisdiction code", Place("new"), help_)])
    other = "BR" if code != "BR" else "CH"
    shown = name if name.replace(" ", "").isalpha() else f'"{name}"'
    folder = files(__package__) / "skeleton"
    texts = {}
    for part, place in PLACES.items():
        text = (folder / f"{part}.yaml.in").read_text("utf-8").replace("title: @NAME@", f"title: {shown}")
        for mark, value in (
            ("@NAME@", name),
            ("@ID@", code),
            ("@XX@", code.lower()),
            ("@OTHER@", other),
            ("@TODAY@", today.isoformat()),
        ):
            text = text.replace(mark, value)
        texts[place.format(code.lower())] = formatted(Source(part, text)).text
    return texts


def write_new(folder: Path, texts: dict[str, str]) -> None:
    """Write all the files, or none: nothing that is there already is touched.

    Raises:
        Refused: MS695 one of them exists; MS015 one cannot be written.
    """
    taken = [p for p in texts if (folder / p).exists()]
    if taken:
        help_ = "give another folder with `-o`, or move what is there away"
        raise Refused(
            [
                Diagnostic("MS695", f"`{folder / p}` exists and is not overwritten", Place(str(folder / p)), help_)
                for p in taken
            ]
        )
    write_files(str(folder), texts.items())
