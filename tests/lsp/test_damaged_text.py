"""Whatever stands in a text, and wherever the cursor is, the language server has an answer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pygls.workspace import PositionCodec

from mayshare.bench.editor.actions import differences
from mayshare.bench.editor.checking import at_once, in_depth
from mayshare.bench.editor.complete import completions, resolved
from mayshare.bench.editor.hover import hover
from mayshare.bench.editor.outline import outline
from mayshare.bench.editor.positions import Lines
from mayshare.bench.editor.renaming import CannotRename, at_point, renamed
from mayshare.bench.editor.workspace import Workspace
from mayshare.rules.diagnostics import Refused
from mayshare.rules.source import Source, decode

from ..bounds import bounded
from ..conftest import ROOT
from ..editor import applied

DRAFTING = ROOT / "examples" / "drafting"
TEXTS = [
    path.read_text("utf-8")
    for path in (DRAFTING / "xa.yaml", DRAFTING / "scenarios" / "xa.yaml", ROOT / "examples" / "zurich-to-brasilia.yaml",
                 ROOT / "jurisdictions" / "registry" / "unions.yaml", ROOT / "jurisdictions" / "hk.yaml")
]  # fmt: skip
PIECES = [
    "", "{", "[", "]", "}", ": ", "- ", "\n", "\n  ", "'", '"', "#", "&a ", "*a", "|\n", "sender.", "is: ", "items:\n", "true",
    "😀", "id: 1", "null",
]  # fmt: skip
WORK = Workspace(roots=[DRAFTING])
NAME = str(DRAFTING / "typed.yaml")


@st.composite
def typed(draw: st.DrawFn) -> str:
    """One of our files with a stretch cut out and something put in its place."""
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.sampled_from([0, 1, 3, 20, 10_000])))
    return text[:start] + "".join(draw(st.lists(st.sampled_from(PIECES), max_size=4))) + text[end:]


@given(typed() | st.text("policy:sutcaeregx[]{}#-&*|>\n \"'?,01 ", max_size=120), st.data())
@settings(max_examples=bounded(80))
def test_every_question_has_an_answer(text: str, data: st.DataObject) -> None:
    try:
        source = decode(text.encode(), NAME)
    except Refused:
        return
    WORK.reads.forget(NAME)
    WORK.open[NAME] = source
    view = WORK.view(NAME)
    sheet, lines = view.sheet(source), Lines(source.text, PositionCodec())
    checked = list(in_depth(at_once(source, view), view))[-1]
    outline(sheet, lines)
    for _ in range(4):
        line = data.draw(st.integers(1, len(lines.lines)))
        column = data.draw(st.integers(1, len(lines.line(line)) + 1))
        for item in completions(sheet, view, lines, line, column)[:3]:
            resolved(item, view)
        hover(sheet, view, checked, lines, line, column)
        for mention in sheet.at(line, column):
            assert all(view.mentions(name) for name in view.meant(mention))
        with suppress(CannotRename):
            _, name = at_point(sheet, view, line, column)
            renamed(name, "another-name", view, lambda file: Path(file).is_absolute())


@given(st.lists(st.sampled_from(["a", "b", "😀", ""])), st.lists(st.sampled_from(["a", "b", "c", ""])), st.booleans())
def test_edits_turn_one_text_into_the_other(before: list[str], after: list[str], ends: bool) -> None:
    old, new = ("\n".join(lines) + "\n" * ends for lines in (before, after))
    assert applied(old, differences(old, new, Lines(old, PositionCodec()))) == new


@given(typed())
@settings(max_examples=bounded(40))
def test_what_was_known_stays_on_lines_that_stand(text: str) -> None:
    from mayshare.bench.editor.moved import shift

    for old in TEXTS[:2]:
        by = shift(old, text)
        before, after = old.split("\n"), text.split("\n")
        for number, line in enumerate(before, 1):
            now = by.line(number)
            assert now is None or after[now - 1] == line
        assert Source("", text).line(1) == after[0].rstrip("\r")
