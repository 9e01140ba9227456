"""What may be written at the cursor: keys, facts, values and names, each with what a person has to know of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lsprotocol.types import CompletionItem, CompletionItemKind, MarkupContent, MarkupKind, Range, TextEdit

from ...rules.expressions import operators_of
from ...rules.pages import pages
from ...rules.policy import GATEWAYS
from ...rules.source import Path_
from ...rules.vocabulary.facts import Fact
from ..lint.registry import CHECKS
from .cursor import Spot, spot_at
from .grammar import JOINING, NameKind, Slot, is_mapping, keys_at, names_in, role_of, slot_of, words_at
from .names import Name, Sheet, parties, senders
from .positions import Lines
from .view import View
from .words import about, fact_line

Kind = CompletionItemKind
_IGNORE = re.compile(
    r"#\s*mayshare:\s*ignore(?:-file)?\s+(?:MS\d+\s*,\s*)*(MS\d*)?$|#\s*mayshare:\s*ignore(?:-file)?\s+$"
)
_TAIL = re.compile(r"[\w./-]*")
_JOINED = {
    "all": "Holds when every part does", "any": "Holds when some part does", "not": "Holds when its part fails",
    "is": "Holds when the named definition does",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be written: the word, what it is in a few words, and for a key what follows it."""

    word: str
    kind: Kind
    detail: str = ""
    said: str = ""
    name: Name | None = None
    after: str = ""


def completions(sheet: Sheet, view: View, lines: Lines, line: int, column: int) -> list[CompletionItem]:
    """Everything that may be written at a place, instead of the word that the cursor stands in."""
    whole = lines.line(line)
    tail = _TAIL.match(whole, column - 1)
    end = tail.end() + 1 if tail else column
    comment = _IGNORE.search(whole[: column - 1])
    if comment:
        start = column - len(comment.group(1) or "")
        offers: Iterable[Offer] = [Offer(c, Kind.EnumMember, check.name) for c, check in CHECKS.items()]
        return _items(offers, _stretch(lines, line, start, end))
    spot = spot_at(lines.text, line, column)
    if spot is None:
        return []
    is_key = whole[end - 1 :].lstrip().startswith(":")
    return _items(_offers(spot, sheet, view), _stretch(lines, line, spot.start, end), after=not is_key)


def _stretch(lines: Lines, line: int, start: int, end: int) -> Range:
    return Range(lines.position(line, start), lines.position(line, end))


def _items(offers: Iterable[Offer], where: Range, *, after: bool = True) -> list[CompletionItem]:
    found: dict[str, Offer] = {}
    for offer in offers:
        found.setdefault(offer.word, offer)
    return [
        CompletionItem(
            label=o.word, kind=o.kind, detail=o.detail or None, sort_text=f"{position:05}", filter_text=o.word,
            documentation=MarkupContent(MarkupKind.Markdown, o.said) if o.said else None,
            text_edit=TextEdit(where, o.word + (o.after if after else "")),
            data=None if o.name is None else {"kind": o.name.kind, "owner": o.name.owner, "id": o.name.id},
        )
        for position, o in enumerate(found.values())
    ]  # fmt: skip


def resolved(item: CompletionItem, view: View) -> CompletionItem:
    """A completion with all that is known of what it names."""
    if isinstance(item.data, dict) and item.documentation is None:
        name = Name(item.data["kind"], str(item.data["owner"]), str(item.data["id"]))
        said = about(name, view)
        item.documentation = MarkupContent(MarkupKind.Markdown, said) if said else None
    return item


