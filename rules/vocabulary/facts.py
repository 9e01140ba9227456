"""Facts, their types, and the trees their values form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from ..model import Model, Several, Text

FactKind = Literal["boolean", "choice", "choices", "number", "date", "jurisdiction"]
Actor = Literal["sender", "receiver", "originator", "central_authority", "court"]
ACTORS: tuple[str, ...] = ("sender", "receiver", "originator", "central_authority", "court")


class TreeValue(Model):
    """One value of a choice; a condition on its parent holds for it."""

    label: Text = Field(description="What a person reads")
    parent: Text | None = Field(None, description="The more general value in the same tree")
    source: Text | None = Field(None, description="Provision or digest id the term comes from")
    help: Text | None = None


class Tree(Model):
    """The values of a choice, each with its more general parents."""

    values: dict[str, TreeValue]

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """For each value, itself and everything more special."""
        result: dict[str, set[str]] = {name: {name} for name in self.values}
        for name in self.values:
            for ancestor in self.ancestors(name):
                result[ancestor].add(name)
        return {name: frozenset(under) for name, under in result.items()}

    def ancestors(self, name: str) -> list[str]:
        """The more general values of `name`, nearest first; stops at a cycle."""
        found: list[str] = []
        parent = self.values[name].parent
        while parent is not None and parent in self.values and parent not in found:
            found.append(parent)
            parent = self.values[parent].parent
        return found


class Judgement(Model):
    """Marks a fact that only a person can answer; it is never defaulted."""

    by: Several[Actor] = Field(description="Whose judgement it is")


class Lookup(Model):
    """How the registry answers a fact; exactly one of `member`, `attribute`, `agreement`."""

    member: str | None = Field(None, description="Group the party's jurisdiction may belong to")
    attribute: str | None = Field(None, description="Dated yes/no statement about the party's jurisdiction")
    agreement: str | None = Field(None, description="Subject of an agreement in force between the two, or `any`")
    party: Literal["sender", "receiver", "originator"] | None = None
    between: tuple[str, str] | None = None


class Fact(Model):
    """One thing that a case may state and a rule may test.

    `path` is its name; `kind` its type (`type` in files); `tree` its values when it is a choice.
    """

    path: str
    kind: FactKind
    ask: str
    help: str = ""
    source: str
    tree: Tree | None = None
    unit: str | None = None
    controllable: bool = False
    judgement: Judgement | None = None
    registry: Lookup | None = None
    derived: Any = None
    scope: Literal["case", "item"] = "case"

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The value ids of a choice, in the order of the file; empty for other types."""
        return tuple(self.tree.values) if self.tree else ()

    def label(self, value: str) -> str:
        """What a person reads for a value of this fact."""
        return self.tree.values[value].label if self.tree and value in self.tree.values else value


class Vocabulary(Model):
    """All facts by path, and the jurisdictions by code."""

    facts: dict[str, Fact]
    jurisdictions: dict[str, str]

    def __contains__(self, path: object) -> bool:
        return path in self.facts

    def __getitem__(self, path: str) -> Fact:
        return self.facts[path]

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """The names that stand before a dot in some path, as `sender` in `sender.authority`."""
        return frozenset(path[:at] for path in self.facts for at, letter in enumerate(path) if letter == ".")

    def extended(self, facts: Iterable[Fact]) -> Vocabulary:
        """This vocabulary with a policy's own facts."""
        return Vocabulary.model_construct(
            facts={**self.facts, **{f.path: f for f in facts}}, jurisdictions=self.jurisdictions
        )
