"""`mayshare lint` as a person or a pipeline uses it, and what it may never do."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bench.comments import comments_of
from mayshare.bench.files import sources_of
from mayshare.bench.lint.check import Edit
from mayshare.bench.lint.fixes import repaired
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.engine.library import Library
from mayshare.rules.source import Source, read_document

from .bounds import bounded
from .conftest import Run
from .lint.samples import samples

AROUND = Surroundings(Library())
SHIPPED = sources_of([], AROUND.library, [])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A policy with two full stops (one of them repaired by silence) and a rule that can never apply."""
    path = tmp_path / "xa.yaml"
    text = samples("MS641")[0].text.replace("what it found\n", "what it found.\n", 1)
    path.write_text(text, "utf-8")
    return path


def test_text_says_where_what_and_how_to_go_on(run: Run, bad: Path) -> None:
    done = run("lint", bad.name, cwd=bad.parent)
    assert done.returncode == 1
    assert "xa.yaml:8:12: warning MS613: the title ends with a full stop" in done.stdout
    assert "error MS641: `act-2` applies in no case" in done.stdout
    assert "1 file: 1 error, 1 warning, 1 note; --notes shows the notes; --fix repairs 1" in done.stdout
    assert done.stdout.rstrip().endswith("mayshare explain MS613 MS641")
    assert "MS671" in run("lint", "--notes", bad.name, cwd=bad.parent).stdout


def test_a_clean_file_exits_with_zero(run: Run, tmp_path: Path) -> None:
    (tmp_path / "xa.yaml").write_text(samples("MS641")[1].text, "utf-8")
    done = run("lint", "xa.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1 file: 0 errors, 0 warnings, 1 note; --notes shows the notes\n")


