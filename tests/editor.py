"""A language client that starts the real `mayshare lsp` and asks it as an editor would."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.lsp.client import LanguageClient

LONG = 30.0


class Editor(LanguageClient):
    """An editor with a folder open: texts by path, and the diagnostics that were last told of each."""

    def __init__(self, root: Path) -> None:
        super().__init__("test", "1")
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.told: dict[str, list[tuple[int | None, list[types.Diagnostic]]]] = {}
        self.news = asyncio.Condition()

        async def received(params: types.PublishDiagnosticsParams) -> None:
            async with self.news:
                self.told.setdefault(params.uri, []).append((params.version, list(params.diagnostics)))
                self.news.notify_all()

        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(received)
        self.feature(types.WORKSPACE_INLAY_HINT_REFRESH)(lambda params: None)
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)

    def uri(self, name: str) -> str:
        """The URI of a file in the folder."""
        return str(uris.from_fs_path(str(self.root / name)))

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file, as it lies on disk unless a text is given."""
        uri = self.uri(name)
        self.texts[name] = (self.root / name).read_text("utf-8") if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(uri, "yaml", 1, self.texts[name])
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def write(self, name: str, old: str, new: str) -> None:
        """Replace one occurrence of a text by another, as a keystroke does: only the stretch is sent."""
        text = self.texts[name]
        start = text.index(old)
        where = types.Range(position(text, start), position(text, start + len(old)))
        self.texts[name] = text[:start] + new + text[start + len(old) :]
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = types.TextDocumentContentChangePartial(range=where, text=new)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def at(self, name: str, words: str, inside: int = 0) -> dict[str, Any]:
        """The arguments of a question about the place where some words stand (`inside` characters further)."""
        text = self.texts[name]
        return {
            "text_document": types.TextDocumentIdentifier(self.uri(name)),
            "position": position(text, text.index(words) + inside),
        }

    async def diagnostics(
        self, name: str, wanted: Callable[[list[types.Diagnostic]], bool] = lambda found: True
    ) -> list[types.Diagnostic]:
        """The first diagnostics of the text as it now is that are as wanted."""
        uri, seen = self.uri(name), 0
        async with self.news:
            while True:
                for version, found in self.told.get(uri, [])[seen:]:
                    seen += 1
                    if version == self.versions[name] and wanted(found):
                        return found
                await asyncio.wait_for(self.news.wait(), LONG)

    async def whole(self, name: str) -> list[types.Diagnostic]:
        """Everything that is found in a text, after the pause: the second answer to a version."""
        uri = self.uri(name)
        async with self.news:
            while sum(version == self.versions[name] for version, _ in self.told.get(uri, [])) < 2:
                await asyncio.wait_for(self.news.wait(), LONG)
        return self.told[uri][-1][1]


def position(text: str, offset: int) -> types.Position:
    """An offset as a position, in UTF-16 code units."""
    begin = text.rfind("\n", 0, offset) + 1
    return types.Position(text.count("\n", 0, offset), len(text[begin:offset].encode("utf-16-le")) // 2)


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """A text after edits."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(at: types.Position) -> int:
        if at.line >= len(lines):
            return len(text)
        head = lines[at.line].encode("utf-16-le")[: at.character * 2].decode("utf-16-le")
        return starts[at.line] + len(head)

    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def editing(
    root: Path,
    work: Callable[[Editor], Awaitable[None]],
    *arguments: str,
    snippets: bool = False,
    cache: Path | None = None,
) -> None:
    """Start the server on a folder, do the work, and say goodbye as an editor does."""

    async def session() -> None:
        editor = Editor(root)
        environment = {**os.environ, "MAYSHARE_CACHE": "off"}
        await editor.start_io(sys.executable, "-m", "mayshare", "lsp", *arguments, env=environment, cwd=str(root))
        edits = types.WorkspaceEditClientCapabilities(document_changes=True, snippet_edit_support=snippets)
        capabilities = types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(workspace_edit=edits))
        uri = str(uris.from_fs_path(str(root)))
        folders = [types.WorkspaceFolder(uri, root.name)]
        start = types.InitializeParams(capabilities, process_id=os.getpid(), root_uri=uri, workspace_folders=folders)
        await asyncio.wait_for(editor.initialize_async(start), LONG)
        editor.initialized(types.InitializedParams())
        try:
            await asyncio.wait_for(work(editor), 2 * LONG)
        finally:
            await asyncio.wait_for(editor.shutdown_async(None), LONG)
            editor.exit(None)
            await editor.stop()  # type: ignore[no-untyped-call]

    asyncio.run(session())
