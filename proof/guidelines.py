"""The draft guidelines as data: their tests and verdicts, and the cases that each test is about."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

from ..rules.model import Model, Text
from ..rules.source import Source, read_document

Verdict = Literal["in_line", "departs", "option_unused", "cannot_be_told", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("in_line", "departs", "option_unused", "cannot_be_told", "not_applicable")
BINDING_WORDS = ("should", "may_not")
OPTIONS = ("may", "could", "can_be_helpful")


class Test(Model):
    """One paragraph of the guidelines as a test."""

    id: Text
    paragraph: Text
    level: Text
    requirement: Text
    kind: Literal["static", "semantic", "attested", "external"]
    met_if: Text
    not_met_if: Text
    cannot_tell_if: Text
    escape: Text | None = None
    applies_if: Text | None = None
    note: Text | None = None


class Guidelines(Model):
    """The guidelines as data."""

    guidelines: Text
    title: Text
    status: Text
    read_as_of: Text
    verdicts: dict[str, Text]
    tests: tuple[Test, ...]


def guidelines() -> Guidelines:
    """The shipped guidelines."""
    text = files("mayshare").joinpath("jurisdictions/guidelines.yaml").read_text("utf-8")
    return Guidelines.model_validate(read_document(Source("jurisdictions/guidelines.yaml", text)).data)


SENDING = {"direction": "outgoing", "mode": "spontaneous"}
PROCEEDS = {**SENDING, "item.concerns_proceeds": True, "offence.established_under_uncac": True}
NO_TREATY = {
    "relation.agreement_in_force": False, "relation.mla_treaty_in_force": False, "relation.spontaneous_clause_in_force": False,
    "relation.arrangement_in_force": False,
    "avenue": {"none_of": ["treaty", "arrangement", "network", "aro_network"]},
}  # fmt: skip
WHEN: dict[str, dict[str, Any]] = {
    "any": SENDING,
    "1.1a": {**PROCEEDS, **NO_TREATY},
    "1.1b": {**PROCEEDS, **NO_TREATY, "reciprocity.assured": False, "reciprocity.declared_by_diplomatic_channel": False},
    "1.2a": {**SENDING, "avenue": "arrangement"},
    "1.2b": {**SENDING, "avenue": ["network", "aro_network"]},
    "1.2c": {**SENDING, "avenue": "case_by_case"},
    "1.2d": {**SENDING, "avenue": "convention_direct_application"},
    "2.2": {**SENDING, "any": [{"item.publicly_available": True}, {"item.type": "public_information"}]},
    "4.1(b)": {"direction": "use", "received.mode": "spontaneous", "purpose": "open_proceedings"},
    "4.1(c)": {"direction": "use", "received.mode": "spontaneous", "purpose": "enable_request"},
    "4.2": {
        "direction": "onward", "received.confidentiality_requested": True, "onward.recipient_type": ["public", "private_body"],
        "received.onward_consent_obtained": False, "item.exculpatory": False, "received.exculpatory_in_own_proceedings": False,
    },
    "4.3a": {
        "direction": "onward", "onward.recipient_type": ["third_state", "private_body", "public"],
        "received.onward_consent_obtained": False,
        "item.exculpatory": False, "received.exculpatory_in_own_proceedings": False,
    },
    "4.3b": {"direction": "use", "received.compatible_with_convention": False, "received.exculpatory_in_own_proceedings": False},
    "onward": {"direction": "onward"},
    "use": {"direction": "use"},
    "5.1a": {**SENDING, "item.type": "freezing_information", "stage": "administrative_freezing"},
    "5.2a": {**SENDING, "item.type": "settlement_facts"},
    "5.2b": {**SENDING, "item.type": "concluded_settlement"},
}  # fmt: skip
PERMITTED = ("1.1a", "1.1b", "1.2a", "1.2b", "1.2c", "1.2d", "2.2", "5.1a", "5.2a", "5.2b", "4.1(b)", "4.1(c)")
BARRED = {
    "4.2": ("received.confidentiality_requested", "confidentiality"),
    "4.3a": ("received.onward_consent_obtained", "onward_consent"),
    "4.3b": ("received.compatible_with_convention", "use_restriction"),
}
ROLLED = {
    "1.0": ("1.2a", "1.2b", "1.2c"),
    "3.0": ("3.1a", "3.1b", "3.2", "3.3"),
    "5.0": ("5.1a", "5.2a"),
    "4.0": ("4.1",),
}
STATE_FACTS = {"5.1a": "can_freeze_administratively", "5.2a": "concludes_settlements", "5.2b": "concludes_settlements"}
