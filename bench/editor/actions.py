"""What can be done about a finding: its one right repair, the nearest right name, or silence with a reason."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from lsprotocol import types

from ...rules.diagnostics import Diagnostic
from ...rules.source import Source
from ..lint.fixes import repaired
from ..lint.registry import CHECKS
from ..lint.repair import repair
from ..lint.run import Finding
from .checking import Checked
from .positions import Lines
from .view import View

_MEANT = re.compile(r"did you mean `([^`]+)`\?")
Publish = Callable[[Diagnostic], types.Diagnostic]


def actions(
    checked: Checked, view: View, lines: Lines, uri: str, where: types.Range, publish: Publish, *, snippets: bool
) -> Iterator[types.CodeAction]:
    """What can be done about the findings that begin in a stretch, and about all that can be repaired in the file."""
    for finding in checked.linted.findings:
        place = publish(finding.diagnostic)
        if where.start.line <= place.range.start.line <= where.end.line:
            yield from _about(finding, place, checked.source, lines, uri, snippets)
    if any(f.edits for f in checked.linted.findings):
        after, made = repair(checked.linted, view.around)
        if made:
            title = f"Repair all that has one right repair ({made})"
            edit = types.WorkspaceEdit(changes={uri: differences(checked.source.text, after.source.text, lines)})
            yield types.CodeAction(title, kind=types.CodeActionKind.SourceFixAll, edit=edit)


def _about(
    finding: Finding, place: types.Diagnostic, source: Source, lines: Lines, uri: str, snippets: bool
) -> Iterator[types.CodeAction]:
    diagnostic = finding.diagnostic
    if finding.edits:
        after, made = repaired(source, finding.edits)
        if made:
            edit = types.WorkspaceEdit(changes={uri: differences(source.text, after.text, lines)})
            yield types.CodeAction(
                f"{diagnostic.code}: {diagnostic.help or 'repair'}", kind=types.CodeActionKind.QuickFix, diagnostics=[place],
                is_preferred=True, edit=edit,
            )  # fmt: skip
    meant = _MEANT.search(diagnostic.help)
    if meant and not finding.edits and diagnostic.place.end_column > diagnostic.place.column:
        edit = types.WorkspaceEdit(changes={uri: [types.TextEdit(place.range, meant.group(1))]})
        yield types.CodeAction(
            f"Write `{meant.group(1)}`",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[place],
            is_preferred=True,
            edit=edit,
        )
    if diagnostic.code in CHECKS and diagnostic.place.line:
        yield _ignore(diagnostic, place, lines, uri, snippets)


def _ignore(
    diagnostic: Diagnostic, place: types.Diagnostic, lines: Lines, uri: str, snippets: bool
) -> types.CodeAction:
    """A comment above the line. It silences nothing until a person has written the reason behind the code."""
    number = diagnostic.place.line
    indent = re.match(" *", lines.line(number))
    head = f"{indent.group() if indent else ''}# mayshare: ignore {diagnostic.code} "
    at = lines.position(number, 1)
    edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]
    if snippets:
        text = types.StringValue(head + "${1:why}\n")
        edits = [types.SnippetTextEdit(types.Range(at, at), text)]
    else:
        edits = [types.TextEdit(types.Range(at, at), head + "\n")]
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri)
    edit = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])
    title = f"Ignore {diagnostic.code} here, with a reason"
    return types.CodeAction(title, kind=types.CodeActionKind.QuickFix, diagnostics=[place], edit=edit)


def differences(before: str, after: str, lines: Lines) -> list[types.TextEdit]:
    """The lines that change, as edits: what stays the same keeps its marks and folds in the editor."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    edits = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            edits.append(types.TextEdit(types.Range(_start(a, old, lines), _start(b, old, lines)), "".join(new[c:d])))
    return edits


def _start(index: int, old: list[str], lines: Lines) -> types.Position:
    if index < len(old):
        return types.Position(index, 0)
    return lines.whole().end
