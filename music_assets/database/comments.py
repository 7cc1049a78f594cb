"""The descriptions of tables and columns, as a database's own comments; SQLite has none."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.schema import (
    DropColumnComment,
    DropTableComment,
    SetColumnComment,
    SetTableComment,
)

from music_assets.schema.data_versions import bookkeeping
from music_assets.schema.tables import metadata

#: The tables and columns that SQL Server has a description of; the column of a table's own is NULL.
_DESCRIBED = """\
SELECT OBJECT_NAME(p.major_id), c.name
FROM sys.extended_properties AS p
LEFT JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
WHERE p.class = 1 AND p.name = 'MS_Description'"""


def comments(there: frozenset[tuple[str, str | None]] = frozenset()) -> Iterator[sa.DDLElement]:
    """The statements that describe every table and column.

    Args:
        there: tables and columns with a description that has to be dropped first.
    """
    for table in (*metadata.sorted_tables, *bookkeeping.sorted_tables):
        if (table.name, None) in there:
            yield DropTableComment(table)
        yield SetTableComment(table)
        for column in table.columns:
            if (table.name, column.name) in there:
                yield DropColumnComment(column)
            yield SetColumnComment(column)


def describe(connection: sa.Connection) -> None:
    """Describe every table and column in the database, if it takes comments."""
    dialect = connection.dialect
    if not dialect.supports_comments:
        return
    there = frozenset[tuple[str, str | None]]()
    # PostgreSQL writes one comment over another.
    if dialect.name == "mssql":
        rows = connection.exec_driver_sql(_DESCRIBED).all()
        there = frozenset((table, column) for table, column in rows)
    for statement in comments(there):
        connection.execute(statement)
