"""Policies and rules in words."""

from __future__ import annotations

from collections.abc import Iterable

from ..engine.bundle import Bundle, RuleText
from ..engine.outline import Outline
from ..engine.wording import joined, test_words, within
from ..languages.words import AND, OR
from .phrases import stage_words
from .report import Block, Entry, Heading, Paragraph, Points

EFFECTS = {
    "permit": "permits", "oblige": "obliges to send", "forbid": "forbids", "disapply": "takes rules out of application",
    "require": "attaches a condition", "advise": "advises",
}  # fmt: skip


def policy_blocks(bundle: Bundle) -> list[Block]:
    """A policy as a whole: what it is, its rules by provision, what it leaves out."""
    head = bundle.heads[0]
    blocks: list[Block] = [
        Heading(1, f"{head.title} ({head.id})"),
        Paragraph(f"{head.encoded.status} encoding, as of {head.encoded.as_of}, in force {head.in_force}", quiet=True),
    ]
    for layer in bundle.heads:
        own = [t for t in bundle.rules if t.policy == layer.id]
        counts = {e: sum(t.rule.effect == e for t in own) for e in EFFECTS}
        words = ", ".join(f"{n} {e}" for e, n in counts.items() if n)
        blocks += [Heading(2, f"{layer.title}: {len(own)} rules ({words})"), Points(tuple(_line(t) for t in own))]
    if bundle.honours:
        entries = [
            Entry(
                f"{kind}: {'can be undertaken and kept' if h.can else 'cannot be undertaken'}",
                "met" if h.can else "failed",
                "; ".join(map(str, s)),
            )
            for kind, (h, s) in sorted(bundle.honours.items())
        ]  # fmt: skip
        blocks += [Heading(2, "What it can undertake as receiver"), Points(tuple(entries))]
    if head.encoded.gaps:
        blocks += [Heading(2, "Not covered by this encoding"), Points(tuple(Entry(g) for g in head.encoded.gaps))]
    return blocks


def _line(text: RuleText) -> Entry:
    return Entry(f"{text.rule.title} ({text.name}, {text.rule.effect})", "point", "; ".join(map(str, text.sources)))


def rule_blocks(bundle: Bundle, name: str) -> list[Block]:
    """One rule in words."""
    index = next(i for i, t in enumerate(bundle.rules) if t.name == name)
    text, code = bundle.rules[index], bundle.program.rules[index]
    blocks: list[Block] = [
        Heading(1, f"{text.name}: {text.rule.title}"),
        Paragraph(f"{EFFECTS[text.rule.effect]}; in force {text.rule.in_force}; {text.place}", quiet=True),
        Heading(3, "Source"),
        Points(tuple(Entry(str(s), "point", s.url or "") for s in text.sources)),
        Heading(3, "When"),
        Points(tuple(_conditions(text.when, bundle, text.policy)) or (Entry("always"),)),
    ]
    blocks += _names(
        "Overrides",
        [t.name for t, r in zip(bundle.rules, bundle.program.rules, strict=True) if index in r.defeated_by],
        bundle,
    )
    blocks += _names("Overridden by", [bundle.rules[d].name for d in code.defeated_by], bundle)
    if code.attaches_to is not None:
        blocks += _names("Attaches to", [bundle.rules[a].name for a in code.attaches_to], bundle)
    if code.provisos:
        entries = [_proviso(bundle, p) for p in code.provisos]
        blocks += [Heading(3, "Conditions it attaches"), Points(tuple(entries))]
    if text.rule.note:
        blocks += [Heading(3, "Note"), Paragraph(text.rule.note)]
    return blocks


def _names(title: str, names: Iterable[str], bundle: Bundle) -> list[Block]:
    by_name = {t.name: t for t in bundle.rules}
    entries = [_line(by_name[n]) for n in names]
    return [Heading(3, title), Points(tuple(entries))] if entries else []


def _proviso(bundle: Bundle, position: int) -> Entry:
    condition, source = bundle.conditions[position]
    due = f", {within(condition.due)}" if condition.due else ""
    remarks = (f"met once {', '.join(condition.met_when)} is so",) if condition.met_when else ()
    words = f"{condition.text} ({stage_words(condition.stage, 'outgoing')}, {condition.bound}, {condition.kind}{due})"
    return Entry(words, "outstanding", str(source) if source else "", remarks)


def _conditions(outline: Outline, bundle: Bundle, policy: str) -> list[Entry]:
    parts = outline.children if outline.kind == "all" else (outline,)
    return [Entry(outline_words(part, bundle, policy)) for part in parts]


def outline_words(outline: Outline, bundle: Bundle, policy: str, *, inner: bool = False) -> str:
    """A condition in one line, nested parts in brackets."""
    if outline.test is not None:
        return test_words(outline.test, bundle.vocabulary)
    if outline.kind == "is":
        return bundle.definitions[policy, outline.text] + f" ({outline.text})"
    parts = [outline_words(child, bundle, policy, inner=True) for child in outline.children]
    if outline.kind == "not":
        return f"not {parts[0]}"
    words = joined(parts, OR if outline.kind == "any" else AND)
    return f"({words})" if inner and len(parts) > 1 else words
