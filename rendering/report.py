"""A decision as blocks of text, in reading order; each format lays out the same blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ..engine.decision import (
    Advice,
    ConditionStatus,
    Decision,
    Duty,
    Explanation,
    Gateway,
    Ground,
    ItemDecision,
    Judged,
    SourceText,
    Used,
    cited,
    standing,
)
from ..engine.wording import actors, within, yes_or_no
from ..languages.words import AND, count, day_of, fill, listed, say
from .lead import lead
from .phrases import (
    ANSWERS,
    BASIS,
    IN_PART,
    condition_words,
    engine_words,
    item_headline,
    of_item,
    status_words,
)

FIRST = ("MS902", "MS904")
"""Warnings that stand at the top of an answer: the receiver cannot keep a condition, duties conflict."""
MARKS = {"met": "✓", "outstanding": "○", "contingent": "?", "failed": "✗", "point": "•", "warning": "!"}
BOXES = {"met": "☑", "failed": "☒"}
"""What stands in a list to be ticked off; an empty box for whatever is left to do."""


def mark_on_paper(mark: str, boxes: bool) -> str:
    """The sign before an entry: what became of it, or with `boxes` a box to be ticked."""
    return BOXES.get(mark, "☐") if boxes else MARKS[mark]


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


def report(decision: Decision, *, explain: bool = False) -> list[Block]:
    """The blocks of a decision; with `explain`, the reasons tree of each item too."""
    way = f"{decision.sender} → {decision.receiver}" if decision.receiver else decision.sender
    answers = IN_PART if decision.may_go and decision.outcome in IN_PART else ANSWERS
    blocks: list[Block] = [
        Heading(1, fill(answers[decision.outcome], title=decision.title or decision.case), decision.outcome),
        Paragraph(fill(BASIS[decision.direction], parties=way, day=decision.as_of), quiet=True),
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
    return Entry(say("{warning} [{code}]", warning=text, code=code), "warning", cited(sources))


FEW = 8
"""So many lines of a list that only says what may yet matter; a case of which little is stated would fill twenty pages."""


FEW_NAMES = 5
"""So many names of facts or conditions in a line of such a list."""


def _few(entries: Iterable[Entry], whole: bool) -> tuple[Entry, ...]:
    """The first of some entries and how many more there are, unless the whole list is asked for."""
    shown = tuple(entries)
    if whole or len(shown) <= FEW + 1:
        return shown
    return (*shown[:FEW], Entry(say("and {n} more; `check --explain` shows all", n=len(shown) - FEW)))


def _names(names: Sequence[str], whole: bool) -> str:
    if whole or len(names) <= FEW_NAMES + 1:
        return ", ".join(names)
    first = ", ".join(names[:FEW_NAMES])
    return count("{facts} and {n} more", "{facts} and {n} more", len(names) - FEW_NAMES, facts=first)


def _item(item: ItemDecision, explain: bool, direction: str) -> list[Block]:
    words = item_headline(item, direction)
    blocks: list[Block] = [Heading(2, say("{item}: {verdict}", item=item.id, verdict=words), item.outcome)]
    if item.not_covered:
        blocks.append(Paragraph(say("Not covered by this encoding: silence proves nothing here.")))
    sure = [_ground(g) for g in item.grounds if g.truth == "true"]
    unsure = [_ground(g) for g in item.grounds if g.truth != "true"]
    if item.grounds:
        blocks += [Heading(3, say("Rests on")), Points((*sure, *_few(unsure, explain)))]
    blocks += _conditions(item, direction, explain)
    blocks += _duties(item)
    if item.missing:
        blocks += [
            Heading(3, say("What would decide it, most useful first")),
            Points(_few(_missing(item), explain)),
        ]
    if item.nearest:
        blocks += [Heading(3, say("Gateways that did not open, nearest first")), Points(tuple(_nearest(item)))]
    advice = tuple(Entry(_rule(a), "point", cited(a.sources)) for a in item.advice if a.truth == "true")
    if advice:
        blocks += [Heading(3, say("Advice, which changes no outcome")), Points(advice)]
    if explain:
        blocks += [Heading(3, say("Why")), Reasons(item.explanation)]
    return blocks


def _ground(ground: Ground) -> Entry:
    return Entry(_rule(ground), _ground_mark(ground), cited(ground.sources))


def _ground_mark(ground: Ground) -> str:
    if ground.truth != "true":
        return "contingent"
    return "failed" if ground.effect in ("forbid", "disapply") else "met"


def _rule(rule: Ground | Duty | Advice) -> str:
    """A rule's title with its name, and whether it is certain to apply."""
    if rule.truth == "true":
        return say("{title} ({rule})", title=rule.title, rule=rule.rule)
    return say("{title} ({rule}, not certain)", title=rule.title, rule=rule.rule)


def _duties(item: ItemDecision) -> list[Block]:
    if not item.duties:
        return []
    entries = []
    for duty in item.duties:
        words = (
            say("must be sent, {limit}: {duty}", limit=within(duty.due), duty=_rule(duty))
            if duty.due
            else say("must be sent: {duty}", duty=_rule(duty))
        )
        entries.append(Entry(words, "point", cited(duty.sources)))
    return [Heading(3, say("Duty to send")), Points(tuple(entries))]


