"""`mayshare verify`: does this hold of every case?"""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.files import write_files
from ..rules.source import decode, read_source
from .exits import Exit
from .options import AsOf, Format, OnlyMine, Policies, library
from .proving import From, Law, TimeLimit, To, caveats, introduced, law, proving, show

if TYPE_CHECKING:
    from ..proof.frame import Subject
    from ..proof.page import Page, Part
    from ..proof.properties import Property, Result
    from ..proof.solve import Inquiry

WORDS = {"holds": "holds", "fails": "fails", "known": "known", "undecided": "not decided"}
PLURAL = {"holds": "hold", "fails": "fail", "known": "known not to hold", "undecided": "not decided"}
TONE = {"holds": "allow", "fails": "deny", "known": "conditions", "undecided": "undetermined"}


def verify(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help="A code such as CH, a layer such as uncac, or a policy file.")
    ],
    properties: Annotated[
        str | None, typer.Argument(metavar="PROPERTIES", help="A file of properties, beside the shipped ones.")
    ] = None,
    only: Annotated[
        list[str],
        typer.Option(
            "--only", metavar="ID", envvar="MAYSHARE_VERIFY_ONLY", help="Ask this property alone; repeatable."
        ),
    ] = [],  # noqa: B006 - read, never written
    own: Annotated[
        bool, typer.Option("--no-shipped", envvar="MAYSHARE_NO_SHIPPED", help="Leave the shipped properties out.")
    ] = False,
    cases: Annotated[
        str | None,
        typer.Option("--cases", metavar="DIR", envvar="MAYSHARE_CASES", help="Write each case found to DIR/ID.yaml."),
    ] = None,
    as_of: AsOf = None,
    first: From = None,
    last: To = None,
    time_limit: TimeLimit = 10.0,
    format: Format = "text",
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Prove properties of a policy over every case, or show the smallest case against each.

    What the policy declares not to hold, with the reason (`declares: {property.ID: …}`), is shown as known and is no failure.
    Exits with 0 when all hold or are known, 1 when one fails, 12 when none fails but one was not decided in time.
    """
    days = (first, last)
    with proving():
        from ..proof.frame import Subject
        from ..proof.solve import Inquiry, whole_days

        found = law(policy, library(policies, only_mine))
        subject = Subject.of(found.bundle)
        day = as_of or date.today()
        start, end = (days[0] or None, days[1] or None) if any(days) else (day, day)
        inquiry = Inquiry([subject], whole_days([subject], start, end), time_limit)
        _refuse_no_days(inquiry, policy)
        asked = _properties(found, inquiry, properties, own)
        results = _results(found, inquiry, asked, only, own)
        if cases is not None:
            write_files(cases, ((f"{r.property.id}.yaml", r.witness.text) for r in results if r.witness is not None))
        show(_page(subject, results), format, _data(subject, results))
    standings = {r.standing for r in results}
    raise typer.Exit(
        Exit.FINDINGS if "fails" in standings else Exit.UNDETERMINED if "undecided" in standings else Exit.DONE
    )


def _refuse_no_days(inquiry: Inquiry, name: str) -> None:
    if inquiry.days.first > inquiry.days.last:
        head = inquiry.subjects[0].bundle.heads[0]
        message = f"there is no such day: the policy `{head.id}` was in force {head.in_force}"
        raise Refused([Diagnostic("MS303", message, Place(name), "give other days")])


def _properties(found: Law, inquiry: Inquiry, file: str | None, own: bool) -> list[Property]:
    from ..proof.properties import read_properties, shipped

    asked = [] if own else shipped(found.bundle, inquiry)
    if file is not None:
        source = decode(sys.stdin.buffer.read(), "<stdin>") if file == "-" else read_source(file)
        asked += read_properties(source, found.bundle, found.policy(), inquiry)
    return asked


def _results(found: Law, inquiry: Inquiry, asked: list[Property], only: list[str], own: bool) -> list[Result]:
    from ..proof.properties import REACHABLE, as_declared, decide_property, unreachable_rules

    known = [p.id for p in asked] + ([] if own else [REACHABLE])
    for name in only:
        if name not in known:
            raise Refused([Diagnostic("MS653", f"no property `{name}`", Place("--only"), suggestion(name, known))])
    policy = found.policy().document
    results = [decide_property(p, inquiry, policy) for p in asked if not only or p.id in only]
    if not own and (not only or REACHABLE in only):
        reached = unreachable_rules(inquiry.subjects[0], inquiry, inquiry.limit)
        results.append(as_declared(reached, policy))
    return results


def _page(subject: Subject, results: list[Result]) -> Page:
    from ..proof.properties import SAY_SO
    from ..rendering.report import Heading, Paragraph

    head = subject.bundle.heads[0]
    counts = {s: sum(r.standing == s for r in results) for s in WORDS}
    summary = (
        ", ".join(f"{n} {WORDS[s] if n == 1 and s != 'known' else PLURAL[s]}" for s, n in counts.items() if n)
        or "nothing asked"
    )
    page: list[Part] = [Heading(1, f"{head.title}: {summary}")]
    for result in results:
        page += _result(result)
    return [*page, Paragraph(f"{SAY_SO}.", quiet=True)] if counts["fails"] else page


def _result(result: Result) -> list[Part]:
    from ..proof.page import Verbatim, reasons
    from ..rendering.report import Entry, Heading, Paragraph, Points

    name = f"{WORDS[result.standing]}: {result.property.title} ({result.property.id})"
    page: list[Part] = [Heading(2, name, TONE[result.standing])]
    if result.standing == "known":
        cited = f" ({'; '.join(result.sources)})" if result.sources else ""
        page.append(Paragraph(f"It does not hold, because {result.reason}{cited}."))
    if result.standing == "fails" and result.property.if_not:
        page.append(Paragraph(result.property.if_not))
    remark = f"; {result.remark}" if result.remark else ""
    page.append(Paragraph(f"{'Over' if result.standing == 'holds' else 'Asked of'} {result.over}{remark}.", quiet=True))
    if result.also:
        page.append(Points(tuple(Entry(name, "failed", "", (why,)) for name, why in result.also)))
    if result.witness is not None:
        which = "that shows it" if result.property.quantifier == "exists" else "against it"
        page += [Heading(3, introduced(result.witness, which)), Verbatim(result.witness.text)]
        page += [*reasons(result.witness.decisions[0]), *(Paragraph(note) for note in caveats(result.witness))]
    return page


def _data(subject: Subject, results: list[Result]) -> dict[str, Any]:
    return {
        "schema_version": 1, "policy": subject.bundle.heads[0].id, "program": subject.bundle.program.hash,
        "properties": [
            {
                "id": r.property.id, "title": r.property.title, "kind": r.property.quantifier,
                "standing": r.standing, "over": r.over,
                "remark": r.remark or None, "rules": [{"rule": name, "why": why} for name, why in r.also],
                "if_not": r.property.if_not or None, "reason": r.reason or None, "sources": list(r.sources),
                "case": None if r.witness is None else r.witness.text,
                "smallest": None if r.witness is None else r.witness.smallest,
                "decision": None if r.witness is None else r.witness.decisions[0].model_dump(mode="json"),
            }
            for r in results
        ],
    }  # fmt: skip
