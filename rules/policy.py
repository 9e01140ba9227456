"""Policies: the law of one jurisdiction, or of one international instrument, as rules."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from ..languages.words import say
from .model import Duration, Identifier, Model, Several, Text
from .vocabulary.load import FactEntry

Effect = Literal["permit", "oblige", "forbid", "disapply", "require", "advise"]
Stage = Literal["before", "with", "after"]
Bound = Literal["sender", "receiver"]
ConditionKind = Literal[
    "authorisation", "assurance", "confidentiality", "use_restriction", "onward_consent", "record", "notice",
    "feedback", "retention", "return", "destruction", "secure_channel", "form", "consultation", "reciprocity",
    "data_protection", "marking", "translation", "limitation", "review", "other",
]  # fmt: skip
GATEWAYS: tuple[str, ...] = ("permit", "oblige")
DECIDING: tuple[str, ...] = (*GATEWAYS, "forbid")
"""The effects on which an outcome rests."""


class Period(Model):
    """A period of days; both ends are inside it, an omitted end is open."""

    start: date | None = Field(None, alias="from", description="First day in force")
    end: date | None = Field(None, alias="to", description="Last day in force")

    def holds(self, day: date) -> bool:
        """Whether `day` is inside the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def __str__(self) -> str:
        if self.start and self.end:
            return say("from {start} to {end}", start=self.start, end=self.end)
        if self.start:
            return say("since {start}", start=self.start)
        return say("until {end}", end=self.end) if self.end else say("always")


class Source(Model):
    """Where a statement comes from, and how it was read."""

    instrument: Identifier = Field(description="A key of the policy's `instruments`")
    article: Text = Field(description="Article or section")
    paragraph: Text | None = Field(None, description="Paragraph, letter, sentence")
    read: Literal["text", "secondary"] = Field("text", description="The provision itself was read, or a report of it")
    url: Text | None = Field(None, description="Address where it was read")
    seen: date | None = Field(None, alias="on", description="Day on which it was read")
    provision: Several[str] = Field((), description="Ids of the digest's provisions")
    note: Text | None = None

    def __str__(self) -> str:
        paragraph = f"({self.paragraph})" if self.paragraph else ""
        return f"{self.instrument} art {self.article}{paragraph}"


class Instrument(Model):
    """A statute, treaty or other text."""

    title: Text
    short: Text | None = Field(None, description="How it is cited")
    number: Text | None = Field(None, description="Official number")
    kind: Text | None = Field(None, description="statute, treaty, regulation, guideline …")
    url: Text | None = None
    note: Text | None = None

    def __str__(self) -> str:
        named = [part for part in (self.short, self.number) if part and part != self.title]
        return f"{self.title} ({', '.join(named)})" if named else self.title


class Condition(Model):
    """What must be done or promised for a transmission to be lawful."""

    id: Identifier
    stage: Stage = Field(description="Before, with or after the sending")
    bound: Bound = Field(description="Who has to do it")
    text: Text
    kind: ConditionKind = Field("other", description="Of which kind it is; a receiver's `honours` answers for kinds")
    met_when: dict[str, Any] | None = Field(None, description="When it counts as met; without it, never")
    due: Duration | None = Field(None, description="ISO 8601 duration after the sending")
    until: Text | None = Field(None, description="Day or event up to which it lasts")
    source: Source | None = Field(None, description="If other than the rule's")


class Reading(Model):
    """The provision in another language: what is shown to who reads that, and what it says where the versions differ."""

    title: Text
    conditions: dict[str, Text] = Field(
        {}, description="The texts of the rule's conditions in this version, by their ids"
    )
    overrides: Several[str] | None = Field(None, description="What it defeats in this version, if that can be told")
    attaches_to: Several[str] | None = Field(
        None, description="What it attaches to in this version, if that can be told"
    )
    note: Text | None = None


class Rule(Model):
    """One rule of law."""

    id: Identifier
    title: Text
    effect: Effect = Field(
        description="What it does: permit, oblige (permit as a duty), forbid, disapply, require a condition, advise"
    )
    source: Several[Source] = Field(description="Provision(s) it rests on")
    in_force: Period = Period()
    when: dict[str, Any] = Field({}, description="When it applies")
    overrides: Several[str] = Field((), description="Rules it defeats; `layer/id` for a layer's")
    attaches_to: Several[str] = Field((), description="For `require`: the gateways it narrows itself to")
    condition: Condition | None = None
    conditions: tuple[Condition, ...] = ()
    due: Duration | None = Field(None, description="For `oblige`: by when")
    readings: dict[str, Reading] = Field({}, description="The provision's other language versions, by language code")
    note: Text | None = None

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        """The rule's conditions, however they were written."""
        return ((self.condition,) if self.condition else ()) + self.conditions

    @model_validator(mode="after")
    def _shape(self) -> Rule:
        if self.effect == "require" and not self.all_conditions:
            raise ValueError("a `require` rule needs a `condition`")
        if self.all_conditions and self.effect not in ("require", *GATEWAYS):
            raise ValueError(f"a `{self.effect}` rule carries no condition")
        if self.effect == "disapply" and not self.overrides:
            raise ValueError("a `disapply` rule must name what it `overrides`")
        if self.attaches_to and self.effect != "require":
            raise ValueError("only a `require` rule has `attaches_to`")
        if self.due and self.effect != "oblige":
            raise ValueError("only an `oblige` rule has `due`; put it on a condition")
        return self


class Definition(Model):
    """A named condition."""

    title: Text = ""
    when: dict[str, Any]
    source: Several[Source] = ()


class Honour(Model):
    """Whether this jurisdiction, as receiver, can undertake and keep a kind of condition."""

    can: bool
    source: Several[Source]
    note: Text | None = None


class NotModelled(Model):
    """A provision of the digest that no rule models, and why."""

    provision: Several[str]
    reason: Text


class Encoded(Model):
    """When and in what state the encoding was made; an encoding is never the law."""

    as_of: date
    status: Text = "unofficial"
    gaps: tuple[Text, ...] = Field((), description="Parts of the law that are not covered")


class Declaration(Model):
    """A fact about the State outside the rules, attested with its source."""

    value: bool | Text
    source: Several[Source]
    note: Text | None = None


class PolicyDocument(Model):
    """A policy file."""

    policy: Identifier = Field(description="Jurisdiction code, or the id of a layer")
    title: Text
    kind: Literal["domestic", "layer"] = "domestic"
    binding: bool = Field(True, description="A layer that does not bind may only advise")
    encoded: Encoded
    in_force: Period = Period()
    digest: Text | None = Field(None, description="The digest it was written from")
    digest_part: Several[str] = Field(
        (), description="Beginnings of the digest's provision ids that this policy encodes; all if omitted"
    )
    layers: tuple[Identifier, ...] = Field((), description="International layers that apply beside it")
    instruments: dict[str, Instrument] = {}
    facts: dict[str, FactEntry] = {}
    definitions: dict[str, Definition] = {}
    covers: dict[str, Any] | None = Field(None, description="The cases for which silence means no")
    rules: tuple[Rule, ...] = ()
    honours: dict[ConditionKind, Honour] = {}
    declares: dict[str, Declaration] = {}
    not_modelled: tuple[NotModelled, ...] = ()
