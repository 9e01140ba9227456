"""Recordings to machine code, by LLVM (the extra `mayshare[native]`): a function that takes cases in blocks of 256.

For each block the codes of a column are tested bit by bit, 64 cases an instruction, which gives the planes that a recording
starts from; its steps follow as operations on four words at once, and the last ones are stored. A long recording is cut into
several functions, since the time to compile one grows faster than its length; what one leaves to the next lies in `scratch`.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from .recording import Recording

WORDS = 4
"""Words worked on at once: 256 bits, which compile fast on processors with registers of half and of twice that width, too."""

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
    addresses, those of the planes given and of the `outputs`, block by block, and of scratch: `slots` times `WORDS` words.
    """

    call: Any
    outputs: int
    slots: int
    kept: Any


def compiled(recording: Recording) -> Code:
    """The machine code of a recording.

    Raises:
        ImportError: llvmlite is not installed.
    """
    text, slots = as_text(recording)
    call, kept = link(text, "run", [ctypes.c_void_p] * 4 + [ctypes.c_int64])
    return Code(call, len(recording.outputs), slots, kept)


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
    cut = [steps[i : i + PIECE] for i in range(0, len(steps), PIECE)] or [[]]
    slots = _slots(recording, cut)
    pieces = [_Piece(recording, slots, part) for part in cut]
    for place, word in enumerate(recording.outputs):
        if recording.tape.steps[word.index][0] in ("constant", "input"):
            pieces[-1].output(place, word.index)
    functions = [piece.text(f"piece{number}") for number, piece in enumerate(pieces)]
    return "\n".join([_planes(recording.widths), *functions, _run(len(pieces))]), len(slots)


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


class _Piece:
    """The function for some of the steps, in the making."""

    def __init__(self, recording: Recording, slots: dict[int, int], steps: list[int]) -> None:
        self.recording = recording
        self.slots = slots
        self.at_hand: set[int] = set()
        self.lines: list[str] = []
        places: dict[int, list[int]] = {}
        for place, word in enumerate(recording.outputs):
            places.setdefault(word.index, []).append(place)
        for index in steps:
            self._step(index)
            for place in places.get(index, ()):
                self.output(place, index)

    def text(self, name: str) -> str:
        """The function under a name."""
        head = [f"define internal void @{name}({ARGUMENTS}) {{", f"  %in = mul i64 %block, {self.recording.given}",
                f"  %on = mul i64 %block, {len(self.recording.outputs)}"]  # fmt: skip
        return "\n".join([*head, *self.lines, "  ret void", "}"])

    def output(self, place: int, index: int) -> None:
        """Stores a word among the outputs."""
        self.lines += [f"  %o{place} = add i64 %on, {place}", f"  %q{place} = getelementptr {V}, ptr %out, i64 %o{place}",
                       f"  store {V} {self._value(index)}, ptr %q{place}, align 8"]  # fmt: skip

    def _step(self, index: int) -> None:
        kind, one, other = self.recording.tape.steps[index]
        first, second = self._value(one), "splat (i64 -1)" if kind == "not" else self._value(other)
        self.lines.append(f"  %v{index} = {'xor' if kind == 'not' else kind} {V} {first}, {second}")
        self.at_hand.add(index)
        if index in self.slots:
            self.lines += [f"  %k{index} = getelementptr {V}, ptr %scratch, i64 {self.slots[index]}",
                           f"  store {V} %v{index}, ptr %k{index}, align 8"]  # fmt: skip

    def _value(self, index: int) -> str:
        """A word as an operand; what another piece has made, or is handed in, is loaded when it is first needed."""
        kind, number, _ = self.recording.tape.steps[index]
        if kind == "constant":
            return "splat (i64 -1)" if number else "zeroinitializer"
        if index not in self.at_hand:
            self.at_hand.add(index)
            given = number - sum(self.recording.widths)
            if kind == "input" and given >= 0:
                where, slot = "%given", f"%g{index}"
                self.lines.append(f"  {slot} = add i64 %in, {given}")
            else:
                where, slot = "%scratch", str(self.slots[-1 - number if kind == "input" else index])
            self.lines += [f"  %p{index} = getelementptr {V}, ptr {where}, i64 {slot}",
                           f"  %v{index} = load {V}, ptr %p{index}, align 8"]  # fmt: skip
        return f"%v{index}"


def _run(pieces: int) -> str:
    """The function that is called: every block, piece by piece."""
    calls = [f"  call void @{name}({ARGUMENTS})" for name in ("planes", *(f"piece{n}" for n in range(pieces)))]
    return "\n".join(
        ["define void @run(ptr %columns, ptr %given, ptr %out, ptr %scratch, i64 %blocks) {",
         "  br label %test", "test:", "  %block = phi i64 [ 0, %0 ], [ %next, %work ]",
         "  %more = icmp slt i64 %block, %blocks", "  br i1 %more, label %work, label %done", "work:",
         *calls, "  %next = add i64 %block, 1", "  br label %test", "done:", "  ret void", "}"]
    )  # fmt: skip
