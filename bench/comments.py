"""Where the comments of a YAML text are: whatever stands between its tokens and begins with `#`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

_COMMENT = re.compile(r"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its line from 1, its column from 0, its text with the `#`, and whether it has the line to itself."""

    line: int
    column: int
    text: str
    alone: bool


@lru_cache(maxsize=2)
def tokens_of(text: str) -> tuple[Any, ...]:
    """The tokens of a YAML text; of the last texts they are remembered, as a layout asks for them several times.

    Raises:
        yaml.YAMLError: it is not well-formed.
    """
    return tuple(yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def comments_of(text: str) -> list[Comment]:
    """All comments in order of place.

    Raises:
        yaml.YAMLError: the text is not well-formed.
    """
    found = []
    position = 0
    for token in tokens_of(text):
        start = token.start_mark.index
        if start > position:
            found += _in_gap(text, position, start)
        position = max(position, token.end_mark.index)
    return found + _in_gap(text, position, len(text))


def _in_gap(text: str, start: int, end: int) -> list[Comment]:
    found = []
    if "#" in text[start:end]:
        for match in _COMMENT.finditer(text, start, end):
            at = match.start()
            begin = text.rfind("\n", 0, at) + 1
            line = text.count("\n", 0, at) + 1
            found.append(Comment(line, at - begin, match.group().rstrip(), not text[begin:at].strip()))
    return found
