"""The door to the library `durable_rules`: rulesets, sessions, and every guard that it needs.

Each guard stands for a crash, a hang or a wrong answer that was met. The library sees flat joins and flat
alternatives over facts of one shape, made of short names that `clauses` invents, and nothing else of a
program.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from .clauses import ALWAYS, InferenceError, Shard, fnv

OnFiring = Callable[[int, int, str | None], Iterable[int]]
"""Told the shard, the clause and (of an alternative) the name that matched; gives the literals new by it."""


class _Context(Protocol):
    """What an action is given; `_m` are the matched facts by the names of the pattern's parts."""

    _m: Mapping[str, Mapping[str, str]]

    def assert_fact(self, fact: dict[str, str]) -> None: ...


class _Ruleset(Protocol):
    _handle: int


class _Host(Protocol):
    """The part of the library's host that is used."""

    def set_rulesets(self, definitions: dict[str, dict[str, Any]]) -> None: ...

    def get_ruleset(self, name: str) -> _Ruleset: ...

    def assert_facts(self, name: str, facts: list[dict[str, str]]) -> dict[str, Any] | int | None: ...

    def delete_state(self, name: str, sid: str) -> None: ...


@cache
def _library() -> tuple[Callable[[], _Host], Callable[[int], None]]:
    """A maker of hosts without timer threads, and what frees a ruleset, which the library's front forgot."""
    try:
        engine: ModuleType = import_module("durable.engine")
        core: ModuleType = import_module("durable_rules_engine")
    except Exception as error:  # a module built for another Python fails in more ways than ImportError
        raise Unavailable(f"the library `durable_rules` cannot be imported: {error}") from error
    # It times actions by the wall clock, in a deprecated way, and drops what follows if that is set forward.
    engine._unix_now = time.monotonic  # type: ignore[attr-defined]
    quiet = type("QuietHost", (engine.Host,), {"_run": lambda self: None})
    return quiet, core.delete_ruleset


def available() -> bool:
    """Whether the library can be imported; `why_unavailable` has the reason if not."""
    return not why_unavailable()


def why_unavailable() -> str:
    """Why the library cannot be used, empty when it can."""
    try:
        _library()
    except Unavailable as error:
        return str(error)
    return ""


class Unavailable(InferenceError):
    """The library cannot be imported; the message is the reason."""


class TooManySessions(InferenceError):
    """More sessions are open than the library can tell apart, or hold; close some."""


class Machine:
    """The rulesets of one program in the library, and the sessions alive in them.

    Not safe for use from several threads: callers share one lock for all machines, as the library's tables
    are global. Sessions whose identifiers stand in `buried` are deleted when the next one opens.
    """

    def __init__(self, shards: tuple[Shard, ...], most: int) -> None:
        """Compile the shards; at most `most` sessions may be open at a time.

        Raises:
            Unavailable: the library cannot be imported.
            InferenceError: it does not take the rulesets.
        """
        make_host, self._free = _library()
        self.shards = shards
        self._most = most
        self.buried: deque[str] = deque()
        self._live: dict[str, list[int]] = {}
        self._numbers = itertools.count()
        self._hashes = frozenset().union(*(shard.hashes for shard in shards))
        self._on_firing: OnFiring | None = None
        self._errors: list[BaseException] = []
        self._host = make_host()
        for i, shard in enumerate(shards):
            try:
                self._host.set_rulesets({f"r{i}": self._definition(i, shard)})
            except Exception as error:
                raise InferenceError(f"the library refused a ruleset: {error}") from error

    def _definition(self, number: int, shard: Shard) -> dict[str, Any]:
        """A shard's clauses as the library's rules; the first fires on `ALWAYS`, in every session."""
        start = _pattern(shard, shard.names[ALWAYS][0])
        rules: dict[str, Any] = {"s": {"all": [{"m_0": start}], "run": lambda c: None}}
        for i, (clause, body) in enumerate(zip(shard.clauses, shard.bodies, strict=True)):
            patterns = [_pattern(shard, name) for name in body]
            if clause.join or len(body) == 1:
                parts = [{f"m_{j}": pattern} for j, pattern in enumerate(patterns)]
            else:
                parts = [{"m_0": {"$or": patterns}}]
            rules[f"c{i}"] = {"all": parts, "run": self._action(number, i, shard, clause.join)}
        return rules

    def _action(self, number: int, clause: int, shard: Shard, join: bool) -> Callable[[_Context], None]:
        # One positional argument and no default: the library takes any other for asynchronous, and stops
        def action(c: _Context) -> None:
            try:
                assert self._on_firing is not None
                matched = None if join else c._m["m_0"]["l"]
                for literal in self._on_firing(number, clause, matched):
                    for name in shard.names.get(literal, ()):
                        c.assert_fact({"g": shard.buckets[name], "l": name, "id": name})
            except BaseException as error:  # the library would swallow it and go on
                self._errors.append(error)

        return action

    def open(self) -> str:
        """Start a session and give its identifier.

        Raises:
            TooManySessions: too many are open.
        """
        while self.buried:
            self.close(self.buried.popleft())
        if len(self._live) >= self._most:
            raise TooManySessions(f"{self._most} sessions of the program are open, and it can have no more")
        taken = {fnv(sid) for sid in self._live}
        for number in self._numbers:
            sid = f"s{number}"
            # the library files the session itself beside its facts, as `sid-...`
            if fnv(sid) not in taken and fnv(f"sid-{sid}") not in self._hashes:
                break
        self._live[sid] = []
        return sid

    def tell(self, sid: str, shard: int, literals: Iterable[int], on_firing: OnFiring) -> None:
        """Assert literals, none of them asserted before, in one ruleset; all that follows fires.

        Raises:
            InferenceError: the library failed; the session is to be closed.
        """
        started = self._live[sid]
        if shard not in started:
            # a session in which nothing has fired cannot be deleted
            self._assert(sid, shard, (ALWAYS,), on_firing)
            started.append(shard)
        self._assert(sid, shard, literals, on_firing)

    def _assert(self, sid: str, number: int, literals: Iterable[int], on_firing: OnFiring) -> None:
        shard = self.shards[number]
        facts = [
            {"g": shard.buckets[name], "l": name, "id": name, "sid": sid}
            for literal in literals
            for name in shard.names.get(literal, ())
        ]
        if not facts:
            return
        self._on_firing = on_firing
        try:
            left = self._host.assert_facts(f"r{number}", facts)
        except Exception as error:
            raise InferenceError(f"the library refused a batch of facts: {error}") from error
        finally:
            self._on_firing = None
            errors, self._errors = self._errors, []
        for failure in errors:
            if isinstance(failure, Exception):
                raise InferenceError(f"an action failed: {failure}") from failure
            raise failure  # an interrupt stays one
        # 0: it gave up on its actions; `exception`: it swallowed one (an interrupt between our lines, say)
        if left == 0 or (isinstance(left, dict) and "exception" in left):
            raise InferenceError(f"the library lost an action: {left}")

    def close(self, sid: str) -> None:
        """Delete a session's state."""
        for shard in self._live.pop(sid, ()):
            self._host.delete_state(f"r{shard}", sid)

    def dispose(self) -> None:
        """Free all the library holds for the program. Needs no lock: nobody else can use the machine now."""
        for sid in list(self._live):
            self.close(sid)
        for i in range(len(self.shards)):
            self._free(self._host.get_ruleset(f"r{i}")._handle)


def _pattern(shard: Shard, name: str) -> dict[str, Any]:
    return {"$and": [{"g": shard.buckets[name]}, {"l": name}]}
