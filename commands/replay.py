"""`mayshare replay`: compute a recorded answer again."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ..engine.deciding import Decider
from ..engine.decision import Decision
from ..engine.reading import recorded_case
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import Source, read_source
from .check import json_text
from .exits import Exit
from .options import OnlyMine, Policies, library, note, out, refusals


def replay(
    receipt: Annotated[
        str, typer.Argument(metavar="RECEIPT", help="An answer as `check --format json` or `--receipt` wrote it.")
    ],
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Compute a recorded answer again and print it as JSON.

    Exits with 0 when it is the same byte for byte, with 1 when it is not (what changed is said on standard error).
    """
    with refusals():
        source = read_source(receipt)
        recorded = _recorded(source)
        decider = Decider(library(policies, only_mine))
        again = [_again(entry, decider, source.name) for entry in recorded]
        text = json_text(again)
        out(text)
        if text == source.text:
            note("reproduced byte for byte")
            return
        for old, new in zip(recorded, again, strict=True):
            for line in differences(old, new.model_dump(mode="json")):
                note(line)
    raise typer.Exit(Exit.FINDINGS)


def _recorded(source: Source) -> list[dict[str, Any]]:
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise Refused(
            [Diagnostic("MS006", f"not JSON: {error}", Place(source.name), "give an answer written by `check`")]
        ) from None
    entries = data if isinstance(data, list) else [data]
    for entry in entries:
        kept = entry.get("receipt") if isinstance(entry, dict) else None
        if not isinstance(kept, dict) or not {"case_text", "case_file", "case_index", "as_of"} <= kept.keys():
            help_ = "give an answer written by `check --format json` or `check --receipt FILE`"
            raise Refused([Diagnostic("MS016", "this is not a recorded answer", Place(source.name), help_)])
    return entries


def _again(recorded: dict[str, Any], decider: Decider, name: str) -> Decision:
    from datetime import date

    kept = recorded["receipt"]
    try:
        return decider.decide(recorded_case(kept, decider.library), date.fromisoformat(str(kept["as_of"])))
    except (ValueError, IndexError):
        help_ = "the receipt was changed after it was written"
        raise Refused([Diagnostic("MS016", "the receipt does not hold together", Place(name), help_)]) from None


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What changed between a recorded answer and the same case decided now."""
    lines = []
    if old.get("outcome") != new["outcome"]:
        lines.append(f"outcome: was {old.get('outcome')}, is {new['outcome']}")
    before = {p["id"]: p.get("sha256") for p in old.get("policies", [])}
    after = {p["id"]: p["sha256"] for p in new["policies"]}
    lines += [
        f"policy {name} has changed since" for name in sorted(before) if name in after and before[name] != after[name]
    ]
    lines += [f"policy {name} is no longer used" for name in sorted(before.keys() - after.keys())]
    lines += [f"policy {name} is new" for name in sorted(after.keys() - before.keys())]
    for key in ("version", "vocabulary", "registry", "case", "engines"):
        if old["receipt"].get(key) != new["receipt"][key]:
            lines.append(f"{key} differs from the recorded one")
    return lines or ["the answer differs in its wording or layout only"]
