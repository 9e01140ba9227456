"""Every engine, one function each: rules in, a function from a case to its answer out. What a user would write, no more."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from workload import FACTS, Answer, Case, Literal, Rule, combine, values_of

Decide = Callable[[Case], Answer]


def text(rule: Rule, literal: Callable[[Literal], str], conj: str, disj: str) -> str:
    """A rule as an expression in some language."""
    return conj.join("(" + disj.join(literal(x) for x in part) + ")" for part in rule.when)


def written(rule_set: list[Rule], prefix: str = "") -> list[dict[str, Any]]:
    """The rules as they are written in a policy of ours."""

    def when(x: Literal) -> dict[str, Any]:
        return {prefix + x.fact: {"none_of" if x.negated else "any_of": list(x.values)}}

    return [
        {
            "id": r.id,
            "effect": "forbid" if r.effect == "deny" else "permit",
            "when": {"all": [{"any": [when(x) for x in part]} for part in r.when]},
        }
        for r in rule_set
    ]


def compiled(rule_set: list[Rule]) -> Any:
    """The rules as a policy of ours, through the same reader and compiler as any other."""
    from mayshare.engine.bundle import join
    from mayshare.rules.check_policy import check_policy, fill_in
    from mayshare.rules.registry import Registry
    from mayshare.rules.source import Document, Source
    from mayshare.rules.vocabulary.load import load_vocabulary

    lines = ["vocabulary: peers", "title: Peers", "jurisdictions: {XA: Example}", "facts:"]
    lines.append("  sender.jurisdiction: {type: jurisdiction, ask: Who?, source: peers}")
    for i in range(FACTS):
        values = ", ".join(f"{v}: {{label: {v}}}" for v in values_of(i))
        lines.append(f"  f{i}: {{type: choice, values: {{{values}}}, ask: F?, source: peers}}")
    vocabulary = load_vocabulary([Source("peers.yaml", "\n".join(lines))])

    policy = check_policy(
        Document(Source("peers.yaml", ""), fill_in({"policy": "XA", "rules": written(rule_set)})), vocabulary
    )
    return join(policy, [], vocabulary, Registry(files=()))


def mayshare(rule_set: list[Rule]) -> Decide:
    """Our kernel, one by one, with reasons."""
    from mayshare.engine.kernel import Kernel

    kernel, day = Kernel(compiled(rule_set).program), date(2026, 1, 1)
    words = {"deny": "deny", "allow": "permit", "conditions": "permit", "undetermined": "default"}

    def decide(case: Case) -> Answer:
        outcome, ids, _ = kernel.verdict(case, day)
        return words[outcome], ids

    return decide


def zen_engine(rule_set: list[Rule]) -> Decide:
    """zen-engine, one compiled expression: the list of what each rule says."""
    import zen

    def literal(x: Literal) -> str:
        return f"{x.fact} {'not in' if x.negated else 'in'} [{', '.join(json.dumps(v) for v in x.values)}]"

    whole = zen.compile_expression("[" + ", ".join(text(r, literal, " and ", " or ") for r in rule_set) + "]")
    return lambda case: combine([r for r, held in zip(rule_set, whole.evaluate(case), strict=True) if held])


def cel_python(rule_set: list[Rule]) -> Decide:
    """cel-python, a program a rule."""
    import celpy

    environment = celpy.Environment()

    def literal(x: Literal) -> str:
        return f"{'!' if x.negated else ''}({x.fact} in {json.dumps(list(x.values))})"

    parts = [(r, environment.program(environment.compile(text(r, literal, " && ", " || ")))) for r in rule_set]

    def decide(case: Case) -> Answer:
        known = {k: celpy.celtypes.StringType(v) for k, v in case.items()}
        return combine([r for r, p in parts if p.evaluate(known)])

    return decide


def json_logic(rule_set: list[Rule]) -> Decide:
    """json-logic."""
    from json_logic import jsonLogic

    def one(x: Literal) -> Any:
        inside = {"in": [{"var": x.fact}, list(x.values)]}
        return {"!": [inside]} if x.negated else inside

    parts = [(r, {"and": [{"or": [one(x) for x in p]} for p in r.when]}) for r in rule_set]
    return lambda case: combine([r for r, e in parts if jsonLogic(e, case)])


def rule_engine(rule_set: list[Rule]) -> Decide:
    """rule-engine, a compiled rule each."""
    import rule_engine as engine

    def literal(x: Literal) -> str:
        inside = " or ".join(f"{x.fact} == {json.dumps(v)}" for v in x.values)
        return f"not ({inside})" if x.negated else f"({inside})"

    parts = [(r, engine.Rule(text(r, literal, " and ", " or "))) for r in rule_set]
    return lambda case: combine([r for r, e in parts if e.matches(case)])


def business_rules(rule_set: list[Rule]) -> Decide:
    """business-rules (Venmo)."""
    from business_rules.actions import BaseActions, rule_action
    from business_rules.engine import run
    from business_rules.fields import FIELD_NUMERIC
    from business_rules.variables import BaseVariables, string_rule_variable

    found: list[int] = []

    class Actions(BaseActions):  # type: ignore[misc]
        @rule_action(params={"index": FIELD_NUMERIC})  # type: ignore[untyped-decorator]
        def note(self, index: int) -> None:
            found.append(index)

    def variable(name: str) -> Any:
        def read(self: Any) -> str:
            return str(self.case[name])

        read.__name__ = name
        return string_rule_variable()(read)

    def begin(self: Any, case: Case) -> None:
        self.case = case

    variables = type(
        "Variables", (BaseVariables,), {"__init__": begin, **{f"f{i}": variable(f"f{i}") for i in range(FACTS)}}
    )

    def one(x: Literal) -> Any:
        if not x.negated:
            return {"any": [{"name": x.fact, "operator": "equal_to", "value": v} for v in x.values]}
        number = int(x.fact[1:])
        rest = [v for v in values_of(number) if v not in x.values]
        return {"any": [{"name": x.fact, "operator": "equal_to", "value": v} for v in rest]}

    entries = [
        {
            "conditions": {"all": [{"any": [one(x) for x in p]} for p in r.when]},
            "actions": [{"name": "note", "params": {"index": i}}],
        }
        for i, r in enumerate(rule_set)
    ]

    def decide(case: Case) -> Answer:
        found.clear()
        for entry in entries:
            run(entry, variables(case), Actions())
        return combine([rule_set[i] for i in found])

    return decide


def vakt(rule_set: list[Rule]) -> Decide:
    """vakt's rule objects in a policy each; conjunctions of any-of become one policy for each way to hold."""
    import vakt as library
    from vakt.rules import In, NotIn

    storage = library.MemoryStorage()
    by_id = {r.id: r for r in rule_set}
    for rule in rule_set:
        for number, way in enumerate(ways(rule)):
            rules = {f: In(*v) if kind else NotIn(*v) for f, (kind, v) in way.items()}
            effect = library.DENY_ACCESS if rule.effect == "deny" else library.ALLOW_ACCESS
            policy = library.Policy(f"{rule.id}/{number}", subjects=[library.rules.Any()], resources=[library.rules.Any()],
                                    actions=[library.rules.Any()], effect=effect, context=rules)  # fmt: skip
            storage.add(policy)
    checker = library.RulesChecker()

    def decide(case: Case) -> Answer:
        inquiry = library.Inquiry(subject="a", action="b", resource="c", context=case)
        policies = storage.find_for_inquiry(inquiry, checker)
        held = [
            p for p in policies if all(r.satisfied(case[f], inquiry) for f, r in p.context.items())
        ]  # fmt: skip
        return combine([by_id[i] for i in dict.fromkeys(p.uid.split("/")[0] for p in held)])

    return decide


