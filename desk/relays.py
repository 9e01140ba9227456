"""The way round: through a body of the sender's State to its counterpart, and on to the receiver, each step decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..engine.decision import Outcome, Part, SourceText
from ..engine.wording import value_words
from ..languages.words import Phrase, Worded, say
from ..rules.case import Case, FactValue, Stated
from ..rules.diagnostics import Place, Refused
from .drafts import restated
from .receiving import onward_case
from .whatif import GOOD, Subject

StepOutcome = Outcome | Literal["not_encoded"]
ORDER: tuple[StepOutcome, ...] = ("allow", "conditions", "undetermined", "not_encoded", "deny")
PARTY = ("receiver.", "assurance.", "relation.", "reciprocity.", "transmission.", "caveat.", "notice.")


@dataclass(frozen=True, slots=True)
class Hop:
    """A kind of body that deals with its counterpart abroad, and how."""

    body: str
    avenue: str
    words: Phrase
    channel: str | None = None


HOPS = (
    Hop("fiu", "fiu_to_fiu", say("financial intelligence units")),
    Hop("central_authority", "central_authority", say("central authorities")),
    Hop("asset_recovery_office", "aro_network", say("asset recovery offices")),
    Hop("interpol_ncb", "police_to_police", say("INTERPOL National Central Bureaus"), "interpol_i247"),
    Hop("spoc", "spoc_to_spoc", say("single points of contact")),
    Hop("network_contact_point", "network", say("contact points of a practitioner network")),
)


class Step(Part):
    """One leg of a relay."""

    text: Worded
    law: str
    outcome: StepOutcome
    short: Worded
    conditions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rule: str | None = None
    sources: tuple[SourceText, ...] = ()


class Relay(Part):
    """A way round, as good as its worst leg."""

    through: Worded
    outcome: StepOutcome
    steps: tuple[Step, ...]


def relays(subject: Subject) -> tuple[Relay, ...]:
    """The ways round that no encoded law shuts, the surest first."""
    if subject.case.value("direction") not in (None, "outgoing"):
        return ()
    found = []
    for hop in HOPS:
        if hop.body in (subject.case.value("sender.authority"), None) and hop.body == subject.case.value(
            "receiver.authority"
        ):
            continue  # that is the direct road
        steps = _steps(subject, hop)
        worst = max((s.outcome for s in steps), key=ORDER.index)
        if worst != "deny":
            found.append(Relay(through=hop.words, outcome=worst, steps=steps))
    return tuple(
        sorted(found, key=lambda r: (ORDER.index(r.outcome), sum(len(s.missing) for s in r.steps), len(r.steps)))
    )


def _steps(subject: Subject, hop: Hop) -> tuple[Step, ...]:
    steps = []
    sender, receiver = subject.case.value("sender.authority"), subject.case.value("receiver.authority")
    if sender != hop.body:
        steps.append(_at_home(subject, hop))
    across, case = _across(subject, hop)
    steps.append(across)
    if receiver != hop.body and receiver is not None:
        steps.append(_beyond(subject, hop, case))
    return tuple(steps)


def _at_home(subject: Subject, hop: Hop) -> Step:
    """Handing it to a body of one's own State: no policy here speaks of sharing at home, so nothing is claimed."""
    state = str(subject.case.value("sender.jurisdiction"))
    text = say("hand it over within {state}: {authority}", authority=_body(subject, hop.body), state=state)
    short = say("sharing within the State is not encoded: see domestic law")
    return Step(text=text, law=state, outcome="not_encoded", short=short)


def _body(subject: Subject, value: str) -> str:
    """A kind of authority in running text."""
    return value_words(subject.facts["sender.authority"], value, subject.bundle.vocabulary)


def _across(subject: Subject, hop: Hop) -> tuple[Step, Case]:
    changes: dict[str, FactValue | None] = {
        p: None for p in subject.case.facts if p.startswith(PARTY) and p != "receiver.jurisdiction"
    }
    if subject.case.value("sender.authority") != hop.body:  # another body judges for itself
        changes |= {p: None for p in subject.case.facts if p.startswith("sender.") and p != "sender.jurisdiction"}
        changes["item.origin"] = "other_domestic_authority"
    changes |= {
        "sender.authority": hop.body,
        "receiver.authority": hop.body,
        "avenue": hop.avenue,
        "channel": hop.channel,
    }
    known = {p: v for p, v in changes.items() if p in subject.facts}
    case = restated(subject.case, known, because="relay", vocabulary=subject.facts)
    ends = " → ".join(str(subject.case.value(f"{p}.jurisdiction") or "?") for p in ("sender", "receiver"))
    return _decided(
        subject, case, say("from one to the other of the {bodies}, {ends}", bodies=hop.words, ends=ends)
    ), case


def _beyond(subject: Subject, hop: Hop, case: Case) -> Step:
    """From the counterpart to the one who is to have it, under the law there."""
    state = str(case.value("receiver.jurisdiction") or "?")
    kind = _body(subject, str(subject.case.value("receiver.authority")))
    text = say("from that body on to another in {state}: {authority}; that is passing on", authority=kind, state=state)
    if state not in subject.decider.library.files:
        short = say("the law of {state} is not encoded here", state=state)
        return Step(text=text, law=state, outcome="not_encoded", short=short)
    decision = subject.decide(case)
    onward = onward_case(subject, case, decision, recipient="same_state_authority")
    onward = onward.model_copy(
        update={
            "facts": {
                **onward.facts,
                "receiver.authority": Stated(value=str(subject.case.value("receiver.authority")), place=Place("relay")),
                "receiver.jurisdiction": Stated(value=state, place=Place("relay")),
            }
        }
    )
    try:
        return _decided(subject, onward, text)
    except Refused:
        short = say("the law of {state} cannot be read for that day", state=state)
        return Step(text=text, law=state, outcome="not_encoded", short=short)


def _decided(subject: Subject, case: Case, text: str) -> Step:
    decision = subject.decide(case)
    law = str(case.value("sender.jurisdiction"))
    best = [i.gateways[0] for i in decision.items if i.gateways]
    short = decision.short
    outcome: StepOutcome = "not_encoded" if decision.not_covered and decision.outcome not in GOOD else decision.outcome
    return Step(
        text=text,
        law=law,
        outcome=outcome,
        short=short,
        conditions=tuple(dict.fromkeys(c for g in best for c in g.conditions)),
        missing=tuple(dict.fromkeys(m.fact for i in decision.items for m in i.missing)),
        rule=best[0].rule if best else None,
        sources=best[0].sources if best else (),
    )
