"""Recordings to machine code, by LLVM (the extra `mayshare[native]`): a function that takes cases in blocks of 512.

For each block the codes of a column are tested bit by bit, 64 cases an instruction, which gives the planes that a recording
starts from; its steps follow as operations on eight words at once, and the last ones are stored. A long recording is cut into
several functions, since the time to compile one grows faster than its length; what one leaves to the next lies in `scratch`.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .recording import Recording

WORDS = 8
BLOCK = 64 * WORDS
"""Cases in a block."""

PIECE = 600
"""Steps in a function."""

ARGUMENTS = "ptr %columns, ptr %given, ptr %out, ptr %scratch, i64 %block"
V = f"<{WORDS} x i64>"


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled recording.

    `call(columns, given, out, scratch, blocks)` works through some blocks while other threads run: the address of the columns'
    addresses, those of the planes given and to be filled, block by block, and of `slots` times eight words of scratch.
    """

    call: Any
    slots: int
    kept: Any


def compiled(recording: Recording) -> Code:
    """The machine code of a recording.

    Raises:
        ImportError: llvmlite is not installed.
    """
    text, slots = as_text(recording)
    call, kept = link(text, "run", [ctypes.c_void_p] * 4 + [ctypes.c_int64])
    return Code(call, slots, kept)


def link(text: str, name: str, arguments: list[Any]) -> tuple[Any, Any]:
    """A function of a module, and what keeps it in memory."""
    import llvmlite.binding as llvm

    found = llvm.JITLibraryBuilder().add_ir(text).export_symbol(name).link(_compiler(), f"mayshare{next(_NUMBERS)}")
    return ctypes.CFUNCTYPE(None, *arguments)(found[name]), found


_NUMBERS = itertools.count()


@cache
def _compiler() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=1, jit=True
    )
    return llvm.create_lljit_compiler(machine)


# -- text -----------------------------------------------------------------------------------------------------


def as_text(recording: Recording) -> tuple[str, int]:
    """A recording as a module of LLVM, and the slots of scratch it needs."""
    steps = _needed(recording)
    pieces = [steps[i : i + PIECE] for i in range(0, len(steps), PIECE)] or [[]]
    slots = _slots(recording, pieces)
    functions = [_planes(recording.widths)]
    for number, piece in enumerate(pieces):
        functions.append(_piece(recording, number, piece, slots, last=number == len(pieces) - 1))
    return "\n".join([*functions, _run(len(pieces))]), len(slots)


def _needed(recording: Recording) -> list[int]:
    """The steps on which the outputs depend, without constants and inputs, each shortly before it is first needed."""
    order: dict[int, None] = {}
    waiting = [word.index for word in reversed(recording.outputs)]
    while waiting:
        index = waiting[-1]
        missing = [i for i in _operands(recording, index) if i not in order and _operands(recording, i)]
        if index in order or not missing:
            waiting.pop()
            if _operands(recording, index):
                order.setdefault(index)
        else:
            waiting += reversed(missing)
    return list(order)


def _slots(recording: Recording, pieces: list[list[int]]) -> dict[int, int]:
    """Where in the scratch a step is kept for a later piece; the bits of the columns come first, under negative keys."""
    slots = {-1 - number: number for number in range(sum(recording.widths))}
    made = {index: number for number, piece in enumerate(pieces) for index in piece}
    for number, piece in enumerate(pieces):
        for index in itertools.chain.from_iterable(_operands(recording, i) for i in piece):
            if made.get(index, number) != number:
                slots.setdefault(index, len(slots))
    return slots


def _operands(recording: Recording, index: int) -> list[int]:
    kind, one, other = recording.tape.steps[index]
    return [] if kind in ("constant", "input") else [one] if kind == "not" else [one, other]


