"""The memo as a whole: title block, question, short answer, and the sections behind them."""

from __future__ import annotations

from ...engine.decision import Caution, Decision, ItemDecision, cited
from ...rendering.lead import lead
from ...rendering.phrases import headline
from ...rendering.report import FIRST, Block, Entry, Heading, Paper, Paragraph, Points, Table
from ..package import package
from ..whatif import GOOD, Subject, what_if
from ..words import whatif_blocks
from .analysis import analysis
from .closing import follow_up, marks, not_considered, receipt, receiving_side, signatures
from .conditions import checklists
from .facts import facts
from .letter import letters
from .naming import Naming, day_words


def memo(subject: Subject, decision: Decision, receipt_file: str | None = None) -> Paper:
    """The memorandum on a decision, one section after the other.

    `receipt_file` is the file that holds the answer for `mayshare replay`, if one was written.
    """
    naming = Naming(subject.case, decision, subject.bundle.vocabulary)
    found = package(subject)
    matter = decision.title or decision.case
    sections: list[tuple[str, list[Block]]] = [
        ("Question", _question(naming)),
        ("Short answer", _short_answer(decision)),
        ("Facts", facts(naming)),
        ("Analysis", analysis(naming, subject.bundle)),
        ("What would change the answer", _changes(subject, decision)),
        ("Conditions", checklists(naming)),
        ("The receiving side", receiving_side(naming, found)),
        ("Draft letters and marks", [*letters(naming, found), *marks(found)]),
        ("What was not considered", not_considered(naming, subject.bundle, found)),
        ("Follow-up", follow_up(naming, found)),
        ("Signature", signatures(naming)),
        ("Receipt", receipt(naming, subject.decider.library, receipt_file)),
    ]
    blocks: list[Block] = [Heading(1, "Memorandum"), _title_block(naming, matter)]
    written = [(title, body) for title, body in sections if body]
    for number, (title, body) in enumerate(written, 1):
        blocks += [Heading(2, f"{number}. {title}"), *body]
    foot = f"{matter} · law as of {day_words(decision.as_of)}"
    return Paper(f"Memorandum: {matter}", foot, decision.as_of, tuple(blocks))


def _title_block(naming: Naming, matter: str) -> Table:
    decision = naming.decision
    law = ", ".join(f"{p.title} ({p.status} encoding of {day_words(p.encoded_as_of)})" for p in decision.policies)
    rows = [
        ("To", _capital(naming.who("sender"))),
        ("From", ""),
        ("Date", day_words(decision.as_of)),
        ("Matter", f"{matter} (`{decision.case}`)" if decision.title else f"`{matter}`"),
        ("Law as of", f"{day_words(decision.as_of)}: {law}"),
        ("Prepared with", f"mayshare {decision.receipt.version}; draft, to be read and signed by a lawyer"),
    ]
    return Table((), tuple(rows), (22, 78))


# -- question and short answer --------------------------------------------------------------------------------


def _question(naming: Naming) -> list[Block]:
    return [Paragraph(_asked(naming)), Points(tuple(Entry(t) for t in _about(naming)))]


def _asked(naming: Naming) -> str:
    direction = naming.decision.direction
    sender = naming.who("sender")
    if direction == "use":
        return f"May {sender} use, in the way meant, what it received from {naming.who('origin')}?"
    if direction == "onward":
        return f"May {sender} pass on to {naming.who('receiver')} what it received from {naming.who('origin')}?"
    return f"May {sender} send to {naming.who('receiver')} what is described here, and on which conditions?"


def _about(naming: Naming) -> list[str]:
    several = "Items" if len(naming.case.items) > 1 else "Item"
    said = [f"{several}: {'; '.join(naming.item(i) for i in naming.case.items)}"]
    ways = [w for w in map(naming.stated, ("mode", "avenue", "channel")) if w]
    said += [f"Way: {'; '.join(ways)}"] if ways else []
    for label, path in (("Purpose", "purpose"), ("Use meant", "intended_use"), ("Offence", "offence.type")):
        value = naming.stated(path)
        said += [f"{label}: {value}"] if value else []
    return said


def _short_answer(decision: Decision) -> list[Block]:
    blocks: list[Block] = [Paragraph(lead(decision))]
    top = [w for w in decision.warnings if w.code in FIRST]
    if top:
        blocks.append(Points(tuple(Entry(_about_item(w), "warning", cited(w.sources)) for w in top)))
    if len(decision.items) > 1:
        rows = tuple((f"`{i.id}`", _verdict(i, decision.direction), _basis(i)) for i in decision.items)
        blocks.append(Table(("Item", "Answer", "Rests on"), rows, (26, 32, 42)))
    return blocks


def _about_item(warning: Caution) -> str:
    return f"`{warning.item}`: {warning.text}" if warning.item else warning.text


def _verdict(item: ItemDecision, direction: str) -> str:
    words = headline(item.outcome, direction)
    bound = item.outcome in GOOD and any(d.truth == "true" for d in item.duties)
    return words.replace("may be", "must be") if bound else words


def _basis(item: ItemDecision) -> str:
    return cited(s for g in item.grounds for s in g.sources) or "no gateway that opens"


def _changes(subject: Subject, decision: Decision) -> list[Block]:
    """The smallest changes that would let go what may not go; none where all may."""
    if decision.outcome in GOOD:
        return []
    title, _, *rest = whatif_blocks(what_if(subject, decision, most=3))
    del title  # the memo has its own
    return [_deeper(b) for b in rest]


def _deeper(block: Block) -> Block:
    """A block of another answer as part of a section: one level of headings lower."""
    if isinstance(block, Heading):
        return Heading(block.level + 1, block.text, block.outcome)
    return block


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
