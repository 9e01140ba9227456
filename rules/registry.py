"""The registry: dated, sourced facts about States, networks and authorities that are looked up rather than asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from pydantic import Field

from ..languages.words import Worded, say
from .diagnostics import Findings
from .model import Identifier, Model, Several, Text, validated
from .source import Document, Source, read_document
from .vocabulary.facts import Fact, Vocabulary

Read = Literal["text", "secondary"]


class Entry(Model):
    """What every registry entry carries: a period, a source, how it was read."""

    start: date | None = Field(None, alias="from", description="First day; absent: not known")
    end: date | None = Field(None, alias="to", description="Last day")
    seen: date | None = Field(None, description="A day on which it was seen to hold, where `from` is not known")
    source: Text
    read: Read = "secondary"
    note: Text | None = None

    def holds(self, day: date) -> bool | None:
        """Whether it holds on a day; None when the dates do not tell."""
        if self.end is not None and day > self.end:
            return False
        since = self.start or self.seen
        if since is None:
            return None
        if day >= since:
            return True
        return False if self.start is not None else None


class Member(Entry):
    """A jurisdiction's membership of a group."""

    jurisdiction: Text


class Group(Model):
    """A convention, network, union or channel and its members."""

    title: Text
    kind: Literal["convention", "network", "union", "channel", "body"] = Field(
        description="A `body` sets standards and carries nothing"
    )
    complete_to: date | None = Field(None, description="Who is absent was no member up to this day")
    source: Text | None = None
    note: Text | None = None
    members: tuple[Member, ...] = ()


class Attribute(Entry):
    """A yes or no about a jurisdiction."""

    jurisdiction: Text
    value: bool


class Agreement(Entry):
    """An agreement between two or more States."""

    id: Identifier
    title: Text
    parties: tuple[Text, ...]
    subjects: tuple[Text, ...] = Field(description="mla, spontaneous, police, tax …")


class Authority(Entry):
    """An authority that may send or receive."""

    id: Identifier
    jurisdiction: Text
    type: Text
    name: Text
    designated_for: Several[Text] = ()
    contact: Text | None = None
    languages: tuple[Text, ...] = ()


class Means(Model):
    """How a network communicates."""

    how: Text | None = None
    secure_platform: Text | None = None


class Network(Model):
    """What a practitioner network is and may carry. Null and an empty list mean: not read."""

    model_config = {**Model.model_config, "extra": "allow"}

    id: Identifier = Field(description="That of the group which lists its members")
    title: Text
    secretariat: Text | None = None
    languages: tuple[Text, ...] | None = None
    contacts_per_member: Text | None = None
    channel: Means | None = None
    may_carry: tuple[Text, ...] | None = None
    must_not_carry: tuple[Text, ...] | None = None
    members_and_observers: tuple[Text, ...] = Field((), description="A list that does not tell members from observers")
    source: Text | None = None
    read: Read = "secondary"


class ContactPoint(Entry):
    """A designated contact point (draft guideline 6)."""

    jurisdiction: Text
    network: Text | None = None
    authority: Text | None = None
    office: Text | None = None
    languages: tuple[Text, ...] = ()
    mandate: Text | None = None
    designated_on: date | None = None
    deputy: Text | None = None
    procedure: Text | None = None
    contact: Text | None = None


class RegistryFile(Model):
    """A file of the registry."""

    registry: Identifier
    title: Text
    as_of: date | None = None
    sources: dict[str, Text] = {}
    note: Text | None = None
    groups: dict[str, Group] = {}
    attributes: dict[str, tuple[Attribute, ...]] = {}
    agreements: tuple[Agreement, ...] = ()
    authorities: tuple[Authority, ...] = ()
    networks: tuple[Network, ...] = ()
    contact_points: tuple[ContactPoint, ...] = ()


class Answer(Model):
    """What the registry says of a fact: its value, and the sentence that says why."""

    value: bool
    because: Worded
    source: str
    read: Read


