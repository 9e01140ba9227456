"""Blocks as one HTML page that needs nothing beside it and prints well."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .report import Block, Heading, Paper, Paragraph, Points, Quote, Reasons, Table, spans

if TYPE_CHECKING:
    from jinja2 import Template

_MARKS = {"met": "✓", "outstanding": "○", "contingent": "?", "failed": "✗", "point": "•", "warning": "!"}
_BOXES = {"met": "☑", "failed": "☒"}


def html(paper: Paper) -> str:
    """A paper as a page."""
    return _template().render(paper=paper, blocks=[(_kind(b), b) for b in paper.blocks], mark=_mark)


def _kind(block: Block) -> str:
    kinds = {Heading: "heading", Paragraph: "paragraph", Points: "points", Table: "table", Quote: "quote"}
    if isinstance(block, Reasons):
        raise TypeError("a tree of reasons is for the terminal; a paper states them by provision")
    return kinds[type(block)]


def _mark(name: str, boxes: bool) -> str:
    return _BOXES.get(name, "☐") if boxes else _MARKS[name]


def _inline(text: str) -> Any:
    """Text with what stands between backticks as code, and line breaks kept."""
    from markupsafe import Markup, escape

    pieces = (Markup("<code>{}</code>").format(p) if code else escape(p) for p, code in spans(text))
    return Markup("").join(pieces).replace("\n", Markup("<br>"))


@cache
def _template() -> Template:
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inline"] = _inline
    return environment.from_string((files(__package__) / "paper.html").read_text("utf-8"))
