"""The end of a memo: the receiving side, marks, what was not considered, follow-up, signatures, receipt."""

from __future__ import annotations

import shlex

from ...engine.bundle import Bundle
from ...engine.decision import cited
from ...engine.library import Library
from ...engine.wording import joined
from ...languages.words import AND
from ...rendering.report import Block, Entry, Heading, Paragraph, Points, Table
from ..package import GUIDELINES, Package
from .naming import Naming, day_words

_KEPT = {
    "by_law": "kept by its own law",
    "undertaken": "can be undertaken",
    "not_kept": "cannot be kept",
    "not_known": "not known",
}


def receiving_side(naming: Naming, package: Package) -> list[Block]:
    """What the receiver's law makes of it, and which side binds."""
    found = package.receiving
    if found is None:
        nothing = "Nothing goes to another State yet, so no receiving side was put to the test."
        here = "The information is not passed on; the law applied is that of whoever uses it."
        return [Paragraph(here if package.direction == "use" else nothing)]
    blocks: list[Block] = [Paragraph(found.short)]
    if found.conditions:
        rows = tuple(
            (c.text, f"{_KEPT[c.kept]}: {c.because}", cited(c.sources or [c.source])) for c in found.conditions
        )
        blocks.append(Table(("Condition on the receiver", "At the receiving end", "Provision"), rows, (44, 32, 24)))
    if found.acts:
        entries = tuple(Entry(f"`{a.item}`, {a.act}: {a.short}") for a in found.acts)
        blocks += [Paragraph(f"What the law of {naming.country('receiver')} says to the use:"), Points(entries)]
    return blocks


def marks(package: Package) -> list[Block]:
    """The handling marks of each item, and what contradicts them."""
    rows = tuple(
        (f"`{g.id}`", "\n".join((m.text, *m.words)), "stated" if m.stated else "to be added", cited([m.source]))
        for g in package.going
        for m in g.marks
        if m.code != "caveat"  # words stand in the letter
    )
    wrong = tuple(
        Entry(f"`{g.id}`: {c.text}", "warning", cited(c.sources)) for g in package.going for c in g.contradictions
    )
    blocks: list[Block] = []
    if rows:
        blocks += [Heading(3, "Handling marks that each item carries")]
        blocks.append(Table(("Item", "Mark", "State", "Provision"), rows, (18, 46, 14, 22)))
    return [*blocks, Heading(3, "Marks that contradict"), Points(wrong)] if wrong else blocks


def not_considered(naming: Naming, bundle: Bundle, package: Package) -> list[Block]:
    """Gaps, what is not covered, what is taken for granted, what was read second hand."""
    decision = naming.decision
    blocks: list[Block] = []
    warnings = tuple(
        Entry(f"{f'`{w.item}`: ' if w.item else ''}{w.text}", "warning", cited(w.sources)) for w in decision.warnings
    )
    if warnings:
        blocks += [Heading(3, "Before relying on this"), Points(warnings)]
    blocks += [Heading(3, "Taken for granted"), Points(tuple(Entry(t) for t in _assumed(naming, package)))]
    for head in bundle.heads:
        if head.encoded.gaps:
            entries = tuple(Entry(g) for g in head.encoded.gaps)
            blocks += [Heading(3, f"{head.title}: not read, or not encoded"), Points(entries)]
    second = _second_hand(naming, bundle)
    if second:
        blocks += [Heading(3, "Known from secondary sources only"), Points(tuple(second))]
    return blocks


def _assumed(naming: Naming, package: Package) -> list[str]:
    decision = naming.decision
    found = [
        "The facts stated are true and complete; a fact that is not stated counts as unknown, never as false.",
        "An encoding is never the law: it says how a text was read. Practice, case law and policy were not weighed beyond it.",
    ]
    if naming.case.value("direction") is None:
        found.append("The case does not say in which direction it runs; sending abroad is taken as meant.")
    if naming.case.as_of is None:
        found.append(f"The case names no day; the law is that of {day_words(decision.as_of)}.")
    if decision.not_covered:
        names = joined((f"`{i}`" for i in decision.not_covered), AND)
        found.append(f"{names}: outside what the encoding covers. That no gateway was found there proves nothing.")
    if decision.receiver and decision.direction == "outgoing" and package.receiving and package.receiving.law is None:
        found.append(
            f"The law of {naming.country('receiver')} is not encoded here; its own limits were not considered."
        )
    return found


def _second_hand(naming: Naming, bundle: Bundle) -> list[Entry]:
    """Rules and registry entries that the answer rests on and that nobody here read in the original."""
    bearing = {c.rule for i in naming.decision.items for c in i.explanation.children}
    bearing |= {d.rule for i in naming.decision.items for c in i.explanation.children for d in c.children}
    rules = [
        Entry(f"{r.rule.title} (`{r.name}`)", "warning", cited(r.sources))
        for r in bundle.rules
        if r.name in bearing and any(s.read == "secondary" for s in r.sources)
    ]
    entries = [
        Entry(f"{naming.fact(k.fact)}: {k.because}", "warning", k.source)
        for k in naming.decision.looked_up
        if k.read == "secondary"
    ]
    return [*rules, *entries]


def follow_up(naming: Naming, package: Package) -> list[Block]:
    """Advice: what non-binding texts recommend now and afterwards."""
    advice = {a.rule: a for i in naming.decision.items for a in i.advice if a.truth == "true"}
    entries = [Entry(a.title, "point", cited(a.sources)) for a in advice.values()]
    entries += [Entry(f.text, "point", f"guideline {f.guideline}") for f in package.follow_up]
    if not entries:
        return [Paragraph("No advice applies.")]
    about = f"Guidelines are the {GUIDELINES}. " if package.follow_up else ""
    return [Points(tuple(entries)), Paragraph(f"{about}Advice changes no outcome.", quiet=True)]


def signatures(naming: Naming) -> list[Block]:
    """Who prepared it, and what the authority decided."""
    decided = {
        "use": ("use as proposed", "use in part", "do not use"),
        "onward": ("pass on as proposed", "pass on in part", "do not pass on"),
    }.get(naming.decision.direction, ("send as proposed", "send in part", "do not send"))
    blanks = ("Name and office", "Place and date", "Signature")
    return [
        Heading(3, "Prepared by"),
        Table((), tuple((b, "") for b in blanks), (30, 70)),
        Heading(3, f"Decision of {naming.who('sender')}"),
        Points(tuple(Entry(d[:1].upper() + d[1:], "outstanding") for d in decided), boxes=True),
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
        ("Computed by", f"mayshare {kept.version}, by {joined(kept.engines, AND)}" + _agree(kept.engines)),
        ("Case", f"`{kept.case}`"),
        ("Program", f"`{kept.program}`"),
        ("Vocabulary", f"`{kept.vocabulary}`"),
        ("Registry", f"`{kept.registry}`"),
        *(
            (f"{p.title} ({p.id})", f"{p.status}, encoded as of {p.encoded_as_of}\n`{p.sha256}`")
            for p in decision.policies
        ),
        ("To compute it again", f"`{again}`"),
    ]
    return [Table((), tuple(rows), (28, 72))]


def _agree(engines: tuple[str, ...]) -> str:
    return ", which agree" if len(engines) > 1 else ""
