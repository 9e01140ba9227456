"""A case against the same case with one's own changes: what becomes of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..engine.decision import Decision, ItemDecision, Outcome, Part
from ..languages.words import Worded, say
from ..rules.case import Stated, read_case
from ..rules.diagnostics import Diagnostic, Findings, Place, Refused, suggestion
from ..rules.source import Source, read_document
from .drafts import restated
from .nearby import Step
from .whatif import Change, Subject, change_of


class ConditionMove(Part):
    """A condition that the change touches."""

    item: str
    id: str
    text: Worded
    before: Literal["met", "outstanding", "contingent", "absent"]
    after: Literal["met", "outstanding", "contingent", "absent"]


class ItemMove(Part):
    """What becomes of an item."""

    id: str
    before: Outcome
    after: Outcome
    short: Worded


class Side(Part):
    """One of the two answers, in short."""

    outcome: Outcome
    short: Worded


class Comparison(Part):
    """Both answers, and what differs."""

    schema_version: Literal[1] = 1
    case: str
    changes: tuple[Change, ...]
    before: Side
    after: Side
    items: tuple[ItemMove, ...]
    conditions: tuple[ConditionMove, ...]


def compared(subject: Subject, settings: Sequence[str]) -> Comparison:
    """The case decided as it is and as it would be.

    Raises:
        Refused: a setting names no fact, or a value outside its type (MS602 where it has not the form FACT=VALUE).
    """
    changed = subject.case
    changes: list[Change] = []
    for setting in settings:
        item, facts = _setting(subject, setting)
        for path, stated in facts.items():
            changes.append(_change(subject, path, stated, item))
            value = None if stated is None else stated.value
            changed = restated(changed, {path: value}, because=f"--set {setting}", item=item, vocabulary=subject.facts)
    before, after = subject.decide(), subject.decide(changed)
    return Comparison(
        case=before.case, changes=tuple(changes), before=Side(outcome=before.outcome, short=before.short),
        after=Side(outcome=after.outcome, short=after.short), items=_items(before, after), conditions=_moves(before, after),
    )  # fmt: skip


def _setting(subject: Subject, setting: str) -> tuple[str | None, dict[str, Stated | None]]:
    name, equals, value = setting.partition("=")
    if not equals or not name.strip():
        help_ = "write --set FACT=VALUE, or --set ITEM:FACT=VALUE for one item"
        raise Refused([Diagnostic("MS602", f"`{setting}` states no fact", Place("--set"), help_)])
    head, colon, fact = name.strip().rpartition(":")
    names = [i.id for i in subject.case.items]
    if colon and head not in names:
        raise Refused([Diagnostic("MS602", f"the case has no item `{head}`", Place("--set"), suggestion(head, names))])
    item = head if colon else None
    if item is not None and f"item.{fact}" in subject.facts:
        fact = f"item.{fact}"
    return item, stated_text(subject, fact, value.strip())


def stated_text(subject: Subject, fact: str, value: str, place: str = "--set") -> dict[str, Stated | None]:
    """A fact and a value as text, read as a case file would be.

    Raises:
        Refused: as for a case file.
    """
    # read as a case of one item, so that facts of items can be set without naming one
    text = f"sender.jurisdiction: {subject.bundle.heads[0].id}\nitems:\n  - {fact}: {value}\n"
    findings = Findings()
    case = read_case(read_document(Source(place, text)), subject.bundle.vocabulary, findings)
    _in_place(findings, place)
    found: dict[str, Stated | None] = dict(case.items[0].facts)
    return found or {fact: None}


def _in_place(findings: Findings, place: str) -> None:
    if findings.errors:
        raise Refused([Diagnostic(d.code, d.message, Place(place), d.help, d.severity) for d in findings.items])


def _change(subject: Subject, path: str, stated: Stated | None, item: str | None) -> Change:
    about = next((i for i in subject.case.items if i.id == item), subject.case.items[0])
    if stated is None:
        return Change(kind="state", fact=path, item=item, text=say("take back what is stated of {fact}", fact=path))
    change = change_of(subject, about, Step(path, stated.value))
    return change.model_copy(update={"kind": "state", "item": item, "text": f"{path} = {_shown(change.value)}"})


def _shown(value: object) -> str:
    return (
        f"[{', '.join(map(str, value))}]"
        if isinstance(value, list)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _items(before: Decision, after: Decision) -> tuple[ItemMove, ...]:
    pairs = zip(before.items, after.items, strict=True)
    return tuple(ItemMove(id=a.id, before=a.outcome, after=b.outcome, short=b.short) for a, b in pairs)


def _moves(before: Decision, after: Decision) -> tuple[ConditionMove, ...]:
    found = []
    for old, new in zip(before.items, after.items, strict=True):
        was, now = _standing(old), _standing(new)
        for key in dict.fromkeys([*was, *now]):
            one, other = was.get(key, ("absent", "")), now.get(key, ("absent", ""))
            if one[0] != other[0]:
                text = other[1] or one[1]
                found.append(ConditionMove(item=old.id, id=key[1], text=text, before=one[0], after=other[0]))
    return tuple(found)


def _standing(item: ItemDecision) -> dict[tuple[str, str], tuple[str, str]]:
    return {(c.rule, c.id): (c.status, c.text) for c in item.conditions}
