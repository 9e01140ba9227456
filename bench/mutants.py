"""Small changes to a policy, each as a drafter might get it wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from ..engine.bundle import Bundle
from ..engine.compile import ExpressionCompiler, GateTable
from ..engine.program import Program, RuleCode
from ..engine.wording import test_words, value_words
from ..rules.check_policy import Policy
from ..rules.diagnostics import Place
from ..rules.expressions import Both, Either, Expression, Is, Not, Test, walk
from ..rules.vocabulary.facts import Fact, Vocabulary

Kind = Literal["condition", "effect", "exception", "obligation", "date"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    `where` is the rule, definition or `covers` it is made in. `apply` gives the changed law; None where the change makes no
    lawful policy (such as a circle of exceptions).
    """

    policy: str
    where: str
    kind: Kind
    text: str
    place: Place
    apply: Callable[[Bundle], Bundle | None]


def mutants(policy: Policy, vocabulary: Vocabulary) -> Iterator[Mutant]:
    """Every mutant of a policy, in the order of its file."""
    for name in policy.definitions:
        for text, place, changed in variants(policy.definitions[name], vocabulary):
            yield Mutant(policy.id, name, "condition", text, place, _definition(policy, name, changed))
    if policy.covers is not None and policy.document.kind == "domestic":
        for text, place, changed in variants(policy.covers, vocabulary):
            yield Mutant(policy.id, "covers", "condition", text, place, _covers(policy, changed))
    for index, rule in enumerate(policy.document.rules):
        for text, place, changed in variants(policy.when[rule.id], vocabulary):
            yield Mutant(policy.id, rule.id, "condition", text, place, _when(policy, rule.id, changed))
        yield from _rule_mutants(policy, index, vocabulary)


# -- conditions -----------------------------------------------------------------------------------------------

Variant = tuple[str, Place, Expression]


def variants(expression: Expression, vocabulary: Vocabulary) -> Iterator[Variant]:
    """A condition with one part dropped, negated, joined otherwise, or holding against a sibling value."""
    if not isinstance(expression, Both) or not expression.parts:
        yield "dropped: " + words(expression, vocabulary), expression.place, Both((), expression.place)
    yield from _variants(expression, vocabulary)


def _variants(expression: Expression, vocabulary: Vocabulary) -> Iterator[Variant]:
    if isinstance(expression, (Test, Is)):
        yield "negated: " + words(expression, vocabulary), expression.place, Not(expression, expression.place)
        if isinstance(expression, Test):
            yield from _values(expression, vocabulary)
    elif isinstance(expression, Not):
        if isinstance(expression.part, (Test, Is)):
            yield "no longer negated: " + words(expression, vocabulary), expression.place, expression.part
            inner = _values(expression.part, vocabulary) if isinstance(expression.part, Test) else iter(())
        else:
            inner = _variants(expression.part, vocabulary)
        yield from ((text, place, Not(part, expression.place)) for text, place, part in inner)
    else:
        yield from _joined(expression, vocabulary)


def _joined(expression: Both | Either, vocabulary: Vocabulary) -> Iterator[Variant]:
    parts = expression.parts
    other = Either if isinstance(expression, Both) else Both
    if len(parts) > 1:
        said = ("all", "any") if isinstance(expression, Both) else ("any", "all")
        yield f"`{said[0]}` made `{said[1]}`", expression.place, other(parts, expression.place)
        for index, part in enumerate(parts):
            rest = replace(expression, parts=parts[:index] + parts[index + 1 :])
            yield "dropped: " + words(part, vocabulary), part.place, rest
    for index, part in enumerate(parts):
        for text, place, changed in _variants(part, vocabulary):
            yield text, place, replace(expression, parts=(*parts[:index], changed, *parts[index + 1 :]))


def _values(test: Test, vocabulary: Vocabulary) -> Iterator[Variant]:
    fact = vocabulary[test.fact]
    if isinstance(test.operand, tuple) and fact.tree is not None:
        for value in test.operand:
            sibling = _sibling(fact, value, test.operand)
            if sibling is not None:
                operand = tuple(sorted(sibling if v == value else v for v in test.operand))
                text = f"{value_words(fact, value, vocabulary)} made {value_words(fact, sibling, vocabulary)}"
                yield text, test.place, replace(test, operand=operand)
    elif test.operator in ("at_least", "more_than", "at_most", "less_than"):
        swap = {"at_least": "more_than", "more_than": "at_least", "at_most": "less_than", "less_than": "at_most"}
        yield "the bound itself counted otherwise", test.place, replace(test, operator=swap[test.operator])
        if isinstance(test.operand, date):
            later = test.operand + timedelta(days=1)
            yield f"{test.operand} made {later}", test.place, replace(test, operand=later)


