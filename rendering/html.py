"""Blocks as one HTML page that needs nothing beside it and prints well."""

from __future__ import annotations

from .page.shell import render
from .report import Block, Heading, Paper, Paragraph, Points, Quote, Reasons, Table, mark_on_paper


def html(paper: Paper) -> str:
    """A paper as a page."""
    return render("paper.html", paper=paper, blocks=[(_kind(b), b) for b in paper.blocks], mark=mark_on_paper)


def _kind(block: Block) -> str:
    kinds = {Heading: "heading", Paragraph: "paragraph", Points: "points", Table: "table", Quote: "quote"}
    if isinstance(block, Reasons):
        raise TypeError("a tree of reasons is for the terminal; a paper states them by provision")
    return kinds[type(block)]
