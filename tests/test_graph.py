"""`mayshare graph`: every rule and every relation is in the picture, in whichever form it is drawn."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest
import yaml

from mayshare.bench.graph import focus
from mayshare.bench.graph.bundling import strands
from mayshare.bench.graph.model import Edge, Graph, rule_graph
from mayshare.bench.graph.placing import Box, Placed, sheet
from mayshare.bench.graph.svg import svg
from mayshare.bench.graph.text import dot, mermaid
from mayshare.bench.graph.wrapping import lines, width
from mayshare.engine.library import Library

from .conftest import Run

SVG = "{http://www.w3.org/2000/svg}"
POLICIES = ("CH", "DE", "NL", "LB", "HK", "uncac")
LIBRARY = Library()
NASTY = '<script>alert("x")</script> & `code` #35; ]] "]'


def graph(name: str, library: Library = LIBRARY) -> Graph:
    """A policy's graph."""
    return rule_graph(library.bundle(name), library.policy(name).document.instruments)


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """A policy whose words would be markup anywhere."""
    rules = [
        {"id": "gate", "title": NASTY, "effect": "permit", "source": {"instrument": "act", "article": NASTY}},
        {
            "id": "bar", "title": "x" * 200, "effect": "disapply", "overrides": "gate",
            "source": {"instrument": "act", "article": 2},
        },
    ]  # fmt: skip
    head = {"policy": "XA", "title": NASTY, "encoded": {"as_of": "2026-01-01"}}
    acts = {"instruments": {"act": {"title": NASTY}}}
    path = tmp_path / "xa.yaml"
    path.write_text(yaml.safe_dump({**head, **acts, "rules": rules}), "utf-8")
    return path


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_and_every_override_is_in_the_graph(name: str) -> None:
    bundle, drawn = LIBRARY.bundle(name), graph(name)
    own = [t.name for t in bundle.rules if t.policy == name]
    assert sorted(drawn.rules()) == sorted(own)
    edges = {(e.source, e.target, e.kind) for s in drawn.sections for e in s.edges}
    for text in bundle.rules:
        for target in text.rule.overrides:
            if text.policy == name:
                assert (text.name, target, "defeats") in edges
        for gateway in text.rule.attaches_to:
            if text.policy == name:
                assert (gateway, text.name, "attaches") in edges


@pytest.mark.parametrize("name", POLICIES)
def test_the_svg_is_well_formed_and_shows_every_rule(name: str) -> None:
    drawn = graph(name)
    root = Xml.fromstring(svg(drawn).text)
    assert root.tag == f"{SVG}svg"
    shown = {g.get("data-rule") for g in root.iter(f"{SVG}g")} - {None}
    assert shown == {n.rule for s in drawn.sections for n in s.nodes}
    words = " ".join(t.text or "" for t in root.iter(f"{SVG}text"))
    for title in (n.title for s in drawn.sections for n in s.nodes):
        assert all(word in words for word in title.split() if len(word) < 20)


@pytest.mark.parametrize("name", POLICIES)
def test_the_name_of_an_instrument_is_whole(name: str) -> None:
    drawn = graph(name)
    tree = Xml.fromstring(svg(drawn).text)
    said = " ".join("".join(t.itertext()) for t in tree.iter(f"{SVG}text") if t.get("class") == "instrument")
    assert said == " ".join(" ".join(s.title.split()) for s in drawn.sections)


@pytest.mark.parametrize("name", POLICIES)
def test_the_svg_needs_nothing_from_elsewhere(name: str) -> None:
    text = svg(graph(name)).text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"url\(|@import|<script|<image|xlink", text)


def test_the_same_policy_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for form in ("svg", "png"):
        files = [tmp_path / f"{i}.{form}" for i in (1, 2)]
        for path, seed in zip(files, "17", strict=True):
            assert run("graph", "uncac", "-o", str(path), PYTHONHASHSEED=seed).returncode == 0
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", POLICIES)
def test_boxes_do_not_overlap_and_words_stay_inside(name: str) -> None:
    for section in graph(name).sections:
        placed = sheet(section).boxes
        for i, one in enumerate(placed):
            assert all(apart(one, other) for other in placed[i + 1 :])
            assert all(inside(one.box, line.y) for line in one.box.lines)


