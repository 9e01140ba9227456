"""What a register holds: entries, each of a kind, and the obligations they carry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

VERSION = 1
"""Of the register's layout; a register of a later one is not touched."""


class Part(BaseModel):
    """Base of what a register holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Obligation(Part):
    """Something that is to be done, or to be kept to, because information was sent or received.

    It has a deadline (`due`), or an end (`ends`: it lasts up to and including that day), or neither: then it stands until it
    is met or lifted, or until the event in `event`, whose day may be entered once it is known.
    """

    id: str = Field("", description="The entry's number and its own, `3.2`; given when it is recorded")
    condition: str = Field(description="The condition's id in the answer, or a name for what the originator asked")
    rule: str | None = Field(None, description="The rule that sets it")
    items: tuple[str, ...] = ()
    kind: str
    stage: str
    owed_by: Literal["us", "them"]
    text: str
    contingent: tuple[str, ...] = Field((), description="It applies only depending on these facts")
    due: date | None = None
    moment: datetime | None = Field(None, description="The hour of `due`, where the law counts in hours")
    ends: date | None = None
    event: str | None = Field(None, description="The event up to which it lasts, in words")
    counted: str = Field("", description="How the day was computed, in words")
    source: str = Field("", description="The provision")


class Common(Part):
    """What every entry says."""

    at: datetime = Field(description="When it was recorded")
    by: str = Field(description="Who acted: sent, received, met the obligation")
    on: str = Field(description="When it happened: a day, or a day and hour with its offset")
    note: str | None = None


class Sent(Common):
    """Information sent, under an answer that is kept whole beside the entry."""

    kind: Literal["sent"] = "sent"
    case: str
    title: str | None = None
    sender: str
    receiver: str | None
    channel: str
    reference: str | None = Field(None, description="File number")
    outcome: str
    short: str
    items: tuple[str, ...] = Field(description="The items that were sent, of those in the answer")
    gateways: dict[str, str] = Field({}, description="By item: the gateway relied on")
    despite: str | None = Field(None, description="Why it was sent although the answer does not let it go")
    answer_sha256: str = Field(description="Of the answer kept beside the entry")
    obligations: tuple[Obligation, ...] = ()


class Received(Common):
    """Information received, with the conditions its originator set."""

    kind: Literal["received"] = "received"
    title: str | None = None
    sender: str = Field(description="The originator's State")
    channel: str
    reference: str | None = None
    items: tuple[str, ...] = ()
    facts: dict[str, Any] = Field(description="The facts `received.*` that a case takes from it")
    obligations: tuple[Obligation, ...] = ()


class Done(Common):
    """Obligations met."""

    kind: Literal["done"] = "done"
    obligations_met: tuple[str, ...]


class Lifted(Common):
    """Obligations that no longer apply, or never did."""

    kind: Literal["lifted"] = "lifted"
    obligations_lifted: tuple[str, ...]
    reason: str


class Dated(Common):
    """The day of an event, or another deadline, entered for an obligation."""

    kind: Literal["dated"] = "dated"
    obligation: str
    day: date
    as_end: bool = Field(description="Whether the obligation lasts up to that day, or is due on it")


class Feedback(Common):
    """How information was used, and what came of it."""

    kind: Literal["feedback"] = "feedback"
    entry: int
    given_by: Literal["us", "them"]
    text: str
    interim: bool = False
    obligations_met: tuple[str, ...] = ()


class Consent(Common):
    """The originator's consent: asked for, given or refused."""

    kind: Literal["consent"] = "consent"
    entry: int
    to: Literal["onward", "use", "evidence"]
    state: Literal["asked", "given", "refused"]
    receiver: str | None = Field(None, description="State to which it may be passed on; none: any")
    authority: str | None = Field(None, description="Kind of authority to which it may be passed on; none: any")
    limit: str | None = Field(
        None, description="A limit in words; it is for a person to say whether a case is within it"
    )
    obligations: tuple[Obligation, ...] = ()
    obligations_met: tuple[str, ...] = ()


Entry = Sent | Received | Done | Lifted | Dated | Feedback | Consent
ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
