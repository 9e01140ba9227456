"""English text that keeps how it was made, so that it can be said in another language when it is shown.

What decides makes its sentences with `say` and `count` and hands them on like any text; JSON, receipts and comparisons see the
English. Only what shows them asks for another language. `make messages` collects the templates, so they are written as literals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Protocol

from pydantic import ValidatorFunctionWrapHandler, WrapValidator


class Speaker(Protocol):
    """A language that is not English."""

    @property
    def code(self) -> str:
        """Its code, as `fr`."""

    def template(self, context: str, text: str) -> str:
        """A template (or a whole text) in this language; in English where there is none."""

    def counted(self, one: str, several: str, number: int) -> str:
        """A template for a number of things."""

    def day(self, day: date) -> str:
        """A day in words."""

    def state(self, code: str, name: str) -> str:
        """The name of a jurisdiction."""


class Phrase(str):
    """English text that another language can say; otherwise text like any other."""

    __slots__ = ()

    def into(self, speaker: Speaker) -> str:
        """This text in another language."""
        raise NotImplementedError


class _Said(Phrase):
    __slots__ = ("context", "parts", "template")
    context: str
    template: str
    parts: Mapping[str, Any]

    def into(self, speaker: Speaker) -> str:
        return _filled(speaker.template(self.context, self.template), self.parts, speaker)


class _Counted(Phrase):
    __slots__ = ("number", "one", "parts", "several")
    one: str
    several: str
    number: int
    parts: Mapping[str, Any]

    def into(self, speaker: Speaker) -> str:
        return _filled(speaker.counted(self.one, self.several, self.number), self.parts, speaker)


class _Listed(Phrase):
    __slots__ = ("last", "parts", "separator")
    parts: tuple[str, ...]
    separator: str
    last: str

    def into(self, speaker: Speaker) -> str:
        between, last = part_of(self.separator, speaker), part_of(self.last, speaker)
        return _listing([part_of(p, speaker) for p in self.parts], between, last)


class _Changed(Phrase):
    __slots__ = ("change", "text")
    text: str
    change: Callable[[str], str]

    def into(self, speaker: Speaker) -> str:
        return self.change(part_of(self.text, speaker))


class _Versions(Phrase):
    __slots__ = ("others",)
    others: Mapping[str, str]

    def into(self, speaker: Speaker) -> str:
        return self.others.get(speaker.code, str(self))


class _Day(Phrase):
    __slots__ = ("day",)
    day: date

    def into(self, speaker: Speaker) -> str:
        return speaker.day(self.day)


class _Instead(Phrase):
    __slots__ = ("other",)
    other: str

    def into(self, speaker: Speaker) -> str:
        return str(part_of(self.other, speaker))


class _State(Phrase):
    __slots__ = ("code",)
    code: str

    def into(self, speaker: Speaker) -> str:
        return speaker.state(self.code, str(self))


def say(template: str, /, **parts: Any) -> Phrase:
    """A sentence with named places: `say("{item} may be sent", item=…)`. A day is written as the language does."""
    return term("", template, **parts)


def term(context: str, template: str, /, **parts: Any) -> Phrase:
    """A text that means something only in its context: a fact's question, a value's label."""
    phrase = _Said(template.format(**parts) if parts else template)
    phrase.context, phrase.template, phrase.parts = context, template, parts
    return phrase


def fill(template: str, /, **parts: Any) -> Phrase:
    """A sentence whose template was collected elsewhere, where it is written down with `say`."""
    return term("", template, **parts)


def count(one: str, several: str, number: int, /, **parts: Any) -> Phrase:
    """A sentence about a number of things, which stands as `{n}`."""
    parts["n"] = number
    phrase = _Counted((one if number == 1 else several).format(**parts))
    phrase.one, phrase.several, phrase.number, phrase.parts = one, several, number, parts
    return phrase


def pair(one: str, several: str) -> tuple[str, str]:
    """The two templates of a `count` that is made elsewhere."""
    return one, several


AND, OR = say("{most} and {last}"), say("{most} or {last}")
SEMICOLON = term("between", "; ")


def listed(parts: Iterable[str], separator: str = ", ", last: str = "") -> Phrase:
    """Texts in a row; `last` (AND, OR) is how the last one is joined, `separator` may be SEMICOLON."""
    kept = tuple(parts)
    phrase = _Listed(_listing(kept, separator, last))
    phrase.parts, phrase.separator, phrase.last = kept, separator, last
    return phrase


def changed(text: str, change: Callable[[str], str]) -> Phrase:
    """A text altered in its letters alone, whatever its language: `change` is a function of a module."""
    phrase = _Changed(change(text))
    phrase.text, phrase.change = text, change
    return phrase


def versions(text: str, others: Mapping[str, str]) -> str:
    """A text that its author gives in other languages too, by their codes."""
    if not others:
        return text
    phrase = _Versions(text)
    phrase.others = others
    return phrase


def day_of(day: date, english: str = "") -> Phrase:
    """A day: in English as given, else as ISO 8601 writes it."""
    phrase = _Day(english or day.isoformat())
    phrase.day = day
    return phrase


def instead(english: str, other: str) -> Phrase:
    """A text whose English bends someone's own words as only English can; other languages say `other`."""
    phrase = _Instead(english)
    phrase.other = other
    return phrase


def state_name(code: str, name: str) -> Phrase:
    """A jurisdiction's name."""
    phrase = _State(name)
    phrase.code = code
    return phrase


def part_of(value: Any, speaker: Speaker) -> Any:
    """What stands in a sentence, in its language."""
    if isinstance(value, Phrase):
        return value.into(speaker)
    return speaker.day(value) if isinstance(value, date) else value


def _filled(template: str, parts: Mapping[str, Any], speaker: Speaker) -> str:
    return template.format(**{n: part_of(p, speaker) for n, p in parts.items()}) if parts else template


def _listing(parts: tuple[str, ...] | list[str], separator: str, last: str) -> str:
    if not last or len(parts) < 2:
        return separator.join(parts)
    return last.format(most=separator.join(parts[:-1]), last=parts[-1])


def _kept(value: Any, plain: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Phrase) else plain(value)


Worded = Annotated[str, WrapValidator(_kept)]
"""A field that holds text for people: a phrase stays one (pydantic would make plain text of it)."""
