"""The answer as data: one frozen model, of which terminal, Markdown, HTML and Word are renderings.

`schema_version` changes when a name here changes its meaning or goes; new names may come at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..languages.words import SEMICOLON, Worded, listed, say
from ..rules.case import Kept

SCHEMA_VERSION = 1

Outcome = Literal["allow", "conditions", "deny", "undetermined"]
TruthName = Literal["true", "false", "unknown"]
WORST_FIRST: tuple[Outcome, ...] = ("deny", "undetermined", "conditions", "allow")


class Part(BaseModel):
    """Base of the parts of a decision."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SourceText(Part):
    """A provision: instrument, article, paragraph, how it was read."""

    instrument: str
    title: str = Field("", description="How the instrument is cited")
    article: str
    paragraph: str | None = None
    read: Literal["text", "secondary"] = "text"
    url: str | None = None

    def __str__(self) -> str:
        paragraph = f"({self.paragraph})" if self.paragraph else ""
        provision = f"{self.title or self.instrument} art. {self.article}{paragraph}"
        if self.read == "text":
            return provision
        return say("{provision} [read in a secondary source]", provision=provision)


def cited(sources: Iterable[SourceText | None]) -> str:
    """Provisions in a line, each once."""
    return listed(dict.fromkeys(str(s) for s in sources if s is not None), SEMICOLON)


class Ground(Part):
    """A rule the outcome rests on."""

    rule: str
    effect: str
    title: Worded
    truth: TruthName = Field("true", description="Whether it is surely effective or may be")
    sources: tuple[SourceText, ...]
    source: SourceText | None = Field(None, description="The first of `sources`")
    defeats: tuple[str, ...] = Field((), description="Rules it takes out of application here")


class ConditionStatus(Part):
    """A condition of a gateway, and how it stands."""

    id: str
    rule: str
    stage: str
    bound: str
    kind: str
    status: Literal["met", "outstanding", "contingent"]
    text: Worded
    due: str | None = None
    until: str | None = None
    source: SourceText | None = None
    further: tuple[SourceText, ...] = Field((), description="Provisions of other rules that attach the same condition")
    depends_on: tuple[str, ...] = Field((), description="Contingent: the facts that decide whether it applies")
    met_by: tuple[str, ...] = Field((), description="Facts that count as meeting it")


def once(conditions: Iterable[ConditionStatus]) -> tuple[ConditionStatus, ...]:
    """Each condition once, though several rules attach it, with all their provisions.

    It is outstanding if any of them surely leaves it so, else contingent if any may; `depends_on` stays only then.
    """
    kept: dict[tuple[str | None, ...], ConditionStatus] = {}
    for condition in conditions:
        key = (
            condition.id,
            condition.stage,
            condition.bound,
            condition.kind,
            condition.text,
            condition.due,
            condition.until,
        )
        first = kept.get(key)
        kept[key] = condition if first is None else _both(first, condition)
    return tuple(kept.values())


def _both(first: ConditionStatus, second: ConditionStatus) -> ConditionStatus:
    status = next(s for s in ("outstanding", "contingent", "met") if s in (first.status, second.status))
    sources = dict.fromkeys(s for s in (first.source, *first.further, second.source, *second.further) if s is not None)
    depends = dict.fromkeys((*first.depends_on, *second.depends_on)) if status == "contingent" else ()
    changes = {
        "status": status,
        "source": next(iter(sources), None),
        "further": tuple(sources)[1:],
        "depends_on": tuple(depends),
        "met_by": tuple(dict.fromkeys((*first.met_by, *second.met_by))),
    }
    return first.model_copy(update=changes)


class Gateway(Part):
    """A permission that is open, or may be, with the conditions it comes with."""

    rule: str
    title: Worded
    effect: str
    truth: TruthName
    conditions: tuple[str, ...] = Field((), description="Ids of the conditions not met")
    sources: tuple[SourceText, ...] = ()
    depends_on: tuple[str, ...] = ()


class Missing(Part):
    """A fact that would help to decide, and how to ask for it."""

    fact: str
    ask: Worded
    help: Worded = ""
    judgement_of: tuple[str, ...] = ()
    narrows: str | None = Field(None, description="What was stated, where it was too general")


