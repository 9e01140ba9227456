import subprocess
import sys
import warnings
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from pkgutil import walk_packages

import pytest

import mayshare

pytestmark = pytest.mark.smoke

MODULES = sorted(found.name for found in walk_packages(mayshare.__path__, "mayshare."))
OPTIONAL = ("pyspark", "pygls", "lsprotocol", "psycopg")


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name: str) -> None:
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(OPTIONAL):
            raise
        pytest.skip(f"{error.name} is an extra")


def test_data_and_types_are_installed() -> None:
    assert files("mayshare").joinpath("py.typed").is_file()
    assert files("mayshare.jurisdictions").is_dir()


def test_the_script_names_the_command() -> None:
    (script,) = entry_points(group="console_scripts", name="mayshare")
    assert script.value == "mayshare.cli:app"
    assert callable(script.load())


def test_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "mayshare", "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "mayshare" in done.stdout


def test_the_inference_library_can_be_imported() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old code: its warnings are not ours
        assert import_module("durable.engine")
