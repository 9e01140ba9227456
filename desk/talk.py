"""The interview at a terminal: questions on standard error, a line of answer each, commands by name."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..engine.wording import value_words
from ..rules.case import Stated
from ..rules.diagnostics import Place
from .interview import Interview, Question
from .replies import FULL, NotUnderstood, options, parsed

HELP = """\
  an answer       y or n, a number from the list, part of a name, a day, a State's code or name;
                  several with commas; `none` for none of them
  don't know      nobody here knows (also: dk); it stays open and is not asked again
  skip            ask it later
  back            take the last answer back
  change FACT     take the answer to that fact back, however long ago
  why?            the rules for which this is asked
  what if ANSWER? what that answer would lead to
  so far          what has been answered, and how the case stands
  quit            stop here; with --session FILE go on another day"""
End = Literal["done", "quit"]


@dataclass
class Talk:
    """A conversation. `given` answers without asking where it can; without `prompt` nothing is ever asked."""

    interview: Interview
    given: Callable[[Question], Stated | None]
    prompt: bool = True
    keep: Callable[[], None] = lambda: None
    judge: str = ""
    _shown: int = field(default=0, init=False)

    def run(self) -> End:
        """Ask until nothing left can change the answer, or the person stops."""
        while True:
            question = self.interview.next()
            if question is None:
                return "done"
            stated = self.given(question)
            if stated is not None:
                self.interview.answer(question, stated)
            elif not self.prompt:
                self.interview.not_known(question)
            elif self._ask(question) == "quit":
                return "quit"
            self.keep()

    # -- one question -----------------------------------------------------------------------------------------

    def _ask(self, question: Question) -> End:
        self._show(question)
        while True:
            line = self._line("> ")
            if line is None or line.lower() in ("quit", "exit", "q"):
                return "quit"
            if self._replied(question, line):
                return "done"

    def _replied(self, question: Question, line: str) -> bool:
        """Whether the line moved the interview on; commands that only tell something do not."""
        word = line.lower().rstrip("?").strip().replace("’", "'")
        if word in ("don't know", "dont know", "dk", "unknown"):
            self.interview.not_known(question)
        elif word == "skip":
            self.interview.skip(question)
        elif word == "back":
            taken = self.interview.back()
            self.say("there is nothing to take back" if taken is None else f"taken back: {taken.path}")
            return taken is not None
        elif word.startswith("change "):
            return self._change(line.split(None, 1)[1].strip())
        else:
            return self._told(word, question) or self._answered(question, line)
        return True

    def _told(self, word: str, question: Question) -> bool:
        """Tell something where the line asks for it; the question stands."""
        tellers: dict[str, Callable[[], None]] = {
            "": lambda: self.say(HELP),
            "help": lambda: self.say(HELP),
            "why": lambda: self._why(question),
            "so far": self._so_far,
        }
        if word in tellers:
            tellers[word]()
        return False

    def _answered(self, question: Question, line: str) -> bool:
        word = line.lower().rstrip("?").strip()
        if word in ("", "help", "why", "so far"):
            return False
        try:
            if word.startswith("what if"):
                self._what_if(question, line.rstrip("? ")[7:].strip())
                return False
            stated = self._judged(question, self._value(question, line))
        except NotUnderstood as problem:
            self.say(str(problem))
            return False
        before = self.interview.previous(question.fact.path, question.item)
        if before is not None and self._contradicts(question, before.value, stated.value):
            self.say(
                f"before you said {self._words(question, before.value)}; that is replaced, "
                "and what followed from it is worked out anew"
            )
        self.interview.answer(question, stated)
        return True

    def _contradicts(self, question: Question, before: Any, now: Any) -> bool:
        tree = question.fact.tree
        if tree is None or isinstance(before, frozenset):
            return bool(before != now)
        return now not in tree.below[before]

    def _change(self, path: str) -> bool:
        if self.interview.forget(path):
            self.say(f"taken back: {path}")
            return True
        self.say(f"nothing was answered for `{path}`; `so far` lists what was")
        return False

    def _value(self, question: Question, text: str) -> Any:
        return parsed(question.fact, text, options(question.fact, question.narrows), self.interview.bundle.vocabulary)

    def _judged(self, question: Question, value: Any) -> Stated:
        """A judgement is recorded with whose it is and on what it rests."""
        if question.fact.judgement is None:
            return Stated(value=value, place=Place("the interview"))
        who = self._line(f"  who judged it?{f' [{self.judge}]' if self.judge else ''} ") or self.judge
        basis = self._line("  on what basis? ")
        self.judge = who or ""
        if not who:
            self.say("noted; the answer will say that nobody is named")
        return Stated(
            value=value, place=Place("the interview"), judged_by=who or None, basis=basis or None, on=self.interview.day
        )

    # -- telling ----------------------------------------------------------------------------------------------

    def _show(self, question: Question) -> None:
        fact = question.fact
        of = f" (for `{question.item}`)" if question.item and len(self.interview.case.items) > 1 else ""
        self._shown += 1
        self.say(f"\n{self._shown}. {fact.ask}{of}")
        if question.narrows is not None:
            self.say(f"  stated so far: {self._words(question, question.narrows)}; more exactly?")
        if fact.help:
            self.say(f"  {fact.help}")
        if fact.judgement is not None:
            self.say("  A judgement for: " + " or ".join(a.replace("_", " ") for a in fact.judgement.by) + ".")
        shown = options(fact, question.narrows)
        for number, option in enumerate(shown, 1):
            self.say(f"  {number:>2} {'  ' * option.depth}{option.label}", hang=7 + 2 * option.depth)
        if fact.tree is not None and len(fact.values) > FULL and question.narrows is None:
            self.say("  (the main kinds; type part of a name for a more exact one)")
        self.say(f"  [{self._kind(question)} · why? · don't know · skip · back · ?]")
        if question.reasons:
            self.say(f"  asked because {question.reasons[0]}")

    @staticmethod
    def _kind(question: Question) -> str:
        unit = f" in {question.fact.unit}" if question.fact.unit else ""
        kinds = {
            "boolean": "y/n",
            "choice": "number or name",
            "choices": "numbers or names with commas, or none",
            "number": f"number{unit}",
            "date": "YYYY-MM-DD",
            "jurisdiction": "State",
        }
        return kinds[question.fact.kind]

    def _why(self, question: Question) -> None:
        what = "whether it may go" if question.about == "outcome" else "which conditions are left"
        self.say(f"The answer bears on {what} ({question.fact.path}; from {question.fact.source}):")
        for reason in question.reasons[:6]:
            self.say(f"  - {reason}", hang=4)
        if len(question.reasons) > 6:
            self.say(f"  and {len(question.reasons) - 6} more rules")

    def _what_if(self, question: Question, text: str) -> None:
        value = self._value(question, text)
        outcome, short, left = self.interview.what_if(question, Stated(value=value, place=Place("what if")))
        more = f" {left} fact{'s' if left != 1 else ''} could then still matter." if left else ""
        self.say(f"Then: {outcome}. {short}{more}")

    def _so_far(self) -> None:
        for said in self.interview.said:
            of = f"{said.item}: " if said.item and len(self.interview.case.items) > 1 else ""
            fact = self.interview.bundle.vocabulary[said.path]
            shown = (
                said.reply
                if said.stated is None
                else value_words(fact, said.stated.value, self.interview.bundle.vocabulary)
            )
            self.say(f"  {of}{said.path}: {shown}")
        self.say(self.interview.decision().short)

    def _words(self, question: Question, value: Any) -> str:
        return value_words(question.fact, value, self.interview.bundle.vocabulary)

    # -- terminal ---------------------------------------------------------------------------------------------

    def say(self, text: str, hang: int = 2) -> None:
        """Print to standard error, wrapped to the terminal."""
        width = max(30, shutil.get_terminal_size((100, 24)).columns)
        for line in text.split("\n"):
            lead = len(line) - len(line.lstrip())
            wrapped = textwrap.wrap(
                line, width, subsequent_indent=" " * max(lead, hang if lead else 0), break_on_hyphens=False
            ) or [""]
            sys.stderr.write("\n".join(wrapped) + "\n")

    @staticmethod
    def _line(prompt: str) -> str | None:
        """A line typed; None at the end of input."""
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        return line.strip() if line else None


def asked_for(facts: Iterable[str], limit: int = 12) -> str:
    """A list of facts in a line."""
    names = list(facts)
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
