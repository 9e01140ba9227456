"""What a person types, as the value of a fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..rules.diagnostics import nearest
from ..rules.vocabulary.facts import Fact, Vocabulary

YES = ("y", "yes", "true")
NO = ("n", "no", "false")
NONE = ("none", "-", "[]")
FULL = 30
"""Values that are listed whole; of longer lists only the most general are, and a name or part of one finds the rest."""


class NotUnderstood(Exception):
    """The text is no value of the fact; the message says what is."""


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
        found.append(Option(name, tree.values[name].label, depth))
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
            raise NotUnderstood(f"`{text}` is not a day; write it as YYYY-MM-DD") from None
    try:
        number = float(text)
    except ValueError:
        raise NotUnderstood(f"`{text}` is not a number") from None
    return int(number) if number.is_integer() else number


def _boolean(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise NotUnderstood(f"`{text}` is neither yes nor no; type y or n, or ? for what else can be typed")


def _chosen(fact: Fact, text: str, shown: list[Option]) -> Any:
    if fact.kind == "choice":
        return _one(fact, text, shown)
    if text.lower() in NONE:
        return frozenset()
    return frozenset(_one(fact, part.strip(), shown) for part in text.strip("[]").split(",") if part.strip())


def _one(fact: Fact, text: str, shown: list[Option]) -> str:
    if text.isdigit():
        if 1 <= int(text) <= len(shown):
            return shown[int(text) - 1].value
        raise NotUnderstood(f"there is no number {text} on the list; it has 1 to {len(shown)}")
    lowered = text.lower()
    if lowered.replace(" ", "_") in fact.values:
        return lowered.replace(" ", "_")
    assert fact.tree is not None
    hits = [v for v, o in fact.tree.values.items() if lowered in o.label.lower() or lowered in v]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise NotUnderstood(f"`{text}` may be: " + ", ".join(f"{v} ({fact.label(v)})" for v in hits[:8]))
    near = nearest(text, fact.values)
    raise NotUnderstood(
        f"`{text}` is not on the list"
        + (f"; did you mean `{near}`?" if near else "; type its number, or part of its name")
    )


def _state(text: str, vocabulary: Vocabulary) -> str:
    if text.upper() in vocabulary.jurisdictions:
        return text.upper()
    hits = [code for code, name in vocabulary.jurisdictions.items() if text.lower() in name.lower()]
    exact = [code for code in hits if vocabulary.jurisdictions[code].lower() == text.lower()]
    if len(exact or hits) == 1:
        return (exact or hits)[0]
    if hits:
        raise NotUnderstood(f"`{text}` may be: " + ", ".join(f"{c} ({vocabulary.jurisdictions[c]})" for c in hits[:8]))
    raise NotUnderstood(f"`{text}` is no State known here; type its two-letter code or its name")
