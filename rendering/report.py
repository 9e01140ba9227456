"""A decision as blocks of text, in reading order; each format lays out the same blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ..engine.decision import (
    ConditionStatus,
    Decision,
    Explanation,
    Gateway,
    Ground,
    ItemDecision,
    SourceText,
    standing,
)
from ..engine.wording import DONE
from .lead import lead

HEADLINES = {
    "allow": "may be {}",
    "conditions": "may be {} on conditions",
    "deny": "may not be {}",
    "undetermined": "cannot be decided yet",
}
STAGES = {"before": "before sending", "with": "with the sending", "after": "after the sending"}
FIRST = ("MS902", "MS904")
"""Warnings that stand at the top of an answer: the receiver cannot keep a condition, duties conflict."""
ACTS = {"outgoing": "sending", "use": "use", "onward": "onward transfer"}
MARKS = {"met": "✓", "outstanding": "○", "contingent": "?", "failed": "✗", "point": "•", "warning": "!"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the answer as a whole, 2 an item or a closing part, 3 a part of an item."""

    level: int
    text: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A point of a list: a mark, a text (behind a label), the provision it rests on, and remarks under it."""

    text: str
    mark: str = "point"
    source: str = ""
    remarks: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    entries: tuple[Entry, ...]
    boxes: bool = False
    """Whether they are to be ticked off."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column headings; without headings, a form: a label and what belongs to it (nothing: to be filled in)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """The columns' shares of the width, in hundredths."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A text to be taken over word for word."""

    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """An explanation tree."""

    root: Explanation


