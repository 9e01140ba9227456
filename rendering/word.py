"""Blocks as a Word document: real headings, tables with repeated heads, page numbers, the same bytes for the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .report import Block, Entry, Heading, Paper, Paragraph, Points, Quote, Reasons, Table, mark_on_paper, spans

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as WordParagraph

FACE, CODE, SYMBOLS = "Calibri", "Consolas", "Segoe UI Symbol"
INK, GREY, RULE, TINT = "1F2A44", "5A6275", "B8BECC", "EEF1F6"
WIDTH_CM = 16.0
ROOM = 80
"""Room beside the text in a cell, in twentieths of a point."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def word(paper: Paper) -> bytes:
    """A paper as a Word file, A4."""
    import docx

    document = docx.Document()
    _set_up(document, paper)
    for block in paper.blocks:
        _block(document, block)
    return _settled(document)


def _settled(document: Document) -> bytes:
    """The file with all times inside it fixed, so that the same paper gives the same bytes."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    written, settled = BytesIO(), BytesIO()
    document.save(written)
    with ZipFile(written) as old, ZipFile(settled, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "docProps/thumbnail.jpeg":
                info = ZipInfo(name, _EPOCH)
                info.compress_type = ZIP_DEFLATED
                new.writestr(info, old.read(name))
    return settled.getvalue()


# -- the page -------------------------------------------------------------------------------------------------


def _set_up(document: Document, paper: Paper) -> None:
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.2)
    _properties(document, paper)
    _styles(document, paper.language)
    _footer(document, paper.foot)


def _properties(document: Document, paper: Paper) -> None:
    day = datetime(paper.day.year, paper.day.month, paper.day.day)
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = paper.title, "", ""
    properties.comments, properties.language, properties.revision = "", paper.language, 1
    properties.created = properties.modified = day
    thumbnail = [r for r in document.part.package.rels.values() if r.reltype.endswith("/thumbnail")]
    for relation in thumbnail:
        del document.part.package.rels[relation.rId]


def _styles(document: Document, language: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Cm

    for tag in document.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), language)
    _style(document, "Normal", 10.5, after=5)
    _style(document, "Title", 22, bold=True, colour=INK, after=8)
    _style(document, "Heading 1", 14, bold=True, colour=INK, before=16, after=5)
    _style(document, "Heading 2", 11.5, bold=True, colour=INK, before=11, after=4)
    _style(document, "Heading 3", 10.5, bold=True, before=8, after=2)
    _style(document, "List Bullet", 10.5, after=3)
    styles = document.styles
    for name, indent in (("Point", 0.6), ("Remark", 0.6), ("Clause", 0.5), ("Quiet", 0.0)):
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        _style(document, name, 9.5 if name in ("Remark", "Quiet") else 10.5, after=4 if name != "Remark" else 3)
        styles[name].paragraph_format.left_indent = Cm(indent)
    styles["Point"].paragraph_format.first_line_indent = Cm(-0.6)
    styles["Point"].paragraph_format.tab_stops.add_tab_stop(Cm(0.6))
    _border(styles["Clause"], "left", INK, 12, 8)
    _border(styles["Title"], "bottom", INK, 8, 4)


def _style(
    document: Document,
    name: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = "000000",
    before: float = 0,
    after: float = 0,
) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style: Any = document.styles[name]
    style.font.name, style.font.size, style.font.bold, style.font.italic = FACE, Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for key in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{key}"), FACE)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = 1.08


def _border(style: Any, side: str, colour: str, size: int, space: int) -> None:
    """A rule at one side of every paragraph of a style."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    borders = OxmlElement("w:pBdr")
    borders.append(_element(f"w:{side}", val="single", sz=str(size), space=str(space), color=colour))
    later = [qn(f"w:{n}") for n in ("shd", "tabs", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl")]
    follower = next((e for e in properties if e.tag in later), None)
    properties.append(borders) if follower is None else follower.addprevious(borders)


def _footer(document: Document, text: str) -> None:
    from docx.shared import Cm, Pt

    foot = document.sections[0].footer.paragraphs[0]
    foot.style.font.name, foot.style.font.size = FACE, Pt(8.5)
    for stop in list(foot.style.paragraph_format.tab_stops):
        foot.paragraph_format.tab_stops.add_tab_stop(stop.position, _cleared())
    foot.paragraph_format.tab_stops.add_tab_stop(Cm(WIDTH_CM), _right())
    foot.add_run(f"{text}\tPage ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _right() -> Any:
    from docx.enum.text import WD_TAB_ALIGNMENT

    return WD_TAB_ALIGNMENT.RIGHT


def _cleared() -> Any:
    from docx.enum.text import WD_TAB_ALIGNMENT

    return WD_TAB_ALIGNMENT.CLEAR


def _field(paragraph: WordParagraph, name: str) -> None:
    """A field that Word fills in."""
    for kind in ("begin", None, "separate", "text", "end"):
        run = paragraph.add_run()
        if kind is None:
            instruction = _element("w:instrText")
            instruction.text = name
            run._r.append(instruction)
        elif kind == "text":
            run.text = "1"
        else:
            run._r.append(_element("w:fldChar", fldCharType=kind))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


# -- blocks ---------------------------------------------------------------------------------------------------


def _block(document: Document, block: Block) -> None:
    if isinstance(block, Heading):
        _text(document.add_heading(level=block.level - 1), block.text)
    elif isinstance(block, Paragraph):
        _text(document.add_paragraph(style="Quiet" if block.quiet else "Normal"), block.text, quiet=block.quiet)
    elif isinstance(block, Points):
        for entry in block.entries:
            _entry(document, entry, block.boxes)
    elif isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Quote):
        for text in block.paragraphs:
            _text(document.add_paragraph(style="Clause"), text)
    elif isinstance(block, Reasons):
        raise TypeError("a tree of reasons is for the terminal; a paper states them by provision")


def _entry(document: Document, entry: Entry, boxes: bool) -> None:
    mark = mark_on_paper(entry.mark, boxes)
    paragraph = document.add_paragraph(style="Point")
    run = paragraph.add_run(f"{mark}\t")
    _face(run, SYMBOLS if mark in "☐☑☒✓✗○" else FACE)
    if entry.label:
        paragraph.add_run(f"{entry.label} ").bold = True
    _text(paragraph, entry.text)
    if entry.source:
        _coloured(paragraph.add_run(f"  {entry.source}"), GREY)
    for remark in entry.remarks:
        paragraph.paragraph_format.keep_with_next = True
        paragraph = document.add_paragraph(style="Remark")
        _text(paragraph, remark, quiet=True)


def _text(paragraph: WordParagraph, text: str, *, quiet: bool = False, bold: bool = False) -> None:
    """Running text; what stands between backticks in a fixed face."""
    for line, part in enumerate(text.split("\n")):
        if line:
            paragraph.add_run().add_break()
        for piece, code in spans(part):
            run = paragraph.add_run(piece)
            run.bold = True if bold else None
            if quiet:
                _coloured(run, GREY)
            if code:
                _face(run, CODE)


def _face(run: Any, face: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run.font.name = face
    for key in ("cs", "eastAsia"):
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn(f"w:{key}"), face)
    if face == CODE:
        run.font.size = Pt(9)


def _coloured(run: Any, colour: str) -> None:
    from docx.shared import RGBColor

    run.font.color.rgb = RGBColor.from_string(colour)


# -- tables ---------------------------------------------------------------------------------------------------


def _table(document: Document, block: Table) -> None:
    from docx.shared import Cm, Pt

    table = document.add_table(rows=0, cols=len(block.widths))
    table.autofit = False
    _frame(table, bool(block.columns))
    if block.columns:
        _row(table, block.columns, block.widths, heads=True, form=False)
    for position, row in enumerate(block.rows):
        _row(table, row, block.widths, heads=False, form=not block.columns)
        if not block.columns and position < len(block.rows) - 1:  # a form stays on one page
            for cell in table.rows[-1].cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Cm(WIDTH_CM * share / 100)
    gap = document.add_paragraph()
    gap.paragraph_format.space_after = Pt(0)
    gap.paragraph_format.line_spacing = Pt(6)


def _frame(table: WordTable, ruled: bool) -> None:
    """Thin rules between rows, and room inside the cells."""
    borders = _element("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color=RULE))
    margins = _element("w:tblCellMar")
    for side, room in (("top", 40), ("left", ROOM), ("bottom", 40), ("right", ROOM)):
        margins.append(_element(f"w:{side}", w=str(room), type="dxa"))
    properties = table._tbl.tblPr
    layout = properties.find(_name("w:tblLayout"))
    indent = _element("w:tblInd", w=str(ROOM), type="dxa")  # the rules, not the text, begin at the margin
    for part in (indent, borders, layout, margins) if layout is not None else (indent, borders, margins):
        properties.append(part)
    look = properties.find(_name("w:tblLook"))
    if look is not None:  # the schema wants it last
        look.set(_name("w:firstRow"), "1" if ruled else "0")
        properties.append(look)


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _row(table: WordTable, texts: Sequence[str], widths: Sequence[int], *, heads: bool, form: bool) -> None:
    from docx.shared import Cm

    row = table.add_row()  # type: ignore[no-untyped-call] # the library leaves this one out
    properties = row._tr.get_or_add_trPr()
    properties.append(_element("w:cantSplit"))
    if heads:
        properties.append(_element("w:tblHeader"))
    if form and not any(texts[1:]):  # to be filled in by hand
        row.height = Cm(1.0)
    for position, (cell, text, share) in enumerate(zip(row.cells, texts, widths, strict=True)):
        cell.width = Cm(WIDTH_CM * share / 100)
        label = heads or (form and position == 0)
        _cell(cell, text, bold=label)
        if label:
            cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=TINT))


def _cell(cell: _Cell, text: str, *, bold: bool) -> None:
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    _text(paragraph, text, bold=bold)
    for run in paragraph.runs:
        run.font.size = Pt(8.5 if run.font.name == CODE else 9.5)
