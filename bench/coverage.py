"""What a set of scenarios has shown of the law it runs on.

Each *goal* is one thing that a scenario can show. Of a condition they are two: that it mattered when it held and when it failed,
by masking MC/DC (Chilenski 2001): nothing around it in the rule would have decided the same without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ..engine.atoms import Values
from ..engine.bundle import Bundle, RuleText
from ..engine.deciding import Decided
from ..engine.decision import ItemDecision
from ..engine.explain import Known
from ..engine.kernel import Kernel, walk_gate
from ..engine.outline import Outline
from ..engine.program import Evaluation
from ..engine.truth import FALSE, TRUE
from ..engine.wording import test_words
from ..rules.diagnostics import Place

KINDS = ("rules", "conditions", "exceptions", "obligations", "dates", "provisions")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something a scenario can show.

    `key` names it: kind, policy, rule, and what of the rule. `text` says it as what is still to be shown, `aim` as what a
    scenario for it shows.
    """

    key: Key
    text: str
    aim: str
    place: Place

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.key[0]

    @property
    def policy(self) -> str:
        """The policy or layer."""
        return self.key[1]

    @property
    def rule(self) -> str:
        """The rule's own id."""
        return self.key[2]


@dataclass
class Seen:
    """The keys of goals that have been reached."""

    keys: set[Key] = field(default_factory=set)

    def update(self, other: Seen) -> None:
        """Add what others have reached."""
        self.keys |= other.keys


@dataclass(frozen=True, slots=True)
class Leaf:
    """An undivided part of a rule's condition, with what has to hold around it for it to matter."""

    index: int
    outline: Outline
    must: tuple[tuple[Outline, int], ...]


def leaves(when: Outline) -> tuple[Leaf, ...]:
    """The undivided parts of a condition; a definition's parts are counted in each rule that uses it."""
    found: list[Leaf] = []

    def walk(outline: Outline, must: tuple[tuple[Outline, int], ...]) -> None:
        if outline.kind in ("test", "derived"):
            found.append(Leaf(len(found), outline, must))
            return
        neutral = FALSE if outline.kind == "any" else TRUE
        for child in outline.children:
            others = tuple((other, neutral) for other in outline.children if other is not child)
            walk(child, (*must, *others))

    walk(when, ())
    return tuple(found)


def goals(bundle: Bundle) -> Iterator[Goal]:
    """Every goal of a policy and its layers."""
    for index, text in enumerate(bundle.rules):
        own = (text.policy, text.rule.id)
        yield Goal(("rules", *own), "no scenario rests on it", "the answer rests on it", text.place)
        yield from _condition_goals(bundle, text, own)
        yield from _exception_goals(bundle, index)
        for position in bundle.program.rules[index].provisos:
            condition = bundle.conditions[position][0]
            states = ("outstanding",) if condition.met_when is None else ("outstanding", "met")
            for state in states:
                said = f"`{condition.id}` is never {state}", f"`{condition.id}` is {state}"
                yield Goal(("obligations", *own, condition.id, state), *said, text.place)
        yield from _date_goals(text, own)
        for provision in _provisions(text):
            said = "no scenario rests on a rule of this provision", "the answer rests on it"
            yield Goal(("provisions", text.policy, provision), *said, text.place)


def _condition_goals(bundle: Bundle, text: RuleText, own: tuple[str, str]) -> Iterator[Goal]:
    for leaf in leaves(text.when):
        words = test_words(leaf.outline.test, bundle.vocabulary) if leaf.outline.test else ""
        for side, said in (("true", "holds"), ("false", "fails")):
            key = ("conditions", *own, str(leaf.index), side)
            aim = f"“{words}” {said}, all else being as it must"
            yield Goal(key, f"no scenario turns on it that “{words}” {said}", aim, leaf.outline.place)


def _exception_goals(bundle: Bundle, target: int) -> Iterator[Goal]:
    name = bundle.rules[target].name
    for defeater in bundle.program.rules[target].defeated_by:
        text = bundle.rules[defeater]
        own = (text.policy, text.rule.id, name)
        yield Goal(
            ("exceptions", *own, "wins"), f"never seen to win over `{name}`", f"it wins over `{name}`", text.place
        )
        aim = f"`{name}` applies and it does not"
        yield Goal(("exceptions", *own, "loses"), f"never absent where `{name}` applies", aim, text.place)


def _date_goals(text: RuleText, own: tuple[str, str]) -> Iterator[Goal]:
    start, end = text.rule.in_force.start, text.rule.in_force.end
    sides = []
    if start is not None:
        sides += [
            ("start", "before", f"before {start}, when it comes into force"),
            ("start", "after", f"from {start} on"),
        ]
    if end is not None:
        sides += [("end", "before", f"up to {end}, its last day"), ("end", "after", f"after {end}, its last day")]
    for edge, side, words in sides:
        yield Goal(("dates", *own, edge, side), f"not tried {words}", f"its condition holds {words}", text.place)


def _provisions(text: RuleText) -> Iterable[str]:
    return dict.fromkeys(p for s in text.rule.source for p in s.provision)


