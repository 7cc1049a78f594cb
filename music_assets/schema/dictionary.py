"""The dictionary: every table and mart with its columns, as `docs/dictionary.md` has them."""

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from music_assets.schema.mart_sql import Column, Mart, Marts, columns
from music_assets.schema.tables import metadata

HEAD = """\
# Dictionary

Made by `music-assets dictionary`; a test keeps the two equal. The descriptions are those that the
databases and Dagster show. Types are SQL's own names; `sql/schema/` has each database's.

A column that can be NULL says what that means: absent is never 0 and never an empty text."""
TABLE_HEAD = ("column", "type", "key", "what it is")
MART_HEAD = ("column", "type", "what it is", "made of")


def dictionary(marts: Marts) -> str:
    """The dictionary in Markdown, of all tables and of these marts."""
    tables = sorted(metadata.tables.values(), key=lambda each: each.name)
    parts = [HEAD, "## How the tables hang together", _diagram(tables), "## Tables"]
    parts += [part for table in tables for part in _of_table(table)]
    parts.append("## Marts")
    parts += [part for name in sorted(marts) for part in _of_mart(marts[name], marts)]
    return "\n\n".join(parts) + "\n"


def _of_table(table: sa.Table) -> Iterator[str]:
    yield f"### {table.name}"
    yield table.comment or ""
    yield _rows(
        TABLE_HEAD,
        ((f"`{c.name}`", str(c.type), _key_of(c), c.comment or "") for c in table.columns),
    )


def _key_of(column: sa.Column[object]) -> str:
    """The part that a column has in keys: primary, unique, or a reference."""
    said = ["primary"] if column.primary_key else []
    said += ["unique"] if column.unique else []
    said += [f"`{reference.target_fullname}`" for reference in column.foreign_keys]
    return ", ".join(said)


def _of_mart(mart: Mart, marts: Marts) -> Iterator[str]:
    yield f"### {mart.name}"
    yield mart.description
    yield f"Made of {', '.join(f'`{name}`' for name in mart.upstreams)}."
    yield _rows(MART_HEAD, (_of_column(mart, column) for column in columns(mart, marts)))


def _of_column(mart: Mart, column: Column) -> Sequence[str]:
    made_of = ", ".join(f"`{table}.{name}`" for table, name in column.sources)
    return f"`{column.name}`", column.type, mart.descriptions.get(column.name, ""), made_of


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown's."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _diagram(tables: Sequence[sa.Table]) -> str:
    """The tables and their references, as Mermaid draws them."""
    lines = [
        "```mermaid",
        "erDiagram",
        *(
            f'    {reference.column.table} ||--o{{ {table} : "{column.name}"'
            for table in tables
            for column in table.columns
            for reference in column.foreign_keys
        ),
    ]
    for table in tables:
        lines += [f"    {table} {{", *(f"        {_attribute(c)}" for c in table.columns), "    }"]
    return "\n".join([*lines, "```"])


def _attribute(column: sa.Column[object]) -> str:
    keys = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys)
    return f"{column.type} {column.name} {', '.join(keys)}".rstrip()