def _conditions(item: ItemDecision, direction: str, whole: bool) -> list[Block]:
    """The conditions of the gateway that asks least, and the other gateways in a line each."""
    if not item.gateways:
        return []
    blocks: list[Block] = []
    best = item.gateways[0]
    shown = standing(item)
    if shown:
        title = _conditions_title(item, best.rule if len(item.gateways) > 1 else None)
        entries = [_condition(c, direction, whole) for c in shown]
        blocks += [Heading(3, title), Points(_few(entries, whole or item.outcome != "undetermined"))]
    others = [_gateway(g, whole) for g in item.gateways[1:]]
    if others:
        blocks += [Heading(3, say("Other gateways")), Points(_few(others, whole))]
    return blocks


def _conditions_title(item: ItemDecision, rule: str | None) -> str:
    if item.outcome == "undetermined":
        if rule:
            return say("Conditions, if it may go at all under {rule}", rule=rule)
        return say("Conditions, if it may go at all")
    return say("Conditions under {rule}", rule=rule) if rule else say("Conditions")


def _condition(condition: ConditionStatus, direction: str, whole: bool) -> Entry:
    remarks = []
    if condition.depends_on:
        remarks.append(say("applies only depending on {facts}", facts=_names(condition.depends_on, whole)))
    if condition.status != "met" and condition.met_by:
        remarks.append(say("met once stated: {facts}", facts=", ".join(condition.met_by)))
    text = condition_words(condition, direction, condition.until)
    return Entry(text, condition.status, cited([condition.source, *condition.further]), tuple(remarks))


def _gateway(gateway: Gateway, whole: bool) -> Entry:
    said = {"title": gateway.title, "rule": gateway.rule}
    text = (
        say("{title} ({rule}): needs {conditions}", **said, conditions=_names(gateway.conditions, whole))
        if gateway.conditions
        else say("{title} ({rule}): needs nothing further", **said)
    )
    depends = gateway.depends_on
    remarks = [say("open only depending on {facts}", facts=_names(depends, whole))] if depends else []
    return Entry(text, "contingent" if remarks else "point", cited(gateway.sources), tuple(remarks))


def _missing(item: ItemDecision) -> list[Entry]:
    entries = []
    for fact in item.missing:
        remarks = [fact.help] if fact.help else []
        if fact.judgement_of:
            remarks.append(say("a judgement for: {who}", who=listed(actors(fact.judgement_of))))
        if fact.narrows:
            remarks.append(say("stated so far: {values}; a more special value is needed", values=fact.narrows))
        text = say("{question} ({fact})", question=fact.ask, fact=fact.fact)
        entries.append(Entry(text, "contingent", "", tuple(remarks)))
    return entries


def _nearest(item: ItemDecision) -> list[Entry]:
    entries = []
    for gateway in item.nearest:
        remarks = [say("taken out of application by {rule}", rule=name) for name in gateway.disapplied_by]
        remarks += [say("open in itself, but {rule} stands against it", rule=name) for name in gateway.barred_by]
        remarks += [say("fails: {condition}", condition=text) for text in gateway.failed]
        remarks += [say("not known: {condition}", condition=text) for text in gateway.unknown]
        title = say("{title} ({rule})", title=gateway.title, rule=gateway.rule)
        entries.append(Entry(title, "failed", cited(gateway.sources), tuple(remarks)))
    return entries


def _closing(decision: Decision) -> list[Block]:
    blocks: list[Block] = []
    rest = [w for w in decision.warnings if w.code not in FIRST]
    if rest:
        several = len(decision.items) > 1
        about = [_warning(of_item(w.item if several else None, w.text), w.code, w.sources) for w in rest]
        blocks += [Heading(2, say("Before you rely on this")), Points(tuple(about))]
    if decision.judgements:
        entries = tuple(Entry(_judged(j)) for j in decision.judgements)
        blocks += [Heading(2, say("Judgements")), Points(entries)]
    if decision.looked_up:
        found = tuple(
            Entry(
                say("{fact}: {value} ({because})", fact=k.fact, value=yes_or_no(k.value), because=k.because),
                "point",
                k.source,
            )
            for k in decision.looked_up
        )
        blocks += [Heading(2, say("Looked up in the registry")), Points(found)]
    if decision.from_register:
        found = tuple(
            Entry(
                say(
                    "{fact}: {value} ({register}, entry {entry})",
                    fact=k.fact,
                    value=k.value,
                    register=k.register_name,
                    entry=k.entry,
                )
            )
            for k in decision.from_register
        )
        blocks += [Heading(2, say("Looked up in the register")), Points(found)]
    blocks.append(Paragraph(_imprint(decision), quiet=True))
    return blocks


def _judged(judged: Judged) -> str:
    who = say("judged by {person}", person=judged.judged_by) if judged.judged_by else say("nobody is named")
    details = [who, *([day_of(judged.on)] if judged.on else []), *([judged.basis] if judged.basis else [])]
    said = say("{fact}: {value} ({details})", fact=judged.fact, value=judged.value, details=listed(details))
    return of_item(judged.item, said)


def _encoded(policy: Used) -> str:
    said = {"policy": policy.title, "status": status_words(policy.status), "day": policy.encoded_as_of}
    if policy.binding:
        return say("{policy} ({status}, as of {day})", **said)
    return say("{policy} (not binding, {status}, as of {day})", **said)


def _imprint(decision: Decision) -> str:
    law = listed(map(_encoded, decision.policies))
    engines = listed((engine_words(e) for e in decision.receipt.engines), last=AND)
    said = {"law": law, "engines": engines, "program": decision.receipt.program[7:19]}
    if len(decision.receipt.engines) > 1:
        return say("An encoding is never the law. Encoded: {law}. Agreed by {engines}; program {program}.", **said)
    return say("An encoding is never the law. Encoded: {law}. Computed by {engines}; program {program}.", **said)
