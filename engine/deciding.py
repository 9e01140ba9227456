"""The decision on a case: both engines, exact completion, conditions held against what the receiver can honour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..languages.words import SEMICOLON, listed, say
from ..rules.case import Case, Stated, bare
from ..rules.diagnostics import Refused
from .atoms import Values
from .bundle import Bundle, in_force_on
from .decision import (
    WORST_FIRST,
    Caution,
    Decision,
    FromRegister,
    ItemDecision,
    Judged,
    LookedUp,
    Outcome,
    Receipt,
    Used,
)
from .explain import Known
from .item import decide_item
from .kernel import Kernel
from .library import Library
from .program import Evaluation, Program
from .slicing import Engine, Shapes, Sliced
from .version import VERSION
from .wording import items_words, policy_words, value_words


class Disagreement(Exception):
    """The engines do not agree: an internal error, never an answer. `report` is what a bug report needs."""

    def __init__(self, report: str) -> None:
        self.report = report
        super().__init__("the engines disagree")


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided of a case, and no more: what a caller needs that decides many cases and hands none of them on.

    Its items carry no tree of reasons and no gateways that came nearest.
    """

    outcome: Outcome
    items: tuple[ItemDecision, ...]
    warnings: tuple[Caution, ...]


@dataclass
class Decider:
    """Decides cases with the policies of a library. Programs, kernels and rulesets are kept from case to case."""

    library: Library
    inference: bool = True

    def __post_init__(self) -> None:
        self._kernels: dict[str, Kernel] = {}
        self._inference: dict[str, Engine | None] = {}

    @cached_property
    def _shapes(self) -> Shapes | None:
        """What the inference engines of all programs share; None without such engines."""
        return _shapes() if self.inference else None

    def decide(self, case: Case, as_of: date | None = None, today: date | None = None) -> Decision:
        """The decision on a case, under the law of its sender on `as_of` (else the case's own day, else today).

        Raises:
            Refused: MS302 no policy, MS303 not in force, or faults in the policy's files.
            Disagreement: the engines differ.
        """
        day = as_of or case.as_of or today or date.today()
        stated = case.facts["sender.jurisdiction"]
        bundle = self.library.bundle(str(stated.value), stated.place)
        in_force_on(bundle, day, stated.place)
        return self.decide_with(bundle, case, day, self.receiver(case))

    def receiver(self, case: Case) -> Bundle | None:
        """The law of a case's receiver; None where there is none, or it cannot be read."""
        code = case.value("receiver.jurisdiction")
        if code is None or str(code) not in self.library.files:
            return None
        try:
            return self.library.bundle(str(code))
        except Refused:
            return None

    def decide_with(self, bundle: Bundle, case: Case, day: date, receiver: Bundle | None = None) -> Decision:
        """The decision under a given bundle; `receiver` is the receiving jurisdiction's, where there is one."""
        found, known = self._found(bundle, case, day, receiver, explain=True)
        items, direction = list(found.items), str(case.value("direction") or "outgoing")
        receiver_code = case.value("receiver.jurisdiction")
        return Decision(
            case=case.name, title=case.title, as_of=day, direction=direction,
            sender=str(case.value("sender.jurisdiction")), receiver=None if receiver_code is None else str(receiver_code),
            outcome=found.outcome, short=_short(items, found.outcome, direction),
            may_go=tuple(i.id for i in items if i.outcome in ("allow", "conditions")),
            items=found.items, warnings=found.warnings,
            not_covered=tuple(i.id for i in items if i.not_covered), judgements=_judgements(bundle, case),
            looked_up=_looked_up(known, items), from_register=_from_register(bundle, case, items),
            policies=_used(bundle), receipt=self._receipt(bundle, case, day),
        )  # fmt: skip

    def decided(self, bundle: Bundle, case: Case, day: date, receiver: Bundle | None = None) -> Decided:
        """What `decide_with` decides, without writing it up.

        Raises:
            Disagreement: the engines differ.
        """
        return self._found(bundle, case, day, receiver, explain=False)[0]

    def _found(
        self, bundle: Bundle, case: Case, day: date, receiver: Bundle | None, *, explain: bool
    ) -> tuple[Decided, list[Known]]:
        items: list[ItemDecision] = []
        knowns: list[Known] = []
        warnings: list[Caution] = []
        for item in case.items:
            known = knowledge(bundle, case.facts_of(item), day)
            evaluation = self.evaluate(bundle.program, known.values, day)
            settled = bundle.settlements.settle(known.values, day, evaluation)
            decision, notes = decide_item(item.id, bundle, known, evaluation, settled, receiver, explain)
            items.append(decision)
            knowns.append(known)
            warnings += notes
        if not self._engine(bundle.program):
            text = say(
                "computed by the kernel alone: the inference engine is not installed here, or the law is too large for it"
            )
            warnings.append(Caution(code="MS906", text=text))
        outcome = next(o for o in WORST_FIRST if any(i.outcome == o for i in items))
        return Decided(outcome, tuple(items), _ordered(warnings, day, bundle)), knowns

    def evaluate(self, program: Program, values: Mapping[str, object], day: date) -> Evaluation:
        """The evaluation both engines agree on.

        Raises:
            Disagreement: they do not.
        """
        kernel = self._kernels.get(program.hash)
        if kernel is None:
            kernel = self._kernels[program.hash] = Kernel(program)
        evaluation = kernel.evaluate(values, day)
        second = self._second(program, values, day)
        if second is not None and second != evaluation:
            raise Disagreement(_report(program, values, day, evaluation, second))
        return evaluation

    def _second(self, program: Program, values: Mapping[str, object], day: date) -> Evaluation | None:
        """The inference engine's evaluation; None where there is no such engine, or the law is too large for it."""
        engine = self._engine(program)
        if engine is None:
            return None
        from .inference import TooLarge

        try:
            return engine.evaluate(values, day)
        except TooLarge:
            self._inference[program.hash] = None
            return None

    def _engine(self, program: Program) -> Engine | None:
        if self._shapes is None:
            return None
        if program.hash not in self._inference:
            self._inference[program.hash] = Sliced(program, self._shapes)
        return self._inference[program.hash]

    def _receipt(self, bundle: Bundle, case: Case, day: date) -> Receipt:
        engines = ("kernel", "inference") if self._engine(bundle.program) else ("kernel",)
        return Receipt(
            version=VERSION, program=bundle.program.hash, vocabulary=bundle.vocabulary_hash, registry=bundle.registry_hash,
            case=case_hash(case), as_of=day, engines=engines, case_file=case.file, case_index=case.index, case_text=case.text,
            kept=case.kept,
        )  # fmt: skip


