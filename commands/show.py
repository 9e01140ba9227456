"""`mayshare show`: a policy, or one of its rules, in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..engine.bundle import Bundle
from ..engine.library import Library
from ..rendering.report import Block
from ..rules.diagnostics import Diagnostic, Place, Refused, suggestion
from .options import OnlyMine, Policies, as_json, library, one_of, out, refusals


def show(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help="A jurisdiction code such as CH, or a layer such as uncac.")
    ],
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="One rule of it.")] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", envvar="MAYSHARE_FORMAT", help="text, json or markdown.")
    ] = "text",
    law: Annotated[
        bool,
        typer.Option("--law", help="Show each provision read, with its rules and scenarios or why there are none."),
    ] = False,
    contacts: Annotated[
        bool, typer.Option("--contacts", help="Show its authorities, contact points and networks.")
    ] = False,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Show a policy, or one rule in words: its source, when it applies, what it defeats and what defeats it."""
    one_of(format, ("text", "json", "markdown"), "--format")
    with refusals():
        found = library(policies, only_mine)
        bundle = found.bundle(policy)
        if rule is not None and rule not in {t.name for t in bundle.rules}:
            names = [t.name for t in bundle.rules]
            raise Refused(
                [Diagnostic("MS202", f"no rule `{rule}` in {policy}", Place(policy), suggestion(rule, names))]
            )
        if format == "json" and not (law or contacts):
            out(as_json(_data(bundle, rule)))
            return
        blocks: list[Block] = []
        if law:
            blocks += _law(found, policy)
        if contacts:
            from ..rendering.contacts import contact_blocks

            blocks += contact_blocks(bundle)
        if not (law or contacts):
            from ..rendering.policy import policy_blocks, rule_blocks

            blocks = policy_blocks(bundle) if rule is None else rule_blocks(bundle, rule)
        if format == "json":
            out(as_json([asdict(b) for b in blocks]))
            return
        if format == "markdown":
            from ..rendering.markdown import markdown

            out(markdown(blocks))
            return
        from ..rendering.text import print_blocks

        print_blocks(blocks)


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
