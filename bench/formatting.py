"""The canonical layout of a file: order of keys, indentation, breaking of long lines. What it says and its comments stay.

The result is proved before it is given out: read again it holds the same data and the same comments, and laid out again it is
the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.source import Source, read_document
from .comments import comments_of
from .layout_order import ordered
from .layout_tree import Entry, Node, Tree, Unformattable, read_tree

WIDTH = 130


def formatted(source: Source) -> Source:
    """A text in its canonical layout.

    Raises:
        Refused: it is not well-formed; or MS694, it holds what a new layout could not keep.
    """
    data = read_document(source).data
    try:
        text = _laid_out(source.text, data) or _laid_out(source.text, data, order=False)
    except Unformattable as reason:
        raise _refusal(source, str(reason)) from None
    if text is None:
        raise _refusal(source, "a new layout would not say quite the same")
    return Source(source.name, text)


def _refusal(source: Source, reason: str) -> Refused:
    message = f"`{source.name}` is left as it is: {reason}"
    return Refused([Diagnostic("MS694", message, Place(source.name), "write this part more plainly")])


def _laid_out(text: str, data: object, *, order: bool = True) -> str | None:
    """The layout, if it proves to keep everything."""
    new = write(read_tree(text), order=order)
    if new == text:
        return new  # nothing is lost, and again it would be the same
    try:
        again = read_document(Source("", new)).data
        kept = sorted(c.text for c in comments_of(text)) == sorted(c.text for c in comments_of(new))
        return new if again == data and kept and write(read_tree(new), order=order) == new else None
    except (Refused, yaml.YAMLError, Unformattable):
        return None


def write(tree: Tree, *, order: bool = True) -> str:
    """A tree as text."""
    body = [_flow(tree.root)] if _inline(tree.root) else _Writer(order).block(tree.root, 0, ())
    lines = [line.rstrip() for line in (*tree.head, *body, *tree.tail)]
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines) + "\n"


def _inline(node: Node) -> bool:
    """Whether a value stands on the line of its key."""
    return node.kind in ("scalar", "alias") or node.flow or not node.entries


@dataclass(slots=True)
class _Writer:
    order: bool

    def block(self, node: Node, indent: int, path: tuple[str, ...]) -> list[str]:
        """The lines of a block collection."""
        entries = node.entries
        if node.kind == "map" and self.order:
            entries = ordered(entries, path)
        lines: list[str] = []
        for entry in entries:
            lines += self.comments(entry.before, indent)
            lines += self.item(entry, indent, path) if entry.key is None else self.pair(entry, indent, path)
        return lines + self.comments(node.tail, indent)

    @staticmethod
    def comments(texts: list[str], indent: int) -> list[str]:
        return [f"{' ' * indent}{text}" if text else "" for text in texts]

    def pair(self, entry: Entry, indent: int, path: tuple[str, ...]) -> list[str]:
        assert entry.key is not None
        head = f"{' ' * indent}{_scalar(entry.key)}:"
        value = entry.value
        inside = (*path, entry.key.text)
        if _inline(value):
            return self.inline(head + " ", entry, indent, inside)
        anchor = f" &{value.anchor}" if value.anchor else ""
        return [_with(head + anchor, entry.trail), *self.block(value, indent + 2, inside)]

    def item(self, entry: Entry, indent: int, path: tuple[str, ...]) -> list[str]:
        value, inside = entry.value, (*path, "*")
        if _inline(value):
            return self.inline(f"{' ' * indent}- ", entry, indent, inside)
        lines = self.block(value, indent + 2, inside)
        above = self.comments([entry.trail], indent) if entry.trail else []
        while not lines[0] or lines[0].lstrip().startswith(
            "#"
        ):  # what stands between a dash and its first key goes above
            comment = lines.pop(0).strip()
            above += self.comments([comment], indent) if comment else []
        if value.anchor:
            return [*above, f"{' ' * indent}- &{value.anchor}", *lines]
        return [*above, f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]

    def inline(self, head: str, entry: Entry, indent: int, path: tuple[str, ...]) -> list[str]:
        """A value on the line of its key or dash, broken if it is too long."""
        value = entry.value
        anchor = f"&{value.anchor} " if value.anchor else ""
        if value.kind == "scalar" and (_is_block(value) or _too_long(value, len(head) + len(anchor))):
            return _text_block(head + anchor, value, indent, entry.trail)
        order: Callable[[list[Entry]], list[Entry]] = (
            (lambda e: ordered(e, path)) if self.order and value.kind == "map" else list
        )
        lines = _broken(head + anchor, value, order)
        return [*lines[:-1], _with(lines[-1], entry.trail)]


def _with(line: str, comment: str) -> str:
    return f"{line.rstrip()}  {comment}" if comment else line.rstrip()


def _broken(head: str, value: Node, order: Callable[[list[Entry]], list[Entry]]) -> list[str]:
    """A value in brackets, on as few lines as fit; others on one."""
    if value.kind in ("scalar", "alias") or not value.entries:
        return [head + _flow(value)]
    opening, closing = "{}" if value.kind == "map" else "[]"
    pieces = [_piece(e) for e in order(value.entries)]
    lines, line, margin = [], head + opening, len(head) + 1
    for position, piece in enumerate(pieces):
        end = closing if position == len(pieces) - 1 else ","
        gap = " " if position and line.strip() else ""
        if position and len(line) + len(gap) + len(piece) + len(end) > WIDTH:
            lines.append(line)
            line, gap = " " * margin, ""
        line += gap + piece + end
    return [*lines, line]


def _piece(entry: Entry) -> str:
    anchor = f"&{entry.value.anchor} " if entry.value.anchor else ""
    value = anchor + _flow(entry.value)
    if entry.key is None:
        return value
    return f"{_scalar(entry.key)}: {value}"


def _flow(node: Node) -> str:
    """A value on one line."""
    if node.kind == "alias":
        return f"*{node.text}"
    if node.kind == "scalar":
        return _scalar(node)
    opening, closing = "{}" if node.kind == "map" else "[]"
    return opening + ", ".join(_piece(e) for e in node.entries) + closing


_BREAK = re.compile(r"(?<=[^ ]) (?=[^ ])")


def _scalar(node: Node) -> str:
    if node.style == "'" and ("\\" in node.text or '"' in node.text) and "\n" not in node.text:
        return "'" + node.text.replace("'", "''") + "'"
    if node.style or "\n" in node.text:
        return json.dumps(node.text, ensure_ascii=False)
    return node.text


def _foldable(text: str) -> bool:
    """Whether a text can be folded into lines and read back unchanged."""
    return bool(text) and not any(c in text for c in "\n\t\r") and text == text.strip() and "  " not in text


def _is_block(node: Node) -> bool:
    return node.style in ("|", ">") and bool(node.text.strip())


def _too_long(node: Node, column: int) -> bool:
    prose = node.style not in ("|", ">") and _foldable(node.text) and " " in node.text
    return prose and column + len(node.text) > WIDTH and node.start[0] != node.end[0]


def _text_block(head: str, node: Node, indent: int, trail: str) -> list[str]:
    """A text of several lines, folded (`>`) or as it stands (`|`)."""
    text = node.text
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    plain = (
        not body.startswith((" ", "\t"))
        and "\t" not in body
        and not any(line.startswith(" ") for line in body.split("\n"))
    )
    if trail or ends > 1 or not (plain or node.style == "|") or body.startswith((" ", "\n", "\t")):
        return [_with(head + json.dumps(text, ensure_ascii=False), trail)]
    margin = " " * (indent + 2)
    if node.style == "|":
        return [f"{head}|{chomping}", *(f"{margin}{line}" if line else "" for line in body.split("\n"))]
    lines: list[str] = []
    for position, paragraph in enumerate(body.split("\n")):
        lines += ([""] if position else []) + (list(_wrapped(paragraph, WIDTH - len(margin))) if paragraph else [])
    return [f"{head}>{chomping}", *(f"{margin}{line}" if line else "" for line in lines)]


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Text in lines of a width, broken at single spaces only."""
    line = ""
    for word in _BREAK.split(text):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