Block = Heading | Paragraph | Points | Table | Quote | Reasons


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of its own: its blocks, and what stands around them."""

    title: str
    foot: str
    """What the foot of every page says, beside its number."""
    day: date
    """The day it is dated; it is written into the file instead of the time of writing."""
    blocks: tuple[Block, ...]
    language: str = "en-GB"


def spans(text: str) -> Iterator[tuple[str, bool]]:
    """Text in pieces, each with whether it stood between backticks (which are left out)."""
    for position, piece in enumerate(re.split(r"`([^`\n]+)`", text)):
        if piece:
            yield piece, position % 2 == 1


def headline(outcome: str, direction: str) -> str:
    """An outcome in words: it may be sent, used or passed on."""
    return HEADLINES[outcome].format(DONE.get(direction, "sent"))


def stage_words(stage: str, direction: str) -> str:
    """When a condition is to be met: before, with or after the sending, the use or the onward transfer."""
    return STAGES[stage].replace("sending", ACTS.get(direction, "sending"))


def bound_words(bound: str, direction: str) -> str:
    """Who has to meet a condition; whoever uses or passes on what it received is no sender to a reader."""
    return "receiver" if bound == "receiver" else "sender" if direction == "outgoing" else "you"


def report(decision: Decision, *, explain: bool = False) -> list[Block]:
    """The blocks of a decision; with `explain`, the reasons tree of each item too."""
    way = f"{decision.sender} → {decision.receiver}" if decision.receiver else decision.sender
    verb = {"outgoing": "", "use": ", use of received information", "onward": ", onward transfer"}[decision.direction]
    title = decision.title or decision.case
    part = " IN PART" if decision.may_go and decision.outcome in ("deny", "undetermined") else ""
    blocks: list[Block] = [
        Heading(1, f"{decision.outcome.upper()}{part}: {title}", decision.outcome),
        Paragraph(f"{way}{verb}, law as of {decision.as_of}", quiet=True),
        Paragraph(lead(decision)),
    ]
    top = [w for w in decision.warnings if w.code in FIRST]
    if top:
        blocks.append(Points(tuple(_warning(w.text, w.code, w.sources) for w in top)))
    for item in decision.items:
        blocks += _item(item, explain, decision.direction)
    blocks += _closing(decision)
    return blocks


def _warning(text: str, code: str, sources: Iterable[SourceText] = ()) -> Entry:
    return Entry(f"{text} [{code}]", "warning", _cited(sources))


def _cited(sources: Iterable[SourceText | None]) -> str:
    return "; ".join(dict.fromkeys(str(s) for s in sources if s is not None))


def _item(item: ItemDecision, explain: bool, direction: str) -> list[Block]:
    bound = item.outcome in ("allow", "conditions") and any(d.truth == "true" for d in item.duties)
    words = headline(item.outcome, direction)
    words = words.replace("may be", "must be") if bound else words
    blocks: list[Block] = [Heading(2, f"{item.id}: {words}", item.outcome)]
    if item.not_covered:
        blocks.append(Paragraph("Not covered by this encoding: silence proves nothing here."))
    grounds = [
        Entry(f"{g.title} ({g.rule}{_maybe(g.truth)})", _ground_mark(g), _cited(g.sources)) for g in item.grounds
    ]
    if grounds:
        blocks += [Heading(3, "Rests on"), Points(tuple(grounds))]
    blocks += _conditions(item, direction)
    blocks += _duties(item)
    if item.missing:
        blocks += [Heading(3, "What would decide it, most useful first"), Points(tuple(_missing(item)))]
    if item.nearest:
        blocks += [Heading(3, "Gateways that did not open, nearest first"), Points(tuple(_nearest(item)))]
    advice = tuple(Entry(f"{a.title} ({a.rule})", "point", _cited(a.sources)) for a in item.advice if a.truth == "true")
    if advice:
        blocks += [Heading(3, "Advice, which changes no outcome"), Points(advice)]
    if explain:
        blocks += [Heading(3, "Why"), Reasons(item.explanation)]
    return blocks


def _ground_mark(ground: Ground) -> str:
    if ground.truth != "true":
        return "contingent"
    return "failed" if ground.effect in ("forbid", "disapply") else "met"


def _maybe(truth: str) -> str:
    return "" if truth == "true" else ", not certain"


def _duties(item: ItemDecision) -> list[Block]:
    if not item.duties:
        return []
    entries = []
    for duty in item.duties:
        due = f", within {duty.due}" if duty.due else ""
        entries.append(
            Entry(f"must be sent{due}: {duty.title} ({duty.rule}{_maybe(duty.truth)})", "point", _cited(duty.sources))
        )
    return [Heading(3, "Duty to send"), Points(tuple(entries))]


def _conditions(item: ItemDecision, direction: str) -> list[Block]:
    """The conditions of the gateway that asks least, and the other gateways in a line each."""
    if not item.gateways:
        return []
    blocks: list[Block] = []
    best = item.gateways[0]
    shown = standing(item)
    if shown:
        name = "Conditions" if item.outcome != "undetermined" else "Conditions, if it may go at all"
        several = f" under {best.rule}" if len(item.gateways) > 1 else ""
        blocks += [Heading(3, name + several), Points(tuple(_condition(c, direction) for c in shown))]
    others = [_gateway(g) for g in item.gateways[1:]]
    if others:
        blocks += [Heading(3, "Other gateways"), Points(tuple(others))]
    return blocks


def _condition(condition: ConditionStatus, direction: str) -> Entry:
    who = bound_words(condition.bound, direction)
    due = f", within {condition.due}" if condition.due else ""
    until = f", until {condition.until}" if condition.until else ""
    remarks = []
    if condition.depends_on:
        remarks.append("applies only depending on " + ", ".join(condition.depends_on))
    if condition.status != "met" and condition.met_by:
        remarks.append("met once stated: " + ", ".join(condition.met_by))
    text = f"{condition.text} ({stage_words(condition.stage, direction)}, {who}{due}{until})"
    return Entry(text, condition.status, _cited([condition.source, *condition.further]), tuple(remarks))


def _gateway(gateway: Gateway) -> Entry:
    needs = f"needs {', '.join(gateway.conditions)}" if gateway.conditions else "needs nothing further"
    remarks = ["open only depending on " + ", ".join(gateway.depends_on)] if gateway.depends_on else []
    return Entry(
        f"{gateway.title} ({gateway.rule}): {needs}",
        "contingent" if remarks else "point",
        _cited(gateway.sources),
        tuple(remarks),
    )


def _missing(item: ItemDecision) -> list[Entry]:
    entries = []
    for fact in item.missing:
        remarks = [fact.help] if fact.help else []
        if fact.judgement_of:
            remarks.append("a judgement for: " + ", ".join(fact.judgement_of))
        if fact.narrows:
            remarks.append(f"stated so far: {fact.narrows}; a more special value is needed")
        entries.append(Entry(f"{fact.ask} ({fact.fact})", "contingent", "", tuple(remarks)))
    return entries


def _nearest(item: ItemDecision) -> list[Entry]:
    entries = []
    for gateway in item.nearest:
        remarks = [f"taken out of application by {name}" for name in gateway.disapplied_by]
        remarks += [f"open in itself, but {name} stands against it" for name in gateway.barred_by]
        remarks += [f"fails: {text}" for text in gateway.failed]
        remarks += [f"not known: {text}" for text in gateway.unknown]
        entries.append(Entry(f"{gateway.title} ({gateway.rule})", "failed", _cited(gateway.sources), tuple(remarks)))
    return entries


def _closing(decision: Decision) -> list[Block]:
    blocks: list[Block] = []
    rest = [w for w in decision.warnings if w.code not in FIRST]
    if rest:
        about = [
            _warning((f"{w.item}: " if w.item and len(decision.items) > 1 else "") + w.text, w.code, w.sources)
            for w in rest
        ]
        blocks += [Heading(2, "Before you rely on this"), Points(tuple(about))]
    if decision.judgements:
        entries = []
        for j in decision.judgements:
            who = f"judged by {j.judged_by}" if j.judged_by else "nobody is named"
            more = "".join(f", {part}" for part in (j.on and str(j.on), j.basis) if part)
            of = f"{j.item}: " if j.item else ""
            entries.append(Entry(f"{of}{j.fact}: {j.value} ({who}{more})"))
        blocks += [Heading(2, "Judgements"), Points(tuple(entries))]
    if decision.looked_up:
        found = tuple(
            Entry(f"{k.fact}: {'yes' if k.value else 'no'} ({k.because})", "point", k.source)
            for k in decision.looked_up
        )
        blocks += [Heading(2, "Looked up in the registry"), Points(found)]
    if decision.from_register:
        found = tuple(
            Entry(f"{k.fact}: {k.value} ({k.register_name}, entry {k.entry})") for k in decision.from_register
        )
        blocks += [Heading(2, "Looked up in the register"), Points(found)]
    blocks.append(Paragraph(_imprint(decision), quiet=True))
    return blocks


def _imprint(decision: Decision) -> str:
    law = ", ".join(
        f"{p.title} ({'' if p.binding else 'not binding, '}{p.status}, as of {p.encoded_as_of})"
        for p in decision.policies
    )
    engines = " and ".join(decision.receipt.engines)
    agreed = "agreed by" if len(decision.receipt.engines) > 1 else "computed by"
    program = decision.receipt.program[7:19]
    return f"An encoding is never the law. Encoded: {law}. {agreed.capitalize()} {engines}; program {program}."
