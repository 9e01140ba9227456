"""A policy and its layers, compiled, with what is needed to word an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.policy import Condition, Encoded, Honour, Instrument, Period, Rule
from ..rules.policy import Source as Provenance
from ..rules.registry import Registry
from ..rules.source import Source
from ..rules.vocabulary.facts import Vocabulary
from .decision import SourceText
from .lookup import RegistryDomain
from .outline import Outline
from .program import Program
from .settle import Settlements

if TYPE_CHECKING:
    from ..rules.check_policy import Policy


@dataclass(frozen=True, slots=True)
class PolicyHead:
    """What an answer says of a policy it was computed under."""

    id: str
    title: str
    kind: str
    binding: bool
    encoded: Encoded
    in_force: Period
    sha256: str
    file: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """What an answer says of a rule: its text, its place, its condition as written."""

    name: str
    policy: str
    rule: Rule
    place: Place
    when: Outline
    sources: tuple[SourceText, ...]


@dataclass(frozen=True)
class Bundle:
    """Everything needed to decide cases under one jurisdiction's law.

    `rules` and `conditions` follow the positions of the program's rules and provisos. `definitions` gives titles by (policy
    id, name).
    """

    program: Program
    vocabulary: Vocabulary
    registry: Registry
    heads: tuple[PolicyHead, ...]
    rules: tuple[RuleText, ...]
    conditions: tuple[tuple[Condition, SourceText | None], ...]
    definitions: dict[tuple[str, str], str]
    honours: dict[str, tuple[Honour, tuple[SourceText, ...]]]
    vocabulary_hash: str
    registry_hash: str

    @cached_property
    def domain(self) -> RegistryDomain:
        """The registry as the engines see it; what it answered is remembered."""
        return RegistryDomain(self.vocabulary, self.registry)

    @cached_property
    def rule_names(self) -> frozenset[str]:
        """The names of all rules, as answers give them."""
        return frozenset(rule.name for rule in self.rules)

    @cached_property
    def condition_ids(self) -> frozenset[str]:
        """The ids of all conditions."""
        return frozenset(condition.id for condition, _ in self.conditions)

    def changed(self, **parts: Any) -> Bundle:
        """This law with other parts, but for vocabulary and registry: what was looked up need not be looked up again."""
        other = replace(self, **parts)
        other.__dict__["domain"] = self.domain
        return other

    @cached_property
    def settlements(self) -> Settlements:
        """What settles the items that what is known of them leaves open; what it worked out is remembered."""
        return Settlements(self.program, self.domain)


@dataclass(frozen=True)
class Around:
    """What stands around every policy, with the digests of the files it was read from."""

    vocabulary: Vocabulary
    registry: Registry
    vocabulary_hash: str
    registry_hash: str


def read_around(vocabulary_texts: Sequence[Source], registry_texts: Sequence[Source]) -> Around:
    """The vocabulary and the registry.

    Raises:
        Refused: with every fault found in whichever comes first.
    """
    from ..rules.registry import load_registry
    from ..rules.vocabulary.load import load_vocabulary

    vocabulary = load_vocabulary(vocabulary_texts)
    registry = load_registry(registry_texts, vocabulary)
    return Around(vocabulary, registry, digest(vocabulary_texts), digest(registry_texts))


def build(
    policy_text: Source,
    layer_texts: Mapping[str, Source],
    around: Around,
    read_layer: Callable[[Source, Vocabulary], Policy],
) -> Bundle:
    """Read, check and compile a policy with the layers it names; `read_layer` may keep what it reads.

    Raises:
        Refused: with every fault found in whichever stage has one.
    """
    # only when there is no compiled copy: reading and compiling is not what a check spends its start on
    from ..rules.check_policy import read_policy

    policy = read_policy(policy_text, around.vocabulary)
    layers = [read_layer(text, around.vocabulary) for text in layers_of(policy, layer_texts)]
    return join(policy, layers, around.vocabulary, around.registry, around.vocabulary_hash, around.registry_hash)


def layers_of(policy: Policy, texts: Mapping[str, Source]) -> list[Source]:
    """The texts of the layers that a policy names.

    Raises:
        Refused: MS210 there is no such layer.
    """
    for index, name in enumerate(policy.document.layers):
        if name not in texts:
            raise Refused(
                [policy.text.error("MS210", f"no layer `{name}`", ("layers", index), suggestion(name, texts))]
            )
    return [texts[name] for name in policy.document.layers]


def join(
    policy: Policy,
    layers: Sequence[Policy],
    vocabulary: Vocabulary,
    registry: Registry,
    vocabulary_hash: str = "",
    registry_hash: str = "",
) -> Bundle:
    """A bundle out of checked policies.

    Raises:
        Refused: where references between the policies do not hold.
    """
    from .compile import compile_policies

    program, outlines = compile_policies(policy, layers, vocabulary)
    everyone = (policy, *layers)
    placed = [(p, i) for p in everyone for i in range(len(p.document.rules))]
    rules = tuple(_rule_text(p, i, policy.id, outline) for (p, i), outline in zip(placed, outlines, strict=True))
    return Bundle(
        program=program,
        vocabulary=vocabulary.extended([f for p in everyone for f in p.facts]),
        registry=registry,
        heads=tuple(_head(p) for p in everyone),
        rules=rules,
        conditions=tuple(_condition(p, c, r) for p in everyone for r in p.document.rules for c in r.all_conditions),
        definitions={
            (p.id, name): definition.title or name
            for p in everyone
            for name, definition in p.document.definitions.items()
        },
        honours={
            kind: (honour, tuple(source_text(s, policy.document.instruments) for s in honour.source))
            for kind, honour in policy.document.honours.items()
        },
        vocabulary_hash=vocabulary_hash,
        registry_hash=registry_hash,
    )


def _head(policy: Policy) -> PolicyHead:
    d = policy.document
    own = digest([policy.text.source])
    return PolicyHead(d.policy, d.title, d.kind, d.binding, d.encoded, d.in_force, own, policy.text.source.name)


def _rule_text(policy: Policy, index: int, domestic: str, outline: Outline) -> RuleText:
    from .compile import rule_name

    rule = policy.document.rules[index]
    sources = tuple(source_text(s, policy.document.instruments) for s in rule.source)
    place = policy.text.place(("rules", index))
    return RuleText(rule_name(policy, rule, domestic), policy.id, rule, place, outline, sources)


def _condition(policy: Policy, condition: Condition, rule: Rule) -> tuple[Condition, SourceText | None]:
    source = condition.source or (rule.source[0] if rule.source else None)
    return condition, None if source is None else source_text(source, policy.document.instruments)


def source_text(source: Provenance, instruments: Mapping[str, Instrument]) -> SourceText:
    """A provision with its instrument's title."""
    instrument = instruments.get(source.instrument)
    title = "" if instrument is None else instrument.short or instrument.title
    return SourceText(
        instrument=source.instrument, title=title, article=source.article, paragraph=source.paragraph, read=source.read,
        url=source.url,
    )  # fmt: skip


def digest(sources: Sequence[Source]) -> str:
    """A digest of texts, independent of where they lie."""
    whole = hashlib.sha256()
    for source in sources:
        whole.update(f"{len(source.text)}\0".encode())
        whole.update(source.text.encode())
    return "sha256:" + whole.hexdigest()


def in_force_on(bundle: Bundle, day: object, place: Place) -> None:
    """Refuse a policy that was not in force.

    Raises:
        Refused: MS303, saying from when to when it was.
    """
    head = bundle.heads[0]
    if not head.in_force.holds(day):  # type: ignore[arg-type]
        message = f"the policy `{head.id}` was not in force on {day}: it was in force {head.in_force}"
        raise Refused([Diagnostic("MS303", message, place, "give another `as_of`, or the policy of that time")])
