"""What a law leaves open or carries for nothing: silence, idle rules, impossible conditions, needless gateways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..rules.diagnostics import Place
from ..rules.expressions import Test
from .decode import Witness
from .formula import Formula, every, opposite, some
from .frame import Frame, Goal, Subject
from .solve import Inquiry, Name, effective

KINDS = {
    "default": "Decided by nothing but the default",
    "idle_permit": "Permissions no case can use",
    "unmeetable": "Conditions nobody can meet",
    "needless": "Gateways that are never needed",
    "unordered": "Rules that collide without a written order",
}


@dataclass(frozen=True)
class Gap:
    """One finding: the rules it is about, what is so, and a case that shows it where one does."""

    kind: str
    rules: tuple[str, ...]
    text: str
    witness: Witness | None = None


@dataclass(frozen=True)
class Gaps:
    """What was found, what was not decided in time, and over which cases and days."""

    found: tuple[Gap, ...]
    undecided: tuple[str, ...]
    over: str


def find_gaps(subject: Subject, inquiry: Inquiry, kinds: Sequence[str], most: int = 3) -> Gaps:
    """The gaps of the kinds asked for; at most `most` cases of silence, each in another mode or direction."""
    search = _Search(subject, inquiry, most, _mode_gates(subject, inquiry))
    for kind in kinds:
        getattr(search, kind)()
    return Gaps(tuple(search.found), tuple(search.undecided), f"every complete case, {inquiry.days}")


def _mode_gates(subject: Subject, inquiry: Inquiry) -> dict[str, int]:
    """A condition of the inquiry for each mode, so that silence is looked for in each."""
    fact = subject.bundle.vocabulary.facts.get("mode")
    if fact is None or "mode" not in subject.bundle.program.kinds:
        return {}
    tests = {value: Test("mode", "any_of", (value,), Place("gaps")) for value in fact.values}
    return {value: inquiry.conditions.add(test) for value, test in tests.items()}


class _Search:
    def __init__(self, subject: Subject, inquiry: Inquiry, most: int, mode_gates: dict[str, int]) -> None:
        self.subject = subject
        self.inquiry = inquiry
        self.most = most
        self.rules = subject.bundle.program.rules
        self.provisos = subject.bundle.program.provisos
        self.found: list[Gap] = []
        self.undecided: list[str] = []
        self.mode_gates = mode_gates

    def _which(self, goals: Mapping[Name, Goal], what: Callable[[Name], str]) -> dict[Name, bool | None]:
        """Which goals are possible; those not decided in time are noted."""
        found = self.inquiry.which(goals)
        self.undecided += [what(name) for name, answer in found.items() if answer is None]
        return found

    def default(self) -> None:
        """Cases the policy claims to cover, which no gateway and no prohibition reaches."""
        modes: list[str | None] = [*self.mode_gates]
        for mode in modes or [None]:
            if sum(g.kind == "default" for g in self.found) >= self.most:
                return
            gate = None if mode is None else self.mode_gates[mode]
            answer = self.inquiry.ask(
                lambda f, g=gate: every([f.look.by_silence, *([] if g is None else [f.conditions(g)])])  # type: ignore[misc]
            )
            if answer.status == "undecided":
                self.undecided.append(f"silence in mode {mode}")
            elif answer.witness is not None:
                where = f" in mode `{mode}`" if mode else ""
                self.found.append(
                    Gap(
                        "default",
                        (),
                        f"covered{where}, and no rule speaks: refused because nothing permits it",
                        answer.witness,
                    )
                )

    def idle_permit(self) -> None:
        """Gateways that are never effective, or only where a prohibition stands against them."""
        gateways = self.subject.bundle.program.gateways()
        used = self._which({g: and_permitted(effective(g)) for g in gateways}, lambda g: self.rules[g].id)
        idle = [g for g in gateways if used[g] is False]
        ever = self.inquiry.which({g: effective(g) for g in idle})
        for index in idle:
            why = "it is open only where a prohibition stands" if ever[index] else "it is never effective"
            self.found.append(Gap("idle_permit", (self.rules[index].id,), f"no case can use it: {why}"))

    def unmeetable(self) -> None:
        """Conditions with a `met_when` that cannot hold where they are attached."""
        carried = {p: _carries(p) for p, proviso in enumerate(self.provisos) if proviso.met_when is not None}
        there = self._which(carried, lambda p: self.provisos[p].id)
        met = self._which({p: _met_where(p, carried[p]) for p in carried if there[p]}, lambda p: self.provisos[p].id)
        for p in (p for p, answer in met.items() if answer is False):
            text = f"`{self.provisos[p].id}` is attached, but what would meet it can never be so then"
            witness = self.inquiry.ask(carried[p]).witness
            self.found.append(Gap("unmeetable", (self.rules[self.provisos[p].rule].id,), text, witness))

    def needless(self) -> None:
        """Pairs of gateways: wherever the one is open the other is too, and asks for no more, and somewhere for less."""
        gateways = self.subject.bundle.program.gateways()
        pairs = [(a, b) for a in gateways for b in gateways if a != b and self.rules[a].effect != "oblige"]
        needed = self.inquiry.which({(a, b): _needed(a, b) for a, b in pairs})
        opens = self.inquiry.which({a: effective(a) for a in {a for a, b in pairs if needed[a, b] is False}})
        for one, other in (p for p in pairs if needed[p] is False and opens[p[0]]):
            answer = self.inquiry.ask(_harder(one, other))
            if answer.witness is not None:
                names = (self.rules[one].id, self.rules[other].id)
                text = f"wherever {names[0]} is open, {names[1]} is too, and never asks for more"
                self.found.append(Gap("needless", names, text, answer.witness))

    def unordered(self) -> None:
        """A gateway and a prohibition effective together, neither naming the other; the language lets the prohibition win."""
        over = [set(r.defeated_by) for r in self.rules]
        gateways = self.subject.bundle.program.gateways()
        bans = [i for i, r in enumerate(self.rules) if r.effect == "forbid"]
        pairs = [(ban, g) for ban in bans for g in gateways if ban not in over[g] and g not in over[ban]]
        together = self._which(
            {(ban, g): effective(g, ban) for ban, g in pairs}, lambda p: f"{self.rules[p[0]].id}, {self.rules[p[1]].id}"
        )
        for ban in bans:
            met = [g for b, g in pairs if b == ban and together[b, g]]
            if met:
                self._collision(ban, met)

    def _collision(self, ban: int, met: Sequence[int]) -> None:
        duties = [g for g in met if self.rules[g].effect == "oblige"]
        # a permission that gives way to a ban is what a ban is for; a duty that does is worth a case
        witness = self.inquiry.ask(effective(duties[0], ban)).witness if duties else None
        names = (self.rules[ban].id, *(self.rules[g].id for g in met))
        what = "a duty to send" if duties else "a permission"
        text = f"{names[0]} meets {what} ({len(met)} in all) and neither names the other; the prohibition is followed"
        self.found.append(Gap("unordered", names, text, witness))


def and_permitted(goal: Goal) -> Goal:
    """A goal narrowed to what may be sent."""
    return lambda frame: every([frame.look.permitted, goal(frame)])


def _carries(proviso: int) -> Goal:
    return and_permitted(lambda frame: frame.look.open_with([proviso], frame.look.attached))


def _met_where(proviso: int, carried: Goal) -> Goal:
    return lambda frame: every([carried(frame), frame.look.met(proviso)])


def _needed(one: int, other: int) -> Goal:
    """The one is open, and the other is not or asks for something the one does not."""

    def goal(frame: Frame) -> Formula:
        look = frame.look
        more = some(look.outstanding(p) for p in sorted(look.reach[other] - look.reach[one]))
        return every([look.effective[one], some([opposite(look.effective[other]), more])])

    return goal


def _harder(one: int, other: int) -> Goal:
    """Both are open, and the one asks for something the other does not."""

    def goal(frame: Frame) -> Formula:
        look = frame.look
        more = some(look.outstanding(p) for p in sorted(look.reach[one] - look.reach[other]))
        return every([look.permitted, look.effective[one], look.effective[other], more])

    return goal


__all__ = ["KINDS", "Gap", "Gaps", "find_gaps"]
