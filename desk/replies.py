"""What a person types, as the value of a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import combining, normalize

from ..engine.wording import country, label_words
from ..languages.speaking import spoken, typed
from ..languages.words import say, term
from ..rules.diagnostics import nearest
from ..rules.vocabulary.facts import Fact, Vocabulary

YES = term("typed", "y|yes|true")
NO = term("typed", "n|no|false")
NONE = term("typed", "none|-|[]")
"""What may be typed; a translation adds its own, divided by `|`."""
FULL = 30
"""Values that are listed whole; of longer lists only the most general are, and a name or part of one finds the rest."""


class NotUnderstood(Exception):
    """The text is no value of the fact; `reason` says what is."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen, with how deep it lies under more general ones."""

    value: str
    label: str
    depth: int = 0


def options(fact: Fact, narrows: Any = None) -> list[Option]:
    """The values to choose from, each under the more general one it is a kind of."""
    if fact.tree is None:
        return []
    tree = fact.tree
    stated = narrows if isinstance(narrows, frozenset) else {narrows} if narrows is not None else set()
    within = frozenset[str]().union(*(tree.below[s] for s in stated)) if stated else frozenset(tree.values)
    found: list[Option] = []

    def add(name: str, depth: int) -> None:
        found.append(Option(name, spoken(label_words(fact, name)), depth))
        for child in tree.values:
            if tree.values[child].parent == name and child in within:
                add(child, depth + 1)

    for name in tree.values:
        if name in within and (name in stated or tree.values[name].parent not in within):
            add(name, 0)
    return [o for o in found if o.depth == 0] if len(found) > FULL else found


def parsed(fact: Fact, text: str, shown: list[Option], vocabulary: Vocabulary) -> Any:
    """The value that a text states.

    Raises:
        NotUnderstood: with a sentence that says what can be typed.
    """
    text = text.strip()
    if fact.kind == "boolean":
        return _boolean(text)
    if fact.kind in ("choice", "choices"):
        return _chosen(fact, text, shown)
    if fact.kind == "jurisdiction":
        return _state(text, vocabulary)
    if fact.kind == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise NotUnderstood(say("`{text}` is not a day; write it as YYYY-MM-DD", text=text)) from None
    try:
        number = float(text)
    except ValueError:
        raise NotUnderstood(say("`{text}` is not a number", text=text)) from None
    return int(number) if number.is_integer() else number


def _boolean(text: str) -> bool:
    if text.lower() in typed(YES):
        return True
    if text.lower() in typed(NO):
        return False
    problem = say("`{text}` is neither yes nor no; type y or n, or ? for what else can be typed", text=text)
    raise NotUnderstood(problem)


def _chosen(fact: Fact, text: str, shown: list[Option]) -> Any:
    if fact.kind == "choice":
        return _one(fact, text, shown)
    if text.lower() in typed(NONE):
        return frozenset()
    return frozenset(_one(fact, part.strip(), shown) for part in text.strip("[]").split(",") if part.strip())


def _one(fact: Fact, text: str, shown: list[Option]) -> str:
    if text.isdigit():
        if 1 <= int(text) <= len(shown):
            return shown[int(text) - 1].value
        raise NotUnderstood(
            say("there is no number {number} on the list; it has 1 to {last}", number=text, last=len(shown))
        )
    lowered = text.lower()
    if lowered.replace(" ", "_") in fact.values:
        return lowered.replace(" ", "_")
    labels = {v: spoken(label_words(fact, v)) for v in fact.values}
    hits = [v for v, label in labels.items() if _folded(text) in _folded(label) or lowered in v]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise NotUnderstood(_may_be(text, {v: labels[v] for v in hits}))
    near = nearest(text, fact.values)
    raise NotUnderstood(
        say("`{text}` is not on the list; did you mean `{near}`?", text=text, near=near)
        if near
        else say("`{text}` is not on the list; type its number, or part of its name", text=text)
    )


def _may_be(text: str, hits: Mapping[str, str]) -> str:
    """That a text fits several things."""
    names = ", ".join(f"{value} ({label})" for value, label in list(hits.items())[:8])
    return say("`{text}` may be: {names}", text=text, names=names)


def _folded(text: str) -> str:
    """A text without its accents, in small letters: what is typed in haste finds its name."""
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))


def _state(text: str, vocabulary: Vocabulary) -> str:
    if text.upper() in vocabulary.jurisdictions:
        return text.upper()
    names = {code: spoken(country(vocabulary.jurisdictions, code)) for code in vocabulary.jurisdictions}
    hits = [code for code, name in names.items() if _folded(text) in _folded(name)]
    exact = [code for code in hits if _folded(names[code]) == _folded(text)]
    if len(exact or hits) == 1:
        return (exact or hits)[0]
    if hits:
        raise NotUnderstood(_may_be(text, {c: names[c] for c in hits}))
    raise NotUnderstood(say("`{text}` is no State known here; type its two-letter code or its name", text=text))
