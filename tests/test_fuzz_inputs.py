"""What the fuzzer found once stays mended; and a few inputs of it, every day."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayshare.bench.formatting import formatted
from mayshare.bench.lint.run import lint
from mayshare.bench.lint.subject import Surroundings
from mayshare.engine.library import Library
from mayshare.rules.diagnostics import Refused
from mayshare.rules.source import Source, read_documents

from .bounds import bounded
from .fuzz_inputs import Fuzz, run

AROUND = Surroundings(Library())


@cache
def fuzz() -> Fuzz:
    return Fuzz(seed=1)


@given(st.integers(0, 2**32))
@settings(max_examples=bounded(100), deadline=None)
def test_damaged_inputs_are_read_or_refused(number: int) -> None:
    raw = fuzz().input(number)
    assert fuzz().tried(raw)[0] in ("read", "refused"), raw


def test_an_input_is_the_same_whenever_it_is_made() -> None:
    assert [Fuzz(7).input(n) for n in (3, 1, 2)] == [Fuzz(7).input(n) for n in (3, 1, 2)]
    assert len({fuzz().input(n) for n in range(50)}) > 45


def test_a_fault_is_saved_and_made_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Fuzz(seed=1)
    reads = broken.readers.__call__

    def reader(raw: bytes) -> None:
        reads(raw)
        if b"title:" in raw:
            raise IndexError("a defect")

    broken.readers = reader  # type: ignore[assignment]
    ends = run(broken, range(60), tmp_path, 1000)
    assert ends["IndexError outside"] > 1
    assert (tmp_path / "IndexError-outside.yaml").read_bytes().strip() == b"title:"
    assert b"title:" in (tmp_path / "IndexError-outside.whole.yaml").read_bytes()
    assert "a defect" in (tmp_path / "IndexError-outside.txt").read_text("utf-8")


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_line_ends_that_only_yaml_sees_are_refused(end: str) -> None:
    source = Source("xa.yaml", f"policy: XA\nrules: # a{end}title: b\n")
    for reader in (read_documents, formatted):
        with pytest.raises(Refused) as refused:
            reader(source)
        (found,) = refused.value.diagnostics
        assert (found.code, found.place.line, found.place.column) == ("MS005", 2, 11)
        assert f"U+{ord(end):04X}" in found.message
        assert found.help
    assert read_documents(Source("xa.yaml", "a: 1\r\nb: 2\r\n"))[0].data == {"a": 1, "b": 2}


@pytest.mark.parametrize("name", ["x" * 5000, "../law/ch", "a\0b"])
def test_a_digest_may_have_any_name(name: str) -> None:
    assert AROUND.provisions(name) is None
    text = f"policy: XA\ntitle: A\nencoded: {{as_of: 2026-01-01}}\ndigest: {name!r}\n"
    assert not lint(Source("xa.yaml", text.replace("\\x00", "_")), AROUND).refused


def test_an_attribute_of_the_registry_may_have_any_name() -> None:
    entry = '{jurisdiction: K, value: true, from: null, source: "s", read: text}'
    text = f"registry: t\ntitle: T\nas_of: 2026-01-01\nattributes:\n  jurisdiction:\n    - {entry}\n"
    (found,) = lint(Source("registry/t.yaml", text), AROUND).findings
    assert (found.diagnostic.code, found.diagnostic.message) == ("MS106", "`K` is not a jurisdiction code")


def test_a_base_in_a_matrix_is_a_name() -> None:
    text = "suite: u\nas_of: 2026-01-01\nbases: {d: {}}\nscenarios: [{id: s, expect: {outcome: deny}, matrix: {base: [[d]]}}]\n"
    (found,) = lint(Source("scenarios/u.yaml", text), AROUND).findings
    assert (found.diagnostic.code, found.diagnostic.help) == ("MS503", "known here: `d`")
