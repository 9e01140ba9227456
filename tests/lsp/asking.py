"""What an editor asks the language server, and the files it is asked about."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from ..editor import Editor

POLICY, SUITE, MISTAKEN = "xa.yaml", "scenarios/xa.yaml", "mistaken.yaml"


def codes(found: list[types.Diagnostic]) -> list[object]:
    """The codes of diagnostics."""
    return [d.code for d in found]


async def complete(editor: Editor, name: str, words: str) -> dict[str, types.CompletionItem]:
    """What may be written right behind some words, by label."""
    answer = await editor.text_document_completion_async(types.CompletionParams(**editor.at(name, words, len(words))))
    assert isinstance(answer, types.CompletionList)
    return {item.label: item for item in answer.items}


async def hovered(editor: Editor, name: str, words: str, inside: int = 0) -> str:
    """What is said of the place where some words stand."""
    answer = await editor.text_document_hover_async(types.HoverParams(**editor.at(name, words, inside)))
    assert answer is not None
    assert isinstance(answer.contents, types.MarkupContent)
    return answer.contents.value


async def places(editor: Editor, name: str, words: str, inside: int = 0) -> list[tuple[str, str]]:
    """Where the name at some words stands: file and what is written there."""
    asked = types.ReferenceParams(context=types.ReferenceContext(True), **editor.at(name, words, inside))
    return [shown(editor, place) for place in await editor.text_document_references_async(asked) or []]


def shown(editor: Editor, place: types.Location) -> tuple[str, str]:
    """A location as the file's name and the text it spans."""
    path = Path(place.uri.removeprefix("file://"))
    name = str(path.relative_to(editor.root)) if path.is_relative_to(editor.root) else path.name
    text = editor.texts.get(name) or path.read_text("utf-8")
    return name, text.split("\n")[place.range.start.line][place.range.start.character : place.range.end.character]


async def offered(editor: Editor, name: str, line: int) -> list[types.CodeAction]:
    """What can be done about a line."""
    where = types.Range(types.Position(line, 0), types.Position(line, 0))
    document = types.TextDocumentIdentifier(editor.uri(name))
    asked = types.CodeActionParams(document, where, types.CodeActionContext([]))
    return [a for a in await editor.text_document_code_action_async(asked) or [] if isinstance(a, types.CodeAction)]
