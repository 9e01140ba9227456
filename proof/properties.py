"""Properties: what is claimed of every case, of none, or of some, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import Field, model_validator

from ..engine.bundle import Bundle, source_text
from ..rules.check_policy import Policy
from ..rules.diagnostics import Findings, suggestion
from ..rules.expressions import Expression, ExpressionReader
from ..rules.model import Identifier, Model, Several, Text, validated
from ..rules.policy import PolicyDocument
from ..rules.source import Document, Path_, Source, read_document
from .decode import Witness
from .formula import Formula, every, opposite, some
from .frame import Frame, Goal, Subject
from .look import Look
from .solve import Inquiry, and_when, effective, whole_days

OutcomeWord = Literal["allow", "conditions", "deny", "undetermined", "permitted"]
Quantifier = Literal["never", "always", "exists"]
Standing = Literal["holds", "fails", "known", "undecided"]
REACHABLE = "every-rule-reachable"


class Claim(Model):
    """What is claimed of a case; several keys have to hold together."""

    outcome: Several[OutcomeWord] = Field(
        (), description="One of these outcomes; `permitted` is `allow` or `conditions`"
    )
    condition: Several[str] = Field((), description="One of these conditions is attached to an open gateway")
    condition_kind: Several[str] = Field(
        (), description="A condition of one of these kinds is attached to an open gateway"
    )
    rule: Several[str] = Field((), description="One of these rules is effective")

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if not (self.outcome or self.condition or self.condition_kind or self.rule):
            raise ValueError("claims nothing: name an `outcome`, a `condition`, a `condition_kind` or a `rule`")
        return self


class PropertyText(Model):
    """A property as a file writes it."""

    id: Identifier
    title: Text = ""
    never: Claim | None = None
    always: Claim | None = None
    exists: Claim | None = None
    when: dict[str, Any] = {}
    note: Text | None = None

    @model_validator(mode="after")
    def _one_claim(self) -> PropertyText:
        if sum(c is not None for c in (self.never, self.always, self.exists)) != 1:
            raise ValueError("write one of `never`, `always` and `exists`")
        return self


class PropertyFile(Model):
    """A file of properties."""

    properties: tuple[PropertyText, ...]
    title: Text = ""


@dataclass(frozen=True)
class Property:
    """A property ready to be asked: a case meeting `goal` refutes it, or for `exists` shows it.

    `whenever` is the gate of its `when` alone, to tell a property that holds of nothing. `if_not` says what to make
    of it where it fails.
    """

    id: str
    title: str
    quantifier: Quantifier
    goal: Goal
    whenever: int | None = None
    if_not: str = ""


@dataclass(frozen=True)
class Result:
    """What came of a property: `over` says over which cases and days it was decided.

    `known` is a failure for which the policy gives the reason, with `sources`.
    """

    property: Property
    standing: Standing
    over: str
    witness: Witness | None = None
    remark: str = ""
    also: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    sources: tuple[str, ...] = ()


def read_properties(source: Source, bundle: Bundle, policy: Policy, inquiry: Inquiry) -> list[Property]:
    """The properties of a file, their conditions compiled into an inquiry.

    Raises:
        Refused: with every fault in the file; MS651 a condition that the law does not have, MS202 a rule it does not have.
    """
    document = read_document(source)
    findings = Findings()
    file = validated(PropertyFile, document.data, document, (), findings)
    findings.stop_on_errors()
    assert file is not None
    reader = ExpressionReader(bundle.vocabulary, policy.document.definitions, document, findings)
    found = []
    for index, text in enumerate(file.properties):
        path: Path_ = ("properties", index)
        quantifier, claim = _claim(text)
        _check_names(claim, bundle, document, (*path, quantifier), findings)
        when = reader.read(text.when, (*path, "when"))
        if not findings.errors:
            found.append(_property(text, quantifier, claim, when, policy.definitions, bundle, inquiry))
    findings.stop_on_errors()
    return found


def _claim(text: PropertyText) -> tuple[Quantifier, Claim]:
    if text.never is not None:
        return "never", text.never
    if text.always is not None:
        return "always", text.always
    assert text.exists is not None
    return "exists", text.exists


def _check_names(claim: Claim, bundle: Bundle, document: Document, path: Path_, findings: Findings) -> None:
    known: dict[str, list[str]] = {
        "rule": [r.id for r in bundle.program.rules], "condition": sorted({p.id for p in bundle.program.provisos}),
        "condition_kind": sorted({c.kind for c, _ in bundle.conditions}),
    }  # fmt: skip
    for key, names in known.items():
        for name in getattr(claim, key):
            if name not in names:
                code = "MS202" if key == "rule" else "MS651"
                what = {"rule": "rule", "condition": "condition", "condition_kind": "condition of the kind"}[key]
                findings.add(document.error(code, f"no {what} `{name}`", (*path, key), suggestion(name, names)))


def _property(
    text: PropertyText, quantifier: Quantifier, claim: Claim, when: Expression, definitions: Mapping[str, Expression],
    bundle: Bundle, inquiry: Inquiry,
) -> Property:  # fmt: skip
    gate = inquiry.conditions.add(when, definitions)

    def goal(frame: Frame) -> Formula:
        if quantifier == "always":
            return refutes_always(claim, frame.look, bundle)
        return meets(claim, frame.look, bundle)

    return Property(text.id, text.title or text.id, quantifier, and_when(goal, gate), gate)


def meets(claim: Claim, look: Look, bundle: Bundle) -> Formula:
    """The case is as claimed; a condition counts if some open gateway carries it."""
    return every([*_plain_parts(claim, look), *(_carried(look, wanted) for wanted in _wanted(claim, bundle))])


def refutes_always(claim: Claim, look: Look, bundle: Bundle) -> Formula:
    """The case is not as claimed; a condition is missing if the item may go through some gateway without it."""
    return some(
        [*(opposite(p) for p in _plain_parts(claim, look)), *(_escaped(look, w) for w in _wanted(claim, bundle))]
    )


def _plain_parts(claim: Claim, look: Look) -> list[Formula]:
    parts = []
    if claim.outcome:
        parts.append(some(look.outcome(o) for o in claim.outcome))
    if claim.rule:
        parts.append(look.some_effective(i for i, r in enumerate(look.program.rules) if r.id in claim.rule))
    return parts


def _wanted(claim: Claim, bundle: Bundle) -> list[list[int]]:
    provisos = bundle.program.provisos
    found = []
    if claim.condition:
        found.append([i for i, p in enumerate(provisos) if p.id in claim.condition])
    if claim.condition_kind:
        found.append([i for i in range(len(provisos)) if bundle.conditions[i][0].kind in claim.condition_kind])
    return found


def _carried(look: Look, wanted: Sequence[int]) -> Formula:
    return every([look.permitted, look.open_with(wanted, look.attached)])


def _escaped(look: Look, wanted: Sequence[int]) -> Formula:
    return every([look.permitted, look.open_without(wanted, look.attached)])


# -- shipped --------------------------------------------------------------------------------------------------


OF_THE_LAW = "This is a finding about the law as encoded, not an error of the encoding"
OF_THE_ENCODING = "This is an error of the encoding: no law is meant to say it"
SAY_SO = "If the law is meant so, say it in the policy: `declares: {property.ID: {value: the reason, source: …}}`"


def shipped(bundle: Bundle, inquiry: Inquiry) -> list[Property]:
    """The properties that every policy should have."""
    public = {"direction": "outgoing", "any": [{"item.publicly_available": True}, {"item.type": "public_information"}]}
    found = [
        Property(
            "no-unordered-conflict", "Nothing is both commanded and forbidden without an order", "never", _conflict, None,
            f"{OF_THE_LAW}, unless the law does say which provision yields: then write it as `overrides`. The prohibition is "
            "followed, and the answer to such a case warns.",
        ),
        _conditional(
            bundle, inquiry, "public-not-held-back", "Public information is never held back", public, lambda f: f.look.denied,
            f"{OF_THE_LAW}: the provision named holds back even what is public, or none opens a way for it.",
        ),
        _conditional(
            bundle, inquiry, "privileged-not-free", "Legally privileged items are never permitted unconditionally",
            {"item.privileged": True}, lambda f: f.look.allowed,
            f"{OF_THE_LAW}: the gateway named asks for nothing on account of privilege, and no prohibition stands.",
        ),
        Property(
            "forbid-defeats-permit", "A ban defeats every permission unless an exception to it applies", "never", _ban_undone,
            None, f"{OF_THE_ENCODING}.",
        ),
    ]  # fmt: skip
    return [p for p in found if p is not None]


def _conflict(frame: Frame) -> Formula:
    """A duty to send and a ban are both effective, and neither names the other as what it overrides."""
    look = frame.look
    pairs = [
        every([look.effective[duty], look.effective[ban]])
        for duty in look.by_effect("oblige")
        for ban in look.by_effect("forbid")
    ]
    return some(pairs)


def _ban_undone(frame: Frame) -> Formula:
    """Something is permitted although a ban applies that no effective exception takes out."""
    look = frame.look
    undone = [
        every([look.applicable[b], *(opposite(look.effective[d]) for d in look.program.rules[b].defeated_by)])
        for b in look.by_effect("forbid")
    ]
    return every([look.permitted, some(undone)])


def _conditional(
    bundle: Bundle, inquiry: Inquiry, name: str, title: str, when: dict[str, Any], goal: Goal, if_not: str
) -> Property | None:
    """A property with a `when` over the shipped vocabulary; None where the vocabulary does not have its facts."""
    findings = Findings()
    document = Document(Source("shipped properties", ""), when)
    expression = ExpressionReader(bundle.vocabulary, {}, document, findings).read(when, ())
    if findings.errors:
        return None
    gate = inquiry.conditions.add(expression)
    silent = [f for f in _facts(when) if f not in bundle.program.kinds]
    unasked = (
        f" No rule asks about {' or '.join(f'`{f}`' for f in silent)}: the law as read is silent on it."
        if silent
        else ""
    )
    return Property(name, title, "never", and_when(goal, gate), gate, if_not + unasked)


def _facts(when: Mapping[str, Any]) -> list[str]:
    """The facts that tell the cases of a shipped property from others."""
    return [f for part in (when, *when.get("any", ())) for f in part if f.startswith("item.")]


# -- asking ---------------------------------------------------------------------------------------------------


def decide_property(wanted: Property, inquiry: Inquiry, policy: PolicyDocument | None = None) -> Result:
    """Put a property to the solver; what the policy declares of it (`property.ID`) makes a failure a known one."""
    answer = inquiry.ask(wanted.goal)
    over = scope(inquiry)
    if answer.status == "undecided":
        return Result(wanted, "undecided", over, remark=f"not decided within {inquiry.limit:g} s")
    refuted = (answer.status == "found") is (wanted.quantifier != "exists")
    remark = ""
    if answer.status == "none" and wanted.whenever is not None:
        gate = wanted.whenever
        if inquiry.possible(lambda f: f.conditions(gate)) is False:
            remark = "no case at all meets its `when`"
    found = Result(wanted, "fails" if refuted else "holds", over, answer.witness, remark)
    return found if policy is None else as_declared(found, policy)


def as_declared(found: Result, policy: PolicyDocument) -> Result:
    """A failure that the policy explains is known; an explanation of what holds is out of date, and that is said."""
    declared = policy.declares.get(f"property.{found.property.id}")
    if declared is None or found.standing == "undecided" or declared.value is True:
        return found
    if found.standing == "holds":
        remarks = [r for r in (found.remark, "though the policy declares that it does not") if r]
        return replace(found, remark="; ".join(remarks))
    reason = declared.value if isinstance(declared.value, str) else declared.note or "the policy declares it"
    return replace(
        found,
        standing="known",
        reason=reason,
        sources=tuple(str(source_text(s, policy.instruments)) for s in declared.source),
    )


def unreachable_rules(subject: Subject, inquiry: Inquiry, limit: float) -> Result:
    """Whether each rule is effective in some case, on some day; rules that are not on the day in question are tried on all."""
    rules = subject.bundle.program.rules
    wanted = Property(
        REACHABLE, "Every rule is effective in some case", "always", lambda f: f.look.permitted, None,
        "Each of them is written for nothing: its conditions, or what defeats it, want another look.",
    )  # fmt: skip
    now = inquiry.which({i: effective(i) for i in range(len(rules))})
    left = [i for i, reached in now.items() if not reached]
    ever = Inquiry([subject], whole_days([subject], None, None), limit) if left else inquiry
    then = ever.which({i: effective(i) for i in left})
    unsure = [i for i, reached in then.items() if reached is None]
    never = [i for i, reached in then.items() if reached is False]
    over = scope(ever)
    if never:
        named = tuple((rules[i].id, _why_never(subject, ever, i)) for i in never)
        return Result(
            wanted, "fails", over, remark=f"{len(never)} of {len(rules)} rules are never effective", also=named
        )
    if unsure:
        names = ", ".join(rules[i].id for i in unsure)
        return Result(wanted, "undecided", over, remark=f"not decided within {limit:g} s for {names}")
    return Result(wanted, "holds", over, remark=f"{len(rules)} rules")


def _why_never(subject: Subject, inquiry: Inquiry, rule: int) -> str:
    applies = inquiry.possible(lambda f: f.look.applicable[rule])
    if applies is False:
        return "its conditions contradict each other, or what the vocabulary and the registry allow"
    names = [subject.bundle.program.rules[d].id for d in subject.bundle.program.rules[rule].defeated_by]
    return "whenever it applies it is defeated by " + " or ".join(names)


def scope(inquiry: Inquiry) -> str:
    """Over which cases and days an answer holds."""
    space = inquiry.worlds[0]
    return f"every complete case over the {len(space.variables)} facts that the law tests, {space.days}"


__all__ = [
    "SAY_SO",
    "Property",
    "PropertyFile",
    "Result",
    "as_declared",
    "decide_property",
    "read_properties",
    "scope",
    "shipped",
    "unreachable_rules",
]
