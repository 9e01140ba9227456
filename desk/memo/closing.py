"""The end of a memo: the receiving side, marks, what was not considered, follow-up, signatures, receipt."""

from __future__ import annotations

import shlex

from ...engine.bundle import Bundle
from ...engine.decision import Receipt, cited
from ...engine.library import Library
from ...engine.wording import joined, title_words
from ...languages.words import AND, listed, say, term
from ...rendering.phrases import engine_words, of_item, status_words
from ...rendering.report import Block, Entry, Heading, Paragraph, Points, Table
from ..marks import Mark
from ..package import GUIDELINES, Package
from .naming import Naming, day_words

_KEPT = {
    "by_law": say("kept by its own law"),
    "undertaken": say("can be undertaken"),
    "not_kept": say("cannot be kept"),
    "not_known": say("not known"),
}


def receiving_side(naming: Naming, package: Package) -> list[Block]:
    """What the receiver's law makes of it, and which side binds."""
    found = package.receiving
    if found is None:
        nothing = say("Nothing goes to another State yet, so no receiving side was put to the test.")
        here = say("The information is not passed on; the law applied is that of whoever uses it.")
        return [Paragraph(here if package.direction == "use" else nothing)]
    blocks: list[Block] = [Paragraph(found.short)]
    if found.conditions:
        rows = tuple(
            (
                c.text,
                say("{kept}: {because}", kept=_KEPT[c.kept], because=c.because),
                cited(c.sources or [c.source]),
            )
            for c in found.conditions
        )
        columns = (say("Condition on the receiver"), say("At the receiving end"), say("Provision"))
        blocks.append(Table(columns, rows, (44, 32, 24)))
    if found.acts:
        entries = tuple(
            Entry(say("{item}, {act}: {answer}", item=f"`{a.item}`", act=a.act, answer=a.short)) for a in found.acts
        )
        says = say("What the law of {state} says to the use:", state=naming.country("receiver"))
        blocks += [Paragraph(says), Points(entries)]
    return blocks


def marks(package: Package) -> list[Block]:
    """The handling marks of each item, and what contradicts them."""
    rows = tuple(
        (f"`{g.id}`", listed((m.text, *m.words), "\n"), _state(m), cited([m.source]))
        for g in package.going
        for m in g.marks
        if m.code != "caveat"  # words stand in the letter
    )
    wrong = tuple(
        Entry(of_item(f"`{g.id}`", c.text), "warning", cited(c.sources))
        for g in package.going
        for c in g.contradictions
    )
    blocks: list[Block] = []
    if rows:
        blocks += [Heading(3, say("Handling marks that each item carries"))]
        blocks.append(
            Table((say("Item"), say("Mark"), term("mark", "State"), say("Provision")), rows, (18, 46, 14, 22))
        )
    return [*blocks, Heading(3, say("Marks that contradict")), Points(wrong)] if wrong else blocks


def _state(mark: Mark) -> str:
    return say("stated") if mark.stated else say("to be added")


def not_considered(naming: Naming, bundle: Bundle, package: Package) -> list[Block]:
    """Gaps, what is not covered, what is taken for granted, what was read second hand."""
    decision = naming.decision
    blocks: list[Block] = []
    warnings = tuple(
        Entry(of_item(f"`{w.item}`" if w.item else None, w.text), "warning", cited(w.sources))
        for w in decision.warnings
    )
    if warnings:
        blocks += [Heading(3, say("Before relying on this")), Points(warnings)]
    blocks += [Heading(3, say("Taken for granted")), Points(tuple(Entry(t) for t in _assumed(naming, package)))]
    titles = {p.id: p.title for p in decision.policies}
    for head in bundle.heads:
        if head.encoded.gaps:
            entries = tuple(Entry(g) for g in head.encoded.gaps)
            blocks += [Heading(3, say("{policy}: not read, or not encoded", policy=titles[head.id])), Points(entries)]
    second = _second_hand(naming, bundle)
    if second:
        blocks += [Heading(3, say("Known from secondary sources only")), Points(tuple(second))]
    return blocks


def _assumed(naming: Naming, package: Package) -> list[str]:
    decision = naming.decision
    found: list[str] = [
        say("The facts stated are true and complete; a fact that is not stated counts as unknown, never as false."),
        say(
            "An encoding is never the law: it says how a text was read. Practice, case law and policy were not weighed "
            "beyond it."
        ),
    ]
    if naming.case.value("direction") is None:
        found.append(say("The case does not say in which direction it runs; sending abroad is taken as meant."))
    if naming.case.as_of is None:
        found.append(say("The case names no day; the law is that of {day}.", day=day_words(decision.as_of)))
    if decision.not_covered:
        names = joined((f"`{i}`" for i in decision.not_covered), AND)
        found.append(
            say(
                "{items}: outside what the encoding covers. That no gateway was found there proves nothing.",
                items=names,
            )
        )
    if decision.receiver and decision.direction == "outgoing" and package.receiving and package.receiving.law is None:
        found.append(
            say(
                "The law of {state} is not encoded here; its own limits were not considered.",
                state=naming.country("receiver"),
            )
        )
    return found


