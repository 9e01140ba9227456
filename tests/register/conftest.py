"""A desk: a folder with a policy, a case, a file of what was received, and a register."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Run
from ..desk_law import HEAD
from .keeping import CASE, LAW, RECEIVED, Say, must


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a policy, a case and a file of received information."""
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "xa.yaml").write_text(HEAD.format(code="XA", title="Here") + LAW)
    (tmp_path / "case.yaml").write_text(CASE)
    (tmp_path / "received.yaml").write_text(RECEIVED)
    return tmp_path


@pytest.fixture
def say(run: Run, desk: Path) -> Say:
    """The command, in that folder, with its register."""

    def runner(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        settings = {
            "MAYSHARE_POLICIES": str(desk / "law"),
            "MAYSHARE_REGISTER": "r.db",
            "MAYSHARE_BY": "A. Muster",
            **more,
        }
        return run(*arguments, cwd=desk, **settings)

    return runner


@pytest.fixture
def sent(say: Say) -> Say:
    """A register with one entry of a sending on 31 January 2026."""
    must(say("register", "init"))
    say("check", "case.yaml", "--receipt", "a.json")
    must(say("register", "add", "a.json", "--channel", "post", "--on", "2026-01-31T22:00+01:00"))
    return say
