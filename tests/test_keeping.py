"""What is kept of compiled policies: the same when read back, shared where it is the same, bounded, never a reason to fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mayshare.engine import keeping
from mayshare.engine.bundle import Bundle
from mayshare.engine.library import Library


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAYSHARE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def held(bundle: Bundle) -> dict[str, object]:
    """What a bundle holds, without what it works out when asked."""
    return {name: getattr(bundle, name) for name in Bundle.__dataclass_fields__}


def test_a_bundle_reads_back_as_it_was(folder: Path) -> None:
    made = Library().bundle("BR")
    again = Library()
    read = again.bundle("BR")
    assert held(read) == held(made)
    assert read is not made
    assert read.registry is again.around.registry
    assert all(read.vocabulary[path] is fact for path, fact in again.around.vocabulary.facts.items())
    assert len(list(folder.iterdir())) == 2


def test_a_damaged_or_foreign_file_is_made_again(folder: Path) -> None:
    made = Library().bundle("BR")
    for content in (b"", b"no pickle", b"\x80\x05."):
        for file in folder.iterdir():
            file.write_bytes(content)
        assert held(Library().bundle("BR")) == held(made)
    folder.chmod(0o777)
    assert keeping.read_kept(next(folder.iterdir()).stem) is None, "others may write there"


def test_what_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 8)
    for n in range(8):
        keeping.keep(f"k{n}", n)
        os.utime(folder / f"k{n}.bundle", (n, n))
    assert keeping.read_kept("k0") == 0
    keeping.keep("k8", 8)
    assert sorted(f.stem for f in folder.iterdir()) == ["k0", "k4", "k5", "k6", "k7", "k8"]
    assert keeping.read_kept("k1") is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv("MAYSHARE_CACHE", str(tmp_path / "file" / "kept"))
    assert Library().bundle("BR").program.policy == "BR"
