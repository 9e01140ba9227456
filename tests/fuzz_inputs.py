"""Damaged inputs by the million: every reader, lint and fmt answer with diagnostics, never with a traceback.

    python tests/fuzz_inputs.py --count 1000000 --seed 1 --out FOLDER

Input number n of a seed is always the same, whatever went before: `--only n` tries one again. An input that ends in anything but
`Refused`, or takes longer than `--slow` seconds of the processor, is made smaller and saved.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import FrameType

from mayshare.bench.formatting import formatted
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings, kind_of
from mayshare.engine.library import Library, builtin_sources
from mayshare.engine.reading import read_cases
from mayshare.rules.case import read_case
from mayshare.rules.diagnostics import Findings, Refused
from mayshare.rules.digest import read_digest
from mayshare.rules.registry import load_registry
from mayshare.rules.scenario import read_suite
from mayshare.rules.source import Source, decode, read_as_far, read_documents
from mayshare.rules.vocabulary.load import load_vocabulary, vocabulary_files

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("", "layers", "scenarios", "scenarios/layers", "registry", "law")

PIECES = (
    *(b"\n", b" ", b"\t", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\r"),
    *(b"&a ", b"*a", b"*b ", b"!!int ", b"!!binary |\n", b"!x ", b"<<: *a\n", b"<<: ", b"- ", b": ", b"? "),
    *(b"{", b"}", b"[", b"]", b"#", b"|\n", b">-\n", b"|+9\n"),
    *(b"'", b'"', b"---\n", b"...\n", b"%YAML 1.2\n", b"%TAG ! x\n", b",", b"@", b"`", b"~"),
    *(b"any:", b"all:", b"not:", b"is: x", b"none_of:", b"at_least: 3", b"when: {}", b"covers: {}", b"source: []", b"rules:"),
    *(b"expect: {}", b"matrix: {}", b"items: [{}]", b"base: x", b"cases: {}", b"overrides: [x]", b"layers: [uncac]"),
    *(b"facts: {}", b"# mayshare: ignore MS641 x", b"in_force: {from: 2020-01-01}", b"readings: {fr: {title: x}}"),
    b"derived: {}",
)  # fmt: skip
SCALARS = (
    *("", "~", "null", "true", "no", "[]", "{}", "[[]]", "[~]", "{a: {b: c}}", "*a", "&a x", "!!set {a, b}", "! x", "<<", "="),
    *("0", "-0", "-1", "007", "0x1F", "1e9", "1e999", ".inf", ".nan", "1_000", "99999999999999999", "9" * 400, "1.5", "-0.0"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "0000-00-00", "2026-02-28T00:00:00Z", "2026-1-1", "12:30:45"),
    *('"\\0"', '"\\ud800"', '"\\udfff"', '"\\U0010FFFF"', '"\\x85"', '"\\e[31m"', '"\u202e"', '"a\\nb"', "' '", '""', '"\\t"'),
    *("XX", "CH", "xx", "uncac", "uncac/x", "/", "a/b/c", ".", "..", "a.", ".a", "a..b", "item.", "__class__", "%s", "{0}"),
    *("é" * 40, "unknown", "outgoing", "permit", "forbid", "require", "oblige", "is", "any", "not", "as_of", "sender"),
    *("sender.jurisdiction", "|\n  text\n", ">\n  folded\n\n  text", "@x"),
    *("`x`", "x: y: z", "- x", "? x", "#", "x #y", "'", '"', "x" * 5000),
)  # fmt: skip


class TooSlow(Exception):
    pass


def texts() -> list[bytes]:
    """Every shipped file that something reads, and the examples."""
    shipped = [source for folder in FOLDERS for source in builtin_sources(folder)]
    examples = [path.read_bytes() for path in sorted((ROOT / "examples").rglob("*.yaml"))]
    conformance = [path.read_bytes() for path in sorted((ROOT / "tests" / "conformance").rglob("*.yaml"))]
    return [s.text.encode() for s in (*shipped, *vocabulary_files())] + examples + conformance


def indent_of(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" "))


def subtree(lines: list[bytes], start: int) -> int:
    """Where what hangs under a line ends."""
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or indent_of(lines[end]) > indent_of(lines[start])):
        end += 1
    return end


def thinned(lines: list[bytes], draw: random.Random, most: int, depth: int = 0) -> list[bytes]:
    """Lines with only some of what the long blocks among them hold."""
    blocks, at = [], 0
    while at < len(lines):
        end = subtree(lines, at)
        blocks.append(lines[at:end])
        at = end
    if depth and len(blocks) > most:
        blocks = [blocks[i] for i in sorted(draw.sample(range(len(blocks)), most))]
    kept = []
    for first, *below in blocks:
        kept += [first, *(thinned(below, draw, most + depth, depth + 1) if len(below) > 8 else below)]
    return kept


@dataclass(frozen=True)
class Damage:
    """What can be done to a text; each takes it and gives it back spoilt."""

    draw: random.Random
    others: list[bytes]

    def __call__(self, raw: bytes) -> bytes:
        ways: list[Callable[[bytes], bytes]] = [
            self.flip, self.cut, self.end_early, self.insert, self.insert, self.lines, self.lines, self.reindent, self.graft,
            self.graft, self.scalar, self.scalar, self.scalar, self.key, self.twice, self.alias,
        ]  # fmt: skip
        for _ in range(self.draw.choice((1, 1, 1, 2, 2, 3, 5))):
            raw = self.draw.choice(ways)(raw)
        return self.rare(raw) if self.draw.random() < 0.01 else raw

    def position(self, raw: bytes) -> int:
        return self.draw.randrange(len(raw) + 1)

    def flip(self, raw: bytes) -> bytes:
        whole = bytearray(raw)
        for _ in range(self.draw.randint(1, 4)):
            if whole:
                whole[self.draw.randrange(len(whole))] ^= 1 << self.draw.randrange(8)
        return bytes(whole)

    def cut(self, raw: bytes) -> bytes:
        at = self.position(raw)
        return raw[:at] + raw[at + self.draw.randint(1, 80) :]

    def end_early(self, raw: bytes) -> bytes:
        return raw[: self.position(raw)]

    def insert(self, raw: bytes) -> bytes:
        at = self.position(raw)
        return raw[:at] + (self.draw.choice(PIECES) if self.draw.random() < 0.9 else self.draw.randbytes(3)) + raw[at:]

    def lines(self, raw: bytes) -> bytes:
        """Lines dropped, doubled, swapped or taken from another file."""
        lines = raw.split(b"\n")
        at, other = self.draw.randrange(len(lines)), self.draw.randrange(len(lines))
        match self.draw.randrange(4):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                lines.insert(at, self.draw.choice(self.draw.choice(self.others).split(b"\n")))
        return b"\n".join(lines)

    def reindent(self, raw: bytes) -> bytes:
        lines = raw.split(b"\n")
        at = self.draw.randrange(len(lines))
        end = subtree(lines, at) if self.draw.random() < 0.5 else at + 1
        by = self.draw.choice((-4, -2, -1, 1, 2, 4))
        for i in range(at, end):
            lines[i] = b" " * max(0, indent_of(lines[i]) + by) + lines[i].lstrip(b" ")
        return b"\n".join(lines)

    def graft(self, raw: bytes) -> bytes:
        """A subtree put in place of another, or beside it, at its depth."""
        lines, donor = raw.split(b"\n"), self.draw.choice((raw, self.draw.choice(self.others))).split(b"\n")
        at, taken = self.draw.randrange(len(lines)), self.draw.randrange(len(donor))
        piece = donor[taken : min(subtree(donor, taken), taken + 30)]
        shift = indent_of(lines[at]) - indent_of(piece[0])
        moved = [b" " * max(0, indent_of(x) + shift) + x.lstrip(b" ") for x in piece]
        end = subtree(lines, at) if self.draw.random() < 0.6 else at
        return b"\n".join([*lines[:at], *moved, *lines[end:]])

    def scalar(self, raw: bytes) -> bytes:
        """The value of a key, or an entry of a list, replaced by an odd one."""
        lines = raw.split(b"\n")
        at = self.draw.randrange(len(lines))
        value = self.draw.choice(SCALARS).encode()
        head, colon, rest = lines[at].partition(b": ")
        if colon:
            inner = rest.partition(b": ")
            whole = not inner[1] or self.draw.random() < 0.5
            lines[at] = head + colon + (value if whole else inner[0] + colon + value + rest[-1:])
        elif lines[at].lstrip().startswith(b"- "):
            lines[at] = b" " * indent_of(lines[at]) + b"- " + value
        else:
            lines[at] += b" " + value
        return b"\n".join(lines)

    def key(self, raw: bytes) -> bytes:
        """A key renamed: to another of the text, or to something odd."""
        lines = raw.split(b"\n")
        keyed = [i for i, line in enumerate(lines) if b":" in line]
        if not keyed:
            return raw
        at, other = self.draw.choice(keyed), self.draw.choice(keyed)
        name = (
            lines[other].partition(b":")[0].strip(b" -{")
            if self.draw.random() < 0.6
            else self.draw.choice(SCALARS).encode()
        )
        front = lines[at][: len(lines[at]) - len(lines[at].lstrip(b" -"))]
        lines[at] = front + name + b":" + lines[at].partition(b":")[2]
        return b"\n".join(lines)

    def twice(self, raw: bytes) -> bytes:
        """A subtree twice: duplicate keys, duplicate ids."""
        lines = raw.split(b"\n")
        at = self.draw.randrange(len(lines))
        end = min(subtree(lines, at), at + 40)
        return b"\n".join([*lines[:end], *lines[at:end], *lines[end:]])

    def alias(self, raw: bytes) -> bytes:
        """An anchor at one value and its alias at another, which may lie inside it."""
        lines = raw.split(b"\n")
        keyed = [i for i, line in enumerate(lines) if b":" in line]
        if len(keyed) < 2:
            return raw
        first, second = sorted(self.draw.sample(keyed, 2))
        head, _, rest = lines[first].partition(b":")
        lines[first] = head + b": &a" + rest
        lines[second] = lines[second].partition(b":")[0] + b": *a"
        return b"\n".join(lines[: second + 1] + lines[subtree(lines, second) :])

    def rare(self, raw: bytes) -> bytes:
        """Deep, huge, or in another encoding."""
        many = self.draw.choice((30, 63, 64, 65, 200, 1000, 20_000))
        at = raw.find(b": ", self.position(raw)) + 2
        deep = (
            b"[" * many,
            b"{a: " * many,
            b"{not: " * many + b"{}" + b"}" * many,
            b"{any: [" * many,
            b"[" * many + b"]" * many,
        )
        laughs = b"&l0 [x, x]" + b"".join(
            b"\nl%d: &l%d [*l%d, *l%d]" % (i, i, i - 1, i - 1) for i in range(1, min(many, 40))
        )
        match self.draw.randrange(7):
            case 0:
                return raw[:at] + self.draw.choice(deep) + raw[at:]
            case 1:
                return raw[:at] + b"[" + b"x, " * many + b"]" + raw[at:]
            case 2:
                return raw[:at] + laughs + raw[at:]
            case 3:
                return raw[:at] + b"\n".join(b"%*sk:" % (i, b"") for i in range(min(many, 1000))) + raw[at:]
            case 4:
                return raw.decode("utf-8", "replace").encode(
                    self.draw.choice(("utf-16", "utf-32", "latin-1", "cp1252")), "replace"
                )
            case 5:
                return raw.replace(b"\n", self.draw.choice((b"\r\n", b"\r", b"\xe2\x80\xa8", b"\n\n\t")))
            case _:
                return raw + b"\n---\n" + self.draw.choice(self.others)


@dataclass
class Readers:
    """All that reads a text, with the shipped policies around it."""

    library: Library = field(default_factory=Library)

    @cached_property
    def around(self) -> Surroundings:
        return Surroundings(self.library)

    def __call__(self, raw: bytes) -> None:
        """Read a text in every way that its kind allows.

        Raises:
            Refused: it cannot even be read as YAML; anything else raised is a defect.
        """
        source = decode(raw, "xa.yaml")
        read_as_far(source)
        read_documents(source)
        lint(source, self.around)
        for reader in self.own(source):
            with suppress(Refused):
                reader()

    def own(self, source: Source) -> Iterator[Callable[[], object]]:
        yield lambda: formatted(source)
        kind = kind_of(source)
        if kind == "suite":
            yield lambda: self.scenarios(source)
        elif kind == "case":
            yield lambda: read_cases(source, self.library)
        elif kind == "registry":
            yield lambda: load_registry([source], self.around.vocabulary)
        elif kind == "vocabulary":
            yield lambda: load_vocabulary([source])
        elif kind == "digest":
            yield lambda: read_digest(source)

    def scenarios(self, source: Source) -> None:
        for scenario in read_suite(source).scenarios[:2]:
            read_case(scenario.document, self.around.vocabulary, Findings())


@dataclass
class Fuzz:
    """Damaged inputs by number."""

    seed: int
    slow: float = 20
    whole: float = 0.001
    """How often a shipped file is taken whole instead of thinned."""

    def __post_init__(self) -> None:
        self.texts = texts()
        self.readers = Readers()

    def input(self, number: int) -> bytes:
        draw = random.Random(f"{self.seed} {number}")
        raw = draw.choice(self.texts)
        if draw.random() >= self.whole:
            raw = b"\n".join(thinned(raw.split(b"\n"), draw, draw.choice((1, 1, 1, 2))))
        return Damage(draw, self.texts)(raw)

    def tried(self, raw: bytes) -> tuple[str, BaseException | None]:
        """How an input ended: `read`, `refused`, or the fault, by its kind and the last of our lines that it passed."""
        signal.signal(signal.SIGPROF, _too_slow)
        signal.setitimer(signal.ITIMER_PROF, self.slow)
        try:
            self.readers(raw)
        except Refused:
            return "refused", None
        except (Exception, RecursionError) as error:
            ours = [
                f
                for f in traceback.extract_tb(error.__traceback__)
                if "fuzz_inputs" not in f.filename and "mayshare" in f.filename
            ]
            where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "outside"
            return f"{type(error).__name__} {'' if isinstance(error, TooSlow) else where}".strip(), error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return "read", None

    def smaller(self, raw: bytes, fault: str, seconds: float = 60) -> bytes:
        """Fewer lines, then fewer bytes, with the same fault."""
        stop = time.monotonic() + seconds
        for joint in (b"\n", b""):
            parts = raw.split(joint) if joint else [raw[i : i + 1] for i in range(len(raw))]
            size = max(1, len(parts) // 2)
            while size and time.monotonic() < stop:
                at = 0
                while at < len(parts) and time.monotonic() < stop:
                    less = parts[:at] + parts[at + size :]
                    if self.tried(joint.join(less))[0] == fault:
                        parts = less
                    else:
                        at += size
                size //= 2
            raw = joint.join(parts)
        return raw


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def run(fuzz: Fuzz, numbers: range, out: Path, every: int) -> Counter[str]:
    """Try inputs; save the first of each fault, made smaller."""
    ends: Counter[str] = Counter()
    start = time.monotonic()
    for done, number in enumerate(numbers, 1):
        raw = fuzz.input(number)
        end, error = fuzz.tried(raw)
        ends[end] += 1
        if error is not None and ends[end] == 1:
            save(fuzz, number, raw, end, error, out)
        if done % every == 0:
            seconds = time.monotonic() - start
            print(f"{done:,} of {len(numbers):,} in {seconds:,.0f} s: {dict(ends)}", flush=True)
    return ends


def save(fuzz: Fuzz, number: int, raw: bytes, end: str, error: BaseException, out: Path) -> None:
    print(f"seed {fuzz.seed} input {number}: {end}: {error}"[:300], flush=True)
    out.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", end)
    (out / f"{name}.whole.yaml").write_bytes(raw)
    (out / f"{name}.txt").write_text("".join(traceback.format_exception(error)), "utf-8")
    (out / f"{name}.yaml").write_bytes(raw if isinstance(error, TooSlow) else fuzz.smaller(raw, end))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="by default another each time")
    parser.add_argument("--start", type=int, default=0, help="the first input's number")
    parser.add_argument("--only", type=int, help="try one input, and show it")
    parser.add_argument("--slow", type=float, default=20, help="seconds of the processor that an input may take")
    parser.add_argument("--out", type=Path, default=Path(".fuzz"), help="where faulty inputs are saved")
    chosen = parser.parse_args()
    fuzz = Fuzz(chosen.seed, chosen.slow)
    if chosen.only is not None:
        raw = fuzz.input(chosen.only)
        sys.stdout.buffer.write(raw + b"\n")
        end, error = fuzz.tried(raw)
        print(end, *(traceback.format_exception(error) if error else ()), file=sys.stderr)
        return int(error is not None)
    print(f"seed {chosen.seed}", flush=True)
    ends = run(fuzz, range(chosen.start, chosen.start + chosen.count), chosen.out, max(1, chosen.count // 100))
    print(dict(ends))
    return int(bool(set(ends) - {"read", "refused"}))


if __name__ == "__main__":
    raise SystemExit(main())
