"""Handling marks: what each item must carry, and where marks and conditions contradict each other.

Meanings of the Europol codes and of TLP and PAP are those of the vocabulary, which names their source. TLP and PAP come from
the computer-security community: between authorities they are a request, which the receiver is asked to keep to.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..engine.decision import ConditionStatus, ItemDecision, Part, SourceText, standing
from ..engine.wording import label_words
from ..languages.words import AND, Worded, count, listed, say
from ..rules.vocabulary.facts import Vocabulary
from .nearby import Values

TLP_NARROW_FIRST = ("tlp_red", "tlp_amber_strict", "tlp_amber", "tlp_green", "tlp_clear")
PAP_NARROW_FIRST = ("pap_red", "pap_amber", "pap_green", "pap_clear")
EUROPOL = ("europol_h0", "europol_h1", "europol_h2", "europol_h3")
SAID = {
    "confidentiality": "caveat.confidentiality_stated",
    "use_restriction": "caveat.use_limit_stated",
    "onward_consent": "caveat.onward_limit_stated",
}
"""The facts by which a case says that the words go with it."""
NOTICED = {"evidence_in_court", "provisional_measure", "final_decision", "publication", "file_access"}


class Mark(Part):
    """A mark that an item must carry, and the condition it carries out."""

    code: str = Field(description="A handling code, or `caveat` for words in the cover letter")
    text: Worded
    condition: str | None = None
    source: SourceText | None = None
    stated: bool = Field(description="Whether the case puts it on the item already")
    words: tuple[Worded, ...] = Field((), description="What the conditions say that a code carries out")


class Contradiction(Part):
    """Two things about an item that cannot both stand."""

    kind: Literal["two_marks", "mark_wider_than_condition", "mark_against_use", "mark_dropped"]
    text: Worded
    sources: tuple[SourceText, ...] = ()


def marks_of(item: ItemDecision, values: Values, vocabulary: Vocabulary) -> tuple[Mark, ...]:
    """The marks that an item's conditions call for, and those it bears already."""
    stated: frozenset[str] = values.get("item.handling_codes") or frozenset()
    labels = vocabulary.facts["item.handling_codes"] if "item.handling_codes" in vocabulary else None
    found: dict[str, Mark] = {}
    if values.get("channel") == "siena" and labels is not None:
        found["europol_h0"] = Mark(
            code="europol_h0", text=label_words(labels, "europol_h0"), stated="europol_h0" in stated
        )
    for condition in bearing(item):
        code = code_for(condition) if labels is not None and europol(values) else "caveat"
        said = code == "caveat" and values.get(SAID.get(condition.kind, "")) is True
        done = code in stated or condition.status == "met" or said
        if code == "caveat" or labels is None:
            text, words = condition.text, tuple[str, ...]()
        else:
            text, words = label_words(labels, code), (*(found[code].words if code in found else ()), condition.text)
        mark = Mark(code=code, text=text, condition=condition.id, source=condition.source, stated=done, words=words)
        found[condition.id if code == "caveat" else code] = mark
    originators = values.get("received.handling_codes") or frozenset()
    for code in sorted(stated | originators):
        if labels is not None:
            found.setdefault(code, Mark(code=code, text=label_words(labels, code), stated=code in stated))
    return tuple(found.values())


def europol(values: Values) -> bool:
    """Whether Europol's codes are in use: it goes over Europol's channel, or bears such codes already."""
    return values.get("channel") == "siena" or bool((values.get("item.handling_codes") or frozenset()) & set(EUROPOL))


def bearing(item: ItemDecision) -> list[ConditionStatus]:
    """The conditions that travel with an item: those that bind the receiver, on the gateway that asks least."""
    kinds = (
        "confidentiality",
        "use_restriction",
        "onward_consent",
        "limitation",
        "retention",
        "return",
        "destruction",
        "marking",
    )
    return [c for c in standing(item) if c.kind in kinds and (c.bound == "receiver" or c.kind == "marking")]


def code_for(condition: ConditionStatus) -> str:
    """The Europol code of a condition: H1 against use as evidence, H2 against passing on, else words."""
    if condition.kind == "onward_consent":
        return "europol_h2"
    if any("no_evidence_use" in path for path in condition.met_by):
        return "europol_h1"
    return "caveat"


def contradictions(item: ItemDecision, values: Values) -> tuple[Contradiction, ...]:
    """Marks against each other, against conditions, against the use that is meant, and against the originator's marks."""
    codes: frozenset[str] = values.get("item.handling_codes") or frozenset()
    found: list[Contradiction] = []
    for scheme, name in ((TLP_NARROW_FIRST, "TLP"), (PAP_NARROW_FIRST, "PAP")):
        several = [c for c in scheme if c in codes]
        if len(several) > 1:
            text = say(
                "one {scheme} mark at a time: it bears {marks}; the narrower is {narrower}",
                scheme=name,
                marks=listed(several, last=AND),
                narrower=several[0],
            )
            found.append(Contradiction(kind="two_marks", text=text))
    found += _too_wide(item, codes)
    found += _against_use(codes, values)
    dropped = (values.get("received.handling_codes") or frozenset()) - codes
    if dropped and "item.handling_codes" in values:
        text = count(
            "the originator's mark {marks} is not carried on",
            "the originator's mark {marks} is not carried on",
            len(dropped),
            marks=", ".join(sorted(dropped)),
        )
        found.append(Contradiction(kind="mark_dropped", text=text))
    return tuple(found)


def _too_wide(item: ItemDecision, codes: frozenset[str]) -> list[Contradiction]:
    found = []
    europol = bool(codes & set(EUROPOL))
    for condition in bearing(item):
        wide = (
            codes & {"tlp_clear", "tlp_green"}
            if condition.kind in ("onward_consent", "confidentiality")
            else frozenset()
        )
        if wide:
            text = count(
                "{marks} lets it go further than `{condition}` does: {text}",
                "{marks} lets it go further than `{condition}` does: {text}",
                len(wide),
                marks=", ".join(sorted(wide)),
                condition=condition.id,
                text=condition.text,
            )
            found.append(_wider(text, condition))
        code = code_for(condition)
        if europol and code in ("europol_h1", "europol_h2") and code not in codes:
            text = say(
                "it bears Europol codes but not {mark}, which `{condition}` calls for",
                mark=code,
                condition=condition.id,
            )
            found.append(_wider(text, condition))
    return found


def _wider(text: str, condition: ConditionStatus) -> Contradiction:
    return Contradiction(
        kind="mark_wider_than_condition", text=text, sources=(condition.source,) if condition.source else ()
    )


def _against_use(codes: frozenset[str], values: Values) -> list[Contradiction]:
    uses: Any = values.get("intended_use") or frozenset()
    found = []
    if "europol_h1" in codes and uses & {"evidence_in_court", "final_decision"}:
        found.append(say("europol_h1 keeps it out of court, and it is meant as evidence"))
    if "pap_red" in codes and uses & NOTICED:
        noticed = ", ".join(sorted(uses & NOTICED))
        found.append(say("pap_red allows no act that can be noticed, and such a use is meant: {uses}", uses=noticed))
    if "tlp_red" in codes and uses & {"publication", "file_access"}:
        found.append(say("tlp_red keeps it to the person who receives it, and it is meant to be shown to others"))
    return [Contradiction(kind="mark_against_use", text=text) for text in found]
