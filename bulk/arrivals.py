"""Parts as they come to stand on disk, handed on in their order, so that the output is written while others are computed."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Condition


class Abandoned(Exception):
    """No more parts will come: the run failed or was interrupted."""


class Arrivals:
    """Numbers of parts: added in any order by whoever computes, taken from 0 on by whoever writes."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._there: set[int] = set()
        self._ended: bool | None = None

    def add(self, number: int) -> None:
        """A part stands."""
        with self._changed:
            self._there.add(number)
            self._changed.notify()

    def end(self, *, whole: bool) -> None:
        """No more parts will come; `whole` when all of them have."""
        with self._changed:
            self._ended = whole
            self._changed.notify()

    def __iter__(self) -> Iterator[int]:
        """Every part's number, in order, each as soon as it stands.

        Raises:
            Abandoned: the parts ended before they were whole.
        """
        number = 0
        while self._comes(number):
            yield number
            number += 1

    def _comes(self, number: int) -> bool:
        """Wait for a part; false where there is none of that number."""
        with self._changed:
            self._changed.wait_for(lambda: number in self._there or self._ended is not None)
            if self._ended is False:
                raise Abandoned
            return number in self._there
