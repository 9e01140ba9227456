"""Ids, titles and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from ...rules.policy import Rule
from ...rules.source import Path_
from .check import Edit, Family, Found
from .subject import PolicySubject

family = Family()

LONGEST_TITLE = 140
_PLACEHOLDER = re.compile(r"(?:\b(?:TODO|FIXME|TBD|XXX|lorem ipsum)\b)|^(?:\?+|\.{3}|…)$")
_BINDING = re.compile(
    r"\b(?:must|shall|is obliged to|are obliged to|is prohibited|are prohibited|is forbidden|are forbidden)\b"
)
_ADVISING = re.compile(r"\b(?:should|is recommended|are recommended|is encouraged|are encouraged)\b")


@family.check("MS611")
def file_name(subject: PolicySubject) -> Iterator[Found]:
    """A policy's file is not named after it."""
    stem = PurePath(subject.text.source.name).stem
    name = subject.policy.id
    if not subject.text.source.name.startswith("<") and stem.lower() != name.lower():
        yield Found(("policy",), f"`{name}` lies in a file called `{stem}`", f"call the file `{name.lower()}.yaml`")


def _titles(subject: PolicySubject) -> Iterator[tuple[Path_, str, str]]:
    """Everything an answer or a question shows, with its path and what it is."""
    for path, rule in subject.rules():
        yield (*path, "title"), rule.title, "title"
    for path, _, condition in subject.conditions():
        yield (*path, "text"), condition.text, "text"
    for name, definition in subject.document.definitions.items():
        if definition.title:
            yield ("definitions", name, "title"), definition.title, "title"
    for name, fact in subject.document.facts.items():
        yield ("facts", name, "ask"), fact.ask, "question"


@family.check("MS612")
def long_title(subject: PolicySubject) -> Iterator[Found]:
    """A title too long to be read in a list."""
    for path, text, what in _titles(subject):
        if what == "title" and len(text) > LONGEST_TITLE:
            help_ = f"keep it under {LONGEST_TITLE}; what does not fit goes to `note`"
            yield Found(path, f"a title of {len(text)} characters", help_)


@family.check("MS613")
def full_stop(subject: PolicySubject) -> Iterator[Found]:
    """A title or a condition's text that ends with a full stop."""
    for path, text, what in _titles(subject):
        if what != "question" and text.rstrip().endswith(".") and not text.rstrip().endswith(("..", "etc.")):
            repaired = text.rstrip()[:-1]
            if "." not in repaired.split(" ")[-1]:
                yield Found(path, f"the {what} ends with a full stop", "remove it", (Edit(path, repaired),))


@family.check("MS614")
def same_title(subject: PolicySubject) -> Iterator[Found]:
    """Two rules under one title."""
    first: dict[str, Rule] = {}
    for path, rule in subject.rules():
        key = " ".join(rule.title.lower().split())
        if key in first:
            yield Found(
                (*path, "title"),
                f"`{first[key].id}` has the same title",
                "say what this rule is about that the other is not",
            )
        first.setdefault(key, rule)


@family.check("MS615")
def id_and_provision(subject: PolicySubject) -> Iterator[Found]:
    """A rule's id names another instrument or article than its source."""
    instruments = sorted(subject.document.instruments, key=len, reverse=True)
    for path, rule in subject.rules():
        named = next((i for i in instruments if rule.id.startswith(f"{i}-")), None)
        if named is None:
            continue
        own = [s for s in rule.source if s.instrument == named]
        if not own and rule.source:
            message = f"the id speaks of `{named}`, the source of `{rule.source[0].instrument}`"
            yield Found((*path, "id"), message, "name the rule after its provision, or correct the source")
            continue
        article = rule.id.removeprefix(f"{named}-").split("-")[0]
        articles = [s.article.lower() for s in own]
        plain = all(re.fullmatch(r"\d+[a-z]*", a) for a in (article, *articles))
        if own and plain and article not in articles:
            message = f"the id speaks of article {article}, the source of article {own[0].article}"
            yield Found((*path, "id"), message, "name the rule after its provision, or correct the source")


@family.check("MS616")
def placeholder(subject: PolicySubject) -> Iterator[Found]:
    """A title, text or question that is still to be written."""
    for path, text, what in _titles(subject):
        if _PLACEHOLDER.search(text.strip()) or not text.strip():
            yield Found(path, f"the {what} is still to be written", "write it: it stands in answers and questions")


@family.check("MS617")
def advice_as_duty(subject: PolicySubject) -> Iterator[Found]:
    """An `advise` written as if it bound."""
    for path, rule in subject.rules():
        word = _BINDING.search(rule.title)
        if rule.effect == "advise" and word:
            message = f"the title says `{word.group()}`, but an `advise` rule never changes an outcome"
            yield Found(
                (*path, "title"), message, "word it as advice (`should`), or give the rule the effect the law gives it"
            )


@family.check("MS618")
def duty_as_advice(subject: PolicySubject) -> Iterator[Found]:
    """A binding rule worded as advice."""
    for path, rule in subject.rules():
        word = _ADVISING.search(rule.title)
        if rule.effect in ("forbid", "oblige", "require") and word:
            message = f"the title says `{word.group()}`, but `{rule.effect}` binds"
            yield Found((*path, "title"), message, "word it as what it does, or write `effect: advise`")


@family.check("MS619")
def no_question_mark(subject: PolicySubject) -> Iterator[Found]:
    """A question without a question mark."""
    for name, fact in subject.document.facts.items():
        text = fact.ask.rstrip()
        if text and text[-1] not in "?;？" and not _PLACEHOLDER.search(text):
            path: Path_ = ("facts", name, "ask")
            yield Found(path, "a question ends with a question mark", "add it", (Edit(path, f"{text.rstrip('.')}?"),))
