"""Rules and parts of conditions that no case can reach, that every case meets, or that another already says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...rules.expressions import Both, Either, Expression, Is, Not, Test
from ...rules.policy import GATEWAYS
from ...rules.source import Path_
from .check import Edit, Family, Found
from .meaning import Cases, Meaning, Norm, overlap, within
from .subject import PolicySubject

family = Family()


def at(norm: Norm, *rest: str | int) -> Path_:
    """The path of a rule, or of something in it."""
    return ("rules", norm.index, *rest)


def living(meaning: Meaning) -> list[Norm]:
    """The policy's rules whose conditions can hold at all: the others are reported as such and nothing else is said of them."""
    return meaning.living


@family.check("MS641", severity="error", deep=True)
def never_applies(subject: PolicySubject) -> Iterator[Found]:
    """A rule that can never apply."""
    meaning = subject.meaning
    alive = {id(n) for n in meaning.living}
    for norm in meaning.own:
        if id(norm) not in alive and overlap(norm.rule.in_force, subject.document.in_force):
            yield Found(
                at(norm, "when"),
                f"`{norm.name}` applies in no case: parts of its condition exclude each other",
                "correct the condition",
            )


@family.check("MS642", severity="error", deep=True)
def always_defeated(subject: PolicySubject) -> Iterator[Found]:
    """A rule that is defeated whenever it applies."""
    meaning = subject.meaning
    for norm in living(meaning):
        if norm.defeaters and not meaning.possible(effective=[norm]):
            names = ", ".join(f"`{d.name}`" for d in norm.defeaters)
            message = f"whenever `{norm.name}` applies it is defeated, by {names}"
            yield Found(at(norm, "id"), message, "narrow the exception, or remove the rule")


def wholes(subject: PolicySubject) -> Iterator[tuple[str, Expression]]:
    """Every condition as written, with whose it is."""
    policy = subject.policy
    yield from ((f"`{name}`", e) for name, e in policy.definitions.items())
    yield from ((f"`{name}`", e) for name, e in policy.when.items())
    yield from ((f"`{rule}`, condition `{name}`", e) for (rule, name), e in policy.met_when.items())
    if policy.covers is not None:
        yield "`covers`", policy.covers


def parts(expression: Expression) -> Iterator[Expression]:
    """The parts of a condition, a definition's own apart, outermost first; what stands under `not` is one part."""
    if isinstance(expression, (Both, Either)):
        for part in expression.parts:
            yield part
            yield from parts(part)


def _about(subject: PolicySubject, expression: Expression, question: Callable[[Cases, int], bool]) -> bool:
    """An exact question about one condition; no, if it changes from day to day or is too wide."""
    return subject.meaning.ask(question, subject.meaning.gate(expression))


@family.check("MS643", deep=True)
def part_always_true(subject: PolicySubject) -> Iterator[Found]:
    """A part of a condition that holds in every case."""
    for owner, whole in wholes(subject):
        held: set[int] = set()
        for part in (whole, *parts(whole)):
            empty = isinstance(part, Both) and not part.parts
            if id(part) not in held and not empty and _about(subject, part, Cases.always):
                held |= {id(p) for p in parts(part)}
                yield Found(
                    part.place,
                    f"this part of {owner} holds in every case",
                    "remove it, or say what it was meant to exclude",
                )


@family.check("MS644", deep=True)
def part_never_true(subject: PolicySubject) -> Iterator[Found]:
    """A part of a condition that can never hold, beside others that can."""
    for owner, whole in wholes(subject):
        for part in parts(whole):
            if isinstance(part, (Both, Not, Test, Is)) and _in_any(whole, part) and _about(subject, part, Cases.never):
                yield Found(part.place, f"this alternative in {owner} holds in no case", "correct it, or remove it")


def _in_any(whole: Expression, part: Expression) -> bool:
    """Whether a part is one of several alternatives."""
    return any(isinstance(e, Either) and part in e.parts and len(e.parts) > 1 for e in (whole, *parts(whole)))


@family.check("MS645")
def value_and_its_parent(subject: PolicySubject) -> Iterator[Found]:
    """A value listed beside a more general one that already includes it, or beside itself."""
    for owner, whole in wholes(subject):
        for part in (whole, *parts(whole)):
            test = part.part if isinstance(part, Not) else part
            if not isinstance(test, Test) or test.operator not in ("any_of", "none_of"):
                continue
            tree = subject.vocabulary[test.fact].tree
            path, held = _written(subject, test)
            for index, value in enumerate(held):
                if value in held[:index]:
                    edit = Edit((*path, index), remove=True)
                    yield Found(test.place, f"`{value}` stands twice in a list of {owner}", "write it once", (edit,))
            for value in test.operand if tree else ():
                wider = [v for v in test.operand if v != value and value in tree.below[v]] if tree else []
                if wider:
                    message = f"`{value}` is a kind of `{wider[0]}`, which stands beside it in {owner}"
                    yield Found(test.place, message, f"remove `{value}`", _without(subject, test, value))


def _without(subject: PolicySubject, test: Test, value: str) -> tuple[Edit, ...]:
    """The edit that takes a value out of the list that a test was read from."""
    path, held = _written(subject, test)
    return (Edit((*path, held.index(value)), remove=True),) if value in held else ()


