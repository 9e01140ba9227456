"""A YAML text as a tree that keeps what data forgets: styles, anchors, blank lines, and every comment with what it is about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from .comments import Comment, comments_of, tokens_of

Position = tuple[int, int]


class Unformattable(Exception):
    """A text with something in it that a new layout could not keep; says what."""


@dataclass(slots=True, eq=False)
class Node:
    """A value. `style` is that of a scalar (empty for plain), `tail` the comments after the last entry of a block."""

    kind: Literal["scalar", "map", "seq", "alias"]
    start: Position
    end: Position
    text: str = ""
    style: str = ""
    flow: bool = False
    anchor: str | None = None
    entries: list[Entry] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """A key with its value, or an item of a list (then `key` is None); an empty line in `before` is a blank one."""

    key: Node | None
    value: Node
    start: Position
    owner: Node
    before: list[str] = field(default_factory=list)
    trail: str = ""


@dataclass(slots=True)
class Tree:
    """A document: the comments at its head stay there whatever comes first."""

    root: Node
    head: list[str]
    tail: list[str]


def read_tree(text: str) -> Tree:
    """The tree of a text that holds one well-formed document.

    Raises:
        Unformattable: tags, complex keys, several documents, a comment in the first line of a block of text.
        yaml.YAMLError: not well-formed.
    """
    root = _Builder(text).build()
    entries = list(_entries(root))
    tree = Tree(root, [], [])
    _Placer(text, tree, entries).place()
    return tree


class _Builder:
    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.events = list(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        dashes = [t for t in tokens_of(text) if isinstance(t, yaml.BlockEntryToken)]
        self.dashes = iter([_position(t.start_mark) for t in dashes])
        self.at = 0

    def build(self) -> Node:
        if sum(isinstance(e, yaml.DocumentStartEvent) for e in self.events) != 1:
            raise Unformattable("it holds more than one document")
        if any(isinstance(e, yaml.DocumentStartEvent) and e.explicit for e in self.events):
            raise Unformattable("it begins with `---`")
        self.at = 2
        return self.node()

    def node(self) -> Node:
        event: Any = self.events[self.at]
        self.at += 1
        start, end = _position(event.start_mark), _position(event.end_mark)
        if isinstance(event, yaml.AliasEvent):
            return Node("alias", start, end, str(event.anchor))
        if event.tag is not None:
            raise Unformattable(f"it uses the tag `{event.tag}`")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, start, end)
        kind: Literal["map", "seq"] = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
        node = Node(kind, start, end, flow=bool(event.flow_style), anchor=event.anchor)
        while not isinstance(self.events[self.at], yaml.CollectionEndEvent):
            node.entries.append(self.entry(node))
        node.end = _position(self.events[self.at].end_mark)
        self.at += 1
        return node

    def scalar(self, event: Any, start: Position, end: Position) -> Node:
        style = event.style if event.style in ("'", '"', "|", ">") else ""
        if style in ("|", ">") and "#" in self.lines[start[0]][start[1] :]:
            raise Unformattable(f"line {start[0] + 1} has a comment at the head of a block of text")
        return Node("scalar", start, end, event.value, style, anchor=event.anchor)

    def entry(self, owner: Node) -> Entry:
        if owner.kind == "seq":
            start = _position(self.events[self.at].start_mark) if owner.flow else next(self.dashes)
            return Entry(None, self.node(), start, owner)
        key = self.node()
        if key.kind != "scalar" or key.style in ("|", ">") or key.anchor:
            raise Unformattable(f"line {key.start[0] + 1} has a key that is no plain name")
        return Entry(key, self.node(), key.start, owner)


def _position(mark: Any) -> Position:
    return mark.line, mark.column


def _entries(node: Node) -> Iterator[Entry]:
    for entry in node.entries:
        yield entry
        yield from _entries(entry.value)


class _Placer:
    """Gives every comment to what it is about: the next entry, the entry on its line, or the block that it ends."""

    def __init__(self, text: str, tree: Tree, entries: list[Entry]) -> None:
        self.lines = text.split("\n")
        self.tree = tree
        self.comments = comments_of(text)
        self.open_flows(entries)
        self.entries = [e for e in entries if not e.owner.flow]
        self.column = {id(e.value): e.start[1] for e in self.entries}
        self.starts = [e.start for e in self.entries]

    def open_flows(self, entries: list[Entry]) -> None:
        """A collection in brackets that holds a comment is written as a block."""
        inner = [self.tree.root, *(e.value for e in entries)]
        for comment in self.comments:
            at = (comment.line - 1, comment.column)
            for node in inner:
                if node.flow and node.start < at < node.end:
                    node.flow = False

    def place(self) -> None:
        for comment in self.comments:
            if comment.alone:
                self.alone(comment)
            else:
                self.trailing(comment)
        outermost: dict[int, Entry] = {}
        for entry in self.entries:
            outermost.setdefault(entry.start[0], entry)
        for line, entry in outermost.items():
            if self.blank_above(line):
                entry.before.append("")
        if self.entries:
            self.tree.head = self.entries[0].before
            self.entries[0].before = []

    def blank_above(self, line: int) -> bool:
        return line > 0 and not self.lines[line - 1].strip()

    def alone(self, comment: Comment) -> None:
        index = bisect_left(self.starts, (comment.line - 1, comment.column))
        following = self.entries[index] if index < len(self.entries) else None
        before = following is not None and comment.column <= following.start[1]
        target = following.before if following is not None and before else self.ended_block(comment, index)
        if self.blank_above(comment.line - 1):
            target.append("")
        target.append(comment.text)

    def ended_block(self, comment: Comment, index: int) -> list[str]:
        """The tail of the deepest block before a comment that is indented no further than the comment."""
        best: Node | None = None
        for entry in reversed(self.entries[:index]):
            # a dash may stand right under its key; then what is not further in comes after the whole list
            flush = entry.key is None and self.column.get(id(entry.owner)) == entry.start[1]
            if entry.start[1] + flush <= comment.column:
                best = entry.owner
                break
        if best is None or best is self.tree.root:
            return self.tree.tail
        return best.tail

    def trailing(self, comment: Comment) -> None:
        index = bisect_left(self.starts, (comment.line - 1, comment.column))
        if index == 0:
            raise Unformattable(f"line {comment.line} has a comment that belongs to nothing")
        entry = self.entries[index - 1]
        if entry.trail:
            raise Unformattable(f"line {comment.line} has a comment that cannot be placed")
        entry.trail = comment.text