class Collector:
    """Notes which goals decided items reach."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._kernels: dict[str, Kernel] = {}
        self._leaves: dict[str, list[tuple[Leaf, ...]]] = {}

    def see(self, bundle: Bundle, knowns: Iterable[Known], decision: Decided) -> None:
        """Add what a decision shows; `knowns` are what is known of its items, in order."""
        program = bundle.program
        if program.hash not in self._kernels:
            self._kernels[program.hash] = Kernel(program)
            self._leaves[program.hash] = [leaves(t.when) for t in bundle.rules]
        kernel = self._kernels[program.hash]
        for known, item in zip(knowns, decision.items, strict=True):
            evaluation = kernel.evaluate(known.values, known.day)
            self.seen.keys |= set(_shown(bundle, self._leaves[program.hash], known, evaluation, item))


def _shown(
    bundle: Bundle, parts: list[tuple[Leaf, ...]], known: Known, evaluation: Evaluation, item: ItemDecision
) -> Iterator[Key]:
    program = bundle.program
    truths = Truths(bundle, known.values, known.day)
    decided = _rests_on(item) | _winning(bundle, evaluation)
    for index, (text, code) in enumerate(zip(bundle.rules, program.rules, strict=True)):
        own = (text.policy, text.rule.id)
        if text.name in decided:
            yield ("rules", *own)
            yield from (("provisions", text.policy, p) for p in _provisions(text))
        if code.in_force(known.day):
            yield from (("conditions", *own, str(i), side) for i, side in truths.mattering(parts[index]))
        if (code.start or code.end) and walk_gate(program, code.when, known.values, known.day) == TRUE:
            yield from (("dates", *own, edge, side) for edge, side in _sides(code.start, code.end, known.day))
        if evaluation.applicable[index] == TRUE:
            for defeater in code.defeated_by:
                other = (bundle.rules[defeater].policy, bundle.rules[defeater].rule.id)
                won = _WON[evaluation.effective[defeater]]
                if won:
                    yield ("exceptions", *other, text.name, won)
    by_name = {t.name: (t.policy, t.rule.id) for t in bundle.rules}
    for condition in item.conditions:
        yield ("obligations", *by_name[condition.rule], condition.id, condition.status)


_WON = ("loses", "", "wins")
"""How an exception stands, by the truth of its being effective."""


def _rests_on(item: ItemDecision) -> set[str]:
    """The rules an answer names: its grounds, conditions, duties and advice."""
    named = {g.rule for g in item.grounds} | {c.rule for c in item.conditions}
    return named | {d.rule for d in item.duties} | {a.rule for a in item.advice}


def _winning(bundle: Bundle, evaluation: Evaluation) -> set[str]:
    """The exceptions that take a rule out of application; of one to an obligation the answer shows only its absence."""
    return {
        bundle.rules[defeater].name
        for index, code in enumerate(bundle.program.rules)
        if evaluation.applicable[index] == TRUE
        for defeater in code.defeated_by
        if evaluation.effective[defeater] == TRUE
    }


def _sides(start: date | None, end: date | None, day: date) -> Iterator[tuple[str, str]]:
    if start is not None and (end is None or day <= end):
        yield "start", "before" if day < start else "after"
    if end is not None and (start is None or day >= start):
        yield "end", "before" if day <= end else "after"


class Truths:
    """Truths of conditions as written, for one item."""

    def __init__(self, bundle: Bundle, values: Values, day: date) -> None:
        self.program = bundle.program
        self.values = values
        self.day = day
        self._known: dict[int, int] = {}

    def of(self, outline: Outline) -> int:
        """The truth of a condition."""
        known = self._known.get(id(outline))
        if known is None:
            known = self._known[id(outline)] = self._of(outline)
        return known

    def _of(self, outline: Outline) -> int:
        if outline.kind == "test":
            truth = walk_gate(self.program, outline.gate, self.values, self.day)
            return truth if outline.positive else 2 - truth
        parts = [self.of(child) for child in outline.children]
        if outline.kind == "not":
            return 2 - parts[0]
        return max(parts, default=FALSE) if outline.kind == "any" else min(parts, default=TRUE)

    def mattering(self, parts: tuple[Leaf, ...]) -> Iterator[tuple[int, str]]:
        """The parts of a condition that mattered, and whether by holding or by failing."""
        for leaf in parts:
            truth = self.of(leaf.outline)
            if truth in (TRUE, FALSE) and all(self.of(other) == wanted for other, wanted in leaf.must):
                yield leaf.index, "true" if truth == TRUE else "false"


@dataclass(frozen=True, slots=True)
class Row:
    """The goals of one policy: by kind, how many are reached and how many there are."""

    policy: str
    title: str
    file: str
    counts: dict[str, tuple[int, int]]
    open: tuple[Goal, ...]
    all: tuple[Goal, ...]

    @property
    def share(self) -> float:
        """The part of all goals that is reached, from 0 to 1; 1 where there is none."""
        return share(self.counts.values())


def share(counts: Iterable[tuple[int, int]]) -> float:
    """Reached goals over goals."""
    pairs = list(counts)
    total = sum(n for _, n in pairs)
    return sum(n for n, _ in pairs) / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What scenarios have shown, policy by policy."""

    rows: tuple[Row, ...]
    seen: Seen

    @property
    def share(self) -> float:
        """The part of all goals of all policies that is reached."""
        return share(pair for row in self.rows for pair in row.counts.values())


def measure(bundles: Iterable[Bundle], seen: Seen, policies: set[str]) -> Coverage:
    """The coverage of the named policies and layers, over every law in which they take part."""
    found: dict[str, dict[Key, Goal]] = {}
    heads: dict[str, tuple[str, str]] = {}
    for bundle in bundles:
        heads.update({h.id: (h.title, h.file) for h in bundle.heads if h.id in policies})
        for goal in goals(bundle):
            if goal.policy in policies:
                found.setdefault(goal.policy, {}).setdefault(goal.key, goal)
    rows = []
    for policy in sorted(heads, key=lambda p: (not p.isupper(), p)):
        own = tuple(found.get(policy, {}).values())
        counts = {
            k: (sum(g.kind == k and g.key in seen.keys for g in own), sum(g.kind == k for g in own)) for k in KINDS
        }
        rows.append(Row(policy, *heads[policy], counts, tuple(g for g in own if g.key not in seen.keys), own))
    return Coverage(tuple(rows), seen)
