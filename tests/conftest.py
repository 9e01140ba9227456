"""What every test shares: hypothesis profiles, a cache of their own, and a way to run the command."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("default", max_examples=60, deadline=None)
settings.register_profile("fuzz", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this test run, one for all its processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture
def run(cache: Path) -> Run:
    """Runs the real command in a process of its own, off a terminal; no file it writes may be longer than `room` bytes."""

    def runner(
        *arguments: str, stdin: str | bytes | None = None, cwd: Path = ROOT, room: int | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("MAYSHARE_", "LC_", "LANG")) and k not in ("COLUMNS", "NO_COLOR")
        }

        def narrow() -> None:
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        raw = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "mayshare", *arguments], input=raw if raw is not None else b"", capture_output=True, cwd=cwd,
            env={**kept, "MAYSHARE_CACHE": str(cache), **environment}, timeout=120, check=False, preexec_fn=narrow,
        )  # fmt: skip
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return runner
