"""A case in which two rules are effective at once, checked by deciding it."""

from __future__ import annotations

from datetime import date

from ...engine.diagram import TooWide
from ...engine.kernel import walk_gate
from ...engine.truth import TRUE
from .meaning import Cases, Meaning, Norm


def both_effective(meaning: Meaning, one: Norm, other: Norm) -> bool:
    """Whether some case, once stated, makes both rules effective. "Yes" is certain: the case was decided."""
    norms = list({id(n): n for n in (*one.family, *other.family)}.values())
    try:
        for day in meaning.days(norms):
            force = frozenset(id(n) for n in norms if n.rule.in_force.holds(day))
            cases = meaning.cases(*(n.gate for n in norms), day=day)
            node = cases.all([cases.effective(one, force), cases.effective(other, force)])
            if node != 0:
                return _decided(cases, node, (one, other), force, day)
    except TooWide:
        return False
    return False


def _decided(cases: Cases, node: int, pair: tuple[Norm, Norm], force: frozenset[int], day: date) -> bool:
    path = cases.diagrams.witness(node)
    assert path is not None
    # what may turn out either way is stated too: a test that every value meets is not known to hold while there is no value
    branches = dict.fromkeys(cases.worlds.meanings(), 0) | path
    values = {**cases.meaning.values, **cases.worlds.stated(branches)}

    def effective(norm: Norm) -> bool:
        applies = id(norm) in force and walk_gate(cases.worlds.program, norm.gate, values, day) == TRUE
        return applies and not any(effective(d) for d in norm.defeaters)

    return all(effective(norm) for norm in pair)
