"""A drafter's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A drafter's folder: a small policy, its suite, and a suite with a wrong expectation."""
    return Path(shutil.copytree(ROOT / "examples" / "drafting", tmp_path / "drafting"))
