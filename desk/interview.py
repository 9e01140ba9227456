"""The interview: what is known, what is still worth asking, and what follows from each answer. Knows no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from ..engine.bundle import Bundle
from ..engine.deciding import Decider, Disagreement, knowledge
from ..engine.decision import Decision, ItemDecision, Outcome
from ..engine.inference import AnswerChanged, Inference, Session, TooLarge, available
from ..engine.kernel import Kernel
from ..engine.program import Evaluation
from ..engine.truth import FALSE, UNKNOWN
from ..engine.wording import condition_text, title_words
from ..languages.words import fill, say
from ..rules.case import Case, Item, Stated
from ..rules.vocabulary.facts import Fact
from .choosing import Chooser, Standing
from .drafts import with_statement

Reply = Literal["answer", "unknown", "skip"]
_EFFECTS = {
    "permit": say("it may open: {rule}"),
    "oblige": say("it may open, as a duty: {rule}"),
    "forbid": say("it may bar: {rule}"),
    "disapply": say("it may take a rule away: {rule}"),
    "require": say("it may add a condition: {rule}"),
    "advise": say("it may bear on advice: {rule}"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule for which a question is asked."""

    rule: str
    effect: str
    title: str
    source: str

    @property
    def words(self) -> str:
        """In a sentence."""
        rule = say("{title} ({rule}; {provision})", title=self.title, rule=self.rule, provision=self.source)
        return fill(_EFFECTS[self.effect], rule=rule)


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to be asked for: of the case, or of one item; `narrows` is what was stated, where that is too general."""

    fact: Fact
    item: str | None
    narrows: Any = None
    about: Literal["outcome", "conditions"] = "outcome"
    reasons: tuple[Reason, ...] = ()

    @property
    def key(self) -> tuple[str, str | None]:
        """What makes it the same question as another."""
        return self.fact.path, self.item


@dataclass(frozen=True, slots=True)
class Said:
    """One reply: an answer, "don't know", or "later"."""

    path: str
    item: str | None
    reply: Reply
    stated: Stated | None = None


@dataclass
class Interview:
    """An interview about one case; replies are kept in order, so that the last can be taken back."""

    decider: Decider
    bundle: Bundle
    start: Case
    day: date
    said: list[Said] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self._kernel = Kernel(self.bundle.program)
        self._chooser = Chooser(self.bundle, self._kernel, self.day)
        self._inference = _inference(self.bundle)
        self._sessions: dict[str, Session] = {}

    # -- replies ----------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case as it is known by now."""
        case = self.start
        for said in self.said:
            if said.stated is not None:
                case = with_statement(case, said.path, said.stated, said.item)
        return case

    def answer(self, question: Question, stated: Stated) -> None:
        """Take an answer. One that changes what was said before makes the session replay."""
        self._reply(Said(question.fact.path, question.item, "answer", stated))

    def not_known(self, question: Question) -> None:
        """Nobody here knows: it stays open and is not asked again."""
        self._reply(Said(question.fact.path, question.item, "unknown"))

    def skip(self, question: Question) -> None:
        """Ask it later, after all others."""
        self._reply(Said(question.fact.path, question.item, "skip"))

    def _reply(self, said: Said) -> None:
        self.said.append(said)
        self.asked += 1

    def back(self) -> Said | None:
        """Take the last reply back; None where there is none."""
        if not self.said:
            return None
        self.asked += 1
        return self.said.pop()

    def forget(self, path: str, item: str | None = None) -> bool:
        """Take back what was answered for a fact, so that it is asked again if it matters."""
        kept = [s for s in self.said if not (s.path == path and item in (None, s.item))]
        changed = len(kept) != len(self.said)
        self.said = kept
        return changed

    def previous(self, path: str, item: str | None) -> Stated | None:
        """What is stated of a fact now."""
        case = self.case
        for one in case.items:
            if item == one.id and path in one.facts:
                return one.facts[path]
        return case.facts.get(path)

    # -- questions --------------------------------------------------------------------------------------------

    def next(self) -> Question | None:
        """The most deciding question left, None when nothing left can change the answer (or nobody knows it)."""
        case = self.case
        unknown = {(s.path, s.item) for s in self.said if s.reply == "unknown"}
        answered = {(s.path, s.item) for s in self.said if s.reply == "answer"}
        skipped = {(s.path, s.item) for s in self.said if s.reply == "skip"} - answered
        later: Question | None = None
        for question in self._candidates(case):
            if question.key in unknown:
                continue
            if question.key in skipped:
                later = later or question
                continue
            return self._explained(question, case)
        if later is None:
            return None
        self.said = [s for s in self.said if not ((s.path, s.item) == later.key and s.reply == "skip")]
        return self._explained(later, case)

    def _candidates(self, case: Case) -> Iterator[Question]:
        """What may be asked, in order: what decides the outcome, then what decides its conditions."""
        unasked = frozenset(s.path for s in self.said if s.reply != "answer")
        permitted = False
        for item in case.items:
            standing = self.standing(case, item, unasked)
            permitted = permitted or standing.how == "permitted"
            for path in standing.facts:
                yield self._question(case, item, path, "outcome")
        if not permitted:
            return  # conditions are for what may go
        decision = self._decide(case)
        for item, answer in zip(case.items, decision.items, strict=True):
            for path in self._of_conditions(answer, case, item):
                yield self._question(case, item, path, "conditions")

    def standing(self, case: Case, item: Item, unasked: frozenset[str] = frozenset()) -> Standing:
        """How an item stands, by both engines."""
        values = knowledge(self.bundle, case.facts_of(item), self.day).values
        return self._chooser.standing(values, self._evaluate(item.id, dict(values)), unasked)

    def _question(self, case: Case, item: Item, path: str, about: Literal["outcome", "conditions"]) -> Question:
        fact = self.bundle.vocabulary[path]
        own = fact.scope == "item" or path in item.facts
        stated = case.facts_of(item).get(path)
        return Question(fact, item.id if own else None, None if stated is None else stated.value, about)

    def _of_conditions(self, answer: ItemDecision, case: Case, item: Item) -> list[str]:
        """The facts that decide the conditions of the gateway that asks least."""
        if answer.outcome not in ("allow", "conditions") or not answer.gateways:
            return []
        best = answer.gateways[0]
        known = knowledge(self.bundle, case.facts_of(item), self.day).values
        facts = list(best.depends_on)
        for condition in answer.conditions:
            if condition.id in best.conditions and condition.status != "met":
                facts += condition.depends_on or condition.met_by
        return [f for f in dict.fromkeys(facts) if f not in known and self.bundle.vocabulary[f].derived is None]

    def _explained(self, question: Question, case: Case) -> Question:
        """The question with the rules it is asked for."""
        item = next((i for i in case.items if question.item in (None, i.id)), case.items[0])
        values = knowledge(self.bundle, case.facts_of(item), self.day).values
        evaluation = self._kernel.evaluate(values, self.day)
        found = []
        for index, text in enumerate(self.bundle.rules):
            open_ = evaluation.applicable[index] == UNKNOWN and evaluation.effective[index] != FALSE
            rests = question.fact.path in self._chooser.facts_of(self.bundle.program.rules[index].when)
            if rests and open_ and text.rule.effect != "advise":
                found.append(
                    Reason(
                        text.name,
                        text.rule.effect,
                        title_words(text.rule),
                        str(text.sources[0]) if text.sources else "",
                    )
                )
        for index, proviso in enumerate(self.bundle.program.provisos):
            if proviso.met_when is not None and question.fact.path in self._chooser.facts_of(proviso.met_when):
                condition, source = self.bundle.conditions[index]
                rule = self.bundle.rules[proviso.rule].rule
                if question.about == "conditions":
                    found.append(Reason(condition.id, "require", condition_text(rule, condition), str(source or "")))
        order = {"permit": 0, "oblige": 0, "forbid": 1}
        found.sort(key=lambda r: order.get(r.effect, 2))
        return replace(question, reasons=tuple(dict.fromkeys(found)))

    # -- engines ----------------------------------------------------------------------------------------------

    def _evaluate(self, name: str, values: dict[str, Any]) -> Evaluation:
        """The evaluation by the kernel, agreed by a session that learns fact by fact."""
        mine = self._kernel.evaluate(values, self.day)
        if self._inference is not None:
            theirs = self._session(name, values).evaluation()
            if theirs != mine:
                raise Disagreement(f"program {self.bundle.program.hash}\nas of {self.day}\nfacts {sorted(values)}")
        return mine

    def _session(self, name: str, values: dict[str, Any]) -> Session:
        assert self._inference is not None
        session = self._sessions.get(name)
        if session is not None and session.stated <= values.keys():
            try:
                for path, value in values.items():
                    session.assert_fact(path, value)
                return session
            except AnswerChanged:
                pass
        if session is not None:
            session.close()
        self._sessions[name] = Session(self._inference, self.day, values)
        return self._sessions[name]

    def close(self) -> None:
        """Let the engines' sessions go."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _decide(self, case: Case) -> Decision:
        return self.decider.decide_with(self.bundle, case, self.day, self.decider.receiver(case))

    def decision(self) -> Decision:
        """The answer as it stands."""
        return self._decide(self.case)

    # -- looking ahead ----------------------------------------------------------------------------------------

    def what_if(self, question: Question, stated: Stated) -> tuple[Outcome, str, int]:
        """What an answer would lead to: the outcome, the answer in short, and how many facts could then still matter."""
        case = with_statement(self.case, question.fact.path, stated, question.item)
        decision = self._decide(case)
        left = {m.fact for item in decision.items for m in item.missing}
        return decision.outcome, decision.short, len(left)


def _inference(bundle: Bundle) -> Inference | None:
    if not available():
        return None
    try:
        return Inference(bundle.program)
    except TooLarge:
        return None