def _second_hand(naming: Naming, bundle: Bundle) -> list[Entry]:
    """Rules and registry entries that the answer rests on and that nobody here read in the original."""
    bearing = {c.rule for i in naming.decision.items for c in i.explanation.children}
    bearing |= {d.rule for i in naming.decision.items for c in i.explanation.children for d in c.children}
    rules = [
        Entry(say("{title} (`{rule}`)", title=title_words(r.rule), rule=r.name), "warning", cited(r.sources))
        for r in bundle.rules
        if r.name in bearing and any(s.read == "secondary" for s in r.sources)
    ]
    entries = [
        Entry(say("{fact}: {because}", fact=naming.fact(k.fact), because=k.because), "warning", k.source)
        for k in naming.decision.looked_up
        if k.read == "secondary"
    ]
    return [*rules, *entries]


def follow_up(naming: Naming, package: Package) -> list[Block]:
    """Advice: what non-binding texts recommend now and afterwards."""
    advice = {a.rule: a for i in naming.decision.items for a in i.advice if a.truth == "true"}
    entries = [Entry(a.title, "point", cited(a.sources)) for a in advice.values()]
    entries += [Entry(f.text, "point", say("guideline {number}", number=f.guideline)) for f in package.follow_up]
    if not entries:
        return [Paragraph(say("No advice applies."))]
    about = (
        say("Guidelines are the {guidelines}. Advice changes no outcome.", guidelines=GUIDELINES)
        if package.follow_up
        else say("Advice changes no outcome.")
    )
    return [Points(tuple(entries)), Paragraph(about, quiet=True)]


def signatures(naming: Naming) -> list[Block]:
    """Who prepared it, and what the authority decided."""
    decided = {
        "use": (say("Use as proposed"), say("Use in part"), say("Do not use")),
        "onward": (say("Pass on as proposed"), say("Pass on in part"), say("Do not pass on")),
    }.get(naming.decision.direction, (say("Send as proposed"), say("Send in part"), say("Do not send")))
    blanks = (say("Name and office"), say("Place and date"), say("Signature"))
    return [
        Heading(3, say("Prepared by")),
        Table((), tuple((b, "") for b in blanks), (30, 70)),
        Heading(3, say("Decision of {who}", who=naming.who("sender"))),
        Points(tuple(Entry(d, "outstanding") for d in decided), boxes=True),
        Table((), tuple((b, "") for b in blanks), (30, 70)),
    ]


def receipt(naming: Naming, library: Library, receipt_file: str | None) -> list[Block]:
    """What the answer was computed from, and how to compute it again."""
    decision = naming.decision
    kept = decision.receipt
    file = naming.case.file if naming.case.file != "<stdin>" else ""
    parts = ["mayshare", "replay", receipt_file] if receipt_file else ["mayshare", "check", file or "CASE"]
    parts += [] if receipt_file else ["--as-of", str(decision.as_of)]
    parts += [part for folder in library.folders for part in ("--policies", folder)]
    again = shlex.join(parts if library.builtin else [*parts, "--no-builtin"])
    rows = [
        (say("Computed by"), _computed_by(kept)),
        (say("Case"), f"`{kept.case}`"),
        (say("Program"), f"`{kept.program}`"),
        (say("Vocabulary"), f"`{kept.vocabulary}`"),
        (say("Registry"), f"`{kept.registry}`"),
        *(
            (
                say("{policy} ({id})", policy=p.title, id=p.id),
                say(
                    "{status}, encoded as of {day}\n`{sha256}`",
                    status=status_words(p.status),
                    day=p.encoded_as_of,
                    sha256=p.sha256,
                ),
            )
            for p in decision.policies
        ),
        (say("To compute it again"), f"`{again}`"),
    ]
    return [Table((), tuple(rows), (28, 72))]


def _computed_by(kept: Receipt) -> str:
    said = {"version": kept.version, "engines": joined(map(engine_words, kept.engines), AND)}
    if len(kept.engines) > 1:
        return say("mayshare {version}, by {engines}, which agree", **said)
    return say("mayshare {version}, by {engines}", **said)
