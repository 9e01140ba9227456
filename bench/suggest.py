"""The scenarios that are missing: for what is not shown yet, a case that shows it, with few facts, found on decision diagrams."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

from ..engine.bundle import Bundle
from ..engine.deciding import knowledge
from ..rules.policy import GATEWAYS
from ..rules.scenario import Suite
from .coverage import Collector, Goal, Key, Seen, goals, leaves
from .sketch import Law, Sketch, as_entries, expectation
from .space import Space, TooWide, base_values

CONFIRM = "the answer is the encoding's own; hold it against the law, correct it, and take this line out"
ORDER = ("exceptions", "obligations", "dates", "conditions", "rules", "provisions")

Why = Literal["never", "large", "unproven"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that reaches goals: what it is about, the goals, and what the encoding gives for it."""

    rule: str
    reached: tuple[Goal, ...]
    sketch: Sketch
    expect: tuple[tuple[str, Any], ...]
    shows: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Missing:
    """A goal for which there is no case: none can show it, the question was too large, or the case found does not."""

    goal: Goal
    why: Why


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The proposals for one policy, and the goals left without one."""

    policy: str
    day: date
    proposals: tuple[Proposal, ...]
    missing: tuple[Missing, ...]


def suggestions(
    laws: Mapping[str, Bundle], suites: Sequence[Suite], seen: Seen, jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Suggestions]:  # fmt: skip
    """Proposals for each policy, rule by rule; a case that shows nothing new beside the earlier ones is left out."""
    from .running import parallel

    tasks = [
        _Task(policy, bundle, _day(policy, bundle, suites), rule, group)
        for policy, bundle in laws.items()
        for rule, group in _by_rule(policy, bundle, seen).items()
    ]
    done = 0

    def report(result: _Found) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, len(tasks))

    found = parallel(lambda index: tasks[index].run(), range(len(tasks)), jobs, report)
    known = set(seen.keys)
    result = []
    for policy, bundle in laws.items():
        proposals, missing = [], []
        for task, (proposed, lacking) in zip(tasks, found, strict=True):
            if task.policy != policy:
                continue
            for proposal in proposed:
                if any(goal.key not in known for goal in proposal.reached):
                    proposals.append(proposal)
                    known |= proposal.shows
            missing += lacking
        left = tuple(m for m in missing if m.goal.key not in known)
        result.append(Suggestions(policy, _day(policy, bundle, suites), tuple(proposals), left))
    return result


def _day(policy: str, bundle: Bundle, suites: Sequence[Suite]) -> date:
    """The day most scenarios of a policy are decided on."""
    days = [s.as_of for suite in suites if suite.id == policy for s in suite.scenarios]
    return max(sorted(set(days)), key=days.count) if days else bundle.heads[0].encoded.as_of


def _by_rule(policy: str, bundle: Bundle, seen: Seen) -> dict[int, list[Goal]]:
    """The goals still open, by the position of the rule they are about."""
    places = {(t.policy, t.rule.id): i for i, t in enumerate(bundle.rules)}
    found: dict[int, list[Goal]] = {}
    for goal in goals(bundle):
        if goal.policy == policy and goal.key not in seen.keys and goal.kind != "provisions":
            found.setdefault(places[policy, goal.rule], []).append(goal)
    return {i: sorted(g, key=lambda goal: ORDER.index(goal.kind)) for i, g in sorted(found.items())}


_Found = tuple[list[Proposal], list[Missing]]


@dataclass(frozen=True)
class _Task:
    policy: str
    bundle: Bundle
    day: date
    rule: int
    open: list[Goal]

    @cached_property
    def law(self) -> Law:
        """The law that the cases are decided under."""
        return Law(self.bundle)

    def run(self) -> _Found:
        """Cases for a rule's goals, each for as many at once as go together."""
        proposals: list[Proposal] = []
        missing: list[Missing] = []
        left = list(self.open)
        while left:
            first = left[0]
            found = self.propose(first, left)
            if isinstance(found, Proposal):
                proposals.append(found)
                left = [g for g in left if g.key not in found.shows]
            else:
                missing.append(Missing(first, found))
                left = left[1:]
        return proposals, missing

    def propose(self, first: Goal, others: list[Goal]) -> Proposal | Why:
        """A case that reaches the first goal, and others with it where it can."""
        why: Why = "never"
        for registered in (True, False):
            try:
                sketch = self.sketch(first, others, registered=registered) or self.sketch(
                    first, [], registered=registered
                )
            except TooWide:
                why = "large"
                continue
            if sketch is None:
                continue
            for tried in (sketch, self.sketch(first, [], registered=registered)):
                proposal = None if tried is None else self.checked(first, tried)
                if proposal is not None:
                    return proposal
            why = "unproven"
        return why

    def sketch(self, first: Goal, others: list[Goal], *, registered: bool) -> Sketch | None:
        day = self.when(first)
        values, domain = base_values(self.bundle, day, registered=registered)
        space = Space((self.bundle.program,), ([*self.gates()],), values, day, domain)
        node = space.diagrams.conjunction(space.possible, self.node(space, first))
        if node == 0:
            return None
        for goal in others:
            if goal is not first and self.when(goal) == day:
                both = space.diagrams.conjunction(node, self.node(space, goal))
                node = both if both != 0 else node
        facts = space.case(node)
        own = {"sender.jurisdiction": values["sender.jurisdiction"]}
        return None if facts is None else Sketch.of({**own, **facts}, day)

    def checked(self, first: Goal, sketch: Sketch) -> Proposal | None:
        """The proposal, if deciding the case shows that it reaches its goal."""
        decision = self.law.decide(sketch)
        case = sketch.case()
        collector = Collector()
        known = [knowledge(self.bundle, case.facts_of(item), sketch.day) for item in case.items]
        collector.see(self.bundle, known, decision)
        shows = frozenset(collector.seen.keys)
        if first.key not in shows:
            return None
        reached = tuple(g for g in self.open if g.key in shows)
        return Proposal(first.rule, reached, sketch, tuple(expectation(decision).items()), shows)

    # -- what has to hold ---------------------------------------------------------------------------------------

    def gates(self) -> Iterator[int]:
        """The gates that the goals of the rule may ask about."""
        program = self.bundle.program
        todo, rules = [self.rule], set[int]()
        code = program.rules[self.rule]
        if code.effect in ("require", *GATEWAYS) and any(g.kind in ("rules", "obligations") for g in self.open):
            todo += [i for i, r in enumerate(program.rules) if r.effect in ("forbid", *GATEWAYS)]
        todo += [t for t, r in enumerate(program.rules) if self.rule in r.defeated_by]
        while todo:
            index = todo.pop()
            if index not in rules:
                rules.add(index)
                todo += program.rules[index].defeated_by
        yield from (program.rules[i].when for i in sorted(rules))
        yield from (g for p in code.provisos if (g := program.provisos[p].met_when) is not None)

    def when(self, goal: Goal) -> date:
        """The day to try a goal on: the suite's, or one on which the rule is in force, or a side of one of its dates."""
        code = self.bundle.program.rules[self.rule]
        one = timedelta(days=1)
        if goal.kind == "dates":
            edge, side = goal.key[3:]
            if edge == "start" and code.start is not None:
                return code.start - one if side == "before" else code.start
            assert code.end is not None
            return code.end if side == "before" else code.end + one
        if code.in_force(self.day):
            return self.day
        return code.start if code.start is not None and self.day < code.start else code.end or self.day

    def node(self, space: Space, goal: Goal) -> int:
        """Where a goal is reached."""
        program = self.bundle.program
        if goal.kind == "conditions":
            return self._condition(space, goal)
        if goal.kind == "dates":
            return space.gate(program.rules[self.rule].when)
        if goal.kind == "exceptions":
            target = next(i for i, t in enumerate(self.bundle.rules) if t.name == goal.key[3])
            effective = space.effective(self.rule)
            applies = space.applicable(target)
            return space.every([applies, effective]) if goal.key[4] == "wins" else space.without(applies, effective)
        return self._rests(space, goal)

    def _condition(self, space: Space, goal: Goal) -> int:
        leaf = leaves(self.bundle.rules[self.rule].when)[int(goal.key[3])]
        around = [space.outline(o) if wanted else space.negation(space.outline(o)) for o, wanted in leaf.must]
        own = space.outline(leaf.outline)
        return space.every([*around, own if goal.key[4] == "true" else space.negation(own)])

    def _rests(self, space: Space, goal: Goal) -> int:
        """Where the answer rests on the rule (and its obligation stands as wanted)."""
        program = self.bundle.program
        code = program.rules[self.rule]
        node = space.effective(self.rule)
        if code.effect == "disapply":
            targets = [t for t, r in enumerate(program.rules) if self.rule in r.defeated_by]
            return space.every([node, space.some([space.applicable(t) for t in targets])])
        if code.effect == "require":
            gateways = program.gateways() if code.attaches_to is None else code.attaches_to
            node = space.every([node, space.some([space.effective(g) for g in gateways])])
        if code.effect in ("require", *GATEWAYS):
            node = space.without(node, space.some_effective(("forbid",)))
        if goal.kind == "obligations":
            gate = next(program.provisos[p].met_when for p in code.provisos if program.provisos[p].id == goal.key[3])
            if gate is not None:
                met = space.gate(gate)
                node = space.every([node, met if goal.key[4] == "met" else space.negation(met)])
        return node


