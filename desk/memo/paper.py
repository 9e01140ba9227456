"""The memo as a whole: title block, question, short answer, and the sections behind them."""

from __future__ import annotations

from ...engine.decision import Caution, Decision, ItemDecision, cited
from ...engine.wording import raised
from ...languages.words import SEMICOLON, changed, count, fill, listed, say, term
from ...rendering.lead import lead
from ...rendering.phrases import item_headline, of_item, status_words
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
        (say("Question"), _question(naming)),
        (say("Short answer"), _short_answer(decision)),
        (say("Facts"), facts(naming)),
        (say("Analysis"), analysis(naming, subject.bundle)),
        (say("What would change the answer"), _changes(subject, decision)),
        (say("Conditions"), checklists(naming)),
        (say("The receiving side"), receiving_side(naming, found)),
        (say("Draft letters and marks"), [*letters(naming, found), *marks(found)]),
        (say("What was not considered"), not_considered(naming, subject.bundle, found)),
        (say("Follow-up"), follow_up(naming, found)),
        (say("Signature"), signatures(naming)),
        (say("Receipt"), receipt(naming, subject.decider.library, receipt_file)),
    ]
    blocks: list[Block] = [Heading(1, say("Memorandum")), _title_block(naming, matter)]
    written = [(title, body) for title, body in sections if body]
    for number, (title, body) in enumerate(written, 1):
        blocks += [Heading(2, say("{number}. {text}", number=number, text=title)), *body]
    foot = say("{matter} · law as of {day}", matter=matter, day=day_words(decision.as_of))
    return Paper(say("Memorandum: {matter}", matter=matter), foot, decision.as_of, tuple(blocks))


def _title_block(naming: Naming, matter: str) -> Table:
    decision = naming.decision
    law = listed(
        say(
            "{policy} ({status} encoding of {day})",
            policy=p.title,
            status=status_words(p.status),
            day=day_words(p.encoded_as_of),
        )
        for p in decision.policies
    )
    rows = [
        (term("memo", "To"), changed(naming.who("sender"), raised)),
        (term("memo", "From"), ""),
        (term("memo", "Date"), day_words(decision.as_of)),
        (term("memo", "Matter"), f"{matter} (`{decision.case}`)" if decision.title else f"`{matter}`"),
        (term("memo", "Law as of"), say("{day}: {law}", day=day_words(decision.as_of), law=law)),
        (
            term("memo", "Prepared with"),
            say("mayshare {version}; draft, to be read and signed by a lawyer", version=decision.receipt.version),
        ),
    ]
    return Table((), tuple(rows), (22, 78))


# -- question and short answer --------------------------------------------------------------------------------


def _question(naming: Naming) -> list[Block]:
    return [Paragraph(_asked(naming)), Points(tuple(Entry(t) for t in _about(naming)))]


def _asked(naming: Naming) -> str:
    direction = naming.decision.direction
    sender = naming.who("sender")
    if direction == "use":
        return say(
            "May {sender} use, in the way meant, what it received from {origin}?",
            sender=sender,
            origin=naming.who("origin"),
        )
    if direction == "onward":
        return say(
            "May {sender} pass on to {receiver} what it received from {origin}?",
            sender=sender,
            receiver=naming.who("receiver"),
            origin=naming.who("origin"),
        )
    return say(
        "May {sender} send to {receiver} what is described here, and on which conditions?",
        sender=sender,
        receiver=naming.who("receiver"),
    )


def _about(naming: Naming) -> list[str]:
    items = listed((naming.item(i) for i in naming.case.items), SEMICOLON)
    said: list[str] = [count("Item: {items}", "Items: {items}", len(naming.case.items), items=items)]
    ways = [w for w in map(naming.stated, ("mode", "avenue", "channel")) if w]
    said += [say("Way: {ways}", ways=listed(ways, SEMICOLON))] if ways else []
    labels = (
        (say("Purpose: {value}"), "purpose"),
        (say("Use meant: {value}"), "intended_use"),
        (say("Offence: {value}"), "offence.type"),
    )
    said += [fill(label, value=value) for label, path in labels if (value := naming.stated(path))]
    return said


def _short_answer(decision: Decision) -> list[Block]:
    blocks: list[Block] = [Paragraph(lead(decision))]
    top = [w for w in decision.warnings if w.code in FIRST]
    if top:
        blocks.append(Points(tuple(Entry(_about_item(w), "warning", cited(w.sources)) for w in top)))
    if len(decision.items) > 1:
        rows = tuple((f"`{i.id}`", item_headline(i, decision.direction), _basis(i)) for i in decision.items)
        blocks.append(Table((say("Item"), say("Answer"), say("Rests on")), rows, (26, 32, 42)))
    return blocks


def _about_item(warning: Caution) -> str:
    return of_item(f"`{warning.item}`" if warning.item else None, warning.text)


def _basis(item: ItemDecision) -> str:
    return cited(s for g in item.grounds for s in g.sources) or say("no gateway that opens")


def _changes(subject: Subject, decision: Decision) -> list[Block]:
    """The smallest changes that would let go what may not go; none where all may."""
    if decision.outcome in GOOD:
        return []
    ways = whatif_blocks(what_if(subject, decision, most=3))[2:]  # the memo has a title and an answer of its own
    return [_deeper(b) for b in ways]


def _deeper(block: Block) -> Block:
    """A block of another answer as part of a section: one level of headings lower."""
    if isinstance(block, Heading):
        return Heading(block.level + 1, block.text, block.outcome)
    return block
