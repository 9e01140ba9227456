"""`-k`: which scenarios to run, as words joined by `and`, `or`, `not` and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_WORDS = ("and", "or", "not")

Matcher = Callable[[str], bool]


class BadExpression(ValueError):
    """The expression is not well formed."""


def matcher(expression: str) -> Matcher:
    """A test of names: each word must (or must not) occur in a name, in any case.

    Raises:
        BadExpression: with what was expected.
    """
    parser = _Parser(_TOKEN.findall(expression))
    found = parser.either()
    if parser.rest:
        raise BadExpression(f"`{parser.rest[0]}` is left over: join words by `and`, `or`, `not`")
    return lambda name: found(name.lower())


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def take(self, word: str) -> bool:
        if self.rest and self.rest[0] == word:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Matcher:
        left = self.both()
        while self.take("or"):
            left = _join(any, left, self.both())
        return left

    def both(self) -> Matcher:
        left = self.single()
        while self.take("and"):
            left = _join(all, left, self.single())
        return left

    def single(self) -> Matcher:
        if self.take("not"):
            part = self.single()
            return lambda name: not part(name)
        if self.take("("):
            part = self.either()
            if not self.take(")"):
                raise BadExpression("a `)` is missing")
            return part
        if not self.rest or self.rest[0] in (*_WORDS, ")"):
            raise BadExpression(f"a word is expected {f'before `{self.rest[0]}`' if self.rest else 'at the end'}")
        word = self.rest.pop(0).lower()
        return lambda name: word in name


def _join(how: Callable[[list[bool]], bool], one: Matcher, other: Matcher) -> Matcher:
    return lambda name: how([one(name), other(name)])