def _offers(spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    written = spot.data if spot.key and isinstance(spot.data, dict) else {}
    for offer in _possible(spot, sheet, view):
        if not spot.key or offer.word not in written:
            yield offer


def _possible(spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    """What fits: for a key what the mapping holds, for a value what the key takes."""
    kind = sheet.kind
    slot = slot_of(kind, spot.path, view.facts)
    in_item = bool(spot.path) and isinstance(spot.path[-1], int)
    plain = slot is not None and slot.state == "fact"  # in the list of a fact stand values, and no operators
    if spot.key or (in_item and not plain and is_mapping(kind, spot.path) and _no_name(kind, spot.path)):
        yield from _keys(spot, slot, sheet, view)
        return
    role = role_of(kind, spot.path, key=False)
    if role is not None and not role.defines:
        yield from _names(role.kind, spot.path, sheet, view)
    elif slot is not None:
        yield from _values(slot, spot, sheet, view)
    else:
        yield from (Offer(word, Kind.EnumMember) for word in words_at(kind, spot.path))


def _no_name(kind: str | None, path: Path_) -> bool:
    return role_of(kind, path, key=False) is None


# -- keys -------------------------------------------------------------------------------------------------------


def _keys(spot: Spot, slot: Slot | None, sheet: Sheet, view: View) -> Iterator[Offer]:
    path = spot.path
    if slot is not None and slot.state == "keys":
        if sheet.kind in ("policy", "vocabulary"):
            yield from _facts(_testable(sheet, view), spot, sheet, view)
            yield from (Offer(word, Kind.Keyword, said, after=": ") for word, said in _JOINED.items())
        elif names_in(path)[:2] in (("scenarios", "matrix"), ("scenarios", "expect")):
            yield from _axes(spot, sheet, view)
        else:
            yield from _stated(slot, spot, sheet, view)
    elif slot is not None and slot.state == "fact" and slot.fact in view.facts:
        if sheet.kind == "policy":
            yield from (Offer(o, Kind.Operator, after=": ") for o in operators_of(view.facts[slot.fact].kind))
        else:
            yield from _plain_keys("case", ("sender", "authority"))
    elif role_of(sheet.kind, (*path, "?"), key=True) is not None:
        role = role_of(sheet.kind, (*path, "?"), key=True)
        if role is not None and not role.defines:
            yield from _names(role.kind, path, sheet, view, after=": ")
    else:
        yield from _plain_keys(sheet.kind, path)


def _plain_keys(kind: str | None, path: Path_) -> Iterator[Offer]:
    for word, said in keys_at(kind, path).items():
        yield Offer(word, Kind.Property, said, said, after=": ")


def _testable(sheet: Sheet, view: View) -> Iterator[Fact]:
    """The facts that a condition of a file may test: the shared ones and the file's own."""
    own = f"{sheet.owner.lower()}."
    return (f for f in view.facts.values() if f.path in view.around.vocabulary.facts or f.path.startswith(own))


def _facts(facts: Iterable[Fact], spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    """Facts by name: those of the law that applies first, those of other laws last."""
    for fact in sorted(facts, key=_distance(spot, sheet, view)):
        yield Offer(fact.path, Kind.Field, fact.ask, name=Name("fact", "", fact.path), after=": ")


def _distance(spot: Spot, sheet: Sheet, view: View) -> Callable[[Fact], tuple[int, str]]:
    """How near a fact is to the law that applies at a place."""
    if sheet.kind == "suite":
        owners = senders(spot.document, spot.path, sheet.owner)
    else:
        owners = [sheet.owner] if sheet.kind == "policy" else parties(spot.document)
    near = {law.lower() for owner in owners for law in view.law(owner)}
    shared = view.around.vocabulary.facts

    def distance(fact: Fact) -> tuple[int, str]:
        if fact.path in shared:
            return 1, fact.path
        return 0 if fact.path.partition(".")[0] in near else 2, fact.path

    return distance


def _stated(slot: Slot, spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    """The keys of a case: parts of the paths of facts, and what else a case says."""
    under: dict[str, list[Fact]] = {}
    for path, fact in view.facts.items():
        own = path.removeprefix("item.") if slot.item else path
        if fact.derived is None and (fact.scope == "case" or slot.item) and own.startswith(slot.prefix):
            under.setdefault(own[len(slot.prefix) :].partition(".")[0], []).append(fact)
    distance = _distance(spot, sheet, view)
    for part, facts in sorted(under.items(), key=lambda entry: (min(map(distance, entry[1]))[0], entry[0])):
        path = f"{slot.prefix}{part}"
        whole = next((f for f in facts if f.path in (path, f"item.{path}")), None)
        if whole is not None:
            yield Offer(part, Kind.Field, whole.ask, name=Name("fact", "", whole.path), after=": ")
        else:
            yield Offer(part, Kind.Module, f"{len(facts)} facts", "\n\n".join(map(fact_line, facts[:20])), after=": ")
    if not slot.prefix:
        root: Path_ = ("items", 0) if slot.item else ()
        known = {word.partition(".")[0] for word in under}
        yield from (o for o in _plain_keys("case", root) if "." not in o.word and o.word not in known)
        stated = (f for f in view.facts.values() if f.scope == "case" and f.derived is None)
        yield from _facts(stated, spot, sheet, view)


def _axes(spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    """What a matrix may run over; under `expect` the axes that the scenario has."""
    if names_in(spot.path)[1] == "matrix":
        yield from _facts(view.facts.values(), spot, sheet, view)
        yield from (Offer(w, Kind.Property, after=": ") for w in ("as_of", "base"))
        return
    scenarios = spot.document.data["scenarios"]
    entry = scenarios[spot.path[1]] if isinstance(spot.path[1], int) else None
    matrix = entry.get("matrix") if isinstance(entry, dict) else None
    yield from (Offer(str(axis), Kind.Property, after=": ") for axis in (matrix if isinstance(matrix, dict) else ()))


# -- values -----------------------------------------------------------------------------------------------------


def _values(slot: Slot, spot: Spot, sheet: Sheet, view: View) -> Iterator[Offer]:
    if slot.state == "definition":
        yield from _names("definition", spot.path, sheet, view)
    elif slot.state == "other":
        tested = view.facts.get(slot.fact)
        alike = (f for f in view.facts.values() if tested and (f.kind, f.tree) == (tested.kind, tested.tree))
        yield from (Offer(f.path, Kind.Field, f.ask, name=Name("fact", "", f.path)) for f in alike if f is not tested)
    elif slot.state == "fact" and slot.fact in view.facts:
        yield from _values_of(view.facts[slot.fact], view)
    elif slot.state == "keys" and spot.own_line and not any(j in spot.path for j in JOINING):
        yield from ()
    elif slot.state == "none":
        yield from (Offer(word, Kind.EnumMember) for word in words_at(sheet.kind, spot.path))


def _values_of(fact: Fact, view: View) -> Iterator[Offer]:
    if fact.kind == "boolean":
        yield Offer("true", Kind.Value, "yes", fact.help)
        yield Offer("false", Kind.Value, "no", fact.help)
    elif fact.kind == "jurisdiction":
        yield from (Offer(code, Kind.EnumMember, title) for code, title in view.around.vocabulary.jurisdictions.items())
    elif fact.kind == "date":
        yield Offer("as_of", Kind.Value, "the day of the case")
    elif fact.tree is not None:
        for value, entry in fact.tree.values.items():
            kind_of = f"a kind of `{entry.parent}`" if entry.parent else ""
            said = "\n\n".join(part for part in (entry.help or "", kind_of) if part)
            yield Offer(value, Kind.EnumMember, entry.label, said)


# -- names ------------------------------------------------------------------------------------------------------


def _names(kind: NameKind, path: Path_, sheet: Sheet, view: View, after: str = "") -> Iterator[Offer]:
    """The names of a kind that may be used at a place, each with its title."""
    if kind == "code":
        yield from (Offer(code, Kind.EnumMember, title) for code, title in pages().items())
    elif kind == "jurisdiction":
        yield from (Offer(code, Kind.EnumMember, title) for code, title in view.around.vocabulary.jurisdictions.items())
    elif kind == "fact":
        yield from (Offer(f.path, Kind.Field, f.ask, name=Name("fact", "", f.path)) for f in view.facts.values())
    elif kind == "policy":
        yield from _laws(path, view)
    elif kind in ("rule", "condition"):
        yield from _of_law(kind, path, sheet, view, after)
    elif kind == "provision":
        yield from _provisions(sheet, view)
    else:
        own = sheet if kind in ("base", "source", "instrument", "definition") else None
        yield from _defined(kind, own, sheet, view, after)


def _laws(path: Path_, view: View) -> Iterator[Offer]:
    for name in view.library.files:
        if path[0] != "layers" or not name.isupper():
            data = view.data(Name("policy", "", name))
            title = str(data.get("title", "")) if isinstance(data, dict) else ""
            yield Offer(name, Kind.Module, title, name=Name("policy", "", name))


def _of_law(kind: NameKind, path: Path_, sheet: Sheet, view: View, after: str) -> Iterator[Offer]:
    """Rules and conditions of the law that applies: the policy's own, then its layers'."""
    main = sheet.owner
    laws = (
        view.law(main) if main.isupper() else [main, *(n for n in view.library.files if not n.isupper() and n != main)]
    )
    gateways = "attaches_to" in path
    own_id = _rule_at(path, sheet)
    for law in laws:
        found = sheet if law == sheet.owner and sheet.kind == "policy" else view.policies.get(law)
        for mention in found.mentions if found is not None else ():
            if not (mention.defines and mention.name.kind == kind) or found is None:
                continue
            data = found.data_at(mention)
            title, effect = (str(data.get(k) or "") for k in ("title" if kind == "rule" else "text", "effect"))
            if mention.name.id == own_id or (gateways and effect not in GATEWAYS):
                continue
            word = mention.name.id if law == main or kind == "condition" else f"{law}/{mention.name.id}"
            yield Offer(word, Kind.Reference, f"{effect}: {title}" if effect else title, name=mention.name, after=after)


def _rule_at(path: Path_, sheet: Sheet) -> object:
    """The id of the rule that a path lies in: a rule does not name itself."""
    if sheet.kind != "policy" or path[:1] != ("rules",) or len(path) < 2:
        return None
    rules, position = sheet.data.get("rules"), path[1]
    if not isinstance(rules, list) or not isinstance(position, int) or position >= len(rules):
        return None
    return rules[position].get("id") if isinstance(rules[position], dict) else None


def _provisions(sheet: Sheet, view: View) -> Iterator[Offer]:
    policy = sheet if sheet.kind == "policy" else view.policies.get(sheet.owner)
    wanted = str(policy.data.get("digest", "")) if policy is not None else ""
    for digest in view.digests:
        if wanted and digest.source.name.endswith(f"/{wanted.lower()}.yaml"):
            for entry in digest.data["provisions"]:
                yield Offer(str(entry["id"]), Kind.Reference, str(entry.get("summary", "")))


def _defined(kind: NameKind, own: Sheet | None, sheet: Sheet, view: View, after: str) -> Iterator[Offer]:
    for found in [own] if own is not None else view.sheets:
        for mention in found.mentions:
            if mention.defines and mention.name.kind == kind:
                data = found.data_at(mention)
                title = str(data.get("title") or data.get("name") or "") if isinstance(data, dict) else str(data)
                yield Offer(mention.name.id, Kind.Reference, title, name=mention.name, after=after)
