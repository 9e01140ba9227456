"""The register's file: its key, what is no register, a full disk, several that write at once and one killed."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from mayshare.desk.register.model import Entry
from mayshare.desk.register.recording import Act, done
from mayshare.desk.register.recording import feedback as fed_back
from mayshare.desk.register.store import Register
from mayshare.desk.register.verification import verified
from mayshare.rules.diagnostics import Refused

from ..conftest import ROOT
from .keeping import ACT, Say, must, plain_entry, with_entries

# -- the key --------------------------------------------------------------------------------------------------


def test_an_encrypted_register(say: Say, desk: Path) -> None:
    (desk / "key").write_text("correct horse battery staple\n")
    must(say("register", "init", "--key-file", "key"))
    must(say("register", "receive", "received.yaml", "--channel", "by diplomatic bag", "--key-file", "key"))
    raw = (desk / "r.db").read_bytes()
    assert b"diplomatic" not in raw
    assert b"received.from" not in raw
    assert "by diplomatic bag" in must(say("register", "list", MAYSHARE_REGISTER_KEY="correct horse battery staple"))
    for key, code in (({}, "MS747"), ({"MAYSHARE_REGISTER_KEY": "x" * 20}, "MS748")):
        refused = say("register", "list", **key)
        assert refused.returncode == 3
        assert code in refused.stderr
    report = json.loads(must(say("register", "verify", "-f", "json")))  # the chain can be verified by anyone
    assert (report["ok"], report["encrypted"], report["contents_opened"]) == (True, True, False)
    must(say("register", "verify", "--key-file", "key"))
    (desk / "use.yaml").write_text("sender: {jurisdiction: CH}\ndirection: use\nreceived: {register: 1}\n")
    assert "MS747" in say("check", "use.yaml").stderr
    assert say("check", "use.yaml", "--key-file", "key").returncode in (0, 10, 11, 12)
    assert "MS001" in say("register", "list", "--key-file", "none").stderr
    assert "MS748" in say("register", "init", "--register", "s.db", MAYSHARE_REGISTER_KEY="short").stderr
    assert not (desk / "s.db").exists()
    must(say("register", "init", "--register", "open.db"))
    assert "MS748" in say("register", "list", "--register", "open.db", "--key-file", "key").stderr


# -- bad input ------------------------------------------------------------------------------------------------


def test_what_is_no_register(say: Say, desk: Path) -> None:
    (desk / "text.db").write_text("a shopping list, long enough to be looked at as a database " * 20)
    (desk / "empty.db").write_text("")
    sqlite3.connect(desk / "other.db").execute("CREATE TABLE t (x)").connection.close()
    must(say("register", "init"))
    shutil.copy(desk / "r.db", desk / "future.db")
    with sqlite3.connect(desk / "future.db") as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    (desk / "cut.db").write_bytes((desk / "r.db").read_bytes()[:5000])
    for name, code in (
        ("text.db", "MS743"), ("empty.db", "MS743"), ("other.db", "MS743"), ("law", "MS743"), ("cut.db", "MS743"),
        ("none.db", "MS742"), ("future.db", "MS744"),
    ):  # fmt: skip
        before = (desk / name).read_bytes() if (desk / name).is_file() else b""
        register = Register(str(desk / name))
        for use in (
            register.ledger,
            lambda r=register: verified(r, ()),
            lambda r=register: r.append(done(["1.1"], ACT, "r")),
        ):
            with pytest.raises(Refused, match=code):
                use()
        refused = say("register", "verify", "--register", name)
        assert refused.returncode == 3, (name, refused.stderr)
        assert code in refused.stderr, (name, refused.stderr)
        assert "Traceback" not in refused.stderr
        assert before == ((desk / name).read_bytes() if (desk / name).is_file() else b"")
    assert "MS755" in say("register", "init").stderr
    assert "MS745" in say("register", "init", "--register", "no/such/folder.db").stderr
    assert "MS741" in say("register", "list", MAYSHARE_REGISTER="").stderr


def test_a_read_only_register(tmp_path: Path) -> None:
    """It can be read, and what would be written is refused; put to the test by a process without the right to write."""
    os.chmod(tmp_path, 0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            os.chmod(folder, folder.stat().st_mode | 0o055)
    register = with_entries(tmp_path / "r.db", 2)
    os.chmod(tmp_path / "r.db", 0o444)
    os.chmod(tmp_path, 0o555)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            assert len(register.ledger().records) == 2
            register.append(lambda ledger, seq: (plain_entry(), b""))
        except Refused as refused:
            code = 0 if refused.diagnostics[0].code == "MS745" and "read-only" in str(refused) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.chmod(tmp_path, 0o755)


def test_a_full_disk(tmp_path: Path) -> None:
    """A file that may grow no further: the entry is refused, and the register is as it was."""
    register = with_entries(tmp_path / "r.db", 2)
    before = verified(register, ()).head
    size = (tmp_path / "r.db").stat().st_size
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            for _ in range(50):
                register.append(lambda ledger, seq: (plain_entry().model_copy(update={"title": "x" * 3000}), b""))
        except Refused as refused:
            code = 0 if refused.diagnostics[0].code == "MS745" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = verified(register, (before,))
    assert found.faults == ()
    register.append(lambda ledger, seq: (plain_entry(), b""))
    assert verified(register, (before,)).faults == ()


def test_a_full_disk_behind_standard_output(sent: Say, desk: Path, cache: Path) -> None:
    """The entry is there, and it is said."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        done_ = subprocess.run(
            [sys.executable, "-m", "mayshare", "register", "done", "1.1", "--by", "x", "--register", "r.db"], cwd=desk,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "MAYSHARE_CACHE": str(cache)},
        )  # fmt: skip
    assert done_.returncode == 3
    assert "entry 2 was recorded" in done_.stderr
    assert "MS015" in done_.stderr
    assert "Traceback" not in done_.stderr
    assert json.loads(must(sent("register", "verify", "-f", "json")))["entries"] == 2


