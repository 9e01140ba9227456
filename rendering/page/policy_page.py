"""A policy as one page to browse: its law by instrument and article, tables, scenarios, coverage, gaps, contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ...engine.bundle import Bundle
from ...engine.lawmap import LawMap
from ...rules.digest import Provision
from ...rules.policy import PolicyDocument
from ...rules.scenario import Scenario
from ..contacts import contact_blocks
from . import shell
from .views import RuleView, ScenarioView, When, anchor, definition_views, in_order, rule_views, scenario_views


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of a decision table: best and worst outcome, the gateways (rules) that open, the conditions that none escapes."""

    best: str
    worst: str
    gateways: tuple[str, ...]
    conditions: tuple[str, ...]

    @property
    def tone(self) -> str:
        """The outcome that colours it: mixed where everything from sending freely down may come of it."""
        return self.best if self.best == self.worst or self.best != "allow" else "mixed"


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table with its values in words: by whom and in which mode it is sent, types by avenues."""

    sender: str
    mode: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[CellView, ...], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """An instrument with its rules by article, and its drawing."""

    key: str
    title: str
    url: str | None
    note: str | None
    articles: tuple[tuple[str, tuple[RuleView, ...]], ...]
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class Drawings:
    """The drawings of a policy's instruments by key (SVG), their legend and style."""

    by_key: Mapping[str, str] = field(default_factory=dict)
    legend: str = ""
    style: str = ""


@dataclass(frozen=True)
class Folder:
    """All that a policy's page is made of."""

    bundle: Bundle
    document: PolicyDocument
    law: LawMap | None
    scenarios: Sequence[Scenario]
    day: date
    drawings: Drawings = Drawings()
    beside: Mapping[str, str] = field(default_factory=dict)
    """Pages of other policies by id, relative to this one."""

    @property
    def provisions(self) -> dict[str, Provision]:
        """The provisions read, by id."""
        return {} if self.law is None else {f.provision.id: f.provision for f in self.law.fates}

    def views(self) -> tuple[list[RuleView], list[ScenarioView]]:
        """Every rule and scenario as shown."""
        scenarios = scenario_views(self.scenarios, self.bundle)
        return rule_views(self.bundle, self.day, self.provisions, scenarios), scenarios


def policy_page(folder: Folder, tables: Sequence[TableView], closed: Sequence[tuple[str, CellView]]) -> str:
    """A policy's page. `closed` are the senders and modes by which nothing may go, with the outcome."""
    rules, scenarios = folder.views()
    own = [r for r, t in zip(rules, folder.bundle.rules, strict=True) if t.policy == folder.document.policy]
    body = shell.render(
        "policy.html",
        head=folder.bundle.heads[0], document=folder.document, day=folder.day, chapters=chapters(folder, own), own=own,
        layers=_layers(folder, rules), tables=_by_sender(tables), closed=closed, scenarios=scenarios, law=folder.law,
        names={r.name: r for r in rules}, definitions=definition_views(folder.bundle), definition_anchor=definition_anchor,
        contacts=shell.blocks_html(contact_blocks(folder.bundle)[1:], 1), honours=folder.bundle.honours,
        legend=folder.drawings.legend, beside=folder.beside, tested={s.id: s.anchor for s in scenarios},
        link=lambda r: f"#{r.anchor}", cited_once=lambda names: _cited_once([r for r in rules if r.name in names]),
    )  # fmt: skip
    head = folder.bundle.heads[0]
    title = f"{head.title} ({head.id}): the rules on sharing information"
    return shell.document(title, body, wide=True, extra_style=folder.drawings.style)


def _by_sender(tables: Sequence[TableView]) -> list[tuple[str, list[TableView]]]:
    found: dict[str, list[TableView]] = {}
    for table in tables:
        found.setdefault(table.sender, []).append(table)
    return list(found.items())


def _cited_once(rules: Sequence[RuleView]) -> list[tuple[str, str]]:
    """Rules by their provisions, with the name where two rest on one."""
    counts = Counter(rule.article for rule in rules)
    return [(r.name, r.article if counts[r.article] == 1 else f"{r.article} ({r.name})") for r in rules]


def rule_page(folder: Folder, name: str, drawing: str) -> str:
    """One rule's page, with its neighbourhood drawn; other rules are named, without a link."""
    rules, _ = folder.views()
    rule = next(r for r in rules if r.name == name)
    definitions = {key: d for key, d in definition_views(folder.bundle).items() if _refers(rule.when, key)}
    body = shell.render(
        "rule.html", head=folder.bundle.heads[0], rule=rule, drawing=drawing, legend=folder.drawings.legend,
        definitions=definitions, definition_anchor=definition_anchor, link=lambda _: None, day=folder.day,
    )  # fmt: skip
    return shell.document(f"{name}: {rule.title}", body, extra_style=folder.drawings.style)


def _refers(parts: Sequence[When], key: str) -> bool:
    return any(part.definition == key or _refers(part.parts, key) for part in parts)


def definition_anchor(key: str) -> str:
    """The anchor of a definition."""
    return anchor("definition", key)


def chapters(folder: Folder, own: Sequence[RuleView]) -> list[Chapter]:
    """The policy's instruments in the order of its file, the rules of each by article."""
    by_key: dict[str, list[tuple[str, RuleView]]] = {}
    texts = {t.name: t for t in folder.bundle.rules}
    for rule in own:
        first = texts[rule.name].rule.source[0]
        by_key.setdefault(first.instrument, []).append((first.article, rule))
    return [_chapter(folder, key, found) for key, found in by_key.items()]


def _chapter(folder: Folder, key: str, found: list[tuple[str, RuleView]]) -> Chapter:
    articles: dict[str, list[RuleView]] = {}
    for article, rule in sorted(found, key=lambda pair: (in_order(pair[0]), in_order(pair[1].article))):
        articles.setdefault(article, []).append(rule)
    instrument = folder.document.instruments.get(key)
    title, url, note = (key, None, None) if instrument is None else (str(instrument), instrument.url, instrument.note)
    grouped = tuple(("" if a in "-–—" else f"Article {a}", tuple(rules)) for a, rules in articles.items())
    return Chapter(key, title, url, note, grouped, folder.drawings.by_key.get(key, ""))


def _layers(folder: Folder, rules: Sequence[RuleView]) -> list[tuple[str, str, list[RuleView]]]:
    return [
        (head.id, head.title, [r for r, t in zip(rules, folder.bundle.rules, strict=True) if t.policy == head.id])
        for head in folder.bundle.heads[1:]
    ]
