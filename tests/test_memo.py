"""`check --memo`: a memorandum that a lawyer would sign, in three formats out of one set of blocks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest

from mayshare.desk.memo.naming import within
from mayshare.desk.memo.paper import memo
from mayshare.desk.whatif import Subject
from mayshare.engine.deciding import Decider
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.rendering.papers import SUFFIXES, written
from mayshare.rendering.report import Entry, Heading, Paper, Paragraph, Points, Quote, Table
from mayshare.rules.source import Source

from .conftest import ROOT, Run
from .desk_law import CASE, write_law

ZURICH = "examples/zurich-to-brasilia.yaml"
SECTIONS = [
    "Question", "Short answer", "Facts", "Analysis", "What would change the answer", "Conditions", "The receiving side",
    "Draft letters and marks", "What was not considered", "Follow-up", "Signature", "Receipt",
]  # fmt: skip


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return write_law(tmp_path / "law")


def paper_of(text: str, law: Path | None = None, receipt: str | None = None) -> Paper:
    library = Library(folders=(str(law),), builtin=False) if law else Library()
    subject = Subject.of(Decider(library), read_cases(Source("case.yaml", text), library)[0])
    return memo(subject, subject.decide(), receipt)


def example(name: str) -> str:
    return (ROOT / "examples" / f"{name}.yaml").read_text()


def markdown_of(text: str, law: Path | None = None) -> str:
    return written(paper_of(text, law), ".md").decode()


def section(text: str, title: str) -> str:
    """A section of a memo in Markdown."""
    found = re.search(rf"^## \d+\. {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


UNDECIDED = "\n".join(line for line in CASE.splitlines() if "id: papers" not in line).replace(
    ", considers_useful: {value: true, judged_by: A}", ""
)


# -- what it says ---------------------------------------------------------------------------------------------


def test_memos_read_and_approved(law: Path) -> None:
    """Each was read by a person; digests are left out, since they change with every new word of the vocabulary."""
    memos = {
        "zurich": markdown_of(example("zurich-to-brasilia")),
        "use": markdown_of(example("exculpatory")),
        "undetermined": markdown_of(UNDECIDED, law),
    }
    for name, text in memos.items():
        path = ROOT / "tests" / "golden" / f"memo-{name}.md"
        shown = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text).replace(str(law), "law")
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(shown)
        assert shown == path.read_text(), name


def test_the_sections_come_in_order_and_are_numbered() -> None:
    text = markdown_of(example("zurich-to-brasilia"))
    assert re.findall(r"^## (\d+)\. (.*)$", text, re.MULTILINE) == [(str(n), t) for n, t in enumerate(SECTIONS, 1)]


def test_facts_say_where_they_stand_and_who_judged_on_what() -> None:
    facts = section(markdown_of(example("zurich-to-brasilia")), "Facts")
    lines = example("zurich-to-brasilia").splitlines()
    for label, word in (("Mode", "mode: spontaneous"), ("Offence type", "offence:"), ("Avenue", "avenue:")):
        found = re.search(rf"^\| {label} \|.*\| line (\d+) \|$", facts, re.MULTILINE)
        assert found, label
        assert lines[int(found[1]) - 1].startswith(word)
    assert "| yes | public prosecutor, Zurich | 27 February 2026; file note on the account" in facts
    assert "| Receiver uncac party | yes: BR is in `uncac`" in facts
    assert "Sender considers useful" not in facts.split("### Judged")[0], "what is judged is not stated as a fact"


def test_the_analysis_goes_by_provision_and_says_proven_failed_and_not_known() -> None:
    analysis = section(markdown_of(example("zurich-to-brasilia")), "Analysis")
    summary, statements = re.split(r"^### ", analysis, flags=re.MULTILINE)[1:]
    assert re.findall(r"^#### (IMAC|UNCAC) art\. (\S+)", summary, re.MULTILINE) == [
        ("IMAC", "67a(5)"), ("IMAC", "67a(6)"), ("UNCAC", "46(5,"),
    ]  # fmt: skip
    assert "item form is information, not evidence (line 32)" in summary
    assert "“Unasked sending does not reach evidence that touches the secret sphere” (`imac-67a-4`)" in statements
    assert "Failed: item form is information, not evidence (it is: evidence; line 38)" in statements
    assert "Not known: offence extraditable (not stated)" in statements


def test_the_letter_is_made_of_what_binds_the_receiver_and_nothing_else() -> None:
    letters = section(markdown_of(example("fiu-guarantees-missing")), "Draft letters and marks")
    first, clause = letters.split("### Caveat clause for the cover letter")
    assert "you guarantee that a like Swiss request will be answered (AMLA art. 30(1))" in first
    assert "official or professional secrecy" not in first, "it is given already"
    heads = re.findall(r"^> \d+\. (\w+)", clause, re.MULTILINE)
    assert heads == ["Use", "Onward", "Feedback", "Undertakings", "Should"]
    assert "you have guaranteed official or professional secrecy (AMLA art. 30(1))" in clause
    assert "like Swiss request will be answered (AMLA art. 30(1)) [to be given first]" in clause.replace("\\", "")
    assert "anonymous" not in clause, "that binds the sender"


def test_no_condition_no_caveat(law: Path) -> None:
    text = CASE.replace("mode: spontaneous", "mode: on_request")
    assert "the letter needs no caveat" in section(markdown_of(text, law), "Draft letters and marks")


def test_whoever_uses_or_passes_on_writes_to_the_originator() -> None:
    use = section(markdown_of(example("exculpatory")), "Draft letters and marks")
    assert "To the prosecutor (Brazil):" in use
    assert "We give you notice of this beforehand (UNCAC art. 46(5, fourth sentence))." in use
    assert "Caveat" not in use
    onward = section(markdown_of(example("onward-schengen-data")), "Draft letters and marks")
    assert "We ask for your consent, in writing (SCC art. 349d(1-3))" in onward
    assert "the letter needs no caveat" in onward
    limited = example("onward-schengen-data").replace("received:\n", "received:\n  use_restricted: true\n")
    assert "The information comes from Germany, which limited its use; please keep to that" in markdown_of(limited)


def test_conditions_are_boxes_with_who_is_bound_and_by_when(law: Path) -> None:
    (law / "ch.yaml").write_text(
        (law / "ch.yaml").read_text().replace("id: no-onward, stage: after,", "id: no-onward, stage: after, due: P2M,")
    )
    found = section(markdown_of(CASE.replace("2026-03-02", "2025-12-31"), law), "Conditions")
    assert "- [ ] Get leave — *Act art. 5*\n  - Bound: the prosecutor (Switzerland); for `note`." in found
    assert "within 2 months, that is by 28 February 2026 if it goes on 31 December 2025" in found
    met = CASE.replace("mode: spontaneous", "mode: spontaneous\nauthorisation.central_authority: true")
    assert "- [x] Get leave" in section(markdown_of(met, law), "Conditions")


def test_a_duty_to_send_has_its_day(law: Path) -> None:
    found = section(markdown_of(CASE.replace("mode: spontaneous", "mode: on_request"), law), "Conditions")
    assert "`note` must be sent, within 30 days, that is by 1 April 2026 if it goes on 2 March 2026" in found


def test_what_is_not_considered_names_gaps_assumptions_and_secondary_sources() -> None:
    found = section(markdown_of(example("zurich-to-brasilia")), "What was not considered")
    library = Library()
    for head in library.bundle("CH").heads:
        for gap in head.encoded.gaps:
            assert gap[:40].replace("[", "\\[") in found
    assert "The case does not say in which direction it runs" in found
    assert "### Known from secondary sources only" in found
    assert "BR is in `uncac`" in found.split("Known from secondary sources only")[1]


def test_a_case_that_is_not_covered_says_that_silence_proves_nothing(law: Path) -> None:
    text = "case: got\nas_of: 2026-03-02\ndirection: use\nsender: {jurisdiction: CH, authority: prosecutor}\n"
    found = markdown_of(text, law)
    assert "its silence proves nothing here" in section(found, "Analysis")
    assert "outside what the encoding covers" in section(found, "What was not considered")


def test_the_receipt_holds_the_digests_and_how_to_compute_again() -> None:
    library = Library()
    subject = Subject.of(Decider(library), read_cases(Source("a case.yaml", example("exculpatory")), library)[0])
    decision = subject.decide()
    plain = section(written(memo(subject, decision), ".md").decode(), "Receipt")
    kept = decision.receipt
    for digest in (kept.case, kept.program, kept.vocabulary, kept.registry, *(p.sha256 for p in decision.policies)):
        assert digest in plain
    assert "`mayshare check 'a case.yaml' --as-of 2026-03-02`" in plain
    again = section(written(memo(subject, decision, "answer.json"), ".md").decode(), "Receipt")
    assert "`mayshare replay answer.json`" in again


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("P1M", "within 1 month, that is by 28 February 2026 if it goes on 31 January 2026"),
        ("P1Y2W", "within 1 year and 2 weeks, that is by 14 February 2027 if it goes on 31 January 2026"),
        ("PT8H", "within 8 hours"),
    ],
)
def test_time_limits_in_words(duration: str, words: str) -> None:
    assert within(duration, date(2026, 1, 31)) == words


# -- the formats ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zurich() -> Paper:
    return paper_of(example("zurich-to-brasilia"))


def texts(paper: Paper) -> list[str]:
    """Every text of a paper, without backticks."""
    found: list[str] = []
    for block in paper.blocks:
        if isinstance(block, Heading | Paragraph):
            found.append(block.text)
        elif isinstance(block, Points):
            found += [t for e in block.entries for t in (e.text, e.source, *e.remarks)]
        elif isinstance(block, Table):
            found += [c for row in (block.columns, *block.rows) for c in row]
        elif isinstance(block, Quote):
            found += block.paragraphs
    return [line for t in found for line in t.replace("`", "").split("\n") if line]


def test_word_has_every_text_real_headings_and_tables_with_repeated_heads(zurich: Paper) -> None:
    document = docx.Document(BytesIO(written(zurich, ".docx")))
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style and p.style.name in HEADINGS]
    expected = [(HEADINGS[b.level - 1], b.text.replace("`", "")) for b in zurich.blocks if isinstance(b, Heading)]
    assert headings == expected
    tables = [b for b in zurich.blocks if isinstance(b, Table)]
    assert len(document.tables) == len(tables)
    for table, block in zip(document.tables, tables, strict=True):
        shown = [[c.text for c in row.cells] for row in table.rows]
        rows = [*([block.columns] if block.columns else []), *block.rows]
        assert shown == [[c.replace("`", "") for c in row] for row in rows]
        repeated = [row._tr.find(f"{W}trPr/{W}tblHeader") is not None for row in table.rows]
        assert repeated == [bool(block.columns), *[False] * (len(rows) - 1)]
    whole = "\n".join([*(p.text for p in document.paragraphs), *(c.text for t in document.tables for c in t._cells)])
    assert [t for t in texts(zurich) if t not in whole] == []


HEADINGS = ("Title", "Heading 1", "Heading 2", "Heading 3")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def test_word_is_a4_in_its_language_with_page_numbers(zurich: Paper) -> None:
    document = docx.Document(BytesIO(written(zurich, ".docx")))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)  # type: ignore[union-attr]
    fields = [e.text for e in section.footer._element.iter(f"{W}instrText")]
    assert fields == ["PAGE", "NUMPAGES"]
    assert {e.get(f"{W}val") for e in document.styles.element.iter(f"{W}lang")} == {"en-GB"}
    properties = document.core_properties
    assert (properties.title, properties.language) == (zurich.title, "en-GB")
    assert properties.created == properties.modified
    assert properties.created.replace(tzinfo=None) == datetime(2026, 3, 2)
    breaks = [e for e in document.element.iter(f"{W}br") if e.get(f"{W}type") == "page"]
    assert breaks == [], "no page is begun that could stay empty"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_case_gives_the_same_bytes(zurich: Paper, suffix: str) -> None:
    assert written(zurich, suffix) == written(paper_of(example("zurich-to-brasilia")), suffix)
    if suffix == ".docx":
        with ZipFile(BytesIO(written(zurich, suffix))) as parts:
            assert {i.date_time for i in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert all("thumbnail" not in n for n in parts.namelist())


class Page(HTMLParser):
    """What a page holds: its text, its tags, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.fetched += [given[n] for n in ("src", "href") if n in given]
        self.language = given.get("lang", self.language)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_html_has_every_text_and_needs_nothing_else(zurich: Paper) -> None:
    page = Page(written(zurich, ".html").decode())
    whole = re.sub(r"\s+", " ", "".join(page.words))
    assert [t for t in texts(zurich) if re.sub(r"\s+", " ", t) not in whole] == []
    assert page.fetched == []
    assert "script" not in page.tags
    assert page.language == "en-GB"
    assert page.tags.count("table") == sum(isinstance(b, Table) for b in zurich.blocks)


