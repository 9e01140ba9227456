"""A policy as one SQL query over a table of facts, for those whose cases live in a database.

SQL's three-valued logic is Kleene's, with NULL for unknown, so gates become AND, OR and NOT as they stand. What SQL cannot do
is complete unknown facts exactly: such rows come out `undetermined` with `is_open` set, and `mayshare batch` settles them.
The query holds the law of one day and one sender, and what the registry says on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlglot import exp

from ..engine.atoms import atom_truth
from ..engine.bundle import Bundle
from ..engine.lookup import JURISDICTION_OF
from ..engine.program import Atom, Program
from ..engine.truth import FALSE, TRUE
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.policy import DECIDING

DIALECTS = ("duckdb", "postgres", "spark")
MOST_ARGUMENTS = 90
"""PostgreSQL hands no more than a hundred arguments to a function."""
_TYPES = {
    "boolean": "BOOLEAN",
    "number": "DOUBLE",
    "date": "DATE",
    "choice": "TEXT",
    "jurisdiction": "TEXT",
    "choices": "ARRAY<TEXT>",
}


def query(bundle: Bundle, day: date, dialect: str, table: str = "cases", key: str = "case") -> str:
    """The query: `key`, `outcome`, `not_covered`, `is_open`, `rules` for every row of a table with a column for each fact.

    Raises:
        Refused: MS812 where a part of the law cannot be said in SQL.
    """
    text: str = _Query(bundle, day, dialect).select(table, key).sql(dialect=dialect, pretty=True)
    return text + ";\n"


def schema(bundle: Bundle, dialect: str, table: str = "cases", key: str = "case") -> str:
    """The statement that makes the table which the query reads."""
    columns = [(key, "TEXT"), *((f, _TYPES[k]) for f, k in _columns(bundle))]
    parts = [exp.ColumnDef(this=_name(n), kind=exp.DataType.build(t)) for n, t in columns]
    made = exp.Create(this=exp.Schema(this=_table(table), expressions=parts), kind="TABLE")
    return made.sql(dialect=dialect, pretty=True) + ";\n"


def _columns(bundle: Bundle) -> list[tuple[str, str]]:
    """The facts that the query reads: the program's, and the parties its registry facts wait for."""
    kinds = dict(bundle.program.kinds)
    for fact in list(kinds):
        known = bundle.vocabulary.facts.get(fact)
        if known is not None and known.registry is not None:
            for party in known.registry.between or (known.registry.party or "sender",):
                kinds.setdefault(JURISDICTION_OF[party], "jurisdiction")
    return sorted(kinds.items())


def _name(text: str) -> exp.Identifier:
    return exp.to_identifier(text, quoted=True)


def _table(text: str) -> exp.Table:
    """A table by its name, with schema and catalogue before it; a part that is no plain word is quoted."""
    parts = (exp.to_identifier(part) for part in reversed(text.split(".")))
    return exp.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))


def _column(text: str) -> Any:
    return exp.Column(this=_name(text))


def _boolean(value: bool | None) -> Any:
    # a bare NULL has no type in every dialect
    return exp.cast(exp.null(), "boolean") if value is None else exp.Boolean(this=value)


def _all(parts: Iterable[Any]) -> Any:
    found = list(parts)
    return exp.and_(*found) if found else _boolean(True)


def _any(parts: Iterable[Any]) -> Any:
    found = list(parts)
    return exp.or_(*found) if found else _boolean(False)


def _is(value: Any, truth: bool) -> Any:
    return exp.Is(this=exp.paren(value), expression=_boolean(truth))


def _case(branches: Sequence[tuple[Any, Any]], default: Any) -> Any:
    made = exp.Case()
    for test, value in branches:
        made = made.when(test, value)
    return made.else_(default)


def _joined(parts: list[Any]) -> Any:
    """Texts with a semicolon between them, those that are NULL left out; many of them in groups."""
    if len(parts) > MOST_ARGUMENTS:
        groups = [parts[i : i + MOST_ARGUMENTS] for i in range(0, len(parts), MOST_ARGUMENTS)]
        first, *others = (_joined(group) for group in groups)
        return _joined([first, *(exp.Nullif(this=part, expression=exp.Literal.string("")) for part in others)])
    # under its plain name: sqlglot's own node says NULL as soon as one part is
    return exp.Anonymous(this="CONCAT_WS", expressions=[exp.Literal.string(";"), *parts])


