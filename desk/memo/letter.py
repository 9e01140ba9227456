"""Draft letters out of the conditions: the caveat clause, the request for undertakings, the word to the originator."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...engine.decision import ConditionStatus
from ...engine.wording import joined, lowered
from ...languages.words import AND
from ...rendering.report import Block, Heading, Paragraph, Quote
from ..package import Going, Package
from .conditions import Asked, asked
from .naming import GO, Naming, within

_HEADS = {
    "confidentiality": "Confidentiality",
    "use_restriction": "Use",
    "limitation": "Limits",
    "onward_consent": "Onward transmission",
    "authorisation": "Authorisation",
    "data_protection": "Data protection",
    "retention": "Retention",
    "return": "Return",
    "destruction": "Correction and destruction",
    "feedback": "Feedback",
    "notice": "Notice",
}
_GIVEN = {
    "Undertake": "undertaken", "Guarantee": "guaranteed", "Assure": "assured us", "Accept": "accepted", "Agree": "agreed",
    "Declare": "declared", "Acknowledge": "acknowledged", "Show": "shown",
}  # fmt: skip


def letters(naming: Naming, package: Package) -> list[Block]:
    """The drafts that this case needs; each to be read and signed by a person."""
    going = tuple(i for i in naming.decision.items if i.outcome in ("allow", "conditions"))
    if not going:
        return [Paragraph(f"Nothing may {GO[naming.decision.direction]} yet, so there is no letter to draft.")]
    found = [a for a in asked(going) if a.condition.status != "contingent"]
    theirs = [a for a in found if a.condition.bound == "receiver"]
    blocks: list[Block] = []
    if naming.decision.direction != "outgoing":
        blocks += _to_originator(naming, [a for a in found if a.condition.bound == "sender"])
    if naming.decision.direction != "use":
        blocks += _ahead([a for a in theirs if a.condition.stage == "before" and a.condition.status != "met"])
        blocks += _clause(naming, package, theirs)
    return blocks or [Paragraph("No letter is called for.")]


# -- to the receiver ------------------------------------------------------------------------------------------


def _ahead(open_: list[Asked]) -> list[Block]:
    """What the receiver is to confirm before anything goes."""
    if not open_:
        return []
    lines = ["Before we can send you the information, we ask you to confirm in writing that:"]
    ends = [";"] * (len(open_) - 1) + ["."]
    lines += [
        f"({_letter(n)}) you {lowered(a.condition.text)} ({a.cited}){end}"
        for n, (a, end) in enumerate(zip(open_, ends, strict=True))
    ]
    return [Heading(3, "To be asked of the receiver first"), Quote(tuple(lines))]


def _clause(naming: Naming, package: Package, theirs: list[Asked]) -> list[Block]:
    """The caveat clause of the cover letter."""
    kept = [a for a in theirs if a.condition.stage != "before"]
    given = [a for a in theirs if a.condition.stage == "before"]
    marks = _marks(package.going)
    passed = _from_originator(naming, more=bool(kept or given or marks))
    title = Heading(3, "Caveat clause for the cover letter")
    if not (kept or given or passed or marks):
        return [title, Paragraph("No condition binds the receiver, so the letter needs no caveat.")]
    points = [*passed, *_kept(naming, kept), *_given(given), *marks]
    points.append(
        "Should you be unable to keep to any of these terms, please tell us at once and make no use of the information "
        "before we have agreed on how to proceed."
    )
    numbered = [f"{number}. {text}" for number, text in enumerate(points, 1)]
    return [title, Quote((_opening(naming, package), *numbered))]


def _opening(naming: Naming, package: Package) -> str:
    """What is sent, in what way, on what basis, and for what."""
    names = joined((f"`{g.id}`" for g in package.going), AND)
    onward = naming.decision.direction == "onward"
    how = {
        "spontaneous": " of our own accord, without a request from you,",
        "on_request": " in reply to your request,",
    }.get(str(naming.case.value("mode")), "")
    basis = joined(dict.fromkeys(str(g.sources[0]) for g in package.going if g.sources), AND)
    purpose = naming.stated("purpose")
    text = f"We {'pass on to' if onward else 'send'} you{how} the information enclosed ({names})"
    text += f" on the basis of {basis}" if basis else ""
    text += f". It is meant for the following purpose: {purpose}" if purpose else ""
    return f"{text}. The following terms go with it and bind you as the receiving authority:"


def _kept(naming: Naming, kept: list[Asked]) -> list[str]:
    """The terms the receiver keeps, kind by kind."""
    order = [*_HEADS, *(a.condition.kind for a in kept)]
    return [
        f"{_HEADS.get(kind, 'Further terms')}. {' '.join(_please(naming, a) for a in kept if a.condition.kind == kind)}"
        for kind in dict.fromkeys(order)
        if any(a.condition.kind == kind for a in kept)
    ]


def _please(naming: Naming, asked: Asked) -> str:
    c = asked.condition
    until = f"; this holds until {c.until}" if c.until else ""
    due = f", {within(c.due, naming.decision.as_of)}" if c.due else ""
    text = f"{lowered(c.text)}{due}{until}".replace("the sender asked", "we ask").replace("the sender set", "we set")
    return f"Please {text} ({asked.cited}).{_blank(c)}"


def _blank(condition: ConditionStatus) -> str:
    """A blank for what a condition leaves to the sender's own words; nobody else can say what was asked."""
    if not re.search(r"\bas asked\b|\blimits stated\b|\bconditions\b|\brestrictions\b", condition.text):
        return ""
    return {"confidentiality": " [Say here what is to be kept confidential, from whom, and for how long.]"}.get(
        condition.kind, " [Set out the limits and conditions here.]"
    )


