"""The analysis of a memo: per item, by instrument and article, what is proven, what fails and what is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...engine.bundle import Bundle
from ...engine.decision import Explanation, ItemDecision, SourceText
from ...engine.wording import joined, lowered
from ...languages.words import AND
from ...rendering.phrases import headline
from ...rendering.report import Block, Entry, Heading, Paragraph, Points
from .naming import Naming, line

_GATEWAYS = ("permit", "oblige")
_WORDS = {"true": ("met", "Proven"), "false": ("failed", "Failed"), "unknown": ("contingent", "Not known")}


def analysis(naming: Naming, bundle: Bundle) -> list[Block]:
    """The analysis section."""
    effects = {r.name: r.rule.effect for r in bundle.rules}
    blocks: list[Block] = []
    for item in naming.decision.items:
        blocks += _item(naming, item, effects)
    return blocks


def _item(naming: Naming, item: ItemDecision, effects: Mapping[str, str]) -> list[Block]:
    blocks: list[Block] = [
        Heading(3, f"`{item.id}`: {headline(item.outcome, naming.decision.direction)}", item.outcome)
    ]
    blocks.append(Paragraph(item.short))
    if item.not_covered:
        blocks.append(Paragraph("The case lies outside what the encoding covers: its silence proves nothing here."))
    order = {n.rule: place for place, n in enumerate(item.nearest)}
    shut: list[Explanation] = []
    start = len(blocks)
    for rule in _by_provision(item):
        effect = effects.get(rule.rule or "", "")
        if effect in _GATEWAYS and rule.truth == "false":
            shut.append(rule)
        elif effect != "advise":
            head, *body = _rule(rule, effect, item)
            blocks += body if head in blocks[start:] else [head, *body]  # two rules of one provision stand under it
    if shut:
        shut.sort(key=lambda r: order.get(r.rule or "", len(order)))
        title = Heading(4, "Why other gateways did not open, nearest first")
        blocks += [title, Points(tuple(_shut(r) for r in shut))]
    return blocks


def _by_provision(item: ItemDecision) -> list[Explanation]:
    """The rules that bear on an item, exceptions among them: domestic law first, then by instrument, article, paragraph."""

    def key(rule: Explanation) -> tuple[object, ...]:
        source = rule.source or SourceText(instrument="", article="")
        name = source.title or source.instrument
        return ("/" in (rule.rule or ""), name, _natural(source.article), _natural(source.paragraph or ""), rule.rule)

    found: dict[str | None, Explanation] = {}
    todo = list(item.explanation.children)
    while todo:
        node = todo.pop()
        if node.kind in ("rule", "defeat"):
            found.setdefault(node.rule, node)
            todo += node.children
    return sorted(found.values(), key=key)


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sorts 9 before 67a and 67a before 67b."""
    return tuple((int(n or 0), rest) for n, rest in re.findall(r"(\d*)(\D*)", text) if n or rest)


def _rule(rule: Explanation, effect: str, item: ItemDecision) -> list[Block]:
    title = rule.text.split(": ", 1)[-1] if rule.kind == "defeat" else rule.text
    blocks: list[Block] = [
        Heading(4, str(rule.source or rule.rule)),
        Paragraph(f"“{title}” (`{rule.rule}`). {_finding(rule, effect, item)}"),
    ]
    return [*blocks, Points(tuple(_grounds(rule)))]


def _finding(rule: Explanation, effect: str, item: ItemDecision) -> str:
    """What follows from a rule, in a sentence."""
    known = rule.truth == "true"
    if rule.kind == "defeat":
        aside = joined((f"`{name}`" for name in _set_aside(rule, item)), AND)
        return f"It {'takes' if known else 'may take'} {aside} out of application."
    if effect in _GATEWAYS:
        bars = next((n.barred_by for n in item.nearest if n.rule == rule.rule), ())
        what = "This duty, which is a gateway too," if effect == "oblige" else "This gateway"
        but = f" in itself, but {joined((f'`{b}`' for b in bars), AND)} stands against it" if bars else ""
        return f"{what} is open{but}." if known else f"{what} may be open; that is not known yet."
    if effect == "forbid":
        if known:
            return "This bar applies, and stands against every gateway."
        return "This bar is set aside." if rule.truth == "false" else "This bar may apply; that is not known yet."
    states = {c.status for c in item.conditions if c.rule == rule.rule}
    if not known:
        return "This condition may attach; that is not known yet."
    return "This condition attaches, and is met." if states == {"met"} else "This condition attaches."


def _set_aside(rule: Explanation, item: ItemDecision) -> list[str]:
    """The rules that a rule takes out of application here."""
    found: dict[str, None] = {}
    todo = list(item.explanation.children)
    while todo:
        node = todo.pop(0)
        if any(c.kind == "defeat" and c.rule == rule.rule for c in node.children):
            found[node.rule or ""] = None
        todo += [c for c in node.children if c.kind in ("rule", "defeat")]
    return list(found)


def _grounds(rule: Explanation) -> Iterator[Entry]:
    """What is proven, what failed, what is not known; then what sets the rule aside."""
    parts = [p for c in rule.children if c.kind != "defeat" for p in _conjuncts(c)]
    for truth in ("true", "false", "unknown"):
        said = [words(p) for p in parts if p.truth == truth]
        if said:
            mark, word = _WORDS[truth]
            yield Entry(f"{'; '.join(said)}.", mark, label=f"{word}:")
    for defeat in (c for c in rule.children if c.kind == "defeat"):
        sure = defeat.truth == "true"
        title = defeat.text.split(": ", 1)[-1]
        text = f"{'Set' if sure else 'Perhaps set'} aside by “{title}” (`{defeat.rule}`)"
        yield Entry(text, "failed" if sure else "contingent", str(defeat.source or ""))


def _conjuncts(node: Explanation) -> list[Explanation]:
    """The requirements of a condition, one by one."""
    return [p for c in node.children for p in _conjuncts(c)] if node.kind == "all" else [node]


def words(node: Explanation) -> str:
    """A requirement in words, with what is known of it and from where."""
    if node.kind in ("fact", "registry"):
        return f"{node.text} ({_known(node)})" if node.fact else node.text
    inner = [words(c) for c in node.children]
    if node.kind == "not":
        return f"not: {inner[0]}"
    if node.kind == "any":
        return "either " + ", or ".join(inner) if len(inner) > 1 else inner[0]
    if node.kind == "all":
        return ", and ".join(inner)
    return f"{lowered(node.text)} [{'; '.join(words(p) for c in node.children for p in _conjuncts(c))}]"


def _known(node: Explanation) -> str:
    if node.value is None:
        return "not stated"
    place = "registry" if node.kind == "registry" else line(node.place)
    return place if node.truth == "true" else f"it is: {node.value}; {place}"


def _shut(rule: Explanation) -> Entry:
    """A gateway that did not open: what failed, what is not known, what sets it aside."""
    remarks = [
        f"{e.label} {e.text}".lstrip() + (f", {e.source}." if e.source else "")
        for e in _grounds(rule)
        if e.mark != "met"
    ]
    return Entry(f"“{rule.text}” (`{rule.rule}`)", "failed", str(rule.source or ""), tuple(remarks))
