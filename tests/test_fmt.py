"""`mayshare fmt`: one layout, the same meaning, every comment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bench.comments import comments_of
from mayshare.bench.formatting import WIDTH, formatted
from mayshare.engine.compile import compile_policies
from mayshare.engine.library import Library, builtin_sources
from mayshare.rules.check_policy import read_policy
from mayshare.rules.diagnostics import Refused
from mayshare.rules.source import Source, decode, read_document, read_source
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

from .bounds import bounded
from .conftest import ROOT, Run

FOLDERS = ("", "layers", "scenarios", "scenarios/layers", "registry")
SHIPPED = [
    *(s for folder in FOLDERS for s in builtin_sources(folder)),
    *builtin_sources("law")[::6],
    *vocabulary_files(),
    *(read_source(p) for p in sorted((ROOT / "examples").glob("*.yaml"))),
]
OURS = [s for s in SHIPPED if re.search(r"^(policy|suite|registry):", s.text, re.MULTILINE)]
POLICIES = [s for s in SHIPPED if "\npolicy:" in f"\n{s.text}"]
UNTIDY = """\
# yaml-language-server: $schema=x.json
title: Example
policy:   XA   # its code

encoded: {status: unofficial, as_of: 2026-01-01}
instruments:
    act: {title: Example Act, number: 12/2003}
rules:
# --- sending
- title: A prosecutor may send what it found   # heading
  id: act-1
  # only abroad
  when: {direction: outgoing,
     sender.authority: prosecutor}
  effect: permit
  source:
      article: 1
      instrument: act
  # the end of the rule


# the end
"""
TIDY = """\
# yaml-language-server: $schema=x.json
policy: XA  # its code
title: Example

encoded: {as_of: 2026-01-01, status: unofficial}
instruments:
  act: {title: Example Act, number: 12/2003}
rules:
  # --- sending
  - id: act-1
    title: A prosecutor may send what it found  # heading
    effect: permit
    source:
      instrument: act
      article: 1
    # only abroad
    when: {direction: outgoing, sender.authority: prosecutor}
    # the end of the rule

