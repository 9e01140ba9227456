"""Decision diagrams over facts of several values: reduced, ordered, shared, so that equal functions are one node.

After Bryant (1986), with as many branches as a fact has distinguishable values. Node 0 is false, node 1 is true.
What a function depends on is exactly what its diagram mentions; whether it is constant is whether it is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .program import Gate


class TooWide(Exception):
    """The diagram outgrew its budget of nodes."""


@dataclass(frozen=True, slots=True)
class Variable:
    """Something unknown: `facts` are what a person would be asked, `weights` the share of worlds behind each branch."""

    facts: tuple[str, ...]
    weights: tuple[int, ...]


class Diagrams:
    """A store of diagrams over an ordered list of variables."""

    def __init__(self, budget: int = 200_000) -> None:
        self.variables: list[Variable] = []
        self.budget = budget
        self._level: list[int] = [1 << 30, 1 << 30]
        self._children: list[tuple[int, ...]] = [(), ()]
        self._unique: dict[tuple[int, tuple[int, ...]], int] = {}
        self._joined: tuple[dict[tuple[int, int], int], ...] = ({}, {})
        self._negations: dict[int, int] = {0: 1, 1: 0}

    def allow(self, more: int) -> None:
        """Let the store grow by so many nodes from here."""
        self.budget = len(self._level) + more

    def __len__(self) -> int:
        return len(self._level)

    def variable(self, weights: Sequence[int], *facts: str) -> int:
        """A new variable after all others; its position."""
        self.variables.append(Variable(facts, tuple(weights)))
        return len(self.variables) - 1

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """The function that takes the child of the branch a variable takes."""
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (level, children)
        found = self._unique.get(key)
        if found is None:
            if len(self._level) >= self.budget:
                raise TooWide
            found = self._unique[key] = len(self._level)
            self._level.append(level)
            self._children.append(children)
        return found

    def negation(self, node: int) -> int:
        """The function that is true where `node` is false."""
        found = self._negations.get(node)
        if found is None:
            found = self.node(self._level[node], tuple([self.negation(c) for c in self._children[node]]))
            self._negations[node] = found
            self._negations[found] = node
        return found

    def conjunction(self, one: int, other: int) -> int:
        """The function that is true where both are."""
        return self._join(one, other, 0)

    def disjunction(self, one: int, other: int) -> int:
        """The function that is true where either is."""
        return self._join(one, other, 1)

    def _join(self, one: int, other: int, decisive: int) -> int:
        """Both (where 0 is decisive) or either (where 1 is) of two functions, branch by branch."""
        if one in (other, decisive):
            return one
        if other == decisive:
            return other
        if one < 2 or other < 2:  # the constant that is not decisive changes nothing
            return max(one, other)
        key = (one, other) if one < other else (other, one)
        found = self._joined[decisive].get(key)
        if found is None:
            first, second = self._level[one], self._level[other]
            if first == second:
                pairs = zip(self._children[one], self._children[other], strict=True)
                children = tuple([self._join(a, b, decisive) for a, b in pairs])
            elif first < second:
                children = tuple([self._join(child, other, decisive) for child in self._children[one]])
            else:
                children = tuple([self._join(one, child, decisive) for child in self._children[other]])
            found = self._joined[decisive][key] = self.node(min(first, second), children)
        return found

    def all_of(self, nodes: Iterable[int]) -> int:
        """The function that is true where all are."""
        return self._join_all(nodes, 0)

    def any_of(self, nodes: Iterable[int]) -> int:
        """The function that is true where some one is."""
        return self._join_all(nodes, 1)

    def _join_all(self, nodes: Iterable[int], decisive: int) -> int:
        # those that ask late variables first: what is joined to them later stands above, and leaves them as they are
        result = 1 - decisive
        for node in sorted(nodes, key=self._level.__getitem__, reverse=True):
            result = self._join(node, result, decisive)
        return result

    def choose(self, test: int, then: int, otherwise: int) -> int:
        """`then` where the test holds, `otherwise` where it does not."""
        return self.disjunction(self.conjunction(test, then), self.conjunction(self.negation(test), otherwise))

    def gate(self, gate: Gate, atom: Callable[[int], int], part: Callable[[int], int]) -> int:
        """The function of a gate, given those of atoms and of the gates it is made of by their positions."""
        if gate.kind == "constant":
            return 1 if gate.index else 0
        if gate.kind in ("atom", "not_atom"):
            node = atom(gate.index)
            return node if gate.kind == "atom" else self.negation(node)
        join = self.all_of if gate.kind == "all" else self.any_of
        return join(part(child) for child in gate.children)

    def branch(self, node: int, level: int, branch: int) -> int:
        """The function once the variable at a level takes a branch; the level must not lie below the node's."""
        return self._children[node][branch] if self._level[node] == level else node

    def level(self, node: int) -> int:
        """Position of the first variable a node asks about; beyond all variables for 0 and 1."""
        return self._level[node]

    def influence(self, root: int) -> dict[int, float]:
        """How far each variable's answer moves the function, on average: the variance it settles, summed over the diagram."""
        order = sorted(self._below(root))  # a node is made after those it leads to
        memo: dict[int, float] = {}
        for node in order:
            weights = self.variables[self._level[node]].weights
            parts = [w * memo.get(c, c) for w, c in zip(weights, self._children[node], strict=True)]
            memo[node] = sum(parts) / sum(weights)
        reach = dict.fromkeys((0, 1, *order), 0.0)
        reach[root] = 1.0
        result: dict[int, float] = {}
        for node in reversed(order):
            level = self._level[node]
            weights = self.variables[level].weights
            total = sum(weights)
            own, here, spread = memo[node], reach[node], 0.0
            for weight, child in zip(weights, self._children[node], strict=True):
                share = weight / total
                spread += share * (memo.get(child, child) - own) ** 2
                reach[child] += here * share
            result[level] = result.get(level, 0.0) + here * spread
        return result

    def _below(self, root: int) -> set[int]:
        """All nodes of a function but 0 and 1."""
        seen: set[int] = {0, 1}
        todo = [root]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo.extend(self._children[node])
        return seen - {0, 1}

    def witness(self, node: int) -> dict[int, int] | None:
        """Branches that make the function true, one a variable on the way; None for the false function."""
        if node == 0:
            return None
        path: dict[int, int] = {}
        while node > 1:
            branch = next(b for b, c in enumerate(self._children[node]) if c != 0)
            path[self._level[node]] = branch
            node = self._children[node][branch]
        return path
