"""The language server: what an editor asks, answered from the workspace; nothing is decided here."""

from __future__ import annotations

import asyncio
import gc
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from ...engine.version import VERSION
from ...rules.diagnostics import Diagnostic, Refused
from ...rules.pages import pages
from ...rules.source import Source
from ..formatting import formatted
from . import actions, complete, outline, renaming
from .checking import Checked, at_once, in_depth
from .hover import hover
from .names import Name, Sheet
from .outcomes import in_words, short
from .positions import Lines
from .view import View
from .workspace import Workspace, shipped

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}  # fmt: skip
AT_ONCE = 0.015
"""Seconds after a keystroke before the text is read: several changes that come together are read once."""
PAUSE = 0.35
"""Seconds without a keystroke before everything is looked into."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that a question is about, with what is known of it."""

    uri: str
    source: Source
    view: View
    lines: Lines

    @property
    def sheet(self) -> Sheet:
        """Its names."""
        return self.view.sheet(self.source)

    def names(self, position: types.Position) -> list[Name]:
        """What is meant by the names that stand at a position."""
        mentions = self.sheet.at(*self.lines.point(position))
        return [name for mention in mentions for name in self.view.meant(mention)]


class Server(LanguageServer):
    """One editor's server: its workspace, and for each open text what was found and what is still being looked into."""

    def __init__(self, policies: Sequence[str] = (), *, builtin: bool = True) -> None:
        super().__init__("mayshare", VERSION)
        self.files = Workspace(tuple(policies), builtin)
        self.checked: dict[str, Checked] = {}
        self.running: dict[str, asyncio.Task[None]] = {}

    # -- texts ------------------------------------------------------------------------------------------------------

    def name_of(self, uri: str) -> str:
        """The file name behind a URI; the URI itself for a text that lies in no file."""
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        return path or uri

    def asked(self, uri: str) -> Asked:
        """A text with its surroundings."""
        text = self.workspace.get_text_document(uri).source
        source = Source(self.name_of(uri), text.removeprefix("\ufeff"))
        if uri in self.workspace.text_documents:
            self.files.open[source.name] = source
        return Asked(uri, source, self.files.view(source.name), self.lines(text))

    def lines(self, text: str) -> Lines:
        """A text in the units agreed with the editor."""
        return Lines(text, self.workspace.position_codec)

    def location(self, source: Source, place: Any) -> types.Location | None:
        """Where a place is for the editor; None where there is no file to open."""
        path = Path(source.name) if Path(source.name).is_absolute() else shipped(source.name)
        uri = source.name if source.name in self.workspace.text_documents else path and uris.from_fs_path(str(path))
        return types.Location(str(uri), self.lines(source.text).range(place)) if uri else None

    def is_own(self, name: str) -> bool:
        """Whether a file is the drafter's: open, or in one of the folders."""
        inside = any(Path(name).is_relative_to(root) for root in self.files.roots)
        return name in self.files.open or (Path(name).is_absolute() and inside)

    # -- looking into what is written -------------------------------------------------------------------------------

    def look(self, uri: str, wait: float = AT_ONCE) -> None:
        """Look into a text: at once what is quick, after a pause the rest. A newer change ends what an older one began."""
        earlier = self.running.pop(uri, None)
        if earlier is not None:
            earlier.cancel()
        task = self.running[uri] = asyncio.get_running_loop().create_task(self._look(uri, wait))
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours is told, not swallowed."""
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            said = "".join(traceback.format_exception(fault))
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, said))

    async def _look(self, uri: str, wait: float) -> None:
        await asyncio.sleep(wait)
        asked = self.asked(uri)
        before = self.checked.get(uri)
        checked = self.checked[uri] = at_once(asked.source, asked.view, before)
        self.publish(asked, checked)
        await asyncio.sleep(PAUSE)
        for step in in_depth(checked, asked.view):
            await asyncio.sleep(0)
            checked = step
        self.checked[uri] = checked
        self.publish(asked, checked)
        if checked.outcomes and _can(self.client_capabilities, "workspace", "inlay_hint", "refresh_support"):
            self.workspace_inlay_hint_refresh(None)
        if before is None or before.source.text != asked.source.text:
            for other in self.workspace.text_documents:
                if other != uri and other in self.checked and self.files.view(self.name_of(other)) is asked.view:
                    self.look(other, PAUSE)
        await asyncio.sleep(PAUSE)
        gc.collect()

    def publish(self, asked: Asked, checked: Checked) -> None:
        """Tell the editor what was found."""
        document = self.workspace.text_documents.get(asked.uri)
        elsewhere = [d for d in asked.view.refused if d.place.file == asked.source.name]
        found = [*elsewhere, *(f.diagnostic for f in checked.linted.findings)]
        told = [self.told(d, asked.lines) for d in found]
        version = document.version if document is not None else None
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(asked.uri, told, version))

    def told(self, diagnostic: Diagnostic, lines: Lines) -> types.Diagnostic:
        """A finding as an editor shows it, with the page of its code."""
        page = files("mayshare").joinpath(f"rules/pages/{diagnostic.code}.md")
        known = diagnostic.code in pages() and isinstance(page, Path)
        uri = uris.from_fs_path(str(page)) if known else None
        message = diagnostic.message + (f"\n{diagnostic.help}" if diagnostic.help else "")
        return types.Diagnostic(
            lines.range(diagnostic.place), message, SEVERITIES[diagnostic.severity], diagnostic.code or None,
            types.CodeDescription(uri) if uri else None, "mayshare" if diagnostic.code else "mayshare test",
        )  # fmt: skip

    def close(self, uri: str) -> None:
        """Forget a text that was closed."""
        task = self.running.pop(uri, None)
        if task is not None:
            task.cancel()
        self.checked.pop(uri, None)
        self.files.open.pop(self.name_of(uri), None)
        self.files.reads.forget(self.name_of(uri))
        self.files.look_again()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _can(capabilities: object, *path: str) -> bool:
    for part in path:
        capabilities = getattr(capabilities, part, None)
    return bool(capabilities)


def _refusal(reason: str) -> JsonRpcException:
    """An answer that says why not, in words an editor shows."""
    return JsonRpcException(reason, types.LSPErrorCodes.RequestFailed)


def serve(policies: Sequence[str], *, builtin: bool) -> None:
    """Answer an editor over standard input and output until it says goodbye."""
    gc.disable()  # going through all that is remembered takes longer than a keystroke may: it is done in pauses
    make(policies, builtin=builtin).start_io()


def make(policies: Sequence[str] = (), *, builtin: bool = True) -> Server:
    """A server that knows all its answers."""
    server = Server(policies, builtin=builtin)
    for attach in (_texts, _questions, _names, _renaming, _changes, _outcomes):
        attach(server)
    return server


def _texts(server: Server) -> None:
    """Texts that are opened, changed, saved and closed."""

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        folders = [uris.to_fs_path(f) for f in server.workspace.folders] or [server.workspace.root_path]
        server.files.roots = [Path(f) for f in folders if f]
        if _can(server.client_capabilities, "workspace", "did_change_watched_files", "dynamic_registration"):
            watched = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.{yaml,yml,json}")])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            server.client_register_capability(types.RegistrationParams([types.Registration("files", method, watched)]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.files.look_again()
        server.asked(params.text_document.uri)
        server.look(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.look(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.files.look_again()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.files.look_again()
        for uri in server.workspace.text_documents:
            server.look(uri, PAUSE)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)


def _questions(server: Server) -> None:
    """What stands here, and what may."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[":", " ", ".", "[", "{", ",", "/"], resolve_provider=True),
    )
    def completion(params: types.CompletionParams) -> types.CompletionList:
        asked = server.asked(params.text_document.uri)
        line, column = asked.lines.point(params.position)
        items = complete.completions(asked.sheet, asked.view, asked.lines, line, column)
        for item in items:
            item.data = item.data and {**item.data, "file": asked.source.name}
        return types.CompletionList(False, items)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        name = item.data.get("file") if isinstance(item.data, dict) else None
        return complete.resolved(item, server.files.view(name)) if name in server.files.open else item

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        asked = server.asked(params.text_document.uri)
        checked = server.checked.get(asked.uri)
        return hover(asked.sheet, asked.view, checked, asked.lines, *asked.lines.point(params.position))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        asked = server.asked(params.text_document.uri)
        return outline.outline(asked.sheet, asked.lines)


def _names(server: Server) -> None:
    """Where a name is defined and used."""

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        asked = server.asked(params.text_document.uri)
        found = [
            server.location(s.source, m.place)
            for n in asked.names(params.position)
            for s, m in asked.view.definitions(n)
        ]
        return [place for place in found if place is not None]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        asked = server.asked(params.text_document.uri)
        found = [
            server.location(s.source, m.place)
            for n in dict.fromkeys(asked.names(params.position))
            for s, m in asked.view.mentions(n)
            if params.context.include_declaration or not m.defines
        ]
        return [place for place in found if place is not None]


def _renaming(server: Server) -> None:
    """Another name for what is named."""

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
        asked = server.asked(params.text_document.uri)
        try:
            mention, name = renaming.at_point(asked.sheet, asked.view, *asked.lines.point(params.position))
            renaming.renamed(name, name.id, asked.view, server.is_own)
        except renaming.CannotRename as reason:
            raise _refusal(str(reason)) from None
        return types.PrepareRenamePlaceholder(asked.lines.range(mention.place), name.id)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        asked = server.asked(params.text_document.uri)
        try:
            _, name = renaming.at_point(asked.sheet, asked.view, *asked.lines.point(params.position))
            parts = renaming.renamed(name, params.new_name, asked.view, server.is_own)
        except renaming.CannotRename as reason:
            raise _refusal(str(reason)) from None
        changes: dict[str, list[types.TextEdit]] = {}
        for part in parts:
            uri = str(uris.from_fs_path(part.source.name)) if Path(part.source.name).is_absolute() else part.source.name
            span = server.lines(part.source.text).span(part.line, part.start, part.line, part.end)
            changes.setdefault(uri, []).append(types.TextEdit(span, part.text))
        return types.WorkspaceEdit(changes=changes)


def _changes(server: Server) -> None:
    """Repairs and layout."""

    kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        asked = server.asked(params.text_document.uri)
        checked = server.checked.get(asked.uri)
        if checked is None or checked.source.text != asked.source.text:
            checked = at_once(asked.source, asked.view, checked)
        snippets = _can(server.client_capabilities, "workspace", "workspace_edit", "snippet_edit_support")
        found = actions.actions(
            checked,
            asked.view,
            asked.lines,
            asked.uri,
            params.range,
            lambda d: server.told(d, asked.lines),
            snippets=snippets,
        )
        wanted = params.context.only
        return [a for a in found if not wanted or any(str(a.kind or "").startswith(w) for w in wanted)]

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        asked = server.asked(params.text_document.uri)
        try:
            after = formatted(asked.source)
        except Refused as refused:
            raise _refusal(refused.diagnostics[0].message) from None
        return actions.differences(asked.source.text, after.text, asked.lines)


def _outcomes(server: Server) -> None:
    """How scenarios go, behind each."""

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        asked = server.asked(params.text_document.uri)
        checked = server.checked.get(asked.uri)
        document = asked.sheet.documents[0] if asked.sheet.documents else None
        found = []
        for index, runs in checked.outcomes.items() if checked is not None and document is not None else ():
            place = document.values.get(("scenarios", index, "id")) if document is not None else None
            if place is None or not params.range.start.line <= place.line - 1 <= params.range.end.line:
                continue
            at = asked.lines.position(place.line, place.end_column)
            said = types.MarkupContent(types.MarkupKind.Markdown, in_words(runs))
            found.append(types.InlayHint(at, short(runs), padding_left=True, tooltip=said))
        return found
