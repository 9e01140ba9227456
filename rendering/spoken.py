"""Blocks in the language that is spoken: the one place where an answer leaves English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..engine.decision import Explanation
from ..languages.speaking import ENGLISH, language, spoken
from ..languages.words import say
from .report import Block, Entry, Heading, Paper, Paragraph, Points, Quote, Table


def in_language(blocks: Iterable[Block]) -> list[Block]:
    """The same blocks, every text of which is said in the language spoken now."""
    return list(blocks) if language() == ENGLISH else [_block(b) for b in blocks]


def paper_in_language(paper: Paper) -> Paper:
    """A paper in the language spoken now."""
    if language() == ENGLISH:
        return paper
    blocks = tuple(in_language(paper.blocks))
    return replace(paper, title=spoken(paper.title), foot=spoken(paper.foot), language=language(), blocks=blocks)


def _block(block: Block) -> Block:
    if isinstance(block, (Heading, Paragraph)):
        return replace(block, text=spoken(block.text))
    if isinstance(block, Points):
        return replace(block, entries=tuple(map(_entry, block.entries)))
    if isinstance(block, Table):
        return replace(block, columns=_all(block.columns), rows=tuple(map(_all, block.rows)))
    if isinstance(block, Quote):
        return Quote(_all(block.paragraphs))
    return block  # a tree is said node by node where it is laid out


def _entry(entry: Entry) -> Entry:
    return replace(
        entry,
        text=spoken(entry.text),
        source=spoken(entry.source),
        remarks=_all(entry.remarks),
        label=spoken(entry.label),
    )


def _all(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(spoken, texts))


def node_words(node: Explanation) -> tuple[str, str, str]:
    """A node of the reasons: what it says, what is stated of it, and where that comes from; empty where nothing is."""
    name = say("{rule}: {text}", rule=node.rule, text=node.text) if node.kind == "rule" and node.rule else node.text
    said = ""
    if node.fact is not None and node.kind != "derived":
        said = say("it is: {value}", value=node.value) if node.value is not None else say("not stated")
    where = str(node.source) if node.source else node.place if node.fact is not None else None
    return spoken(name), spoken(said), spoken(where or "")


__all__ = ["in_language", "node_words", "paper_in_language"]
