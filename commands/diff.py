"""`mayshare diff`: what changed in meaning."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.files import write_files
from .exits import Exit
from .options import AsOf, OnlyMine, PageFormat, Policies, library
from .proving import TimeLimit, caveats, introduced, proving, show

if TYPE_CHECKING:
    from ..proof.difference import Change, Difference
    from ..proof.operands import Version
    from ..proof.page import Part


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A policy file, a folder, a code, or git:REVISION:PATH.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.")],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", envvar="MAYSHARE_EXIT_CODE", help="Exit with 1 if there is a difference.")
    ] = False,
    cases: Annotated[
        str | None,
        typer.Option("--cases", metavar="DIR", envvar="MAYSHARE_CASES", help="Write each case found into DIR."),
    ] = None,
    as_of: AsOf = None,
    time_limit: TimeLimit = 10.0,
    format: PageFormat = "text",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Show what changed in meaning between two versions of the law: outcome, conditions, reasons and dates.

    Layout, order and names are no difference. Each change comes with the smallest case that shows it; that nothing else changed
    is proven. Exits with 0, or with 1 if there is a difference and `--exit-code` is given.
    """
    day = as_of or date.today()
    with proving():
        from ..proof.difference import difference
        from ..proof.frame import Subject
        from ..proof.operands import version

        own = library(policies, only_mine)
        before, after = version(old, own), version(new, own)
        found = [
            difference(Subject.of(before.library.bundle(a)), Subject.of(after.library.bundle(b)), day, time_limit)
            for a, b in _common(before, after)
        ]
        gone, came = _alone(before, after)
        if cases is not None:
            named = [
                (f"{d.policy}-{i}.yaml", c.witness.text) for d in found for i, c in enumerate(d.changes, 1) if c.witness
            ]
            write_files(cases, named)
        show(_page(found, gone, came, (old, new)), format, _data(found, gone, came), "What changed")
    if exit_code and (gone or came or any(d.any for d in found)):
        raise typer.Exit(Exit.FINDINGS)


def _common(before: Version, after: Version) -> list[tuple[str, str]]:
    """The policies on both sides; two single files are compared whatever policy each holds."""
    if len(before.policies) == len(after.policies) == 1:
        return [(before.policies[0], after.policies[0])]
    both = [(p, p) for p in before.policies if p in after.policies]
    if not both:
        message = f"`{before.name}` and `{after.name}` hold no policy of the same name"
        raise Refused([Diagnostic("MS655", message, Place(after.name), "name two versions of one policy")])
    return both


def _alone(before: Version, after: Version) -> tuple[list[str], list[str]]:
    if len(before.policies) == len(after.policies) == 1:
        return [], []
    return [p for p in before.policies if p not in after.policies], [
        p for p in after.policies if p not in before.policies
    ]


def _page(found: list[Difference], gone: list[str], came: list[str], names: tuple[str, str]) -> list[Part]:
    from ..rendering.report import Entry, Heading, Paragraph, Points

    total = sum(len(d.changes) for d in found)
    page: list[Part] = [
        Heading(1, f"{total} change{'s' if total != 1 else ''} in meaning"),
        Paragraph(f"{names[0]} → {names[1]}", quiet=True),
    ]
    if gone or came:
        page.append(
            Points(
                (
                    *(Entry(f"{p} is no longer there", "failed") for p in gone),
                    *(Entry(f"{p} is new", "met") for p in came),
                )
            )
        )
    for one in found:
        if len(found) > 1:
            page.append(Heading(1, f"{one.policy}: {len(one.changes)} change{'s' if len(one.changes) != 1 else ''}"))
        if one.changes:
            page.append(Paragraph(f"As a whole the new law is {one.direction}."))
        if one.notes:
            page.append(Points(tuple(Entry(n, "warning") for n in one.notes)))
        for change in one.changes:
            page += _change(change)
        page += _rest(one)
    return page


def _change(change: Change) -> list[Part]:
    from ..proof.page import Verbatim, reasons
    from ..rendering.report import Heading, Paragraph

    tone = {"more permissive": "allow", "stricter": "deny"}.get(change.direction, "conditions")
    said = f"Changes {' and '.join(change.kinds)}; {change.direction}"
    said += ("; nothing but its dates was changed" if change.dates_only else "") + (
        "" if change.alone else "; only together with another change"
    )
    rules = f" ({', '.join(change.rules)})" if change.rules else ""
    page: list[Part] = [Heading(2, change.provision + rules, tone), Paragraph(said + ".")]
    if change.witness is not None:
        page += [Heading(3, introduced(change.witness, "that shows it")), Verbatim(change.witness.text)]
        for when, decision in zip(("Before", "Now"), change.witness.decisions, strict=True):
            page += reasons(decision, when)
        page += [Paragraph(note) for note in caveats(change.witness)]
    return page


def _rest(one: Difference) -> list[Part]:
    from ..rendering.report import Entry, Heading, Paragraph, Points

    page: list[Part] = []
    if one.without_effect:
        page += [
            Heading(2, "Written differently, to no effect (proven)"),
            Points(tuple(Entry(p) for p in one.without_effect)),
        ]
    if one.undecided:
        page += [
            Heading(2, "Not decided within the time limit"),
            Points(tuple(Entry(p, "contingent") for p in one.undecided)),
        ]
    words = {
        True: f"Unchanged, proven, for everything else: {one.over}.",
        None: "Whether anything else changed was not decided within the time limit.",
        False: "There are further differences that no single provision accounts for.",
    }[one.rest_unchanged]
    return [*page, Heading(2, "Everything else" if one.changes else "The two are one law"), Paragraph(words)]


def _data(found: list[Difference], gone: list[str], came: list[str]) -> dict[str, Any]:
    return {
        "schema_version": 1, "gone": gone, "new": came,
        "policies": [
            {
                "policy": d.policy, "direction": d.direction, "rest_unchanged": d.rest_unchanged, "over": d.over,
                "without_effect": list(d.without_effect), "undecided": list(d.undecided), "notes": list(d.notes),
                "changes": [
                    {
                        "provision": c.provision, "rules": list(c.rules), "kinds": list(c.kinds), "direction": c.direction,
                        "alone": c.alone, "dates_only": c.dates_only, "case": None if c.witness is None else c.witness.text,
                        "before": None if c.witness is None else c.witness.decisions[0].outcome,
                        "now": None if c.witness is None else c.witness.decisions[1].outcome,
                    }
                    for c in d.changes
                ],
            }
            for d in found
        ],
    }  # fmt: skip
