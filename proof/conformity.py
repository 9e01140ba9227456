"""A law held against the draft guidelines on article 56, test by test; they do not bind, and no verdict says that they do.

A test is answered by the solver where it asks what may be sent, from the policy's rules or the registry where it asks what they
say, and from the policy's declarations (`declares: {guideline.6.1a: …}`) where it asks about practice. A declaration
`domestic_bar.1.1a` names the statute that forces a restriction: it turns a departure into "not applicable" where the test has an
escape clause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.bundle import source_text
from ..rules.diagnostics import Findings
from ..rules.expressions import ExpressionReader
from ..rules.policy import Declaration, PolicyDocument
from ..rules.source import Document, Source
from .decode import Witness
from .formula import Formula, every
from .frame import Frame, Goal, Subject
from .guidelines import (
    BARRED,
    BINDING_WORDS,
    OPTIONS,
    PERMITTED,
    PROCEEDS,
    ROLLED,
    STATE_FACTS,
    WHEN,
    Test,
    Verdict,
    guidelines,
)
from .solve import Inquiry


@dataclass(frozen=True)
class Finding:
    """What came of a test: the verdict, why in a sentence, the sources it rests on, and a case that shows it."""

    test: Test
    verdict: Verdict
    why: str
    sources: tuple[str, ...] = ()
    witness: Witness | None = None


def assess(subject: Subject, policy: PolicyDocument, inquiry: Inquiry, only: Sequence[str] = ()) -> list[Finding]:
    """The findings, in the order of the guidelines."""
    assessor = _Assessor(subject, policy, inquiry)
    return [assessor.find(t) for t in guidelines().tests if not only or t.id in only]


class _Assessor:
    def __init__(self, subject: Subject, policy: PolicyDocument, inquiry: Inquiry) -> None:
        self.subject = subject
        self.policy = policy
        self.inquiry = inquiry
        self.bundle = subject.bundle
        self.known: dict[str, Finding] = {}
        self.tests = {t.id: t for t in guidelines().tests}
        self.when = {name: gate for name, when in WHEN.items() if (gate := self._gate(when)) is not None}
        offences = self.bundle.vocabulary.facts.get("offence.type")
        self.offences: dict[str, int] = {}
        for value, text in offences.tree.values.items() if offences is not None and offences.tree is not None else ():
            if (
                str(text.source).startswith("UNCAC art ")
                and (gate := self._gate({**PROCEEDS, "offence.type": value})) is not None
            ):
                self.offences[value] = gate

    def _gate(self, when: Mapping[str, Any]) -> int | None:
        """A condition of the inquiry; None where the vocabulary does not have its facts."""
        findings = Findings()
        expression = ExpressionReader(
            self.bundle.vocabulary, {}, Document(Source("guidelines", ""), dict(when)), findings
        ).read(dict(when), ())
        return None if findings.errors else self.inquiry.conditions.add(expression)

    def find(self, test: Test) -> Finding:
        """What comes of a test: as declared, else as worked out."""
        if test.id not in self.known:
            declared = self._declared(f"guideline.{test.id}")
            found = self._attested(test, declared) if declared is not None else self._worked_out(test)
            self.known[test.id] = self._escape(found)
        return self.known[test.id]

    def _declared(self, key: str) -> Declaration | None:
        return self.policy.declares.get(key)

    def _cited(self, declared: Declaration) -> tuple[str, ...]:
        return tuple(str(source_text(s, self.policy.instruments)) for s in declared.source)

    def _attested(self, test: Test, declared: Declaration) -> Finding:
        sources = self._cited(declared)
        if declared.value is False:
            return Finding(
                test,
                self._not_met(test),
                "declared not to be so" + (f": {declared.note}" if declared.note else ""),
                sources,
            )
        said = declared.note or (declared.value if isinstance(declared.value, str) else "declared to be so")
        return Finding(test, "in_line", str(said), sources)

    def _escape(self, found: Finding) -> Finding:
        """A departure is no departure where the test leaves room for domestic law and the policy names that law."""
        bar = self._declared(f"domestic_bar.{found.test.id}")
        if found.verdict != "departs" or found.test.escape is None or bar is None:
            return found
        why = (
            f"{found.test.escape}: {bar.value if isinstance(bar.value, str) else bar.note or 'a domestic bar is named'}"
        )
        return Finding(found.test, "not_applicable", why, tuple(str(s) for s in bar.source), found.witness)

    @staticmethod
    def _not_met(test: Test) -> Verdict:
        """What the modal word allows to be said where the thing asked for is not there."""
        return (
            "departs" if test.level in BINDING_WORDS else "option_unused" if test.level in OPTIONS else "cannot_be_told"
        )

    def _worked_out(self, test: Test) -> Finding:
        if test.id in ROLLED:
            return self._roll_up(test, ROLLED[test.id])
        if test.id in PERMITTED:
            return self._permitted(test)
        if test.id in BARRED:
            return self._barred(test, *BARRED[test.id])
        special: dict[str, Callable[[Test], Finding]] = {
            "2.0": self._three_parts, "2.1a": self._authorities_named, "2.3": self._form_of_rules, "3.1a": self._offences,
            "3.2": self._against_mla, "3.3": self._procedure, "4.3c": self._feedback, "6.0": self._contact_points,
            "6.1c": lambda t: self._of_contact_points(t, "languages"), "6.1b": lambda t: self._of_contact_points(t, "mandate"),
            "6.2a": lambda t: self._of_contact_points(t, "procedure"), "6.2b": lambda t: self._of_contact_points(t, "office"),
            "6.2c": lambda t: self._of_contact_points(t, "designated_on"), "6.3": self._contact_point_rules,
        }  # fmt: skip
        if test.id in special:
            return special[test.id](test)
        return Finding(test, "cannot_be_told", f"nothing is declared about it (`declares: {{guideline.{test.id}: …}}`)")

    # -- by the solver ----------------------------------------------------------------------------------------

    def _where(self, name: str, goal: Goal) -> Goal:
        return lambda f: every([f.conditions(self.when[name]), goal(f)])

    def _undecided(self, test: Test) -> Finding:
        return Finding(test, "cannot_be_told", f"not decided within {self.inquiry.limit:g} s")

    def _permitted(self, test: Test) -> Finding:
        """Some case of the test's kind may be sent."""
        if test.id not in self.when:
            return Finding(test, "cannot_be_told", "the vocabulary does not have the facts")
        if (skip := self._does_not_apply(test)) is not None:
            return skip
        answer = self.inquiry.ask(self._where(test.id, lambda f: f.look.permitted))
        if answer.status == "undecided":
            return self._undecided(test)
        if answer.witness is not None:
            item = answer.witness.decisions[0].items[0]
            return Finding(test, "in_line", f"possible: {item.short}", _provisions(answer.witness), answer.witness)
        refused = self.inquiry.ask(self._where(test.id, lambda f: f.look.denied))
        if (
            refused.witness is None
            or self.inquiry.possible(self._where(test.id, lambda f: f.look.uncovered)) is not False
        ):
            return Finding(
                test, "cannot_be_told", "no rule permits it, and the encoding does not claim to cover every such case"
            )
        return Finding(
            test, self._not_met(test), "no such case may be sent", _provisions(refused.witness), refused.witness
        )

    def _does_not_apply(self, test: Test) -> Finding | None:
        if test.id == "1.2d":
            direct = self._state_fact("sender.applies_convention_directly", "applies_convention_directly")
            if direct is None:
                return Finding(
                    test, "cannot_be_told", "it is not known whether the State applies the Convention directly"
                )
            return (
                None if direct else Finding(test, "not_applicable", "the State does not apply the Convention directly")
            )
        key = STATE_FACTS.get(test.id)
        declared = self._declared(key) if key else None
        if declared is not None and declared.value is False:
            return Finding(test, "not_applicable", f"declared: {key} is false", self._cited(declared))
        return None

    def _state_fact(self, path: str, key: str) -> bool | None:
        declared = self._declared(key)
        if declared is not None and isinstance(declared.value, bool):
            return declared.value
        fact = self.bundle.vocabulary.facts.get(path)
        if fact is None or self.subject.acting is None:
            return None
        answer = self.bundle.registry.look_up(fact, {"sender": self.subject.acting}, self.inquiry.days.first)
        return None if answer is None else answer.value

    def _barred(self, test: Test, fact: str, kind: str) -> Finding:
        """No case of the test's kind may go without the sender's terms being kept."""
        if test.id not in self.when or fact not in self.bundle.program.kinds:
            return Finding(test, "cannot_be_told", f"no rule asks about `{fact}`")
        direction = "use" if test.id == "4.3b" else "onward"
        if self.inquiry.possible(self._where(direction, lambda f: f.look.permitted)) is not True:
            return Finding(test, "cannot_be_told", f"no rule permits anything in direction `{direction}`")
        guarding = [i for i, (c, _) in enumerate(self.bundle.conditions) if c.kind == kind]

        def unguarded(frame: Frame) -> Formula:
            return every([frame.look.permitted, frame.look.open_without(guarding, frame.look.attached)])

        answer = self.inquiry.ask(self._where(test.id, unguarded))
        if answer.status == "undecided":
            return self._undecided(test)
        if answer.witness is None:
            return Finding(test, "in_line", "proven: no such case is permitted without it")
        return Finding(
            test, self._not_met(test), "a case is permitted without it", _provisions(answer.witness), answer.witness
        )

    def _offences(self, test: Test) -> Finding:
        if not self.offences:
            return Finding(test, "cannot_be_told", "offences are not mapped")
        open_ = self.inquiry.which({o: _permitted_where(gate) for o, gate in self.offences.items()})
        shut = [o for o, answer in open_.items() if answer is not True]
        if not shut:
            return Finding(
                test,
                "in_line",
                f"proven for each of the {len(self.offences)} offences of the Convention: some case may be sent",
            )
        if len(shut) == len(self.offences):
            return Finding(test, "cannot_be_told", "no rule permits unasked sending on proceeds")
        return Finding(test, "departs", "no unasked sending for: " + ", ".join(sorted(shut)))

    def _against_mla(self, test: Test) -> Finding:
        """A case that may go under mutual assistance and not unasked, all else equal."""
        modes = self.bundle.vocabulary.facts.get("mode")
        if modes is None or not {"mla", "spontaneous"} <= set(modes.values):
            return Finding(test, "cannot_be_told", "the vocabulary does not tell the modes apart")
        pair = [
            Subject(self.bundle, self.subject.acting, {"mode": mode, "direction": "outgoing"})
            for mode in ("mla", "spontaneous")
        ]
        both = Inquiry(pair, self.inquiry.days, self.inquiry.limit)
        if both.possible(lambda f: f.looks[0].permitted) is not True:
            return Finding(
                test, "cannot_be_told", "the policy has no rules that permit anything under mutual assistance"
            )
        answer = both.ask(lambda f: every([f.looks[0].permitted, f.looks[1].denied]))
        if answer.status == "undecided":
            return self._undecided(test)
        if answer.witness is None:
            return Finding(test, "in_line", "proven: whatever may be given under mutual assistance may be sent unasked")
        by = answer.witness.decisions[1].items[0]
        why = f"the same case may go under mutual assistance, and unasked: {by.short}"
        return Finding(test, "departs", why, _provisions(answer.witness, 1), answer.witness)

    # -- from rules and registry ------------------------------------------------------------------------------

    def _roll_up(self, test: Test, parts: Sequence[str]) -> Finding:
        found = [self.find(self.tests[p]) for p in parts]
        why = ", ".join(f"{f.test.id} {f.verdict.replace('_', ' ')}" for f in found)
        told = [f.verdict for f in found if f.verdict not in ("cannot_be_told", "not_applicable")]
        if "departs" in told and (test.id != "1.0" or "in_line" not in told):
            return Finding(test, "departs", why)
        if not told or (test.id != "1.0" and len(told) < len([f for f in found if f.verdict != "not_applicable"])):
            return Finding(test, "cannot_be_told", why)
        return Finding(test, "in_line", why)

    def _sends_unasked(self) -> bool:
        return "any" in self.when and self.inquiry.possible(self._where("any", lambda f: f.look.permitted)) is True

    def _three_parts(self, test: Test) -> Finding:
        if not self._sends_unasked():
            return Finding(test, "cannot_be_told", "no rule permits unasked sending")
        kinds = self.bundle.program.kinds
        parts = {
            "conditions": bool(self.bundle.program.provisos),
            "avenues": "avenue" in kinds,
            "types of information": "item.type" in kinds,
        }
        left_out = [name for name, there in parts.items() if not there]
        if left_out:
            return Finding(test, "departs", "the rules do not speak of " + " or ".join(left_out))
        return Finding(test, "in_line", "conditions, avenues and types of information are all spoken of")

    def _authorities_named(self, test: Test) -> Finding:
        if "sender.authority" in self.bundle.program.kinds:
            return Finding(test, "in_line", "rules name the sending authorities")
        return Finding(test, "option_unused", "no rule names the sending authority")

    def _form_of_rules(self, test: Test) -> Finding:
        return Finding(
            test,
            "in_line",
            "any legal form will do; the instruments cited: "
            + ", ".join(sorted({i.kind or "not said" for i in self.policy.instruments.values()})),
        )

    def _procedure(self, test: Test) -> Finding:
        ids = {
            c.id for (c, _), p in zip(self.bundle.conditions, self.bundle.program.provisos, strict=True)
            if c.kind == "authorisation" and c.stage == "before" and p.rule is not None
        }  # fmt: skip
        named = ", ".join(sorted(ids)) or "none"
        why = f"authorisations asked for before sending: {named}; whether they restrict is for the reader"
        return Finding(test, "cannot_be_told" if ids else "in_line", why)

    def _feedback(self, test: Test) -> Finding:
        there = sorted({c.id for c, _ in self.bundle.conditions if c.kind == "feedback"})
        if there:
            return Finding(test, "in_line", "conditions on reporting back: " + ", ".join(there))
        return Finding(test, "cannot_be_told", "no rule speaks of reporting on use")

    def _points(self) -> list[Any]:
        return [
            p
            for file in self.bundle.registry.files
            for p in file.contact_points
            if p.jurisdiction == self.subject.acting
        ]

    def _contact_points(self, test: Test) -> Finding:
        day = self.inquiry.days.first
        networks = {
            name for file in self.bundle.registry.files for name, group in file.groups.items() if group.kind == "network"
            if any(m.jurisdiction == self.subject.acting and m.holds(day) is not False for m in group.members)
        }  # fmt: skip
        with_point = {p.network for p in self._points() if p.holds(day) is not False}
        missing = sorted(networks - with_point)
        if not networks:
            return Finding(test, "cannot_be_told", "no membership of a network is recorded")
        if missing:
            return Finding(test, "cannot_be_told", "no contact point is recorded for " + ", ".join(missing))
        return Finding(test, "in_line", "a contact point is recorded for " + ", ".join(sorted(networks)))

    def _of_contact_points(self, test: Test, what: str) -> Finding:
        points = self._points()
        told = [p for p in points if getattr(p, what, None)]
        words = what.replace("_", " ")
        if points and len(told) == len(points):
            return Finding(test, "in_line", f"{words} recorded for each of {len(points)} contact points")
        return Finding(test, "cannot_be_told", f"{words} recorded for {len(told)} of {len(points)} contact points")

    def _contact_point_rules(self, test: Test) -> Finding:
        spoken = any(
            "network_contact_point" in (a.operand or ())
            for a in self.bundle.program.atoms
            if a.fact == "sender.authority" and isinstance(a.operand, tuple)
        )
        return (
            Finding(test, "in_line", "rules say what contact points may do")
            if spoken
            else Finding(test, "option_unused", "no rule speaks of contact points")
        )


def _permitted_where(gate: int) -> Goal:
    return lambda f: every([f.conditions(gate), f.look.permitted])


def _provisions(witness: Witness, position: int = 0) -> tuple[str, ...]:
    grounds = witness.decisions[position].items[0].grounds
    return tuple(dict.fromkeys(str(s) for g in grounds for s in g.sources))