# -- as text --------------------------------------------------------------------------------------------------


def as_suite(found: Suggestions) -> str:
    """The proposals as a suite: each is skipped until a person has confirmed it."""
    lines = [f"# {line}" for line in (counted(found), *_left(found))]
    head = f"suite: {found.policy}\nas_of: {found.day}\n"
    entries = [_entry(found, p) for p in found.proposals]
    body = "scenarios:\n" + as_entries(entries) if entries else "scenarios: []\n"
    return "\n".join(lines) + "\n" + head + body


def counted(found: Suggestions) -> str:
    """How many there are, in a sentence."""
    count = len(found.proposals)
    if not count:
        return f"There is no scenario to add for {found.policy}."
    return f"{count} scenario{'' if count == 1 else 's'} that {found.policy} is missing, found from its rules."


def as_json(found: Iterable[Suggestions]) -> str:
    """The proposals as JSON, each as it stands in a suite."""
    policies = [
        {
            "policy": part.policy,
            "as_of": part.day,
            "scenarios": [_entry(part, p) for p in part.proposals],
            "not_shown": list(_left(part)),
        }
        for part in found
    ]
    return json.dumps({"schema_version": 1, "policies": policies}, ensure_ascii=False, indent=2, default=str) + "\n"


def _left(found: Suggestions) -> Iterator[str]:
    words = {
        "never": "no case can show it",
        "large": "too large a question to settle",
        "unproven": "a case was found but does not show it",
    }
    for missing in found.missing:
        yield f"{missing.goal.rule}: {missing.goal.text} (line {missing.goal.place.line}): {words[missing.why]}"


def _entry(found: Suggestions, proposal: Proposal) -> dict[str, Any]:
    from .mutation_report import sketch_id

    count = len(proposal.reached)
    title = proposal.reached[0].aim + (f" (and {count - 1} more)" if count > 1 else "")
    entry: dict[str, Any] = {
        "id": f"{proposal.rule}-{sketch_id(proposal.sketch)}",
        "title": f"{proposal.rule}: {title}",
    }
    entry["skip"] = CONFIRM
    if proposal.sketch.day != found.day:
        entry["as_of"] = proposal.sketch.day
    return {**entry, "case": proposal.sketch.data(), "expect": dict(proposal.expect)}
