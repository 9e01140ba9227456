"""YAML and JSON text into plain data with the place of every key and value.

Read from the parser's events rather than its objects: nesting and aliases are bounded as they arrive, duplicate
keys are seen, and scalars follow the project's one rule (`NO`, `on` and `yes` are text).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from .diagnostics import Diagnostic, Findings, Place, Refused, nearest

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 400_000

type_names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", date: "a date"}

Path_ = tuple[str | int, ...]

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Source:
    """A named text."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its end; empty beyond the last."""
        lines = self.text.split("\n", number)
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(slots=True)
class Document:
    """One YAML document: plain data, and the place of each key and value by path."""

    source: Source
    data: Any
    keys: dict[Path_, Place] = field(default_factory=dict)
    values: dict[Path_, Place] = field(default_factory=dict)

    def place(self, path: Path_, *, key: bool = False) -> Place:
        """The place of a path's value (or key), or of its nearest ancestor."""
        if key and path in self.keys:
            return self.keys[path]
        for end in range(len(path), -1, -1):
            found = self.values.get(path[:end])
            if found is not None:
                return found
        return Place(self.source.name)

    def error(self, code: str, message: str, path: Path_, help: str = "", *, key: bool = False) -> Diagnostic:
        """A diagnostic about the value (or key) at `path`."""
        place = self.place(path, key=key)
        return Diagnostic(code, message, place, help, "error", self.source.line(place.line))


class _Stop(Exception):
    """Reading cannot go on."""


def read_source(path: str | Path, *, name: str | None = None) -> Source:
    """Read a file as UTF-8 text.

    Raises:
        Refused: MS001 it cannot be opened, MS002 it is a folder, MS003 too large, MS004 not UTF-8, MS005 binary.
    """
    shown = name or str(path)
    place = Place(shown)
    file = Path(path)
    try:
        if file.is_dir():
            raise Refused([Diagnostic("MS002", f"`{shown}` is a folder", place, "name a file in it")])
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"`{shown}` cannot be read: {reason}"
        raise Refused([Diagnostic("MS001", message, place, path_help(shown))]) from None
    return decode(raw, shown)


def path_help(path: str) -> str:
    """A remedy for a path at which there is nothing: the nearest name in its folder, with its ending or without."""
    folder = Path(path).parent
    try:
        there = [p for p in folder.iterdir() if not p.name.startswith(".")]
    except OSError:
        there = []
    names = {**{p.stem: p.name for p in there}, **{p.name: p.name for p in there}}
    near = nearest(Path(path).name, names)
    return "check the path" if near is None else f"did you mean `{folder / names[near]}`?"


