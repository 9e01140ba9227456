"""Ctrl-C while something is proved ends the command, wherever it falls, and is never an answer."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from datetime import date

import pytest
import z3

from mayshare.proof.interrupting import interruptible
from mayshare.proof.posed import Posed
from mayshare.proof.space import Space
from mayshare.proof.variables import Days

from .conftest import ROOT

DAY = date(2026, 3, 2)


class Fragile:
    """Something whose tidying up is interrupted."""

    def __del__(self) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_lost_while_tidying_up_comes_again() -> None:
    def tidied_up() -> None:
        Fragile()
        time.sleep(10)

    with pytest.raises(KeyboardInterrupt), interruptible():
        tidied_up()


class Hesitant:
    """An argument that is interrupted on its way to a C function."""

    @classmethod
    def from_param(cls, _: object) -> object:
        raise KeyboardInterrupt


def test_an_interrupt_wrapped_by_a_call_of_the_solver_is_one() -> None:
    call = ctypes.CDLL(None).abs
    call.argtypes = [Hesitant]  # type: ignore[list-item]  # a stand-in for a C type
    with pytest.raises(KeyboardInterrupt), interruptible():
        call(1)


def pigeons(holes: int) -> Sequence[z3.BoolRef]:
    """What cannot be so, and takes a solver long to find out."""
    sits = [[z3.Bool(f"{pigeon} in {hole}") for hole in range(holes)] for pigeon in range(holes + 1)]
    each = [z3.Or(s) for s in sits]
    return [*each, *(z3.AtMost(*(s[hole] for s in sits), 1) for hole in range(holes))]


def test_an_interrupt_of_the_solver_is_not_a_question_left_open() -> None:
    posed = Posed(Space([], Days(DAY, DAY)))
    later = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
    later.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interruptible():
        posed.check(pigeons(14), 60)
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_stopped_mutants_are_told_soon() -> None:
    with subprocess.Popen(
        [str(ROOT / ".venv/bin/mayshare"), "test", "LI", "--mutate"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        time.sleep(8)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        said, errors = process.communicate(timeout=60)
    assert time.monotonic() - began < 3
    assert process.returncode == 130, errors
    assert "not tried" in said


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [2, 3.5, 5])
def test_a_long_command_stops(seconds: float) -> None:
    with subprocess.Popen(
        [str(ROOT / ".venv/bin/mayshare"), "timeline", "CH", "--from", "1900-01-01"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
