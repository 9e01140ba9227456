"""A paper as a file, in the format that the file's name asks for."""

from __future__ import annotations

from pathlib import Path

from .report import Paper
from .spoken import paper_in_language

SUFFIXES = (".docx", ".md", ".html")


def suffix_of(path: str) -> str | None:
    """The format that a name asks for; None where it is none of ours."""
    suffix = Path(path).suffix.lower()
    return suffix if suffix in SUFFIXES else None


def written(paper: Paper, suffix: str) -> bytes:
    """A paper in a format; the same bytes for the same paper."""
    paper = paper_in_language(paper)
    if suffix == ".docx":
        from .word import word

        return word(paper)
    if suffix == ".html":
        from .html import html

        return html(paper).encode()
    from .markdown import markdown

    return markdown(list(paper.blocks)).encode()