def _shapes() -> Shapes | None:
    """What makes inference engines; None where their library is missing."""
    from .inference import Inference, available

    return Shapes(Inference) if available() else None


def knowledge(bundle: Bundle, stated: Mapping[str, Stated], day: date) -> Known:
    """What is known of an item: what its case states, and what the registry answers."""
    values: dict[str, object] = {"direction": "outgoing"} if "direction" in bundle.vocabulary else {}
    values.update({path: s.value for path, s in stated.items()})
    answers = bundle.domain.answers(bundle.program.kinds, values, day)
    values.update({path: answer.value for path, answer in answers.items()})
    return Known(values, stated, answers, day)


def case_hash(case: Case) -> str:
    """A digest of what a case states, whatever its layout."""
    import hashlib
    import json

    def plain(facts: Mapping[str, Stated]) -> dict[str, object]:
        return {
            p: {
                "value": bare(s.value),
                "judged_by": s.judged_by,
                "on": bare(s.on),
                "basis": s.basis,
                "source": s.source,
            }
            for p, s in facts.items()
        }

    data = {
        "case": case.name, "title": case.title, "as_of": str(case.as_of), "facts": plain(case.facts),
        "items": [{"id": i.id, "facts": plain(i.facts)} for i in case.items],
    }  # fmt: skip
    return "sha256:" + hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _short(items: list[ItemDecision], outcome: Outcome, direction: str) -> str:
    if len(items) == 1:
        return items[0].short
    parts = []
    for kind in reversed(WORST_FIRST):
        for bound in (True, False):
            names = [f"`{i.id}`" for i in items if i.outcome == kind and _must(i) is bound]
            if names:
                parts.append(items_words(names, kind, direction, bound=bound))
    return say("{verdicts}.", verdicts=listed(parts, SEMICOLON))