def apart(one: Placed, other: Placed) -> bool:
    """Whether two boxes are beside or below each other."""
    beside = abs(one.x - other.x) >= 288
    low, high = sorted((one, other), key=lambda p: p.y)
    return beside or low.y + low.box.height <= high.y + 0.01


def inside(box: Box, y: float) -> bool:
    """Whether a baseline lies in a box."""
    return 0 < y < box.height


def test_lines_that_meet_in_a_knot_mean_what_they_meant() -> None:
    for name in POLICIES:
        for section in graph(name).sections:
            pieces, knots = strands(section.edges)
            found = {(p.source, p.target, p.kind) for p in pieces if p.source not in knots and p.target not in knots}
            for knot in knots:
                kind = next(p.kind for p in pieces if p.target == knot)
                into = [p.source for p in pieces if p.target == knot]
                found |= {(a, p.target, kind) for p in pieces if p.source == knot for a in into}
            assert found == {(e.source, e.target, e.kind) for e in section.edges}
            assert len(pieces) <= len(section.edges)


def test_a_knot_saves_lines() -> None:
    edges = [Edge(a, b, "defeats") for a in "abcd" for b in "vwxyz"]
    pieces, knots = strands(edges)
    assert len(knots) == 1
    assert len(pieces) == 9


def test_lines_hold_every_letter() -> None:
    text = "A long title of one Verwaltungsrechtswissenschaftsgesetzgebungsverfahren and more"
    broken = lines(text, 13, 120)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")
    assert all(width(line, 13) <= 120 for line in broken)


NODE = re.compile(r'    (r\d+)(?:\[\[|\[/|\{\{|>|\(|\[)"([^"]*)"(?:\]\]|/\]|\}\}|\]|\)):::(\w+)')
LINK = re.compile(r"  (r\d+) (--x|-\.-o) (r\d+)")


@pytest.mark.parametrize("name", POLICIES)
def test_mermaid_parses(name: str) -> None:
    check_mermaid(mermaid(graph(name)), graph(name))


def check_mermaid(text: str, drawn: Graph) -> None:
    """Every line is one that Mermaid's flowchart grammar has, and every end of a link a node."""
    head, body = text.split("flowchart LR\n")
    assert re.fullmatch(r"---\ntitle: .+\n---\n", head)
    nodes: set[str] = set()
    links, depth = [], 0
    for line in body.splitlines():
        if node := NODE.fullmatch(line):
            assert depth == 1
            assert not re.search(r"#\w+;|<(?!br/>)|`", node[2])
            nodes.add(node[1])
        elif link := LINK.fullmatch(line):
            links.append((link[1], link[3]))
        elif re.fullmatch(r'  subgraph s\d+\["[^"]+"\]', line):
            depth += 1
        elif line == "  end":
            depth -= 1
        else:
            assert re.fullmatch(r"    direction LR|  classDef \w+ [\w:#,]+", line), line
    assert depth == 0
    assert len(nodes) == len({n.rule for s in drawn.sections for n in s.nodes})
    assert len(set(links)) == len({e for s in drawn.sections for e in s.edges})
    assert {end for link in links for end in link} <= nodes


@pytest.mark.parametrize("name", POLICIES)
def test_dot_is_balanced_and_declares_every_node(name: str) -> None:
    drawn, text = graph(name), dot(graph(name))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert '"' not in bare.replace('""', "")
    assert bare.count("{") == bare.count("}") == 1 + len(re.findall("subgraph cluster_", bare))
    declared = set(re.findall(r"^    (r\d+) \[", bare, re.MULTILINE))
    ends = set(re.findall(r"\b(r\d+)\b", " ".join(re.findall(r"^  r\d+ -> r\d+", bare, re.MULTILINE))))
    assert ends <= declared
    assert len(declared) == len({n.rule for s in drawn.sections for n in s.nodes})


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", POLICIES)
def test_graphviz_draws_the_dot(name: str) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=dot(graph(name)).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Xml.fromstring(done.stdout).tag == f"{SVG}svg"