def decode(raw: bytes, name: str) -> Source:
    """Bytes to text; errors as `read_source`."""
    place = Place(name)
    if len(raw) > MAX_BYTES:
        limit = f"the limit is {MAX_BYTES // 2**20} MiB"
        raise Refused(
            [Diagnostic("MS003", f"`{name}` is too large: {limit}", place, "split it, or use `mayshare batch`")]
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        if b"\x00" in raw[:8192]:
            raise Refused([_binary(name, place)]) from None
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise Refused(
            [Diagnostic("MS004", message, Place(name, line, column, column + 1), "save the file as UTF-8")]
        ) from None
    found = _CONTROL.search(text)
    if found:
        if "\x00" in text:
            raise Refused([_binary(name, place)])
        line = text.count("\n", 0, found.start()) + 1
        message = f"control character U+{ord(found.group()):04X} in the text"
        raise Refused([Diagnostic("MS005", message, Place(name, line), "remove it")])
    return Source(name, text)


def _binary(name: str, place: Place) -> Diagnostic:
    return Diagnostic("MS005", f"`{name}` is a binary file", place, "give a YAML or JSON text file")


def read_documents(source: Source, findings: Findings | None = None) -> list[Document]:
    """All documents of a YAML (or JSON) text.

    Raises:
        Refused: MS005 an unusual line end, MS006 not well-formed, MS007 empty, MS008 nested too deep, MS009 too many nodes
            or aliases, MS010 a key twice, MS011 a key that is not text, MS012 an impossible date, MS013 a tag.
    """
    own = findings if findings is not None else Findings()
    try:
        documents = list(_Reader(source, own).documents())
    except _Stop:
        raise Refused(own.items) from None
    if not documents or all(d.data is None for d in documents):
        own.add(Diagnostic("MS007", f"`{source.name}` is empty", Place(source.name), "write a YAML mapping"))
    if findings is None or not documents:
        own.stop_on_errors()
    return [d for d in documents if d.data is not None]


def read_document(source: Source) -> Document:
    """The one document of a text; errors as `read_documents`, and MS014 when there are several."""
    documents = read_documents(source)
    if len(documents) > 1:
        second = documents[1]
        raise Refused([second.error("MS014", "a second document in a file that holds one", (), "split the file")])
    return documents[0]


def read_as_far(source: Source) -> Document | None:
    """The last document of a text as far as it can be read: all that stands before the first fault in its form.

    For a text that somebody is still typing. None where not even a first value can be read.
    """
    reader = _Reader(source, Findings())
    try:
        for _ in reader.documents():
            pass
    except _Stop:
        pass
    return reader.latest


class _Reader:
    def __init__(self, source: Source, findings: Findings) -> None:
        self.source = source
        self.findings = findings
        self.nodes = 0
        self.latest: Document | None = None

    def place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        stop = end.column + 1 if end.line == start.line else start.column + 2
        return Place(self.source.name, start.line + 1, start.column + 1, stop)

    def report(self, code: str, message: str, place: Place, help: str) -> None:
        self.findings.add(Diagnostic(code, message, place, help, "error", self.source.line(place.line)))

    def stop(self, code: str, message: str, place: Place, help: str) -> _Stop:
        self.report(code, message, place, help)
        return _Stop()

    def events(self) -> Iterator[Any]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            yield from iter(loader(self.source.text).get_event, None)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (
                Place(self.source.name, mark.line + 1, mark.column + 1, mark.column + 2)
                if mark
                else Place(self.source.name)
            )
            code = "MS008" if "nesting" in str(error.problem) else "MS006"
            raise self.stop(code, _plain(error), place, _remedy(error, self.source.line(place.line))) from None
        except (yaml.YAMLError, RecursionError) as error:
            raise self.stop("MS006", f"not well-formed: {error}".split("\n")[0], Place(self.source.name), "") from None

    def refuse_odd_breaks(self) -> None:
        """The YAML library ends a line where an editor does not: every place after it would be wrong."""
        text = self.source.text
        found = _ODD_BREAK.search(text)
        if found:
            at = found.start()
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            message = (
                f"character U+{ord(found.group()):04X} in the text, which ends a line for YAML and not for an editor"
            )
            raise self.stop("MS005", message, Place(self.source.name, line, column, column + 1), "put a plain line end")

    def documents(self) -> Iterator[Document]:
        self.refuse_odd_breaks()
        document: Document | None = None
        for event in self.events():
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                document = self.latest = Document(self.source, None)
                take = _Builder(self, document).takers()
            elif kind is yaml.DocumentEndEvent:
                assert document is not None
                yield document
            elif kind not in _STREAM:
                take[kind](event)


_STREAM = (yaml.StreamStartEvent, yaml.StreamEndEvent)


class _Builder:
    """Builds one document from events with an explicit stack: depth is bounded and cannot exhaust Python's."""

    def __init__(self, reader: _Reader, document: Document) -> None:
        self.reader = reader
        self.document = document
        self.stack: list[tuple[Any, Path_]] = []
        self.key: list[str | None] = []
        self.anchors: dict[str, Any] = {}
        self.open_anchors: list[str | None] = []

    def takers(self) -> dict[type, Callable[[Any], None]]:
        """What takes an event, by its kind."""
        return {
            yaml.ScalarEvent: self.scalar, yaml.AliasEvent: self.named, yaml.MappingStartEvent: self.collection,
            yaml.SequenceStartEvent: self.collection, yaml.MappingEndEvent: self.end, yaml.SequenceEndEvent: self.end,
        }  # fmt: skip

    def end(self, event: Any) -> None:
        container, _ = self.stack.pop()
        self.key.pop()
        anchor = self.open_anchors.pop()
        if anchor:
            self.anchors[anchor] = container

    def named(self, event: Any) -> None:
        self.count(event, 1)
        self.attach(self.alias(event), event)

    def count(self, event: Any, number: int) -> None:
        self.reader.nodes += number
        if self.reader.nodes > MAX_NODES:
            raise self.reader.stop(
                "MS009", f"more than {MAX_NODES:,} values (aliases counted each time)", self.reader.place(event),
                "split the file; write aliases out",
            )  # fmt: skip

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise self.reader.stop(
                "MS006", f"alias `*{event.anchor}` has no anchor before it", self.reader.place(event), ""
            )
        value = self.anchors[event.anchor]
        self.count(event, _size(value))
        return value

    def scalar(self, event: Any) -> None:
        self.count(event, 1)
        place = self.reader.place(event)
        if self.expects_key():
            self.set_key(event, place)
            return
        value = self.value(event, place)
        if event.anchor:
            self.anchors[event.anchor] = value
        self.attach(value, event, place)

    def expects_key(self) -> bool:
        return bool(self.stack) and self.key[-1] is None and type(self.stack[-1][0]) is dict

    def set_key(self, event: Any, place: Place) -> None:
        container, path = self.stack[-1]
        name = event.value
        if name in container:
            first = self.document.keys.get((*path, name))
            at = f" (first on line {first.line})" if first else ""
            self.reader.report("MS010", f"key `{name}` stands twice{at}", place, "keep one of them")
        self.key[-1] = name
        self.document.keys[(*path, name)] = place

    def value(self, event: Any, place: Place) -> Any:
        if (
            event.tag
            and not event.implicit[0]
            and not event.implicit[1]
            and event.tag not in ("tag:yaml.org,2002:str", "!")
        ):
            self.reader.report("MS013", f"tag `{event.tag}` is not used here", place, "remove the tag")
        if event.style in ("'", '"', "|", ">"):
            return event.value
        return self.plain(event.value, place)

    def plain(self, text: str, place: Place) -> Any:
        first = text[:1]
        if first in "~nNtTfF":  # as nothing is, too
            if text in ("", "~", "null", "Null", "NULL"):
                return None
            return {"true": True, "false": False}.get(text.lower(), text)
        if first not in "+-0123456789":
            return text
        if _NUMBER.match(text):
            if len(text) > 18:
                return text
            return float(text) if "." in text else int(text)
        if _DATE.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self.reader.report("MS012", f"`{text}` is not a day of the calendar", place, "write YYYY-MM-DD")
                return None
        return text

    def collection(self, event: Any) -> None:
        self.count(event, 1)
        if self.expects_key():
            raise self.reader.stop("MS011", "a key must be text", self.reader.place(event), "quote it or write a name")
        if len(self.stack) >= MAX_DEPTH:
            raise self.reader.stop(
                "MS008",
                f"nested more than {MAX_DEPTH} deep",
                self.reader.place(event),
                "name the inner parts as definitions",
            )
        container: Any = {} if type(event) is yaml.MappingStartEvent else []
        path = self.attach(container, event)
        self.stack.append((container, path))
        self.key.append(None)
        self.open_anchors.append(event.anchor)

    def attach(self, value: Any, event: Any, place: Place | None = None) -> Path_:
        place = place or self.reader.place(event)
        if not self.stack:
            self.document.data = value
            self.document.values[()] = place
            return ()
        container, path = self.stack[-1]
        if type(container) is list:
            here: Path_ = (*path, len(container))
            container.append(value)
        else:
            name = self.key[-1]
            if name is None:
                raise self.reader.stop("MS011", "a key must be text", place, "write the name out")
            here = (*path, name)
            container[name] = value
            self.key[-1] = None
        self.document.values[here] = place
        return here


def _size(value: Any) -> int:
    """Number of nodes under a value, counting shared parts each time, cut off above the limit."""
    total, todo = 0, [value]
    while todo and total <= MAX_NODES:
        item = todo.pop()
        total += 1
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return total


def _plain(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "not well-formed"
    return f"not well-formed: {problem}"


def _remedy(error: yaml.MarkedYAMLError, line: str) -> str:
    problem = f"{error.problem} {error.context}"
    if "\t" in line and ("\\t" in problem or "token" in problem or "tab" in problem):
        return "a tab stands here: YAML is indented with spaces"
    if "mapping values are not allowed" in problem:
        return "put quotes round text that holds `: `"
    if "expected <block end>" in problem or "block mapping" in problem:
        return "check the indentation of this line and the one before"
    if "nesting" in problem:
        return "name the inner parts as definitions"
    return "check quotes, brackets and indentation just before this place"