def test_what_is_not_valid_exits_with_three(run: Run, tmp_path: Path) -> None:
    (tmp_path / "xa.yaml").write_text("policy: XA\ntitel: X\n", "utf-8")
    done = run("lint", "xa.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "MS107" in done.stdout
    assert "did you mean `title`?" in done.stdout


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\x01", b"\xff\xfe", b"policy: [", b"- 1\n", b"policy: XA\n---\npolicy: XB\n"]
)
def test_standard_input_of_any_kind(run: Run, raw: bytes) -> None:
    done = run("lint", "-", stdin=raw)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_suite_knows_the_policies_found_on_the_way(run: Run, tmp_path: Path) -> None:
    assert run("new", "KZ", cwd=tmp_path).returncode == 0
    done = run("lint", ".", cwd=tmp_path)
    assert (done.returncode, "MS701" in done.stdout) == (0, False), done.stdout


def test_another_provision_fills_no_gap(run: Run, tmp_path: Path) -> None:
    """Two rules of another provision, always in force, say nothing of the days between two versions of this one."""
    text = samples("MS686")[0].text
    beside = """\
  - id: act-9
    title: A unit may send what is urgent
    effect: permit
    source: {instrument: act, article: 9}
    when: {direction: outgoing, sender.authority: fiu, urgent: true}
  - id: act-9-limits
    title: Not what is privileged
    effect: forbid
    overrides: [act-9]
    source: {instrument: act, article: 9}
    when: {direction: outgoing, sender.authority: fiu, item.privileged: true}
"""
    (tmp_path / "xa.yaml").write_text(f"{text.rstrip()}\n{beside}", "utf-8")
    assert "MS686" in run("lint", "xa.yaml", cwd=tmp_path).stdout


def test_rules_clash_though_one_of_them_lists_every_direction(run: Run, tmp_path: Path) -> None:
    text = samples("MS649")[0].text
    text = text.replace("direction: outgoing", "direction: [outgoing, use, onward]", 1).replace(
        "direction: outgoing, ", ""
    )
    (tmp_path / "xa.yaml").write_text(text, "utf-8")
    done = run("lint", "xa.yaml", cwd=tmp_path)
    assert "warning MS649: `act-1-secret` and `act-1` rest on one provision" in done.stdout


def test_a_value_twice_in_a_list_is_found_and_taken_out(run: Run, tmp_path: Path) -> None:
    text = samples("MS645")[1].text.replace("law_enforcement}", "[law_enforcement, fiu, law_enforcement]}")
    (tmp_path / "xa.yaml").write_text(text, "utf-8")
    assert "MS645: `law_enforcement` stands twice in a list of `act-1`" in run("lint", "xa.yaml", cwd=tmp_path).stdout
    assert run("lint", "xa.yaml", "--fix", cwd=tmp_path).returncode == 0
    assert "[law_enforcement, fiu]" in (tmp_path / "xa.yaml").read_text("utf-8")


def test_names_that_scenarios_misspell_are_found(run: Run, tmp_path: Path) -> None:
    assert run("new", "NO", "-o", ".", cwd=tmp_path).returncode == 0
    suite = tmp_path / "scenarios" / "no.yaml"
    text = suite.read_text("utf-8")
    for right, wrong in (
        ("grounds: gl-5-2", "grounds: gl-52"),
        ("{feedback: outstanding}", "{feedbak: outstanding}"),
        ("case: {offence: {", "case: {ofence: {"),
        ("missing: sender.official", "missing: sender.oficial"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    suite.write_text(text, "utf-8")
    done = run("lint", ".", "-f", "json", cwd=tmp_path)
    assert done.returncode == 3
    found = {f["help"] for file in json.loads(done.stdout)["files"] for f in file["findings"]}
    assert found == {f"did you mean `{n}`?" for n in ("gl-5-2", "feedback", "offence", "sender.official_authorised")}


def test_no_such_path(run: Run, tmp_path: Path) -> None:
    done = run("lint", "nothing.yaml", "CHH", cwd=tmp_path)
    assert done.returncode == 3
    far = run("lint", "QQ", cwd=tmp_path)
    assert "`mayshare list` lists the policies" in far.stdout
    assert done.stdout.count("MS001") >= 2
    assert "did you mean `CH`?" in done.stdout


def test_diff_shows_and_fix_writes(run: Run, bad: Path) -> None:
    before = bad.read_text("utf-8")
    shown = run("lint", "--diff", str(bad))
    assert shown.returncode == 1
    assert bad.read_text("utf-8") == before
    changed = [line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        "-    title: A prosecutor may send what it found.",
        "+    title: A prosecutor may send what it found",
    ]
    fixed = run("lint", "--fix", str(bad))
    assert fixed.returncode == 1, "the rule that can never apply has no one right repair"
    assert "repaired 1 finding" in fixed.stderr
    assert bad.read_text("utf-8") == before.replace("found.\n", "found\n", 1)
    assert run("lint", "--diff", str(bad)).stdout == ""


def test_shipped_files_are_never_written(run: Run, tmp_path: Path) -> None:
    text = samples("MS613")[0].text
    done = run("lint", "--fix", "-", stdin=text, cwd=tmp_path)
    assert "not a file of yours" in done.stderr
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_sarif_names_rules_and_places(run: Run, bad: Path) -> None:
    log = json.loads(run("lint", "-f", "sarif", bad.name, cwd=bad.parent).stdout)
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    codes = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert codes == ["MS613", "MS641"]
    for result in only["results"]:
        assert codes[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "xa.yaml"
        assert place["region"]["startLine"] > 0
    assert [r["level"] for r in only["results"]] == ["warning", "error"]


def test_junit_counts_failures(run: Run, bad: Path) -> None:
    (suite,) = ElementTree.fromstring(run("lint", "-f", "junit", str(bad)).stdout)
    assert suite.get("failures") == "2"
    assert [c.get("name", "").split()[0] for c in suite] == ["MS613", "MS641"]


def test_github_annotations_are_escaped(run: Run, bad: Path) -> None:
    lines = run("lint", "-f", "github", bad.name, cwd=bad.parent).stdout.splitlines()
    assert lines[0] == "::warning file=xa.yaml,line=8,col=12,title=MS613::the title ends with a full stop%0Aremove it"
    assert all(line.startswith(("::warning ", "::error ")) for line in lines)


def test_json_is_complete(run: Run, bad: Path) -> None:
    data = json.loads(run("lint", "-f", "json", "--notes", str(bad)).stdout)
    (file,) = data["files"]
    assert file["valid"]
    assert [(f["code"], f["fixable"]) for f in file["findings"]] == [
        ("MS671", False),
        ("MS613", True),
        ("MS641", False),
    ]


def test_silence_holds_for_the_whole_entry_and_is_counted(run: Run, bad: Path) -> None:
    above = bad.read_text("utf-8").replace(
        "  - id: act-2", "  # mayshare: ignore MS641 kept for the record\n  - id: act-2"
    )
    bad.write_text(above.replace("found.\n", "found\n", 1), "utf-8")
    done = run("lint", str(bad))
    assert done.returncode == 0
    assert "1 silenced" in done.stdout
    bad.write_text(
        "# mayshare: ignore-file MS641 kept\n" + bad.read_text("utf-8").replace("MS641 kept for", "MS613 kept for"),
        "utf-8",
    )
    assert "MS693" in run("lint", str(bad)).stdout, "a comment that silences nothing is reported"


def test_unknown_format_is_a_usage_error(run: Run) -> None:
    assert run("lint", "-f", "xml").returncode == 2


@pytest.mark.parametrize("source", SHIPPED, ids=lambda s: s.name)
def test_shipped_files_lint_clean(source: Source) -> None:
    found = lint(source, AROUND)
    assert [str(f.diagnostic) for f in found.findings if f.diagnostic.severity != "note"] == []


LINES = [
    "title: A",
    "a: {b: [1, 2, 3], c: x}",
    "list:\n  - one # first\n  - two\n  # mid\n  - three",
    "m:\n  k: v  # kept\n  l: w",
]


@given(st.permutations(LINES), st.data())
@settings(max_examples=bounded(60))
def test_an_edit_changes_what_it_names_and_nothing_else(lines: list[str], data: st.DataObject) -> None:
    source = Source("x.yaml", "# head\n" + "\n".join(lines) + "\n# tail\n")
    paths = [p for p in read_document(source).values if p and len(p) > 1]
    path = data.draw(st.sampled_from(paths))
    after, made = repaired(source, [Edit(path, remove=True)])
    if made:
        lost = {c.text for c in comments_of(source.text)} - {c.text for c in comments_of(after.text)}
        assert lost <= {"# first", "# kept"}
        rest = [line for line in source.text.splitlines() if line not in after.text.splitlines()]
        assert len(rest) <= 1
    else:
        assert after == source


@given(st.binary(max_size=200) | st.text("policy:sutregxa[]{}#-&*|>\n \"'?,01 ", max_size=200).map(str.encode))
@settings(max_examples=bounded(100))
def test_lint_survives_any_bytes(raw: bytes) -> None:
    from mayshare.rules.diagnostics import Refused
    from mayshare.rules.source import decode

    try:
        source = decode(b"policy: XA\n" + raw, "x.yaml")
    except Refused:
        return
    assert lint(source, AROUND).findings


def test_several_processes_find_the_same_in_the_same_order(run: Run, tmp_path: Path) -> None:
    for n in range(12):
        (tmp_path / f"x{n:02}.yaml").write_text(
            f"policy: X{chr(65 + n)}\ntitle: a\nencoded: {{as_of: 2026-01-01}}\n", "utf-8"
        )
    one, two = (run("lint", ".", "--notes", "--jobs", jobs, cwd=tmp_path) for jobs in ("1", "2"))
    assert (one.returncode, one.stdout) == (two.returncode, two.stdout)
    assert one.stdout.count("x11.yaml") >= 1
