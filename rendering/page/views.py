"""A policy's rules as a page shows them: in words, beside their source, with what they meet and what tests them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ...engine.bundle import Bundle, RuleText
from ...engine.decision import SourceText
from ...engine.outline import Outline
from ...engine.wording import duration_words, test_words
from ...rules.digest import Provision
from ...rules.policy import Condition
from ...rules.policy import Source as Provenance
from ...rules.scenario import Expectation, Scenario
from ..phrases import stage_words
from ..policy import EFFECTS

OUTCOMES = ("allow", "conditions", "undetermined", "deny")


@dataclass(frozen=True, slots=True)
class SourceView:
    """A provision that a rule rests on, with what the digest says of it."""

    cited: str
    url: str | None
    read: str
    seen: date | None
    note: str | None
    provisions: tuple[Provision, ...]


@dataclass(frozen=True, slots=True)
class When:
    """A condition as nested points: `words` of a test or heading of its parts; `definition` names the one it refers to."""

    words: str
    parts: tuple[When, ...] = ()
    definition: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Another rule: its name, title and anchor."""

    name: str
    title: str
    effect: str
    anchor: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition that a rule attaches."""

    text: str
    stage: str
    bound: str
    kind: str
    due: str | None
    until: str | None
    met_when: tuple[str, ...]
    source: str | None


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario with every run of it: its anchor, title, outcomes expected, and the rules and provisions it is about."""

    id: str
    anchor: str
    title: str
    outcomes: tuple[str, ...]
    days: tuple[date, ...]
    runs: int
    rules: tuple[str, ...]
    provisions: tuple[str, ...]
    skip: str | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as a card."""

    name: str
    anchor: str
    effect: str
    does: str
    title: str
    sources: tuple[SourceView, ...]
    in_force: str
    holds: bool
    when: tuple[When, ...]
    overrides: tuple[Link, ...]
    overridden_by: tuple[Link, ...]
    attaches_to: tuple[Link, ...]
    conditions: tuple[ConditionView, ...]
    everywhere: bool
    due: str | None
    scenarios: tuple[ScenarioView, ...]
    readings: tuple[tuple[str, str], ...]
    note: str | None
    place: str

    @property
    def article(self) -> str:
        """The provision that the rule rests on first."""
        return self.sources[0].cited


def anchor(kind: str, name: str) -> str:
    """A fragment that no other name of the kind has: letters, digits, `.`, `_` and `-` stay, all else is spelt out."""
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9._-]", lambda m: f"~{ord(m.group()):x}~", name)


def rule_views(
    bundle: Bundle, day: date, provisions: Mapping[str, Provision], scenarios: Sequence[ScenarioView]
) -> list[RuleView]:
    """Every rule of a bundle, its layers' too, in the order of the program."""
    links = [Link(t.name, t.rule.title, t.rule.effect, anchor("rule", t.name)) for t in bundle.rules]
    beaten: dict[int, list[Link]] = {}
    for position, code in enumerate(bundle.program.rules):
        for winner in code.defeated_by:
            beaten.setdefault(winner, []).append(links[position])
    tested: dict[str, list[ScenarioView]] = {}
    for scenario in scenarios:
        for name in scenario.rules:
            tested.setdefault(name, []).append(scenario)
    return [
        _rule(bundle, i, day, provisions, links, tuple(beaten.get(i, ())), tuple(tested.get(links[i].name, ())))
        for i in range(len(bundle.rules))
    ]


def _rule(
    bundle: Bundle, position: int, day: date, provisions: Mapping[str, Provision], links: Sequence[Link],
    overrides: tuple[Link, ...], scenarios: tuple[ScenarioView, ...],
) -> RuleView:  # fmt: skip
    text, code = bundle.rules[position], bundle.program.rules[position]
    rule = text.rule
    return RuleView(
        name=text.name, anchor=links[position].anchor, effect=rule.effect, does=EFFECTS[rule.effect], title=rule.title,
        sources=tuple(_source(s, p, provisions) for s, p in zip(text.sources, rule.source, strict=True)),
        in_force=str(rule.in_force), holds=rule.in_force.holds(day), when=tuple(when_views(text, bundle)),
        overrides=overrides, overridden_by=tuple(links[d] for d in code.defeated_by),
        attaches_to=tuple(links[g] for g in code.attaches_to or ()),
        conditions=tuple(_condition(*bundle.conditions[p], text.sources) for p in code.provisos),
        everywhere=rule.effect == "require" and code.attaches_to is None,
        due=duration_words(rule.due) if rule.due else None, scenarios=scenarios,
        readings=tuple((language, reading.title) for language, reading in rule.readings.items()),
        note=rule.note, place=str(text.place),
    )  # fmt: skip


def _source(source: SourceText, written: Provenance, provisions: Mapping[str, Provision]) -> SourceView:
    known = tuple(provisions[p] for p in written.provision if p in provisions)
    return SourceView(place_cited(source), source.url, source.read, written.seen, written.note, known)


