"""Bad input gets a code, a place and a remedy; every fault of a file is reported; nothing is guessed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mayshare.engine.deciding import Decider
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rules.check_policy import read_policy
from mayshare.rules.diagnostics import Diagnostic, Refused
from mayshare.rules.source import Source, decode, read_documents, read_source
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

from .conftest import Run

POLICY = """\
policy: XA
title: Example State A
encoded: {as_of: 2026-01-01}
in_force: {from: 2020-01-01, to: 2026-12-31}
instruments: {act: {title: The Act}}
covers: {direction: outgoing}
rules:
  - id: a1
    title: A prosecutor may share
    effect: permit
    source: {instrument: act, article: 1}
    when: {direction: outgoing, sender.authority: prosecutor}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with one policy."""
    (tmp_path / "xa.yaml").write_text(POLICY)
    return Library(folders=(str(tmp_path),))


def refused(raw: str | bytes, library: Library) -> tuple[Diagnostic, ...]:
    """The diagnostics of a case that is not valid."""
    with pytest.raises(Refused) as caught:
        read_cases(decode(raw.encode() if isinstance(raw, str) else raw, "case.yaml"), library)
    return caught.value.diagnostics


CASES = [
    ("sender: {jurisdiction: XA, athority: fiu}", "MS101", 1, 28, "sender.authority"),
    ("sender: {jurisdiction: XA}\nmode: spontaneus", "MS102", 2, 7, "`spontaneous`"),
    ("sender: {jurisdiction: XA}\nurgentt: yes", "MS101", 2, 1, ""),
    ("sender: {jurisdiction: XA}\nreceiver.case_open: yes", "MS103", 2, 21, "`true`"),
    ("sender: {jurisdiction: XA}\nreceiver.case_open: on", "MS103", 2, 21, "`true`"),
    ("sender: {jurisdiction: XA}\nreceiver.case_open: off", "MS103", 2, 21, "`false`"),
    ("sender: {jurisdiction: XA}\nreceiver.case_open: 1", "MS103", 2, 21, "`true`"),
    ("sender: {jurisdiction: XA}\nreceiver: {jurisdiction: no}", "MS106", 2, 26, "`NO`"),
    ("sender: {jurisdiction: XA}\nreceiver: {jurisdiction: Norway}", "MS106", 2, 26, "`NO`"),
    ("sender: {jurisdiction: XA}\nreceiver: {jurisdiction: Atlantis}", "MS106", 2, 26, "ISO 3166"),
    ("sender: {jurisdiction: XA}\nas_of: 2026-02-30", "MS012", 2, 8, "YYYY-MM-DD"),
    ("sender: {jurisdiction: XA}\nas_of: soon", "MS103", 2, 8, "YYYY-MM-DD"),
    ("sender: {jurisdiction: XA}\nsender: {jurisdiction: XA}", "MS010", 2, 1, "keep one"),
    ("case: a\n\tb: 1", "MS006", 2, 1, "tab"),
    ("case: [\n", "MS006", 2, None, ""),
    (b"case: \xff", "MS004", 1, 7, "UTF-8"),
    (b"\x00\x01\x02", "MS005", 0, 0, "text file"),
    ("case: a\x07b", "MS005", 1, 0, "remove"),
    ("", "MS007", 0, 0, "mapping"),
    ("# only a comment\n", "MS007", 0, 0, "mapping"),
    ("- a\n- b", "MS103", 1, 1, "case:"),
    ("just text", "MS103", 1, 1, "case:"),
    ("case: a", "MS301", 1, 1, "sender"),
    ("sender: {jurisdiction: DZ}", "MS302", 1, 24, "XA"),
    ("sender: {jurisdiction: XA}\nitems: [{id: a}, {id: a}]", "MS304", 2, 23, "own id"),
    ("sender: {jurisdiction: XA}\nitems: {}", "MS103", 2, 8, "id:"),
    ("sender: {jurisdiction: XA}\nitems: [3]", "MS103", 2, 9, "id:"),
    ("sender: {jurisdiction: XA}\nrelation.both_uncac_parties: true", "MS305", 2, 30, "sender.uncac_party"),
    ("sender: {jurisdiction: XA, authority: fiu}\nsender.authority: police", "MS306", 2, 1, "keep one"),
    ("sender: {jurisdiction: XA}\nitem.type: bank_records", "MS307", 2, 1, "items"),
    ("sender: {jurisdiction: XA}\nmode: {value: spontaneous, by: me}", "MS107", 2, 28, ""),
    ("sender: {jurisdiction: XA}\nmode: {a: 1}", "MS103", 2, 7, "value:"),
    ("sender: {jurisdiction: XA}\nmode: !!python/object:os.system x", "MS013", 2, 7, "tag"),
    ("sender: {jurisdiction: XA}\n? [a, b]\n: 1", "MS011", 2, 3, "quote"),
    ("a: &a [*a]", "MS006", 1, None, ""),
    ("x: *nowhere", "MS006", 1, None, ""),
]


@pytest.mark.parametrize(("raw", "code", "line", "column", "remedy"), CASES)
def test_a_case_that_is_not_valid(
    raw: str | bytes, code: str, line: int, column: int | None, remedy: str, library: Library
) -> None:
    """Each fault has its code, its place and what to write instead."""
    found = [d for d in refused(raw, library) if d.code == code]
    assert found, [str(d) for d in refused(raw, library)]
    assert found[0].place.line == line
    if column is not None:
        assert found[0].place.column == column
    assert remedy in found[0].help


def test_norway_is_norway(library: Library) -> None:
    """`NO` is text, whatever YAML 1.1 thinks of it."""
    (case,) = read_cases(Source("c", "sender: {jurisdiction: XA}\nreceiver: {jurisdiction: NO}"), library)
    assert case.value("receiver.jurisdiction") == "NO"


def test_every_fault_is_reported(library: Library) -> None:
    """One reading finds all that is wrong, in order of place."""
    text = "sender: {jurisdiction: XA, athority: x}\nmode: spontaneus\nas_of: 2026-02-30\nitems: [{id: a, type: bank_record}]\n"
    found = refused(text, library)
    assert [(d.code, d.place.line) for d in found] == [("MS101", 1), ("MS102", 2), ("MS012", 3), ("MS102", 4)]
    assert all(d.snippet and d.help for d in found)


@pytest.mark.parametrize("line", ["mode: mla", "no.such.fact{}: true"])
def test_of_many_faults_the_first_hundred_are_reported(line: str, run: Run, tmp_path: Path) -> None:
    lines = "\n".join(line.format(number) for number in range(100_000))
    (tmp_path / "case.yaml").write_text(f"sender: {{jurisdiction: CH}}\nas_of: 2026-03-02\n{lines}\n", "utf-8")
    done = run("check", "case.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "100 errors up to here, and the rest is not read" in done.stderr
    assert len(done.stderr.splitlines()) < 600


def test_limits() -> None:
    """Size, depth and aliases are bounded, and the bound is said."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{two}: &{two} [{','.join(['*' + one] * 9)}]\n"
    for raw, code in [
        (b"a: " + b"[" * 10_000 + b"]" * 10_000, "MS008"),
        ("\n".join("  " * i + "a:" for i in range(200)).encode(), "MS008"),
        (bomb.encode(), "MS009"),
        (b"x: " + b"y" * 50_000_000, "MS003"),
    ]:
        with pytest.raises(Refused) as caught:
            read_documents(decode(raw, "big.yaml"))
        assert [d.code for d in caught.value.diagnostics] == [code]


