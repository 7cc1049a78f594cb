"""Extracts: the rows of a table or a mart as Parquet or CSV, for BI tools."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from music_assets.schema.column_types import MOMENT
from music_assets.schema.mart_sql import Column, Mart, MartError, Marts, tables_read
from music_assets.storage.blobs import StorageResource

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: Tables with what MusicBrainz's contributors say; its terms ask for this notice.
GENRES = {"genres", "artist_genres"}
MUSICBRAINZ_GENRES = (
    "Genres from MusicBrainz (https://musicbrainz.org) and its contributors, CC BY-NC-SA 3.0 "
    "(https://creativecommons.org/licenses/by-nc-sa/3.0/)"
)
CHUNK_ROWS = 20_000
WEEK = "WeekID"

#: SQL types -> the types for the database's driver and, in Arrow's names, in an extract.
TYPES: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
    "INT": (sa.Integer(), "int64"),
    "BIGINT": (sa.BigInteger(), "int64"),
    "DOUBLE": (sa.Double(), "float64"),
    "DATE": (sa.Date(), "date32"),
    "DATETIME": (MOMENT, "timestamp[ms]"),
    "BOOLEAN": (sa.Boolean(), "bool"),
    "VARCHAR": (sa.Unicode(), "string"),
}
#: Python types of a table's columns -> the types in an extract.
OF_TABLES = {
    int: "int64",
    float: "float64",
    str: "string",
    bool: "bool",
    dt.date: "date32",
    dt.datetime: "timestamp[ms]",
}


@dataclass(frozen=True)
class Relation:
    """A table or a view to publish.

    Attributes:
        rows: the table or the view.
        types: that its extracts have, by column.
        by_week: True where each week has an extract of its own.
        notice: whose work the rows are, and what is allowed with them; an extract has it under
            `attribution` in its metadata.
    """

    rows: sa.TableClause
    types: Mapping[str, str]
    by_week: bool
    notice: str = ""

    @property
    def schema(self) -> "pa.Schema":
        """The types for the writer of the extracts."""
        # With NumPy, it takes as long to import as the rest of a small step.
        import pyarrow as pa  # noqa: PLC0415

        told = {"attribution": self.notice} if self.notice else None
        return pa.schema(list(self.types.items()), metadata=told)

    def query(self, week: int | None = None) -> sa.Select[Any]:
        """The rows of a week or of all, sorted by all columns: the same rows give the same file."""
        columns = self.rows.columns
        query = sa.select(*columns).order_by(*columns)
        return query if week is None else query.where(columns[WEEK] == week)


def of_table(table: sa.Table) -> Relation:
    """A table as a relation."""
    types = {each.name: OF_TABLES[each.type.python_type] for each in table.columns}
    return Relation(table, types, WEEK in types, _notice_of([table.name]))


def _notice_of(tables_read: Iterable[str]) -> str:
    """The notice of rows that come from some tables."""
    return MUSICBRAINZ_GENRES if GENRES.intersection(tables_read) else ""


def of_mart(mart: Mart, marts: Marts, shape: list[Column]) -> Relation:
    """A mart's view as a relation, with the notice of the tables behind it.

    Args:
        mart: the mart.
        marts: those that it may read.
        shape: its columns.

    Raises:
        MartError: a column's type has no counterpart in an extract.
    """
    view = sa.table(mart.name, *(sa.column(c.name, _types(mart.name, c)[0]) for c in shape))
    types = {column.name: _types(mart.name, column)[1] for column in shape}
    by_week = WEEK in types and mart.weeks_read is not None
    return Relation(view, types, by_week, _notice_of(tables_read(mart, marts)))


def _types(mart: str, column: Column) -> tuple[sa.types.TypeEngine[Any], str]:
    try:
        return TYPES[column.type]
    except KeyError:
        raise MartError(
            f"{column.name} in {mart}.sql is of type {column.type}, which extracts do not "
            f"take; CAST it to one of {', '.join(TYPES)}."
        ) from None


def write_parquet(
    relation: Relation,
    path: str,
    storage: StorageResource,
    connection: sa.Connection,
    week: int | None = None,
) -> int:
    """Write the rows, of one week or all, as Parquet; returns their number.

    A week without rows has no extract. At most `CHUNK_ROWS` rows are in memory.
    """
    import pyarrow as pa  # noqa: PLC0415 (as in `Relation.schema`)
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows, schema = 0, relation.schema
    with storage.replacing(path) as draft, pq.ParquetWriter(draft.path, schema) as writer:
        for chunk in _chunks(relation, connection, week):
            table = pa.Table.from_pandas(chunk, schema=schema, preserve_index=False)
            writer.write_table(table.replace_schema_metadata(schema.metadata))
            rows += len(chunk)
        if week is not None and not rows:
            draft.discard()
    return rows


def write_csv(
    relation: Relation, path: str, storage: StorageResource, connection: sa.Connection
) -> int:
    """Write all rows as CSV; returns their number. At most `CHUNK_ROWS` rows are in memory."""
    rows = 0
    with (
        storage.replacing(path) as draft,
        # Without a byte order mark, Excel reads UTF-8 in the machine's code page.
        draft.path.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        for chunk in _chunks(relation, connection):
            file.write(chunk.to_csv(index=False, header=not rows, lineterminator="\n"))
            rows += len(chunk)
    return rows


def _chunks(
    relation: Relation, connection: sa.Connection, week: int | None = None
) -> "Iterator[pd.DataFrame]":
    """The rows in chunks; one empty chunk where there are none."""
    # Takes half a second to import, and a run without changes writes nothing.
    import pandas as pd  # noqa: PLC0415

    return pd.read_sql_query(
        relation.query(week),
        connection,
        chunksize=CHUNK_ROWS,
        dtype={field.name: pd.ArrowDtype(field.type) for field in relation.schema},
    )
