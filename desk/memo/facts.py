"""The facts of a memo: stated and where, looked up and by what, missing, judged by whom, when and on what."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.decision import Judged, Missing
from ...engine.wording import actors, ask_words, joined, yes_or_no
from ...languages.words import SEMICOLON, listed, say
from ...rendering.phrases import of_item
from ...rendering.report import Block, Heading, Paragraph, Table
from ...rules.case import Stated
from .naming import Naming, day_words

SIDE_BY_SIDE = 3


def facts(naming: Naming) -> list[Block]:
    """The facts section."""
    judged = {j.fact for j in naming.decision.judgements}
    file = naming.case.file
    blocks: list[Block] = [Paragraph(_lines_of("" if file == "<stdin>" else file))]
    blocks += _stated(naming, judged)
    blocks += _items(naming, judged)
    blocks += _judged(naming)
    blocks += _looked_up(naming)
    blocks += _missing(naming)
    return blocks


def _lines_of(file: str) -> str:
    if file:
        return say("Lines are those of `{file}`. What is stated was not verified here.", file=file)
    return say("Lines are those of the case as it was handed in. What is stated was not verified here.")


def _stated(naming: Naming, judged: set[str]) -> list[Block]:
    rows = [
        (naming.fact(path), naming.value(path, said.value), naming.where(said))
        for path, said in naming.case.facts.items()
        if path not in judged
    ]
    if not rows:
        return []
    return [Heading(3, say("Stated")), Table((say("Fact"), say("Stated"), say("Where")), tuple(rows), (38, 47, 15))]


def _items(naming: Naming, judged: set[str]) -> list[Block]:
    """The items' facts: side by side while they fit, else in a list."""
    items = {i.id: {p: s for p, s in i.facts.items() if p not in judged} for i in naming.case.items}
    if not any(items.values()):
        return []
    title = Heading(3, say("Stated of the items") if len(items) > 1 else say("Stated of the item"))
    if len(items) <= SIDE_BY_SIDE:
        return [title, _matrix(naming, items)]
    rows = [
        (f"`{name}`", naming.fact(path), naming.value(path, said.value), naming.where(said))
        for name, said_of in items.items()
        for path, said in said_of.items()
    ]
    return [title, Table((say("Item"), say("Fact"), say("Stated"), say("Where")), tuple(rows), (20, 30, 36, 14))]


def _matrix(naming: Naming, items: Mapping[str, Mapping[str, Stated]]) -> Table:
    paths = dict.fromkeys(path for said in items.values() for path in said)
    own = (100 - 26) // len(items)

    def cell(said: Stated | None, path: str) -> str:
        if said is None:
            return say("not stated")
        return say("{value} ({place})", value=naming.value(path, said.value), place=naming.where(said))

    rows = tuple((naming.fact(p), *(cell(said.get(p), p) for said in items.values())) for p in paths)
    return Table((say("Fact"), *(f"`{name}`" for name in items)), rows, (100 - own * len(items), *(own for _ in items)))


def _judged(naming: Naming) -> list[Block]:
    if not naming.decision.judgements:
        return []
    rows = tuple(
        (
            of_item(f"`{j.item}`" if j.item else None, ask_words(naming.vocabulary[j.fact])),
            j.value,
            j.judged_by or say("nobody is named"),
            _when_and_on_what(j),
        )
        for j in naming.decision.judgements
    )
    return [
        Heading(3, say("Judged")),
        Table((say("Question"), say("Answer"), say("Judged by"), say("When, and on what")), rows, (40, 11, 22, 27)),
    ]


def _when_and_on_what(judged: Judged) -> str:
    said = [day_words(judged.on)] if judged.on else []
    return listed([*said, *([judged.basis] if judged.basis else [])], SEMICOLON) or say("not stated")


def _looked_up(naming: Naming) -> list[Block]:
    if not naming.decision.looked_up:
        return []
    rows = tuple(
        (
            naming.fact(k.fact),
            say("{value}: {because}", value=yes_or_no(k.value), because=k.because),
            say("{source} (secondary source)", source=k.source) if k.read == "secondary" else k.source,
        )
        for k in naming.decision.looked_up
    )
    return [
        Heading(3, say("Looked up in the registry")),
        Table((say("Fact"), say("Found"), say("Source")), rows, (22, 33, 45)),
    ]


def _missing(naming: Naming) -> list[Block]:
    found: dict[str, tuple[Missing, list[str]]] = {}
    for item in naming.decision.items:
        for fact in item.missing:
            found.setdefault(fact.fact, (fact, []))[1].append(f"`{item.id}`")
    title = Heading(3, say("Missing"))
    if not found:
        return [title, Paragraph(say("No fact is missing that could change the answer."))]
    rows = tuple(
        (
            listed([fact.ask, *([fact.help] if fact.help else []), *_so_far(fact)], "\n"),
            ", ".join(items),
            say("a judgement for the {who}", who=joined(actors(fact.judgement_of)))
            if fact.judgement_of
            else say("to be found out"),
        )
        for fact, items in found.values()
    )
    return [
        title,
        Table((say("What would decide it, most useful first"), say("Bears on"), say("By")), rows, (58, 21, 21)),
    ]


def _so_far(fact: Missing) -> list[str]:
    return [say("Stated so far: {values}", values=fact.narrows)] if fact.narrows else []
