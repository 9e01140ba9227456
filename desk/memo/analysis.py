"""The analysis of a memo: per item, by instrument and article, what is proven, what fails and what is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import reduce

from ...engine.bundle import Bundle
from ...engine.decision import Explanation, ItemDecision, SourceText
from ...engine.wording import joined, lowered, title_words
from ...languages.words import AND, SEMICOLON, changed, fill, listed, say
from ...rendering.phrases import headline, of_item
from ...rendering.report import Block, Entry, Heading, Paragraph, Points
from ...rules.policy import GATEWAYS, Rule
from .naming import Naming, line

_WORDS = {
    "true": ("met", say("Proven:")),
    "false": ("failed", say("Failed:")),
    "unknown": ("contingent", say("Not known:")),
}


def analysis(naming: Naming, bundle: Bundle) -> list[Block]:
    """The analysis section."""
    rules = {r.name: r.rule for r in bundle.rules}
    blocks: list[Block] = []
    for item in naming.decision.items:
        blocks += _item(naming, item, rules)
    return blocks


def _item(naming: Naming, item: ItemDecision, rules: Mapping[str, Rule]) -> list[Block]:
    blocks: list[Block] = [
        Heading(3, of_item(f"`{item.id}`", headline(item.outcome, naming.decision.direction)), item.outcome)
    ]
    blocks.append(Paragraph(item.short))
    if item.not_covered:
        outside = say("The case lies outside what the encoding covers: its silence proves nothing here.")
        blocks.append(Paragraph(outside))
    order = {n.rule: place for place, n in enumerate(item.nearest)}
    shut: list[Explanation] = []
    start = len(blocks)
    for rule in _by_provision(item):
        effect = rules[rule.rule].effect if rule.rule is not None and rule.rule in rules else ""
        if effect in GATEWAYS and rule.truth == "false":
            shut.append(rule)
        elif effect != "advise":
            head, *body = _rule(rule, rules, item)
            blocks += body if head in blocks[start:] else [head, *body]  # two rules of one provision stand under it
    if shut:
        shut.sort(key=lambda r: order.get(r.rule or "", len(order)))
        title = Heading(4, say("Why other gateways did not open, nearest first"))
        blocks += [title, Points(tuple(_shut(r, rules) for r in shut))]
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


def _rule(rule: Explanation, rules: Mapping[str, Rule], item: ItemDecision) -> list[Block]:
    said = {"rule": _named(rule, rules), "finding": _finding(rule, rules[rule.rule or ""].effect, item)}
    blocks: list[Block] = [Heading(4, str(rule.source or rule.rule)), Paragraph(say("{rule}. {finding}", **said))]
    return [*blocks, Points(tuple(_grounds(rule, rules)))]


def _named(node: Explanation, rules: Mapping[str, Rule]) -> str:
    """A rule, or one that sets another aside, by its title and name."""
    title = title_words(rules[node.rule or ""])
    return say("“{title}” (`{rule}`)", title=title, rule=node.rule)


def _finding(rule: Explanation, effect: str, item: ItemDecision) -> str:
    """What follows from a rule, in a sentence."""
    known = rule.truth == "true"
    if rule.kind == "defeat":
        aside = joined((f"`{name}`" for name in _set_aside(rule, item)), AND)
        if known:
            return say("It takes {rules} out of application.", rules=aside)
        return say("It may take {rules} out of application.", rules=aside)
    if effect in GATEWAYS:
        return _gateway(rule, effect, item)
    if effect == "forbid":
        if known:
            return say("This bar applies, and stands against every gateway.")
        if rule.truth == "false":
            return say("This bar is set aside.")
        return say("This bar may apply; that is not known yet.")
    states = {c.status for c in item.conditions if c.rule == rule.rule}
    if not known:
        return say("This condition may attach; that is not known yet.")
    return say("This condition attaches, and is met.") if states == {"met"} else say("This condition attaches.")


def _gateway(rule: Explanation, effect: str, item: ItemDecision) -> str:
    duty = effect == "oblige"
    if rule.truth != "true":
        if duty:
            return say("This duty, which is a gateway too, may be open; that is not known yet.")
        return say("This gateway may be open; that is not known yet.")
    bars = next((n.barred_by for n in item.nearest if n.rule == rule.rule), ())
    if not bars:
        return say("This duty, which is a gateway too, is open.") if duty else say("This gateway is open.")
    said = joined((f"`{b}`" for b in bars), AND)
    if duty:
        return say("This duty, which is a gateway too, is open in itself, but {rules} stands against it.", rules=said)
    return say("This gateway is open in itself, but {rules} stands against it.", rules=said)


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


def _grounds(rule: Explanation, rules: Mapping[str, Rule]) -> Iterator[Entry]:
    """What is proven, what failed, what is not known; then what sets the rule aside."""
    parts = [p for c in rule.children if c.kind != "defeat" for p in _conjuncts(c)]
    for truth in ("true", "false", "unknown"):
        said = [words(p) for p in parts if p.truth == truth]
        if said:
            mark, word = _WORDS[truth]
            yield Entry(say("{sentence}.", sentence=listed(said, SEMICOLON)), mark, label=word)
    for defeat in (c for c in rule.children if c.kind == "defeat"):
        sure = defeat.truth == "true"
        named = _named(defeat, rules)
        text = say("Set aside by {rule}", rule=named) if sure else say("Perhaps set aside by {rule}", rule=named)
        yield Entry(text, "failed" if sure else "contingent", str(defeat.source or ""))


def _conjuncts(node: Explanation) -> list[Explanation]:
    """The requirements of a condition, one by one."""
    return [p for c in node.children for p in _conjuncts(c)] if node.kind == "all" else [node]


def words(node: Explanation) -> str:
    """A requirement in words, with what is known of it and from where."""
    if node.kind in ("fact", "registry"):
        return say("{requirement} ({known})", requirement=node.text, known=_known(node)) if node.fact else node.text
    inner = [words(c) for c in node.children]
    if node.kind == "not":
        return say("not: {requirement}", requirement=inner[0])
    if node.kind == "any":
        return say("either {requirements}", requirements=_row(inner, _OR)) if len(inner) > 1 else inner[0]
    if node.kind == "all":
        return _row(inner, _AND)
    parts = listed((words(p) for c in node.children for p in _conjuncts(c)), SEMICOLON)
    return say("{definition} [{requirements}]", definition=changed(node.text, lowered), requirements=parts)


_OR, _AND = say("{first}, or {next}"), say("{first}, and {next}")


def _row(parts: list[str], link: str) -> str:
    return reduce(lambda first, then: fill(link, first=first, next=then), parts)


def _known(node: Explanation) -> str:
    if node.value is None:
        return say("not stated")
    place = say("registry") if node.kind == "registry" else line(node.place)
    return place if node.truth == "true" else say("it is: {value}; {place}", value=node.value, place=place)


def _shut(rule: Explanation, rules: Mapping[str, Rule]) -> Entry:
    """A gateway that did not open: what failed, what is not known, what sets it aside."""
    remarks = []
    for entry in _grounds(rule, rules):
        text = listed((entry.label, entry.text), " ") if entry.label else entry.text
        text = say("{text}, {provision}.", text=text, provision=entry.source) if entry.source else text
        remarks += [text] if entry.mark != "met" else []
    return Entry(_named(rule, rules), "failed", str(rule.source or ""), tuple(remarks))
