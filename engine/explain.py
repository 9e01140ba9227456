"""Why: the rules that bear on an item, each with its condition as written and the truth of every part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce

from ..languages.words import AND, OR, listed, say
from ..rules.case import Stated
from ..rules.policy import Rule
from ..rules.registry import Answer
from .atoms import Values
from .bundle import Bundle
from .decision import Explanation, Nearest
from .kernel import walk_gate
from .outline import Outline
from .program import Evaluation
from .truth import FALSE, NAMES, TRUE, UNKNOWN, Truth
from .wording import OUTCOMES, test_words, title_words, value_words


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an item: values by path, and where each comes from."""

    values: Values
    stated: Mapping[str, Stated]
    looked_up: Mapping[str, Answer]
    day: date


BY_DEFAULT = say("by default")
_TOGETHER = {"all": say("all of"), "any": say("any of"), "not": say("not")}


class Explainer:
    """Explains one item's evaluation."""

    def __init__(self, bundle: Bundle, known: Known, evaluation: Evaluation) -> None:
        self.bundle = bundle
        self.known = known
        self.evaluation = evaluation
        self._truths: dict[int, int] = {}
        self._gates: dict[int, Truth] = {}

    def truth(self, outline: Outline) -> int:
        """The truth of a condition as written."""
        known = self._truths.get(id(outline))  # outlines live as long as their bundle
        if known is None:
            known = self._truths[id(outline)] = self._truth(outline)
        return known

    def _truth(self, outline: Outline) -> int:
        if outline.kind == "test":
            truth = walk_gate(self.bundle.program, outline.gate, self.known.values, self.known.day, self._gates)
            return truth if outline.positive else 2 - truth
        if outline.kind == "not":
            return 2 - self.truth(outline.children[0])
        parts = [self.truth(child) for child in outline.children]
        return max(parts, default=FALSE) if outline.kind == "any" else min(parts, default=TRUE)

    def condition(self, outline: Outline, policy: str) -> Explanation:
        """The explanation of a condition."""
        children = tuple(self.condition(child, policy) for child in outline.children)
        truth = NAMES[self.truth(outline)]
        if outline.kind in ("test", "derived") and outline.test is not None:
            return self._test(outline, truth, children)
        if outline.kind == "is":
            title = self.bundle.definitions[policy, outline.text]
            return Explanation(kind="definition", text=title, truth=truth, children=children)
        kind = outline.kind
        return Explanation(kind=kind, text=_TOGETHER[kind], truth=truth, children=children)

    def _test(self, outline: Outline, truth: str, children: tuple[Explanation, ...]) -> Explanation:
        assert outline.test is not None
        path = outline.test.fact
        fact = self.bundle.vocabulary[path]
        value = self.known.values.get(path)
        stated, answer = self.known.stated.get(path), self.known.looked_up.get(path)
        shown = None if value is None else value_words(fact, value, self.bundle.vocabulary)
        kind = "derived" if outline.kind == "derived" else "registry" if answer else "fact"
        text = test_words(outline.test, self.bundle.vocabulary)
        return Explanation(
            kind=kind, text=text, truth=truth, fact=path, value=shown,
            place=str(stated.place) if stated else answer.because if answer else BY_DEFAULT if shown else None, children=children,
        )  # fmt: skip

    def rule(self, index: int) -> Explanation:
        """A rule: its condition, and what defeats it."""
        text = self.bundle.rules[index]
        code = self.bundle.program.rules[index]
        parts: list[Explanation] = []
        if not code.in_force(self.known.day):
            parts.append(Explanation(kind="fact", text=self._in_force(text.rule), truth="false"))
        parts.append(self.condition(text.when, text.policy))
        parts += [self._defeat(d) for d in code.defeated_by if self.evaluation.effective[d] != FALSE]
        return Explanation(
            kind="rule", text=title_words(text.rule), truth=NAMES[self.evaluation.effective[index]], rule=text.name,
            place=str(text.place), source=text.sources[0] if text.sources else None, children=tuple(parts),
        )  # fmt: skip

    def _defeat(self, index: int) -> Explanation:
        text = self.bundle.rules[index]
        inner = self.rule(index)
        words = say("taken out of application by {rule}: {title}", rule=text.name, title=title_words(text.rule))
        return inner.model_copy(update={"kind": "defeat", "text": words})

    def _in_force(self, rule: Rule) -> str:
        return say("in force on {day} (it is in force {period})", day=self.known.day, period=str(rule.in_force))

    def item(self, name: str, outcome: str, *, rules: bool = True) -> Explanation:
        """The whole explanation of an item, or without `rules` its root alone."""
        truth = {"allow": "true", "conditions": "true", "deny": "false"}.get(outcome, "unknown")
        children = tuple(self.rule(i) for i in self._shown(outcome)) if rules else ()
        return Explanation(
            kind="item",
            text=say("{item}: {outcome}", item=name, outcome=OUTCOMES[outcome]),
            truth=truth,
            children=children,
        )

    def _shown(self, outcome: str) -> list[int]:
        """The rules that an item's explanation holds, in order: those that bear on it, and the gateways it came nearest to."""
        rules = self.bundle.program.rules
        weight = {"forbid": 0, "oblige": 1, "permit": 1, "require": 2, "advise": 3}
        attached = {
            self.bundle.program.provisos[a.proviso].rule for _, some in self.evaluation.attachments for a in some
        }
        shown = [
            i for i, r in enumerate(rules)
            if r.effect in weight and self.evaluation.applicable[i] != FALSE and (r.effect != "require" or i in attached)
            and (r.effect != "advise" or self.evaluation.effective[i] == TRUE)  # a text that may advise tells nobody anything
        ]  # fmt: skip
        if outcome in ("deny", "undetermined") or not shown:
            shown += [n for n, _ in self._closest() if n not in shown]
        return sorted(shown, key=lambda i: (weight.get(rules[i].effect, 4), -self.evaluation.effective[i], i))

    # -- why not ----------------------------------------------------------------------------------------------

    def parts(self, outline: Outline, want: int, through: tuple[str, ...]) -> list[Outline]:
        """The parts of a condition whose truth is `want`, looked for inside the kinds in `through`."""
        if self.truth(outline) != want:
            return []
        if outline.kind in through and outline.children:
            return [p for child in outline.children for p in self.parts(child, want, through)]
        return [outline]

    def words(self, outline: Outline, policy: str) -> str:
        """A condition in one line."""
        if outline.test is not None:
            return test_words(outline.test, self.bundle.vocabulary)
        if outline.kind == "is":
            return self.bundle.definitions[policy, outline.text]
        parts = [self.words(child, policy) for child in outline.children]
        if outline.kind == "not":
            return say("not ({condition})", condition=parts[0])
        last = OR if outline.kind == "any" else AND
        return reduce(lambda one, other: listed((one, other), last=last), parts or [""])

    def _closest(self) -> list[tuple[int, Nearest]]:
        """The three gateways nearest to opening; counted first, since only these are put into words.

        One that a prohibition alone keeps shut is nearest of all. One for another direction (sending, use, onward transfer) is
        no way to do this at all, and is named only where there is none for this one.
        """
        ranked = []
        for index in self.bundle.program.gateways():
            if self.evaluation.effective[index] != TRUE or self.evaluation.forbidden != FALSE:
                code, when = self.bundle.program.rules[index], self.bundle.rules[index].when
                shut = self._failed(when)
                failed = len(shut) + (not code.in_force(self.known.day)) + len(self._defeaters(index))
                astray = any(part.test is not None and part.test.fact == "direction" for part in shut)
                ranked.append((astray, failed, len(self._unknown(when)), index))
        ranked.sort()
        here = [r for r in ranked if not r[0]] or ranked
        return [(r[-1], self._nearest(r[-1])) for r in here[:3]]

    def _bars(self, index: int) -> tuple[str, ...]:
        """The prohibitions that stand against a gateway that is open in itself."""
        if self.evaluation.effective[index] != TRUE:
            return ()
        rules = self.bundle.program.rules
        live = [i for i, r in enumerate(rules) if r.effect == "forbid" and self.evaluation.effective[i] != FALSE]
        return tuple(self.bundle.rules[i].name for i in live)

    def _nearest(self, index: int) -> Nearest:
        text = self.bundle.rules[index]
        failed = [self.words(p, text.policy) for p in self._failed(text.when)]
        if not self.bundle.program.rules[index].in_force(self.known.day):
            failed.append(self._in_force(text.rule))
        unknown = tuple(self.words(p, text.policy) for p in self._unknown(text.when))
        return Nearest(
            rule=text.name, title=title_words(text.rule), sources=text.sources, failed=tuple(failed), unknown=unknown,
            disapplied_by=tuple(self.bundle.rules[d].name for d in self._defeaters(index)),
            barred_by=self._bars(index),
        )  # fmt: skip

    def _defeaters(self, index: int) -> list[int]:
        return [d for d in self.bundle.program.rules[index].defeated_by if self.evaluation.effective[d] != FALSE]

    def _failed(self, when: Outline) -> list[Outline]:
        return self.parts(when, FALSE, ("all", "is"))

    def _unknown(self, when: Outline) -> list[Outline]:
        """What is not known of a condition, whether or not the rest of it fails."""
        tops = when.children if when.kind == "all" else (when,)
        return [p for top in tops for p in self.parts(top, UNKNOWN, ("all",))]

    def nearest(self) -> tuple[Nearest, ...]:
        """The gateways that came closest to opening, nearest first."""
        return tuple(n for _, n in self._closest())
