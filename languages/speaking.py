"""Which language is spoken, and its catalogue. English has none, and loads nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from .words import Phrase, Speaker

if TYPE_CHECKING:
    from gettext import GNUTranslations

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "fr": "français", "es": "español"}
CATALOGUES = ("interface", "vocabulary")
_speaker: ContextVar[Speaker | None] = ContextVar("speaker", default=None)


def chosen(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the surroundings (LC_ALL, LC_MESSAGES, LANG, the first that is set); English if it is none of ours."""
    locale = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(n))), "")
    code = locale.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else ENGLISH


def speak(language: str) -> None:
    """Say what is shown from now on in a language (a key of LANGUAGES)."""
    _speaker.set(None if language == ENGLISH else speaker(language))


def language() -> str:
    """The language spoken now."""
    now = _speaker.get()
    return ENGLISH if now is None else now.code


def spoken(text: str) -> str:
    """A text in the language spoken now."""
    now = _speaker.get()
    return text if now is None or not isinstance(text, Phrase) else text.into(now)


def typed(phrase: str) -> tuple[str, ...]:
    """What may be typed for a command, in English or the language spoken; alternatives are divided by `|`."""
    return tuple(dict.fromkeys((*phrase.split("|"), *spoken(phrase).split("|"))))


@dataclass(frozen=True)
class Catalogue:
    """A language with its catalogues; days and States by the Unicode locale data that babel brings."""

    code: str
    translations: GNUTranslations

    def template(self, context: str, text: str) -> str:
        """See `Speaker`."""
        return self.translations.pgettext(context, text) if context else self.translations.gettext(text)

    def counted(self, one: str, several: str, number: int) -> str:
        """See `Speaker`."""
        return self.translations.ngettext(one, several, number)

    def day(self, day: date) -> str:
        """See `Speaker`."""
        from babel.dates import format_date

        said = format_date(day, "long", locale=self.code)
        return (
            f"1er{said[1:]}" if self.code == "fr" and day.day == 1 else said
        )  # the locale data leaves the ordinal out

    def state(self, code: str, name: str) -> str:
        """See `Speaker`: the catalogue's where it has one, else the locale data's."""
        from babel import Locale

        said = self.template(code, name)
        ours = said is not name or (
            code.startswith("X") and code != "XK"
        )  # which the locale data takes for something else
        return said if ours else str(Locale(self.code).territories.get(code, name))


@cache
def speaker(code: str) -> Speaker:
    """The catalogue of a language."""
    from gettext import GNUTranslations
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    # compiled as they are read: there is no second file that could be older than what was translated
    found: GNUTranslations | None = None
    for name in CATALOGUES:
        compiled = BytesIO()
        with (files(__package__) / code / f"{name}.po").open("rb") as file:
            write_mo(compiled, read_po(file, locale=code))
        compiled.seek(0)
        one = GNUTranslations(compiled)
        if found is None:
            found = one
        else:
            found.add_fallback(one)
    assert found is not None
    return Catalogue(code, found)