def _given(given: list[Asked]) -> list[str]:
    """What the receiver promised before, and the sender relies on."""
    if not given:
        return []
    said = [
        f"({_letter(n)}) {_promise(a.condition)} ({a.cited}){'' if a.condition.status == 'met' else ' [to be given first]'}"
        for n, a in enumerate(given)
    ]
    return [f"Undertakings. We rely on your word, given before this transmission: {'; '.join(said)}."]


def _promise(condition: ConditionStatus) -> str:
    first, _, rest = condition.text.partition(" ")
    return (
        f"you have {_GIVEN[first]} {rest}"
        if first in _GIVEN
        else f"you have accepted this term: {lowered(condition.text)}"
    )


def _marks(going: Iterable[Going]) -> list[str]:
    """The handling marks that stand on the documents, beyond what the words above say."""
    found = dict.fromkeys(m.text for g in going for m in g.marks if m.code != "caveat")
    return (
        [f"Handling marks. The documents bear, and are to be handled by, these marks: {'; '.join(found)}."]
        if found
        else []
    )


# -- the originator -------------------------------------------------------------------------------------------


def _from_originator(naming: Naming, *, more: bool) -> list[str]:
    """The originator's own terms, which travel on with what is passed on."""
    if naming.decision.direction != "onward":
        return []
    country = naming.country("origin") or "another State"
    terms = {
        "received.confidentiality_requested": "asked that it be kept confidential",
        "received.use_restricted": "limited its use",
        "received.onward_consent_needed": "made its passing on depend on its consent",
    }
    said = [words for path, words in terms.items() if naming.case.value(path) is True]
    rest = f", which {joined(said, AND)}; please keep to that as we do" if said else ""
    return [] if not (rest or more) else [f"Origin. The information comes from {country}{rest}."]


def _to_originator(naming: Naming, mine: list[Asked]) -> list[Block]:
    """The notice, or the request for consent, to whoever the information came from."""
    open_ = [
        a
        for a in mine
        if a.condition.kind in ("notice", "onward_consent", "consultation") and a.condition.status != "met"
    ]
    if not open_:
        return []
    day = naming.stated("received.on")
    got = f"the information that you sent us{f' on {day}' if day else ''}"
    meant = naming.stated("intended_use")
    to = f"to {naming.who('receiver')}" if naming.decision.direction == "onward" else ""
    plan = f"pass on {got} {to}" if to else f"use {got}" + (f" in this way: {meant}" if meant else "")
    lines = [f"We intend to {plan}."]
    if any(a.condition.kind == "onward_consent" for a in open_):
        lines.append(
            f"We ask for your consent, in writing ({_of(open_, 'onward_consent')}). We shall wait for your answer."
        )
    if any(a.condition.kind == "notice" for a in open_):
        early = any(a.condition.stage == "before" for a in open_ if a.condition.kind == "notice")
        lines.append(f"We give you notice of this{' beforehand' if early else ''} ({_of(open_, 'notice')}).")
    if any(a.condition.kind == "consultation" for a in open_):
        lines.append(f"We are ready to consult with you, and ask for your views ({_of(open_, 'consultation')}).")
    return [Heading(3, "To the originator"), Paragraph(f"To {naming.who('origin')}:"), Quote(tuple(lines))]


def _of(some: list[Asked], kind: str) -> str:
    return "; ".join(dict.fromkeys(a.cited for a in some if a.condition.kind == kind))


def _letter(number: int) -> str:
    return chr(ord("a") + number % 26)