def test_files_that_are_none(tmp_path: Path) -> None:
    """A folder and a missing file are said to be that."""
    for path, code in [(tmp_path, "MS002"), (tmp_path / "none.yaml", "MS001")]:
        with pytest.raises(Refused) as caught:
            read_source(path)
        assert caught.value.diagnostics[0].code == code


POLICIES = [
    ("    effect: permit", "    effect: permitt", "MS102"),
    ("    source: {instrument: act, article: 1}\n", "", "MS205"),
    ("    source: {instrument: act, article: 1}\n", "    source: act 1\n", "MS103"),
    ("instrument: act, article", "instrument: akt, article", "MS213"),
    ("sender.authority: prosecutor}", "sender.autority: prosecutor}", "MS101"),
    ("sender.authority: prosecutor}", "sender.authority: {one_of: [prosecutor]}}", "MS104"),
    ("sender.authority: prosecutor}", "sender.authority: {at_least: 3}}", "MS105"),
    ("sender.authority: prosecutor}", "sender.authority: null}", "MS103"),
    ("sender.authority: prosecutor}", "is: nothing}", "MS206"),
    ("in_force: {from: 2020-01-01, to: 2026-12-31}", "in_force: {from: 2027-01-01, to: 2026-12-31}", "MS211"),
    ("covers: {direction: outgoing}", "definitions: {a: {when: {is: b}}, b: {when: {is: a}}}", "MS204"),
    ("    effect: permit", "    effect: permit\n    overrides: [a2]", "MS202"),
    ("    effect: permit", "    effect: permit\n    overrides: [a1]", "MS203"),
    ("    effect: permit", "    effect: disapply", "MS103"),
    ("    effect: permit", "    effect: require", "MS103"),
    ("title: Example State A\n", "title: Example State A\nlayers: [nolayer]\n", "MS210"),
    ("policy: XA", "policy: XQ", "MS106"),
    ("covers: {direction: outgoing}", "facts: {other.x: {type: boolean, ask: X?, source: s}}", "MS212"),
    ("covers: {direction: outgoing}", "colour: red", "MS107"),
]