def ways(rule: Rule) -> list[dict[str, tuple[bool, tuple[str, ...]]]]:
    """A rule as conjunctions over distinct facts: for engines that have no any-of across facts."""
    result: list[dict[str, set[str]]] = [{}]
    for part in rule.when:
        grown = []
        for way in result:
            for x in part:
                every = values_of(int(x.fact[1:]))
                own = {v for v in every if (v in x.values) is not x.negated}
                left = way.get(x.fact, set(every)) & own
                if left:
                    grown.append({**way, x.fact: left})
        result = grown
    return [{f: (True, tuple(sorted(v))) for f, v in way.items()} for way in result]


def cedar(rule_set: list[Rule]) -> Decide:
    """cedarpy, one request with the facts as its context."""
    import cedarpy

    def literal(x: Literal) -> str:
        return f"{'!' if x.negated else ''}({json.dumps(list(x.values))}.contains(context.{x.fact}))"

    policies = "\n".join(
        f'@id("{r.id}") {"forbid" if r.effect == "deny" else "permit"} (principal, action, resource) when {{ '
        f"{text(r, literal, ' && ', ' || ')} }};"
        for r in rule_set
    )
    request = {"principal": 'User::"a"', "action": 'Action::"b"', "resource": 'Thing::"c"'}
    by_number = {f"policy{i}": r.id for i, r in enumerate(rule_set)}
    order = {r.id: i for i, r in enumerate(rule_set)}

    def decide(case: Case) -> Answer:
        result = cedarpy.is_authorized({**request, "context": case}, policies, [])
        ids = sorted((by_number.get(i, i) for i in result.diagnostics.reasons), key=lambda i: order[i])
        return ("permit" if result.allowed else "deny" if ids else "default"), tuple(ids)

    return decide