class Registry(Model):
    """Several registry files as one."""

    files: tuple[RegistryFile, ...]

    def group(self, name: str) -> tuple[Group, RegistryFile] | None:
        """A group by id, with the file that holds it; a later file adds to or replaces an earlier one's."""
        for file in reversed(self.files):
            if name in file.groups:
                return file.groups[name], file
        return None

    def look_up(self, fact: Fact, parties: dict[str, str | None], day: date) -> Answer | None:
        """The registry's answer to a fact on a day, or None when it has none.

        `parties` gives the jurisdiction of `sender`, `receiver` and `originator` where known.
        """
        lookup = fact.registry
        if lookup is None:
            return None
        if lookup.agreement is not None:
            one, other = (parties.get(p) for p in lookup.between or ("sender", "receiver"))
            return self.agreement(lookup.agreement, one, other, day)
        where = parties.get(lookup.party or "sender")
        if where is None:
            return None
        if lookup.member is not None:
            return self.member(lookup.member, where, day)
        return self.attribute(str(lookup.attribute), where, day)

    def member(self, name: str, where: str, day: date) -> Answer | None:
        """Whether a jurisdiction is in a group on a day."""
        found = self.group(name)
        if found is None:
            return None
        group, file = found
        entries = [m for m in group.members if m.jurisdiction == where]
        for entry in entries:
            if entry.holds(day):
                return self.answer(True, _membership(where, name, entry, file, day), entry, file)
        if entries and all(e.holds(day) is False for e in entries):
            edge = entries[-1].end if entries[-1].end and day > entries[-1].end else entries[0].start
            why = say(
                "{state} was not in `{group}` on {day} (changed {edge})", state=where, group=name, day=day, edge=edge
            )
            return self.answer(False, why, entries[-1], file)
        if not entries and group.complete_to and day <= group.complete_to:
            because = say(
                "{state} is not on the list of `{group}`, complete to {day}",
                state=where,
                group=name,
                day=group.complete_to,
            )
            return Answer(
                value=False,
                because=because,
                source=file.sources.get(group.source or "", group.source or file.title),
                read="secondary",
            )
        return None

    def attribute(self, name: str, where: str, day: date) -> Answer | None:
        """A dated statement about a jurisdiction; the latest that holds."""
        for file in reversed(self.files):
            for entry in reversed(file.attributes.get(name, ())):
                if entry.jurisdiction == where and (
                    entry.holds(day) or (entry.start is None and entry.holds(day) is None)
                ):
                    return self.answer(
                        entry.value, say("registry: `{name}` of {state}", name=name, state=where), entry, file
                    )
        return None

    def agreement(self, subject: str, one: str | None, other: str | None, day: date) -> Answer | None:
        """Whether an agreement on a subject is in force between two; the register claims no completeness, so never false."""
        if one is None or other is None:
            return None
        for file in reversed(self.files):
            for entry in file.agreements:
                if (
                    {one, other} <= set(entry.parties)
                    and (subject == "any" or subject in entry.subjects)
                    and entry.holds(day)
                ):
                    return self.answer(True, f"{entry.title}", entry, file)
        return None

    @staticmethod
    def answer(value: bool, because: str, entry: Entry, file: RegistryFile) -> Answer:
        return Answer(
            value=value, because=because, source=file.sources.get(entry.source, entry.source), read=entry.read
        )


def _membership(where: str, group: str, entry: Entry, file: RegistryFile, day: date) -> str:
    """That a jurisdiction is in a group: since when, and how old the data is."""
    said = {"state": where, "group": group, "since": entry.start or entry.seen, "until": file.as_of}
    old = file.as_of is not None and day > file.as_of
    if entry.start and old:
        return say("{state} is in `{group}` (since {since}; known up to {until})", **said)
    if old:
        return say("{state} is in `{group}` (seen {since}; known up to {until})", **said)
    if entry.start:
        return say("{state} is in `{group}` (since {since})", **said)
    return say("{state} is in `{group}` (seen {since})", **said)


def load_registry(sources: Iterable[Source], vocabulary: Vocabulary) -> Registry:
    """Read registry files; later ones add to and replace earlier ones' groups and entries.

    Raises:
        Refused: with every fault in the files.
    """
    findings = Findings()
    files: list[RegistryFile] = []
    for source in sources:
        document = read_document(source)
        file = validated(RegistryFile, document.data, document, (), findings)
        if file is not None:
            _check_codes(document, vocabulary, findings)
            files.append(file)
    findings.stop_on_errors()
    return Registry(files=tuple(files))


def _check_codes(document: Document, vocabulary: Vocabulary, findings: Findings) -> None:
    for path in document.values:
        if path and path[-1] == "jurisdiction":
            value: Any = document.data
            for part in path:
                value = value[part]
            if isinstance(value, str) and value not in vocabulary.jurisdictions:  # an attribute may be called so, too
                findings.add(
                    document.error("MS106", f"`{value}` is not a jurisdiction code", path, "use ISO 3166-1 alpha-2")
                )
