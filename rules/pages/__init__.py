"""A page for every code, as Markdown files beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def pages() -> dict[str, str]:
    """All codes in order, with their titles."""
    folder = files(__package__)
    names = sorted(e.name for e in folder.iterdir() if e.name.endswith(".md"))
    return {n.removesuffix(".md"): (folder / n).read_text("utf-8").split("\n", 1)[0].partition(": ")[2] for n in names}


def page(code: str) -> str | None:
    """The page of a code; None when there is no such code."""
    return (files(__package__) / f"{code}.md").read_text("utf-8") if code in pages() else None
