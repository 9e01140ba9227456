"""`mayshare compare`: several laws side by side."""

from __future__ import annotations

import csv
import io
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..rules.diagnostics import Diagnostic, Findings, Place, Refused, suggestion
from ..rules.source import decode, read_document, read_source
from .options import AsOf, OnlyMine, Policies, formats, library, out
from .proving import TimeLimit, caveats, introduced, is_policy, law, proving, show

if TYPE_CHECKING:
    from ..engine.decision import Decision
    from ..proof.comparison import Apart, Cell
    from ..proof.frame import Subject
    from ..proof.page import Part
    from ..rules.case import Case
    from ..rules.expressions import Expression


def compare(
    names: Annotated[
        list[str],
        typer.Argument(metavar="CODE... [CASE]", help="Two or more jurisdictions, and a case file if there is one."),
    ],
    question: Annotated[
        str | None,
        typer.Option(
            "--question", "-q", metavar="FILE", envvar="MAYSHARE_QUESTION", help="The case; `-` is standard input."
        ),
    ] = None,
    rows: Annotated[
        str, typer.Option("--rows", metavar="FACT", envvar="MAYSHARE_ROWS", help="The matrix's rows: a choice.")
    ] = "item.type",
    columns: Annotated[
        str,
        typer.Option("--columns", metavar="FACT", envvar="MAYSHARE_COLUMNS", help="The matrix's columns: a choice."),
    ] = "avenue",
    mode: Annotated[
        str, typer.Option("--mode", envvar="MAYSHARE_MODE", help="The mode of sending that the matrix is about.")
    ] = "spontaneous",
    given: Annotated[
        list[str],
        typer.Option(
            "--given",
            metavar="FACT=VALUE",
            envvar="MAYSHARE_GIVEN",
            help="Narrow the matrix to cases in which this is so; repeatable.",
        ),
    ] = [],  # noqa: B006 - read, never written
    conditions: Annotated[
        bool,
        typer.Option(
            "--conditions",
            envvar="MAYSHARE_CONDITIONS",
            help="Name in each cell the conditions that no case of it escapes (slower).",
        ),
    ] = False,
    as_of: AsOf = None,
    time_limit: TimeLimit = 10.0,
    format: Annotated[str, formats("text", "json", "markdown", "html", "csv")] = "text",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Compare jurisdictions: one case under the law of each, or without a case what each permits, type by avenue.

    With a case, its sender is taken to be each State in turn. Without one, each cell gives the best and worst outcome over all
    its cases, and for each two laws the shortest case that one permits and the other refuses is shown.
    """
    with proving():
        from ..proof.frame import Subject

        own = library(policies, only_mine)
        codes = [n for n in names if n in own.files or (n != "-" and (not Path(n).is_file() or is_policy(n)))]
        files = [n for n in names if n not in codes] + ([question] if question else [])
        if len(codes) < 2 or len(files) > 1:
            raise Refused(
                [
                    Diagnostic(
                        "MS655",
                        "name two jurisdictions or more, and one case at most",
                        Place("compare"),
                        "for instance `mayshare compare CH LI`",
                    )
                ]
            )
        subjects = [Subject.of(law(code, own).bundle) for code in codes]
        if files:
            case = _case(files[0], subjects)
            _show_case(case, subjects, as_of or case.as_of or date.today(), format)
        else:
            for fact in (rows, columns):
                _check_choice(fact, subjects)
            cases = _given(["direction=outgoing", f"mode={mode}", *given], subjects)
            _show_matrix(subjects, (rows, columns), cases, as_of or date.today(), time_limit, conditions, format)


def _given(wanted: list[str], subjects: list[Subject]) -> list[Expression]:
    """The tests that narrow the matrix, read as conditions of the policy language."""
    import yaml

    from ..rules.expressions import ExpressionReader
    from ..rules.source import Document, Source

    findings = Findings()
    found = []
    for text in wanted:
        fact, _, value = text.partition("=")
        data = {fact: yaml.safe_load(value) if value in ("true", "false") else value.split(",")}
        reader = ExpressionReader(subjects[0].bundle.vocabulary, {}, Document(Source("--given", text), data), findings)
        found.append(reader.read(data, ()))
    findings.stop_on_errors()
    return found


def _case(name: str, subjects: list[Subject]) -> Case:
    from ..rules.case import read_case

    source = decode(sys.stdin.buffer.read(), "<stdin>") if name == "-" else read_source(name)
    first = subjects[0].bundle.vocabulary
    known = first.extended([f for s in subjects[1:] for p, f in s.bundle.vocabulary.facts.items() if p not in first])
    findings = Findings()
    document = read_document(source)
    if isinstance(document.data, dict):
        _any_sender(document.data, str(subjects[0].acting))
    case = read_case(document, known, findings)
    findings.stop_on_errors()
    return case


def _any_sender(data: dict[str, Any], code: str) -> None:
    """A question need not say who sends: each State does in turn."""
    sender = data.get("sender")
    if sender is None and "sender.jurisdiction" not in data:
        data["sender"] = {"jurisdiction": code}
    elif isinstance(sender, dict) and "jurisdiction" not in sender:
        sender["jurisdiction"] = code


def _check_choice(fact: str, subjects: list[Subject]) -> None:
    vocabulary = subjects[0].bundle.vocabulary
    choices = [p for p, f in vocabulary.facts.items() if f.tree is not None]
    if fact not in choices:
        raise Refused(
            [
                Diagnostic(
                    "MS101",
                    f"`{fact}` is not a fact with a list of values",
                    Place("compare"),
                    suggestion(fact, choices),
                )
            ]
        )


def _show_case(case: Case, subjects: list[Subject], day: date, format: str) -> None:
    from ..proof.comparison import side_by_side
    from ..proof.page import Grid
    from ..rendering.report import Heading, Paragraph

    decisions = dict(zip([s.bundle.heads[0].id for s in subjects], side_by_side(subjects, case, day), strict=True))
    if format == "json":
        show(
            [],
            format,
            {
                "schema_version": 1,
                "case": case.name,
                "decisions": {n: d.model_dump(mode="json") for n, d in decisions.items()},
            },
        )
        return
    if format == "csv":
        out(
            _csv(
                [
                    ("jurisdiction", "item", "outcome", "rests on", "conditions"),
                    *(row for n, d in decisions.items() for row in _rows(n, d)),
                ]
            )
        )
        return
    rows = [row for n, d in decisions.items() for row in _rows(n, d)]
    grid = Grid(
        ("law", "item", "outcome", "rests on", "conditions"),
        tuple(rows),
        {(r, 2): row[2] for r, row in enumerate(rows)},
    )
    page: list[Part] = [
        Heading(1, f"{case.title or case.name}, under {len(decisions)} laws"),
        Paragraph(f"law as of {day}; each State in turn is taken to send", quiet=True),
        grid,
    ]
    show(page, format, None, "Comparison")


def _rows(name: str, decision: Decision) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for item in decision.items:
        grounds = "; ".join(dict.fromkeys(str(s) for g in item.grounds[:3] for s in g.sources)) or "silence"
        left = ", ".join(item.gateways[0].conditions) if item.gateways else ""
        found.append((name, item.id, item.outcome, grounds, left))
    return found


def _show_matrix(
    subjects: list[Subject],
    facts: tuple[str, str],
    given: list[Expression],
    day: date,
    limit: float,
    conditions: bool,
    format: str,
) -> None:
    from ..proof.comparison import apart, matrix

    cells = {s.bundle.heads[0].id: matrix(s, *facts, day, limit, given=given, conditions=conditions) for s in subjects}
    if format == "csv":
        head = ("jurisdiction", facts[0], facts[1], "best", "worst", "conditions", "gateways")
        rows = [
            (n, r, c, cell.best or "", cell.worst or "", " ".join(cell.conditions), " ".join(cell.gateways))
            for n, found in cells.items()
            for (r, c), cell in found.items()
        ]
        out(_csv([head, *rows]))
        return
    pairs = apart(subjects, day, limit, given)
    show(_matrix_page(cells, pairs, facts, day), format, _matrix_data(cells, pairs), "Comparison")


def _matrix_page(
    cells: dict[str, dict[tuple[str, str], Cell]], pairs: list[Apart], facts: tuple[str, str], day: date
) -> list[Part]:
    from ..proof.page import Grid
    from ..rendering.report import Heading, Paragraph

    page: list[Part] = [
        Heading(1, f"{facts[0]} by {facts[1]}"),
        Paragraph(f"law as of {day}; each cell: the best and the worst outcome over every case of it, and by how many gateways "
            "some case may go. Columns that come out alike stand together.", quiet=True),
    ]  # fmt: skip
    for name, found in cells.items():
        rows = list(dict.fromkeys(r for r, _ in found))
        grouped: dict[tuple[str, ...], list[str]] = {}
        for column in dict.fromkeys(c for _, c in found):
            grouped.setdefault(tuple(_cell(found[r, column]) for r in rows), []).append(column)
        head = (
            facts[0],
            *(
                ", ".join(columns) if len(columns) < 4 else f"{', '.join(columns[:2])} and {len(columns) - 2} more"
                for columns in grouped.values()
            ),
        )
        body = tuple((row, *(column[i] for column in grouped)) for i, row in enumerate(rows))
        shown = {(i, c): found[r, cs[0]] for i, r in enumerate(rows) for c, cs in enumerate(grouped.values(), 1)}
        most = max((len(cell.gateways) for cell in shown.values()), default=0)
        heat = {at: len(cell.gateways) / most for at, cell in shown.items() if _tone(cell) == "mixed" and cell.gateways}
        page += [Heading(2, name), Grid(head, body, {at: _tone(cell) for at, cell in shown.items()}, heat)]
    for pair in pairs:
        page += _apart(pair)
    return page


def _cell(cell: Cell) -> str:
    return cell.text + (f" ({', '.join(cell.conditions)})" if cell.conditions else "")


def _tone(cell: Cell) -> str:
    return (
        cell.best or "mixed" if cell.best == cell.worst else "mixed" if cell.best == "allow" else cell.best or "mixed"
    )


def _apart(pair: Apart) -> list[Part]:
    from ..proof.page import Verbatim, reasons
    from ..rendering.report import Heading, Paragraph

    head = Heading(2, f"{pair.one} and {pair.other}")
    if pair.witness is None:
        said = (
            "no case is permitted by the one and refused by the other: proven"
            if pair.decided
            else "not decided within the time limit"
        )
        return [head, Paragraph(said)]
    page: list[Part] = [
        head,
        Paragraph(f"{introduced(pair.witness, 'that one permits and the other refuses')}:"),
        Verbatim(pair.witness.text),
    ]
    for name, decision in zip((pair.one, pair.other), pair.witness.decisions, strict=True):
        page += reasons(decision, name)
    return [*page, *(Paragraph(n) for n in caveats(pair.witness))]


def _matrix_data(cells: dict[str, dict[tuple[str, str], Cell]], pairs: list[Apart]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "cells": [
            {"jurisdiction": n, "row": r, "column": c, "best": cell.best,
            "worst": cell.worst, "conditions": list(cell.conditions), "gateways": list(cell.gateways)}
            for n, found in cells.items()
            for (r, c), cell in found.items()
        ],
        "apart": [
            {"one": p.one, "other": p.other, "decided": p.decided,
            "case": None if p.witness is None else p.witness.text} for p in pairs
        ],
    }  # fmt: skip


def _csv(rows: list[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()
