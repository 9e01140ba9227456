"""`mayshare timeline`: when does the answer change, and by which provision?"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.deciding import Decider
from ..engine.library import Library
from ..engine.reading import read_cases, recorded_case
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import decode, read_source
from .exits import Exit
from .options import KeyFile, OnlyMine, PageFormat, Policies, RegisterFile, library, received_from
from .proving import From, TimeLimit, To, is_policy, law, proving, show

if TYPE_CHECKING:
    from ..engine.decision import Decision
    from ..proof.page import Part
    from ..proof.timeline import Flip, Turn
    from ..rules.case import Received

EARLIEST = date(1990, 1, 1)


def timeline(
    what: Annotated[
        str | None,
        typer.Argument(metavar="CASE|POLICY", help="A case file (`-` is standard input), or a code or policy file."),
    ] = None,
    first: From = None,
    last: To = None,
    receipts: Annotated[
        list[str],
        typer.Option(
            "--receipt",
            metavar="FILE",
            envvar="MAYSHARE_RECEIPT",
            help="A recorded answer: does the last day (today if omitted) change it? A folder is searched; repeatable.",
        ),
    ] = [],  # noqa: B006 - read, never written
    exit_code: Annotated[
        bool, typer.Option("--exit-code", envvar="MAYSHARE_EXIT_CODE", help="Exit with 1 if anything changes.")
    ] = False,
    time_limit: TimeLimit = 10.0,
    format: PageFormat = "text",
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Show the days on which the answer to a case changes, or on which a law does, and the provision that makes the difference.

    From 1990 to today unless told otherwise. Receipts are decided again, and those whose outcome, conditions or reasons would be
    others are listed.
    """
    start, end = first or EARLIEST, last or date.today()
    if start > end:
        raise typer.BadParameter(f"the period ends ({end}) before it begins ({start})", param_hint="--to")
    if what is None and not receipts:
        raise typer.BadParameter("name a case, a policy, or a `--receipt`", param_hint="CASE|POLICY")
    with proving():
        own = library(policies, only_mine)
        page: list[Part] = []
        data: dict[str, Any] = {"schema_version": 1, "from": str(start), "to": str(end)}
        changed = (
            _subject(what, own, start, end, time_limit, page, data, received_from(register, key_file))
            if what is not None
            else False
        )
        if receipts:
            changed = _receipts(receipts, own, end, page, data) or changed
        show(page, format, data, "Timeline")
    if exit_code and changed:
        raise typer.Exit(Exit.FINDINGS)


def _subject(
    what: str,
    own: Library,
    start: date,
    end: date,
    limit: float,
    page: list[Part],
    data: dict[str, Any],
    received: Received | None,
) -> bool:
    source = None
    if what == "-":
        source = decode(sys.stdin.buffer.read(), "<stdin>")
    elif what not in own.files and Path(what).is_file():
        source = read_source(what)
    if source is not None and (what == "-" or not is_policy(what)):
        flips = 0
        for case in read_cases(source, own, received):
            from ..proof.timeline import of_case

            opening, found = of_case(case, own, start, end)
            flips += len(found)
            page += _case_page(opening, found)
            data.setdefault("cases", []).append(_case_data(opening, found))
        return flips > 0
    from ..proof.frame import Subject
    from ..proof.timeline import of_policy

    bundle = law(what, own).bundle
    turns = of_policy(Subject.of(bundle), start, end, limit)
    page += _policy_page(bundle.heads[0].title, turns, start, end)
    data["turns"] = [_turn_data(t) for t in turns]
    return any(t.changes for t in turns)


def _case_page(opening: Decision, flips: list[Flip]) -> list[Part]:
    from ..rendering.report import Entry, Heading, Paragraph, Points

    count = len(flips)
    page: list[Part] = [
        Heading(1, f"{opening.title or opening.case}: the answer changes {count} time{'s' if count != 1 else ''}"),
        Heading(2, f"From {opening.as_of}: {opening.outcome}", opening.outcome), Paragraph(opening.short),
    ]  # fmt: skip
    for flip in flips:
        page += [
            Heading(2, f"From {flip.day}: {_now(flip)}", flip.after.outcome),
            Paragraph(flip.after.short),
        ]
        page.append(Points(tuple(Entry(b) for b in flip.by) or (Entry("a date in the case is passed"),)))
    return page