def clips(rule_set: list[Rule]) -> Decide:
    """CLIPS through clipspy: one fact with 40 slots, a rule each."""
    from clips import Environment

    environment = Environment()
    environment.build("(deftemplate c " + " ".join(f"(slot f{i})" for i in range(FACTS)) + ")")
    environment.build("(deftemplate hit (slot n))")

    def literal(x: Literal) -> str:
        inside = f"(eq ?{x.fact} {' '.join(x.values)})"
        if len(x.values) > 1:
            inside = "(or " + " ".join(f"(eq ?{x.fact} {v})" for v in x.values) + ")"
        return f"(not {inside})" if x.negated else inside

    def some(part: tuple[Literal, ...]) -> str:
        return literal(part[0]) if len(part) == 1 else "(or " + " ".join(literal(x) for x in part) + ")"

    for number, rule in enumerate(rule_set):
        used = sorted({x.fact for p in rule.when for x in p})
        slots = " ".join(f"({f} ?{f})" for f in used)
        tests = " ".join(some(p) for p in rule.when)
        environment.build(f"(defrule {rule.id} (c {slots}) (test (and {tests})) => (assert (hit (n {number}))))")
    template, hits = environment.find_template("c"), environment.find_template("hit")
    from clips import Symbol

    def decide(case: Case) -> Answer:
        environment.reset()
        template.assert_fact(**{k: Symbol(v) for k, v in case.items()})
        environment.run()
        return combine([rule_set[n] for n in sorted(f["n"] for f in hits.facts())])

    return decide


def casbin(rule_set: list[Rule]) -> Decide:
    """casbin with an expression in each policy line (`eval`); it does not say which lines held, so outcomes alone."""
    import casbin as library
    from casbin.model import Model

    model = Model()
    model.load_model_from_text(
        "[request_definition]\nr = c\n[policy_definition]\np = rule, eft\n[policy_effect]\n"
        "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n[matchers]\nm = eval(p.rule)\n"
    )
    enforcer = library.Enforcer(model)

    def literal(x: Literal) -> str:
        inside = " || ".join(f"r.c.{x.fact} == '{v}'" for v in x.values)
        return f"!({inside})" if x.negated else f"({inside})"

    for rule in rule_set:
        enforcer.add_policy(text(rule, literal, " && ", " || "), "deny" if rule.effect == "deny" else "allow")

    class Facts:
        def __init__(self, case: Case) -> None:
            self.__dict__.update(case)

    return lambda case: ("permit" if enforcer.enforce(Facts(case)) else "not", ())


def rego(rule_set: list[Rule]) -> Decide:
    """regopy: a set of the rules that hold."""
    from regopy import Interpreter

    interpreter = Interpreter()

    lines = ["package peers", "import future.keywords"]
    for rule in rule_set:
        for way in ways(rule):
            body = "; ".join(
                f"input.{f} in {{{', '.join(json.dumps(v) for v in values)}}}" for f, (_, values) in way.items()
            )
            lines.append(f'holds contains "{rule.id}" if {{ {body} }}')
    interpreter.add_module("peers", "\n".join(lines))
    by_id = {r.id: i for i, r in enumerate(rule_set)}

    def decide(case: Case) -> Answer:
        interpreter.set_input(case)
        output = json.loads(str(interpreter.query("x = data.peers.holds")))
        ids = output["bindings"]["x"] if isinstance(output, dict) else output[0]["bindings"]["x"]
        return combine([rule_set[n] for n in sorted(by_id[i] for i in ids)])

    return decide


def durable(rule_set: list[Rule]) -> Decide:
    """durable_rules alone: one event, a rule each."""
    from durable.engine import Host

    found: list[str] = []
    definition: dict[str, Any] = {}

    def fact(x: Literal) -> dict[str, Any]:
        every = values_of(int(x.fact[1:]))
        own = [v for v in every if (v in x.values) is not x.negated]
        return {"$or": [{x.fact: v} for v in own]}

    def note(name: str) -> Callable[[Any], None]:
        return lambda _: found.append(name)

    for rule in rule_set:
        condition = {"$and": [{"$or": [y for x in p for y in fact(x)["$or"]]} for p in rule.when]}
        definition[rule.id] = {"all": [{"m": condition}], "run": note(rule.id)}
    host = Host()
    host.set_rulesets({"peers": {k: {**v, "count": 1} for k, v in definition.items()}})
    by_id = {r.id: i for i, r in enumerate(rule_set)}

    def decide(case: Case) -> Answer:
        found.clear()
        try:
            host.assert_fact("peers", {**case, "sid": "0", "id": "1"})
        except Exception as error:
            if "MessageNotHandled" not in type(error).__name__:
                raise
        else:
            host.retract_fact("peers", {**case, "sid": "0", "id": "1"})
        return combine([rule_set[n] for n in sorted(by_id[i] for i in set(found))])

    return decide