def _must(item: ItemDecision) -> bool:
    """Whether it may go and a duty says that it must."""
    return item.outcome in ("allow", "conditions") and any(d.truth == "true" for d in item.duties)


def _ordered(warnings: list[Caution], day: date, bundle: Bundle) -> tuple[Caution, ...]:
    unique = list(dict.fromkeys(warnings))
    head = bundle.heads[0]
    if day > head.encoded.as_of:
        text = say(
            "the law of {policy} was encoded as of {day}; later changes are not in it",
            policy=policy_words(bundle.vocabulary.jurisdictions, head.id, head.title),
            day=head.encoded.as_of,
        )
        unique.append(Caution(code="MS910", text=text))
    return tuple(sorted(unique, key=lambda w: (w.code, w.item or "", w.text)))


def _judgements(bundle: Bundle, case: Case) -> tuple[Judged, ...]:
    found = []
    for item, facts in [(None, case.facts), *((i.id, i.facts) for i in case.items)]:
        for path, stated in sorted(facts.items()):
            fact = bundle.vocabulary.facts.get(path)
            if fact is not None and (fact.judgement is not None or stated.judged_by):
                shown = value_words(fact, stated.value, bundle.vocabulary)
                found.append(
                    Judged(
                        fact=path, value=shown, item=item, judged_by=stated.judged_by, on=stated.on, basis=stated.basis
                    )
                )
    return tuple(found)


def _rested_on(items: list[ItemDecision]) -> set[str | None]:
    """The facts that some explanation names."""
    used: set[str | None] = set()
    todo = [item.explanation for item in items]
    while todo:
        node = todo.pop()
        used.add(node.fact)
        todo.extend(node.children)
    return used


def _from_register(bundle: Bundle, case: Case, items: list[ItemDecision]) -> tuple[FromRegister, ...]:
    """What the register's entry answered, as far as some explanation rests on it."""
    if case.kept is None:
        return ()
    used = _rested_on(items)
    held = {p: s for p, s in sorted(case.facts.items()) if s.source == case.kept.cited and p in used}
    return tuple(
        FromRegister(
            fact=path, value=value_words(bundle.vocabulary[path], stated.value, bundle.vocabulary),
            register_name=case.kept.register_name, entry=case.kept.entry,
        )
        for path, stated in held.items()
    )  # fmt: skip


def _looked_up(known: list[Known], items: list[ItemDecision]) -> tuple[LookedUp, ...]:
    """The registry's answers that some explanation rests on."""
    used = _rested_on(items)
    found = {}
    for basis in known:
        for path, answer in basis.looked_up.items():
            if path not in used:
                continue
            found[path] = LookedUp(
                fact=path, value=answer.value, because=answer.because, source=answer.source, read=answer.read
            )
    return tuple(found[p] for p in sorted(found))


def _used(bundle: Bundle) -> tuple[Used, ...]:
    names = bundle.vocabulary.jurisdictions
    return tuple(
        Used(
            id=h.id, title=policy_words(names, h.id, h.title), kind=h.kind, binding=h.binding,
            encoded_as_of=h.encoded.as_of, status=h.encoded.status, sha256=h.sha256,
        )
        for h in bundle.heads
    )  # fmt: skip


def _report(program: Program, values: Values, day: date, one: Evaluation, other: Evaluation) -> str:
    lines = [f"program {program.hash}", f"as of {day}"]
    lines += [f"fact {p} = {bare(v)}" for p, v in sorted(values.items())]
    for index, rule in enumerate(program.rules):
        for name in ("applicable", "effective"):
            a, b = getattr(one, name)[index], getattr(other, name)[index]
            if a != b:
                lines.append(
                    f"rule {rule.id}: {name} is {a} for the kernel, {b} for the inference engine (0 false, 1 unknown, 2 true)"
                )
    for name in ("forbidden", "permitted_by_some", "covered", "attachments"):
        if getattr(one, name) != getattr(other, name):
            lines.append(f"{name}: kernel {getattr(one, name)}, inference {getattr(other, name)}")
    return "\n".join(lines)


__all__ = ["Decided", "Decider", "Disagreement", "case_hash", "knowledge"]
