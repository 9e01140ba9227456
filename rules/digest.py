"""Digests: the provisions read for a jurisdiction or an international text, each in short, with how it was read."""

from __future__ import annotations

from datetime import date
from typing import Literal

from .diagnostics import Findings, Refused
from .model import Model, Several, Text, validated
from .source import Source, read_document


class Provision(Model):
    """A provision as read."""

    id: Text
    instrument: Text
    article: Text | None = None
    paragraph: Text | None = None
    read: Literal["text", "secondary"] = "text"
    kind: Text | None = None
    direction: Text | None = None
    mode: Several[Text] = ()
    source: Text | None = None
    summary: Text = ""
    in_force_from: date | Text | None = None
    in_force_to: date | Text | None = None

    def __str__(self) -> str:
        article = f" art. {self.article}" if self.article else ""
        paragraph = f"({self.paragraph})" if self.paragraph else ""
        return f"{self.instrument}{article}{paragraph}"


class Digest(Model):
    """A file under `jurisdictions/law/`."""

    digest: Text
    title: Text
    provisions: tuple[Provision, ...]
    not_found: tuple[Text, ...] = ()


def read_digest(source: Source) -> Digest:
    """A digest out of its file.

    Raises:
        Refused: with every fault in the file.
    """
    document = read_document(source)
    findings = Findings()
    digest = validated(Digest, document.data, document, (), findings)
    if digest is None:
        raise Refused(findings.items)
    return digest