def _sibling(fact: Fact, value: str, taken: tuple[Any, ...]) -> str | None:
    """The next value under the same parent that is not tested for already."""
    assert fact.tree is not None
    parent = fact.tree.values[value].parent
    family = [name for name, v in fact.tree.values.items() if v.parent == parent]
    after = family[family.index(value) + 1 :] + family[: family.index(value)]
    return next((name for name in after if name not in taken), None)


def words(expression: Expression, vocabulary: Vocabulary) -> str:
    """A condition in one line."""
    if isinstance(expression, Test):
        return test_words(expression, vocabulary)
    if isinstance(expression, Is):
        return f"is {expression.definition}"
    if isinstance(expression, Not):
        return f"not ({words(expression.part, vocabulary)})"
    return (" and " if isinstance(expression, Both) else " or ").join(
        words(p, vocabulary) for p in expression.parts
    ) or "always"


# -- applying -------------------------------------------------------------------------------------------------


def _position(bundle: Bundle, policy: str, rule: str) -> int | None:
    return next((i for i, t in enumerate(bundle.rules) if t.policy == policy and t.rule.id == rule), None)


def _changed(bundle: Bundle, rules: dict[int, RuleCode], program: Program | None = None, **more: Any) -> Bundle:
    """A bundle with some rules' code replaced (and gates and atoms already extended in `program`)."""
    old = program or bundle.program
    code = tuple(rules.get(i, r) for i, r in enumerate(old.rules))
    return bundle.changed(program=replace(old, rules=code, hash="", **more))


