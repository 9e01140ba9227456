"""Bit planes: one bit a case, 64 cases a word, and what goes in and out of them.

A *plane* is an array of 64-bit words; case `i` is bit `i % 64` of word `i // 64` (little-endian, as every platform
with numpy wheels is). A truth value of three takes two planes, `sure` and `possible`; where nothing is unknown both
are the same array, and all that follows costs half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .words import Word

Plane: TypeAlias = npt.NDArray[np.uint64]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Ints: TypeAlias = npt.NDArray[Any]

Bits = TypeVar("Bits", Plane, Word)
"""What the program is read on: planes, or words that stand for planes in a recording."""


@dataclass(frozen=True, slots=True)
class Pair(Generic[Bits]):
    """A truth value for every case: `sure` where it is true, `possible` where it is true or unknown."""

    sure: Bits
    possible: Bits

    @property
    def two_valued(self) -> bool:
        """Whether nothing in it is unknown."""
        return self.sure is self.possible


def pack(flags: Any) -> Plane:
    """A plane out of one truth value a case; a multiple of 64 cases."""
    return np.packbits(flags, bitorder="little").view(np.uint64)


def spread(plane: Plane, count: int) -> npt.NDArray[np.bool_]:
    """The first `count` bits of a plane, one a case."""
    return np.unpackbits(plane.view(np.uint8), bitorder="little", count=count).view(np.bool_)


def padded(count: int) -> int:
    """The number of cases rounded up to whole words."""
    return -(-count // 64) * 64


def empty(count: int) -> Plane:
    """A plane of `count` (padded) cases with no bit set."""
    return np.zeros(count // 64, np.uint64)


def full(count: int) -> Plane:
    """A plane of `count` (padded) cases with every bit set."""
    return np.full(count // 64, np.uint64(0xFFFFFFFFFFFFFFFF))


def rows(planes: Sequence[Plane], count: int) -> Bytes:
    """Planes turned by a quarter: for each case a row of bytes, plane `p` in bit `p % 8` of byte `p // 8`."""
    blocks = -(-len(planes) // 8)
    words = len(planes[0]) if planes else padded(count) // 64
    stacked = np.zeros((blocks * 8, words), np.uint64)
    for index, plane in enumerate(planes):
        stacked[index] = plane
    octets = stacked.view(np.uint8).reshape(blocks, 8, words * 8)
    squares = np.ascontiguousarray(octets.transpose(0, 2, 1)).view(np.uint64).reshape(blocks, words * 8)
    turned = _turn(squares).view(np.uint8).reshape(blocks, words * 64)
    return np.ascontiguousarray(turned[:, :count].T)


def _turn(x: Plane) -> Plane:
    """Transposes each word as a square of 8 by 8 bits, three swaps of ever larger blocks (Warren, Hacker's Delight §7-3)."""
    for shift, mask in ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0)):
        by = np.uint64(shift)
        swap = (x ^ (x >> by)) & np.uint64(mask)
        x = x ^ swap ^ (swap << by)
    return x


def lists(planes: Sequence[Plane], count: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each case the positions of the planes that hold for it, as Arrow lays lists out: offsets and positions."""
    offsets = np.zeros(count + 1, np.int32)
    if not planes or not count:
        return offsets, np.zeros(0, np.int32)
    table = np.stack(words_of(rows(planes, count)), axis=1)
    held = np.bitwise_count(table)
    np.cumsum(held.sum(axis=1, dtype=np.int32), out=offsets[1:])
    filled = np.flatnonzero(table)
    left, held = table.ravel()[filled], held.ravel()[filled]
    start = (filled % table.shape[1]).astype(np.int32) * 64
    places = np.cumsum(held, dtype=np.int32) - held
    positions = np.empty(offsets[-1], np.int32)
    while len(left):
        # the lowest bit of every word that has one left
        below = left - np.uint64(1)
        positions[places] = start + np.bitwise_count(below & ~left)
        left &= below
        more = np.flatnonzero(left)
        left, start, places = left[more], start[more], places[more] + 1
    return offsets, positions


def words_of(table: Bytes) -> list[Plane]:
    """A table of bytes, a row for each case, as columns of words."""
    count, width = table.shape
    wide = np.zeros((count, -(-width // 8) * 8), np.uint8)
    wide[:, :width] = table
    return list(np.ascontiguousarray(wide.view(np.uint64).T))


def distinct(words: Sequence[Plane], count: int) -> tuple[Ints, Ints]:
    """The cases that differ in some column of words: the first of each kind, and for each case which kind it is."""
    if not words or count == 0:
        return np.zeros(min(count, 1), np.int64), np.zeros(count, np.int64)
    key = words[0].copy()
    for column in words[1:]:
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
        key += column
    coded = pa.array(key).dictionary_encode()
    which: Ints = coded.indices.to_numpy()
    first = np.empty(len(coded.dictionary), np.int64)
    first[which[::-1]] = np.arange(count - 1, -1, -1)
    if len(words) > 1 and not all(np.array_equal(column[first][which], column) for column in words):
        # two kinds met on one key: sort the words themselves
        _, first, which = np.unique(np.stack(words, axis=1), axis=0, return_index=True, return_inverse=True)
    return first, which.reshape(-1)