def _now(flip: Flip) -> str:
    """The outcome, or what else has changed where the outcome of the whole has not."""
    from ..proof.timeline import changed

    before, after = flip.before, flip.after
    if before.outcome != after.outcome:
        return f"{after.outcome} (was {before.outcome})"
    parts = changed(before, after)
    if "outcome" in parts:
        return f"still {after.outcome} as a whole, but not for the same items"
    return f"still {after.outcome}, with other {' and '.join(parts)}"


def _case_data(opening: Decision, flips: list[Flip]) -> dict[str, Any]:
    return {
        "case": opening.case, "opening": {"day": str(opening.as_of), "outcome": opening.outcome},
        "flips": [{"day": str(f.day), "before": f.before.outcome, "after": f.after.outcome, "by": list(f.by)} for f in flips],
    }  # fmt: skip


def _policy_page(title: str, turns: list[Turn], start: date, end: date) -> list[Part]:
    from ..proof.page import Verbatim
    from ..rendering.report import Entry, Heading, Paragraph, Points

    page: list[Part] = [Heading(1, f"{title}: changes of the law from {start} to {end}")]
    for turn in turns:
        page.append(
            Heading(2, f"{turn.day}: {len(turn.changes)} change{'s' if len(turn.changes) != 1 else ''} in meaning")
        )
        if not turn.changes:
            page.append(
                Paragraph(
                    "Rules come into force or go out of it to no effect."
                    if not turn.undecided
                    else "Not decided within the time limit."
                )
            )
        for change in turn.changes:
            rules = f" ({', '.join(change.rules)})" if change.rules else ""
            page.append(
                Points((Entry(f"{change.provision}{rules}: {' and '.join(change.kinds)}; {change.direction}"),))
            )
            if change.witness is not None:
                before, after = change.witness.decisions
                page += [
                    Verbatim(change.witness.text),
                    Paragraph(f"The day before: {before.outcome}. That day: {after.outcome}."),
                ]
    return page


def _turn_data(turn: Turn) -> dict[str, Any]:
    return {
        "day": str(turn.day), "undecided": turn.undecided,
        "changes": [
            {"provision": c.provision, "rules": list(c.rules), "kinds": list(c.kinds),
            "direction": c.direction, "case": None if c.witness is None else c.witness.text}
            for c in turn.changes
        ],
    }  # fmt: skip


def _receipts(names: list[str], own: Library, day: date, page: list[Part], data: dict[str, Any]) -> bool:
    from ..rendering.report import Entry, Heading, Points

    files = [p for n in names for p in (sorted(Path(n).rglob("*.json")) if Path(n).is_dir() else [Path(n)])]
    decider = Decider(own)
    found = [row for path in files for row in _again(path, decider, day)]
    other = [row for row in found if row["changed"]]
    page.append(Heading(1, f"{len(other)} of {len(found)} recorded answers would be different on {day}"))
    page.append(Points(tuple(Entry(_differs(row), "failed") for row in other)))
    data["receipts"] = found
    return bool(other)


def _differs(row: dict[str, Any]) -> str:
    changed = " and ".join(row["changed"])
    now = f"would be {row['now']}" if row["was"] != row["now"] else f"still {row['now']}"
    return f"{row['file']}: {row['case']}: was {row['was']} on {row['decided_on']}, {now} ({changed} changed)"


def _again(path: Path, decider: Decider, day: date) -> list[dict[str, Any]]:
    from ..engine.decision import Decision
    from ..proof.timeline import changed

    source = read_source(path)
    try:
        entries = json.loads(source.text)
        rows: list[dict[str, Any]] = []
        for entry in entries if isinstance(entries, list) else [entries]:
            kept = entry["receipt"]
            case = recorded_case(kept, decider.library)
            was, now = Decision.model_validate_json(json.dumps(entry)), decider.decide(case, day)
            rows.append(
                {
                    "file": str(path), "case": case.name, "decided_on": str(kept["as_of"]), "was": was.outcome,
                    "now": now.outcome, "changed": list(changed(was, now)),
                }
            )  # fmt: skip
        return rows
    except (ValueError, KeyError, TypeError, IndexError):
        help_ = "give an answer written by `check --format json` or `check --receipt FILE`"
        raise Refused([Diagnostic("MS016", "this is not a recorded answer", Place(str(path)), help_)]) from None
