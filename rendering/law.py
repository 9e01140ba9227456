"""What became of each provision that was read: its rules and scenarios, or the reason why there are none."""

from __future__ import annotations

from ..engine.lawmap import Fate, LawMap
from .report import Block, Entry, Heading, Paragraph, Points


def law_blocks(law: LawMap) -> list[Block]:
    """The map of a policy's law."""
    modelled = sum(bool(f.rules) for f in law.fates)
    texts = [f for f in law.fates if f.provision.read == "text"]
    blocks: list[Block] = [
        Heading(1, f"{law.title}: {len(law.fates)} provisions read, {modelled} modelled"),
        Paragraph(f"{_share(texts)}; the rest, with the reasons, stand last.", quiet=True),
    ]
    instruments = dict.fromkeys(f.provision.instrument for f in law.fates if f.rules)
    for instrument in instruments:
        entries = [_entry(f) for f in law.fates if f.rules and f.provision.instrument == instrument]
        blocks += [Heading(2, instrument), Points(tuple(entries))]
    rest = [_entry(f) for f in law.fates if not f.rules]
    if rest:
        blocks += [Heading(2, "Not modelled"), Points(tuple(rest))]
    if law.not_found:
        blocks += [Heading(2, "Not found, and so not encoded"), Points(tuple(Entry(text) for text in law.not_found))]
    return blocks


def _share(texts: list[Fate]) -> str:
    if not texts:
        return "None was read as text, all in secondary sources"
    return f"Of those read as text {100 * sum(bool(f.rules) for f in texts) / len(texts):.0f} % are modelled"


def _entry(fate: Fate) -> Entry:
    remarks = []
    if fate.rules:
        remarks.append("rules: " + ", ".join(fate.rules))
        remarks.append("scenarios: " + (", ".join(fate.scenarios) if fate.scenarios else "none"))
    else:
        remarks.append("why not: " + (fate.reason or "no reason is given"))
    secondary = " [read in a secondary source]" if fate.provision.read == "secondary" else ""
    mark = "met" if fate.rules and fate.scenarios else "contingent" if fate.rules or fate.reason else "failed"
    return Entry(f"{fate.provision.id}: {fate.provision.summary}", mark, f"{fate.provision}{secondary}", tuple(remarks))
