"""Marts: views, each written as one SQL file, with the facts that the SQL gives.

Upstreams, columns and lineage are read off the text; nothing is run.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from itertools import takewhile
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from music_assets.schema import tables

# Views are written so that SQLite and SQL Server both take them. Names keep their case.
DIALECT = "sqlite, normalization_strategy = case_sensitive"


#: How the line of the opening comment begins that says how many weeks a week's rows are made of.
WEEKS_READ = "Weeks read:"
#: The line of the opening comment after which each line describes a column, `Name: what it is`. A
#: line that is indented goes on with the one before.
COLUMNS = "Columns:"
_COLUMN = re.compile(r"(\w+): (\S.*)")


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
        """The opening comment's words about the rows, in one line."""
        return " ".join(line for line in self._rows if not line.startswith(WEEKS_READ))

    @cached_property
    def descriptions(self) -> Mapping[str, str]:
        """The opening comment's words about the columns, by their names.

        Raises:
            MartError: a line describes no column.
        """
        found, name = dict[str, str](), ""
        for line in self._opening[len(self._rows) + 1 :]:
            if name and line.startswith("  "):
                found[name] += f" {line.strip()}"
                continue
            if not (said := _COLUMN.fullmatch(line.strip())):
                raise MartError(
                    f'{self.name}.sql says "{line.strip()}" below "{COLUMNS}"; say there what a '
                    'column is, as in "Streams: the streams of the week."'
                )
            name, text = said.groups()
            found[name] = text[0].upper() + text[1:]
        return found

    @property
    def weeks_read(self) -> int | None:
        """The number of weeks that a week's rows are made of, its own and those before it.

        None where the comment does not say: then any change of any week may change them.

        Raises:
            MartError: the line is malformed.
        """
        said = [line for line in self._rows if line.startswith(WEEKS_READ)]
        if not said:
            return None
        number = said[0].removeprefix(WEEKS_READ).strip()
        if not number.isdecimal() or not int(number):
            raise MartError(
                f'{self.name}.sql says "{said[0]}"; say a number there, 1 or more: the weeks that '
                "the rows of a week are made of, its own and those before it."
            )
        return int(number)

    @property
    def _opening(self) -> list[str]:
        lines = takewhile(lambda line: line.startswith("--"), self.sql.splitlines())
        return [line.removeprefix("--").removeprefix(" ").rstrip() for line in lines]

    @property
    def _rows(self) -> list[str]:
        """The lines of the opening comment before those of the columns."""
        return list(takewhile(lambda line: line != COLUMNS, self._opening))

    @cached_property
    def upstreams(self) -> list[str]:
        """The tables and marts that the mart reads, sorted."""
        own = {cte.alias for cte in self.query.find_all(exp.CTE)}
        return sorted({table.name for table in self.query.find_all(exp.Table)} - own)

    @cached_property
    def columns_read(self) -> set[str]:
        """The names of all columns that the query names, of whatever table."""
        return {column.name for column in self.query.find_all(exp.Column)}


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


def in_order(marts: Marts) -> Iterator[Mart]:
    """The marts, each after those that it reads."""
    reads = {
        name: [each for each in mart.upstreams if each in marts] for name, mart in marts.items()
    }
    for name in TopologicalSorter(reads).static_order():
        yield marts[name]


def tables_read(mart: Mart, marts: Marts) -> set[str]:
    """The tables that a mart's rows come from, also by way of other marts."""
    found = set[str]()
    for name in mart.upstreams:
        found |= tables_read(marts[name], marts) if name in marts else {name}
    return found


def description_of(mart: Mart, column: Column) -> str:
    """A sentence about a column of a mart, with the columns that it is made of."""
    made_of = ", ".join(f"{table}.{name}" for table, name in column.sources)
    said = [mart.descriptions.get(column.name, ""), f"Made of: {made_of}." if made_of else ""]
    return " ".join(filter(None, said))


def columns(mart: Mart, marts: Marts) -> list[Column]:
    """The columns of a mart, in order; `marts` holds those that it may read.

    Raises:
        MartError: a column is in no table that the mart reads, or two could be meant.
    """
    read = {name: columns(marts[name], marts) for name in mart.upstreams if name in marts}
    return list(_columns(mart, tuple((name, tuple(shape)) for name, shape in read.items())))


@cache
def _columns(mart: Mart, read: tuple[tuple[str, tuple[Column, ...]], ...]) -> list[Column]:
    """The columns of a mart that reads marts with these columns. Kept, since it takes 0.1 s."""
    schema = _schema(read)
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


def _schema(read: tuple[tuple[str, tuple[Column, ...]], ...]) -> dict[str, object]:
    """The columns and types of every table, and of some marts."""
    schema: dict[str, object] = {
        table.name: {column.name: str(column.type) for column in table.columns}
        for table in tables.metadata.tables.values()
    }
    for name, shape in read:
        schema[name] = {column.name: column.type for column in shape}
    return schema


def _sources(node: Node) -> tuple[tuple[str, str], ...]:
    leaves = (leaf for leaf in node.walk() if isinstance(leaf.source, exp.Table))
    return tuple(sorted({(leaf.source.name, exp.to_column(leaf.name).name) for leaf in leaves}))
