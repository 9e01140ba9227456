"""Ctrl-C in the middle of a proof: it ends the command, wherever it falls, and is never taken for an answer."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import ArgumentError

import z3

AGAIN = 0.01
"""Seconds after which an interrupt that was lost comes again."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let every Ctrl-C raise KeyboardInterrupt at once in what is done here; for the main thread.

    A solver that is asked with `ctrl_c` off leaves the signal to Python, which can only act once the solver returns. So a
    thread is told of the signal and stops the solver. And an interrupt that falls into an object's tidying up, of which the
    solver's terms do much, is lost to Python: it comes again.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    before = sys.unraisablehook, signal.signal(signal.SIGALRM, signal.default_int_handler), signal.set_wakeup_fd(tell)
    sys.unraisablehook = _come_again
    watcher = threading.Thread(target=_stop_the_solver, args=(told,), daemon=True)
    watcher.start()
    try:
        yield
    except ArgumentError as error:  # an interrupt that fell into the handing over of an argument to the solver
        if KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = before[0]
        signal.signal(signal.SIGALRM, before[1])
        signal.set_wakeup_fd(before[2])
        os.close(tell)
        watcher.join()
        os.close(told)


def _stop_the_solver(told: int) -> None:
    while signals := os.read(told, 1):
        if signals[0] == signal.SIGINT:
            z3.main_ctx().interrupt()


def _come_again(lost: sys.UnraisableHookArgs) -> None:
    if isinstance(lost.exc_value, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
    else:
        sys.__unraisablehook__(lost)
