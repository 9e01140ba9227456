"""The names in a file: what each place that names something means, and whether it stands there for the first time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ...rules.diagnostics import Place
from ...rules.source import Document, Path_, Source
from .grammar import AXES, CASES, CONDITIONS, NameKind, Role, role_of, slot_of


@dataclass(frozen=True, slots=True)
class Name:
    """A thing that has a name: `owner` is the policy, suite file or tree that it belongs to, empty for what all share."""

    kind: NameKind
    owner: str
    id: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names a thing; `path` leads to it and `key` says that it is the key there. `written` is what stands there."""

    name: Name
    place: Place
    written: str
    path: Path_
    key: bool = False
    defines: bool = False


@dataclass
class Sheet:
    """A file as read, or as far as it could be, with all its names."""

    source: Source
    kind: str | None
    documents: list[Document]
    facts: Collection[str] = field(repr=False, default=())
    broken: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """What its first document says; nothing if that is no mapping."""
        data = self.documents[0].data if self.documents else None
        return data if isinstance(data, dict) else {}

    @cached_property
    def owner(self) -> str:
        """The policy that the file is or is about; the file itself if neither."""
        named = self.data.get(self.kind) if self.kind in ("policy", "suite") else None
        return str(named) if named is not None else self.source.name

    @cached_property
    def mentions(self) -> list[Mention]:
        """Every name in it, in no particular order."""
        return [mention for document in self.documents for mention in _Walk(self, document).mentions((), document.data)]

    @cached_property
    def by_id(self) -> dict[tuple[NameKind, str], list[Mention]]:
        """The mentions by kind and id."""
        found: dict[tuple[NameKind, str], list[Mention]] = {}
        for mention in self.mentions:
            found.setdefault((mention.name.kind, mention.name.id), []).append(mention)
        return found

    @cached_property
    def by_line(self) -> dict[int, list[Mention]]:
        """The mentions by line."""
        found: dict[int, list[Mention]] = {}
        for mention in self.mentions:
            found.setdefault(mention.place.line, []).append(mention)
        return found

    def at(self, line: int, column: int) -> list[Mention]:
        """What is named at a point; several where a name is ambiguous."""
        here = [m for m in self.by_line.get(line, ()) if m.place.column <= column <= m.place.end_column]
        inside = [m for m in here if column < m.place.end_column]
        return inside or here

    def data_at(self, mention: Mention) -> Any:
        """The value that belongs to a mention: under its key, or the mapping that it names."""
        for document in self.documents:
            if (document.keys if mention.key else document.values).get(mention.path) is not None:
                value: Any = document.data
                for part in mention.path if mention.key else mention.path[:-1]:
                    value = value[part]
                return value
        return None


