"""`verify`, `diff`, `gaps`, `compare`, `assess` and `timeline` on the command line, over laws with known defects."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DAY = "2026-03-02"
BASE = {
    "policy": "LI", "title": "Testland", "encoded": {"as_of": "2026-01-01"}, "covers": {"direction": "outgoing"},
    "instruments": {"act": {"title": "Act", "kind": "statute"}},
}  # fmt: skip


def rule(name: str, effect: str, article: str, **more: Any) -> dict[str, Any]:
    """A rule of the test law."""
    return {
        "id": name,
        "title": f"Rule {name}",
        "effect": effect,
        "source": {"instrument": "act", "article": article},
        **more,
    }


def ask(name: str, **more: Any) -> dict[str, Any]:
    """A condition of the test law."""
    return {"id": name, "stage": "before", "bound": "sender", "text": f"See to {name}", **more}


SEND = {"direction": "outgoing", "mode": "spontaneous"}
RULES = [
    rule("gate", "permit", "1", when={**SEND, "sender.authority": "prosecutor"}),
    rule("ban", "forbid", "2", when={"item.under_use_ban": True}),
    rule(
        "written",
        "require",
        "3",
        when={"item.form": "evidence"},
        condition=ask("paper", met_when={"transmission.written": True}),
    ),
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes a law to a file."""

    def written(rules: list[dict[str, Any]], name: str = "li.yaml", **more: Any) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({**BASE, **more, "rules": rules}, sort_keys=False), "utf-8")
        return str(path)

    return written


def run(*arguments: str, code: int = 0, cwd: Path | None = None, **environment: str) -> str:
    """Standard output of a command that has to exit with a code."""
    own = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "mayshare", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=own,
        cwd=cwd or ROOT,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout if code != 3 else done.stderr


def data(*arguments: str, code: int = 0) -> Any:
    """The JSON that a command prints."""
    return json.loads(run(*arguments, "--format", "json", code=code))


def with_when(name: str, **when: Any) -> list[dict[str, Any]]:
    """The rules with one rule's condition narrowed or widened."""
    return [{**r, "when": when} if r["id"] == name else r for r in RULES]


# -- verify ---------------------------------------------------------------------------------------------------


def test_verify_finds_what_is_wrong_and_the_case_it_writes_is_decided_as_said(
    write: Callable[..., str], tmp_path: Path
) -> None:
    law = write(
        [
            *RULES,
            rule("duty", "oblige", "4", when={**SEND, "urgent": True}),
            rule("dead", "permit", "5", when={"urgent": True, "not": {"urgent": True}}),
        ]
    )
    properties = tmp_path / "p.yaml"
    properties.write_text(
        "properties:\n"
        "  - {id: evidence-on-paper, always: {condition: paper}, when: {item.form: evidence}}\n"
        "  - {id: no-police, never: {outcome: permitted}, when: {sender.authority: police}}\n"
        "  - {id: some-free, exists: {outcome: allow}, when: {item.form: information}}\n"
        "  - {id: gate-opens, exists: {rule: gate, outcome: [allow]}, when: {urgent: true, not: {urgent: true}}}\n"
    )
    found = {
        p["id"]: p
        for p in data("verify", law, str(properties), "--as-of", DAY, "--cases", str(tmp_path / "out"), code=1)[
            "properties"
        ]
    }
    standings = {name: p["standing"] for name, p in found.items()}
    assert standings == {
        "no-unordered-conflict": "fails", "public-not-held-back": "fails", "privileged-not-free": "fails",
        "forbid-defeats-permit": "holds",
        "evidence-on-paper": "holds", "no-police": "fails", "some-free": "holds",
        "gate-opens": "fails", "every-rule-reachable": "fails",
    }  # fmt: skip
    assert [r["rule"] for r in found["every-rule-reachable"]["rules"]] == ["dead"]
    outcome = {"conditions": 10, "deny": 11, "allow": 0, "undetermined": 12}[found["no-police"]["decision"]["outcome"]]
    run("check", str(tmp_path / "out/no-police.yaml"), "--policies", law, code=outcome)
    assert "sender: {jurisdiction: LI, authority: police}" in found["no-police"]["case"]


