"""Registry files: members, agreements, authorities, contact points."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...rules.diagnostics import suggestion
from ...rules.registry import Entry
from ...rules.source import Path_
from .check import Edit, Family, Found
from .subject import RegistrySubject

family = Family()


def entries(subject: RegistrySubject) -> Iterator[tuple[Path_, Entry]]:
    """Every dated entry with its path."""
    file = subject.file
    for name, group in file.groups.items():
        yield from ((("groups", name, "members", i), m) for i, m in enumerate(group.members))
    for name, statements in file.attributes.items():
        yield from ((("attributes", name, i), a) for i, a in enumerate(statements))
    for key in ("agreements", "authorities", "contact_points"):
        yield from (((key, i), e) for i, e in enumerate(getattr(file, key)))


@family.check("MS721", of="registry", severity="error")
def ends_before_it_begins(subject: RegistrySubject) -> Iterator[Found]:
    """An entry that ends before it begins."""
    for path, entry in entries(subject):
        if entry.start and entry.end and entry.start > entry.end:
            yield Found(path, f"it ends ({entry.end}) before it begins ({entry.start})", "swap or mend the days")


@family.check("MS722", of="registry", severity="note")
def undated(subject: RegistrySubject) -> Iterator[Found]:
    """A membership, statement or agreement without any day: it can never answer yes."""
    for path, entry in entries(subject):
        if path[0] in ("groups", "agreements") and entry.start is None and entry.seen is None:
            yield Found(
                path,
                "neither `from` nor `seen`: on no day would this count",
                "say since when it holds, or on which day it was seen to hold",
            )


@family.check("MS723", of="registry")
def member_twice(subject: RegistrySubject) -> Iterator[Found]:
    """A jurisdiction that is a member twice at the same time."""
    for name, group in subject.file.groups.items():
        for position, member in enumerate(group.members):
            for other in group.members[:position]:
                same = member.jurisdiction == other.jurisdiction
                if same and not (_before(member, other) or _before(other, member)):
                    path: Path_ = ("groups", name, "members", position)
                    edits = (Edit(path, remove=True),) if member == other else ()
                    yield Found(
                        path,
                        f"{member.jurisdiction} is a member of `{name}` twice at the same time",
                        "keep one entry for each period",
                        edits,
                    )


def _before(one: Entry, other: Entry) -> bool:
    since = other.start or other.seen
    return one.end is not None and since is not None and one.end < since


@family.check("MS724", of="registry")
def unused_source(subject: RegistrySubject) -> Iterator[Found]:
    """A short name for a source that no entry uses."""
    used = {e.source for _, e in entries(subject)} | {g.source for g in subject.file.groups.values()}
    text = subject.text.source.text
    for name in subject.file.sources:
        if name not in used and not re.search(rf"source: *[\"']?{re.escape(name)}\b", text):
            path: Path_ = ("sources", name)
            yield Found(path, f"no entry uses the source `{name}`", "name it in an entry, or remove it", key=True)


@family.check("MS725", of="registry", severity="error")
def unknown_authority_type(subject: RegistrySubject) -> Iterator[Found]:
    """An authority of a kind that no case could state."""
    values = subject.around.vocabulary["sender.authority"].values
    for index, authority in enumerate(subject.file.authorities):
        if authority.type not in values:
            path: Path_ = ("authorities", index, "type")
            yield Found(path, f"`{authority.type}` is no kind of authority", suggestion(authority.type, values))


@family.check("MS726", of="registry")
def contact_of_nobody(subject: RegistrySubject) -> Iterator[Found]:
    """A contact point at an authority or network that no registry file holds."""
    files = [*subject.around.registry.files, subject.file]
    authorities = {a.id for f in files for a in f.authorities}
    networks = {n.id for f in files for n in f.networks} | {g for f in files for g in f.groups}
    for index, point in enumerate(subject.file.contact_points):
        for key, name, known in (("authority", point.authority, authorities), ("network", point.network, networks)):
            if name is not None and name not in known:
                yield Found(
                    ("contact_points", index, key), f"no {key} `{name}` in the registry", suggestion(name, known)
                )


@family.check("MS727", of="registry", severity="error")
def agreement_with_oneself(subject: RegistrySubject) -> Iterator[Found]:
    """An agreement with fewer than two parties, or with a party that is no jurisdiction."""
    for index, agreement in enumerate(subject.file.agreements):
        path: Path_ = ("agreements", index, "parties")
        for party in agreement.parties:
            if party not in subject.around.vocabulary.jurisdictions:
                yield Found(path, f"`{party}` is not a jurisdiction code", "use ISO 3166-1 alpha-2")
        if len(set(agreement.parties)) < 2:
            yield Found(path, f"`{agreement.id}` has fewer than two parties", "name both")


@family.check("MS728", of="registry")
def complete_beyond_the_file(subject: RegistrySubject) -> Iterator[Found]:
    """A list said to be complete up to a day after the file's own."""
    for name, group in subject.file.groups.items():
        if group.complete_to and subject.file.as_of and group.complete_to > subject.file.as_of:
            message = f"`{name}` claims to be complete to {group.complete_to}, the file is of {subject.file.as_of}"
            yield Found(("groups", name, "complete_to"), message, "a list cannot be known further than it was read")


@family.check("MS729", of="registry")
def same_id(subject: RegistrySubject) -> Iterator[Found]:
    """Two authorities, agreements or networks of one id."""
    for key in ("authorities", "agreements", "networks"):
        seen: set[str] = set()
        for index, entry in enumerate(getattr(subject.file, key)):
            if entry.id in seen:
                yield Found((key, index, "id"), f"`{entry.id}` stands twice under `{key}`", "give each its own id")
            seen.add(entry.id)
