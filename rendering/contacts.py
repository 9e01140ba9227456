"""Whom to turn to in a jurisdiction: authorities, contact points, networks, agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..engine.bundle import Bundle
from ..rules.registry import Agreement, Authority, ContactPoint, Network, RegistryFile
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
    networks = {n.id: n for f in files for n in f.networks}
    members = [
        _entry(f"{group.title} ({name}, {group.kind})", m, f, _means(networks.get(name)))
        for f in files for name, group in f.groups.items() for m in group.members if m.jurisdiction == code
    ]  # fmt: skip
    blocks += _part("Member of", members)
    listed = [_listed(n, f) for f in files for n in f.networks if code in n.members_and_observers]
    blocks += _part("Member or observer; the list read does not tell which", listed)
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


def _means(network: Network | None) -> list[str | None]:
    """What a network is good for, as far as it was read."""
    if network is None:
        return []
    channel = network.channel
    platform = f", secure platform: {channel.secure_platform}" if channel and channel.secure_platform else ""
    fields = {
        "channel": (channel.how or "not known") + platform if channel else None,
        "languages": ", ".join(network.languages or ()),
        "contacts of each member": network.contacts_per_member,
        "may carry": _words(network.may_carry),
        "must not carry": _words(network.must_not_carry),
    }
    return [f"{k}: {v}" for k, v in fields.items() if v]


def _words(names: Sequence[str] | None) -> str:
    return ", ".join(n.replace("_", " ") for n in names or ())


def _listed(network: Network, file: RegistryFile) -> Entry:
    secondary = " [read in a secondary source]" if network.read == "secondary" else ""
    source = network.source or ""
    remarks = tuple(r for r in _means(network) if r)
    return Entry(f"{network.title} ({network.id})", "point", file.sources.get(source, source) + secondary, remarks)


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
    known = [f"{k}: {v}" for k, v in fields.items() if v]
    unknown = [k for k, v in fields.items() if not v]
    if unknown:
        known.append("not known: " + ", ".join(unknown))
    return _entry(", ".join(w for w in what if w), point, file, known)


def _agreement(agreement: Agreement, file: RegistryFile) -> Entry:
    words = f"{agreement.title} ({', '.join(agreement.parties)}; {', '.join(agreement.subjects)})"
    return _entry(words, agreement, file)
