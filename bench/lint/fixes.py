"""Repairs as edits of the text: only the lines concerned change, and comments stay where they are.

Every edit is proved before it counts: the text is read again and must say exactly what was meant, with every comment that does
not stand on a removed line. An edit that cannot be proved is left out.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from ...rules.diagnostics import Place, Refused
from ...rules.source import Path_, Source, read_document
from ..comments import comments_of
from .check import Edit

_PLAIN = re.compile(r"[A-Za-z][^:#\[\]{},&*!|>'\"%@`\\\n]*\Z")
_WORDS = {"true", "false", "null", "unknown"}


def repaired(source: Source, edits: Sequence[Edit]) -> tuple[Source, int]:
    """A text after as many of the edits as can be made, and how many those are."""
    made = 0
    for edit in _last_first(source, edits):
        changed = _one(source, edit)
        if changed is not None:
            source = Source(source.name, changed)
            made += 1
    return source, made


def _last_first(source: Source, edits: Sequence[Edit]) -> list[Edit]:
    """Edits from the end of the text to its beginning, so that none moves what another names."""
    document = read_document(source)

    def place(edit: Edit) -> Place:
        return edit.path if isinstance(edit.path, Place) else document.place(edit.path, key=True)

    return sorted(dict.fromkeys(edits), key=place, reverse=True)


def _one(source: Source, edit: Edit) -> str | None:
    """The text after one edit, if it then says what it should."""
    text = source.text
    if isinstance(edit.path, Place):
        span, new, wanted = _comment_span(text, edit.path), "", read_document(source).data
    else:
        wanted = _expected(read_document(source).data, edit.path, edit)
        found = _span(text, edit.path, remove=edit.remove)
        if found is None:
            return None
        span, new = found, "" if edit.remove else scalar(edit.value)
    changed = text[: span[0]] + new + text[span[1] :]
    try:
        right = read_document(Source(source.name, changed)).data == wanted
        kept = len(comments_of(changed)) == len(comments_of(text)) - len(comments_of_span(text, span))
    except (Refused, yaml.YAMLError):
        return None
    return changed if right and kept else None


def comments_of_span(text: str, span: tuple[int, int]) -> list[str]:
    """The comments that stand between two positions."""
    starts = [0]
    starts += [m.end() for m in re.finditer("\n", text)]
    return [c.text for c in comments_of(text) if span[0] <= starts[c.line - 1] + c.column < span[1]]


def scalar(value: object) -> str:
    """Text as a YAML scalar on one line."""
    text = str(value)
    return (
        text
        if _PLAIN.match(text) and text.lower() not in _WORDS and text == text.strip()
        else json.dumps(text, ensure_ascii=False)
    )


def _expected(data: Any, path: Path_, edit: Edit) -> Any:
    """The data that the edit should leave."""
    whole = copy.deepcopy(data)
    holder = whole
    for part in path[:-1]:
        holder = holder[part]
    if edit.remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = edit.value
    return whole


def _comment_span(text: str, place: Place) -> tuple[int, int]:
    """A comment with the blanks before it, and its line if it has it to itself."""
    lines = text.split("\n")
    begin = sum(len(line) + 1 for line in lines[: place.line - 1])
    line = lines[place.line - 1]
    before = line[: place.column - 1]
    if before.strip():
        return begin + len(before.rstrip()), begin + len(line.rstrip("\r"))
    return begin, min(begin + len(line) + 1, len(text))


def _span(text: str, path: Path_, *, remove: bool) -> tuple[int, int] | None:
    """The stretch of text that is the value at a path, or (to remove it) its whole entry; None where that is not simple."""
    parent: Any = None
    entry: Any = None
    node: Any = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for part in path:
        parent = node
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if k.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            entry = (node.value[part], node.value[part])
        else:
            return None
        if entry is None:
            return None
        node = entry[1]
    if not remove:
        simple = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
        return (node.start_mark.index, node.end_mark.index) if simple else None
    if len(parent.value) == 1:
        return None
    return _flow(text, parent, entry) if parent.flow_style else _block(text, entry)


def _flow(text: str, parent: Any, entry: Any) -> tuple[int, int]:
    """An entry of a flow collection with the comma that parts it from the next, or from the one before if it is the last."""
    entries = [e if isinstance(e, tuple) else (e, e) for e in parent.value]
    position = next(i for i, e in enumerate(entries) if e[0] is entry[0])
    if position + 1 < len(entries):
        return entry[0].start_mark.index, entries[position + 1][0].start_mark.index
    return entries[position - 1][1].end_mark.index, entry[1].end_mark.index


def _block(text: str, entry: Any) -> tuple[int, int] | None:
    """The lines of an entry of a block collection; None if something else begins on its first line."""
    begin = text.rfind("\n", 0, entry[0].start_mark.index) + 1
    before = text[begin : entry[0].start_mark.index]
    if before.strip(" -") or before.count("-") > (entry[0] is entry[1]):
        return None
    end = _last(entry[1]).end_mark.index
    stop = text.find("\n", end)
    return begin, len(text) if stop < 0 else stop + 1


def _last(node: Any) -> Any:
    """The last scalar or flow collection in a node: a block collection's own end lies beyond it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node