def _written(subject: PolicySubject, test: Test) -> tuple[Path_, list[object]]:
    """The list that a test was read from, with its path; an empty one where it was written otherwise."""
    for path in subject.paths.get(test.place, ()):
        held = subject.text.data
        for step in path:
            held = held[step]
        if isinstance(held, list):
            return path, held
    return (), []


@family.check("MS646", deep=True)
def part_already_said(subject: PolicySubject) -> Iterator[Found]:
    """A part of a condition that follows from the parts beside it."""
    meaning = subject.meaning
    for owner, whole in wholes(subject):
        for part in (whole, *parts(whole)):
            if not isinstance(part, Both) or len(part.parts) < 2:
                continue
            for position, piece in enumerate(part.parts):
                rest = part.parts[:position] + part.parts[position + 1 :]
                # of two that say the same, the later one is superfluous
                if isinstance(piece, Test) and _follows(meaning, rest, piece, rest[:position]):
                    yield Found(piece.place, f"this part of {owner} follows from the parts beside it", "remove it")


def _follows(meaning: Meaning, rest: tuple[Expression, ...], piece: Test, before: tuple[Expression, ...]) -> bool:
    gates = [meaning.gate(e) for e in rest]
    own = meaning.gate(piece)
    facts = meaning.facts(own)
    near = [g for g in gates if facts & meaning.facts(g)]
    if not near:
        return False
    if own in near and own not in [meaning.gate(e) for e in before]:
        return False

    def follows(cases: Cases, one: int, *others: int) -> bool:
        together = cases.all(others)
        return together != 0 and not cases.always(one) and cases.implies(together, one)

    return meaning.ask(follows, own, *near)


def provisions(norm: Norm) -> set[tuple[str, str, str]]:
    """The provisions that a rule rests on: instrument, article, paragraph."""
    return {(s.instrument, s.article, s.paragraph or "") for s in norm.rule.source}


def pairs(norms: list[Norm]) -> Iterator[tuple[Norm, Norm]]:
    """Pairs of rules that rest on one provision."""
    for position, norm in enumerate(norms):
        for other in norms[:position]:
            if provisions(norm) & provisions(other):
                yield other, norm


def _same_case(meaning: Meaning, one: Norm, other: Norm) -> bool:
    return not meaning.possible([one], (), [other]) and not meaning.possible([other], (), [one])


@family.check("MS647", deep=True)
def same_rule(subject: PolicySubject) -> Iterator[Found]:
    """Two rules that say the same."""
    meaning = subject.meaning
    norms = living(meaning)
    for position, norm in enumerate(norms):
        for other in norms[:position]:
            one, two = other.rule, norm.rule
            alike = one.effect == two.effect and one.in_force == two.in_force and _carries(one) == _carries(two)
            if alike and meaning.facts(norm.gate) == meaning.facts(other.gate) and _same_case(meaning, norm, other):
                yield Found(
                    at(norm, "id"),
                    f"`{norm.name}` says what `{other.name}` says",
                    "keep one, with both sources",
                    key=False,
                )


def _carries(rule: object) -> object:
    fields = ("overrides", "attaches_to", "all_conditions", "due")
    return [getattr(rule, f) for f in fields]


@family.check("MS648", deep=True)
def shadowed(subject: PolicySubject) -> Iterator[Found]:
    """A rule that adds nothing to another of the same provision."""
    meaning = subject.meaning
    norms = living(meaning)
    for one, other in pairs(norms):
        for norm, wide in ((one, other), (other, one)):
            if (
                _adds_nothing(norm, wide)
                and not meaning.possible([norm], (), [wide])
                and not _same_case(meaning, norm, wide)
            ):
                message = f"whenever `{norm.name}` applies so does `{wide.name}`, with the same effect"
                yield Found(at(norm, "id"), message, "remove it, or say what sets it apart")


def _adds_nothing(norm: Norm, wide: Norm) -> bool:
    a, b = norm.rule, wide.rule
    if a.effect != b.effect or a.effect not in ("forbid", "disapply", *GATEWAYS) or not within(a.in_force, b.in_force):
        return False
    if a.due or not set(a.overrides) <= set(b.overrides) or not set(wide.defeaters) <= set(norm.defeaters):
        return False
    return not a.all_conditions and not b.all_conditions and not _named(norm, wide)


def _named(norm: Norm, wide: Norm) -> bool:
    """Whether some rule attaches a condition to one of the two and not to the other."""
    names = [r.attaches_to for r in norm.policy.document.rules if r.attaches_to]
    return any((norm.name in n) != (wide.name in n) for n in names)


@family.check("MS649", deep=True)
def contradiction(subject: PolicySubject) -> Iterator[Found]:
    """Two rules of one provision that contradict each other, and neither gives way."""
    meaning = subject.meaning
    for one, other in pairs(living(meaning)):
        effects = {one.rule.effect, other.rule.effect}
        if "forbid" in effects and effects & set(GATEWAYS) and not _ordered(one, other) and _clash(meaning, one, other):
            message = f"`{other.name}` and `{one.name}` rest on one provision and contradict each other, and neither gives way"
            yield Found(at(other, "effect"), message, "name in `overrides` which of them defeats the other")


def _ordered(one: Norm, other: Norm) -> bool:
    return one in other.defeaters or other in one.defeaters


def _clash(meaning: Meaning, one: Norm, other: Norm) -> bool:
    """Whether a case certainly exists in which both are effective: found, stated, and decided by the kernel."""
    from .witness import both_effective

    return both_effective(meaning, one, other)
