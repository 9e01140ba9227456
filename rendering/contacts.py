"""Whom to turn to in a jurisdiction: authorities, contact points, networks, agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..engine.bundle import Bundle
from ..rules.registry import Agreement, Authority, ContactPoint, RegistryFile
from ..rules.registry import Entry as RegistryEntry
from .report import Block, Entry, Heading, Paragraph, Points


def contact_blocks(bundle: Bundle) -> list[Block]:
    """The registry's entries on a jurisdiction, each dated and sourced."""
    code = bundle.heads[0].id
    files = bundle.registry.files
    blocks: list[Block] = [Heading(1, f"{bundle.heads[0].title}: authorities and contact points")]
    blocks += _part("Authorities", [_authority(a, f) for f in files for a in f.authorities if a.jurisdiction == code])
    blocks += _part(
        "Contact points", [_contact(c, f) for f in files for c in f.contact_points if c.jurisdiction == code]
    )
    members = [
        _entry(f"{group.title} ({name}, {group.kind})", m, f)
        for f in files for name, group in f.groups.items() for m in group.members if m.jurisdiction == code
    ]  # fmt: skip
    blocks += _part("Member of", members)
    blocks += _part("Agreements", [_agreement(a, f) for f in files for a in f.agreements if code in a.parties])
    if len(blocks) == 1:
        blocks.append(Paragraph("The registry has nothing on it. Entries of your own: docs/vocabulary-format.md."))
    return blocks


def _part(title: str, entries: Sequence[Entry]) -> list[Block]:
    return [Heading(2, title), Points(tuple(entries))] if entries else []


def _entry(text: str, entry: RegistryEntry, file: RegistryFile, more: Iterable[str | None] = ()) -> Entry:
    if entry.start and entry.end:
        dates = f"from {entry.start} to {entry.end}"
    elif entry.start:
        dates = f"since {entry.start}"
    else:
        dates = f"seen {entry.seen}" if entry.seen else ""
    remarks = [r for r in (dates, *more, entry.note) if r]
    secondary = " [read in a secondary source]" if entry.read == "secondary" else ""
    return Entry(text, "point", file.sources.get(entry.source, entry.source) + secondary, tuple(remarks))


def _authority(authority: Authority, file: RegistryFile) -> Entry:
    roles = f"designated for: {', '.join(authority.designated_for)}" if authority.designated_for else None
    languages = f"languages: {', '.join(authority.languages)}" if authority.languages else None
    return _entry(
        f"{authority.name} ({authority.type}, {authority.id})", authority, file, [roles, languages, authority.contact]
    )


def _contact(point: ContactPoint, file: RegistryFile) -> Entry:
    what = [point.office, point.authority, point.network]
    fields = {
        "languages": ", ".join(point.languages), "mandate": point.mandate, "deputy": point.deputy,
        "procedure": point.procedure, "contact": point.contact,
        "designated": str(point.designated_on) if point.designated_on else None,
    }  # fmt: skip
    return _entry(", ".join(w for w in what if w), point, file, [f"{k}: {v}" for k, v in fields.items() if v])


def _agreement(agreement: Agreement, file: RegistryFile) -> Entry:
    words = f"{agreement.title} ({', '.join(agreement.parties)}; {', '.join(agreement.subjects)})"
    return _entry(words, agreement, file)