class Nearest(Part):
    """A gateway that did not open, and what stood in its way."""

    rule: str
    title: Worded
    sources: tuple[SourceText, ...]
    failed: tuple[Worded, ...] = Field((), description="Conditions that failed, in words")
    unknown: tuple[Worded, ...] = Field((), description="Conditions that are not known, in words")
    disapplied_by: tuple[str, ...] = ()
    barred_by: tuple[str, ...] = Field(
        (), description="Prohibitions that stand against it, though it is open in itself"
    )


class Duty(Part):
    """An obligation to send."""

    rule: str
    title: Worded
    truth: TruthName
    due: str | None = None
    sources: tuple[SourceText, ...] = ()


class Advice(Part):
    """What a non-binding text recommends."""

    rule: str
    title: Worded
    truth: TruthName
    sources: tuple[SourceText, ...] = ()


class Explanation(Part):
    """A node of the reasons: a rule, a condition, a definition or a fact, its truth, and what it rests on."""

    kind: Literal["item", "rule", "all", "any", "not", "definition", "fact", "defeat", "registry", "derived"]
    text: Worded
    truth: TruthName
    rule: str | None = None
    fact: str | None = None
    value: Worded | None = None
    place: Worded | None = None
    source: SourceText | None = None
    children: tuple[Explanation, ...] = ()


class ItemDecision(Part):
    """The answer for one item."""

    id: str
    outcome: Outcome
    short: Worded = Field(description="The answer in a sentence")
    grounds: tuple[Ground, ...]
    gateways: tuple[Gateway, ...]
    conditions: tuple[ConditionStatus, ...]
    missing: tuple[Missing, ...]
    nearest: tuple[Nearest, ...] = ()
    duties: tuple[Duty, ...] = ()
    advice: tuple[Advice, ...] = ()
    not_covered: bool = False
    explanation: Explanation


def standing(item: ItemDecision) -> tuple[ConditionStatus, ...]:
    """The conditions that count for an item, each once: those of the gateway that asks least, and those that are met."""
    best = item.gateways[0].conditions if item.gateways else ()
    return once(c for c in item.conditions if c.status == "met" or c.id in best)


class Caution(Part):
    """Something to read before relying on the answer."""

    code: str
    text: Worded
    item: str | None = None
    sources: tuple[SourceText, ...] = ()


class LookedUp(Part):
    """A fact that the registry answered."""

    fact: str
    value: bool
    because: Worded
    source: str
    read: Literal["text", "secondary"]


class FromRegister(Part):
    """A fact about received information that the case takes from a register's entry."""

    fact: str
    value: Worded = Field(description="In words")
    register_name: str = Field(description="The register's file, as it was named")
    entry: str


class Judged(Part):
    """A judgement that the answer rests on, and whose it was."""

    fact: str
    value: Worded
    item: str | None = None
    judged_by: str | None = None
    on: date | None = None
    basis: str | None = None


class Used(Part):
    """A policy the answer was computed under."""

    id: str
    title: Worded
    kind: Literal["domestic", "layer"]
    binding: bool
    encoded_as_of: date
    status: str
    sha256: str


class Receipt(Part):
    """What the answer was computed from; enough to compute it again."""

    version: str
    program: str
    vocabulary: str
    registry: str
    case: str
    as_of: date
    engines: tuple[str, ...]
    case_file: str = Field("", description="Name under which the case was read")
    case_index: int = Field(0, description="Which case of the file, from 0")
    case_text: str = Field("", description="The case as read, so that the answer can be computed again")
    kept: Kept | None = Field(None, description="The register's entry that the case takes received facts from")


class Decision(Part):
    """The whole answer to one case."""

    schema_version: Literal[1] = 1
    case: str
    title: str | None = None
    as_of: date
    direction: str
    sender: str
    receiver: str | None
    outcome: Outcome
    short: Worded
    may_go: tuple[str, ...] = Field(description="Items that could go on their own, allowed or with conditions")
    items: tuple[ItemDecision, ...]
    warnings: tuple[Caution, ...]
    not_covered: tuple[str, ...] = Field(description="Items outside what the encoding covers")
    judgements: tuple[Judged, ...] = ()
    looked_up: tuple[LookedUp, ...] = ()
    from_register: tuple[FromRegister, ...] = ()
    policies: tuple[Used, ...] = ()
    receipt: Receipt

    def as_json(self) -> str:
        """The decision as JSON text, the same bytes for the same decision."""
        import json

        data: dict[str, Any] = self.model_dump(mode="json")
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