def cel_rust(rule_set: list[Rule]) -> Decide:
    """CEL in Rust (common-expression-language): one compiled expression, the list of what each rule says."""
    import cel

    def literal(x: Literal) -> str:
        return f"{'!' if x.negated else ''}({x.fact} in {json.dumps(list(x.values))})"

    whole = cel.compile("[" + ", ".join(text(r, literal, " && ", " || ") for r in rule_set) + "]")
    return lambda case: combine([r for r, held in zip(rule_set, whole.execute(case), strict=True) if held])


def py_abac(rule_set: list[Rule]) -> Decide:
    """py-abac's conditions, a tree a rule over one context; its decision point says no reasons, its conditions do."""
    from py_abac.context import EvaluationContext
    from py_abac.policy import Policy
    from py_abac.request import AccessRequest

    def fields(way: dict[str, tuple[bool, tuple[str, ...]]]) -> dict[str, Any]:
        return {f"$.{f}": {"condition": "AnyIn", "values": list(v)} for f, (_, v) in way.items()}

    def policy(rule: Rule) -> Any:
        rules = {"subject": {}, "resource": {}, "action": {}, "context": [fields(way) for way in ways(rule)]}
        effect = "deny" if rule.effect == "deny" else "allow"
        return Policy.from_json({"uid": rule.id, "rules": rules, "targets": {}, "effect": effect})

    policies = [(rule, policy(rule)) for rule in rule_set]

    def decide(case: Case) -> Answer:
        who = {"id": "a", "attributes": {}}
        shown = {k: [v] for k, v in case.items()}
        context = EvaluationContext(
            AccessRequest.from_json({"subject": who, "resource": who, "action": who, "context": shown})
        )
        return combine([rule for rule, p in policies if p.fits(context)])

    return decide


def drools(rule_set: list[Rule]) -> Decide:
    """Drools through drools_jpy: an event with 40 fields, a rule each, all that match."""
    if java := shutil.which("java"):
        os.environ.setdefault("JAVA_HOME", str(Path(java).resolve().parents[1]))
    from drools.ruleset import Ruleset

    def one(fact: str, value: str) -> dict[str, Any]:
        return {"EqualsExpression": {"lhs": {"Event": fact}, "rhs": {"String": value}}}

    def fold(name: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
        whole = parts[0]
        for part in parts[1:]:
            whole = {name: {"lhs": whole, "rhs": part}}
        return whole

    def some(part: tuple[Literal, ...]) -> dict[str, Any]:
        own = [(x, v) for x in part for v in values_of(int(x.fact[1:])) if (v in x.values) is not x.negated]
        return fold("OrExpression", [one(x.fact, v) for x, v in own])

    action = {"Action": {"action": "none", "action_args": {}}}
    entries = [
        {"Rule": {"name": r.id, "condition": {"AllCondition": [fold("AndExpression", [some(p) for p in r.when])]},
                  "actions": [action], "enabled": True}}
        for r in rule_set
    ]  # fmt: skip
    whole = {"name": "peers", "hosts": ["all"], "sources": [], "match_multiple_rules": True, "rules": entries}
    ruleset = Ruleset("peers", json.dumps(whole))
    by_id = {r.id: i for i, r in enumerate(rule_set)}

    def decide(case: Case) -> Answer:
        found = json.loads(ruleset._api.assertEvent(ruleset._session_id, json.dumps(case)))
        return combine([rule_set[n] for n in sorted(by_id[name] for match in found for name in match)])

    return decide


ENGINES: dict[str, Callable[[list[Rule]], Decide]] = {
    "mayshare": mayshare,
    "zen-engine": zen_engine,
    "clipspy": clips,
    "vakt": vakt,
    "cedarpy": cedar,
    "json-logic": json_logic,
    "rule-engine": rule_engine,
    "business-rules": business_rules,
    "regopy": rego,
    "casbin": casbin,
    "cel-python": cel_python,
    "cel (Rust)": cel_rust,
    "py-abac": py_abac,
    "drools_jpy": drools,
    "durable_rules": durable,
}