class _Query:
    def __init__(self, bundle: Bundle, day: date, dialect: str) -> None:
        self.bundle = bundle
        self.program: Program = bundle.program
        self.day = day
        self.dialect = dialect
        self.domain = bundle.domain

    def select(self, table: str, key: str) -> Any:
        """The whole query: facts, then atoms, rules, each level of exceptions, and the outcome."""
        rules = self.program.rules
        facts = [exp.alias_(self._fact(f), f"f{i}", quoted=True) for i, f in enumerate(sorted(self.program.kinds))]
        self.fact_names = {f: f"f{i}" for i, f in enumerate(sorted(self.program.kinds))}
        steps: list[tuple[str, Any]] = [
            ("facts", exp.select(exp.alias_(_column(key), "k", quoted=True), *facts).from_(_table(table)))
        ]
        atoms = [exp.alias_(self._atom(a), f"a{i}", quoted=True) for i, a in enumerate(self.program.atoms)]
        steps.append(("atoms", exp.select("*", *atoms).from_("facts")))
        applicable = [
            exp.alias_(self._gate(r.when) if r.in_force(self.day) else _boolean(False), f"r{i}", quoted=True)
            for i, r in enumerate(rules)
        ]  # fmt: skip
        steps.append(("applicable", exp.select("*", *applicable).from_("atoms")))
        effective = self._levels(steps)
        forbidden = _any(effective[i] for i, r in enumerate(rules) if r.effect == "forbid")
        permitted = _any(effective[i] for i in self.program.gateways())
        covered = _boolean(False) if self.program.covers is None else self._gate(self.program.covers)
        whole = [
            exp.alias_(p, n, quoted=True)
            for p, n in ((forbidden, "bf"), (permitted, "bp"), (covered, "bc"), (self._clear(effective), "bk"))
        ]
        steps.append(("outcomes", exp.select("*", *whole).from_(steps[-1][0])))
        final = exp.select(exp.alias_(_column("k"), key, quoted=True), *self._answer(effective)).from_("outcomes")
        for name, step in steps:
            final = final.with_(name, as_=step)
        return final

    def _levels(self, steps: list[tuple[str, Any]]) -> list[Any]:
        """Effective rules: those that nothing overrides are as applicable; each level of exceptions is a step of its own."""
        rules = self.program.rules
        depth: dict[int, int] = {}
        for index in self.program.strata:
            depth[index] = 1 + max((depth[d] for d in rules[index].defeated_by), default=-1)
        effective = {i: _column(f"r{i}") for i, d in depth.items() if d == 0}
        for level in range(1, 1 + max(depth.values(), default=0)):
            own = [i for i, d in depth.items() if d == level]
            parts = []
            for index in own:
                value = exp.and_(
                    _column(f"r{index}"), *(exp.not_(effective[d].copy()) for d in rules[index].defeated_by)
                )
                parts.append(exp.alias_(value, f"e{index}", quoted=True))
            steps.append((f"level{level}", exp.select("*", *parts).from_(steps[-1][0])))
            effective |= {i: _column(f"e{i}") for i in own}
        return [effective[i] for i in range(len(rules))]

    def _answer(self, effective: list[Any]) -> list[Any]:
        f, p, c = (_column(n) for n in ("bf", "bp", "bc"))
        denied = _is(f, True)
        permitted = exp.and_(_is(f, False), _is(p, True))
        shut = exp.and_(_is(f, False), _is(p, False))
        branches = [
            (denied, "deny"), (exp.and_(permitted.copy(), _is(_column("bk"), True)), "allow"), (permitted, "conditions"),
            (exp.and_(shut, _is(c, True)), "deny"),
        ]  # fmt: skip
        outcome = _case([(t, exp.Literal.string(v)) for t, v in branches], exp.Literal.string("undetermined"))
        uncovered = exp.and_(shut.copy(), _is(c.copy(), False))
        open_ = exp.not_(
            exp.or_(denied.copy(), permitted.copy(), exp.and_(shut.copy(), exp.paren(c.copy()).is_(exp.null()).not_()))
        )
        grounds = []
        for index, rule in enumerate(self.program.rules):
            if rule.effect in DECIDING:
                where = denied if rule.effect == "forbid" else permitted
                test = exp.and_(where.copy(), _is(effective[index].copy(), True))
                grounds.append(exp.Case().when(test, exp.Literal.string(rule.id)))
        # a leading empty part, cut off again: no dialect then has to join nothing at all
        joined = _joined([exp.Literal.string(""), *grounds])
        names = exp.Substring(this=joined, start=exp.Literal.number(2))
        return [
            exp.alias_(outcome, "outcome"),
            exp.alias_(uncovered, "not_covered"),
            exp.alias_(open_, "is_open"),
            exp.alias_(names, "rules"),
        ]

    def _clear(self, effective: list[Any]) -> Any:
        """Whether some gateway is surely open with every condition met."""
        rules = self.program.rules
        options = []
        for gateway in self.program.gateways():
            parts = [_is(effective[gateway].copy(), True)]
            parts += [self._met(p) for p in rules[gateway].provisos]
            for index, rule in enumerate(rules):
                if rule.effect == "require" and (rule.attaches_to is None or gateway in rule.attaches_to):
                    parts += [exp.or_(_is(effective[index].copy(), False), self._met(p)) for p in rule.provisos]
            options.append(_all(parts))
        return _any(options)

    def _met(self, proviso: int) -> Any:
        gate = self.program.provisos[proviso].met_when
        return _boolean(False) if gate is None else _is(self._gate(gate), True)

    def _gate(self, index: int) -> Any:
        gate = self.program.gates[index]
        if gate.kind == "constant":
            return _boolean(gate.index == TRUE)
        if gate.kind == "atom":
            return _column(f"a{gate.index}")
        if gate.kind == "not_atom":
            return exp.not_(_column(f"a{gate.index}"))
        parts = [exp.paren(self._gate(child)) for child in gate.children]
        return _all(parts) if gate.kind == "all" else _any(parts)

    # -- facts and atoms --------------------------------------------------------------------------------------

    def _fact(self, fact: str) -> Any:
        """A fact's column; where it says nothing, what the registry answers, or the default direction."""
        column = _column(fact)
        if fact == "direction":
            return exp.Coalesce(this=column, expressions=[exp.Literal.string("outgoing")])
        if fact == JURISDICTION_OF["sender"]:
            return exp.Coalesce(this=column, expressions=[exp.Literal.string(self.program.policy)])
        known = self.bundle.vocabulary.facts.get(fact)
        if known is None or known.registry is None:
            return column
        parties = [JURISDICTION_OF[p] for p in known.registry.between or (known.registry.party or "sender",)]
        others = [p for p in parties if p != JURISDICTION_OF["sender"]]
        if len(others) > 1:
            message = f"`{fact}` depends on two parties besides the sender"
            raise Refused(
                [Diagnostic("MS812", message, Place(self.program.policy), "decide the table with `mayshare batch`")]
            )
        return exp.Coalesce(this=column, expressions=[self._looked_up(fact, others[0] if others else None)])

    def _looked_up(self, fact: str, other: str | None) -> Any:
        base: dict[str, Any] = {JURISDICTION_OF["sender"]: self.program.policy}
        if other is None:
            return _boolean(self.domain.answer(fact, base, self.day))
        branches = []
        for truth in (True, False):
            codes = [
                j for j in self.domain.jurisdictions if self.domain.answer(fact, {**base, other: j}, self.day) is truth
            ]
            if codes:
                branches.append((_column(other).isin(*codes), _boolean(truth)))
        return _case(branches, _boolean(None)) if branches else _boolean(None)

    def _atom(self, atom: Atom) -> Any:
        column = _column(self.fact_names[atom.fact])
        if atom.test == "is_true":
            return column
        if atom.test == "one_of":
            return self._one_of(atom, column)
        if atom.test == "same_as":
            return self._same(atom, column)
        bound = self.day if atom.operand == "as_of" else atom.operand
        literal = exp.cast(exp.Literal.string(str(bound)), "date") if isinstance(bound, date) else exp.convert(bound)
        return (exp.GTE if atom.test == "at_least" else exp.GT)(this=column, expression=literal)

    def _one_of(self, atom: Atom, column: Any) -> Any:
        below = self.program.below.get(atom.fact)
        if below is None:
            return column.isin(*atom.named)
        several = self.program.kinds[atom.fact] == "choices"
        truths = {v: self._value_truth(atom, frozenset({v}) if several else v) for v in sorted(below)}
        sure = [v for v, t in truths.items() if t == TRUE]
        perhaps = [v for v, t in truths.items() if t not in (TRUE, FALSE)]
        unknown = exp.Is(this=column.copy(), expression=exp.null())
        branches = [(unknown, _boolean(None))]
        branches += [(self._holds(column, sure, several), _boolean(True))] if sure else []
        branches += [(self._holds(column, perhaps, several), _boolean(None))] if perhaps else []
        return _case(branches, _boolean(False))

    def _value_truth(self, atom: Atom, value: Any) -> int:
        return atom_truth(atom, {atom.fact: value}, self.day, self.program)

    def _holds(self, column: Any, values: list[str], several: bool) -> Any:
        if not several:
            return column.copy().isin(*values)
        listed = exp.Array(expressions=[exp.Literal.string(v) for v in values])
        if self.dialect == "postgres":
            return exp.ArrayOverlaps(this=column.copy(), expression=exp.cast(listed, "text[]", dialect="postgres"))
        name = "list_has_any" if self.dialect == "duckdb" else "arrays_overlap"
        return exp.Anonymous(this=name, expressions=[column.copy(), listed])

    def _same(self, atom: Atom, column: Any) -> Any:
        other = _column(self.fact_names[str(atom.operand)])
        below = self.program.below.get(atom.fact)
        equal = exp.EQ(this=column, expression=other)
        if below is None:
            return equal
        leaves = [v for v, under in below.items() if len(under) == 1]
        either = exp.or_(
            exp.Is(this=column.copy(), expression=exp.null()), exp.Is(this=other.copy(), expression=exp.null())
        )
        branches = [(either, _boolean(None)), (exp.and_(equal, column.copy().isin(*sorted(leaves))), _boolean(True))]
        for value in sorted(below):
            near = sorted(o for o in below if not below[value].isdisjoint(below[o]))
            test = exp.and_(column.copy().eq(exp.Literal.string(value)), other.copy().isin(*near))
            branches.append((test, _boolean(None)))
        return _case(branches, _boolean(False))
