"""What a law leaves open or carries for nothing: silence, idle rules, impossible conditions, needless gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..rules.diagnostics import Place
from ..rules.expressions import Test
from .decode import Witness
from .formula import Formula, every, opposite, some
from .frame import Frame, Goal, Subject
from .look import Look
from .solve import Inquiry, effective

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

    def _possible(self, goal: Goal, what: str) -> bool | None:
        answer = self.inquiry.possible(goal)
        if answer is None:
            self.undecided.append(what)
        return answer

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
        for index in self.subject.bundle.program.gateways():

            def opens(frame: Frame, index: int = index) -> Formula:
                return every([frame.look.effective[index], frame.look.permitted])

            used = self._possible(opens, self.rules[index].id)
            if used is False:
                ever = self.inquiry.possible(effective(index))
                why = "it is open only where a prohibition stands" if ever else "it is never effective"
                self.found.append(Gap("idle_permit", (self.rules[index].id,), f"no case can use it: {why}"))

    def unmeetable(self) -> None:
        """Conditions with a `met_when` that cannot hold where they are attached."""
        for p, proviso in enumerate(self.provisos):
            if proviso.met_when is None:
                continue

            def carried(f: Frame, p: int = p) -> Formula:
                return every([f.look.permitted, f.look.open_with([p], f.look.attached)])

            if self._possible(carried, proviso.id) is True:
                met = self._possible(lambda f, p=p, c=carried: every([c(f), f.look.met(p)]), proviso.id)  # type: ignore[misc]
                if met is False:
                    answer = self.inquiry.ask(carried)
                    text = f"`{proviso.id}` is attached, but what would meet it can never be so then"
                    self.found.append(Gap("unmeetable", (self.rules[proviso.rule].id,), text, answer.witness))

    def needless(self) -> None:
        """Pairs of gateways: wherever the one is open the other is too, and asks for no more, and somewhere for less."""
        gateways = self.subject.bundle.program.gateways()
        for one in gateways:
            for other in gateways:
                if one == other or self.rules[one].effect == "oblige":
                    continue
                if self.inquiry.possible(lambda f, a=one, b=other: _not_covered(f.look, a, b)) is not False:  # type: ignore[misc]
                    continue
                if self.inquiry.possible(effective(one)) is not True:
                    continue
                answer = self.inquiry.ask(lambda f, a=one, b=other: _harder(f.look, a, b))  # type: ignore[misc]
                if answer.witness is not None:
                    names = (self.rules[one].id, self.rules[other].id)
                    text = f"wherever {names[0]} is open, {names[1]} is too, and never asks for more"
                    self.found.append(Gap("needless", names, text, answer.witness))

    def unordered(self) -> None:
        """A gateway and a prohibition effective together, neither naming the other; the language lets the prohibition win."""
        over: dict[int, set[int]] = {i: set(r.defeated_by) for i, r in enumerate(self.rules)}
        gateways = self.subject.bundle.program.gateways()
        for ban in (i for i, r in enumerate(self.rules) if r.effect == "forbid"):
            met = [
                g for g in gateways
                if ban not in over[g] and g not in over[ban] and self._possible(
                    effective(g, ban), f"{self.rules[ban].id}, {self.rules[g].id}"
                )
            ]  # fmt: skip
            if met:
                duties = [g for g in met if self.rules[g].effect == "oblige"]
                chosen = (duties or met)[0]
                witness = None
                if (
                    duties
                ):  # a permission that gives way to a ban is what a ban is for; a duty that does is worth a case
                    witness = self.inquiry.ask(effective(chosen, ban)).witness
                names = (self.rules[ban].id, *(self.rules[g].id for g in met))
                what = "a duty to send" if duties else "a permission"
                text = f"{names[0]} meets {what} ({len(met)} in all) and neither names the other; the prohibition is followed"
                self.found.append(Gap("unordered", names, text, witness))


def _not_covered(look: Look, one: int, other: int) -> Formula:
    """The one is open, and the other is not or asks for something the one does not."""
    more = some(look.outstanding(p) for p in sorted(look.reach[other] - look.reach[one]))
    return every([look.effective[one], some([opposite(look.effective[other]), more])])


def _harder(look: Look, one: int, other: int) -> Formula:
    """Both are open, and the one asks for something the other does not."""
    more = some(look.outstanding(p) for p in sorted(look.reach[one] - look.reach[other]))
    return every([look.permitted, look.effective[one], look.effective[other], more])


__all__ = ["KINDS", "Gap", "Gaps", "find_gaps"]
