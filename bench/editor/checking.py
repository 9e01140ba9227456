"""What is found in a text while it is written: at once what reading and the quick checks tell, after a pause all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...engine.reading import read_cases
from ...rules.diagnostics import Diagnostic, Refused
from ...rules.source import Source, read_documents
from ..lint.run import Finding, Linted, Reading, read
from ..lint.subject import SuiteSubject, kind_of
from .moved import shift
from .outcomes import Outcome, failures, run_one
from .view import View

LINTED = ("policy", "suite", "registry")


@dataclass
class Checked:
    """What is known of a text: its findings, whether they are all there is, and how its scenarios went."""

    linted: Linted
    whole: bool = True
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)
    reading: Reading | None = None
    quick: tuple[Finding, ...] = ()
    deep: tuple[Finding, ...] = ()

    @property
    def source(self) -> Source:
        """The text."""
        return self.linted.source


def at_once(source: Source, view: View, before: Checked | None = None) -> Checked:
    """What can be said at every keystroke; what the deep checks found before stays where its line does."""
    kind = kind_of(source)
    try:
        if kind not in LINTED:
            return Checked(Linted(source, tuple(Finding(d) for d in _plain(source, kind, view))))
        reading = read(source, view.around)
    except Refused as refused:
        own = [d if d.place.file == source.name else _elsewhere(d, source) for d in refused.diagnostics]
        kept = Checked(Linted(source, tuple(Finding(d) for d in own), refused=True))
        return replace(kept, deep=_carried(before, source), outcomes=before.outcomes if before else {})
    quick = tuple(reading.found(reading.checks(deep=False)))
    deep = _carried(before, source)
    outcomes = before.outcomes if before is not None else {}
    linted = reading.concluded([*quick, *deep], whole=False)
    return Checked(linted, False, outcomes, reading, quick, deep)


def _plain(source: Source, kind: str | None, view: View) -> Iterator[Diagnostic]:
    """A case as `check` reads it; of any other file whether it is well-formed."""
    if kind == "case":
        read_cases(source, view.library)
    else:
        read_documents(source)
    yield from ()


def _elsewhere(diagnostic: Diagnostic, source: Source) -> Diagnostic:
    """A fault in another file, said at the head of this one."""
    from ...rules.diagnostics import Place

    message = f"{diagnostic.place}: {diagnostic.message}"
    return replace(diagnostic, place=Place(source.name, 1, 1, 1), message=message, snippet="")


def _carried(before: Checked | None, source: Source) -> tuple[Finding, ...]:
    """Findings of an older text on lines that still stand; their repairs were for that text and are left behind."""
    if before is None or not before.deep:
        return ()
    by = shift(before.source.text, source.text)
    found = []
    for finding in before.deep:
        place = by.place(finding.diagnostic.place)
        if place is not None:
            same = source.text == before.source.text
            found.append(Finding(replace(finding.diagnostic, place=place), finding.edits if same else ()))
    return tuple(found)


def in_depth(checked: Checked, view: View) -> Iterator[Checked]:
    """The deep checks one by one, then the scenarios one by one: each step is short, the last holds everything."""
    reading = checked.reading
    if reading is None:
        yield checked
        return
    deep: list[Finding] = []
    for check in reading.checks(deep=True):
        deep += reading.found([check])
        yield checked
    outcomes: dict[int, list[Outcome]] = {}
    if isinstance(reading.subject, SuiteSubject):
        for scenario in reading.subject.suite.scenarios:
            outcomes.setdefault(int(scenario.path[1]), []).append(run_one(scenario, reading.document, view))
            yield checked
    found = [*checked.quick, *deep]
    linted = reading.concluded(found)
    failed = tuple(Finding(d) for d in failures(outcomes, reading.document))
    yield Checked(
        replace(linted, findings=(*linted.findings, *failed)), True, outcomes, reading, checked.quick, tuple(deep)
    )
