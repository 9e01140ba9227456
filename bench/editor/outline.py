"""What a file is made of, for an editor's outline: instruments, facts, definitions, rules with their conditions, scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol.types import DocumentSymbol, SymbolKind

from ...rules.diagnostics import Place
from ...rules.source import Document, Path_
from .names import Sheet
from .positions import Lines

PARTS: dict[str, dict[str, SymbolKind]] = {
    "policy": {
        "instruments": SymbolKind.File, "facts": SymbolKind.Field, "definitions": SymbolKind.Constant,
        "rules": SymbolKind.Function, "honours": SymbolKind.Property, "declares": SymbolKind.Property,
    },
    "suite": {"bases": SymbolKind.Object, "scenarios": SymbolKind.Event},
    "registry": {
        "groups": SymbolKind.Namespace, "attributes": SymbolKind.Property, "agreements": SymbolKind.Interface,
        "authorities": SymbolKind.Class, "networks": SymbolKind.Namespace, "contact_points": SymbolKind.Class,
    },
    "case": {"items": SymbolKind.Object},
}  # fmt: skip
TITLES = ("title", "text", "name", "ask", "effect", "type")


def outline(sheet: Sheet, lines: Lines) -> list[DocumentSymbol]:
    """The parts of a file in order of place."""
    found = []
    for document in sheet.documents:
        ends = _ends(document)
        for part, kind in PARTS.get(sheet.kind or "", {}).items():
            data = document.data.get(part) if isinstance(document.data, dict) else None
            children = list(_children(document, (part,), data, kind, lines, ends))
            symbol = _symbol(document, (part,), part, "", SymbolKind.Module, lines, ends, children)
            if symbol is not None:
                found.append(symbol)
    return sorted(found, key=lambda s: (s.range.start.line, s.range.start.character))


def _children(
    document: Document, path: Path_, data: Any, kind: SymbolKind, lines: Lines, ends: dict[Path_, Place]
) -> Iterator[DocumentSymbol]:
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        at = (*path, key)
        inner: list[DocumentSymbol] = []
        for part in ("condition", "conditions") if isinstance(value, dict) else ():
            held = value.get(part)
            if isinstance(held, list):
                inner += _children(document, (*at, part), held, SymbolKind.Property, lines, ends)
            elif isinstance(held, dict):
                inner += _one(document, (*at, part), held, SymbolKind.Property, lines, ends, [])
        yield from _one(document, at, value, kind, lines, ends, inner)


def _one(
    document: Document, path: Path_, value: Any, kind: SymbolKind, lines: Lines, ends: dict[Path_, Place],
    children: list[DocumentSymbol],
) -> Iterator[DocumentSymbol]:  # fmt: skip
    fields = value if isinstance(value, dict) else {}
    named = (
        fields.get("id") or fields.get("jurisdiction") if not isinstance(path[-1], str) or "id" in fields else path[-1]
    )
    detail = next((str(fields[t]) for t in TITLES if fields.get(t)), "")
    symbol = _symbol(document, path, str(named or path[-1]), detail, kind, lines, ends, children)
    if symbol is not None:
        yield symbol


def _symbol(
    document: Document, path: Path_, name: str, detail: str, kind: SymbolKind, lines: Lines, ends: dict[Path_, Place],
    children: list[DocumentSymbol],
) -> DocumentSymbol | None:  # fmt: skip
    start = document.keys.get(path) or document.values.get(path)
    if start is None:
        return None
    head = document.values.get((*path, "id"), start)
    if head.line < start.line:
        head = start
    end = max(ends.get(path, start), head, key=lambda p: (p.line, p.end_column))
    whole = lines.span(start.line, start.column, end.line, end.end_column)
    chosen = lines.range(head)
    if chosen.end > whole.end:
        whole.end = chosen.end
    return DocumentSymbol(name or "?", kind, whole, chosen, detail=detail or None, children=children or None)


def _ends(document: Document) -> dict[Path_, Place]:
    """The last place under each path."""
    found: dict[Path_, Place] = {}
    for path, place in document.values.items():
        for length in range(1, len(path) + 1):
            known = found.get(path[:length])
            if known is None or (place.line, place.end_column) > (known.line, known.end_column):
                found[path[:length]] = place
    return found
