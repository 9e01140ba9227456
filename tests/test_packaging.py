"""A room at the root, its link, its lines in pyproject.toml and the wheel must name the same things."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
VIEW = ROOT / "src" / "mayshare"
REAL = {"__init__.py", "__main__.py", "py.typed"}
ROOMS = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOOL: dict[str, Any] = CONFIG["tool"]


def test_the_view_is_real_files_and_one_link_a_room() -> None:
    links = {path.name: path.readlink().as_posix() for path in VIEW.iterdir() if path.is_symlink()}
    real = {path.name for path in VIEW.iterdir() if not path.is_symlink()} - {"__pycache__"}
    assert links == {name: f"../../{name}" for name in ROOMS | {"cli.py"}}
    assert real == REAL


def test_the_wheel_is_told_of_every_room() -> None:
    wheel = TOOL["hatch"]["build"]["targets"]["wheel"]
    assert wheel["only-include"] == [f"src/mayshare/{name}" for name in sorted(REAL)] + sorted(ROOMS)
    assert wheel["sources"] == {"src/mayshare": "mayshare"} | {room: f"mayshare/{room}" for room in ROOMS}
    assert wheel["force-include"] == {"cli.py": "mayshare/cli.py"}


def test_coverage_and_layers_know_every_room() -> None:
    layers = TOOL["importlinter"]["contracts"][0]["layers"]
    layered = [name.strip() for layer in layers for name in layer.split("|")]
    assert TOOL["coverage"]["run"]["source"] == sorted(ROOMS)
    assert sorted(layered) == sorted(ROOMS | {"__main__", "cli"})


def test_the_wheel_holds_the_tree_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {f"mayshare/{name}" for name in tree()}


def tree() -> set[str]:
    """The files of every room, as the package sees them."""
    inside = {path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()}
    return REAL | {"cli.py"} | {path.as_posix() for path in inside if "__pycache__" not in path.parts}
