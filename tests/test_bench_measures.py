"""Coverage, mutants and suggestions: what they claim is checked by deciding."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mayshare.bench.coverage import KINDS, measure
from mayshare.bench.mutation import Result, mutate
from mayshare.bench.mutation_report import grouped, scenario_yaml, summary
from mayshare.bench.runner import Runner
from mayshare.bench.running import run_suites
from mayshare.bench.suggest import as_suite, suggestions
from mayshare.engine.library import Library
from mayshare.rules.scenario import Suite, read_suite
from mayshare.rules.source import Source, read_source

from .conftest import ROOT, Run

DRAFT = ROOT / "examples" / "drafting"
OWN = ("--policies", str(DRAFT), "--no-builtin")


def runner(folder: Path = DRAFT) -> Runner:
    return Runner(Library((str(folder),), builtin=False), inference=False)


def drafted() -> Suite:
    return read_suite(read_source(DRAFT / "scenarios" / "xa.yaml"))


def mutated(suite: Suite) -> Result:
    own = runner()
    return mutate({"XA": own.law_of("XA")}, [suite], own, 1)


def with_more(text: str) -> Suite:
    """The drafted suite with further scenarios pasted at its end."""
    return read_suite(Source("more.yaml", (DRAFT / "scenarios" / "xa.yaml").read_text() + text))


def policy_of(tmp_path: Path, rules: str, facts: str = "") -> Path:
    """A folder with a policy of these rules."""
    head = "policy: XA\ntitle: A\nencoded: {as_of: 2026-01-01}\ninstruments: {act: {title: Act}}\n"
    (tmp_path / "xa.yaml").write_text(head + facts + "covers: {direction: outgoing}\nrules:\n" + rules)
    return tmp_path


def shown(folder: Path, scenarios: str) -> set[tuple[str, ...]]:
    """The goals that scenarios reach."""
    own = runner(folder)
    suite = read_suite(Source("s.yaml", "suite: XA\nas_of: 2026-03-02\nscenarios:\n" + scenarios))
    run, seen = run_suites([suite], own, coverage=True)
    assert run.count("passed") == run.total, [v for _, _, v in run]
    return seen.keys


RULE = "  - {{id: r, title: R, effect: forbid, source: {{instrument: act, article: 1}}, when: {when}}}\n"


def line(ident: str, facts: str) -> str:
    return f"  - {{id: {ident}, case: {{sender: {{jurisdiction: XA}}, {facts}}}, expect: {{warnings: []}}}}\n"


def test_a_part_of_an_all_matters_only_where_the_rest_holds(tmp_path: Path) -> None:
    folder = policy_of(tmp_path, RULE.format(when="{mode: spontaneous, sender.authority: fiu}"))
    masked = shown(folder, line("a", "mode: mla, sender.authority: police"))
    assert not {k for k in masked if k[0] == "conditions"}
    unknown = shown(folder, line("a", "mode: mla"))
    assert not {k for k in unknown if k[0] == "conditions"}
    first = shown(folder, line("a", "mode: mla, sender.authority: fiu"))
    assert {k for k in first if k[0] == "conditions"} == {("conditions", "XA", "r", "0", "false")}
    both = shown(folder, line("a", "mode: spontaneous, sender.authority: fiu"))
    assert {k[3:] for k in both if k[0] == "conditions"} == {("0", "true"), ("1", "true")}


def test_a_part_of_an_any_matters_only_where_the_rest_fails(tmp_path: Path) -> None:
    folder = policy_of(tmp_path, RULE.format(when="{any: [{mode: spontaneous}, {not: {sender.authority: fiu}}]}"))
    two = shown(folder, line("a", "mode: spontaneous, sender.authority: police"))
    assert not {k for k in two if k[0] == "conditions"}
    one = shown(folder, line("a", "mode: spontaneous, sender.authority: fiu"))
    assert {k[3:] for k in one if k[0] == "conditions"} == {("0", "true")}
    neither = shown(folder, line("a", "mode: mla, sender.authority: fiu"))
    assert {k[3:] for k in neither if k[0] == "conditions"} == {("0", "false"), ("1", "true")}


def test_failing_scenarios_show_nothing(run: Run) -> None:
    done = run("test", str(DRAFT / "mistaken.yaml"), *OWN, "--coverage", "--coverage-format", "json")
    assert done.returncode == 1
    counts = json.loads(done.stdout)["policies"][0]["counts"]
    assert {k: v["shown"] for k, v in counts.items()} == dict.fromkeys(KINDS, 0)
    assert "1 failed" in done.stderr


def test_suggestions_show_all_that_can_be_shown() -> None:
    own = runner()
    laws = {"XA": own.law_of("XA")}
    _, seen = run_suites([drafted()], own, coverage=True)
    found = suggestions(laws, [drafted()], seen)[0]
    assert not found.missing
    text = as_suite(found)
    suite = read_suite(Source("suggested.yaml", text))
    assert all(s.skip for s in suite.scenarios)
    confirmed = read_suite(
        Source("s.yaml", "\n".join(li for li in text.split("\n") if not li.startswith("    skip: ")))
    )
    run, more = run_suites([drafted(), confirmed], own, coverage=True)
    assert run.count("passed") == run.total
    assert measure(laws.values(), more, {"XA"}).share == 1


def test_what_no_case_can_show_is_said(tmp_path: Path) -> None:
    when = "{any: [{mode: spontaneous}, {mode: [spontaneous, mla]}]}"
    folder = policy_of(tmp_path, RULE.format(when=when))
    own = runner(folder)
    found = suggestions({"XA": own.law_of("XA")}, [], run_suites([], own, coverage=True)[1])[0]
    assert [(m.goal.key[3:], m.why) for m in found.missing] == [(("0", "true"), "never")]
    assert "# r: no scenario turns on it that “mode is spontaneous, without a request” holds" in as_suite(found)


def test_survivors_are_killed_by_the_scenarios_printed_for_them() -> None:
    before = mutated(drafted())
    assert before.count("survived") > 0
    assert before.count("unsettled") == 0
    pasted = "".join(scenario_yaml(s, members) for s, members in grouped(before) if s is not None)
    after = mutated(with_more(pasted))
    assert after.count("survived") == 0
    assert after.count("equivalent") == before.count("equivalent")
    assert after.share == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_stopped_by_somebody_it_tells_of_the_mutants_tried_so_far(jobs: int) -> None:
    def stop(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    own = runner()
    began = time.perf_counter()
    result = mutate({"XA": own.law_of("XA")}, [drafted()], own, jobs, stop)
    assert time.perf_counter() - began < 10
    whole = mutated(drafted())
    assert 0 < len(result.verdicts) < len(whole.verdicts)
    assert result.verdicts == whole.verdicts[: len(result.verdicts)]
    assert "".join(text for text, _ in summary(result)).endswith(f"; stopped, {result.untried} not tried")
    assert not whole.untried


def test_every_kind_of_mutant_is_made_and_noticed() -> None:
    result = mutated(drafted())
    killed = {m.kind for m, v in zip(result.mutants, result.verdicts, strict=True) if v.fate == "killed"}
    assert killed == {"condition", "effect", "exception", "obligation", "date"}
    assert all(v.by.startswith("XA: ") for v in result.verdicts if v.fate == "killed")


def test_equivalent_mutants_are_recognised(tmp_path: Path) -> None:
    rules = (
        RULE.format(when="{mode: spontaneous, any: [{mode: [spontaneous, mla]}, {sender.authority: fiu}]}")
        + "  - {id: p, title: P, effect: permit, source: {instrument: act, article: 2}, when: {mode: spontaneous}}\n"
    )
    own = runner(policy_of(tmp_path, rules))
    result = mutate({"XA": own.law_of("XA")}, [], own, 1)
    same = {(m.where, m.text) for m, v in zip(result.mutants, result.verdicts, strict=True) if v.fate == "equivalent"}
    # the inner condition follows from the outer one; and a permission that a prohibition always hides cannot be missed
    assert ("r", "dropped: sender authority is financial intelligence unit") in same
    assert ("p", "dropped: mode is spontaneous, without a request") not in same
    assert not result.count("unsettled")
    for mutant, verdict in zip(result.mutants, result.verdicts, strict=True):
        assert (verdict.sketch is not None) == (verdict.fate == "survived"), mutant


def test_gates(run: Run) -> None:
    assert run("test", *OWN, "--coverage", "--fail-under", "70").returncode == 0
    low = run("test", *OWN, "--coverage", "--fail-under", "90")
    assert low.returncode == 4
    assert "coverage is 75" in low.stderr
    mutants = run("test", *OWN, "--mutate", "--fail-under", "99", "--format", "json")
    assert mutants.returncode == 4
    data = json.loads(mutants.stdout)
    assert data["killed"] + data["survived"] + data["equivalent"] == len(data["mutants"])
    assert data["scenarios"][0]["case"]["sender"]["jurisdiction"] == "XA"


def test_mutants_wait_until_every_scenario_passes(run: Run) -> None:
    done = run("test", str(DRAFT), *OWN, "--mutate")
    assert done.returncode == 1
    assert "once every scenario passes" in done.stderr


def test_coverage_formats(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "coverage.html"
    done = run("test", *OWN, "--coverage-format", "html", "-o", str(target))
    assert done.returncode == 0
    assert "6 passed" in done.stdout
    page = target.read_text()
    assert page.startswith("<!doctype html>")
    assert "http" not in page.split("<body>")[1]
    assert "act-1" in page
    root = ElementTree.fromstring(run("test", *OWN, "--coverage-format", "cobertura").stdout)
    assert root.tag == "coverage"
    assert root.find(".//class").get("filename", "").endswith("xa.yaml")  # type: ignore[union-attr]
    both = json.loads(run("test", *OWN, "--coverage", "--format", "json").stdout)
    assert both["coverage"]["policies"][0]["policy"] == "XA"


def test_an_output_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("test", *OWN, "--coverage", "-o", str(tmp_path / "no" / "file"))
    assert done.returncode == 3
    assert "MS015" in done.stderr


def test_narrow_screens_and_colour(run: Run) -> None:
    done = run("test", *OWN, "--coverage", COLUMNS="40")
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert "\x1b" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_watching_runs_again_and_stops_cleanly(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(DRAFT, tmp_path / "d")
    log = (tmp_path / "log").open("w+")
    command = [
        sys.executable,
        "-m",
        "mayshare",
        "test",
        "--watch",
        "--policies",
        str(tmp_path / "d"),
        "--no-builtin",
        "--engine",
        "kernel",
    ]
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def wait_for(text: str, times: int) -> None:
        for _ in range(600):
            if (tmp_path / "log").read_text().count(text) >= times:
                return
            time.sleep(0.1)
        raise AssertionError((tmp_path / "log").read_text())

    try:
        wait_for("Ctrl-C ends", 1)
        suite = tmp_path / "d" / "scenarios" / "xa.yaml"
        suite.write_text(suite.read_text().replace("outcome: undetermined", "outcome: deny"))
        wait_for("Ctrl-C ends", 2)
        assert "1 failed" in (tmp_path / "log").read_text()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        log.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_suggestions_are_not_written_over_what_a_person_confirmed(run: Run, tmp_path: Path) -> None:
    arguments = ("test", "XA", *OWN, "--suggest", "-o", str(tmp_path / "s.yaml"))
    first = run(*arguments)
    assert first.returncode == 0
    assert "skipped until a person confirms them" in first.stderr
    confirmed = (tmp_path / "s.yaml").read_text("utf-8").replace("    skip:", "    # skip:")
    (tmp_path / "s.yaml").write_text(confirmed, "utf-8")
    again = run(*arguments)
    assert (again.returncode, "MS695" in again.stderr) == (3, True)
    assert (tmp_path / "s.yaml").read_text("utf-8") == confirmed


def test_a_scenario_to_paste_has_a_title_that_can_be_read(run: Run, tmp_path: Path) -> None:
    assert run("new", "NO", "-o", ".", cwd=tmp_path).returncode == 0
    suite = tmp_path / "scenarios" / "no.yaml"
    kept = suite.read_text().split("  # ---- sending: what does not open")[0]
    suite.write_text(kept)
    found = json.loads(run("test", ".", "--policies", ".", "--mutate", "-f", "json", cwd=tmp_path).stdout)["scenarios"]
    assert found
    assert max(len(s["title"]) for s in found) <= 120


def test_suggestions_as_json_and_where_there_are_none(run: Run, tmp_path: Path) -> None:
    listed = json.loads(run("test", "XA", *OWN, "--suggest", "-f", "json").stdout)["policies"]
    assert [p["policy"] for p in listed] == ["XA"]
    assert len(listed[0]["scenarios"]) >= 5
    assert all(s["skip"] for s in listed[0]["scenarios"])
    assert run("test", "XA", *OWN, "--suggest", "-f", "json", "-o", "x.yaml", cwd=tmp_path).returncode == 2
    assert run("new", "NO", "-o", ".", cwd=tmp_path).returncode == 0
    done = run("test", ".", "--suggest", "-o", "more.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert "There is no scenario to add for NO." in done.stderr
    assert not (tmp_path / "more.yaml").exists()


def test_what_is_left_out_is_said_within_the_width(run: Run, tmp_path: Path) -> None:
    assert run("new", "NO", "-o", ".", cwd=tmp_path).returncode == 0
    suite = tmp_path / "scenarios" / "no.yaml"
    suite.write_text(suite.read_text().split("  # ---- sending: what goes with it")[0])
    said = run("test", ".", "--coverage", cwd=tmp_path, COLUMNS="50").stdout
    assert "more: --verbose lists all" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 50


LAYER = """policy: lay
title: A layer
kind: layer
encoded: {as_of: 2026-01-01}
instruments: {act: {title: Act}}
rules:
  - id: told
    title: The person is told
    effect: require
    source: {instrument: act, article: 1}
    when: {direction: outgoing, item.personal_data: true}
    condition: {id: tell, stage: after, bound: sender, text: Tell the person}
