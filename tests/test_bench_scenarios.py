"""Scenario suites: the format, the runs of a matrix, what is refused, and how differences are shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mayshare.bench.runner import Runner
from mayshare.bench.running import run_suites
from mayshare.bench.selecting import BadExpression, matcher
from mayshare.engine.library import Library
from mayshare.rules.diagnostics import Refused
from mayshare.rules.scenario import read_suite
from mayshare.rules.source import Source

from .conftest import ROOT, Run

DRAFT = ROOT / "examples" / "drafting"
OWN = ("--policies", str(DRAFT), "--no-builtin")
HEAD = "suite: XA\nas_of: 2026-03-02\n"
BASE = """bases:
  p: {direction: outgoing, mode: spontaneous, sender: {jurisdiction: XA, authority: prosecutor}}
  q: {sender.authority: police, receiver: {authority: police}}
scenarios:
"""


def suite(text: str, head: str = HEAD + BASE) -> object:
    return read_suite(Source("suite.yaml", head + text))


def codes(text: str, head: str = HEAD + BASE) -> set[str]:
    with pytest.raises(Refused) as caught:
        read_suite(Source("suite.yaml", head + text))
    assert all(d.place.file == "suite.yaml" and d.help for d in caught.value.diagnostics)
    return {d.code for d in caught.value.diagnostics}


def test_bases_merge_left_to_right_and_dotted_keys_meet_nested_ones() -> None:
    text = "  - {id: a, base: [p, q], case: {receiver.authority: fiu, purpose: [trial]}, expect: {outcome: deny}}\n"
    read = read_suite(Source("suite.yaml", HEAD + BASE + text)).scenarios[0]
    assert read.document.data == {
        "case": "a",
        "direction": "outgoing",
        "mode": "spontaneous",
        "sender": {"jurisdiction": "XA", "authority": "police"},
        "receiver": {"authority": "fiu"},
        "purpose": ["trial"],
    }
    assert read.document.place(("sender", "jurisdiction")).line == 4
    assert read.document.place(("sender", "authority")).line == 5
    assert read.document.place(("purpose", 0)).line == 7


def test_a_matrix_runs_every_combination_and_the_first_match_counts() -> None:
    text = """  - id: m
    base: p
    matrix: {receiver.jurisdiction: [BR, LI], as_of: [2019-01-01, 2026-03-02], item.form: [evidence]}
    expect:
      - {when: {receiver.jurisdiction: LI, as_of: 2019-01-01}, outcome: allow}
      - {outcome: deny}
