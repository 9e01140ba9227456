"""`mayshare gaps`: what a law leaves open, or carries for nothing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exits import Exit
from .options import AsOf, OnlyMine, PageFormat, Policies, library, one_of
from .proving import TimeLimit, caveats, law, proving, show

if TYPE_CHECKING:
    from ..proof.gaps import Gaps
    from ..proof.page import Part

NAMES = ("default", "idle_permit", "unmeetable", "needless", "unordered")


def gaps(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help="A code such as CH, a layer such as uncac, or a policy file.")
    ],
    kind: Annotated[
        list[str],
        typer.Option(
            "--kind", metavar="KIND", envvar="MAYSHARE_KIND", help=", ".join(NAMES) + "; repeatable, all if omitted."
        ),
    ] = [],  # noqa: B006 - read, never written
    most: Annotated[
        int, typer.Option("--most", min=1, envvar="MAYSHARE_GAPS_MOST", help="Cases of silence shown, at most.")
    ] = 3,
    as_of: AsOf = None,
    time_limit: TimeLimit = 10.0,
    format: PageFormat = "text",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Find what a policy leaves to the default, rules nothing can use, conditions nobody can meet, and unwritten orders.

    Exits with 0 when nothing is found, with 1 when something is, 12 when nothing is but a question was not decided in time.
    """
    for name in kind:
        one_of(name, NAMES, "--kind")
    day = as_of or date.today()
    with proving():
        from ..proof.frame import Subject
        from ..proof.gaps import find_gaps
        from ..proof.solve import Inquiry, whole_days

        subject = Subject.of(law(policy, library(policies, only_mine)).bundle)
        inquiry = Inquiry([subject], whole_days([subject], day, day), time_limit)
        found = find_gaps(subject, inquiry, kind or NAMES, most)
        show(
            _page(subject.bundle.heads[0].title, found),
            format,
            _data(subject.bundle.heads[0].id, found),
            f"Gaps of {policy}",
        )
    raise typer.Exit(Exit.FINDINGS if found.found else Exit.UNDETERMINED if found.undecided else Exit.DONE)


def _page(title: str, gaps: Gaps) -> list[Part]:
    from ..proof.gaps import KINDS
    from ..proof.page import Verbatim
    from ..rendering.report import Entry, Heading, Paragraph, Points

    count = len(gaps.found)
    page: list[Part] = [
        Heading(1, f"{title}: {count} gap{'s' if count != 1 else ''}"),
        Paragraph(f"Over {gaps.over}.", quiet=True),
    ]
    for kind, name in KINDS.items():
        own = [g for g in gaps.found if g.kind == kind]
        if own:
            page.append(Heading(2, f"{name}: {len(own)}"))
        for gap in own:
            page.append(
                Points(
                    (
                        Entry(
                            ", ".join(gap.rules[:4])
                            + (" …" if len(gap.rules) > 4 else "")
                            + (": " if gap.rules else "")
                            + gap.text
                        ),
                    )
                )
            )
            if gap.witness is not None:
                page += [Verbatim(gap.witness.text), *(Paragraph(n) for n in caveats(gap.witness))]
    if gaps.undecided:
        page += [
            Heading(2, "Not decided within the time limit"),
            Points(tuple(Entry(u, "contingent") for u in gaps.undecided)),
        ]
    return page


def _data(policy: str, gaps: Gaps) -> dict[str, Any]:
    return {
        "schema_version": 1, "policy": policy, "over": gaps.over, "undecided": list(gaps.undecided),
        "gaps": [
            {"kind": g.kind, "rules": list(g.rules), "text": g.text, "case": None if g.witness is None else g.witness.text}
            for g in gaps.found
        ],
    }  # fmt: skip
