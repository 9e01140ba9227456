"""`mayshare graph`: a policy as a picture."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..rules.files import write_files, write_whole
from .options import OnlyMine, Policies, library, note, one_of, out, refusals

if TYPE_CHECKING:
    from ..bench.graph.model import Graph
    from ..engine.bundle import Bundle

FORMATS = ("svg", "png", "mermaid", "dot")
ENDINGS = {"svg": "svg", "png": "png", "mermaid": "mmd", "dot": "dot"}


def graph(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help="A jurisdiction code such as CH, or a layer such as uncac.")
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", help="svg, png, mermaid or dot; without it, what the file's name ends in, else svg."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; a folder gets one picture per instrument."),
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="Only this rule and what it meets.")] = None,
    instrument: Annotated[
        str | None, typer.Option("--instrument", metavar="KEY", help="Only the rules of this instrument.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", help="Only rules that may apply to outgoing, use or onward.")
    ] = None,
    avenue: Annotated[
        str | None, typer.Option("--avenue", help="Only rules that may apply by this avenue, such as fiu_to_fiu.")
    ] = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Draw a policy: gateways as doors, what closes them, bans, duties, and the conditions on the way.

    One drawing for each instrument, under one another. Rules of a layer, or of another instrument, are shown where they meet.
    """
    chosen = one_of(format or _ending(output), FORMATS, "--format")
    if chosen == "png" and output is None and sys.stdout.isatty():
        raise typer.BadParameter("a PNG is no text for a terminal: name a file", param_hint="--output")
    with refusals():
        from ..bench.graph.model import rule_graph

        found = library(policies, only_mine)
        bundle = found.bundle(policy)
        whole = rule_graph(bundle, found.policy(policy).document.instruments)
        _write(_focused(whole, bundle, rule, instrument, direction, avenue), chosen, output)


def _ending(output: str | None) -> str:
    if output is None or output == "-" or output.endswith("/") or Path(output).is_dir():
        return "svg"
    known = {ending: name for name, ending in ENDINGS.items()} | {"gv": "dot", "mermaid": "mermaid", "": "svg"}
    ending = Path(output).suffix.removeprefix(".")
    if ending not in known:
        raise typer.BadParameter(
            f"`{output}` ends in none of .svg, .png, .mmd, .dot: say --format", param_hint="--output"
        )
    return known[ending]


def _focused(
    whole: Graph, bundle: Bundle, rule: str | None, instrument: str | None, direction: str | None, avenue: str | None
) -> Graph:
    from ..bench.graph import focus

    facts = {path: value for path, value in (("direction", direction), ("avenue", avenue)) if value is not None}
    if facts:
        whole = focus.applying(whole, bundle, facts)
    if instrument is not None:
        whole = focus.of_instrument(whole, instrument)
    return focus.around(whole, rule) if rule is not None else whole


def _write(graph: Graph, format: str, output: str | None) -> None:
    if output is None or output == "-":
        content = _drawn(graph, format)
        if isinstance(content, str):
            out(content)
        else:
            sys.stdout.buffer.write(content)
    elif output.endswith("/") or Path(output).is_dir():
        parts = {f"{graph.policy}-{s.key}.{ENDINGS[format]}": replace(graph, sections=(s,)) for s in graph.sections}
        write_files(output, ((name, _drawn(part, format)) for name, part in parts.items()))
        for name, part in parts.items():
            note(f"{Path(output) / name}: {_counted(part)}")
    else:
        write_whole(output, _drawn(graph, format))
        note(f"{output}: {_counted(graph)}")


def _counted(graph: Graph) -> str:
    rules = len(graph.rules())
    return f"{rules} rule{'' if rules == 1 else 's'}" + (f", {graph.remark}" if graph.remark else "")


def _drawn(graph: Graph, format: str) -> str | bytes:
    if format in ("dot", "mermaid"):
        from ..bench.graph.text import dot, mermaid

        return dot(graph) if format == "dot" else mermaid(graph)
    from ..bench.graph.svg import svg

    if format == "svg":
        return svg(graph).text
    from ..bench.graph.png import png

    return png(svg(graph))
