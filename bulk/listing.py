"""Planes to lists, by machine code: for each case the planes that hold for it, as `planes.lists` finds them.

Sixty-four planes by sixty-four cases are turned by a quarter, which gives a word for each case; its bits are written out four at
a time, needed or not, so that the way through the code hardly ever depends on how many there are.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from .compiling import WORDS, link
from .planes import Ints, Plane

AT_ONCE = 4
"""Bits written without asking whether there are so many."""

SQUARE = "<64 x i64>"


def listed(planes: Plane, first: int, last: int, ends: Ints) -> Ints:
    """Of blocks of planes (block, plane, word) those that hold from `first` up to `last`, case after case.

    Where the list of each case ends is put into `ends`.
    """
    blocks, width, _ = planes.shape
    total = int(np.bitwise_count(planes[:, first:last]).sum(dtype=np.int64))
    positions = np.empty(total + AT_ONCE, np.int32)
    if total:
        _code()[0](planes.ctypes.data, width, first, last, blocks, ends.ctypes.data, positions.ctypes.data)
    return positions[:total]


@cache
def _code() -> tuple[Any, Any]:
    arguments = [ctypes.c_void_p, *[ctypes.c_int64] * 4, ctypes.c_void_p, ctypes.c_void_p]
    return link(TEXT, "list", arguments)


def _turned() -> Iterator[str]:
    """Transposes 64 words as a square of bits, six swaps of ever smaller blocks (Warren, Hacker's Delight §7-3)."""
    for number, step in enumerate((32, 16, 8, 4, 2, 1)):
        low = sum(1 << bit for bit in range(64) if not bit & step)
        upper = [bool(lane & step) for lane in range(64)]
        partners = ", ".join(f"i32 {lane ^ step}" for lane in range(64))
        yield f"""
  %p{number} = shufflevector {SQUARE} %x{number}, {SQUARE} poison, <64 x i32> <{partners}>
  %k{number} = and {SQUARE} %x{number}, {_vector([low ^ (2**64 - 1) if u else low for u in upper])}
  %m{number} = and {SQUARE} %p{number}, {_vector([low ^ (2**64 - 1) if u else low for u in upper])}
  %l{number} = shl {SQUARE} %m{number}, {_vector([0 if u else step for u in upper])}
  %r{number} = lshr {SQUARE} %l{number}, {_vector([step if u else 0 for u in upper])}
  %x{number + 1} = or {SQUARE} %k{number}, %r{number}"""


def _vector(lanes: list[int]) -> str:
    return "<" + ", ".join(f"i64 {lane}" for lane in lanes) + ">"


def _written() -> Iterator[str]:
    """Writes the lowest bits of `%bits0`, and takes them away."""
    for bit in range(AT_ONCE):
        yield f"""
  %z{bit} = call i64 @llvm.cttz.i64(i64 %bits{bit}, i1 false)
  %n{bit} = add i64 %z{bit}, %number
  %i{bit} = trunc i64 %n{bit} to i32
  %s{bit} = add i64 %at, {bit}
  %o{bit} = getelementptr i32, ptr %out, i64 %s{bit}
  store i32 %i{bit}, ptr %o{bit}, align 4
  %d{bit} = sub i64 %bits{bit}, 1
  %bits{bit + 1} = and i64 %bits{bit}, %d{bit}"""


TEXT = f"""
declare i64 @llvm.cttz.i64(i64, i1)
declare i64 @llvm.ctpop.i64(i64)
declare i64 @llvm.umin.i64(i64, i64)

; the planes from %plane on, as many as %some but no more than 64, of one word of cases, as a row for each case
define internal void @turn(ptr %plane, i64 %some, ptr %rows) {{
entry:
  %square = alloca {SQUARE}, align 64
  store {SQUARE} zeroinitializer, ptr %square, align 64
  %count = call i64 @llvm.umin.i64(i64 %some, i64 64)
  br label %copy
copy:
  %p = phi i64 [ 0, %entry ], [ %next, %copy ]
  %past = mul i64 %p, {WORDS}
  %from = getelementptr i64, ptr %plane, i64 %past
  %to = getelementptr i64, ptr %square, i64 %p
  %word = load i64, ptr %from, align 8
  store i64 %word, ptr %to, align 8
  %next = add i64 %p, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %copy, label %turn
turn:
  %x0 = load {SQUARE}, ptr %square, align 64{"".join(_turned())}
  store {SQUARE} %x6, ptr %rows, align 64
  ret void
}}

define void @list(ptr %planes, i64 %width, i64 %first, i64 %last, i64 %blocks, ptr %ends, ptr %out) {{
entry:
  %all = sub i64 %last, %first
  %rounded = add i64 %all, 63
  %squares = udiv i64 %rounded, 64
  %rows = alloca {SQUARE}, i64 %squares, align 64
  %words = mul i64 %blocks, {WORDS}
  br label %word
word:
  %w = phi i64 [ 0, %entry ], [ %w1, %word_done ]
  %total = phi i64 [ 0, %entry ], [ %upto, %word_done ]
  %block = udiv i64 %w, {WORDS}
  %within = urem i64 %w, {WORDS}
  %before = mul i64 %block, %width
  %first_plane = add i64 %before, %first
  %offset = mul i64 %first_plane, {WORDS}
  %place = add i64 %offset, %within
  %start = getelementptr i64, ptr %planes, i64 %place
  br label %square
square:
  %q = phi i64 [ 0, %word ], [ %q1, %square ]
  %done_planes = mul i64 %q, 64
  %skip = mul i64 %done_planes, {WORDS}
  %plane = getelementptr i64, ptr %start, i64 %skip
  %some = sub i64 %all, %done_planes
  %row_square = getelementptr {SQUARE}, ptr %rows, i64 %q
  call void @turn(ptr %plane, i64 %some, ptr %row_square)
  %q1 = add i64 %q, 1
  %more_squares = icmp ult i64 %q1, %squares
  br i1 %more_squares, label %square, label %case
case:
  %c = phi i64 [ 0, %square ], [ %c1, %case_done ]
  %so_far = phi i64 [ %total, %square ], [ %upto, %case_done ]
  br label %row
row:
  %r = phi i64 [ 0, %case ], [ %r1, %row_done ]
  %row_at = phi i64 [ %so_far, %case ], [ %upto, %row_done ]
  %number = mul i64 %r, 64
  %lane = add i64 %number, %c
  %cell = getelementptr i64, ptr %rows, i64 %lane
  %held = load i64, ptr %cell, align 8
  br label %write
write:
  %bits0 = phi i64 [ %held, %row ], [ %bits{AT_ONCE}, %write ]
  %at = phi i64 [ %row_at, %row ], [ %upto, %write ]
  %set = call i64 @llvm.ctpop.i64(i64 %bits0)
  %written = call i64 @llvm.umin.i64(i64 %set, i64 {AT_ONCE})
  %upto = add i64 %at, %written{"".join(_written())}
  %left = icmp ne i64 %bits{AT_ONCE}, 0
  br i1 %left, label %write, label %row_done
row_done:
  %r1 = add i64 %r, 1
  %more_rows = icmp ult i64 %r1, %squares
  br i1 %more_rows, label %row, label %case_done
case_done:
  %case_number = mul i64 %w, 64
  %which = add i64 %case_number, %c
  %end = getelementptr i32, ptr %ends, i64 %which
  %small = trunc i64 %upto to i32
  store i32 %small, ptr %end, align 4
  %c1 = add i64 %c, 1
  %more_cases = icmp ult i64 %c1, 64
  br i1 %more_cases, label %case, label %word_done
word_done:
  %w1 = add i64 %w, 1
  %more_words = icmp ult i64 %w1, %words
  br i1 %more_words, label %word, label %finished
finished:
  ret void
}}
"""
