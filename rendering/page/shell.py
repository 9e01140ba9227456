"""What every page shares: the templates, the style sheet and the frame."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from ..report import MARKS, Block, Entry, Heading, Paragraph, Points, spans

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@cache
def templates() -> Environment:
    """The templates; every value put into one is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["address"] = address
    found.filters["inline"] = inline
    return found


def render(template: str, **values: Any) -> str:
    """A template filled in."""
    return templates().get_template(template).render(**values)


def document(title: str, body: str, *, wide: bool = False, extra_style: str = "") -> str:
    """A page around a body that is HTML already; `wide` where it has a column for contents."""
    from markupsafe import Markup

    return render("shell.html", title=title, body=Markup(body), wide=wide, extra_style=Markup(extra_style))


def address(text: str | None) -> str | None:
    """An address that a page may link to; nothing else than the web's is one."""
    return text if text and text.startswith(("https://", "http://")) and not set(text) & set(" \n\t") else None


def inline(text: str) -> Markup:
    """Text with what stands between backticks as code, and line breaks kept."""
    from markupsafe import Markup, escape

    pieces = (Markup("<code>{}</code>").format(p) if code else escape(p) for p, code in spans(text))
    return Markup("").join(pieces).replace("\n", Markup("<br>"))


def blocks_html(blocks: Iterable[Block], below: int = 0) -> Markup:
    """Blocks of a report as HTML, their headings `below` levels further down."""
    from markupsafe import Markup

    return Markup("\n").join(_block(block, below) for block in blocks)


def _block(block: Block, below: int) -> Markup:
    from markupsafe import Markup

    if isinstance(block, Heading):
        return Markup("<h{0}>{1}</h{0}>").format(min(6, block.level + below), block.text)
    if isinstance(block, Paragraph):
        return Markup('<p class="{}">{}</p>').format("quiet" if block.quiet else "", block.text)
    if isinstance(block, Points):
        return Markup("<ul>\n{}\n</ul>").format(Markup("\n").join(_entry(e) for e in block.entries))
    return Markup("")


def _entry(entry: Entry) -> Markup:
    from markupsafe import Markup

    mark = "" if entry.mark == "point" else f"{MARKS[entry.mark]} "
    source = Markup(' <span class="quiet">{}</span>').format(entry.source) if entry.source else ""
    remarks = Markup("").join(Markup('<li class="quiet">{}</li>').format(r) for r in entry.remarks)
    under = Markup("<ul>{}</ul>").format(remarks) if remarks else ""
    return Markup("<li>{}{}{}{}</li>").format(mark, entry.text, source, under)
