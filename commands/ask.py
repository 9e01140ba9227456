"""`mayshare ask`: an interview that asks only what can still change the answer."""

from __future__ import annotations

import gc
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from ..engine.deciding import Decider, Disagreement
from ..engine.reading import read_cases
from ..languages.speaking import spoken
from ..languages.words import count, say
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import Source
from .advice import disagreed, source_of
from .exits import Exit, worst
from .options import (
    AsOf,
    Format,
    KeyFile,
    Language,
    OnlyMine,
    Policies,
    RegisterFile,
    as_json,
    library,
    note,
    out,
    received_from,
    refusals,
    report_refused,
)

if TYPE_CHECKING:
    from ..desk.answers import Answers
    from ..desk.interview import Interview
    from ..rules.case import Case, Received


def ask(
    case: Annotated[
        str | None, typer.Argument(metavar="CASE", help="A case begun; what it states is not asked.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="CODE", envvar="MAYSHARE_FROM", help="State that would send: CH.")
    ] = None,
    receiver: Annotated[
        str | None, typer.Option("--to", metavar="CODE", envvar="MAYSHARE_TO", help="State that would receive.")
    ] = None,
    item: Annotated[
        list[str],
        typer.Option("--item", metavar="NAME", envvar="MAYSHARE_ITEM", help="An item to be sent; may be repeated."),
    ] = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    answers: Annotated[
        str | None,
        typer.Option(
            "--answers", metavar="FILE", envvar="MAYSHARE_ANSWERS", help="Prepared answers, laid out like a case."
        ),
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="FILE",
            envvar="MAYSHARE_SESSION",
            help="Keep the interview here after every reply, and go on from it.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", envvar="MAYSHARE_ASK_OUTPUT", help="Write the case file here."),
    ] = None,
    no_input: Annotated[
        bool,
        typer.Option("--no-input", envvar="MAYSHARE_NO_INPUT", help="Never prompt: what is not given stays unknown."),
    ] = False,
    format: Format = "text",
    as_of: AsOf = None,
    register: RegisterFile = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006
    only_mine: OnlyMine = False,
    language: Language = None,
) -> None:
    """Ask only what can still change the answer, the most deciding question first; end in the answer and a case file.

    Questions go to standard error, the answer to standard output, and the case file to --output (else after the answer).
    Exits as `check` does; with 130 if interrupted.
    """
    with refusals():
        try:
            interview = _begin(
                Decider(library(policies, only_mine)), case, sender, receiver, item, session, as_of,
                received_from(register, key_file),
            )  # fmt: skip
            _converse(interview, answers, session, output, prompt=not no_input)
            _end(interview, output, format)
        except Disagreement as disagreement:
            raise disagreed(disagreement) from None


def _begin(
    decider: Decider,
    case: str | None,
    sender: str | None,
    receiver: str | None,
    items: list[str],
    session: str | None,
    day: date | None,
    received: Received | None,
) -> Interview:
    """A fresh interview, or the one kept in the session's file."""
    from ..desk.interview import Interview
    from ..desk.saved import saved_case, saved_document, take_up
    from ..desk.whatif import Subject

    if session is not None and os.path.exists(session):
        if case or sender or receiver or items:
            raise typer.BadParameter(
                "a kept interview has its case already; leave CASE, --from, --to and --item out", param_hint="--session"
            )
        document = saved_document(session)
        where = str((document.data["case"].get("sender") or {}).get("jurisdiction"))
        bundle = decider.library.bundle(where, document.place(("case",)))
        start, gone = saved_case(document, bundle)
        interview = Interview(decider, bundle, start, day or document.data["as_of"])
        notes = [*gone, *take_up(document, interview)]
        note(
            count(
                "taken up from {file}: {n} reply",
                "taken up from {file}: {n} replies",
                len(interview.said),
                file=session,
            )
        )
        for line in notes:
            note(f"  ! {spoken(line)}")
        return interview
    begun = _start(decider, case, sender, receiver, items, received)
    subject = Subject.of(decider, begun, day)
    return Interview(decider, subject.bundle, begun, subject.day)


