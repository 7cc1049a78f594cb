"""Marts: views, each written as one SQL file, with the facts that the SQL gives.

Upstreams, columns and lineage are read off the text; nothing is run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from music_assets.schema import tables

# Views are written so that SQLite and SQL Server both take them. Names keep their case.
DIALECT = "sqlite, normalization_strategy = case_sensitive"


class MartError(ValueError):
    """The file of a mart is malformed; the message names it and the problem."""


@dataclass(frozen=True)
class Column:
    """A column of a mart: its name, its SQL type, and the (table, column) pairs that it comes from.

    A pair may name another mart. A mere count comes from none.
    """

    name: str
    type: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mart:
    """One SQL file: an opening comment that says what one row is, and a SELECT."""

    name: str
    sql: str

    @cached_property
    def query(self) -> exp.Query:
        """The parsed SELECT.

        Raises:
            MartError: the text cannot be parsed, or is no SELECT.
        """
        try:
            query = sqlglot.parse_one(self.sql, dialect=DIALECT)
        except sqlglot.ParseError as error:
            raise MartError(f"{self.name}.sql cannot be parsed: {error}") from None
        if not isinstance(query, exp.Query):
            raise MartError(f"{self.name}.sql is no SELECT, and a view is nothing else.")
        return query

    @property
    def description(self) -> str:
        """The opening comment, in one line."""
        lines = self.sql.splitlines()
        last = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
        return " ".join(line.removeprefix("--").strip() for line in lines[:last])

    @property
    def upstreams(self) -> list[str]:
        """The tables and marts that the mart reads, sorted."""
        own = {cte.alias for cte in self.query.find_all(exp.CTE)}
        return sorted({table.name for table in self.query.find_all(exp.Table)} - own)


Marts = Mapping[str, Mart]


def sql_folder() -> Path:
    """The folder `sql`: inside the package where that is installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"


def read_marts(folder: Path) -> Marts:
    """The marts in a folder of SQL files, by name."""
    files = sorted(folder.glob("*.sql"))
    return {file.stem: Mart(file.stem, file.read_text("utf-8")) for file in files}


def columns(mart: Mart, marts: Marts) -> list[Column]:
    """The columns of a mart, in order; `marts` holds those that it may read.

    Raises:
        MartError: a column is in no table that the mart reads, or two could be meant.
    """
    schema = _schema(mart, marts)
    try:
        query = qualify(mart.query.copy(), schema=schema, dialect=DIALECT)
    except sqlglot.errors.OptimizeError as error:
        raise MartError(f"{mart.name}.sql does not fit the tables that it reads: {error}") from None
    nodes = lineage(None, query, schema=schema, dialect=DIALECT)
    typed = annotate_types(query, schema=schema, dialect=DIALECT)
    return [
        Column(name, select.type.this.value if select.type else "UNKNOWN", _sources(node))
        for select, (name, node) in zip(typed.selects, nodes.items(), strict=True)
    ]


def _schema(mart: Mart, marts: Marts) -> dict[str, object]:
    """The columns and types of every table, and of the marts that a mart reads."""
    schema: dict[str, object] = {
        table.name: {column.name: str(column.type) for column in table.columns}
        for table in tables.metadata.tables.values()
    }
    for name in mart.upstreams:
        if name in marts:
            schema[name] = {column.name: column.type for column in columns(marts[name], marts)}
    return schema


def _sources(node: Node) -> tuple[tuple[str, str], ...]:
    leaves = (leaf for leaf in node.walk() if isinstance(leaf.source, exp.Table))
    return tuple(sorted({(leaf.source.name, exp.to_column(leaf.name).name) for leaf in leaves}))
