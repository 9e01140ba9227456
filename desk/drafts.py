"""Cases under work: the same case with something stated otherwise, and a case as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..rules.case import Case, FactValue, Item, Stated
from ..rules.diagnostics import Place
from ..rules.vocabulary.facts import Fact

_ORDER = (
    "sender", "receiver", "received", "onward", "direction", "mode", "avenue", "channel", "purpose", "intended_use",
    "stage", "urgent", "offence", "relation",
)  # fmt: skip


def restated(
    case: Case,
    changes: Mapping[str, FactValue | None],
    *,
    because: str,
    item: str | None = None,
    vocabulary: Mapping[str, Fact],
) -> Case:
    """The case with facts stated otherwise; None takes a statement back.

    A fact of the case replaces what any item says of it; a fact of an item is changed for `item`, or for all where none is
    named. `because` stands where the place in a file would.
    """
    facts = dict(case.facts)
    items = {i.id: dict(i.facts) for i in case.items}
    for path, value in changes.items():
        own = vocabulary[path].scope == "item" if path in vocabulary else path.startswith("item.")
        for name, stated in items.items():
            if own and item in (None, name):
                _put(stated, path, value, because)
            elif not own and (item is None or name == item):
                stated.pop(path, None)
        if not own:
            _put(facts, path, value, because)
    return case.model_copy(
        update={"facts": facts, "items": tuple(Item(id=n, facts=f) for n, f in items.items()), "text": ""}
    )


PARTIES = {
    "sender.authority": ("sender.",),
    # the originator consents to a passing on to one recipient
    "receiver.authority": ("receiver.", "assurance.", "reciprocity.", "received.onward_consent_obtained"),
}


def stale(case: Case, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """What was stated of an authority that would no longer be the one: another judges, promises and is competent for itself."""
    found: dict[str, None] = {}
    for path, prefixes in PARTIES.items():
        now = case.value(path)
        if path not in changes or now is None or changes[path] == now:
            continue
        stated = [*case.facts, *(p for i in case.items for p in i.facts)]
        found.update(
            {p: None for p in stated if p.startswith(prefixes) and not p.endswith((".authority", ".jurisdiction"))}
        )
    return tuple(found)


def with_statement(case: Case, path: str, stated: Stated, item: str | None) -> Case:
    """The case with a statement, who judged it included: of one item, or of the whole case."""
    if item is None:
        facts = {**case.facts, path: stated}
        items = tuple(Item(id=i.id, facts={p: s for p, s in i.facts.items() if p != path}) for i in case.items)
        return case.model_copy(update={"facts": facts, "items": items, "text": ""})
    items = tuple(i if i.id != item else Item(id=i.id, facts={**i.facts, path: stated}) for i in case.items)
    return case.model_copy(update={"items": items, "text": ""})


def _put(facts: dict[str, Stated], path: str, value: FactValue | None, because: str) -> None:
    if value is None:
        facts.pop(path, None)
    else:
        facts[path] = Stated(value=value, place=Place(because))


def without(case: Case, item: str) -> Case:
    """The case with one item left out."""
    return case.model_copy(update={"items": tuple(i for i in case.items if i.id != item), "text": ""})


def only(case: Case, items: tuple[str, ...]) -> Case:
    """The case with these items alone."""
    return case.model_copy(update={"items": tuple(i for i in case.items if i.id in items), "text": ""})


# -- as a file ------------------------------------------------------------------------------------------------


def as_mapping(case: Case, vocabulary: Mapping[str, Fact]) -> dict[str, Any]:
    """The case as a case file's mapping, facts nested as a person would write them."""
    top: dict[str, Any] = {"case": case.name}
    if case.title:
        top["title"] = case.title
    if case.as_of:
        top["as_of"] = case.as_of
    _nest(top, case.facts)
    if case.items and (len(case.items) > 1 or case.items[0].facts or case.items[0].id != "item"):
        top["items"] = [_item(i, vocabulary) for i in case.items]
    return top


def _item(item: Item, vocabulary: Mapping[str, Fact]) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": item.id}
    own = {p.removeprefix("item."): s for p, s in item.facts.items() if p.startswith("item.")}
    _nest(entry, own)
    for path, stated in sorted(item.facts.items()):
        if not path.startswith("item."):
            entry[path] = plain(stated)  # another fact, for this item alone
    return entry


def _nest(into: dict[str, Any], facts: Mapping[str, Stated]) -> None:
    for path in sorted(facts, key=_place):
        *parents, last = path.split(".")
        target = into
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = plain(facts[path])


def _place(path: str) -> tuple[int, str]:
    head = path.partition(".")[0]
    return (_ORDER.index(head) if head in _ORDER else len(_ORDER), "" if path == "sender.jurisdiction" else path)


def plain(stated: Stated) -> Any:
    """A statement as a file holds it: the bare value, or the long form where more was said."""
    value: Any = sorted(stated.value) if isinstance(stated.value, frozenset) else stated.value
    more = {k: v for k in ("judged_by", "on", "basis", "source") if (v := getattr(stated, k)) is not None}
    return {"value": value, **more} if more else value


def as_yaml(data: Mapping[str, Any]) -> str:
    """A mapping as YAML that `mayshare` reads back to the same."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def day(dumper: Any, value: date) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())

    Dumper.add_representer(date, day)
    return yaml.dump(dict(data), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def case_yaml(case: Case, vocabulary: Mapping[str, Fact]) -> str:
    """The case as a file for `mayshare check`."""
    return as_yaml(as_mapping(case, vocabulary))
