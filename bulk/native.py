"""The compiled reading of a program, for columns of a shape that has come often enough to repay compiling.

It is an extra (`mayshare[native]`, llvmlite) and never needed: where it is missing, or the program too large, or a column too
varied, the program is computed on planes. The recording is made by the same code, so both find the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np

from ..engine.truth import UNKNOWN
from .columns import Classes, Columns
from .compiling import BLOCK, WORDS, Code, compiled
from .evaluate import Evaluator
from .listing import listed
from .planes import Ints, Plane, padded
from .reading import Listing, Verdicts
from .recording import GIVEN, Listed, Shape, record_reasons, record_verdicts

COMPILE_AFTER = 4_000_000
"""So many cases of a shape repay compiling: what it takes and what it saves a case both grow with the program."""

MOST_GATES = 15_000
"""Programs with more gates, some 7,000 rules, are not compiled: it would take more than ten seconds and half a gigabyte."""

MOST_SHAPES = 16
"""So many shapes of columns are remembered."""

LINE = 64
"""Bytes of a line of the cache; words that straddle two cost more."""

CACHED = 1 << 20
"""Bytes of planes between their computation and their listing: what a core has near it."""

T = TypeVar("T")


@dataclass(slots=True)
class Compiled:
    """A program compiled for one shape of columns, each part when it is first needed.

    `seen` cases of the shape have been met; `three` says that something has been unknown for one since it was `begun`.
    """

    evaluator: Evaluator
    shape: Shape
    seen: int = 0
    begun: bool = False
    three: bool = False
    _verdicts: dict[bool, Code] = field(default_factory=dict)
    _reasons: dict[bool, tuple[Code, Listed]] = field(default_factory=dict)

    def verdicts(self) -> Code:
        """The way to the outcome."""
        if self.three not in self._verdicts:
            self._verdicts[self.three] = compiled(record_verdicts(self.evaluator, self.shape, three=self.three))
        return self._verdicts[self.three]

    def reasons(self) -> tuple[Code, Listed]:
        """The way from the outcome to the reasons."""
        if self.three not in self._reasons:
            recording, names = record_reasons(self.evaluator, self.shape, three=self.three)
            self._reasons[self.three] = compiled(recording), names
        return self._reasons[self.three]


class Native:
    """Compiles a program for the shapes of columns that have come often; `threads` work on slices of the cases."""

    def __init__(self, evaluator: Evaluator, compile_after: int, threads: int) -> None:
        self.evaluator = evaluator
        self.compile_after = compile_after
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.threads = threads
        self.possible = len(evaluator.reached) <= MOST_GATES and find_spec("llvmlite") is not None
        self._shapes: dict[Shape, Compiled] = {}

    def read(self, columns: Columns, classes: Sequence[Classes]) -> OnCode | None:
        """A reading of some cases; None where the program is not, or not yet, compiled for such."""
        varying = [found for found, _ in classes if found is not None]
        if not self.possible or not columns.count or any(found.dtype != np.uint8 for found in varying):
            return None
        shape = tuple((found is not None, tuple(truths)) for found, truths in classes)
        if shape not in self._shapes and len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        code = self._shapes.setdefault(shape, Compiled(self.evaluator, shape))
        code.seen += columns.count
        if code.seen < self.compile_after or not self._compiles(code, classes):
            return None
        days = [self.evaluator.in_force(p, columns).view(np.uint8) for p in self.evaluator.periods]
        return OnCode(self, code, [np.ascontiguousarray(c) for c in (*varying, *days)], columns.count)

    def _compiles(self, code: Compiled, classes: Sequence[Classes]) -> bool:
        if not code.begun:
            code.begun = True
            code.three = any(found is not None and _unknown(found, truths) for found, truths in classes)
        try:
            code.verdicts()
        except (ImportError, OSError, RuntimeError):  # installed, but it cannot be loaded or may not run here
            self.possible = False
        return self.possible

    def each(self, work: Callable[[Slice], T], slices: Sequence[Slice]) -> list[T]:
        """Work done on every slice, several at a time."""
        return list(map(work, slices) if self.pool is None else self.pool.map(work, slices))


@dataclass(frozen=True, slots=True)
class Slice:
    """Some blocks of cases from `first` on; `columns` are the addresses of their codes, which `kept` holds."""

    first: int
    blocks: int
    columns: Ints
    kept: Any


class OnCode:
    """The program run on the cases of one call."""

    def __init__(self, native: Native, code: Compiled, columns: list[Ints], count: int) -> None:
        self.native = native
        self.code = code
        self.columns = columns
        self.count = count
        self.blocks = -(-count // BLOCK)

    def verdicts(self) -> Verdicts:
        """What is found of every case."""
        planes = self._found(self.code.verdicts())
        if not self.code.three and planes[:, -1].any():
            self.code.three = True  # from now on: what is unknown once will be so again
            planes = self._found(self.code.verdicts())
        words = padded(self.count) // 64
        found = [planes[:, n].reshape(-1)[:words] for n in range(planes.shape[1] - 1)]
        if self.count % 64:
            for plane in found:
                plane[-1] &= np.uint64((1 << self.count % 64) - 1)
        return Verdicts(*found)

    def reasons(self, verdicts: Verdicts) -> tuple[Listing, Listing, Listing]:
        """The reasons, as `Reading.reasons` has them."""
        code, names = self.code.reasons()
        given = np.zeros((self.blocks, GIVEN, WORDS), np.uint64)
        for number, plane in enumerate((verdicts.denied, verdicts.permitted, verdicts.uncovered, verdicts.open)):
            whole = np.zeros(self.blocks * WORDS, np.uint64)
            whole[: len(plane)] = plane
            given[:, number] = whole.reshape(-1, WORDS)
        lists = [_Lists(numbers, self.blocks) for numbers in (names.rules, names.outstanding, names.contingent)]

        def work(part: Slice) -> None:
            planes = np.empty((part.blocks, code.outputs, WORDS), np.uint64)
            _run(code, part, given[part.first :], planes)
            first = 0
            for each in lists:
                each.add(planes, first, part)
                first += len(each.numbers)

        self.native.each(work, list(self._slices(max(1, CACHED // (8 * WORDS * max(1, code.outputs))))))
        rules, left, doubtful = (part.listing(self.count) for part in lists)
        return rules, left, doubtful

    def _found(self, code: Code) -> Plane:
        planes = np.empty((self.blocks, code.outputs, WORDS), np.uint64)
        each = -(-self.blocks // self.native.threads)
        self.native.each(lambda part: _run(code, part, planes, planes[part.first :]), list(self._slices(each)))
        return planes

    def _slices(self, each: int) -> Iterator[Slice]:
        """The cases in slices of so many blocks; those of the last block that are no whole block are copied into one."""
        whole = self.count // BLOCK
        addresses = np.array([c.ctypes.data for c in self.columns], np.uint64)
        for first in range(0, whole, each):
            yield Slice(first, min(each, whole - first), addresses + np.uint64(first * BLOCK), self.columns)
        if whole != self.blocks:
            last = [np.pad(c[whole * BLOCK :], (0, BLOCK - self.count % BLOCK), mode="edge") for c in self.columns]
            yield Slice(whole, 1, np.array([c.ctypes.data for c in last], np.uint64), last)


class _Lists:
    """The lists of all cases, a slice at a time; in `offsets` each slice counts from its own start until they are joined."""

    def __init__(self, numbers: list[int], blocks: int) -> None:
        self.numbers = numbers
        self.offsets = np.zeros(blocks * BLOCK + 1, np.int32)
        self.found: list[tuple[Slice, Ints]] = []

    def add(self, planes: Plane, first: int, part: Slice) -> None:
        """The lists of a slice: its planes from `first` on."""
        if self.numbers:
            self.found.append((part, listed(planes, first, first + len(self.numbers), self._own(part))))

    def listing(self, count: int) -> Listing:
        """All of them, slice after slice."""
        start, positions = 0, [np.zeros(0, np.int32)]
        for part, own in sorted(self.found, key=lambda found: found[0].first):
            self._own(part)[:] += np.int32(start)
            start += len(own)
            positions.append(own)
        return Listing(self.offsets[: count + 1], np.concatenate(positions), self.numbers)

    def _own(self, part: Slice) -> Ints:
        """Where the lists of a slice end."""
        return self.offsets[1 + part.first * BLOCK : 1 + (part.first + part.blocks) * BLOCK]


def _unknown(found: Ints, truths: Sequence[tuple[int, ...]]) -> bool:
    """Whether something is unknown for some case."""
    return bool(np.array([UNKNOWN in t for t in truths])[found].any())


def _run(code: Code, part: Slice, given: Plane, planes: Plane) -> None:
    scratch = np.empty(8 * code.slots * WORDS + LINE, np.uint8)
    start = -(-scratch.ctypes.data // LINE) * LINE
    code.call(part.columns.ctypes.data, given.ctypes.data, planes.ctypes.data, start, part.blocks)
