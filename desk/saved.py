"""Interviews on disk: written whole after every reply, and read back even if the law has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..engine.bundle import Bundle
from ..languages.words import count, fill, say
from ..rules.case import Case, Stated, read_case
from ..rules.diagnostics import Diagnostic, Findings, Place, Refused
from ..rules.files import write_whole
from ..rules.source import Document, Source, read_document, read_source
from .drafts import as_mapping, as_yaml, plain
from .interview import Interview, Said

VERSION = 1


def law_of(bundle: Bundle) -> dict[str, str]:
    """A short digest of every rule and fact of a law, by name."""
    law = {}
    for text in bundle.rules:
        content = json.dumps(text.rule.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        law[f"rule {text.name}"] = hashlib.sha256(content.encode()).hexdigest()[:12]
    for path in sorted(bundle.program.kinds):
        fact = bundle.vocabulary[path]
        law[f"fact {path}"] = hashlib.sha256(f"{fact.kind} {fact.values}".encode()).hexdigest()[:12]
    return law


def save(interview: Interview, path: str) -> None:
    """Keep an interview in a file.

    Raises:
        Refused: MS015 the file cannot be written.
    """
    facts = interview.bundle.vocabulary.facts
    data: dict[str, Any] = {
        "interview": VERSION,
        "as_of": interview.day,
        "asked": interview.asked,
        "case": as_mapping(interview.start, facts),
        "replies": [_reply(s) for s in interview.said],
        "law": law_of(interview.bundle),
    }
    write_whole(path, as_yaml(data))


def _reply(said: Said) -> dict[str, Any]:
    entry: dict[str, Any] = {"fact": said.path}
    if said.item is not None:
        entry["item"] = said.item
    if said.stated is None:
        entry["reply"] = said.reply
    else:
        entry["answer"] = plain(said.stated)
    return entry


CHANGES = {
    ("rule", "new"): say("rules new since the interview was saved: {names}"),
    ("rule", "gone"): say("rules gone since the interview was saved: {names}"),
    ("rule", "changed"): say("rules changed since the interview was saved: {names}"),
    ("fact", "new"): say("facts new since the interview was saved: {names}"),
    ("fact", "gone"): say("facts gone since the interview was saved: {names}"),
    ("fact", "changed"): say("facts changed since the interview was saved: {names}"),
}


def saved_document(path: str) -> Document:
    """A saved interview, not yet held against any law.

    Raises:
        Refused: it cannot be read, or MS604 it is no saved interview.
    """
    document = read_document(read_source(path))
    data = document.data
    if not isinstance(data, dict) or data.get("interview") != VERSION or not isinstance(data.get("case"), dict):
        help_ = "give a file that `mayshare ask --session` wrote, or a new name"
        raise Refused([Diagnostic("MS604", f"`{path}` is no saved interview", Place(path), help_)])
    return document


def saved_case(document: Document, bundle: Bundle) -> tuple[Case, list[str]]:
    """The case that a saved interview started from, without what the law no longer knows.

    Raises:
        Refused: the case is not valid for another reason.
    """
    findings = Findings()
    case = read_case(document, bundle.vocabulary, findings, ("case",))
    gone = [d.message for d in findings.items if d.code in ("MS101", "MS102")]
    rest = [d for d in findings.errors if d.code not in ("MS101", "MS102")]
    if rest:
        raise Refused(rest)
    return case, gone


def take_up(document: Document, interview: Interview) -> list[str]:
    """Put a saved interview's replies into a fresh one; gives in sentences what has changed since, and what was dropped."""
    data = document.data
    notes = changes(data.get("law") or {}, law_of(interview.bundle))
    for entry in data.get("replies") or []:
        said, note = _read(entry, interview)
        if said is not None:
            interview.said.append(said)
        if note:
            notes.append(note)
    interview.asked = int(data.get("asked") or len(interview.said))
    return notes


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What became of the law between two days, in sentences."""
    notes = []
    for kind in ("rule", "fact"):
        old = {k: v for k, v in before.items() if k.startswith(f"{kind} ")}
        new = {k: v for k, v in after.items() if k.startswith(f"{kind} ")}
        groups = {
            "new": [k for k in new if k not in old],
            "gone": [k for k in old if k not in new],
            "changed": [k for k in new if k in old and old[k] != new[k]],
        }
        for word, names in groups.items():
            if names:
                notes.append(_changed(CHANGES[kind, word], [n.removeprefix(f"{kind} ") for n in names]))
    return notes


def _changed(template: str, names: list[str]) -> str:
    first, more = ", ".join(names[:8]), len(names) - 8
    if more > 0:
        first = count("{facts} and {n} more", "{facts} and {n} more", more, facts=first)
    return fill(template, names=first)


def _read(entry: Any, interview: Interview) -> tuple[Said | None, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("fact"), str):
        return None, say("a reply could not be read and was left out")
    path, item = entry["fact"], entry.get("item")
    if path not in interview.bundle.vocabulary:
        return None, say("`{fact}` is no longer asked; what was answered is left out", fact=path)
    if "answer" not in entry:
        reply = entry.get("reply")
        return (
            (Said(path, item, reply), "")
            if reply in ("unknown", "skip")
            else (None, say("the reply to `{fact}` was left out", fact=path))
        )
    stated = _stated(path, entry["answer"], interview)
    if stated is None:
        return None, say(
            "the answer to `{fact}` no longer fits its question and is left out: it will be asked again", fact=path
        )
    return Said(path, item, "answer", stated), ""


def _stated(path: str, answer: Any, interview: Interview) -> Stated | None:
    text = as_yaml({"sender.jurisdiction": interview.bundle.heads[0].id, "items": [{path: answer}]})
    findings = Findings()
    case = read_case(read_document(Source("the saved interview", text)), interview.bundle.vocabulary, findings)
    return None if findings.errors else case.items[0].facts.get(path)