def place_cited(source: SourceText) -> str:
    """A provision, without how it was read."""
    return str(source.model_copy(update={"read": "text"})).removesuffix(" art. -")


def _condition(condition: Condition, source: SourceText | None, rule: Sequence[SourceText]) -> ConditionView:
    own = None if source is None or source in rule else place_cited(source)
    return ConditionView(
        condition.text, stage_words(condition.stage, "outgoing"), condition.bound, condition.kind.replace("_", " "),
        duration_words(condition.due) if condition.due else None, condition.until, tuple(condition.met_when or ()), own,
    )  # fmt: skip


# -- conditions -------------------------------------------------------------------------------------------------


def when_views(text: RuleText, bundle: Bundle) -> Iterator[When]:
    """The parts that must all hold; none where a rule always applies."""
    outline = text.when
    for part in outline.children if outline.kind == "all" else (outline,):
        yield when_view(part, bundle, text.policy)


_PARTS = {"all": "all of", "any": "any of", "not": "not"}


def when_view(outline: Outline, bundle: Bundle, policy: str) -> When:
    """A condition in words, nested as it was written."""
    if outline.test is not None:
        return When(test_words(outline.test, bundle.vocabulary))
    if outline.kind == "is":
        return When(bundle.definitions[policy, outline.text], (), f"{policy}.{outline.text}")
    return When(_PARTS[outline.kind], tuple(when_view(child, bundle, policy) for child in outline.children))


def definition_views(bundle: Bundle) -> dict[str, When]:
    """The definitions that rules refer to, each with its parts, by `policy.name`."""
    found: dict[str, When] = {}

    def visit(outline: Outline, policy: str) -> None:
        for child in outline.children:
            visit(child, policy)
        key = f"{policy}.{outline.text}"
        if outline.kind == "is" and key not in found:
            inner = when_view(outline.children[0], bundle, policy)
            parts = inner.parts if inner.words == "all of" else (inner,)
            found[key] = When(bundle.definitions[policy, outline.text], parts, key)

    for text in bundle.rules:
        visit(text.when, text.policy)
    return dict(sorted(found.items()))


# -- scenarios --------------------------------------------------------------------------------------------------


def scenario_views(scenarios: Iterable[Scenario], bundle: Bundle) -> list[ScenarioView]:
    """Scenarios, the runs of each together, tied to the rules that they name or were written from."""
    runs: dict[tuple[str, str], list[Scenario]] = {}
    for scenario in scenarios:
        runs.setdefault((scenario.file, scenario.entry), []).append(scenario)
    cites = _citing(bundle)
    carried: dict[str, list[str]] = {}
    for code in bundle.program.rules:
        for proviso in code.provisos:
            carried.setdefault(bundle.program.provisos[proviso].id, []).append(code.id)
    names = [t.name for t in bundle.rules]
    return [_scenario(entry, group, names, cites, carried) for (_, entry), group in runs.items()]


def _citing(bundle: Bundle) -> dict[str, list[str]]:
    cites: dict[str, list[str]] = {}
    for text in bundle.rules:
        for source in (*text.rule.source, *(c.source for c in text.rule.all_conditions if c.source)):
            for provision in source.provision:
                cites.setdefault(provision, []).append(text.name)
    return cites


def _scenario(
    entry: str, runs: Sequence[Scenario], names: Sequence[str], cites: Mapping[str, list[str]], carried: Mapping[str, list[str]]
) -> ScenarioView:  # fmt: skip
    first = runs[0]
    said = [e for run in runs for e in _expected(run.expect)]
    named = {n for e in said for n in (*e.grounds, *e.not_grounds, *(e.duties or ()), *(e.advice or ()))}
    named |= {rule for e in said for c in e.conditions for rule in carried.get(c, ())}
    named |= {rule for provision in first.provisions for rule in cites.get(provision, ())}
    outcomes = {run.expect.outcome or "" for run in runs} | {"refused" for run in runs if run.expect.error}
    ordered = tuple(o for o in (*OUTCOMES, "refused") if o in outcomes)
    return ScenarioView(
        entry, scenario_anchor(first.file, entry), first.title or entry.replace("-", " "), ordered,
        tuple(sorted({run.as_of for run in runs})), len(runs), tuple(n for n in names if n in named),
        first.provisions, first.skip,
    )  # fmt: skip


def scenario_anchor(file: str, entry: str) -> str:
    """The anchor of a scenario; two suites of a policy may have scenarios of one name."""
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return anchor("scenario", f"{stem}/{entry}")


def _expected(expect: Expectation) -> Iterator[Expectation]:
    yield expect
    for item in expect.items.values():
        yield from _expected(item)


def in_order(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts articles in their order: 8 before 11g before 67a."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"\d+|\D+", text))