def test_what_the_policy_declares_not_to_hold_is_known_and_no_failure(write: Callable[..., str]) -> None:
    because = {"value": "the Act leaves the press to another law", "source": {"instrument": "act", "article": "9"}}
    declares = {f"property.{p}": because for p in ("public-not-held-back", "forbid-defeats-permit")}
    law = write(RULES, declares=declares)
    found = {
        p["id"]: p
        for p in data(
            "verify", law, "--as-of", DAY, "--only", "public-not-held-back", "--only", "forbid-defeats-permit"
        )["properties"]
    }
    assert found["public-not-held-back"]["standing"] == "known"
    assert found["public-not-held-back"]["reason"] == because["value"]
    assert found["public-not-held-back"]["case"] is not None
    assert "declares that it does not" in found["forbid-defeats-permit"]["remark"]
    shown = run("verify", law, "--as-of", DAY, code=1)
    assert "It does not hold, because the Act leaves the press to another law (Act art. 9)." in shown
    assert "No rule asks about `item.privileged`: the law as read is silent" in " ".join(shown.split())
    assert "a finding about the law as encoded" in " ".join(shown.split())


def test_verify_text_says_over_what_it_holds(write: Callable[..., str]) -> None:
    shown = run("verify", write(RULES), "--only", "forbid-defeats-permit", "--as-of", DAY, COLUMNS="60")
    assert "holds: A ban defeats every permission" in shown
    assert "Over every complete case" in shown
    assert DAY in shown
    assert all(len(line) <= 60 for line in shown.splitlines())


def test_verify_of_a_layer_finds_cases_that_rest_on_a_membership_looked_up() -> None:
    """The State that acts is part of such a case: read back without it, the case would not show what was found."""
    found = run("verify", "ets173", "--only", "privileged-not-free", code=1)
    assert "jurisdiction: LI" in found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("properties: [{id: a, never: {condition: papper}}]", "MS651"),
        ("properties: [{id: a, never: {rule: gatt}}]", "MS202"),
        ("properties: [{id: a, never: {outcome: allow}, when: {item.tpye: x}}]", "MS101"),
        ("properties: [{id: a}]", "MS103"),
        ("properties: [{id: a, never: {}}]", "MS103"),
    ],
)
def test_verify_refuses_what_it_does_not_understand(
    write: Callable[..., str], tmp_path: Path, text: str, code: str
) -> None:
    (tmp_path / "p.yaml").write_text(text)
    assert code in run("verify", write(RULES), str(tmp_path / "p.yaml"), code=3)


def test_verify_names_the_nearest_property(write: Callable[..., str]) -> None:
    assert "did you mean `privileged-not-free`?" in run("verify", write(RULES), "--only", "priveleged-not-free", code=3)


# -- diff -----------------------------------------------------------------------------------------------------


def test_layout_order_and_names_are_no_difference(write: Callable[..., str]) -> None:
    old = write(RULES)
    renamed = [{**r, "id": f"new-{r['id']}", "title": "Else"} for r in reversed(RULES)]
    renamed[0]["condition"] = {**RULES[2]["condition"], "id": "other"}
    new = write(renamed, "new.yaml")
    shown = data("diff", old, new, "--exit-code", "--as-of", DAY)["policies"][0]
    assert shown["changes"] == []
    assert shown["rest_unchanged"] is True


@pytest.mark.parametrize(
    ("rules", "provision", "kinds", "direction"),
    [
        (with_when("gate", **SEND), "Act art. 1", {"outcome"}, "more permissive"),
        (
            with_when("ban", any=[{"item.under_use_ban": True}, {"item.privileged": True}]),
            "Act art. 2",
            {"outcome"},
            "stricter",
        ),
        (
            with_when("written", **{"item.form": ["evidence", "information"]}),
            "Act art. 3",
            {"outcome", "conditions"},
            "stricter",
        ),
        (
            [*RULES[:2], {**RULES[2], "condition": {**RULES[2]["condition"], "stage": "with"}}],
            "Act art. 3",
            {"conditions"},
            "as permissive",
        ),
        (RULES[:2], "Act art. 3", {"outcome", "conditions"}, "more permissive"),
        (
            [*RULES, rule("other", "permit", "9", when={**SEND, "sender.authority": "prosecutor", "urgent": True})],
            "Act art. 9",
            {"reasons"},
            "as permissive",
        ),
    ],
)
def test_each_kind_of_change_is_found(
    write: Callable[..., str], rules: list[dict[str, Any]], provision: str, kinds: set[str], direction: str
) -> None:
    shown = data("diff", write(RULES), write(rules, "new.yaml"), "--exit-code", "--as-of", DAY, code=1)["policies"][0]
    assert [c["provision"] for c in shown["changes"]] == [provision]
    assert kinds <= set(shown["changes"][0]["kinds"])
    assert shown["changes"][0]["direction"] == direction
    assert shown["rest_unchanged"] is True