@dataclass(slots=True)
class _Walk:
    """Goes through a document and tells the names it meets."""

    sheet: Sheet
    document: Document

    def mentions(self, path: Path_, value: Any) -> Iterator[Mention]:
        if isinstance(value, dict):
            for key, inner in value.items():
                at = (*path, key)
                if at in self.document.keys:
                    yield from self.key(at)
                yield from self.mentions(at, inner)
        elif isinstance(value, list):
            for position, inner in enumerate(value):
                yield from self.mentions((*path, position), inner)
        elif path in self.document.values and value is not None:
            yield from self.value(path, value)

    def key(self, path: Path_) -> Iterator[Mention]:
        place, written = self.document.keys[path], str(path[-1])
        role = role_of(self.sheet.kind, path, key=True)
        if role is not None:
            yield from self.named(role, written, place, path, key=True)
            return
        inner, outer = self.slot(path), self.slot(path[:-1])
        if inner is None or outer is None or outer.state != "keys" or inner.state != "fact":
            return
        full = f"{outer.prefix}{written}"
        if inner.fact in (full, full.removeprefix("item."), f"item.{full}"):
            yield Mention(Name("fact", "", inner.fact), place, written, path, True)

    def value(self, path: Path_, value: Any) -> Iterator[Mention]:
        place, written = self.document.values[path], str(value)
        role = role_of(self.sheet.kind, path, key=False)
        if role is not None:
            yield from self.named(role, written, place, path)
            return
        slot = self.slot(path)
        if slot is None:
            return
        if slot.state == "definition":
            yield Mention(Name("definition", self.sheet.owner, written), place, written, path)
        elif slot.state == "other":
            yield Mention(Name("fact", "", written), place, written, path)
        elif slot.state == "fact" and isinstance(value, str):
            yield Mention(Name("value", slot.fact, written), place, written, path)

    def slot(self, path: Path_) -> Any:
        kind = self.sheet.kind
        if kind not in CONDITIONS and kind not in CASES and kind not in AXES:
            return None
        return slot_of(kind, path, self.sheet.facts)

    def named(self, role: Role, written: str, place: Place, path: Path_, *, key: bool = False) -> Iterator[Mention]:
        mention = Mention(Name(role.kind, "", written), place, written, path, key, role.defines)
        own = replace(mention, name=Name(role.kind, self.sheet.owner, written))
        if role.kind == "rule":
            yield from self.rule(mention)
        elif role.kind == "condition" and self.sheet.kind == "suite":
            owners = senders(self.document, path, self.sheet.owner)
            if (
                not self.sheet.owner.isupper()
            ):  # where the sender has no policy, the layer itself and those beside it apply
                owners = list(
                    dict.fromkeys([*owners, self.sheet.owner, *map(str, self.sheet.data.get("layers") or ())])
                )
            yield from (replace(mention, name=Name("condition", owner, written)) for owner in owners)
        elif role.kind == "value":
            tree = f"tree:{path[1]}" if path[0] == "trees" else str(path[1])
            yield replace(mention, name=Name("value", tree, written))
        elif role.kind in ("instrument", "condition"):
            yield own
        elif role.kind in ("base", "scenario", "source"):
            yield replace(own, name=Name(role.kind, self.sheet.source.name, written))
        else:
            yield own if role.kind == "definition" else mention

    def rule(self, mention: Mention) -> Iterator[Mention]:
        """A rule as named by its own policy, by another, or in an expectation; `layer/id` names two things."""
        layer, slash, rest = mention.written.rpartition("/")
        place = mention.place
        if slash:
            quoted = place.end_column - place.column - len(mention.written)
            start = place.column + (1 if quoted == 2 else 0)
            middle = start + len(layer)
            first = Place(place.file, place.line, start, middle)
            second = Place(place.file, place.line, middle + 1, middle + 1 + len(rest))
            yield replace(mention, name=Name("policy", "", layer), place=first, written=layer)
            yield replace(mention, name=Name("rule", layer, rest), place=second, written=rest)
            return
        suite = self.sheet.kind == "suite"
        owners = senders(self.document, mention.path, self.sheet.owner) if suite else [self.sheet.owner]
        for owner in owners:
            yield replace(mention, name=Name("rule", owner, mention.written))


def senders(document: Document, path: Path_, suite: str) -> list[str]:
    """The States whose law a scenario of a suite may fall under: the suite's own where it does not say."""
    data = document.data
    try:
        entry = data[path[0]][path[1]]
        bases = data.get("bases") or {}
        base = entry.get("base") or []
        matrix = entry.get("matrix") or {}
        names = [base] if isinstance(base, str) else [*base]
        over = [*(bases[n] for n in names if n in bases), *(bases[n] for n in matrix.get("base", ()) if n in bases)]
        found = [s for s in (_sender(part) for part in (*over, entry.get("case") or {})) if s][-1:]
        found = [str(s) for s in matrix.get("sender.jurisdiction", ())] or found
    except (AttributeError, KeyError, IndexError, TypeError):
        return [suite]  # half-written
    return list(dict.fromkeys(found)) or [suite]


def parties(document: Document) -> list[str]:
    """The States whose facts a case may state: the sender's and the receiver's."""
    data = document.data if isinstance(document.data, dict) else {}
    return [str(code) for code in (_sender(data), _sender(data, "receiver")) if code]


def _sender(part: Any, party: str = "sender") -> str | None:
    nested = part.get(party)
    value = nested.get("jurisdiction") if isinstance(nested, dict) else None
    value = part.get(f"{party}.jurisdiction", value)
    return value.get("value") if isinstance(value, dict) else value
