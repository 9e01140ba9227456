"""Where statements come from: instruments, provisions, days and ways of reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...rules.diagnostics import suggestion
from ...rules.source import Path_
from .check import Edit, Family, Found
from .subject import PolicySubject

family = Family()


@family.check("MS620", severity="error")
def empty_source(subject: PolicySubject) -> Iterator[Found]:
    """A list of sources with none in it."""
    document = subject.document
    holders: list[tuple[Path_, Any]] = [(path, rule) for path, rule in subject.rules()]
    holders += [(("honours", k), h) for k, h in document.honours.items()]
    holders += [(("declares", n), d) for n, d in document.declares.items()]
    for path, holder in holders:
        if not holder.source:
            yield Found(
                (*path, "source"), "an empty list of sources", "no source, no rule: name instrument and article"
            )


@family.check("MS621")
def definition_without_source(subject: PolicySubject) -> Iterator[Found]:
    """A definition without a source."""
    for name, definition in subject.document.definitions.items():
        if not definition.source:
            yield Found(
                ("definitions", name),
                f"definition `{name}` has no source",
                "name the provision whose words it gives",
                key=True,
            )


@family.check("MS622")
def cannot_be_found(subject: PolicySubject) -> Iterator[Found]:
    """An instrument that nobody could look up."""
    for name, instrument in subject.document.instruments.items():
        addresses = any(s.url for _, s in subject.sources() if s.instrument == name)
        if not (instrument.number or instrument.url or addresses):
            yield Found(
                ("instruments", name),
                f"`{name}` has neither a number nor an address",
                "add `number:` or `url:`",
                key=True,
            )


@family.check("MS623")
def undated_report(subject: PolicySubject) -> Iterator[Found]:
    """Read in a secondary source, and not said where or when."""
    for path, source in subject.sources():
        if source.read == "secondary" and source.url is None and source.seen is None and not source.note:
            help_ = "add `url:` or `note:` (where) and `on:` (when), or read the provision itself"
            yield Found(path, f"{source} was read in a secondary source, and it is not said in which", help_)


@family.check("MS624", severity="note")
def secondary(subject: PolicySubject) -> Iterator[Found]:
    """Rules that rest on secondary sources alone."""
    for path, rule in subject.rules():
        if rule.source and all(s.read == "secondary" for s in rule.source):
            yield Found(
                (*path, "source"),
                f"`{rule.id}` was not read in the provision's own text",
                "read the provision before others rely on it",
            )


@family.check("MS625")
def unused_instrument(subject: PolicySubject) -> Iterator[Found]:
    """An instrument that no source names."""
    used = {source.instrument for _, source in subject.sources()}
    for name in subject.document.instruments:
        if name not in used:
            path: Path_ = ("instruments", name)
            yield Found(path, f"no source names the instrument `{name}`", "cite it, or remove it", key=True)


@family.check("MS626")
def read_after_encoding(subject: PolicySubject) -> Iterator[Found]:
    """Read after the day of which the encoding speaks."""
    day = subject.document.encoded.as_of
    for path, source in subject.sources():
        if source.seen is not None and source.seen > day:
            message = f"{source} was read on {source.seen}, but the encoding claims to be of {day}"
            yield Found((*path, "on"), message, "move `encoded.as_of`, once everything was checked again")


@family.check("MS627")
def same_source_twice(subject: PolicySubject) -> Iterator[Found]:
    """The same source twice in one list."""
    seen: dict[Path_, list[object]] = {}
    for path, source in subject.sources():
        if isinstance(path[-1], int):
            held = seen.setdefault(path[:-1], [])
            if source in held:
                yield Found(path, f"{source} stands twice in this list", "keep one", (Edit(path, remove=True),))
            held.append(source)


def cited(subject: PolicySubject) -> Iterator[tuple[Path_, str]]:
    """Every provision that the policy names, with the place of the name."""
    for path, source in subject.sources():
        yield from (((*path, "provision"), p) for p in source.provision)
    for index, entry in enumerate(subject.document.not_modelled):
        yield from ((("not_modelled", index, "provision"), p) for p in entry.provision)


@family.check("MS628")
def unknown_provision(subject: PolicySubject) -> Iterator[Found]:
    """A provision that the digest does not hold."""
    known = subject.provisions
    for path, provision in cited(subject) if known is not None else ():
        if provision not in (known or ()):
            yield Found(path, f"the digest has no provision `{provision}`", suggestion(provision, known or ()))


@family.check("MS629")
def forgotten_provision(subject: PolicySubject) -> Iterator[Found]:
    """A provision of the digest that became nothing, without a reason."""
    named = {p for _, p in cited(subject)}
    parts = subject.document.digest_part
    for provision in subject.provisions or ():
        mine = not parts or provision.startswith(parts)
        if mine and provision not in named:
            message = f"`{provision}` is neither modelled nor listed with a reason"
            yield Found(("digest",), message, "write its rule, or list it under `not_modelled` and say why")


@family.check("MS630")
def modelled_all_the_same(subject: PolicySubject) -> Iterator[Found]:
    """A provision said not to be modelled that a rule rests on."""
    by: dict[str, str] = {}
    for _, rule in subject.rules():
        for source in rule.source:
            for provision in source.provision:
                by.setdefault(provision, rule.id)
    for index, entry in enumerate(subject.document.not_modelled):
        for provision in entry.provision:
            if provision in by:
                message = f"`{provision}` is listed as not modelled, but `{by[provision]}` rests on it"
                yield Found(
                    ("not_modelled", index, "provision"),
                    message,
                    "remove it here, or name the part that is not modelled",
                )
