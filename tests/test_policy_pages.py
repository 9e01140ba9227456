"""`mayshare show --format html`: a page that needs nothing else, leads everywhere it points to and shows every rule."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest
import yaml

from mayshare.commands.policy_pages import index_html, policy_html, rule_html
from mayshare.engine.library import Library
from mayshare.proof.comparison import Cell, matrix, told_apart, tops, value_test
from mayshare.proof.frame import Subject
from mayshare.proof.tables import decision_tables
from mayshare.rendering.page.shell import address
from mayshare.rendering.page.views import anchor, in_order, scenario_anchor
from mayshare.rules.scenario import read_suite
from mayshare.rules.source import read_source

from .conftest import ROOT, Run

LIBRARY = Library()
DAY = date(2026, 11, 1)
POLICIES = ("CH", "LB", "HK", "uncac")
NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)> & {{ 7*7 }}'
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Parsed(HTMLParser):
    """A page taken apart: every tag with its attributes, the text, and whether each tag is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def ids(self) -> list[str]:
        """Every id, in order."""
        return [a["id"] for _, a in self.tags if "id" in a]

    @property
    def links(self) -> list[str]:
        """Every address that is linked to."""
        return [a["href"] for _, a in self.tags if "href" in a]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages of some policies."""
    return {name: policy_html(LIBRARY, name, DAY) for name in POLICIES}


def sound(text: str, beside: tuple[str, ...] = ()) -> Parsed:
    """A page that is well-formed and self-contained, and whose links lead somewhere."""
    page = Parsed(text)
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            assert link in beside or re.match(r"https?://", link), link
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "src" for name in attributes)
    assert not re.search(r"@import|url\(", text)
    return page


@pytest.mark.parametrize("name", POLICIES)
def test_a_page_is_whole_and_every_anchor_resolves(name: str, pages: dict[str, str]) -> None:
    sound(pages[name])


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_of_the_law_and_its_layers_is_there(name: str, pages: dict[str, str]) -> None:
    page = Parsed(pages[name])
    words = " ".join(page.text.split())
    for text in LIBRARY.bundle(name).rules:
        assert anchor("rule", text.name) in page.ids
        assert " ".join(text.rule.title.split()) in words
        for condition in text.rule.all_conditions:
            assert " ".join(condition.text.split()) in words


@pytest.mark.parametrize("name", POLICIES)
def test_overrides_lead_both_ways(name: str, pages: dict[str, str]) -> None:
    cards = {i: card for card in re.split(r"(?=<article)", pages[name])[1:] for i in ids_of(card)}
    for text in LIBRARY.bundle(name).rules:
        for target in text.rule.overrides:
            if target in {t.name for t in LIBRARY.bundle(name).rules}:
                one, other = anchor("rule", text.name), anchor("rule", target)
                assert f'href="#{other}"' in cards[one]
                assert f'href="#{one}"' in cards[other]


def ids_of(card: str) -> list[str]:
    """The id of a card, from its beginning."""
    return re.findall(r'<article[^>]* id="([^"]+)"', card)


@pytest.mark.parametrize("name", POLICIES)
def test_every_scenario_and_every_provision_is_there(name: str, pages: dict[str, str]) -> None:
    page = Parsed(pages[name])
    folder = ROOT / "jurisdictions/scenarios" / ("layers" if name.islower() else "")
    own = [s for p in sorted(folder.glob(f"{name.lower()}*.yaml")) if (s := read_suite(read_source(p))).id == name]
    for scenario in chain.from_iterable(s.scenarios for s in own):
        assert scenario_anchor(scenario.file, scenario.entry) in page.ids
    digest = ROOT / "jurisdictions/law" / f"{name.lower()}.yaml"
    for provision in yaml.safe_load(digest.read_text("utf-8"))["provisions"]:
        assert str(provision["id"]) in page.text
    for gap in LIBRARY.bundle(name).heads[0].encoded.gaps:
        assert " ".join(gap.split()) in " ".join(page.text.split())


@pytest.mark.parametrize("name", POLICIES)
def test_each_instrument_is_drawn_and_its_boxes_lead_to_rules(name: str, pages: dict[str, str]) -> None:
    page = Parsed(pages[name])
    drawn = {a["data-rule"] for _, a in page.tags if "data-rule" in a}
    assert {t.name for t in LIBRARY.bundle(name).rules if t.policy == name} <= drawn


def test_the_same_policy_gives_the_same_page(pages: dict[str, str]) -> None:
    assert policy_html(Library(), "LB", DAY) == pages["LB"]


@pytest.fixture
def nasty(tmp_path: Path) -> str:
    """A policy and a suite in which every text would be markup."""
    source = {"instrument": "act", "article": NASTY, "paragraph": NASTY, "url": "javascript:alert(1)", "note": NASTY}
    condition = {"id": "ask", "stage": "before", "bound": "sender", "text": NASTY, "until": NASTY}
    rules = [
        {"id": "gate", "title": NASTY, "effect": "permit", "source": source, "conditions": [condition], "note": NASTY},
        {"id": "bar", "title": NASTY, "effect": "disapply", "overrides": "gate", "source": source, "when": {"is": "d"}},
    ]
    policy = {
        "policy": "XA", "title": NASTY, "encoded": {"as_of": "2026-01-01", "gaps": [NASTY], "status": NASTY},
        "instruments": {"act": {"title": NASTY, "url": "javascript:alert(1)", "note": NASTY}},
        "definitions": {"d": {"title": NASTY, "when": {"item.form": "evidence"}, "source": source}}, "rules": rules,
    }  # fmt: skip
    scenario = {"id": NASTY, "title": NASTY, "case": {"mode": "spontaneous"}, "expect": {"outcome": "undetermined"}}
    suite = {"suite": "XA", "as_of": date(2026, 1, 1), "scenarios": [scenario]}
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "xa.yaml").write_text(yaml.safe_dump(policy), "utf-8")
    (tmp_path / "scenarios/xa.yaml").write_text(yaml.safe_dump(suite), "utf-8")
    return str(tmp_path)


def test_words_that_would_be_markup_are_words(nasty: str) -> None:
    library = Library((nasty,))
    for text in (policy_html(library, "XA", DAY), rule_html(library, "XA", "gate", DAY), index_html(library)):
        page = sound(text, tuple(f"{name}.html" for name in library.files))
        assert NASTY in page.text
        assert not any(link.startswith("javascript") for link in page.links)


def test_a_policy_out_of_force_has_no_tables(tmp_path: Path) -> None:
    policy = {
        "policy": "XA", "title": "A", "encoded": {"as_of": "2026-01-01"}, "in_force": {"to": date(2000, 1, 1)},
        "instruments": {"act": {"title": "Act"}},
    }  # fmt: skip
    (tmp_path / "xa.yaml").write_text(yaml.safe_dump(policy), "utf-8")
    page = sound(policy_html(Library((str(tmp_path),)), "XA", DAY))
    assert "was not in force on 2026-11-01" in page.text


def test_only_addresses_of_the_web_are_linked() -> None:
    assert address("https://example.org/a") == "https://example.org/a"
    for text in (None, "", "javascript:alert(1)", "data:text/html,x", "https://a b", "ftp://x"):
        assert address(text) is None


def test_articles_stand_in_their_order() -> None:
    assert sorted(["80d-bis", "67a", "8", "11g", "67", "2"], key=in_order) == ["2", "8", "11g", "67", "67a", "80d-bis"]


def test_anchors_of_different_names_differ() -> None:
    names = ["a/b", "a-b", "a~b", "a b", "a~2f~b", "é", "A/b"]
    assert len({anchor("rule", name) for name in names}) == len(names)


# -- decision tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["LB", "ZA"])
def test_the_tables_say_what_the_matrix_says(name: str) -> None:
    subject = Subject.of(LIBRARY.bundle(name))
    tables = [t for t in decision_tables(subject, DAY, 10.0) if t.permits]
    assert tables
    for table in tables:
        given = [value_test("direction", "outgoing"), value_test("mode", table.modes[-1])]
        given.append(value_test("sender.authority", table.senders[-1]))
        whole = matrix(subject, "item.type", "avenue", DAY, 10.0, given=given)
        for row, verdicts in zip(table.rows, table.cells, strict=True):
            for column, verdict in zip(table.columns, verdicts, strict=True):
                for cell in (whole[r, c] for r in row for c in column):
                    assert (cell.best, cell.worst) == (verdict.cell.best, verdict.cell.worst)


def test_a_gateway_in_a_cell_is_one_that_some_case_goes_through() -> None:
    tables = decision_tables(Subject.of(LIBRARY.bundle("CH")), DAY, 10.0)
    (found,) = [t for t in tables if t.senders == ("prosecutor",) and t.modes == ("spontaneous",)]
    everywhere = {g for row in found.cells for v in row for g in v.gateways}
    assert {"imac-67a-1", "imac-67a-5", "uncac/46-4"} <= everywhere
    assert "amla-30-1" not in everywhere
    for row in found.cells:
        for column, verdict in zip(found.columns, row, strict=True):
            assert ("uncac/46-4" in verdict.gateways) == ("convention_direct_application" in column)


def test_what_a_question_tells_apart_stands_apart() -> None:
    """The law treats a treaty and a convention alike; a question about conventions does not."""
    subject = Subject.of(LIBRARY.bundle("CH"))
    like = told_apart(subject, "avenue")
    assert list(like) == tops(subject, "avenue")
    assert like["convention"] == "treaty"
    given = [value_test("direction", "outgoing"), value_test("avenue", "convention")]
    cells = matrix(subject, "item.form", "avenue", DAY, 10.0, given=given)
    assert cells["evidence", "convention"].best == "allow"
    assert cells["evidence", "treaty"] == Cell("undetermined", "undetermined")


# -- the command and the browser ----------------------------------------------------------------------------------


def test_the_command_writes_pages(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "lb.html"
    assert run("show", "LB", "--format", "html", "--as-of", "2026-11-01", "-o", str(page)).returncode == 0
    assert page.read_text("utf-8") == policy_html(LIBRARY, "LB", DAY)
    one = run("show", "CH", "imac-67a-4", "-f", "html", "--as-of", "2026-11-01")
    assert one.stdout == rule_html(LIBRARY, "CH", "imac-67a-4", DAY)
    guest = run("show", "CH", "uncac/46-4", "-f", "html")
    assert "Gateway" not in sound(guest.stdout).text
    assert "UNCAC art. 46(4)" in guest.stdout
    for flag in ("--law", "--contacts"):
        assert sound(run("show", "CH", flag, "-f", "html").stdout).text.strip()
    text = tmp_path / "lb.txt"
    assert run("show", "LB", "-o", str(text)).stdout == ""
    assert text.read_text("utf-8") == run("show", "LB").stdout


def test_all_policies_as_a_folder(run: Run, tmp_path: Path) -> None:
    mine = "examples/drafting"
    done = run("show", "-f", "html", "-o", str(tmp_path / "all"), "--policies", mine, "--no-builtin")
    assert done.returncode == 0, done.stderr
    made = {p.name for p in (tmp_path / "all").iterdir()}
    assert made == {"index.html", "XA.html"}
    sound((tmp_path / "all/index.html").read_text("utf-8"), ("XA.html",))
    refused = run("show")
    assert refused.returncode == 2
    assert "-o FOLDER" in refused.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("size", ["1400,1200", "420,900"])
def test_a_browser_shows_the_page_without_complaint(size: str, tmp_path: Path, pages: dict[str, str]) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(pages["CH"], "utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0", "--hide-scrollbars",
            f"--screenshot={picture}", f"--window-size={size}", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 40_000, "an empty page of this size is a few kilobytes"
