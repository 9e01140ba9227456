"""`mayshare show`: a policy, or one of its rules, in words."""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import date
from itertools import chain
from typing import Annotated

import typer

from ..engine.bundle import Bundle
from ..engine.library import Library
from ..rendering.report import Block
from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from ..rules.files import write_files, write_whole
from .options import AsOf, OnlyMine, PageFormat, Policies, as_json, library, note, out, refusals


def show(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="POLICY",
            help="A jurisdiction code such as CH, or a layer such as uncac; left out, every policy as a page of a folder.",
        ),
    ] = None,
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="One rule of it.")] = None,
    format: PageFormat = "text",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where to, instead of standard output.")
    ] = None,
    law: Annotated[
        bool,
        typer.Option("--law", help="Show each provision read, with its rules and scenarios or why there are none."),
    ] = False,
    contacts: Annotated[
        bool, typer.Option("--contacts", help="Show its authorities, contact points and networks.")
    ] = False,
    as_of: AsOf = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Show a policy, or one rule in words: its source, when it applies, what it defeats and what defeats it.

    As HTML, one self-contained page to browse: rules beside their sources, drawings, decision tables, scenarios, coverage.
    """
    day = as_of or date.today()
    with refusals():
        found = library(policies, only_mine)
        if policy is None:
            _every(found, format, output, day)
            return
        bundle = found.bundle(policy)
        if rule is not None and rule not in {t.name for t in bundle.rules}:
            names = [t.name for t in bundle.rules]
            raise Refused(
                [Diagnostic("MS202", f"no rule `{rule}` in {policy}", Place(policy), suggestion(rule, names))]
            )
        if format == "json" and not (law or contacts):
            text = as_json(_data(bundle, rule))
        elif format == "html" and not (law or contacts):
            from .policy_pages import policy_html, rule_html

            text = policy_html(found, policy, day) if rule is None else rule_html(found, policy, rule, day)
        else:
            blocks = _blocks(found, bundle, rule, law, contacts)
            if format == "text" and output is None:  # straight to the terminal, which may want colour
                from ..rendering.text import print_blocks

                print_blocks(blocks)
                return
            text = _as_text(blocks, format, bundle.heads[0].title)
        _give(text, output)


def _every(found: Library, format: str, output: str | None, day: date) -> None:
    """Every policy as a page of a folder, and the page that leads to them."""
    if format != "html" or output is None:
        raise typer.BadParameter(
            "name a policy, or a folder for the pages of all: `mayshare show --format html -o FOLDER`",
            param_hint="POLICY",
        )
    from .policy_pages import index_html, policy_html

    names = sorted(found.files)
    pages = ((f"{name}.html", policy_html(found, name, day, beside=names)) for name in names)
    write_files(output, chain(pages, [("index.html", index_html(found))]))
    note(f"{output}/index.html: {len(names)} policies")


def _give(text: str, output: str | None) -> None:
    if output is None or output == "-":
        out(text)
    else:
        write_whole(output, text)


def _blocks(found: Library, bundle: Bundle, rule: str | None, law: bool, contacts: bool) -> list[Block]:
    if not (law or contacts):
        from ..rendering.policy import policy_blocks, rule_blocks

        return policy_blocks(bundle) if rule is None else rule_blocks(bundle, rule)
    blocks = _law(found, bundle.heads[0].id) if law else []
    if contacts:
        from ..rendering.contacts import contact_blocks

        blocks += contact_blocks(bundle)
    return blocks


def _as_text(blocks: list[Block], format: str, title: str) -> str:
    if format == "json":
        return as_json([asdict(b) for b in blocks])
    if format == "markdown":
        from ..rendering.markdown import markdown

        return markdown(blocks)
    if format == "html":
        from ..rendering.page.shell import blocks_html, document

        return document(title, blocks_html(blocks))
    from ..rendering.text import print_blocks

    stream = io.StringIO()
    print_blocks(blocks, stream)
    return stream.getvalue()


def _law(found: Library, policy: str) -> list[Block]:
    from ..engine.lawmap import law_map
    from ..rendering.law import law_blocks

    law = law_map(found, policy)
    if law is None:
        help_ = "a policy names its digest under `digest:`; the shipped ones lie in `jurisdictions/law`"
        raise Refused([Diagnostic("MS215", f"no digest belongs to `{policy}`", Place(policy), help_)])
    return law_blocks(law)


def _data(bundle: Bundle, rule: str | None) -> object:
    chosen = [t for t in bundle.rules if rule in (None, t.name)]
    rules = [
        {
            **t.rule.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True),
            "name": t.name,
            "place": str(t.place),
        }
        for t in chosen
    ]
    if rule is not None:
        return rules[0]
    head = bundle.heads[0]
    return {"policy": head.id, "title": head.title, "encoded": head.encoded.model_dump(mode="json"), "rules": rules}
