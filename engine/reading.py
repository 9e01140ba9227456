"""Reading cases against the vocabulary of the law they fall under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..rules.case import Case, Kept, Received, Stated, read_case
from ..rules.diagnostics import Findings, Refused
from ..rules.source import Document, Source, read_documents
from ..rules.vocabulary.facts import Vocabulary
from .library import Library


def read_cases(source: Source, library: Library, received: Received | None = None) -> list[Case]:
    """The cases of a text, one a YAML document, each read with the facts that its sender's and receiver's policies add.

    `received` looks up entries of a register, for cases that name one.

    Raises:
        Refused: with every fault in the text, or MS302 where no policy exists.
    """
    findings = Findings()
    cases = []
    for index, document in enumerate(read_documents(source, findings)):
        known = case_vocabulary(document, library, findings)
        case = read_case(document, known, findings, received=received)
        cases.append(case.model_copy(update={"index": index}) if index else case)
    findings.stop_on_errors()
    return cases


def recorded_case(receipt: Mapping[str, Any], library: Library) -> Case:
    """The case that a recorded answer was computed from, with what it took from a register then.

    Raises:
        Refused: the case is no longer valid.
        ValueError, KeyError, IndexError, TypeError: the receipt does not hold together.
    """
    held = receipt.get("kept")

    def received(name: str, facts: Mapping[str, Stated]) -> Kept:
        if held is None:
            raise ValueError("the receipt lacks what the register held")
        return Kept.model_validate(held)

    cases = read_cases(Source(str(receipt["case_file"]), str(receipt["case_text"])), library, received)
    return cases[int(receipt["case_index"])]


def case_vocabulary(document: Document, library: Library, findings: Findings) -> Vocabulary:
    """The facts that a case may state: the shared ones and those of its sender's and receiver's policies."""
    known_files = library.files
    sender = _peek(document.data, "sender")
    if sender is None:
        return library.vocabulary
    path = ("sender", "jurisdiction") if ("sender", "jurisdiction") in document.values else ("sender.jurisdiction",)
    try:
        known = library.bundle(sender, document.place(path)).vocabulary
    except Refused as refused:
        plain = library.vocabulary
        faults = refused.diagnostics
        if sender in plain.jurisdictions or not all(d.code == "MS302" for d in faults):
            for fault in faults:
                findings.add(_with_line(fault, document))
        return plain
    receiver = _peek(document.data, "receiver")
    if receiver in known_files and receiver != sender:
        try:
            theirs = library.bundle(str(receiver)).vocabulary
        except Refused:
            return known
        return known.extended([f for p, f in theirs.facts.items() if p not in known])
    return known


def _with_line(fault: Any, document: Document) -> Any:
    from dataclasses import replace

    if fault.place.file == document.source.name and not fault.snippet:
        return replace(fault, snippet=document.source.line(fault.place.line))
    return fault


def _peek(data: Any, party: str) -> str | None:
    """The jurisdiction of a party as the case writes it, before anything is checked."""
    if not isinstance(data, dict):
        return None
    nested = data.get(party)
    value = nested.get("jurisdiction") if isinstance(nested, dict) else data.get(f"{party}.jurisdiction")
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) else None
