"""The inference engine: forward chaining on `durable_rules`, with a trace of what fired on what.

Python decides the atoms, asserts them as literals, and reads the derived literals back. All else fires in the
library: gates, applicability, defeat, outcome. `clauses` has what follows from what, `machine` how the
library is used.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from types import TracebackType

from .atoms import Values, atom_truth
from .clauses import ALWAYS, Clauses, InferenceError, Statement, TooLarge, attachments_of, clauses_of, shards_of
from .machine import Machine, TooManySessions, Unavailable, available, why_unavailable
from .program import Evaluation, Program
from .truth import FALSE, TRUE, UNKNOWN, Truth

__all__ = [
    "AnswerChanged",
    "Firing",
    "Inference",
    "InferenceError",
    "Session",
    "Statement",
    "TooLarge",
    "TooManySessions",
    "Trace",
    "Unavailable",
    "available",
    "why_unavailable",
]

MAX_LIVE = 1000
"""Live sessions of one `Inference`; the library overruns a table at 1,025."""

MAX_JOINED = 15_000
"""Facts in all joins of a program. Each takes about 10 kB once, and as much again in every session."""

MAX_JOINED_LIVE = 200_000
"""The same over all live sessions of a program, some 2 GB: large programs can have fewer of them."""

# The library's tables are global to the process and unguarded. Reentrant: a session closes itself on errors.
_LOCK = threading.RLock()


class AnswerChanged(InferenceError):
    """A session only ever learns more: another value for a fact already stated needs a new session."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule of the library that fired: what it derived and what that rests on, as statements of the
    program.

    Each is a literal with all that it says: one and the same may be an atom, the gate that is that atom, and
    a proviso's being met where that gate is its condition. Of an alternative, `because` is the one that held;
    where several hold, each fires.
    """

    head: tuple[Statement, ...]
    because: tuple[tuple[Statement, ...], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """All firings of an evaluation in order: a proof of every statement that was derived."""

    firings: tuple[Firing, ...]

    def of(self, statement: Statement) -> tuple[Firing, ...]:
        """The firings that derived a statement; none if it was asserted (as atoms are) or is unknown."""
        return tuple(firing for firing in self.firings if statement in firing.head)


class Inference:
    """Interprets one program; may be used from several threads. Compiles the program once.

    Raises:
        Unavailable: the library cannot be imported.
        TooLarge: the program has too many conditions for the library's memory.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.clauses = clauses_of(program)
        joined = sum(len(c.body) if c.join else 1 for c in self.clauses.clauses)
        if joined > MAX_JOINED:
            raise TooLarge(f"the program needs {joined} facts in joins, more than {MAX_JOINED}")
        with _LOCK:
            most = min(MAX_LIVE, MAX_JOINED_LIVE // max(joined, 1))
            self._machine = Machine(shards_of(self.clauses.clauses), most)
        self.bases = _bases(program, self.clauses)
        self._statements: dict[int, tuple[Statement, ...]] | None = None
        weakref.finalize(self, self._machine.dispose).atexit = False

    def evaluate(self, values: Values, day: date) -> Evaluation:
        """What holds of an item on a day.

        Raises:
            InferenceError: the library failed; nothing it derived is used.
        """
        with Session(self, day, values) as session:
            return session.evaluation()

    def evaluate_traced(self, values: Values, day: date) -> tuple[Evaluation, Trace]:
        """The evaluation and how it was derived; raises what `evaluate` does."""
        with Session(self, day, values) as session:
            return session.evaluation(), session.trace()

    def statements(self, literal: int) -> tuple[Statement, ...]:
        """All that a literal says."""
        if self._statements is None:
            said: dict[int, list[Statement]] = {}
            for statement, own in self.clauses.statements().items():
                said.setdefault(own, []).append(statement)
            self._statements = {own: tuple(s) for own, s in said.items()}
        return self._statements.get(literal, ())


def _bases(program: Program, clauses: Clauses) -> dict[str, tuple[int, ...]]:
    """By the path of a fact, the positions of the atoms whose truth it bears on."""
    bases: dict[str, list[int]] = {}
    for i, atom in enumerate(program.atoms):
        for fact in dict.fromkeys(atom.facts):
            bases.setdefault(fact, []).append(i)
    return {path: tuple(atoms) for path, atoms in bases.items()}


class Session:
    """An item about which more and more becomes known, on one day: an interview. Use it as a context manager.

    Each answer costs only what newly follows from it. Where the library fails, the session is spent.
    """

    def __init__(self, inference: Inference, day: date, values: Values | None = None) -> None:
        """Open a session, with what is known already.

        Raises:
            TooManySessions: too many are open.
            InferenceError: the library failed.
        """
        self._inference = inference
        self._machine = inference._machine
        self._program = inference.program
        self._day = day
        self._values = {path: value for path, value in (values or {}).items() if value is not None}
        self._known: set[int] = {ALWAYS}
        self._fresh: list[int] = []
        self._fired: list[tuple[int, int, str | None]] = []
        self._spent = False
        with _LOCK:
            self._sid = self._machine.open()
        # one that is dropped unclosed is deleted when the next opens: the collector may interrupt anything
        self._bury = weakref.finalize(self, self._machine.buried.append, self._sid)
        self._bury.atexit = False
        rules, bounded = self._program.rules, inference.clauses.in_force
        in_force = [literal ^ (not rules[i].in_force(day)) for i, literal in bounded.items()]
        self._learn(range(len(self._program.atoms)), in_force)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete the session's state in the library; what was derived can still be read."""
        with _LOCK:
            if self._bury.detach():
                self._machine.close(self._sid)

    def assert_fact(self, path: str, value: object) -> None:
        """Add what has become known of a fact; None adds nothing.

        Raises:
            AnswerChanged: another value was stated before.
            InferenceError: the library failed, or the session is closed.
        """
        before = self._values.get(path)
        if before is not None and (before != value or type(before) is not type(value)):
            raise AnswerChanged(f"`{path}` was stated before with another value")
        if value is None or before is not None:
            return
        with _LOCK:
            if not self._bury.alive:
                raise InferenceError("the session is closed")
            self._values[path] = value
            self._learn(self._inference.bases.get(path, ()))

    @property
    def stated(self) -> frozenset[str]:
        """The paths of the facts that have been stated."""
        return frozenset(self._values)

    def evaluation(self) -> Evaluation:
        """What holds of the item, given all that has been stated.

        Raises:
            InferenceError: an earlier call of this session failed.
        """
        clauses, read = self._inference.clauses, self._truth
        with _LOCK:
            self._check()
            effective = tuple(map(read, clauses.effective))
            return Evaluation(
                tuple(map(read, clauses.applicable)),
                effective,
                read(clauses.forbidden),
                read(clauses.permitted_by_some),
                read(clauses.covered),
                attachments_of(self._program, effective, lambda proviso: read(clauses.met[proviso])),
            )

    def trace(self) -> Trace:
        """What has fired so far, in order; raises what `evaluation` does."""
        clauses, statements = self._inference.clauses, self._inference.statements
        firings = []
        with _LOCK:
            self._check()
            fired = tuple(self._fired)
        for shard, number, matched in fired:
            clause = self._machine.shards[shard].clauses[number]
            if clause.head in clauses.parts:
                continue  # a piece of a wide join: told where the whole fires
            body = clause.body if matched is None else (self._machine.shards[shard].literals[matched],)
            because = tuple(statements(literal) for literal in clauses.whole(body))
            firings.append(Firing(statements(clause.head), because))
        return Trace(tuple(firings))

    def _check(self) -> None:
        if self._spent:
            raise InferenceError("the session failed before; open a new one")

    def _truth(self, literal: int) -> Truth:
        surely, surely_not = literal in self._known, literal ^ 1 in self._known
        if surely and surely_not:
            raise InferenceError(f"both {self._inference.statements(literal)} and its opposite were derived")
        return TRUE if surely else FALSE if surely_not else UNKNOWN

    def _decided(self, atoms: Iterable[int]) -> list[int]:
        """The literals of those atoms that are decided."""
        literals = []
        for i in atoms:
            truth = atom_truth(self._program.atoms[i], self._values, self._day, self._program)
            if truth != UNKNOWN:
                literals.append(self._inference.clauses.atoms[i] ^ (truth == FALSE))
        return literals

    def _learn(self, atoms: Iterable[int], others: Iterable[int] = ()) -> None:
        """Assert what is decided, in the rulesets that use it, in their order."""
        with _LOCK:
            try:
                decided = dict.fromkeys((*others, *self._decided(atoms)))
                self._fresh = [literal for literal in decided if literal not in self._known]
                self._known.update(self._fresh)
                for number, shard in enumerate(self._machine.shards):
                    used = [literal for literal in self._fresh if literal in shard.names]
                    self._machine.tell(self._sid, number, used, self._fire)
            except BaseException:
                # what was derived so far is not all that follows
                self._spent = True
                self.close()
                raise

    def _fire(self, shard: int, number: int, matched: str | None) -> tuple[int, ...]:
        """Note a firing; gives the literals that have newly become known."""
        self._fired.append((shard, number, matched))
        head = self._machine.shards[shard].clauses[number].head
        if head in self._known:
            return ()
        self._known.add(head)
        self._fresh.append(head)
        return (head,)
