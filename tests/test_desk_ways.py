"""`whatif`, `routes` and `package`: what they find holds when the case is decided again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mayshare.desk.drafts import case_yaml, restated
from mayshare.desk.marks import contradictions, marks_of
from mayshare.desk.package import package
from mayshare.desk.relays import ORDER
from mayshare.desk.routes import days, rank, routes
from mayshare.desk.whatif import GOOD, Subject, what_if
from mayshare.engine.deciding import Decider, case_hash
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rules.source import Source, read_source

from .conftest import ROOT, Run
from .desk_law import CASE, SENDING, write_law

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return write_law(tmp_path / "law")


def subject(law: Path | None, text: str) -> Subject:
    library = Library(folders=(str(law),), builtin=False) if law else Library()
    return Subject.of(Decider(library), read_cases(Source("t", text), library)[0])


def desk(run: Run, law: Path, command: str, case: str, *arguments: str) -> Any:
    return run(command, "-", *arguments, "--policies", str(law), "--no-builtin", stdin=case)


# -- what-if --------------------------------------------------------------------------------------------------


def test_the_smallest_change_is_found_and_holds(law: Path) -> None:
    found = what_if(subject(law, CASE))
    first = found.ways[0]
    assert [(c.kind, c.fact, c.value, c.item) for c in first.changes] == [
        ("send_as", "item.form", "information", "papers")
    ]
    assert first.outcome == "conditions"
    assert [c.kind for c in found.ways[-1].changes] == ["leave_out"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_every_way_holds_and_none_of_its_steps_is_idle(file: Path) -> None:
    about = subject(None, read_source(file).text)
    for way in what_if(about, most=3).ways:
        if way.item is None or way.presumes:
            continue
        steps = {str(c.fact): frozenset(c.value) if isinstance(c.value, list) else c.value for c in way.changes}
        assert outcome(about, steps, way.item) in GOOD
        for idle in steps:
            assert outcome(about, {f: v for f, v in steps.items() if f != idle}, way.item) not in GOOD


def outcome(about: Subject, steps: dict[str, Any], item: str) -> str:
    changed = restated(about.case, steps, because="t", item=item, vocabulary=about.facts) if steps else about.case
    return next(i.outcome for i in about.decide(changed).items if i.id == item)


def test_facts_beyond_the_sender_are_never_changed_only_found_out(law: Path) -> None:
    text = CASE.replace("privileged: false", "privileged: true")
    found = what_if(subject(law, text))
    assert found.hopeless == ("note", "papers")
    unknown = what_if(subject(law, CASE.replace(", privileged: false", "")))
    assert {"find_out"} <= {c.kind for w in unknown.ways for c in w.changes}


def test_set_shows_both_answers(run: Run, law: Path) -> None:
    done = desk(
        run,
        law,
        "whatif",
        CASE,
        "--set",
        "papers:form=information",
        "--set",
        "authorisation.central_authority=true",
        "-f",
        "json",
    )
    data = json.loads(done.stdout)
    assert done.returncode == 10
    assert (data["before"]["outcome"], data["after"]["outcome"]) == ("deny", "conditions")
    assert {(c["id"], c["item"], c["after"]) for c in data["conditions"]} >= {
        ("authorised", "note", "met"),
        ("secret", "papers", "outstanding"),
    }


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("form", "MS602"),
        ("nowhere:form=information", "MS602"),
        ("item.form=informatoin", "MS102"),
        ("mod=mla", "MS101"),
    ],
)
def test_a_bad_setting_is_refused(run: Run, law: Path, setting: str, code: str) -> None:
    done = desk(run, law, "whatif", CASE, "--set", setting)
    assert (done.returncode, done.stdout) == (3, "")
    assert code in done.stderr


def test_one_case_at_a_time(run: Run, law: Path) -> None:
    done = desk(run, law, "whatif", CASE + "---\n" + CASE)
    assert done.returncode == 3
    assert "MS601" in done.stderr


# -- routes ---------------------------------------------------------------------------------------------------


def test_roads_are_ranked_by_what_they_ask_for(law: Path) -> None:
    found = routes(subject(law, CASE))
    assert [rank(r) for r in found.roads] == sorted(rank(r) for r in found.roads)
    best = found.roads[0]
    assert (best.mode, best.outcome, best.rules, best.limit) == ("on_request", "allow", ("on-request",), "P30D")
    stated = next(r for r in found.roads if r.as_stated)
    assert stated.items == {"note": "conditions", "papers": "deny"}
    assert {n.id for n in stated.needs} == {"secret", "no-onward", "authorised"}


def test_another_authority_judges_for_itself(law: Path) -> None:
    text = CASE.replace("sender: {jurisdiction: CH, authority: prosecutor", "sender: {jurisdiction: CH, authority: fiu")
    for road in routes(subject(law, text)).roads:
        if road.sender_authority == "prosecutor" and road.mode == "spontaneous":
            assert road.missing == ("sender.considers_useful",)
            assert road.items["note"] == "undetermined"


def test_where_the_direct_road_is_barred_the_way_round_is_shown_step_by_step(law: Path) -> None:
    text = CASE.replace("authority: prosecutor", "authority: police").replace(
        "mode: spontaneous", "mode: spontaneous\navenue: police_to_police"
    )
    found = routes(subject(law, text))
    assert not found.direct
    relay = next(r for r in found.relays if r.through == "financial intelligence units")
    assert [s.law for s in relay.steps] == ["CH", "CH", "BR"]
    assert [s.outcome for s in relay.steps] == ["not_encoded", "conditions", "allow"]
    assert relay.outcome == max((s.outcome for s in relay.steps), key=ORDER.index)


@pytest.mark.parametrize(("text", "length"), [("P1D", 1), ("P2W", 14), ("P1M", 30), ("PT8H", 8 / 24), ("P1Y", 365)])
def test_days(text: str, length: float) -> None:
    assert days(text) == length


# -- package and the other side -------------------------------------------------------------------------------


def test_the_package_is_what_may_go_with_its_marks_and_both_sides(law: Path) -> None:
    found = package(subject(law, CASE))
    assert [g.id for g in found.going] == ["note"]
    assert [s.id for s in found.staying] == ["papers"]
    assert {(m.code, m.condition) for m in found.going[0].marks} == {("caveat", "secret"), ("caveat", "no-onward")}
    assert found.receiving is not None
    assert {c.condition: c.kept for c in found.receiving.conditions} == {"secret": "by_law", "no-onward": "not_kept"}
    assert (found.receiving.law, found.receiving.binds) == ("BR", "sender")


def test_the_receivers_own_bar_binds(law: Path) -> None:
    text = CASE.replace("mode: spontaneous", "mode: spontaneous\nintended_use: [publication]")
    found = package(subject(law, text))
    assert found.receiving is not None
    assert found.receiving.binds == "both"
    assert "Brazil bars" in found.receiving.short


def test_europol_codes_are_for_europols_channel_and_say_what_they_carry_out(law: Path) -> None:
    found = package(subject(law, CASE.replace("mode: spontaneous", "mode: spontaneous\nchannel: siena")))
    marks = {m.code: m for m in found.going[0].marks}
    assert set(marks) == {"europol_h0", "caveat", "europol_h2"}
    assert marks["europol_h2"].words == ("Do not pass it on without consent",)
    text = (ROOT / "examples" / "exculpatory.yaml").read_text()
    marked = subject(None, text.replace("  mode: spont", "  handling_codes: [tlp_amber]\n  mode: spont"))
    found = package(marked)
    assert [(m.code, m.stated) for m in found.going[0].marks] == [("tlp_amber", False)], "the originator's goes on"


def test_what_the_receivers_law_leaves_open_is_not_called_narrower_or_wider() -> None:
    found = package(subject(None, (ROOT / "examples" / "zurich-to-brasilia.yaml").read_text()))
    assert found.receiving is not None
    assert [a.item for a in found.receiving.acts] == ["account-summary"], "only what goes is put to it"
    assert found.receiving.acts[0].outcome == "undetermined"
    assert "whether the law of Brazil is narrower is not known" in found.receiving.short


def test_whoever_sends_gets_follow_up_as_advice_too(law: Path) -> None:
    found = package(subject(law, CASE)).follow_up
    assert [f.guideline for f in found] == ["4.1(a)", "4.1(c)", "4.3"]
    assert "what stays here (`papers`) may follow on it" in found[1].text


def test_onward_transfer_to_another_state_has_a_receiving_side(law: Path) -> None:
    found = package(subject(None, (ROOT / "examples" / "onward-schengen-data.yaml").read_text()))
    assert found.receiving is not None
    assert "Kenya" in found.receiving.short


def test_marks_that_contradict_are_named(law: Path) -> None:
    marked = "handling_codes: [tlp_clear, tlp_red, europol_h0, europol_h1, pap_red]"
    text = CASE.replace("privileged: false}", f"privileged: false, {marked}}}").replace(
        "mode: spontaneous", "mode: spontaneous\nintended_use: [evidence_in_court]"
    )
    about = subject(law, text)
    kinds = [c.kind for c in package(about).going[0].contradictions]
    assert kinds.count("two_marks") == 1
    assert kinds.count("mark_against_use") == 2
    assert "mark_wider_than_condition" in kinds
    item = about.decide().items[0]
    clean = {"item.handling_codes": frozenset({"europol_h2"})}
    assert contradictions(item, clean) == ()
    assert all(m.stated for m in marks_of(item, clean, about.bundle.vocabulary) if m.code == "europol_h2")


def test_the_receivers_desk_gets_follow_up_as_advice(run: Run, law: Path) -> None:
    text = (
        "case: got\nas_of: 2026-03-02\ndirection: use\nsender: {jurisdiction: BR, authority: prosecutor}\n"
        "received: {from: CH, mode: spontaneous, feedback_requested: true, confidentiality_requested: true}\n"
        "intended_use: [publication]\n"
    )
    done = desk(run, law, "package", text, "-f", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 11
    assert [f["guideline"] for f in data["follow_up"]] == ["4.1(a)", "4.1(b)", "4.1(c)", "4.2", "4.3"]
    assert data["going"] == []


# -- files and formats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_a_case_written_is_the_case_read(file: Path) -> None:
    library = Library()
    case = read_cases(read_source(file), library)[0]
    facts = library.bundle(str(case.value("sender.jurisdiction"))).vocabulary.facts
    text = case_yaml(case, facts)
    assert yaml.safe_load(text)["case"] == case.name
    assert case_hash(read_cases(Source("t", text), library)[0]) == case_hash(case)


@pytest.mark.parametrize("command", ["whatif", "routes", "package"])
def test_every_format_and_a_narrow_terminal(run: Run, law: Path, command: str) -> None:
    narrow = run(command, "-", "--policies", str(law), "--no-builtin", stdin=CASE, COLUMNS="50")
    assert max(map(len, narrow.stdout.splitlines())) <= 50
    assert desk(run, law, command, CASE, "-f", "markdown").stdout.startswith("# ")


# -- the receiver's desk, and conditions that several rules attach ----------------------------------------------


def test_use_and_onward_transfer_are_called_what_they_are(run: Run) -> None:
    used = run("check", str(ROOT / "examples" / "exculpatory.yaml")).stdout
    assert "report: may be used on conditions" in used
    assert "Before the use: notify the originator" in " ".join(used.split())
    assert "(before use, you)" in used
    passed = run("package", str(ROOT / "examples" / "onward-schengen-data.yaml")).stdout
    assert "`identity` may be passed on once what is left before passing it on is done." in passed
    assert "identity: may be passed on once this is done" in passed
    assert not any("sent" in line.split() for text in (used, passed) for line in text.splitlines()[:12])


def test_a_gateway_for_another_direction_is_not_near() -> None:
    about = subject(None, (ROOT / "examples" / "used-under-confidentiality.yaml").read_text())
    nearest = about.decide().items[0].nearest
    assert nearest[0].rule == "uncac/46-5-exculpatory"
    assert all("direction" not in text for n in nearest for text in n.failed)


def test_a_gateway_that_a_bar_alone_keeps_shut_is_nearest_and_says_so(law: Path) -> None:
    about = subject(law, CASE.replace("privileged: false", "privileged: true"))
    note = about.decide().items[0]
    assert note.outcome == "deny"
    assert [(n.rule, n.barred_by) for n in note.nearest][:1] == [("spontaneous", ("no-privilege",))]


def test_a_condition_that_two_rules_attach_is_named_once_with_both_provisions(run: Run, tmp_path: Path) -> None:
    twice = SENDING + (
        "  - id: secrecy-again\n    title: It stays confidential\n    effect: require\n"
        "    source: {instrument: act, article: 6}\n    when: {direction: outgoing, mode: spontaneous}\n"
        "    condition: {id: secret, stage: after, bound: receiver, kind: confidentiality, text: Keep it confidential}\n"
    )
    folder = write_law(tmp_path / "law", sending=twice)
    for command in ("check", "routes", "package"):
        printed = " ".join(desk(run, folder, command, CASE, "--format", "text").stdout.split())
        once = "Keep it confidential (after the sending, receiver) Act art. 5; Act art. 6"
        assert printed.count("Keep it confidential (") == printed.count(once) > 0, command
        assert command == "routes" or printed.count(once) == 1


def test_the_reasons_hold_only_what_bears_on_the_item(law: Path) -> None:
    about = subject(None, (ROOT / "examples" / "zurich-to-brasilia.yaml").read_text())
    shown = {c.rule for i in about.decide().items for c in i.explanation.children}
    assert "scc-349c-guarantees-recorded" not in shown, "it attaches to no gateway that is open"
    assert "imac-67a-6" in shown


def test_a_caveat_that_the_case_says_goes_with_it_is_stated(law: Path) -> None:
    text = CASE.replace("mode: spontaneous", "mode: spontaneous\ncaveat.confidentiality_stated: true")
    marks = {m.condition: m.stated for m in package(subject(law, text)).going[0].marks}
    assert marks == {"secret": True, "no-onward": False}


def test_the_receiving_side_keeps_the_conditions_of_the_gateway_taken_and_of_no_other(tmp_path: Path) -> None:
    other = SENDING + (
        "  - id: dearer\n    title: Another way\n    effect: permit\n    source: {instrument: act, article: 8}\n"
        "    when: {direction: outgoing, item.form: information}\n"
        "    conditions: [{id: no-court, stage: after, bound: receiver, kind: use_restriction, text: Not in court},\n"
        "      {id: give-back, stage: after, bound: receiver, kind: return, text: Give it back}]\n"
    )
    found = package(subject(write_law(tmp_path / "law", sending=other), CASE))
    assert found.going[0].rule == "spontaneous"
    assert found.receiving is not None
    assert [c.condition for c in found.receiving.conditions] == ["secret", "no-onward"]


def test_what_must_go_is_said_to_have_to(run: Run) -> None:
    printed = run("check", str(ROOT / "examples" / "schengen-duty.yaml")).stdout
    assert "`whereabouts` must go; `certified-register-extract` may not go" in printed
