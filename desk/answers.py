"""Prepared answers: a file like a case, from which the interview takes what it would ask for."""

from __future__ import annotations

from ..engine.bundle import Bundle
from ..rules.case import Case, Stated, read_case
from ..rules.diagnostics import Diagnostic, Findings, Refused
from ..rules.source import Source, read_document
from .interview import Question


class Answers:
    """What a file of answers states, for the case and by item."""

    def __init__(self, source: Source, bundle: Bundle, start: Case) -> None:
        """Read it.

        Raises:
            Refused: a fact or value is wrong, or MS603 it contradicts what the case states already.
        """
        findings = Findings()
        document = read_document(source)
        self.case = read_case(document, bundle.vocabulary, findings)
        wrong = [d for d in findings.errors if d.code != "MS301"]  # whose law applies is settled already
        wrong += self._contradictions(start)
        if wrong:
            raise Refused(wrong)
        self.used: set[tuple[str, str | None]] = set()

    def _contradictions(self, start: Case) -> list[Diagnostic]:
        found = []
        pairs = [(self.case.facts, start.facts)]
        named = {i.id: i.facts for i in start.items}
        pairs += [(i.facts, named[i.id]) for i in self.case.items if i.id in named]
        for answers, facts in pairs:
            for path, stated in answers.items():
                other = facts.get(path)
                if other is not None and other.value != stated.value:
                    message = f"`{path}` is answered otherwise than the case states it ({other.place})"
                    found.append(Diagnostic("MS603", message, stated.place, "correct one of the two"))
        return found

    def given(self, question: Question) -> Stated | None:
        """The answer to a question, if the file has one that says more than is known."""
        path = question.fact.path
        named = next((i for i in self.case.items if i.id == question.item), None)
        stated = (named.facts.get(path) if named else None) or self.case.facts.get(path)
        alone = self.case.items[0] if len(self.case.items) == 1 else None
        if stated is None and alone is not None and (named is None or alone is named):
            stated = alone.facts.get(path)
        if stated is None or stated.value == question.narrows:
            return None
        self.used.add((path, question.item))
        return stated

    def unused(self) -> list[str]:
        """The facts that were answered and never asked for."""
        paths = [*self.case.facts, *(p for i in self.case.items for p in i.facts)]
        used = {path for path, _ in self.used}
        return [
            p
            for p in dict.fromkeys(paths)
            if p not in used and p not in ("sender.jurisdiction", "receiver.jurisdiction")
        ]
