"""What a policy claims: the cases it covers, and the conditions it can keep."""

from __future__ import annotations

from collections.abc import Iterator

from ...rules.expressions import Either, Expression
from ...rules.policy import GATEWAYS, Rule
from .check import Family, Found
from .meaning import Cases
from .subject import PolicySubject

family = Family()


@family.check("MS671", severity="note")
def covers_nothing(subject: PolicySubject) -> Iterator[Found]:
    """A domestic policy that claims to cover nothing."""
    if subject.document.kind == "domestic" and subject.policy.covers is None and subject.document.rules:
        message = "no `covers`: whatever no rule permits is undetermined, never denied"
        yield Found(("policy",), message, "say for which cases every gateway is encoded, if there are such cases")


@family.check("MS672", severity="error", deep=True)
def covers_no_case(subject: PolicySubject) -> Iterator[Found]:
    """A claim of coverage that no case meets."""
    if subject.policy.covers is not None and _claims(subject, subject.policy.covers, "never"):
        yield Found(("covers",), "`covers` holds in no case", "its parts exclude each other: correct them", key=True)


@family.check("MS673", deep=True)
def covers_everything(subject: PolicySubject) -> Iterator[Found]:
    """A claim to cover every case there is."""
    if subject.policy.covers is not None and _claims(subject, subject.policy.covers, "always"):
        yield Found(
            ("covers",),
            "`covers` claims that every case there is is encoded",
            "name direction, mode and authorities",
            key=True,
        )


def _claims(subject: PolicySubject, covers: Expression, what: str) -> bool:
    meaning = subject.meaning
    gate = meaning.gate(covers)
    return meaning.ask(Cases.never if what == "never" else Cases.always, gate)


@family.check("MS674", deep=True)
def covers_without_gateway(subject: PolicySubject) -> Iterator[Found]:
    """A claim of coverage where no gateway could ever open."""
    covers = subject.policy.covers
    if covers is None or _claims(subject, covers, "never"):
        return
    for part in covers.parts if isinstance(covers, Either) else (covers,):
        if not _claims(subject, part, "never") and not _some_gateway(subject, part):
            yield Found(
                part.place,
                "no gateway can open in the cases claimed here: every one of them is denied",
                "encode their gateways, or do not claim them",
            )


def _some_gateway(subject: PolicySubject, part: Expression) -> bool:
    meaning = subject.meaning
    own = meaning.gate(part)
    gateways = (n.gate for n in meaning.norms.values() if n.rule.effect in GATEWAYS)
    return any(meaning.ask(Cases.together, own, gate, otherwise=True) for gate in gateways)


@family.check("MS675")
def cannot_but_does_not_say_why(subject: PolicySubject) -> Iterator[Found]:
    """A condition that the State cannot keep, without a word on why."""
    for kind, honour in subject.document.honours.items():
        if not honour.can and not honour.note:
            yield Found(
                ("honours", kind, "can"),
                f"`{kind}` cannot be kept, and it is not said why",
                "add `note:`: a foreign sender will be warned with these words",
            )


@family.check("MS676", severity="note")
def language_in_part(subject: PolicySubject) -> Iterator[Found]:
    """A language in which the policy gives some of its rules and conditions, and not others."""
    languages = dict.fromkeys(code for _, rule in subject.rules() for code in rule.readings)
    for language in languages:
        lacking = [name for _, rule in subject.rules() for name in _unread(rule, language)]
        if lacking:
            first = ", ".join(f"`{name}`" for name in lacking[:5]) + (" …" if len(lacking) > 5 else "")
            message = f"given in `{language}` in part: {len(lacking)} texts are not ({first})"
            path = next((*p, "readings", language) for p, rule in subject.rules() if language in rule.readings)
            yield Found(path, message, f"give each rule `readings: {{{language}: …}}` with its title and conditions")


def _unread(rule: Rule, language: str) -> list[str]:
    """The texts of a rule that are not given in a language, by the names of rule and condition."""
    reading = rule.readings.get(language)
    given = reading.conditions if reading else {}
    conditions = [f"{rule.id}/{c.id}" for c in rule.all_conditions if c.id not in given]
    return conditions if reading else [rule.id, *conditions]
