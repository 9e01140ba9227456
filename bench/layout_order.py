"""The canonical order of keys. Only keys whose order means nothing are moved: conditions and lists stay as they are written."""

from __future__ import annotations

from .layout_tree import Entry


def _keys(words: str) -> list[str]:
    return words.split()


SOURCE = _keys("instrument article paragraph provision read url on note")
CONDITION = _keys("id stage bound kind text due until met_when source")
FACT = _keys("type values unit scope registry derived judgement controllable ask help source")
RULE = _keys("id title effect due overrides attaches_to source in_force when condition conditions readings note")
POLICY = _keys(
    "policy title kind binding encoded in_force digest digest_part layers instruments facts definitions covers rules honours "
    "declares not_modelled"
)

# The top of a file, by the key that says what it is.
TOPS = {
    "policy": POLICY,
    "suite": _keys("suite title note as_of layers bases scenarios"),
    "registry": _keys(
        "registry title as_of note sources groups attributes agreements authorities networks contact_points"
    ),
    "vocabulary": _keys("vocabulary title jurisdictions trees facts"),
}

# By the way to a mapping: `*` is an item of a list, `?` any one key. The first that fits counts.
ORDERS: list[tuple[str, list[str]]] = [
    ("encoded", _keys("as_of status gaps")),
    ("instruments ?", _keys("title short number kind url note")),
    ("facts ?", FACT),
    ("definitions ?", _keys("title when source")),
    ("definitions ? source", SOURCE),
    ("definitions ? source *", SOURCE),
    ("rules *", RULE),
    ("rules * source", SOURCE),
    ("rules * source *", SOURCE),
    ("rules * in_force", _keys("from to")),
    ("rules * condition", CONDITION),
    ("rules * conditions *", CONDITION),
    ("in_force", _keys("from to")),
    ("honours ?", _keys("can source note")),
    ("honours ? source", SOURCE),
    ("honours ? source *", SOURCE),
    ("not_modelled *", _keys("provision reason")),
    ("scenarios *", _keys("id title note skip provisions base as_of case matrix expect")),
]


def ordered(entries: list[Entry], path: tuple[str, ...]) -> list[Entry]:
    """Entries of a mapping in canonical order; keys that the order does not name follow as they are."""
    names = [e.key.text for e in entries if e.key]
    kind = next((k for k in TOPS if k in names), "")
    order = TOPS.get(kind) if not path else next((o for pattern, o in ORDERS if _fits(pattern.split(), path)), None)
    if order is None:
        return entries
    place = {name: position for position, name in enumerate(order)}
    return sorted(entries, key=lambda e: place.get(e.key.text if e.key else "", len(order)))


def _fits(pattern: list[str], path: tuple[str, ...]) -> bool:
    return len(pattern) == len(path) and all(p in ("?", own) for p, own in zip(pattern, path, strict=True))
