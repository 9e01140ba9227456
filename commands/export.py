"""`mayshare export`: a policy in another language."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from .options import AsOf, OnlyMine, Policies, library, one_of, out, refusals


def export(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="The jurisdiction whose law it is, such as CH.")],
    to: Annotated[str, typer.Option("--to", envvar="MAYSHARE_EXPORT_TO", help="sql.")] = "sql",
    dialect: Annotated[
        str, typer.Option("--dialect", "-d", envvar="MAYSHARE_DIALECT", help="duckdb, postgres or spark.")
    ] = "duckdb",
    table: Annotated[
        str, typer.Option("--table", envvar="MAYSHARE_EXPORT_TABLE", help="The table of cases, a column for each fact.")
    ] = "cases",
    key: Annotated[str, typer.Option("--key", envvar="MAYSHARE_KEY", help="The column that names a case.")] = "case",
    with_table: Annotated[
        bool,
        typer.Option("--with-table", envvar="MAYSHARE_WITH_TABLE", help="Also the statement that makes the table."),
    ] = False,
    as_of: AsOf = None,
    policies: Policies = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    only_mine: OnlyMine = False,
) -> None:
    """Write a policy as one SQL query over a table of cases: the law of one day, for one sender.

    NULL is unknown, as it is in the language. Rows that only exact completion can settle come out `undetermined` with
    `is_open` set: `mayshare batch` settles them.
    """
    one_of(to, ("sql",), "--to")
    one_of(dialect, ("duckdb", "postgres", "spark"), "--dialect")
    if not all(part.strip() for part in table.split(".")) or table.count(".") > 2:
        raise typer.BadParameter(
            f"`{table}` is no `table`, `schema.table` or `catalogue.schema.table`", param_hint="--table"
        )
    if not key.strip():
        raise typer.BadParameter("a column has a name", param_hint="--key")
    day = as_of or date.today()
    with refusals():
        from ..bulk.sql import query, schema
        from ..engine.bundle import in_force_on
        from ..rules.diagnostics import Place

        bundle = library(policies, only_mine).bundle(policy)
        in_force_on(bundle, day, Place(policy))
        head = f"-- {bundle.heads[0].title}: the law as of {day}, {bundle.program.hash}\n"
        parts = [
            head,
            schema(bundle, dialect, table, key) + "\n" if with_table else "",
            query(bundle, day, dialect, table, key),
        ]
        out("".join(parts))