"""
    runs = read_suite(Source("suite.yaml", HEAD + BASE + text)).scenarios
    assert [s.id for s in runs] == [
        "m[BR, 2019-01-01, evidence]",
        "m[BR, 2026-03-02, evidence]",
        "m[LI, 2019-01-01, evidence]",
        "m[LI, 2026-03-02, evidence]",
    ]
    assert [s.expect.outcome for s in runs] == ["deny", "deny", "allow", "deny"]
    assert runs[2].as_of == date(2019, 1, 1)
    assert runs[2].document.data["receiver"] == {"jurisdiction": "LI"}
    assert runs[2].document.data["items"] == [{"id": "item", "form": "evidence"}]


def test_a_matrix_of_bases() -> None:
    text = "  - {id: m, matrix: {base: [p, q]}, case: {sender: {jurisdiction: XA}}, expect: {outcome: deny}}\n"
    runs = read_suite(Source("suite.yaml", HEAD + BASE + text)).scenarios
    assert [s.document.data["sender"]["authority"] for s in runs] == ["prosecutor", "police"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  - {id: a, expect: {outcome: deny}}\n  - {id: a, expect: {outcome: deny}}\n", "MS502"),
        ("  - {id: a, base: pp, expect: {outcome: deny}}\n", "MS503"),
        ("  - {id: a, matrix: {base: [p, r]}, expect: {outcome: deny}}\n", "MS503"),
        ("  - {id: a, matrix: {mode: []}, expect: {outcome: deny}}\n", "MS506"),
        (
            f"  - {{id: a, matrix: {{mode: {[*range(99)]}, avenue: {[*range(99)]}}}, expect: {{outcome: deny}}}}\n",
            "MS506",
        ),
        ("  - {id: a, matrix: {mode: [mla]}, expect: [{when: {mode: other}, outcome: deny}]}\n", "MS507"),
        ("  - {id: a, matrix: {mode: [mla]}, expect: [{when: {avenue: x}, outcome: deny}]}\n", "MS507"),
        ("  - {id: a, matrix: {mode: [mla, x]}, expect: [{when: {mode: mla}, outcome: deny}]}\n", "MS507"),
        ("  - {id: a, base: p}\n", "MS508"),
        ("  - {id: a, base: p, expect: {}}\n", "MS508"),
        ("  - {id: a, base: p, expect: {outcome: denied}}\n", "MS102"),
        ("  - {id: a, base: p, expects: {outcome: deny}}\n", "MS107"),
    ],
)
def test_what_is_wrong_with_a_suite_is_said_at_its_place(text: str, code: str) -> None:
    assert code in codes(text)


def test_a_day_is_needed_and_a_suite_says_whose_it_is() -> None:
    assert codes("scenarios: [{id: a, expect: {outcome: deny}}]\n", "suite: XA\n") == {"MS505"}
    assert codes("scenarios: []\n", "title: x\n") == {"MS501"}
    assert codes("- 1\n", "") == {"MS501"}


def test_skipped_scenarios_need_nothing_else() -> None:
    read = read_suite(Source("suite.yaml", HEAD + "scenarios: [{id: a, skip: not read yet}]\n"))
    assert read.scenarios[0].skip == "not read yet"


@pytest.mark.parametrize(
    ("suite", "wanted", "differs"),
    [
        ("XA", ["own"], False),
        ("XA", [], True),
        ("XA", ["own", "texts/2"], False),
        ("XA", ["texts/2"], True),
        ("texts", ["own"], True),
        ("texts", ["own", "texts/2"], False),
    ],
)
def test_advice_of_another_layer_counts_where_that_layer_is_named(
    suite: str, wanted: list[str], differs: bool, tmp_path: Path
) -> None:
    def law(name: str, rule: str, more: str) -> None:
        folder = tmp_path / ("" if name.isupper() else "layers")
        folder.mkdir(exist_ok=True)
        (folder / f"{name.lower()}.yaml").write_text(
            f"policy: {name}\ntitle: x\nencoded: {{as_of: 2026-01-01, status: unofficial}}\n{more}"
            f"instruments: {{a: {{title: A, kind: statute}}}}\n"
            f"rules: [{{id: '{rule}', title: x, effect: advise, source: {{instrument: a, article: 1}}, "
            "when: {direction: outgoing}}]\n"
        )

    law("XA", "own", "layers: [texts]\n")
    law("texts", "2", "kind: layer\nbinding: false\n")
    text = f"suite: {suite}\nas_of: 2026-03-02\nscenarios:\n  - {{id: x, case: {{sender: {{jurisdiction: XA}}}}, "
    read = read_suite(Source("suite.yaml", f"{text}expect: {{advice: [{', '.join(wanted)}]}}}}\n"))
    run, _ = run_suites([read], Runner(Library((str(tmp_path),), builtin=False), inference=False))
    assert [v.status for _, _, v in run] == ["failed" if differs else "passed"]


def test_every_expectation_can_fail() -> None:
    expectations = {
        "outcome": "outcome: allow",
        "grounds": "grounds: [act-3]",
        "not_grounds": "not_grounds: [act-2]",
        "conditions": "conditions: {record: met}",
        "missing": "missing: [purpose]",
        "duties": "duties: [act-1]",
        "advice": "advice: [act-1]",
        "warnings": "warnings: [MS999]",
        "not_covered": "not_covered: true",
        "error": "error: MS303",
    }
    case = (
        "{direction: outgoing, mode: spontaneous, sender: {jurisdiction: XA, authority: prosecutor}, "
        "receiver: {jurisdiction: BR, authority: prosecutor}, interests: {person_safety_endangered: false}, "
        "items: [{id: x, form: evidence, secrecy: bank_secrecy, origin: own_investigation}]}"
    )
    lines = [f"  - {{id: {name}, case: {case}, expect: {{{text}}}}}\n" for name, text in expectations.items()]
    read = read_suite(Source("suite.yaml", HEAD + "scenarios:\n" + "".join(lines)))
    run, _ = run_suites([read], Runner(Library((str(DRAFT),), builtin=False), inference=False))
    for _, scenario, verdict in run:
        assert verdict.status == "failed", scenario.id
        assert [d.what for d in verdict.differences] == [scenario.id]


@pytest.mark.parametrize(
    ("expression", "names", "others"),
    [
        ("fiu", ["an FIU"], ["police"]),
        ("a and not b", ["a"], ["ab", "b"]),
        ("a or b and c", ["a", "bc"], ["b"]),
        ("(a or b) and c", ["ac"], ["a", "c"]),
        ("not (a or b)", ["c"], ["a", "b"]),
    ],
)
def test_choosing(expression: str, names: list[str], others: list[str]) -> None:
    wanted = matcher(expression)
    assert all(wanted(n) for n in names)
    assert not any(wanted(n) for n in others)


@pytest.mark.parametrize("expression", ["", "a and", "(a", "a b", ")", "not", "or a"])
def test_choosing_badly(expression: str) -> None:
    with pytest.raises(BadExpression):
        matcher(expression)


# -- the command ----------------------------------------------------------------------------------------------


def test_paths_are_files_folders_and_policies(run: Run) -> None:
    for path in ("XA", str(DRAFT / "scenarios"), str(DRAFT / "scenarios" / "xa.yaml")):
        done = run("test", path, *OWN, "--engine", "kernel")
        assert done.returncode == 0, done.stderr
        assert "6 passed" in done.stdout
    for path in ("XB", str(DRAFT / "none.yaml"), str(ROOT / "docs")):
        done = run("test", path, *OWN)
        assert done.returncode == 3
        assert "help:" in done.stderr
        assert "Traceback" not in done.stderr


def test_formats_hold_the_same_run(run: Run) -> None:
    where = ("test", str(DRAFT), *OWN)
    shown = {f: run(*where, "--format", f) for f in ("text", "json", "junit", "tap")}
    assert {done.returncode for done in shown.values()} == {1}
    data = json.loads(shown["json"].stdout)
    assert (data["passed"], data["failed"], data["errors"], data["skipped"]) == (6, 1, 0, 0)
    failed = [s for part in data["suites"] for s in part["scenarios"] if s["status"] == "failed"]
    assert [d["what"] for d in failed[0]["differences"]] == ["outcome", "grounds", "conditions"]
    root = ElementTree.fromstring(shown["junit"].stdout)
    assert len(root.findall(".//testcase")) == 7
    assert [c.get("name") for c in root.findall(".//testcase[failure]")] == ["evidence-to-an-fiu"]
    tap = shown["tap"].stdout.splitlines()
    assert tap[:2] == ["TAP version 14", "1..7"]
    assert sum(line.startswith("ok ") for line in tap) == 6
    assert sum(line.startswith("not ok ") for line in tap) == 1


def test_a_broken_suite_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("suite: XA\nscenarios: [{id: a}]\n")
    (tmp_path / "b.yaml").write_text((DRAFT / "scenarios" / "xa.yaml").read_text())
    done = run("test", str(tmp_path), *OWN)
    assert done.returncode == 3
    assert "6 passed" in done.stdout
    assert "MS505" in done.stderr
    assert "MS508" in done.stderr


def test_faults_in_a_case_and_misspelt_rules_are_errors_with_places(run: Run, tmp_path: Path) -> None:
    text = (DRAFT / "scenarios" / "xa.yaml").read_text()
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        text.replace("not_grounds: [act-1]", "not_grounds: [act-l]").replace(
            "form: information, secrecy: bank", "fom: information, secrecy: bank"
        )
    )
    done = run("test", str(bad), *OWN)
    assert done.returncode == 3
    assert "MS504: no rule `act-l`" in done.stdout
    assert "did you mean `act-" in done.stdout
    assert re.search(r"bad\.yaml:16:\d+: error MS101: unknown fact of an item `fom`", done.stdout), done.stdout
    assert "3 not run, 3 passed" in done.stdout


def test_nothing_to_run(run: Run) -> None:
    done = run("test", *OWN, "-k", "nobody")
    assert done.returncode == 0
    assert "no scenario matches" in done.stderr
    assert run("test", *OWN, "-k", "nobody", "--fail-on-empty").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("-k", "a and"),
        ("--format", "xml"),
        ("--engine", "none"),
        ("--fail-under", "90"),
        ("--fail-under", "190", "--coverage"),
        ("--mutate", "--suggest"),
        ("--watch", "--mutate"),
        ("--output", "x"),
        ("--coverage", "--format", "tap"),
        ("--mutate", "--format", "junit"),
        ("--jobs", "-1"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("test", *OWN, *arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert done.stdout == ""


def test_options_may_stand_in_the_environment(run: Run) -> None:
    own = {"MAYSHARE_POLICIES": str(DRAFT), "MAYSHARE_NO_BUILTIN": "1"}
    done = run("test", **own, MAYSHARE_TEST_K="evidence", MAYSHARE_FORMAT="tap")
    assert done.stdout.splitlines()[1] == "1..1"


def test_several_processes_say_what_one_says(run: Run, tmp_path: Path) -> None:
    text = (DRAFT / "scenarios" / "xa.yaml").read_text()
    values = ", ".join(f"2026-03-{d:02}" for d in range(1, 32))
    (tmp_path / "many.yaml").write_text(text.replace("matrix: {", f"matrix: {{as_of: [{values}], "))
    one = run("test", str(tmp_path), *OWN, "-j", "1", "-v", "--coverage")
    two = run("test", str(tmp_path), *OWN, "-j", "2", "-v", "--coverage")
    assert one.returncode == 0, one.stdout
    assert one.stdout == two.stdout
    assert "66 passed" in one.stdout


def test_a_layer_is_tested_alone_under_a_state_without_a_policy(run: Run, tmp_path: Path) -> None:
    layers = tmp_path / "layers"
    layers.mkdir()
    (layers / "pact.yaml").write_text(
        "policy: pact\ntitle: The Pact\nkind: layer\nencoded: {as_of: 2026-01-01}\ninstruments: {pact: {title: The Pact}}\n"
        "rules:\n  - {id: '1', title: Bars, effect: forbid, source: {instrument: pact, article: 1}, when: {mode: spontaneous}}\n"
    )
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "pact.yaml").write_text(
        "suite: pact\nas_of: 2026-03-02\nscenarios:\n"
        "  - {id: bars, case: {sender: {jurisdiction: XB}, mode: spontaneous}, expect: {outcome: deny, grounds: [pact/1]}}\n"
    )
    done = run("test", "pact", "--policies", str(tmp_path), "--no-builtin", "--coverage")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pact" in done.stdout.split("policy  rules")[1]


def test_a_layer_is_tested_beside_others_that_rule_differently(run: Run, tmp_path: Path) -> None:
    head = "kind: layer\nencoded: {as_of: 2026-01-01}\ninstruments: {t: {title: T}}\nrules:\n  - "
    rule = "{id: '1', title: Rules, source: {instrument: t, article: 1}, when: {mode: mla}, effect: "
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "pact.yaml").write_text(f"policy: pact\ntitle: The Pact\n{head}{rule}oblige}}\n")
    (tmp_path / "layers" / "deal.yaml").write_text(f"policy: deal\ntitle: The Deal\n{head}{rule}forbid}}\n")
    suite = "suite: pact\nas_of: 2026-03-02\nlayers: [deal]\nscenarios:\n  - id: a\n"
    suite += "    case: {sender: {jurisdiction: XB}, mode: mla}\n"
    suite += "    expect: {outcome: deny, grounds: [deal/1], warnings: [MS904]}\n"
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "pact.yaml").write_text(suite)
    done = run("test", "pact", "--policies", str(tmp_path), "--no-builtin")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "scenarios" / "pact.yaml").write_text(suite.replace("[deal]", "[dael]"))
    refused = run("test", "pact", "--policies", str(tmp_path), "--no-builtin")
    assert "MS210" in refused.stdout + refused.stderr
    assert codes("scenarios: [{id: a, expect: {outcome: deny}}]\n", HEAD + "layers: [pact]\n") != set()


def test_pytest_collects_suites(tmp_path: Path) -> None:
    (tmp_path / "xa.yaml").write_text((DRAFT / "xa.yaml").read_text())
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "xa.yaml").write_text((DRAFT / "scenarios" / "xa.yaml").read_text())
    (tmp_path / "scenarios" / "wrong.yaml").write_text((DRAFT / "mistaken.yaml").read_text())
    (tmp_path / "scenarios" / "broken.yaml").write_text("suite: XA\nscenarios: [{id: a}]\n")
    options = ["-p", "mayshare.bench.pytest_plugin", "-p", "no:cacheprovider", "-o", "mayshare_engine=kernel"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "--continue-on-collection-errors",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "300"}
    done = subprocess.run(
        [*command, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert "6 passed" in done.stdout, done.stdout
    assert "1 failed" in done.stdout
    assert "1 error" in done.stdout
    assert "expected  allow" in done.stdout
    assert "wrong.yaml::evidence-to-an-fiu - expected allow, got deny" in done.stdout
    assert "MS505" in done.stdout


@pytest.fixture
def drafted(run: Run, tmp_path: Path) -> Path:
    """A new policy with facts of its own, as a drafter has it."""
    assert run("new", "NO", "-o", ".", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize("path", [".", "scenarios", "scenarios/no.yaml"])
def test_policies_beside_the_scenarios_are_found(run: Run, drafted: Path, path: str) -> None:
    done = run("test", path, "-k", "feedback", cwd=drafted)
    assert (done.returncode, done.stdout) == (0, "✓ NO  2 passed  scenarios/no.yaml\n\n2 passed\n")


@pytest.mark.parametrize(("command", "more"), [("test", ("-k", "XX")), ("lint", ("--no-builtin",))])
def test_who_names_nothing_is_told_that_the_folder_was_not_looked_at(
    run: Run, drafted: Path, command: str, more: tuple[str, ...]
) -> None:
    told = f"`mayshare {command} .` is about them"
    assert told in run(command, *more, cwd=drafted).stderr
    assert told not in run(command, *more, ".", cwd=drafted).stderr
    assert told not in run(command, *more, "--policies", ".", cwd=drafted).stderr
    assert told not in run(command, *more, cwd=drafted / "examples").stderr


def test_a_policy_that_cannot_be_read_is_said_once_and_no_scenario_is_blamed(run: Run, drafted: Path) -> None:
    text = (drafted / "no.yaml").read_text()
    (drafted / "no.yaml").write_text(text.replace("effect: advise", "effect: advize", 1))
    done = run("test", ".", cwd=drafted)
    assert done.returncode == 3
    assert done.stdout.count("error MS102: `advize`") == 1
    assert "MS101" not in done.stdout