def test_what_a_case_says_is_text_and_never_markup(law: Path) -> None:
    text = CASE.replace("case: two-items", 'case: x\ntitle: "<script>alert(1)</script> | **a** & b"')
    paper = paper_of(text, law)
    page = Page(written(paper, ".html").decode())
    assert "script" not in page.tags
    assert "<script>alert(1)</script> | **a** & b" in "".join(page.words)
    assert "\\<script\\>alert(1)\\</script\\> \\| \\*\\*a\\*\\* & b" in written(paper, ".md").decode()
    document = docx.Document(BytesIO(written(paper, ".docx")))
    assert "<script>alert(1)</script> | **a** & b" in document.tables[0].rows[3].cells[1].text


def test_blocks_of_a_paper_print_on_a_terminal_too(zurich: Paper) -> None:
    from io import StringIO

    from mayshare.rendering.text import print_blocks

    stream = StringIO()
    print_blocks([*zurich.blocks, Points((Entry("x", label="Label:"),))], stream)
    shown = stream.getvalue()
    assert "1. Confidentiality. Please keep" in " ".join(shown.split())
    assert "Label: x" in shown


# -- the file -------------------------------------------------------------------------------------------------


def test_check_prints_its_answer_and_writes_the_memo(run: Run, tmp_path: Path) -> None:
    plain = run("check", ZURICH)
    done = run("check", ZURICH, "--memo", str(tmp_path / "m.docx"), "--receipt", str(tmp_path / "a.json"))
    assert (done.returncode, done.stdout, done.stderr) == (11, plain.stdout, "")
    document = docx.Document(str(tmp_path / "m.docx"))
    assert f"mayshare replay {tmp_path / 'a.json'}" in document.tables[-1].rows[-1].cells[1].text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "m.docx"]


