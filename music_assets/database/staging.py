"""Temporary tables: the input of a sync, and the values of its scope."""

import datetime as dt
from functools import cache

import polars as pl
import sqlalchemy as sa

from music_assets.schema.treatments import Treatment, has_treatment

#: Rows of one insert into the stage. ODBC reserves the full width of a column for each of them,
#: which makes 20 MB for a name.
CHUNK_ROWS = 10_000


def key_of(table: sa.Table) -> list[str]:
    """The columns that identify a row of the input.

    That is the primary key, or the unique name where the sync numbers the key.
    """
    if any(has_treatment(column, Treatment.NUMBERED) for column in table.primary_key):
        return [column.name for column in table.columns if column.unique]
    return [column.name for column in table.primary_key]


def staged(connection: sa.Connection, table: sa.Table, rows: pl.LazyFrame) -> sa.Table:
    """A temporary table that holds the input."""
    names = tuple(rows.collect_schema().names())
    stage = temporary(connection, f"stage_{table.name}", table, names, tuple(key_of(table)))
    stage.create(connection, checkfirst=False)
    fill(connection, stage, rows)
    return stage


def temporary(
    connection: sa.Connection,
    name: str,
    like: sa.Table,
    columns: tuple[str, ...],
    key: tuple[str, ...],
) -> sa.Table:
    """A temporary table with some of another's columns; it has to be created."""
    # SQL Server knows a temporary table by its name, other databases by a keyword.
    if connection.dialect.name == "mssql":
        return _table(f"#{name}", (), like, columns, key)
    return _table(name, ("TEMPORARY",), like, columns, key)


# Cached, since SQLAlchemy compiles a statement anew for every new table object in it.
@cache
def _table(
    name: str,
    prefixes: tuple[str, ...],
    like: sa.Table,
    columns: tuple[str, ...],
    key: tuple[str, ...],
) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        *(sa.Column(c, like.c[c].type, primary_key=c in key, autoincrement=False) for c in columns),
        prefixes=list(prefixes),
        sqlite_with_rowid=False,
    )


def fill(connection: sa.Connection, stage: sa.Table, rows: pl.LazyFrame) -> None:
    """Insert rows with the columns of a temporary table."""
    insert = sa.insert(stage).compile(dialect=connection.dialect)
    for chunk in _as_stored(connection, stage, rows).collect_batches(chunk_size=CHUNK_ROWS):
        if chunk.height:
            values = chunk.rows() if insert.positional else chunk.to_dicts()
            connection.exec_driver_sql(str(insert), values)


def _as_stored(connection: sa.Connection, stage: sa.Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows in types that the driver takes without converting them."""
    moments = pl.from_epoch(pl.col(_moments(stage)))
    if connection.dialect.name == "sqlite":  # stores dates and moments as ISO text
        return rows.with_columns(
            pl.col(pl.Date).cast(pl.String), moments.dt.strftime("%Y-%m-%d %H:%M:%S")
        )
    stored = {column.name: column.type.dialect_impl(connection.dialect) for column in stage.columns}
    # Some drivers cut a float such as 215.507 to 215.506.
    return rows.with_columns(moments).cast(
        {
            name: pl.Decimal(kind.precision or 38, kind.scale or 0)
            for name, kind in stored.items()
            if isinstance(kind, sa.Numeric)
        }
    )


def _moments(stage: sa.Table) -> list[str]:
    """The columns of moments, which transforms give in seconds since 1970 on every engine."""
    return [each.name for each in stage.columns if each.type.python_type is dt.datetime]
