"""The decision on one item, out of its evaluation and settlement."""

from __future__ import annotations

from collections.abc import Iterable

from ..languages.words import AND, count, fill, say
from ..rules.policy import DECIDING, GATEWAYS
from .bundle import Bundle, RuleText
from .decision import (
    Advice,
    Caution,
    ConditionStatus,
    Duty,
    Gateway,
    Ground,
    ItemDecision,
    Missing,
    Outcome,
    once,
)
from .explain import Explainer, Known
from .kernel import walk_gate
from .program import Attachment, Evaluation
from .settle import Settled
from .truth import FALSE, NAMES, TRUE, UNKNOWN
from .wording import ITEM, ask_words, condition_text, country, help_words, joined, of_direction, title_words


def decide_item(
    name: str,
    bundle: Bundle,
    known: Known,
    evaluation: Evaluation,
    settled: Settled,
    receiver: Bundle | None,
    explain: bool = True,
) -> tuple[ItemDecision, list[Caution]]:
    """The decision on one item, and what to warn of; without `explain` its explanation is no more than a root, and no
    gateway is named that came near."""
    return _ItemDecider(name, bundle, known, evaluation, settled, receiver).decide(explain)


class _ItemDecider:
    def __init__(
        self, name: str, bundle: Bundle, known: Known, evaluation: Evaluation, settled: Settled, receiver: Bundle | None
    ) -> None:
        self.name = name
        self.bundle = bundle
        self.program = bundle.program
        self.known = known
        self.evaluation = evaluation
        self.settled = settled
        self.receiver = receiver
        self.explainer = Explainer(bundle, known, evaluation)
        self.attachments = dict(evaluation.attachments)
        self.live = [i for i, truth in enumerate(evaluation.effective) if truth != FALSE]

    def decide(self, explain: bool) -> tuple[ItemDecision, list[Caution]]:
        gateways = self.gateways()
        outcome = self.outcome(gateways)
        conditions = self.conditions(gateways)
        shut = outcome in ("allow", "conditions")
        grounds = self.grounds()
        nearest = self.explainer.nearest() if explain and not shut else ()
        not_covered = self.settled.how == "uncovered"
        decision = ItemDecision(
            id=self.name, outcome=outcome, short=self.short(outcome, grounds, conditions, gateways), grounds=grounds,
            gateways=gateways, conditions=conditions, missing=self.missing(), nearest=nearest, duties=self.duties(),
            advice=self.advice(), not_covered=not_covered, explanation=self.explainer.item(self.name, outcome, rules=explain),
        )  # fmt: skip
        return decision, self.warnings(decision)

    # -- gateways and conditions ------------------------------------------------------------------------------

    def unmet(self, gateway: int) -> list[Attachment]:
        return [a for a in self.attachments.get(gateway, ()) if a.met != TRUE]

    def gateways(self) -> tuple[Gateway, ...]:
        """The gateways that are open or may be, the one with least outstanding first."""
        if self.settled.how in ("denied", "uncovered"):
            return ()

        def rank(index: int) -> tuple[int, int, int, str]:
            left = self.unmet(index)
            before = len({p.id for a in left if (p := self.program.provisos[a.proviso]).stage == "before"})
            asked = len({self.program.provisos[a.proviso].id for a in left})
            return (-self.evaluation.effective[index], asked, before, self.program.rules[index].id)

        return tuple(self.gateway(i) for i in sorted(self.attachments, key=rank))

    def gateway(self, index: int) -> Gateway:
        text = self.bundle.rules[index]
        truth = self.evaluation.effective[index]
        depends = self.facts_behind([index]) if truth == UNKNOWN else ()
        ids = dict.fromkeys(self.program.provisos[a.proviso].id for a in self.unmet(index))
        return Gateway(
            rule=text.name, title=title_words(text.rule), effect=text.rule.effect, truth=NAMES[truth], conditions=tuple(ids),
            sources=text.sources, depends_on=depends,
        )  # fmt: skip

    def outcome(self, gateways: tuple[Gateway, ...]) -> Outcome:
        if self.settled.how == "denied":
            return "deny"
        if self.settled.how != "permitted":
            return "undetermined"
        clear = any(g.truth == "true" and not g.conditions for g in gateways)
        return "allow" if clear else "conditions"

    def conditions(self, gateways: tuple[Gateway, ...]) -> tuple[ConditionStatus, ...]:
        """The conditions of all listed gateways, those to be met before sending first."""
        if not gateways:
            return ()
        merged: dict[int, Attachment] = {}
        for attachments in self.attachments.values():
            merged.update({a.proviso: a for a in attachments})
        stages = {"before": 0, "with": 1, "after": 2}
        ordered = sorted(merged.values(), key=lambda a: (stages[self.program.provisos[a.proviso].stage], a.proviso))
        return tuple(self.condition(a) for a in ordered)

    def condition(self, attachment: Attachment) -> ConditionStatus:
        proviso = self.program.provisos[attachment.proviso]
        condition, source = self.bundle.conditions[attachment.proviso]
        text = self.bundle.rules[proviso.rule]
        status = "met" if attachment.met == TRUE else "outstanding" if attachment.attached == TRUE else "contingent"
        return ConditionStatus(
            id=condition.id, rule=text.name, stage=condition.stage, bound=condition.bound,
            kind=condition.kind, status=status, text=condition_text(text.rule, condition),
            due=condition.due, until=condition.until, source=source,
            depends_on=self.facts_behind([proviso.rule]) if status == "contingent" else (),
            met_by=self.facts_under(proviso.met_when) if proviso.met_when is not None else (),
        )  # fmt: skip

    # -- facts ------------------------------------------------------------------------------------------------

    def facts_behind(self, rules: Iterable[int]) -> tuple[str, ...]:
        """The unknown facts that the rules' effectiveness rests on."""
        todo, seen, facts = list(rules), set(), dict[str, None]()
        while todo:
            index = todo.pop(0)
            if index in seen or self.evaluation.applicable[index] == FALSE:
                continue
            seen.add(index)
            facts.update(dict.fromkeys(self.open_facts(self.program.rules[index].when)))
            todo.extend(self.program.rules[index].defeated_by)
        return tuple(facts)

    def open_facts(self, gate: int) -> list[str]:
        code = self.program.gates[gate]
        if walk_gate(self.program, gate, self.known.values, self.known.day) != UNKNOWN:
            return []
        if code.kind in ("atom", "not_atom"):
            atom = self.program.atoms[code.index]
            return [f for f in atom.facts if f not in self.known.values] or [atom.fact]
        return [f for child in code.children for f in self.open_facts(child)]

    def facts_under(self, gate: int) -> tuple[str, ...]:
        code = self.program.gates[gate]
        if code.kind in ("atom", "not_atom"):
            return (self.program.atoms[code.index].fact,)
        return tuple(dict.fromkeys(f for child in code.children for f in self.facts_under(child)))

    def missing(self) -> tuple[Missing, ...]:
        found = []
        for path in self.settled.missing:
            fact = self.bundle.vocabulary[path]
            stated = self.known.values.get(path)
            narrows = (
                None if stated is None else ", ".join(sorted(stated)) if isinstance(stated, frozenset) else str(stated)
            )
            by = fact.judgement.by if fact.judgement else ()
            found.append(
                Missing(fact=path, ask=ask_words(fact), help=help_words(fact), judgement_of=by, narrows=narrows)
            )
        return tuple(found)

    # -- grounds ----------------------------------------------------------------------------------------------

    def grounds(self) -> tuple[Ground, ...]:
        """The rules the outcome rests on."""
        effective, rules = self.evaluation.effective, self.program.rules
        forbids = [i for i in self.live if rules[i].effect == "forbid"]
        gateways = [i for i in self.live if rules[i].effect in GATEWAYS]
        if self.settled.how == "denied":
            sure = [i for i in forbids if effective[i] == TRUE]
            chosen = sure or forbids + self.defeaters(GATEWAYS)
        elif self.settled.how == "permitted":
            sure = [i for i in gateways if effective[i] == TRUE]
            chosen = (sure or gateways) + self.defeaters(("forbid",))
        elif self.settled.how == "open":
            chosen = forbids + gateways + self.defeaters(DECIDING)
        else:
            chosen = self.defeaters(GATEWAYS)
        return tuple(self.ground(i) for i in dict.fromkeys(chosen))

    def defeaters(self, effects: tuple[str, ...]) -> list[int]:
        """The rules that take, or may take, applicable rules of these effects out of application."""
        found: dict[int, None] = {}
        defeated = zip(self.program.rules, self.evaluation.applicable, self.evaluation.effective, strict=True)
        for rule, applicable, effective in defeated:
            if applicable > effective and rule.effect in effects:
                found.update(dict.fromkeys(d for d in rule.defeated_by if self.evaluation.effective[d] != FALSE))
        return list(found)

    def ground(self, index: int) -> Ground:
        text = self.bundle.rules[index]
        defeats = [
            self.bundle.rules[i].name for i, r in enumerate(self.program.rules)
            if self.evaluation.applicable[i] != FALSE and index in r.defeated_by
        ]  # fmt: skip
        return Ground(
            rule=text.name, effect=text.rule.effect, title=title_words(text.rule), truth=NAMES[self.evaluation.effective[index]],
            sources=text.sources, source=text.sources[0] if text.sources else None, defeats=tuple(defeats),
        )  # fmt: skip

    def duties(self) -> tuple[Duty, ...]:
        return tuple(
            Duty(rule=t.name, title=title_words(t.rule), truth=NAMES[truth], due=t.rule.due, sources=t.sources)
            for t, truth in self.living("oblige")
        )

    def advice(self) -> tuple[Advice, ...]:
        return tuple(
            Advice(rule=t.name, title=title_words(t.rule), truth=NAMES[truth], sources=t.sources)
            for t, truth in self.living("advise")
        )

    def living(self, effect: str) -> list[tuple[RuleText, int]]:
        """The rules of an effect that are or may be effective, each with whether it is."""
        found = (i for i in self.live if self.program.rules[i].effect == effect)
        return [(self.bundle.rules[i], self.evaluation.effective[i]) for i in found]

    # -- words ------------------------------------------------------------------------------------------------

    def short(
        self,
        outcome: Outcome,
        grounds: tuple[Ground, ...],
        conditions: tuple[ConditionStatus, ...],
        gateways: tuple[Gateway, ...],
    ) -> str:
        cited = joined(dict.fromkeys(str(g.source) for g in grounds[:2] if g.source), AND)
        said = of_direction(ITEM, str(self.known.values.get("direction")))
        if outcome == "deny":
            return self.denied(fill(said["deny"], item=self.name), grounds, cited)
        if outcome == "undetermined":
            return self.open(cited)
        bound = any(g.effect == "oblige" and g.truth == "true" for g in grounds)
        verdict = fill(said["must" if bound else "allow"], item=self.name)
        if cited:
            verdict = say("{verdict} ({provisions})", verdict=verdict, provisions=cited)
        if outcome == "allow":
            return say("{verdict}.", verdict=verdict)
        left = len(gateways[0].conditions) if gateways else 0
        if left:
            return count("{verdict}, on {n} condition.", "{verdict}, on {n} conditions.", left, verdict=verdict)
        return say("{verdict}, once it is known which gateway applies.", verdict=verdict)

    def denied(self, verdict: str, grounds: tuple[Ground, ...], cited: str) -> str:
        if not grounds:
            return say("{verdict}: nothing in the law encoded here permits it.", verdict=verdict)
        if not cited:
            return say("{verdict}: {reason}.", verdict=verdict, reason=grounds[0].title)
        return say("{verdict}: {reason} ({provisions}).", verdict=verdict, reason=grounds[0].title, provisions=cited)

    def open(self, cited: str) -> str:
        if self.settled.how == "uncovered":
            return say("`{item}` cannot be decided: it is not covered by this encoding.", item=self.name)
        left = len(self.settled.missing)
        if not cited:
            return count(
                "`{item}` cannot be decided yet: one fact decides it.",
                "`{item}` cannot be decided yet: {n} facts can decide it.",
                left,
                item=self.name,
            )
        return count(
            "`{item}` cannot be decided yet: one fact decides it ({provisions}).",
            "`{item}` cannot be decided yet: {n} facts can decide it ({provisions}).",
            left,
            item=self.name,
            provisions=cited,
        )

    # -- warnings ---------------------------------------------------------------------------------------------

    def warnings(self, decision: ItemDecision) -> list[Caution]:
        found = [*self.conflict(decision), *self.honours(decision), *self.judgements(), *self.secondary(decision)]
        if not self.settled.exact:
            text = say("the unknown facts are too many to settle exactly; some facts listed as missing may not matter")
            found.append(Caution(code="MS901", text=text, item=self.name))
        return found

    def conflict(self, decision: ItemDecision) -> list[Caution]:
        bans = [g for g in decision.grounds if g.effect == "forbid" and g.truth == "true"]
        duties = [d for d in decision.duties if d.truth == "true"]
        if not bans or not duties:
            return []
        text = say(
            "conflict of duties: {duty} obliges to send, {bar} forbids it; the prohibition is followed",
            duty=duties[0].rule,
            bar=bans[0].rule,
        )
        return [Caution(code="MS904", text=text, item=self.name, sources=(*duties[0].sources, *bans[0].sources))]

    def honours(self, decision: ItemDecision) -> list[Caution]:
        """Conditions bound on the receiver, held against what its law can keep."""
        found = []
        open_: list[ConditionStatus] = []
        code = str(self.known.values.get("receiver.jurisdiction") or "")
        where = country(self.bundle.vocabulary.jurisdictions, code) or say("the receiver")
        for condition in once(c for c in decision.conditions if c.bound == "receiver"):
            known = self.receiver.honours.get(condition.kind) if self.receiver else None
            if known is None:
                open_.append(condition)
            elif not known[0].can:
                sources = (condition.source,) if condition.source else ()
                text = say(
                    "{state} cannot undertake and keep `{condition}` ({kind})",
                    state=where,
                    condition=condition.id,
                    kind=condition.kind,
                )
                found.append(Caution(code="MS902", text=text, item=self.name, sources=(*sources, *known[1])))
        if open_:
            names = joined(dict.fromkeys(f"`{c.id}`" for c in open_), AND)
            cited = tuple(dict.fromkeys(c.source for c in open_ if c.source is not None))
            text = say(
                "it is not known here whether {state} can undertake and keep {conditions}",
                state=where,
                conditions=names,
            )
            found.append(Caution(code="MS903", text=text, item=self.name, sources=cited))
        return found

    def judgements(self) -> list[Caution]:
        found = []
        for path, stated in self.known.stated.items():
            fact = self.bundle.vocabulary.facts.get(path)
            if fact is not None and fact.judgement is not None and not stated.judged_by and path in self.program.kinds:
                text = say("`{fact}` is a judgement, and the case does not say whose", fact=path)
                found.append(Caution(code="MS905", text=text))
        return found

    def secondary(self, decision: ItemDecision) -> list[Caution]:
        deciding = [(g.rule, g.sources) for g in decision.grounds]
        laid_on = [(c.rule, (c.source, *c.further)) for c in decision.conditions if c.source is not None]
        rules = [r for r, sources in (*deciding, *laid_on) if any(s.read == "secondary" for s in sources)]
        rules = list(dict.fromkeys(rules))
        if not rules:
            return []
        text = say("read in secondary sources only, not in the provision's own text: {rules}", rules=", ".join(rules))
        return [Caution(code="MS908", text=text, item=self.name)]