# the end
"""


def comments(text: str) -> list[str]:
    return sorted(c.text for c in comments_of(text))


def test_the_layout_is_as_described() -> None:
    assert formatted(Source("x.yaml", UNTIDY)).text == TIDY


@pytest.mark.parametrize("source", SHIPPED, ids=lambda s: s.name.split("/main/")[-1])
def test_shipped_files_keep_meaning_and_comments_and_settle_at_once(source: Source) -> None:
    after = formatted(source)
    assert read_document(after).data == read_document(source).data
    assert comments(after.text) == comments(source.text)
    if len(source.text) < 20_000:  # proved inside, too
        assert formatted(after) == after
    assert "\t" not in after.text
    assert after.text.endswith("\n")


def conditions(data: object) -> str:
    """Everything that is compiled, in the order in which it is: rules, and all keys below `when` and its like."""
    assert isinstance(data, dict)
    rules = [
        [r["id"], r["effect"], r.get("when"), r.get("condition"), r.get("conditions")] for r in data.get("rules", ())
    ]
    for rule in rules:
        for part in ([rule[3]] if rule[3] else []) + (rule[4] or []):
            rule.append(part.get("met_when"))
        rule[3:5] = []
    return json.dumps(
        [
            data.get("covers"),
            {n: d.get("when") for n, d in data.get("definitions", {}).items()},
            rules,
            list(data.get("facts", ())),
        ],
        default=str,
    )


@pytest.mark.parametrize("source", OURS, ids=lambda s: s.name)
def test_what_is_shipped_is_laid_out(source: Source) -> None:
    assert formatted(source).text == source.text


@pytest.mark.parametrize("source", POLICIES, ids=lambda s: s.name)
def test_what_is_compiled_keeps_its_order(source: Source) -> None:
    assert conditions(read_document(formatted(source)).data) == conditions(read_document(source).data)


@pytest.mark.parametrize("name", ["CH", "CZ"])
def test_the_program_is_the_same_to_the_last_bit(name: str) -> None:
    vocabulary = load_vocabulary(vocabulary_files())
    files = Library().files
    hashes = set()
    for text in (files[name].source, formatted(files[name].source)):
        policy = read_policy(text, vocabulary)
        layers = [read_policy(files[layer].source, vocabulary) for layer in policy.document.layers]
        hashes.add(compile_policies(policy, layers, vocabulary)[0].hash)
    assert len(hashes) == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["end", "own", "deep", "blank"])), max_size=8))
@settings(max_examples=bounded(60))
def test_comments_anywhere_are_kept(places: list[tuple[int, str]]) -> None:
    lines = UNTIDY.split("\n")
    for number, (position, kind) in enumerate(sorted(places, reverse=True)):
        text = f"# note {number}"
        if kind == "end" and lines[position].strip() and "#" not in lines[position]:
            lines[position] += f" {text}"
        elif kind in ("own", "deep"):
            lines.insert(position, ("      " if kind == "deep" else "") + text)
        elif kind == "blank":
            lines.insert(position, "")
    source = Source("x.yaml", "\n".join(lines))
    after = formatted(source)
    assert read_document(after).data == read_document(source).data
    assert comments(after.text) == comments(source.text)
    assert formatted(after) == after


words = st.text("abcdeXYZ 0:#'\"-{}[],&*>|é\n", max_size=30)
values = st.recursive(
    st.booleans() | st.integers(-5, 5) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_.", min_size=1, max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["policy", "title", "rules", "note", "covers"]), values, min_size=1), st.booleans()
)
@settings(max_examples=bounded(60))
def test_any_data_is_kept(data: dict[str, object], flow: bool) -> None:
    import yaml

    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, width=60)
    source = Source("x.yaml", text)
    try:
        before = read_document(source).data
    except Refused:
        return
    after = formatted(source)
    assert read_document(after).data == before
    assert formatted(after) == after


@given(st.binary(max_size=120) | st.text("ab:-#[]{}\n \"'|>&*,?!%@`", max_size=120).map(str.encode))
@settings(max_examples=bounded(150))
def test_any_bytes_are_laid_out_or_refused(raw: bytes) -> None:
    try:
        source = decode(raw, "x.yaml")
        after = formatted(source)
    except Refused:
        return
    assert formatted(after) == after
    assert comments(after.text) == comments(source.text)


def test_long_values_are_broken_and_conditions_keep_their_order() -> None:
    long = (
        "when: {sender.authority: prosecutor, direction: outgoing, purpose: {any_of: ["
        + ", ".join(["trace"] * 30)
        + "]}}\n"
    )
    text = formatted(Source("x.yaml", long)).text
    assert text.index("sender.authority") < text.index("direction")
    assert text.splitlines()[0] == "when: {sender.authority: prosecutor, direction: outgoing,"
    prose = "note: " + " ".join(["word"] * 40) + "\n  and more\n"
    assert max(len(line) for line in formatted(Source("x.yaml", prose)).text.splitlines()) <= WIDTH


def test_check_diff_and_writing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "xa.yaml"
    path.write_text(UNTIDY, "utf-8")
    found = run("fmt", "--check", "xa.yaml", cwd=tmp_path)
    assert (found.returncode, found.stdout) == (1, "xa.yaml\n")
    shown = run("fmt", "--diff", "xa.yaml", cwd=tmp_path)
    assert shown.returncode == 1
    assert "+policy: XA  # its code" in shown.stdout
    assert path.read_text("utf-8") == UNTIDY
    assert run("fmt", "xa.yaml", cwd=tmp_path).returncode == 0
    assert path.read_text("utf-8") == TIDY
    again = run("fmt", "--check", "xa.yaml", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "")
    assert run("fmt", "-", stdin=UNTIDY).stdout == TIDY


def test_what_cannot_be_kept_is_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "xa.yaml"
    path.write_text("policy: XA\nnote: >-  # why\n  text\n", "utf-8")
    done = run("fmt", "xa.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "MS694" in done.stderr
    assert path.read_text("utf-8").startswith("policy: XA\nnote: >-  # why")
    assert run("fmt", "none.yaml", cwd=tmp_path).returncode == 3