def test_words_that_would_be_markup_are_words(nasty: Path, run: Run) -> None:
    library = Library((str(nasty),), builtin=True)
    drawn = graph("XA", library)
    root = Xml.fromstring(svg(drawn).text)
    assert NASTY in "".join(t.text or "" for t in root.iter(f"{SVG}title"))
    assert not list(root.iter(f"{SVG}script"))
    check_mermaid(mermaid(drawn), drawn)
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=dot(drawn).encode(), capture_output=True, check=True)


def test_one_rule_with_its_neighbourhood() -> None:
    near = focus.around(graph("CH"), "imac-67a-1")
    (section,) = near.sections
    assert {n.rule for n in section.nodes} == {
        "imac-67a-1", "imac-67a-3", "imac-67a-4", "imac-67a-5-only", "imac-67a-6",
    }  # fmt: skip
    assert len(section.edges) == 4


def test_a_direction_or_an_avenue_leaves_out_what_cannot_apply() -> None:
    bundle, whole = LIBRARY.bundle("CH"), graph("CH")
    onward = focus.applying(whole, bundle, {"direction": "onward"}).rules()
    fiu = focus.applying(whole, bundle, {"direction": "outgoing", "avenue": "convention_direct_application"}).rules()
    assert "imac-67a-1" not in onward
    assert 0 < len(onward) < len(whole.rules())
    assert "imac-67a-1" in fiu
    assert set(fiu) < set(whole.rules())


def test_a_rule_out_of_force_is_drawn(tmp_path: Path) -> None:
    rule = {
        "id": "old", "title": "Old", "effect": "permit", "source": {"instrument": "act", "article": 1},
        "in_force": {"to": "1999-12-31"}, "when": {"direction": "outgoing"},
    }  # fmt: skip
    head = {"policy": "XA", "title": "A", "encoded": {"as_of": "2026-01-01"}, "instruments": {"act": {"title": "Act"}}}
    path = tmp_path / "xa.yaml"
    path.write_text(yaml.safe_dump({**head, "rules": [rule]}), "utf-8")
    library = Library((str(path),))
    drawn = graph("XA", library)
    assert focus.applying(drawn, library.bundle("XA"), {"direction": "outgoing"}).rules() == ("old",)
    assert focus.applying(drawn, library.bundle("XA"), {"direction": "onward"}).rules() == ()


def test_the_command_writes_what_the_name_says(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "lb.png"
    done = run("graph", "LB", "-o", str(picture))
    assert (done.returncode, done.stdout) == (0, "")
    assert picture.read_bytes().startswith(b"\x89PNG")
    folder = tmp_path / "all"
    assert run("graph", "CH", "-o", f"{folder}/").returncode == 0
    assert {p.name for p in folder.iterdir()} == {f"CH-{s.key}.svg" for s in graph("CH").sections}
    assert run("graph", "LB", "-f", "dot").stdout == dot(graph("LB"))
    assert run("graph", "LB", "-f", "mermaid").stdout == mermaid(graph("LB"))
    assert run("graph", "LB").stdout == svg(graph("LB")).text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--rule", "imac-67a-2"], 3, "MS202"),
        (["--instrument", "imca"], 3, "MS216"),
        (["--avenue", "fiu_to_fi"], 3, "fiu_to_fiu"),
        (["--direction", "out"], 3, "MS102"),
        (["-f", "gif"], 2, "svg, png, mermaid, dot"),
        (["-o", "law.gif"], 2, "ends in none of .svg, .png, .mmd, .dot"),
        (["-o", "/nowhere/at/all.svg"], 3, "MS015"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: int, said: str, run: Run) -> None:
    done = run("graph", "CH", *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