"""
TAKER = "  - {id: p, title: P, effect: permit, source: {instrument: act, article: 2}, when: {mode: spontaneous}}\n"


def layered(tmp_path: Path, *, taken_up: bool) -> tuple[Runner, Suite]:
    """A layer that lays an obligation on whatever the law of a State permits, and a suite of it under no such law."""
    policy_of(tmp_path, TAKER, "layers: [lay]\n" if taken_up else "")
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "lay.yaml").write_text(LAYER)
    text = "suite: lay\nas_of: 2026-03-02\nscenarios:\n" + line("a", "mode: mla").replace("XA", "XB")
    return runner(tmp_path), read_suite(Source("lay.yaml", text))


def test_an_obligation_of_a_layer_is_looked_for_under_laws_that_permit(tmp_path: Path) -> None:
    own, suite = layered(tmp_path, taken_up=True)
    before = mutate({"lay": own.law_of("lay")}, [suite], own, 1)
    assert before.count("survived") > 4
    assert not before.count("equivalent")
    assert not before.count("unsettled")
    pasted = "".join(scenario_yaml(s, members) for s, members in grouped(before) if s is not None)
    more = read_suite(Source("lay.yaml", suite.text.source.text + pasted))
    assert mutate({"lay": own.law_of("lay")}, [more], own, 1).share == 1


def test_an_obligation_of_a_layer_that_no_law_takes_up_is_not_called_equivalent(tmp_path: Path, run: Run) -> None:
    own, suite = layered(tmp_path, taken_up=False)
    result = mutate({"lay": own.law_of("lay")}, [suite], own, 1)
    assert result.count("unsettled") == len(result.mutants) > 4
    (tmp_path / "scenarios" / "layers").mkdir(parents=True)
    (tmp_path / "scenarios" / "layers" / "lay.yaml").write_text(suite.text.source.text)
    done = run("test", "lay", "--policies", str(tmp_path), "--no-builtin", "--mutate")
    assert "no law here takes up `lay`" in " ".join(done.stdout.split())
