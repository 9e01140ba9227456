"""From provisions to rules to scenarios: which part of the law that was read is modelled and tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..rules.digest import Provision, read_digest
from ..rules.policy import PolicyDocument
from ..rules.source import Source, read_documents
from .library import Library, builtin_sources


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a provision. Exactly one of `rules` and `reason` is filled in a finished policy."""

    provision: Provision
    rules: tuple[str, ...]
    scenarios: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class LawMap:
    """The fates of a digest's provisions, and what the policy cites beyond it."""

    policy: str
    title: str
    fates: tuple[Fate, ...]
    not_found: tuple[str, ...]
    unknown: tuple[str, ...]
    uncited: tuple[str, ...]


def law_map(library: Library, name: str) -> LawMap | None:
    """The map of a policy's law; None when no digest belongs to it.

    Raises:
        Refused: what is wrong with the policy, the digest or the scenarios.
    """
    policy = library.policy(name).document
    digests = {s.name.rsplit("/", 1)[-1].removesuffix(".yaml"): s for s in builtin_sources("law")}
    source = digests.get((policy.digest or name).lower())
    if source is None:
        return None
    digest = read_digest(source)
    cited = _citations(policy)
    reasons = {p: n.reason for n in policy.not_modelled for p in n.provision}
    tested = _tested(library, name)
    own = {p.id for p in digest.provisions}
    fates = tuple(
        Fate(p, tuple(cited.get(p.id, ())), tuple(tested.get(p.id, ())), reasons.get(p.id))
        for p in digest.provisions
        if not policy.digest_part or any(p.id.startswith(part) for part in policy.digest_part)
    )
    unknown = sorted((cited.keys() | reasons.keys()) - own)
    uncited = [r.id for r in policy.rules if not any(s.provision for s in r.source)]
    return LawMap(name, policy.title, fates, digest.not_found, tuple(unknown), tuple(uncited))


def _citations(policy: PolicyDocument) -> dict[str, list[str]]:
    """Rules (and honours, as `honours.kind`) by the provision they cite."""
    found: dict[str, list[str]] = {}

    def cite(provisions: tuple[str, ...], by: str) -> None:
        for provision in provisions:
            if by not in found.setdefault(provision, []):
                found[provision].append(by)

    for rule in policy.rules:
        for source in rule.source:
            cite(source.provision, rule.id)
        for condition in rule.all_conditions:
            if condition.source is not None:
                cite(condition.source.provision, rule.id)
    for kind, honour in policy.honours.items():
        for source in honour.source:
            cite(source.provision, f"honours.{kind}")
    for name, definition in policy.definitions.items():
        for source in definition.source:
            cite(source.provision, f"definitions.{name}")
    return found


def _tested(library: Library, name: str) -> dict[str, list[str]]:
    """Scenario ids by the provision they were written from."""
    found: dict[str, list[str]] = {}
    for source in scenario_sources(library, name):
        for document in read_documents(source):
            for scenario in _scenarios(document.data):
                for provision in _several(scenario.get("provisions")):
                    found.setdefault(str(provision), []).append(str(scenario.get("id")))
    return found


def scenario_sources(library: Library, name: str) -> list[Source]:
    """The suites that stand beside a policy."""
    layer = library.files[name].source.name.rsplit("/", 2)[-2:-1] == ["layers"]
    stem = library.files[name].source.name.rsplit("/", 1)[-1].removesuffix(".yaml")
    sources = builtin_sources("scenarios/layers" if layer else "scenarios")
    names = [(s, s.name.rsplit("/", 1)[-1].removesuffix(".yaml")) for s in sources]
    return [s for s, n in names if n == stem or n.startswith(f"{stem}-")]


def _scenarios(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield from (s for s in data.get("scenarios") or () if isinstance(s, dict))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