def test_a_name_of_another_kind_is_refused_before_anything_is_done(run: Run, tmp_path: Path) -> None:
    for name in ("memo.pdf", "memo"):
        done = run("check", ZURICH, "--memo", str(tmp_path / name))
        assert done.returncode == 2
        assert "ends in none of .docx, .md, .html" in " ".join(done.stderr.split())
        assert done.stdout == ""
    same = run("check", ZURICH, "--memo", str(tmp_path / "x.md"), "--receipt", str(tmp_path / "x.md"))
    assert (same.returncode, list(tmp_path.iterdir())) == (2, [])


def test_a_memo_that_exists_is_not_written_over_unasked(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "memo.md"
    mine.write_text("mine")
    done = run("check", ZURICH, "--memo", str(mine))
    assert (done.returncode, mine.read_text()) == (3, "mine")
    assert "MS607" in done.stderr
    assert run("check", ZURICH, "--memo", str(mine), "--overwrite").returncode == 11
    assert mine.read_text().startswith("# Memorandum")
    assert run("check", ZURICH, "--overwrite").returncode == 2, "it says nothing without a memo"


def test_a_memo_is_about_one_case(run: Run, tmp_path: Path) -> None:
    done = run("check", ZURICH, "examples/exculpatory.yaml", "--memo", str(tmp_path / "m.md"))
    assert done.returncode == 3
    assert "MS601" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to(run: Run, tmp_path: Path) -> None:
    done = run("check", ZURICH, "--memo", str(tmp_path / "no" / "m.html"))
    assert done.returncode == 3
    assert "MS015" in done.stderr


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_nothing_half_written(run: Run, cache: Path, tmp_path: Path, suffix: str) -> None:
    """The system lets no file of the command grow beyond a block, as a disk does that is full."""
    run("check", ZURICH)  # what it keeps for later is kept already
    mine = tmp_path / f"m{suffix}"
    mine.write_text("mine")
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", sys.executable, "-m", "mayshare"]
    done = subprocess.run(
        [*limited, "check", ZURICH, "--memo", str(mine), "--overwrite"],
        cwd=ROOT, env={**os.environ, "MAYSHARE_CACHE": str(cache)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "MS015" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == [mine.name]
    assert mine.read_text() == "mine"


def test_a_memo_can_be_read_by_those_who_can_read_the_folder(run: Run, tmp_path: Path) -> None:
    run("check", ZURICH, "--memo", str(tmp_path / "m.md"))
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "m.md").stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_the_receiver_cannot_keep_stands_in_the_short_answer(law: Path) -> None:
    found = section(markdown_of(CASE, law), "Short answer")
    assert "! `note`: Brazil cannot undertake and keep `no-onward`" in found


def test_the_advisers_page_shows_what_the_memo_says() -> None:
    shown = re.findall(r"```markdown\n(.*?)```", (ROOT / "docs" / "advising.md").read_text(), re.DOTALL)
    memo_text = (ROOT / "tests" / "golden" / "memo-zurich.md").read_text()
    assert shown
    assert [block for block in shown if block not in memo_text] == []


def test_the_receipt_names_the_policies_of_ones_own(run: Run, law: Path, tmp_path: Path) -> None:
    mine = ("--policies", str(law), "--no-builtin")
    run("check", "-", "--memo", str(tmp_path / "m.md"), *mine, stdin=CASE)
    found = section((tmp_path / "m.md").read_text(), "Receipt")
    assert f"`mayshare check CASE --as-of 2026-03-02 --policies {law} --no-builtin`" in found
    (tmp_path / "case.yaml").write_text(CASE)
    again = run("check", str(tmp_path / "case.yaml"), "--as-of", "2026-03-02", *mine)
    assert again.returncode == 11
    assert "Lines are those of the case as it was handed in." in (tmp_path / "m.md").read_text()