def test_interrupted_while_it_waits(sent: Say, desk: Path, cache: Path) -> None:
    """Ctrl-C is heard while another process has the register, and nothing is recorded."""
    holder = sqlite3.connect(desk / "r.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "mayshare", "register", "done", "1.1", "--by", "x", "--register", "r.db"], cwd=desk,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "MAYSHARE_CACHE": str(cache)},
    )  # fmt: skip
    time.sleep(2.5)
    waiting.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, words = waiting.communicate(timeout=20)
    assert waiting.returncode == 130, words
    assert "stopped" in words
    assert time.monotonic() - start < 3
    holder.execute("ROLLBACK")
    holder.close()
    assert json.loads(must(sent("register", "verify", "-f", "json")))["entries"] == 1


# -- several processes, and one killed ------------------------------------------------------------------------

WRITER = """
import sys
from datetime import date
from mayshare.desk.register.recording import Act, feedback
from mayshare.desk.register.store import Register
register = Register(sys.argv[1])
for n in range(int(sys.argv[2])):
    seq, _ = register.append(feedback(1, Act(sys.argv[3], date(2026, 1, 1)), f"n{n} " + "x" * 2000, interim=True, path="r"))
    print(seq, flush=True)
"""


def writer(path: Path, number: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(number), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_two_that_write_at_once(tmp_path: Path) -> None:
    register = with_entries(tmp_path / "r.db", 1)
    both = [writer(tmp_path / "r.db", 40, name) for name in ("one", "two")]
    numbers = []
    for process in both:
        printed, words = process.communicate(timeout=100)
        assert process.returncode == 0, words
        numbers.append([int(line) for line in printed.split()])
    assert sorted(numbers[0] + numbers[1]) == list(range(2, 82))
    assert verified(register, ()).faults == ()
    entries = register.ledger().entries
    for name, seqs in zip(("one", "two"), numbers, strict=True):
        assert [entries[s].by for s in seqs] == [name] * 40
    assert max(numbers[0][0], numbers[1][0]) < 81  # they did run at the same time


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Kill a writer over and over: every entry it reported is there, the chain holds, and the next one writes on."""
    register = with_entries(tmp_path / "r.db", 1)
    reported = 1
    for round_ in range(25):
        process = writer(tmp_path / "r.db", 10_000, f"round {round_}")
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.stderr.read() if process.stderr else ""
        time.sleep(0.003 * round_ % 0.05)
        process.kill()
        printed, _ = process.communicate()
        whole = [int(line) for line in (first + printed).splitlines(keepends=True) if line.endswith("\n")]
        reported = whole[-1]
        found = verified(register, ())
        assert found.faults == ()
        assert found.entries in (reported, reported + 1)  # the last may have been written and not yet reported
    made: list[tuple[int, Entry]] = [
        register.append(fed_back(1, Act("x", date(2026, 1, 1)), "t", interim=True, path="r"))
    ]
    assert made[0][0] == verified(register, ()).entries
    assert reported > 25


def test_the_same_obligation_is_met_once(tmp_path: Path, sent: Say, desk: Path) -> None:
    """What an entry is made from is read while no one else can write."""
    register = Register(str(desk / "r.db"))
    register.append(done(["1.1"], Act("x", date(2026, 2, 1)), "r.db"))
    with pytest.raises(Refused, match="MS751"):
        register.append(done(["1.1"], Act("y", date(2026, 2, 1)), "r.db"))
