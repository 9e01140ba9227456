"""Running scenarios: each decided as `mayshare check` decides a case, and held against what its suite expects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ..engine.bundle import Bundle, in_force_on
from ..engine.deciding import Decided, Decider, Disagreement, knowledge
from ..engine.decision import Explanation
from ..engine.explain import Explainer, Known
from ..engine.library import Library
from ..engine.reading import case_vocabulary
from ..rules.case import Case, read_case
from ..rules.diagnostics import Diagnostic, Findings, Refused
from ..rules.scenario import Scenario, Suite
from ..rules.scenario_names import check_names
from ..rules.source import Document, Source
from ..rules.vocabulary.facts import Vocabulary
from .compare import Difference, compare
from .coverage import Collector

RESERVED = "XF"
"""A code that no State has: who sends where a layer is looked at by itself."""

Status = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one scenario went.

    `reasons` are the rules that the differences are about, with the parts of their conditions that decided. `diagnostics`
    say what is wrong with a scenario that could not be decided. `seconds` is the time it took.
    """

    status: Status
    outcome: str | None = None
    differences: tuple[Difference, ...] = ()
    reasons: tuple[Explanation, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A scenario whose case has been read, and the law that applies to it."""

    scenario: Scenario
    case: Case
    bundle: Bundle
    receiver: Bundle | None

    def knowledge(self) -> list[Known]:
        """What is known of each item."""
        day = self.scenario.as_of
        return [knowledge(self.bundle, self.case.facts_of(item), day) for item in self.case.items]


@dataclass
class Runner:
    """Runs scenarios with the policies of a library; what it has compiled is kept from one to the next."""

    library: Library
    inference: bool = True
    _vocabularies: dict[tuple[str, str], Vocabulary] = field(default_factory=dict)
    _alone: dict[tuple[str, ...], Bundle] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.decider = Decider(self.library, self.inference)
        self._explaining = Decider(self.library, inference=False)

    def run(self, scenario: Scenario, text: Document, collector: Collector | None = None) -> Verdict:
        """One scenario of a suite whose file is `text`; what it shows, if it passes, goes to the collector."""
        if scenario.skip is not None:
            return Verdict("skipped")
        start = time.perf_counter()
        try:
            verdict = self._decided(self.prepare(scenario, text), collector)
        except Refused as refused:
            verdict = self._refused(scenario, refused)
        except Disagreement as disagreement:
            message = f"the engines disagree, so there is no answer. Please report this:\n{disagreement.report}"
            verdict = Verdict("error", diagnostics=(Diagnostic("MS510", message, scenario.place),))
        return replace(verdict, seconds=time.perf_counter() - start)

    def prepare(self, scenario: Scenario, text: Document) -> Ready:
        """A scenario's case, read with the law that applies to it.

        Raises:
            Refused: what is wrong with the case, the policies, or the names that the expectation uses.
        """
        findings = Findings()
        vocabulary = self._vocabulary(scenario, findings)
        findings.stop_on_errors()  # of a policy that cannot be read no fact is known, which is not the scenario's fault
        case = read_case(scenario.document, vocabulary, findings)
        findings.stop_on_errors()
        bundle = self._bundle(scenario, case)
        faults = check_names(scenario, text, case, bundle.rule_names, bundle.condition_ids, bundle.vocabulary.facts)
        if faults:
            raise Refused(faults)
        in_force_on(bundle, scenario.as_of, case.facts["sender.jurisdiction"].place)
        return Ready(scenario, case, bundle, self.decider.receiver(case))

    def decide(self, ready: Ready) -> Decided:
        """What is decided of a scenario.

        Raises:
            Disagreement: the engines differ.
        """
        return self.decider.decided(ready.bundle, ready.case, ready.scenario.as_of, ready.receiver)

    def _decided(self, ready: Ready, collector: Collector | None) -> Verdict:
        expect = ready.scenario.expect
        decision, differences = self._compared(ready)
        if expect.error is not None:
            differences = (
                Difference("error", f"refused with {expect.error}", decision.outcome),
                *differences,
            )
        if not differences:
            if collector is not None:
                collector.see(ready.bundle, ready.knowledge(), decision)
            return Verdict("passed", decision.outcome)
        return Verdict("failed", decision.outcome, differences, tuple(self._reasons(ready, differences)))

    def _compared(self, ready: Ready) -> tuple[Decided, tuple[Difference, ...]]:
        """What is decided, and how it differs from what is expected. Only what differs is explained."""
        scenario = ready.scenario
        decided = self.decide(ready)
        differences = compare(scenario.expect, decided, scenario.suite)
        if differences:
            whole = self._explaining.decide_with(ready.bundle, ready.case, scenario.as_of, ready.receiver)
            differences = compare(scenario.expect, whole, scenario.suite)
        return decided, differences

    def _refused(self, scenario: Scenario, refused: Refused) -> Verdict:
        if scenario.expect.error is not None and scenario.expect.error in {d.code for d in refused.diagnostics}:
            return Verdict("passed", "refused")
        return Verdict("error", diagnostics=refused.diagnostics)

    # -- the law that applies -----------------------------------------------------------------------------------

    def _vocabulary(self, scenario: Scenario, findings: Findings) -> Vocabulary:
        data = scenario.document.data
        parties = (_jurisdiction(data, "sender"), _jurisdiction(data, "receiver"))
        alone = self._layers_alone(parties[0], scenario.suite, *scenario.layers)
        if alone is not None:
            return alone.vocabulary
        if parties not in self._vocabularies:
            before = len(findings.items)
            found = case_vocabulary(scenario.document, self.library, findings)
            if len(findings.items) > before:
                return found
            self._vocabularies[parties] = found
        return self._vocabularies[parties]

    def _bundle(self, scenario: Scenario, case: Case) -> Bundle:
        stated = case.facts["sender.jurisdiction"]
        alone = self._layers_alone(str(stated.value), scenario.suite, *scenario.layers)
        return alone or self.library.bundle(str(stated.value), stated.place)

    def law_of(self, policy: str) -> Bundle:
        """The law that a suite is about: a jurisdiction's, or a layer alone.

        Raises:
            Refused: there is no such policy, or what is wrong with it.
        """
        alone = None if policy.isupper() else self._layers_alone(RESERVED, policy)
        return alone or self.library.bundle(policy)

    def _layers_alone(self, sender: str, suite: str, *others: str) -> Bundle | None:
        """A layer, with others beside it, under a State without a policy, where the suite of that layer names such a State."""
        files = self.library.files
        if suite not in files or suite.isupper() or sender in files or not sender.isupper():
            return None
        key = (sender, suite, *others)
        if key not in self._alone:
            named = ", ".join(key[1:])
            head = f"policy: {sender}\ntitle: A State with nothing but {named}\n"
            head += f"encoded: {{as_of: 9999-12-31}}\nlayers: [{named}]\n"
            layers = {name: self.library.layer_source(name) for name in key[1:]}
            self._alone[key] = self.library.compiled(Source(f"{named} alone", head), layers)
        return self._alone[key]

    # -- why ----------------------------------------------------------------------------------------------------

    def _reasons(self, ready: Ready, differences: Iterable[Difference]) -> Iterator[Explanation]:
        """For each difference, the rules it is about: the parts that decided, and no others."""
        positions = {rule.name: i for i, rule in enumerate(ready.bundle.rules)}
        carried: dict[str, list[str]] = {}
        for proviso, (condition, _) in zip(ready.bundle.program.provisos, ready.bundle.conditions, strict=True):
            carried.setdefault(condition.id, []).append(ready.bundle.rules[proviso.rule].name)
        seen: set[tuple[str | None, str]] = set()
        only = ready.case.items[0].id if len(ready.case.items) == 1 else None
        for difference in differences:
            item = difference.item or only
            rules = [*difference.rules, *(r for c in difference.conditions for r in carried.get(c, ()))]
            explainer = self._explainer(ready, item)
            for rule in rules:
                if rule in positions and (item, rule) not in seen:
                    seen.add((item, rule))
                    yield deciding(explainer.rule(positions[rule]))

    def _explainer(self, ready: Ready, item: str | None) -> Explainer:
        chosen = next((i for i in ready.case.items if i.id == item), ready.case.items[0])
        known = knowledge(ready.bundle, ready.case.facts_of(chosen), ready.scenario.as_of)
        evaluation = self.decider.evaluate(ready.bundle.program, known.values, ready.scenario.as_of)
        return Explainer(ready.bundle, known, evaluation)


def deciding(node: Explanation) -> Explanation:
    """An explanation with only the parts that make it so: of a failed `all` what failed, of an `any` that holds what holds."""
    children = node.children
    if node.kind == "rule" and node.truth != "true":
        children = tuple(c for c in children if c.kind == "defeat" or c.truth != "true")
    elif node.kind in ("all", "definition", "derived") and node.truth != "true":
        children = tuple(c for c in children if c.truth == node.truth) or children
    elif node.kind == "any" and node.truth == "true":
        children = tuple(c for c in children if c.truth == "true")
    return node.model_copy(update={"children": tuple(deciding(c) for c in children)})


def _jurisdiction(data: object, party: str) -> str:
    """The jurisdiction of a party as a case writes it, before anything is checked."""
    nested = data.get(party) if isinstance(data, dict) else None
    value = nested.get("jurisdiction") if isinstance(nested, dict) else None
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Run:
    """Scenarios of several suites with their verdicts, in the order of the files."""

    suites: tuple[Suite, ...]
    verdicts: dict[int, tuple[Verdict, ...]]

    def __iter__(self) -> Iterator[tuple[Suite, Scenario, Verdict]]:
        for index, suite in enumerate(self.suites):
            for scenario, verdict in zip(suite.scenarios, self.verdicts[index], strict=True):
                yield suite, scenario, verdict

    def count(self, status: Status) -> int:
        """How many scenarios went one way."""
        return sum(v.status == status for verdicts in self.verdicts.values() for v in verdicts)

    @property
    def total(self) -> int:
        """How many scenarios there are."""
        return sum(len(verdicts) for verdicts in self.verdicts.values())
