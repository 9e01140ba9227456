"""The interview at a terminal: questions on standard error, a line of answer each, commands by name."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..engine.wording import OUTCOMES, actors, ask_words, help_words, joined, value_words
from ..languages.speaking import spoken, typed
from ..languages.words import count, listed, say, term
from ..rules.case import Stated
from ..rules.diagnostics import Place
from .interview import Interview, Question
from .replies import FULL, NotUnderstood, options, parsed

HELP = (
    (say("an answer"), say("y or n, a number from the list, part of a name, a day, a State's code or name;")),
    ("", say("several with commas; `none` for none of them")),
    (say("don't know"), say("nobody here knows (also: dk); it stays open and is not asked again")),
    (say("skip"), say("ask it later")),
    (say("back"), say("take the last answer back")),
    (say("change FACT"), say("take the answer to that fact back, however long ago")),
    (say("why?"), say("the rules for which this is asked")),
    (say("what if ANSWER?"), say("what that answer would lead to")),
    (say("so far"), say("what has been answered, and how the case stands")),
    (say("quit"), say("stop here; with --session FILE go on another day")),
)
"""What can be typed, and what it does."""
# what is taken for a command, its alternatives divided by `|`; a translation adds its own
UNKNOWN = term("typed", "don't know|dont know|dk|unknown")
SKIP, BACK = term("typed", "skip"), term("typed", "back")
CHANGE, WHAT_IF = term("typed", "change"), term("typed", "what if")
WHY, SO_FAR = term("typed", "why"), term("typed", "so far")
ASK_HELP, QUIT = term("typed", "help"), term("typed", "quit|exit|q")
KINDS = {
    "boolean": say("y/n"),
    "choice": say("number or name"),
    "choices": say("numbers or names with commas, or none"),
    "number": say("number"),
    "date": say("YYYY-MM-DD"),
    "jurisdiction": say("State"),
}
REPLIES = {"unknown": say("not known here"), "skip": say("later")}
INTERVIEW = say("the interview")
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
            if line is None or line.lower() in typed(QUIT):
                return "quit"
            if self._replied(question, line):
                return "done"

    def _replied(self, question: Question, line: str) -> bool:
        """Whether the line moved the interview on; commands that only tell something do not."""
        word = _word(line)
        if word in typed(UNKNOWN):
            self.interview.not_known(question)
        elif word in typed(SKIP):
            self.interview.skip(question)
        elif word in typed(BACK):
            taken = self.interview.back()
            nothing = say("there is nothing to take back")
            self.say(nothing if taken is None else say("taken back: {fact}", fact=taken.path))
            return taken is not None
        elif (path := _behind(CHANGE, line)) is not None:
            return self._change(path)
        else:
            return self._told(word, question) or self._answered(question, line)
        return True

    def _told(self, word: str, question: Question) -> bool:
        """Tell something where the line asks for it; the question stands."""
        if word == "" or word in typed(ASK_HELP):
            self._help()
        elif word in typed(WHY):
            self._why(question)
        elif word in typed(SO_FAR):
            self._so_far()
        return False

    def _answered(self, question: Question, line: str) -> bool:
        if _word(line) in ("", *typed(ASK_HELP), *typed(WHY), *typed(SO_FAR)):
            return False
        try:
            if (supposed := _behind(WHAT_IF, line)) is not None:
                self._what_if(question, supposed)
                return False
            stated = self._judged(question, self._value(question, line))
        except NotUnderstood as problem:
            self.say(problem.reason)
            return False
        before = self.interview.previous(question.fact.path, question.item)
        if before is not None and self._contradicts(question, before.value, stated.value):
            self.say(
                say(
                    "before you said {value}; that is replaced, and what followed from it is worked out anew",
                    value=self._words(question, before.value),
                )
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
            self.say(say("taken back: {fact}", fact=path))
            return True
        self.say(say("nothing was answered for `{fact}`; `so far` lists what was", fact=path))
        return False

    def _value(self, question: Question, text: str) -> Any:
        return parsed(question.fact, text, options(question.fact, question.narrows), self.interview.bundle.vocabulary)

    def _judged(self, question: Question, value: Any) -> Stated:
        """A judgement is recorded with whose it is and on what it rests."""
        if question.fact.judgement is None:
            return Stated(value=value, place=Place(INTERVIEW))
        asked = say("who judged it? [{person}]", person=self.judge) if self.judge else say("who judged it?")
        who = self._line(f"  {spoken(asked)} ") or self.judge
        basis = self._line(f"  {spoken(say('on what basis?'))} ")
        self.judge = who or ""
        if not who:
            self.say(say("noted; the answer will say that nobody is named"))
        return Stated(
            value=value, place=Place(INTERVIEW), judged_by=who or None, basis=basis or None, on=self.interview.day
        )

    # -- telling ----------------------------------------------------------------------------------------------

    def _show(self, question: Question) -> None:
        fact = question.fact
        self._shown += 1
        asked: str = say("{number}. {question}", number=self._shown, question=ask_words(fact))
        if question.item and len(self.interview.case.items) > 1:
            asked = say("{question} (for `{item}`)", question=asked, item=question.item)
        self.say(f"\n{spoken(asked)}")
        if question.narrows is not None:
            values = self._words(question, question.narrows)
            self._indented(say("stated so far: {values}; more exactly?", values=values))
        if fact.help:
            self._indented(help_words(fact))
        if fact.judgement is not None:
            self._indented(say("A judgement for: {who}.", who=joined(actors(fact.judgement.by))))
        shown = options(fact, question.narrows)
        for number, option in enumerate(shown, 1):
            self.say(f"  {number:>2} {'  ' * option.depth}{option.label}", hang=7 + 2 * option.depth)
        if fact.tree is not None and len(fact.values) > FULL and question.narrows is None:
            self._indented(say("(the main kinds; type part of a name for a more exact one)"))
        self._indented(say("[{kind} · why? · don't know · skip · back · ?]", kind=self._kind(question)))
        if question.reasons:
            self._indented(say("asked because {reason}", reason=question.reasons[0].words))

    @staticmethod
    def _kind(question: Question) -> str:
        fact = question.fact
        if fact.kind == "number" and fact.unit:
            return say("number in {unit}", unit=term(fact.path, fact.unit))
        return KINDS[fact.kind]

    def _why(self, question: Question) -> None:
        said = {"fact": question.fact.path, "source": question.fact.source}
        self.say(
            say("The answer bears on whether it may go ({fact}; from {source}):", **said)
            if question.about == "outcome"
            else say("The answer bears on which conditions are left ({fact}; from {source}):", **said)
        )
        for reason in question.reasons[:6]:
            self.say(f"  - {spoken(reason.words)}", hang=4)
        if len(question.reasons) > 6:
            self._indented(count("and {n} more rule", "and {n} more rules", len(question.reasons) - 6))

    def _what_if(self, question: Question, text: str) -> None:
        value = self._value(question, text)
        outcome, short, left = self.interview.what_if(question, Stated(value=value, place=Place("what if")))
        then = say("Then: {outcome}. {answer}", outcome=OUTCOMES[outcome], answer=short)
        more = count("{n} fact could then still matter.", "{n} facts could then still matter.", left)
        self.say(listed((then, more), " ") if left else then)

    def _so_far(self) -> None:
        for said in self.interview.said:
            fact = self.interview.bundle.vocabulary[said.path]
            shown = (
                REPLIES[said.reply]
                if said.stated is None
                else value_words(fact, said.stated.value, self.interview.bundle.vocabulary)
            )
            line = say("{fact}: {value}", fact=said.path, value=shown)
            of = said.item if len(self.interview.case.items) > 1 else None
            self._indented(say("{item}: {text}", item=of, text=line) if of else line)
        self.say(self.interview.decision().short)

    def _words(self, question: Question, value: Any) -> str:
        return value_words(question.fact, value, self.interview.bundle.vocabulary)

    # -- terminal ---------------------------------------------------------------------------------------------

    def _help(self) -> None:
        rows = [(spoken(name), spoken(text)) for name, text in HELP]
        wide = max(len(name) for name, _ in rows)
        for name, text in rows:
            self.say(f"  {name:<{wide}} {text}", hang=wide + 3)

    def _indented(self, text: str) -> None:
        self.say(f"  {spoken(text)}")

    def say(self, text: str, hang: int = 2) -> None:
        """Print to standard error, wrapped to the terminal."""
        text = spoken(text)
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
    first = ", ".join(names[:limit])
    if len(names) <= limit:
        return first
    return count("{facts} and {n} more", "{facts} and {n} more", len(names) - limit, facts=first)


def _word(line: str) -> str:
    """A line as a command may be written: without question marks, in small letters."""
    return line.lower().strip("?¿ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}").replace("’", "'")


def _behind(command: str, line: str) -> str | None:
    """What stands behind a command; None where the line does not begin with it."""
    word = _word(line)
    for name in typed(command):
        if word == name or word.startswith(f"{name} "):
            return line.strip("?¿ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")[len(name) :].strip()
    return None
