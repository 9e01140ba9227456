"""Draft letters out of the conditions: the caveat clause, the request for undertakings, the word to the originator."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...engine.decision import ConditionStatus
from ...engine.wording import joined, lowered, of_direction
from ...languages.words import AND, SEMICOLON, changed, instead, listed, say, term
from ...rendering.report import Block, Heading, Paragraph, Quote
from ..package import Going, Package
from .conditions import Asked, asked
from .naming import Naming, within

_HEADS = {
    "confidentiality": term("letter", "Confidentiality"),
    "use_restriction": term("letter", "Use"),
    "limitation": term("letter", "Limits"),
    "onward_consent": term("letter", "Onward transmission"),
    "authorisation": term("letter", "Authorisation"),
    "data_protection": term("letter", "Data protection"),
    "retention": term("letter", "Retention"),
    "return": term("letter", "Return"),
    "destruction": term("letter", "Correction and destruction"),
    "feedback": term("letter", "Feedback"),
    "notice": term("letter", "Notice"),
}
_GIVEN = {
    "Undertake": "undertaken", "Guarantee": "guaranteed", "Assure": "assured us", "Accept": "accepted", "Agree": "agreed",
    "Declare": "declared", "Acknowledge": "acknowledged", "Show": "shown",
}  # fmt: skip


_NOTHING = {
    "outgoing": say("Nothing may go yet, so there is no letter to draft."),
    "use": say("Nothing may be used yet, so there is no letter to draft."),
    "onward": say("Nothing may be passed on yet, so there is no letter to draft."),
}


def letters(naming: Naming, package: Package) -> list[Block]:
    """The drafts that this case needs; each to be read and signed by a person."""
    going = tuple(i for i in naming.decision.items if i.outcome in ("allow", "conditions"))
    if not going:
        return [Paragraph(of_direction(_NOTHING, naming.decision.direction))]
    found = [a for a in asked(going) if a.condition.status != "contingent"]
    theirs = [a for a in found if a.condition.bound == "receiver"]
    blocks: list[Block] = []
    if naming.decision.direction != "outgoing":
        blocks += _to_originator(naming, [a for a in found if a.condition.bound == "sender"])
    if naming.decision.direction != "use":
        blocks += _ahead([a for a in theirs if a.condition.stage == "before" and a.condition.status != "met"])
        blocks += _clause(naming, package, theirs)
    return blocks or [Paragraph(say("No letter is called for."))]


# -- to the receiver ------------------------------------------------------------------------------------------


def _ahead(open_: list[Asked]) -> list[Block]:
    """What the receiver is to confirm before anything goes."""
    if not open_:
        return []
    lines: list[str] = [say("Before we can send you the information, we ask you to confirm in writing that:")]
    for number, one in enumerate(open_, 1):
        said = {"letter": _letter(number - 1), "provisions": one.cited, "condition": _lowered(one.condition)}
        lines.append(
            say("({letter}) you {condition} ({provisions});", **said)
            if number < len(open_)
            else say("({letter}) you {condition} ({provisions}).", **said)
        )
    return [Heading(3, say("To be asked of the receiver first")), Quote(tuple(lines))]


def _lowered(condition: ConditionStatus) -> str:
    return changed(condition.text, lowered)


def _clause(naming: Naming, package: Package, theirs: list[Asked]) -> list[Block]:
    """The caveat clause of the cover letter."""
    kept = [a for a in theirs if a.condition.stage != "before"]
    given = [a for a in theirs if a.condition.stage == "before"]
    marks = _marks(package.going)
    passed = _from_originator(naming, more=bool(kept or given or marks))
    title = Heading(3, say("Caveat clause for the cover letter"))
    if not (kept or given or passed or marks):
        return [title, Paragraph(say("No condition binds the receiver, so the letter needs no caveat."))]
    points = [*passed, *_kept(naming, kept), *_given(given), *marks]
    points.append(
        say(
            "Should you be unable to keep to any of these terms, please tell us at once and make no use of the information "
            "before we have agreed on how to proceed."
        )
    )
    numbered = [say("{number}. {text}", number=number, text=text) for number, text in enumerate(points, 1)]
    return [title, Quote((_opening(naming, package), *numbered))]


def _opening(naming: Naming, package: Package) -> str:
    """What is sent, in what way, on what basis, and for what."""
    names = joined((f"`{g.id}`" for g in package.going), AND)
    sentences: list[str] = [_sending(naming, names)]
    basis = joined(dict.fromkeys(str(g.sources[0]) for g in package.going if g.sources), AND)
    if basis:
        sentences = [say("{sentence} on the basis of {provisions}", sentence=sentences[0], provisions=basis)]
    purpose = naming.stated("purpose")
    if purpose:
        sentences.append(say("It is meant for the following purpose: {purpose}", purpose=purpose))
    sentences.append(say("The following terms go with it and bind you as the receiving authority:"))
    return listed(sentences, ". ")


def _sending(naming: Naming, names: str) -> str:
    """That it is sent, or passed on, and whether unasked."""
    mode = str(naming.case.value("mode"))
    if naming.decision.direction == "onward":
        if mode == "spontaneous":
            return say(
                "We pass on to you of our own accord, without a request from you, the information enclosed ({items})",
                items=names,
            )
        if mode == "on_request":
            return say("We pass on to you in reply to your request, the information enclosed ({items})", items=names)
        return say("We pass on to you the information enclosed ({items})", items=names)
    if mode == "spontaneous":
        return say(
            "We send you of our own accord, without a request from you, the information enclosed ({items})", items=names
        )
    if mode == "on_request":
        return say("We send you in reply to your request, the information enclosed ({items})", items=names)
    return say("We send you the information enclosed ({items})", items=names)


def _kept(naming: Naming, kept: list[Asked]) -> list[str]:
    """The terms the receiver keeps, kind by kind."""
    order = [*_HEADS, *(a.condition.kind for a in kept)]
    return [
        listed(
            (
                say("{head}.", head=_HEADS.get(kind, say("Further terms"))),
                *(_please(naming, a) for a in kept if a.condition.kind == kind),
            ),
            " ",
        )
        for kind in dict.fromkeys(order)
        if any(a.condition.kind == kind for a in kept)
    ]


def _please(naming: Naming, asked: Asked) -> str:
    c = asked.condition
    text: str = instead(_ours(lowered(c.text)), _lowered(c))
    if c.due:
        text = say("{condition}, {limit}", condition=text, limit=within(c.due, naming.decision.as_of))
    if c.until:
        text = say("{condition}; this holds until {end}", condition=text, end=instead(_ours(c.until), c.until))
    text = say("Please {condition} ({provisions}).", condition=text, provisions=asked.cited)
    blank = _blank(c)
    return listed((text, blank), " ") if blank else text


def _ours(text: str) -> str:
    return text.replace("the sender asked", "we ask").replace("the sender set", "we set")


def _blank(condition: ConditionStatus) -> str:
    """A blank for what a condition leaves to the sender's own words; nobody else can say what was asked."""
    if not re.search(r"\bas asked\b|\blimits stated\b|\bconditions\b|\brestrictions\b", condition.text):
        return ""
    if condition.kind == "confidentiality":
        return say("[Say here what is to be kept confidential, from whom, and for how long.]")
    return say("[Set out the limits and conditions here.]")