def _start(
    decider: Decider,
    case: str | None,
    sender: str | None,
    receiver: str | None,
    items: list[str],
    received: Received | None,
) -> Case:
    """The case as it is known before the first question."""
    from ..desk.drafts import as_yaml

    if case is not None:
        if sender or receiver or items:
            raise typer.BadParameter(
                "CASE states the parties and items; leave --from, --to and --item out", param_hint="CASE"
            )
        cases = read_cases(source_of(case), decider.library, received)
        if len(cases) != 1:
            raise Refused(
                [
                    Diagnostic(
                        "MS601",
                        f"this file holds {len(cases)} cases, and one is worked on at a time",
                        Place(case),
                        "give a file with one case",
                    )
                ]
            )
        return cases[0]
    if sender is None:
        raise typer.BadParameter("say whose law applies: CASE, or --from CODE", param_hint="--from")
    name = f"{sender}-to-{receiver}".lower() if receiver else f"from-{sender}".lower()
    data: dict[str, object] = {"case": name, "sender": {"jurisdiction": sender.upper()}}
    if receiver:
        data["receiver"] = {"jurisdiction": receiver.upper()}
    if items:
        data["items"] = [{"id": i} for i in items]
    return read_cases(Source("--from, --to, --item", as_yaml(data)), decider.library)[0]


def _converse(
    interview: Interview, answers: str | None, session: str | None, output: str | None, *, prompt: bool
) -> None:
    from ..desk.answers import Answers
    from ..desk.saved import save
    from ..desk.talk import Talk, asked_for

    prepared: Answers | None = Answers(source_of(answers), interview.bundle, interview.start) if answers else None

    def keep() -> None:
        if session is not None:
            save(interview, session)

    talk = Talk(interview, prepared.given if prepared else (lambda _: None), prompt and answers != "-", keep)
    keep()  # a place that cannot be written is said before the first question

    def keep_on() -> None:
        """A disk that fills up later ends nothing: what was answered is still here."""
        try:
            keep()
        except Refused as refused:
            report_refused(refused)
            note(say("the interview goes on unkept; what was kept before is unharmed"))

    talk.keep = keep_on
    gc.freeze()  # the law stays for the whole talk: going through it again would only make the person wait
    if talk.prompt:
        note(say("Type ? at any question for what can be typed."))
    try:
        end = talk.run()
    except KeyboardInterrupt:
        _stopped(interview, session, output)
        raise typer.Exit(Exit.INTERRUPTED) from None
    finally:
        interview.close()
    if end == "quit" and session:
        note(say("kept in {file}", file=session))
    if prepared and prepared.unused():
        note(say("answered but never needed: {facts}", facts=asked_for(prepared.unused())))


def _stopped(interview: Interview, session: str | None, output: str | None) -> None:
    """Say how to go on; where no session is kept, what was answered is handed over as a case."""
    if session is not None:
        note(say("\nstopped; go on with `mayshare ask --session {file}`", file=session))
    elif output is not None:
        _case_file(interview, output)
        note(say("\nstopped; go on with `mayshare ask {file}`", file=output))
    else:
        note(say("\nstopped; what was answered, as a case for `mayshare ask FILE`:\n"))
        out(_case_file(interview, None))


def _case_file(interview: Interview, output: str | None) -> str:
    """The case as far as it goes, written to a file if one is named."""
    from ..desk.drafts import case_yaml
    from ..rules.files import write_whole

    # the day is written down, so that the file gives the same answer tomorrow
    text = case_yaml(interview.case.model_copy(update={"as_of": interview.day}), interview.bundle.vocabulary.facts)
    if output is not None:
        write_whole(output, text)
    return text


def _end(interview: Interview, output: str | None, format: str) -> None:
    """The answer, and the case as a file."""
    from ..rendering.report import report

    decision = interview.decision()
    text = _case_file(interview, output)
    if format == "json":
        data = {"decision": decision.model_dump(mode="json"), "case_file": text, "questions": interview.asked}
        out(as_json(data))
    elif format == "markdown":
        from ..rendering.markdown import markdown

        out(markdown(report(decision)) + ("" if output else f"\n## {spoken(say('The case'))}\n\n```yaml\n{text}```\n"))
    else:
        from ..rendering.text import print_blocks

        sys.stdout.flush()
        print_blocks(report(decision))
        if output is None:
            out(f"\n{spoken(say('The case, for `mayshare check`:'))}\n\n{text}")
    if output is not None:
        note(say("the case is in {file}", file=output))
    raise typer.Exit(worst([decision.outcome]) if decision.outcome else Exit.DONE)
