"""What is declared and never used, or said twice."""

from __future__ import annotations

from collections.abc import Iterator

from ...rules.expressions import Expression, Is, Test, walk
from ...rules.source import Path_
from .check import Edit, Family, Found
from .meaning import Cases
from .subject import PolicySubject

family = Family()


def expressions(subject: PolicySubject) -> Iterator[Expression]:
    """Every condition of a policy, definitions included."""
    policy = subject.policy
    yield from policy.when.values()
    yield from policy.met_when.values()
    yield from policy.definitions.values()
    if policy.covers is not None:
        yield policy.covers


@family.check("MS631")
def unused_definition(subject: PolicySubject) -> Iterator[Found]:
    """A definition that nothing uses."""
    used = {part.definition for whole in expressions(subject) for part in walk(whole) if isinstance(part, Is)}
    for name in subject.document.definitions:
        if name not in used:
            path: Path_ = ("definitions", name)
            yield Found(path, f"nothing uses the definition `{name}`", "use it with `is:`, or remove it", key=True)


@family.check("MS632")
def unused_fact(subject: PolicySubject) -> Iterator[Found]:
    """A fact that is declared and never tested."""
    tests = [part for whole in expressions(subject) for part in walk(whole) if isinstance(part, Test)]
    used = {t.fact for t in tests} | {str(t.operand) for t in tests}
    derived = [f.derived for f in subject.policy.facts if f.derived is not None]
    for fact in subject.policy.facts:
        if fact.path not in used and not any(f"'{fact.path}'" in repr(d) for d in derived):
            path: Path_ = ("facts", fact.path)
            message = f"no rule tests `{fact.path}`: it would be asked for nothing"
            yield Found(path, message, "write the rule that needs it, or remove it", key=True)


@family.check("MS633", deep=True)
def same_definition(subject: PolicySubject) -> Iterator[Found]:
    """Two definitions that mean the same."""
    meaning = subject.meaning
    gates = [(name, meaning.gate(e)) for name, e in subject.policy.definitions.items()]
    facts = {name: meaning.facts(gate) for name, gate in gates}
    for position, (name, gate) in enumerate(gates):
        for other, second in gates[:position]:
            if facts[name] == facts[other] and meaning.ask(Cases.same, gate, second):
                message = f"`{name}` holds in exactly the cases in which `{other}` does"
                yield Found(("definitions", name), message, "keep one", key=True)
                break


@family.check("MS634")
def same_question(subject: PolicySubject) -> Iterator[Found]:
    """A fact of the policy's own that asks what another fact asks."""
    asked = {_key(f.ask): p for p, f in subject.around.vocabulary.facts.items()}
    for fact in subject.policy.facts:
        other = asked.get(_key(fact.ask))
        if other is not None:
            message = f"`{other}` asks the same question"
            yield Found(("facts", fact.path, "ask"), message, f"use `{other}`, or ask what is different here")
        asked.setdefault(_key(fact.ask), fact.path)


def _key(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?. ")


@family.check("MS635")
def unexplained_fact(subject: PolicySubject) -> Iterator[Found]:
    """A fact of the policy's own without help or source."""
    for fact in subject.policy.facts:
        lacking = [key for key in ("help", "source") if not getattr(fact, key)]
        if lacking:
            words = " and no ".join(f"`{k}`" for k in lacking)
            yield Found(
                ("facts", fact.path),
                f"`{fact.path}` has no {words}",
                "say what lets a person answer, and where the question comes from",
                key=True,
            )


@family.check("MS636")
def fixed_judgement(subject: PolicySubject) -> Iterator[Found]:
    """A judgement that is said to be in the sender's hands."""
    for fact in subject.policy.facts:
        if fact.judgement is not None and fact.controllable:
            path: Path_ = ("facts", fact.path, "controllable")
            message = "a judgement is made, not chosen: it cannot be `controllable`"
            yield Found(path, message, "remove `controllable`", (Edit(path, remove=True),))


@family.check("MS637")
def nothing_to_look_up(subject: PolicySubject) -> Iterator[Found]:
    """A fact that is looked up where the registry has nothing."""
    for fact in subject.policy.facts:
        lookup = fact.registry
        if lookup is None:
            continue
        registry = subject.around.registry
        path: Path_ = ("facts", fact.path, "registry")
        if lookup.member is not None and registry.group(lookup.member) is None:
            yield Found(
                path, f"the registry has no group `{lookup.member}`", "add it to a registry file, or correct the name"
            )
        if lookup.attribute is not None and not any(lookup.attribute in f.attributes for f in registry.files):
            yield Found(
                path,
                f"the registry has no attribute `{lookup.attribute}`",
                "add it to a registry file, or correct the name",
            )


@family.check("MS638")
def named_twice(subject: PolicySubject) -> Iterator[Found]:
    """The same name twice in a list."""
    lists: list[tuple[Path_, tuple[str, ...]]] = [(("layers",), subject.document.layers)]
    for path, rule in subject.rules():
        lists += [((*path, "overrides"), rule.overrides), ((*path, "attaches_to"), rule.attaches_to)]
    for path, names in lists:
        for position, name in enumerate(names):
            if name in names[:position]:
                at = (*path, position)
                yield Found(at, f"`{name}` stands twice in this list", "keep one", (Edit(at, remove=True),))