def _planes(widths: Iterable[int]) -> str:
    """The function that puts the bits of a block of codes into the scratch."""
    lines = [f"define internal void @planes({ARGUMENTS}) {{", f"  %start = mul i64 %block, {BLOCK}", "  br label %word",
             "word:", "  %w = phi i64 [ 0, %0 ], [ %next, %word ]", "  %past = mul i64 %w, 64",
             "  %case = add i64 %start, %past"]  # fmt: skip
    slot = 0
    for column, width in enumerate(widths):
        lines += [f"  %at{column} = getelementptr ptr, ptr %columns, i64 {column}",
                  f"  %column{column} = load ptr, ptr %at{column}",
                  f"  %from{column} = getelementptr i8, ptr %column{column}, i64 %case",
                  f"  %codes{column} = load <64 x i8>, ptr %from{column}, align 1"]  # fmt: skip
        for bit in range(width):
            lines += [f"  %bit{slot} = and <64 x i8> %codes{column}, splat (i8 {1 << bit})",
                      f"  %is{slot} = icmp ne <64 x i8> %bit{slot}, zeroinitializer",
                      f"  %word{slot} = bitcast <64 x i1> %is{slot} to i64",
                      f"  %row{slot} = getelementptr {V}, ptr %scratch, i64 {slot}",
                      f"  %to{slot} = getelementptr i64, ptr %row{slot}, i64 %w",
                      f"  store i64 %word{slot}, ptr %to{slot}, align 8"]  # fmt: skip
            slot += 1
    lines += ["  %next = add i64 %w, 1", f"  %more = icmp ult i64 %next, {WORDS}",
              "  br i1 %more, label %word, label %done", "done:", "  ret void", "}"]  # fmt: skip
    return "\n".join(lines)


def _piece(recording: Recording, number: int, piece: list[int], slots: dict[int, int], *, last: bool) -> str:
    """The function for some of the steps; the last one also stores what outputs are no steps."""
    lines = [f"define internal void @piece{number}({ARGUMENTS}) {{",
             f"  %in = mul i64 %block, {recording.given}",
             f"  %on = mul i64 %block, {len(recording.outputs)}"]  # fmt: skip
    outputs: dict[int, list[int]] = {}
    for place, word in enumerate(recording.outputs):
        outputs.setdefault(word.index, []).append(place)
    own = set(piece)
    here: set[int] = set()
    for index in piece:
        kind, one, other = recording.tape.steps[index]
        for operand in (one,) if kind == "not" else (one, other):
            if operand not in here and operand not in own:
                here.add(operand)
                lines += _load(recording, operand, slots)
        second = "splat (i64 -1)" if kind == "not" else f"%v{other}"
        lines.append(f"  %v{index} = {'xor' if kind == 'not' else kind} {V} %v{one}, {second}")
        if index in slots:
            lines += [
                f"  %k{index} = getelementptr {V}, ptr %scratch, i64 {slots[index]}",
                f"  store {V} %v{index}, ptr %k{index}, align 8",
            ]
        for place in outputs.get(index, ()):
            lines += _store(place, f"%v{index}")
    for index, places in outputs.items() if last else ():
        kind, which, _ = recording.tape.steps[index]
        if kind == "constant":
            value = "splat (i64 -1)" if which else "zeroinitializer"
        elif kind == "input":
            if index not in here:
                lines += _load(recording, index, slots)
            value = f"%v{index}"
        else:
            continue
        for place in places:
            lines += _store(place, value)
    return "\n".join([*lines, "  ret void", "}"])


def _load(recording: Recording, index: int, slots: dict[int, int]) -> Iterator[str]:
    kind, number, _ = recording.tape.steps[index]
    inputs = sum(recording.widths)
    if kind == "input" and number >= inputs:
        yield f"  %g{index} = add i64 %in, {number - inputs}"
        yield f"  %p{index} = getelementptr {V}, ptr %given, i64 %g{index}"
    else:
        yield f"  %p{index} = getelementptr {V}, ptr %scratch, i64 {slots[-1 - number if kind == 'input' else index]}"
    yield f"  %v{index} = load {V}, ptr %p{index}, align 8"


def _store(place: int, value: str) -> list[str]:
    return [f"  %o{place} = add i64 %on, {place}", f"  %q{place} = getelementptr {V}, ptr %out, i64 %o{place}",
            f"  store {V} {value}, ptr %q{place}, align 8"]  # fmt: skip


def _run(pieces: int) -> str:
    """The function that is called: every block, piece by piece."""
    calls = [f"  call void @{name}({ARGUMENTS})" for name in ("planes", *(f"piece{n}" for n in range(pieces)))]
    return "\n".join(
        ["define void @run(ptr %columns, ptr %given, ptr %out, ptr %scratch, i64 %blocks) {",
         "  br label %test", "test:", "  %block = phi i64 [ 0, %0 ], [ %next, %work ]",
         "  %more = icmp slt i64 %block, %blocks", "  br i1 %more, label %work, label %done", "work:",
         *calls, "  %next = add i64 %block, 1", "  br label %test", "done:", "  ret void", "}"]
    )  # fmt: skip
