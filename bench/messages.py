"""Collects what is to be translated, and brings the catalogues up to it: `make messages`.

`interface` holds the sentences that the code makes (`say`, `term`, `count`, `pair`), `vocabulary` the questions, helps, names
and labels of the vocabulary; jurisdictions are there only where the Unicode locale data does not name them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from ..languages.speaking import ENGLISH, LANGUAGES
from ..rules.vocabulary import Vocabulary, load_vocabulary, vocabulary_files

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("commands", "desk", "engine", "languages", "rendering", "rules")
KEYWORDS = {"say": 1, "term": 2, "count": 2, "pair": 2}
"""The functions whose first arguments are templates, and how many."""
RENAMED = ("HK", "MM", "MO", "PS", "XA", "XB")
"""Jurisdictions that the locale data names at length, or otherwise than treaties do, or (XA, XB) takes for something else."""
OTHERS = tuple(code for code in LANGUAGES if code != ENGLISH)


def interface() -> Catalog:
    """The sentences in the code."""
    found = Catalog()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for name, texts in templates(ast.parse(path.read_bytes())):
                if name == "term":
                    found.add(texts[1], context=texts[0])
                else:
                    found.add(texts[0] if name == "say" else texts)
    return found


def templates(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The templates in a module: by which function, and the literals. One that is put together elsewhere is none of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            first = node.args[: KEYWORDS[node.func.id]]
            texts = tuple(a.value for a in first if isinstance(a, ast.Constant) and isinstance(a.value, str))
            if texts and len(texts) == len(first):
                yield node.func.id, texts


def vocabulary(known: Vocabulary | None = None) -> Catalog:
    """What the vocabulary says: of each fact its name, question, help and unit, of each value its label."""
    known = known or load_vocabulary(vocabulary_files())
    found = Catalog()
    for path, fact in known.facts.items():
        for text in (path.replace(".", " ").replace("_", " "), fact.ask, fact.help):
            if text:
                found.add(text, context=path)
        if fact.unit:
            found.add(fact.unit, context=path)
            found.add(f"{{number}} {fact.unit}", context=path)
        for value in fact.values:
            found.add(fact.label(value), context=value)
    for code, name in unnamed(known.jurisdictions):
        found.add(name, context=code)
    return found


def unnamed(jurisdictions: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The jurisdictions that some language's locale data has no name for, or not the name that is meant."""
    lands = [Locale(code).territories for code in OTHERS]
    return [
        (code, name)
        for code, name in jurisdictions.items()
        if code in RENAMED or not all(code in known for known in lands)
    ]


COLLECTED = {"interface": interface, "vocabulary": vocabulary}


def file_of(language: str, name: str) -> Path:
    """A catalogue's file."""
    return ROOT / "languages" / language / f"{name}.po"


def kept(language: str, name: str) -> Catalog:
    """A catalogue as it stands."""
    path = file_of(language, name)
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


def updated(language: str, name: str, template: Catalog) -> bytes:
    """A catalogue brought up to what was collected: what is new is empty, what has changed is marked fuzzy."""
    catalogue = kept(language, name)
    catalogue.update(template)
    written = BytesIO()
    write_po(written, catalogue, width=120, no_location=True, omit_header=True, ignore_obsolete=True, sort_output=True)
    plural = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    head = (
        f"# mayshare in {LANGUAGES[language]}: {name}. `make messages` keeps the English up to date.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {plural}\\n"\n\n'
    )
    return head.encode() + written.getvalue()


def main() -> None:
    """Bring all catalogues up to date, and say what is left to translate."""
    for name, collect in COLLECTED.items():
        template = collect()
        for language in OTHERS:
            path = file_of(language, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(updated(language, name, template))
            left = [m for m in kept(language, name) if m.id and (m.fuzzy or not all(strings(m)))]
            sys.stdout.write(f"languages/{language}/{name}.po: {len(template)} texts, {len(left)} to translate\n")


def strings(message: Message) -> tuple[str, ...]:
    """A translation's forms."""
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string or "",)


if __name__ == "__main__":
    main()
