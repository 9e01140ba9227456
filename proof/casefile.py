"""Facts as a case file that a person can read and `mayshare check` can decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from ..rules.vocabulary.facts import Vocabulary

_ORDER = (
    "sender", "receiver", "received", "onward", "direction", "mode", "avenue", "channel", "purpose", "intended_use", "stage",
    "urgent", "offence", "relation",
)  # fmt: skip


def case_text(
    values: Mapping[str, Any], day: date, acting: str | None, vocabulary: Vocabulary, name: str = "witness"
) -> str:
    """A case of one item in YAML, with the facts given and no others."""
    top: dict[str, Any] = {"case": name, "as_of": day}
    facts = dict(values)
    if acting is not None or "sender.jurisdiction" not in facts:
        facts["sender.jurisdiction"] = acting or "CH"  # a layer by itself is the same whoever acts
    item: dict[str, Any] = {"id": "item"}
    for path in sorted(facts, key=_place):
        fact = vocabulary.facts.get(path)
        if fact is not None and fact.scope == "item":
            _put(item, path.removeprefix("item."), facts[path])
        else:
            _put(top, path, facts[path])
    if len(item) > 1:
        top["items"] = [item]
    return yaml.dump(top, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def _place(path: str) -> tuple[int, str]:
    head = path.partition(".")[0]
    return (
        _ORDER.index(head) if head in _ORDER else len(_ORDER),
        "" if path == "sender.jurisdiction" else path,
    )


def _put(into: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        into = into.setdefault(parent, {})
    into[last] = sorted(value) if isinstance(value, frozenset) else value


class _Dumper(yaml.SafeDumper):
    """YAML without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