class _Extension:
    """Compiles changed conditions into a program's own gates, so that every position in it stays what it was."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.table = GateTable.of(bundle.program)
        self.compiler = ExpressionCompiler(bundle.vocabulary, self.table)

    def gate(self, expression: Expression, definitions: dict[str, Expression]) -> int:
        return self.compiler.gate(expression, definitions)

    def program(self) -> Program:
        program, vocabulary = self.bundle.program, self.bundle.vocabulary
        atoms = tuple(self.table.atoms)
        new = {a.fact for a in atoms[len(program.atoms) :]} - program.kinds.keys()
        kinds = {**program.kinds, **{f: vocabulary[f].kind for f in sorted(new)}}
        below = {
            **program.below,
            **{f: dict(tree.below) for f in sorted(new) if (tree := vocabulary[f].tree) is not None},
        }
        return replace(program, atoms=atoms, gates=tuple(self.table.gates), kinds=kinds, below=below)


def _when(policy: Policy, rule: str, changed: Expression) -> Callable[[Bundle], Bundle | None]:
    def apply(bundle: Bundle) -> Bundle | None:
        at = _position(bundle, policy.id, rule)
        if at is None:
            return None
        extension = _Extension(bundle)
        gate = extension.gate(changed, policy.definitions)
        program = extension.program()
        return _changed(bundle, {at: replace(program.rules[at], when=gate)}, program)

    return apply


def _definition(policy: Policy, name: str, changed: Expression) -> Callable[[Bundle], Bundle | None]:
    definitions = {**policy.definitions, name: changed}
    users = _users(policy, name)

    def apply(bundle: Bundle) -> Bundle | None:
        extension = _Extension(bundle)
        gates: dict[int, int] = {}
        for rule in policy.document.rules:
            at = _position(bundle, policy.id, rule.id)
            if at is not None and _uses(policy.when[rule.id], users):
                gates[at] = extension.gate(policy.when[rule.id], definitions)
        program = extension.program()
        return _changed(bundle, {at: replace(program.rules[at], when=g) for at, g in gates.items()}, program)

    return apply


def _users(policy: Policy, name: str) -> set[str]:
    """A definition and all that rest on it."""
    found = {name}
    while True:
        more = {n for n, e in policy.definitions.items() if n not in found and _uses(e, found)}
        if not more:
            return found
        found |= more


def _uses(expression: Expression, names: set[str]) -> bool:
    return any(isinstance(e, Is) and e.definition in names for e in walk(expression))


def _covers(policy: Policy, changed: Expression) -> Callable[[Bundle], Bundle | None]:
    def apply(bundle: Bundle) -> Bundle | None:
        if bundle.heads[0].id != policy.id:
            return None
        extension = _Extension(bundle)
        gate = extension.gate(changed, policy.definitions)
        return _changed(bundle, {}, extension.program(), covers=gate)

    return apply


# -- rules ----------------------------------------------------------------------------------------------------


def _rule_mutants(policy: Policy, index: int, vocabulary: Vocabulary) -> Iterator[Mutant]:
    rule = policy.document.rules[index]
    place = policy.text.place(("rules", index))

    def made(kind: Kind, text: str, apply: Callable[[Bundle, int], Bundle | None], at: Place = place) -> Mutant:
        def found(bundle: Bundle) -> Bundle | None:
            position = _position(bundle, policy.id, rule.id)
            return None if position is None else apply(bundle, position)

        return Mutant(policy.id, rule.id, kind, text, at, found)

    for old, new in (("permit", "forbid"), ("oblige", "forbid"), ("forbid", "permit"), ("oblige", "permit")):
        if rule.effect == old:
            effect_at = policy.text.place(("rules", index, "effect"))
            yield made("effect", f"`{old}` made `{new}`", _effect(new), effect_at)
    for position, name in enumerate(rule.overrides):
        at = policy.text.place(("rules", index, "overrides", position))
        yield made("exception", f"no longer overrides `{name}`", _unexcept(policy, name), at)
        yield made("exception", f"overridden by `{name}` instead of overriding it", _reverse(policy, name), at)
    for condition in rule.all_conditions:
        yield made("obligation", f"obligation `{condition.id}` dropped", _drop_obligation(condition.id))
    start, end = rule.in_force.start, rule.in_force.end
    day = timedelta(days=1)
    dates = policy.text.place(("rules", index, "in_force"))
    if start is not None:
        yield made("date", f"in force from {start - day} instead of {start}", _period(start - day, end), dates)
        yield made("date", f"in force from {start + day} instead of {start}", _period(start + day, end), dates)
    if end is not None:
        yield made("date", f"in force to {end - day} instead of {end}", _period(start, end - day), dates)
        yield made("date", f"in force to {end + day} instead of {end}", _period(start, end + day), dates)


Change = Callable[[Bundle, int], Bundle | None]


def _effect(new: str) -> Change:
    def apply(bundle: Bundle, at: int) -> Bundle | None:
        text = bundle.rules[at]
        rule = text.rule.model_copy(update={"effect": new})
        rules = tuple(replace(t, rule=rule) if i == at else t for i, t in enumerate(bundle.rules))
        provisos = bundle.program.rules[at].provisos if new == "permit" else ()
        code = replace(bundle.program.rules[at], effect=new, provisos=provisos)
        return _changed(bundle, {at: code}).changed(rules=rules)

    return apply


def _target(policy: Policy, bundle: Bundle, name: str) -> int | None:
    """The position of a rule that a policy names."""
    domestic = bundle.heads[0].id
    full = name if "/" in name or policy.id == domestic else f"{policy.id}/{name}"
    full = full.removeprefix(f"{domestic}/")
    return next((i for i, t in enumerate(bundle.rules) if t.name == full), None)


def _unexcept(policy: Policy, name: str) -> Change:
    def apply(bundle: Bundle, at: int) -> Bundle | None:
        target = _target(policy, bundle, name)
        if target is None:
            return None
        code = bundle.program.rules[target]
        return _changed(bundle, {target: replace(code, defeated_by=tuple(d for d in code.defeated_by if d != at))})

    return apply


def _reverse(policy: Policy, name: str) -> Change:
    def apply(bundle: Bundle, at: int) -> Bundle | None:
        target = _target(policy, bundle, name)
        if target is None:
            return None
        rules = list(bundle.program.rules)
        rules[target] = replace(rules[target], defeated_by=tuple(d for d in rules[target].defeated_by if d != at))
        rules[at] = replace(rules[at], defeated_by=tuple(sorted({*rules[at].defeated_by, target})))
        strata = _strata(rules)
        return None if strata is None else _changed(bundle, {target: rules[target], at: rules[at]}, strata=strata)

    return apply


def _strata(rules: list[RuleCode]) -> tuple[int, ...] | None:
    """Every rule after those that override it; None in a circle."""
    order: list[int] = []
    placed: set[int] = set()
    while len(order) < len(rules):
        ready = [i for i in range(len(rules)) if i not in placed and placed.issuperset(rules[i].defeated_by)]
        if not ready:
            return None
        order += ready
        placed.update(ready)
    return tuple(order)


def _drop_obligation(condition: str) -> Change:
    def apply(bundle: Bundle, at: int) -> Bundle | None:
        code = bundle.program.rules[at]
        left = tuple(p for p in code.provisos if bundle.program.provisos[p].id != condition)
        return _changed(bundle, {at: replace(code, provisos=left)})

    return apply


def _period(start: date | None, end: date | None) -> Change:
    def apply(bundle: Bundle, at: int) -> Bundle | None:
        if start is not None and end is not None and start > end:
            return None
        return _changed(bundle, {at: replace(bundle.program.rules[at], start=start, end=end)})

    return apply
