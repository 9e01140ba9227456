"""Planes to lists, by machine code: for each case the planes that hold for it, as `planes.lists` finds them."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from .compiling import BLOCK, WORDS, link
from .planes import Ints, Plane


def listed(planes: Plane, first: int, last: int) -> tuple[Ints, Ints]:
    """Of blocks of planes (block, plane, word), for each case how many hold from `first` up to `last`, and which, in order."""
    blocks, width, _ = planes.shape
    counts = np.zeros(blocks * BLOCK, np.int32)
    if first == last:
        return counts, np.zeros(0, np.int32)
    where = (planes.ctypes.data, width, first, last, blocks)
    _code(fill=False)[0](*where, counts.ctypes.data, None)
    cursor = np.cumsum(counts, dtype=np.int32)
    positions = np.empty(cursor[-1], np.int32)
    cursor -= counts
    _code(fill=True)[0](*where, cursor.ctypes.data, positions.ctypes.data)
    return counts, positions


@cache
def _code(*, fill: bool) -> tuple[Any, Any]:
    arguments = [ctypes.c_void_p, *[ctypes.c_int64] * 4, ctypes.c_void_p, ctypes.c_void_p]
    return link(_text(fill=fill), "list", arguments)


def _text(*, fill: bool) -> str:
    """For every bit set, one more in the case's cursor; with `fill` the plane is put where the cursor stood."""
    store = (
        """
  %place = getelementptr i32, ptr %out, i32 %count
  store i32 %plane, ptr %place, align 4"""
        if fill
        else ""
    )
    return f"""
declare i64 @llvm.cttz.i64(i64, i1)
define void @list(ptr %planes, i64 %width, i64 %first, i64 %last, i64 %blocks, ptr %cursor, ptr %out) {{
entry:
  %from = mul i64 %first, {WORDS}
  %upto = mul i64 %last, {WORDS}
  %row = mul i64 %width, {WORDS}
  br label %block
block:
  %b = phi i64 [ 0, %entry ], [ %next_block, %block_done ]
  %within = icmp slt i64 %b, %blocks
  br i1 %within, label %start, label %done
start:
  %past = mul i64 %b, %row
  %words = getelementptr i64, ptr %planes, i64 %past
  br label %word
word:
  %w = phi i64 [ %from, %start ], [ %next_word, %word_done ]
  %at = getelementptr i64, ptr %words, i64 %w
  %all = load i64, ptr %at, align 8
  %some = icmp ne i64 %all, 0
  br i1 %some, label %found, label %word_done
found:
  %number = sdiv i64 %w, {WORDS}
  %relative = sub i64 %number, %first
  %plane = trunc i64 %relative to i32
  %rest = srem i64 %w, {WORDS}
  %in_block = mul i64 %rest, 64
  %block_case = mul i64 %b, {BLOCK}
  %base = add i64 %block_case, %in_block
  br label %bit
bit:
  %bits = phi i64 [ %all, %found ], [ %left, %bit ]
  %lowest = call i64 @llvm.cttz.i64(i64 %bits, i1 true)
  %case = add i64 %base, %lowest
  %slot = getelementptr i32, ptr %cursor, i64 %case
  %count = load i32, ptr %slot, align 4{store}
  %more = add i32 %count, 1
  store i32 %more, ptr %slot, align 4
  %less = sub i64 %bits, 1
  %left = and i64 %bits, %less
  %again = icmp ne i64 %left, 0
  br i1 %again, label %bit, label %word_done
word_done:
  %next_word = add i64 %w, 1
  %further = icmp slt i64 %next_word, %upto
  br i1 %further, label %word, label %block_done
block_done:
  %next_block = add i64 %b, 1
  br label %block
done:
  ret void
}}
"""