def test_a_change_of_dates_alone_is_found_and_said(write: Callable[..., str]) -> None:
    later = [{**RULES[0], "in_force": {"from": "2030-01-01"}}, *RULES[1:]]
    shown = data("diff", write(RULES), write(later, "new.yaml"), "--as-of", "2031-01-01")["policies"][0]["changes"]
    assert shown[0]["dates_only"] is True
    assert shown[0]["case"].split("as_of: ")[1][:4] < "2030"


def test_diff_over_folders_and_git(write: Callable[..., str], tmp_path: Path) -> None:
    write(RULES, "laws/li.yaml")
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "laws"], cwd=tmp_path, check=True)
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"], cwd=tmp_path, check=True)
    write(RULES[:2], "laws/li.yaml")
    for old, new in (("git:HEAD:laws", "laws"), ("git:HEAD:laws/li.yaml", "laws/li.yaml")):
        shown = run("diff", old, new, "--exit-code", "--format", "markdown", code=1, cwd=tmp_path)
        assert "## Act art. 3" in shown
        assert "```yaml" in shown
    assert "MS654" in run("diff", "git:nowhere:laws", "laws", code=3, cwd=tmp_path)


# -- gaps -----------------------------------------------------------------------------------------------------


def test_each_kind_of_gap_is_found(write: Callable[..., str]) -> None:
    rules = [
        *RULES,
        rule("idle", "permit", "5", when={**SEND, "item.under_use_ban": True}),
        rule(
            "hard",
            "permit",
            "6",
            when={**SEND, "sender.authority": "prosecutor", "urgent": True},
            conditions=[ask("extra")],
        ),
        rule("never", "require", "7", when={"urgent": True}, condition=ask("impossible", met_when={"urgent": False})),
    ]
    found = data("gaps", write(rules), "--as-of", DAY, code=1)["gaps"]
    by_kind: dict[str, list[Any]] = {}
    for gap in found:
        by_kind.setdefault(gap["kind"], []).append(gap)
    assert set(by_kind) == {"default", "idle_permit", "unmeetable", "needless", "unordered"}
    assert [g["rules"] for g in by_kind["idle_permit"]] == [["idle"]]
    assert [g["rules"] for g in by_kind["unmeetable"]] == [["never"]]
    assert [g["rules"] for g in by_kind["needless"]] == [["hard", "gate"]]
    only = data("gaps", write(rules), "--as-of", DAY, "--kind", "needless", code=1)["gaps"]
    assert {g["kind"] for g in only} == {"needless"}


def test_a_law_without_gaps_exits_with_nothing_found(write: Callable[..., str]) -> None:
    assert data("gaps", write([rule("all", "permit", "1")]), "--as-of", DAY)["gaps"] == []


# -- compare --------------------------------------------------------------------------------------------------


def test_compare_one_case_and_the_case_that_tells_apart(write: Callable[..., str], tmp_path: Path) -> None:
    one, other = write(RULES), write(with_when("gate", **SEND), "other.yaml", policy="NO")
    case = tmp_path / "case.yaml"
    case.write_text(
        "case: c\nmode: spontaneous\nsender: {authority: police}\nitems: [{id: a, form: information, under_use_ban: false}]\n"
    )
    shown = data("compare", one, other, str(case))["decisions"]
    assert {n: d["outcome"] for n, d in shown.items()} == {"LI": "deny", "NO": "allow"}
    small = ("--rows", "item.form", "--columns", "stage", "--given", "sender.authority=police", "--as-of", DAY)
    found = data("compare", one, other, *small)
    assert {c["best"] for c in found["cells"] if c["jurisdiction"] == "LI"} == {"deny"}
    assert {tuple(c["gateways"]) for c in found["cells"] if c["jurisdiction"] == "LI"} == {()}
    assert {tuple(c["gateways"]) for c in found["cells"] if c["jurisdiction"] == "NO"} == {("gate",)}
    assert found["apart"][0]["case"] is not None
    table = run("compare", one, other, *small, "--format", "csv").splitlines()
    assert table[0] == "jurisdiction,item.form,stage,best,worst,conditions,gateways"
    assert '<td class="heat"' in run("compare", one, other, *small, "--format", "html")
    assert "MS655" in run("compare", one, code=3)