@pytest.mark.parametrize(("old", "new", "code"), POLICIES)
def test_a_policy_that_is_not_valid(old: str, new: str, code: str, tmp_path: Path) -> None:
    """A policy's faults have codes and places too."""
    assert old in POLICY
    (tmp_path / "xa.yaml").write_text(POLICY.replace(old, new))
    library = Library(folders=(str(tmp_path),))
    with pytest.raises(Refused) as caught:
        library.bundle("XQ" if code == "MS106" else "XA")
    found = [d for d in caught.value.diagnostics if d.code == code]
    assert found, [str(d) for d in caught.value.diagnostics]
    assert found[0].place.line > 0
    assert found[0].snippet
    assert found[0].help


def test_text_where_keys_belong_is_told_the_keys(tmp_path: Path) -> None:
    """Nobody has to know what the reader calls a mapping."""
    (tmp_path / "xa.yaml").write_text(POLICY.replace("source: {instrument: act, article: 1}", "source: act 1"))
    with pytest.raises(Refused) as caught:
        Library(folders=(str(tmp_path),)).bundle("XA")
    (found,) = caught.value.diagnostics
    assert found.message == "`source` is written with keys, not as text"
    assert "`instrument`, `article`, `paragraph`" in found.help


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("as_of: 2026-01-01", "as_of: 27.11.2026", "`as_of` takes a date, not text|write YYYY-MM-DD"),
        ("title: Example State A", "title: [Example]", "`title` takes text, not a list|in quotes"),
        ("policy: XA", "policy: XA\nbinding: maybe", "`binding` takes true or false, not text|`true` or `false`"),
        ("rules:", "rules: none\n#", "`rules` takes a list, not text|begin with `-`"),
        ("covers: {direction: outgoing}", "covers: outgoing", "`covers` takes a mapping, not text|`key: value`"),
    ],
)
def test_a_value_of_the_wrong_shape(old: str, new: str, said: str, run: Run, tmp_path: Path) -> None:
    assert old in POLICY
    lines = POLICY.replace(old, new)
    text = lines if "#" not in new else lines.partition("#")[0]
    (tmp_path / "xa.yaml").write_text(text)
    done = run("lint", "xa.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "error MS103" in done.stdout
    assert all(part in done.stdout for part in said.split("|")), done.stdout


def test_two_policies_with_one_id(tmp_path: Path) -> None:
    """One folder holds one policy of a name."""
    (tmp_path / "a.yaml").write_text(POLICY)
    (tmp_path / "b.yaml").write_text(POLICY)
    with pytest.raises(Refused) as caught:
        _ = Library(folders=(str(tmp_path),)).files
    assert caught.value.diagnostics[0].code == "MS214"


def test_a_policy_not_in_force(library: Library) -> None:
    """The answer to a day outside the policy's time is from when to when it was in force."""
    (case,) = read_cases(Source("c", "sender: {jurisdiction: XA}\nas_of: 2019-12-31"), library)
    with pytest.raises(Refused) as caught:
        Decider(library).decide(case)
    (found,) = caught.value.diagnostics
    assert found.code == "MS303"
    assert "from 2020-01-01 to 2026-12-31" in found.message


def test_a_non_binding_layer_may_only_advise() -> None:
    """A text that does not bind cannot forbid."""
    text = POLICY.replace("policy: XA", "policy: soft\nkind: layer\nbinding: false")
    with pytest.raises(Refused) as caught:
        read_policy(Source("soft.yaml", text), load_vocabulary(vocabulary_files()))
    assert [d.code for d in caught.value.diagnostics] == ["MS209"]


def test_the_command_reports_and_exits_with_three(run: Run, tmp_path: Path) -> None:
    """Through the command: diagnostics with caret on standard error, nothing on standard output, no traceback."""
    (tmp_path / "xa.yaml").write_text(POLICY)
    (tmp_path / "case.yml").write_text("sender: {jurisdiction: XA, athority: fiu}\n")
    done = run("check", str(tmp_path / "case.yml"), "--policies", str(tmp_path / "xa.yaml"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    for part in ("MS101", "^^^^^^^^", "did you mean `sender.authority`?"):
        assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_a_link_stays_a_link_and_a_device_a_device(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real.dot").write_text("old")
    (tmp_path / "link.dot").symlink_to("real.dot")
    assert run("graph", "LB", "--format", "dot", "-o", "link.dot", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.dot").is_symlink()
    assert (tmp_path / "real.dot").read_text() != "old"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert run("graph", "LB", "--format", "dot", "-o", "pipe", cwd=tmp_path).returncode == 0
    assert os.read(reader, 6)
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


@pytest.fixture
def drafted(tmp_path: Path) -> Path:
    """A drafter's folder: a policy, its suite, a case."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "xa.yaml").write_text(POLICY)
    (tmp_path / "scenarios" / "xa.yaml").write_text("suite: XA\nas_of: 2026-01-01\nscenarios: []\n")
    (tmp_path / "case.yaml").write_text("case: a\nas_of: 2026-01-01\nsender: {jurisdiction: XA}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("fmt nope", "`nope` is no file and no folder|check the path"),
        ("fmt XA", "`XA` is no file and no folder|did you mean `xa.yaml`?"),
        ("fmt scenaros", "did you mean `scenarios`?"),
        ("fmt XB.yaml", "did you mean `xa.yaml`?"),
        ("lint nope", "no file, no folder and no policy|check the path"),
        ("lint XB", "no file, no folder and no policy|`--policies DIR`"),
        ("lint scenaros", "did you mean `scenarios`?"),
        ("lint scenarios/xb.yaml", "did you mean `scenarios/xa.yaml`?"),
        ("test scenaros", "no policy with scenarios|did you mean `scenarios`?"),
        ("test XA --no-builtin --policies scenarios", "no file and no folder|did you mean `xa.yaml`?"),
        ("test XA", "no policy with scenarios|`--policies DIR`"),
        ("test LI --policies scenaros", "did you mean `scenarios`?"),
        ("check cse.yaml", "did you mean `case.yaml`?"),
    ],
)
def test_a_path_at_which_there_is_nothing(run: Run, drafted: Path, command: str, said: str) -> None:
    done = run(*command.split(), cwd=drafted)
    assert done.returncode == 3
    assert all(part in done.stderr + done.stdout for part in said.split("|")), done.stderr + done.stdout
    assert "`PE`" not in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("check xa.yaml", "MS101: this file is no case|it is a policy: `mayshare lint FILE`"),
        ("check scenarios/xa.yaml", "MS101: this file is no case|it is a scenario suite: `mayshare test FILE`"),
        ("test xa.yaml", "MS501|it is a policy: `mayshare lint FILE`"),
        ("test case.yaml", "MS501|it is a case: `mayshare check FILE`"),
        ("lint case.yaml", "MS690|it is a case: `mayshare check FILE`"),
    ],
)
def test_a_file_for_another_command(run: Run, drafted: Path, command: str, said: str) -> None:
    done = run(*command.split(), "--policies", ".", cwd=drafted)
    assert done.returncode == 3
    assert all(part in done.stderr + done.stdout for part in said.split("|")), done.stderr + done.stdout