def _given(given: list[Asked]) -> list[str]:
    """What the receiver promised before, and the sender relies on."""
    if not given:
        return []
    said = []
    for number, one in enumerate(given):
        parts = {"letter": _letter(number), "promise": _promise(one.condition), "provisions": one.cited}
        said.append(
            say("({letter}) {promise} ({provisions})", **parts)
            if one.condition.status == "met"
            else say("({letter}) {promise} ({provisions}) [to be given first]", **parts)
        )
    terms = listed(said, SEMICOLON)
    return [say("Undertakings. We rely on your word, given before this transmission: {terms}.", terms=terms)]


def _promise(condition: ConditionStatus) -> str:
    accepted = say("you have accepted this term: {condition}", condition=_lowered(condition))
    first, _, rest = condition.text.partition(" ")
    return instead(f"you have {_GIVEN[first]} {rest}", accepted) if first in _GIVEN else accepted


def _marks(going: Iterable[Going]) -> list[str]:
    """The handling marks that stand on the documents, beyond what the words above say."""
    found = dict.fromkeys(m.text for g in going for m in g.marks if m.code != "caveat")
    if not found:
        return []
    marks = listed(found, SEMICOLON)
    return [say("Handling marks. The documents bear, and are to be handled by, these marks: {marks}.", marks=marks)]


# -- the originator -------------------------------------------------------------------------------------------


def _from_originator(naming: Naming, *, more: bool) -> list[str]:
    """The originator's own terms, which travel on with what is passed on."""
    if naming.decision.direction != "onward":
        return []
    country = naming.country("origin") or say("another State")
    terms = {
        "received.confidentiality_requested": say("asked that it be kept confidential"),
        "received.use_restricted": say("limited its use"),
        "received.onward_consent_needed": say("made its passing on depend on its consent"),
    }
    said = [words for path, words in terms.items() if naming.case.value(path) is True]
    if said:
        return [
            say(
                "Origin. The information comes from {state}, which {terms}; please keep to that as we do.",
                state=country,
                terms=joined(said, AND),
            )
        ]
    return [say("Origin. The information comes from {state}.", state=country)] if more else []


def _to_originator(naming: Naming, mine: list[Asked]) -> list[Block]:
    """The notice, or the request for consent, to whoever the information came from."""
    open_ = [
        a
        for a in mine
        if a.condition.kind in ("notice", "onward_consent", "consultation") and a.condition.status != "met"
    ]
    if not open_:
        return []
    lines = [_plan(naming)]
    if any(a.condition.kind == "onward_consent" for a in open_):
        lines.append(
            say(
                "We ask for your consent, in writing ({provisions}). We shall wait for your answer.",
                provisions=_of(open_, "onward_consent"),
            )
        )
    if any(a.condition.kind == "notice" for a in open_):
        early = any(a.condition.stage == "before" for a in open_ if a.condition.kind == "notice")
        by = _of(open_, "notice")
        lines.append(
            say("We give you notice of this beforehand ({provisions}).", provisions=by)
            if early
            else say("We give you notice of this ({provisions}).", provisions=by)
        )
    if any(a.condition.kind == "consultation" for a in open_):
        by = _of(open_, "consultation")
        lines.append(say("We are ready to consult with you, and ask for your views ({provisions}).", provisions=by))
    to = say("To {who}:", who=naming.who("origin"))
    return [Heading(3, say("To the originator")), Paragraph(to), Quote(tuple(lines))]


def _plan(naming: Naming) -> str:
    """What is meant to be done with what was received."""
    day = naming.stated("received.on")
    got = say("the information that you sent us on {day}", day=day) if day else say("the information that you sent us")
    if naming.decision.direction == "onward":
        return say("We intend to pass on {information} to {who}.", information=got, who=naming.who("receiver"))
    meant = naming.stated("intended_use")
    if meant:
        return say("We intend to use {information} in this way: {use}.", information=got, use=meant)
    return say("We intend to use {information}.", information=got)


def _of(some: list[Asked], kind: str) -> str:
    return listed(dict.fromkeys(a.cited for a in some if a.condition.kind == kind), SEMICOLON)


def _letter(number: int) -> str:
    return chr(ord("a") + number % 26)
