"""What `mayshare show --format html` puts together: the policy, its drawings, tables, scenarios and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from ..engine.wording import joined, lowered
from ..rules.diagnostics import Refused

if TYPE_CHECKING:
    from ..bench.graph.model import Graph
    from ..engine.bundle import Bundle
    from ..engine.library import Library
    from ..proof.tables import DecisionTable, Verdict
    from ..rendering.page.policy_page import CellView, Drawings, Folder, TableView
    from ..rules.scenario import Scenario
    from ..rules.vocabulary.facts import Fact

TIME_LIMIT = 10.0


def policy_html(library: Library, name: str, day: date, beside: Sequence[str] = ()) -> str:
    """A policy's page; `beside` are the policies that have pages in the same folder.

    Raises:
        Refused: what is wrong with the policy or its scenarios.
    """
    from ..rendering.page.policy_page import policy_page

    bundle = library.bundle(name)
    graph = _graph(library, bundle)
    folder = _folder(library, bundle, day, _drawings(graph), {p: f"{p}.html" for p in beside})
    tables, closed = _tables(bundle, day)
    return policy_page(folder, tables, closed)


def rule_html(library: Library, name: str, rule: str, day: date) -> str:
    """One rule's page."""
    from markupsafe import Markup

    from ..bench.graph.focus import around
    from ..bench.graph.svg import STYLE, legend_svg, section_svg
    from ..rendering.page.policy_page import Drawings, rule_page

    bundle = library.bundle(name)
    if rule in _graph(library, bundle).rules():
        drawing = section_svg(around(_graph(library, bundle), rule), 0, lambda _: None).text
        drawings = Drawings({}, legend_svg().text, STYLE)
    else:
        drawing, drawings = "", Drawings()
    return rule_page(_folder(library, bundle, day, drawings, {}), rule, Markup(drawing))


def index_html(library: Library) -> str:
    """The page that leads to all policies."""
    from ..rendering.page import shell

    rows = library.index()
    groups = [
        ("Jurisdictions", [r for r in rows if r.kind == "domestic"]),
        ("International texts", [r for r in rows if r.kind != "domestic"]),
    ]
    unencoded = library.unencoded() if library.builtin else []
    body = shell.render("index.html", rows=rows, groups=groups, unencoded=unencoded)
    return shell.document("Who may share what", body)


def _graph(library: Library, bundle: Bundle) -> Graph:
    from ..bench.graph.model import rule_graph

    return rule_graph(bundle, library.policy(bundle.heads[0].id).document.instruments)


def _drawings(graph: Graph) -> Drawings:
    from ..bench.graph.svg import STYLE, legend_svg, section_svg
    from ..rendering.page.policy_page import Drawings
    from ..rendering.page.views import anchor

    drawn = {
        section.key: section_svg(graph, i, lambda rule: "#" + anchor("rule", rule)).text
        for i, section in enumerate(graph.sections)
    }
    return Drawings(drawn, legend_svg().text if drawn else "", STYLE)


def _folder(library: Library, bundle: Bundle, day: date, drawings: Drawings, beside: dict[str, str]) -> Folder:
    from markupsafe import Markup

    from ..engine.lawmap import law_map
    from ..rendering.page.policy_page import Drawings, Folder

    name = bundle.heads[0].id
    safe = Drawings({k: Markup(v) for k, v in drawings.by_key.items()}, Markup(drawings.legend), drawings.style)
    return Folder(
        bundle, library.policy(name).document, law_map(library, name), _scenarios(library, name), day, safe, beside
    )


def _scenarios(library: Library, name: str) -> list[Scenario]:
    from ..bench.suites import find_suites, read_suites

    def stop(refused: Refused) -> None:
        raise refused

    files = [file for file in find_suites((), library) if file.suite == name]
    return [scenario for suite in read_suites(files, stop) for scenario in suite.scenarios]


# -- decision tables --------------------------------------------------------------------------------------------


def _tables(bundle: Bundle, day: date) -> tuple[list[TableView], list[tuple[str, CellView]]]:
    """The tables by which something may go, and in a line each those by which nothing may."""
    from ..proof.frame import Subject
    from ..proof.tables import decision_tables

    if not bundle.heads[0].in_force.holds(day):
        return [], []
    found = decision_tables(Subject.of(bundle), day, TIME_LIMIT)
    tables = [_table(bundle, table) for table in found if table.permits]
    closed = [
        (": ".join(_title(bundle, table)), _cell(bundle, table.cells[0][0])) for table in found if not table.permits
    ]
    return tables, closed


def _title(bundle: Bundle, table: DecisionTable) -> tuple[str, str]:
    """Who sends, and in which mode."""
    from ..proof.tables import MODES, SENDERS

    senders = joined(_labels(bundle.vocabulary[SENDERS], table.senders))
    modes = joined(_labels(bundle.vocabulary[MODES], table.modes))
    return senders[:1].upper() + senders[1:], modes


def _table(bundle: Bundle, table: DecisionTable) -> TableView:
    from ..proof.tables import COLUMNS, ROWS
    from ..rendering.page.policy_page import TableView

    return TableView(
        *_title(bundle, table),
        _heads(bundle.vocabulary[ROWS], table.rows, "type"),
        _heads(bundle.vocabulary[COLUMNS], table.columns, "avenue"),
        tuple(tuple(_cell(bundle, verdict) for verdict in row) for row in table.cells),
    )


def _heads(fact: Fact, groups: Sequence[tuple[str, ...]], word: str) -> tuple[tuple[str, ...], ...]:
    """Groups of values in words; the largest of several is "every other"."""
    if len(groups) == 1:
        return ((f"any {word}",),)
    largest = max(groups, key=len)
    return tuple((f"every other {word}",) if g is largest and len(g) > 3 else _labels(fact, g) for g in groups)


def _labels(fact: Fact, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(lowered(fact.label(value)) for value in values)


def _cell(bundle: Bundle, verdict: Verdict) -> CellView:
    from ..rendering.page.policy_page import CellView

    texts = {condition.id: condition.text for condition, _ in bundle.conditions}
    cell = verdict.cell
    best, worst = (cell.best or "not decided", cell.worst or "not decided")
    return CellView(best, worst, verdict.gateways, tuple(texts[c] for c in cell.conditions))
