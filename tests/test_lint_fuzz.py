"""Damaged files: loader, lint and fmt answer with diagnostics or results, never with an exception of another kind."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bench.formatting import formatted
from mayshare.bench.lint.repair import repair
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.engine.library import Library
from mayshare.rules.diagnostics import Refused
from mayshare.rules.source import decode, read_documents

from .bounds import bounded
from .lint.samples import samples

AROUND = Surroundings(Library())
SEEDS = [
    samples(code)[n].text.encode()
    for code in ("MS641", "MS627", "MS668", "MS703", "MS723", "MS691", "MS645")
    for n in (0, 1)
]
PIECES = [
    *(
        b"\n",
        b" ",
        b"\t",
        b"\x00",
        b"\xff",
        b"&a ",
        b"*a",
        b"!!int ",
        b"- ",
        b": ",
        b"? ",
        b"{",
        b"}",
        b"[",
        b"]",
        b"#",
    ),
    *(
        b"|\n",
        b">-\n",
        b"'",
        b'"',
        b"---\n",
        b"%YAML 1.2\n",
        b"null",
        b"2026-02-30",
        b"true",
        b"1e9",
        b"\xc2\x85",
        b"\r",
    ),
    *(b"any:", b"not:", b"is: x", b"# mayshare: ignore MS641 x", b"source: []", b"when: {}", b"covers: {}"),
    *(b"readings: {fr: {title: x}}", b"in_force: {from: 2020-01-01}"),
]


def damaged(seed: int) -> bytes:
    """A file with a few bytes cut out, doubled, swapped or put in."""
    draw = random.Random(seed)
    raw = draw.choice(SEEDS)
    for _ in range(draw.randint(1, 4)):
        at, length = draw.randrange(len(raw) + 1), draw.randint(0, 12)
        other = draw.randrange(len(raw) + 1)
        piece = draw.choice([draw.choice(PIECES), raw[other : other + length], b"", draw.randbytes(2)])
        raw = raw[:at] + piece + raw[at + draw.choice([0, 0, length]) :]
    return raw


@given(st.integers(0, 2**32))
@settings(max_examples=bounded(150), deadline=None)
def test_damaged_files_are_answered(seed: int) -> None:
    try:
        source = decode(damaged(seed), "xa.yaml")
        read_documents(source)
    except Refused:
        return
    found = lint(source, AROUND)
    if not found.refused:
        after, _ = repair(found, AROUND)
        assert not after.refused, "a repair never breaks a file"
    try:
        once = formatted(source)
    except Refused:
        return
    assert formatted(once) == once
    assert {f.diagnostic.code for f in lint(once, AROUND).findings} == {f.diagnostic.code for f in found.findings}
