"""`mayshare assess`: a law held against the draft guidelines on article 56."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.library import Library
from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.files import write_files
from .options import AsOf, OnlyMine, PageFormat, Policies, library
from .proving import TimeLimit, caveats, law, proving, show

if TYPE_CHECKING:
    from ..proof.conformity import Finding
    from ..proof.page import Part

WORDS = {
    "in_line": "in line", "departs": "departs", "option_unused": "option not used", "cannot_be_told": "cannot be told",
    "not_applicable": "not applicable",
}  # fmt: skip
MARKS = {
    "in_line": "met",
    "departs": "failed",
    "option_unused": "point",
    "cannot_be_told": "contingent",
    "not_applicable": "point",
}
REMARK = "The guidelines are a draft and do not bind: a law may depart from them, and the encoding is not the law."


def assess(
    policy: Annotated[
        list[str],
        typer.Argument(metavar="POLICY", help="Codes or policy files; with none or several, one page for all."),
    ] = [],  # noqa: B006 - read, never written
    only: Annotated[
        list[str],
        typer.Option(
            "--only", metavar="ID", envvar="MAYSHARE_ASSESS_ONLY", help="This test alone, such as 3.2; repeatable."
        ),
    ] = [],  # noqa: B006 - read, never written
    witnesses: Annotated[
        bool,
        typer.Option("--with-cases", "-w", envvar="MAYSHARE_WITH_CASES", help="Show the case behind each verdict."),
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
    """Assess a law against the draft guidelines on timely sharing under article 56, test by test, each with what it rests on.

    Verdicts: in line, departs, option not used, cannot be told, not applicable. The text does not bind, so the exit code is 0
    whatever the verdicts are.
    """
    day = as_of or date.today()
    with proving():
        own = library(policies, only_mine)
        found = dict(_findings(name, own, day, time_limit, only) for name in policy or own.jurisdictions())
        if cases is not None:
            write_files(
                cases, ((f"{p}-{f.test.id}.yaml", f.witness.text) for p, fs in found.items() for f in fs if f.witness)
            )
        page = _page(*next(iter(found.items())), witnesses) if len(found) == 1 else _overview(found)
        show(page, format, _data(found), "The draft guidelines on article 56")


def _findings(name: str, own: Library, day: date, limit: float, only: list[str]) -> tuple[str, list[Finding]]:
    from ..proof.conformity import assess as put_to_the_tests
    from ..proof.frame import Subject
    from ..proof.guidelines import guidelines
    from ..proof.solve import Inquiry, whole_days

    known = [t.id for t in guidelines().tests]
    for test in only:
        if test not in known:
            raise Refused([Diagnostic("MS653", f"no test `{test}`", Place("--only"), suggestion(test, known))])
    found = law(name, own)
    subject = Subject.of(found.bundle)
    inquiry = Inquiry([subject], whole_days([subject], day, day), limit)
    return found.bundle.heads[0].id, put_to_the_tests(subject, found.policy().document, inquiry, only)


def _counts(findings: list[Finding]) -> str:
    return ", ".join(
        f"{n} {words}" for verdict, words in WORDS.items() if (n := sum(f.verdict == verdict for f in findings))
    )


def _page(name: str, findings: list[Finding], witnesses: bool) -> list[Part]:
    from ..proof.page import Verbatim
    from ..rendering.report import Entry, Heading, Paragraph, Points

    page: list[Part] = [
        Heading(1, f"{name}: the draft guidelines on article 56"),
        Paragraph(f"{_counts(findings)}."),
        Paragraph(REMARK, quiet=True),
    ]
    part = None
    for finding in findings:
        if finding.test.id[0] != part:
            part = finding.test.id[0]
            page.append(Heading(2, f"Draft guideline {part}"))
        said = f"{finding.test.id} {WORDS[finding.verdict]}: {finding.test.requirement}"
        page.append(Points((Entry(said, MARKS[finding.verdict], "; ".join(finding.sources[:3]), (finding.why,)),)))
        if witnesses and finding.witness is not None:
            page += [Verbatim(finding.witness.text), *(Paragraph(n) for n in caveats(finding.witness))]
    return page


def _overview(found: dict[str, list[Finding]]) -> list[Part]:
    from ..proof.page import Grid
    from ..rendering.report import Heading, Paragraph

    marks = {"in_line": "✓", "departs": "✗", "option_unused": "–", "cannot_be_told": "?", "not_applicable": "·"}
    names = list(found)
    tests = [f.test for f in next(iter(found.values()))] if found else []
    rows: list[tuple[str, ...]] = []
    tones: dict[tuple[int, int], str] = {}
    for r, test in enumerate(tests):
        rows.append((f"{test.id} {test.requirement}", *(marks[found[n][r].verdict] for n in names)))
        tones.update({(r, c): found[n][r].verdict for c, n in enumerate(names, 1)})
    legend = ", ".join(f"{mark} {WORDS[v]}" for v, mark in marks.items())
    return [
        Heading(1, f"The draft guidelines on article 56: {len(names)} jurisdictions"),
        Paragraph(REMARK, quiet=True), Paragraph(legend),
        Grid(("test", *names), tuple(rows), tones),
    ]  # fmt: skip


def _data(found: dict[str, list[Finding]]) -> dict[str, Any]:
    return {
        "schema_version": 1, "remark": REMARK,
        "policies": [
            {
                "policy": name,
                "findings": [
                    {
                        "test": f.test.id, "level": f.test.level, "requirement": f.test.requirement,
                        "verdict": f.verdict, "why": f.why,
                        "sources": list(f.sources), "case": None if f.witness is None else f.witness.text,
                    }
                    for f in findings
                ],
            }
            for name, findings in found.items()
        ],
    }  # fmt: skip