def test_the_case_that_tells_apart_may_rest_on_a_fact_of_either_law(write: Callable[..., str]) -> None:
    sealed = {"facts": {"no.sealed": {"type": "boolean", "scope": "item", "ask": "Is it sealed?"}}}
    other = [*RULES, rule("sealed", "forbid", "4", when={"no.sealed": True})]
    shown = data("compare", write(RULES), write(other, "other.yaml", policy="NO", **sealed), "--as-of", DAY)
    assert yaml.safe_load(shown["apart"][0]["case"])["items"][0]["no"] == {"sealed": True}


# -- assess ---------------------------------------------------------------------------------------------------


def test_assess_gives_each_verdict_its_word(write: Callable[..., str]) -> None:
    rules = [
        rule("mla", "permit", "1", when={"direction": "outgoing", "mode": "mla"}),
        rule("treaty-only", "permit", "2", when={**SEND, "relation.agreement_in_force": True}),
    ]
    declares = {
        "guideline.7.1": {"value": True, "source": {"instrument": "act", "article": "50"}},
        "domestic_bar.1.1a": {
            "value": "the Act lets nothing go without a treaty",
            "source": {"instrument": "act", "article": "2"},
        },
    }
    shown = data("assess", write(rules, declares=declares), "--as-of", DAY)["policies"][0]["findings"]
    verdicts = {f["test"]: f["verdict"] for f in shown}
    assert len(verdicts) == 47
    assert verdicts["1.1a"] == "not_applicable"
    assert verdicts["1.1b"] == "departs"
    assert verdicts["1.2c"] == "in_line"
    assert verdicts["3.2"] == "departs"
    assert verdicts["7.1"] == "in_line"
    assert verdicts["2.1a"] == "option_unused"
    assert verdicts["6.1a"] == "cannot_be_told"
    bar = data("assess", write(rules), "--as-of", DAY, "--only", "1.1a")["policies"][0]["findings"]
    assert [f["verdict"] for f in bar] == ["departs"]


@pytest.mark.parametrize("format", ["text", "markdown", "html", "json"])
def test_assess_never_says_violates(write: Callable[..., str], format: str) -> None:
    shown = run("assess", write(RULES), "--as-of", DAY, "--format", format)
    assert not re.search("violat|breach", shown)
    assert "do not bind" in shown


def test_assess_makes_one_page_of_several(write: Callable[..., str]) -> None:
    shown = run(
        "assess",
        write(RULES),
        write(RULES, "other.yaml", policy="NO"),
        "--as-of",
        DAY,
        "--format",
        "html",
        "--only",
        "2.1a",
    )
    assert "2 jurisdictions" in shown


# -- timeline -------------------------------------------------------------------------------------------------


def test_timeline_of_a_case_a_policy_and_a_receipt(write: Callable[..., str], tmp_path: Path) -> None:
    law = write([{**RULES[0], "in_force": {"from": "2020-05-01", "to": "2024-12-31"}}, *RULES[1:]])
    case = tmp_path / "case.yaml"
    case.write_text(
        "case: c\nsender: {jurisdiction: LI, authority: prosecutor}\nmode: spontaneous\n"
        "items: [{id: a, form: information, under_use_ban: false}]\n"
    )
    period = ("--from", "2019-01-01", "--to", "2026-01-01")
    found = data("timeline", str(case), "--policies", law, *period)["cases"][0]
    assert [(f["day"], f["after"]) for f in found["flips"]] == [("2020-05-01", "allow"), ("2025-01-01", "deny")]
    assert "comes into force" in found["flips"][0]["by"][0]
    turns = data("timeline", law, *period)["turns"]
    assert [(t["day"], t["changes"][0]["direction"]) for t in turns] == [
        ("2020-05-01", "more permissive"),
        ("2025-01-01", "stricter"),
    ]
    run("check", str(case), "--policies", law, "--as-of", "2021-01-01", "--receipt", str(tmp_path / "r.json"))
    kept = data(
        "timeline",
        "--receipt",
        str(tmp_path / "r.json"),
        "--policies",
        law,
        "--to",
        "2026-01-01",
        "--exit-code",
        code=1,
    )
    assert [(r["was"], r["now"], r["changed"]) for r in kept["receipts"]] == [("allow", "deny", ["outcome", "reasons"])]
    assert "MS016" in run("timeline", "--receipt", str(case), code=3)
    run("timeline", str(case), "--from", "2027-01-01", "--to", "2026-01-01", code=2)


@pytest.mark.parametrize("command", ["verify", "diff", "gaps", "compare", "assess", "timeline"])
def test_help_fits_and_shows_the_options(command: str) -> None:
    shown = run(command, "--help", COLUMNS="80")
    assert "--format" in shown
    assert "--policies" in shown
