"""Extracts: a mart's rows as Parquet and CSV, for BI tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from music_assets.schema.mart_sql import Column, MartError
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

CHUNK_ROWS = 20_000

#: SQL types -> the types for the database's driver and in an extract.
TYPES: dict[str, tuple[sa.types.TypeEngine[Any], pa.DataType]] = {
    "INT": (sa.Integer(), pa.int64()),
    "BIGINT": (sa.BigInteger(), pa.int64()),
    "DOUBLE": (sa.Double(), pa.float64()),
    "DATE": (sa.Date(), pa.date32()),
    "VARCHAR": (sa.Unicode(), pa.string()),
}


def write_extracts(
    mart: str, shape: list[Column], storage: StorageResource, connection: sa.Connection
) -> int:
    """Write the rows of a view to its extracts, sorted by all columns; returns their number.

    The same rows give the same bytes. At most `CHUNK_ROWS` rows are in memory.

    Raises:
        MartError: a column's type has no counterpart in an extract.
    """
    schema = pa.schema([(column.name, _types(mart, column)[1]) for column in shape])
    rows = 0
    with _drafts(mart, schema, storage) as (parquet, csv):
        for chunk in _chunks(mart, shape, schema, connection):
            table = pa.Table.from_pandas(chunk, schema=schema, preserve_index=False)
            parquet.write_table(table.replace_schema_metadata())
            csv.write(chunk.to_csv(index=False, header=not rows, lineterminator="\n"))
            rows += len(chunk)
    return rows


def _types(mart: str, column: Column) -> tuple[sa.types.TypeEngine[Any], pa.DataType]:
    try:
        return TYPES[column.type]
    except KeyError:
        raise MartError(
            f"{column.name} in {mart}.sql is of type {column.type}, which extracts do not "
            f"take; CAST it to one of {', '.join(TYPES)}."
        ) from None


def _chunks(
    mart: str, shape: list[Column], schema: pa.Schema, connection: sa.Connection
) -> Iterator[pd.DataFrame]:
    """The view's rows, sorted, in chunks; one empty chunk of an empty view."""
    view = sa.table(mart, *(sa.column(c.name, _types(mart, c)[0]) for c in shape))
    return pd.read_sql_query(
        sa.select(view).order_by(*view.columns),
        connection,
        chunksize=CHUNK_ROWS,
        dtype={field.name: pd.ArrowDtype(field.type) for field in schema},
    )


@contextmanager
def _drafts(
    mart: str, schema: pa.Schema, storage: StorageResource
) -> Iterator[tuple[pq.ParquetWriter, TextIO]]:
    """Both extracts, open for writing; they appear when the block ends without an error."""
    with (
        storage.replacing(paths.extract(mart, "parquet")) as parquet,
        storage.replacing(paths.extract(mart, "csv")) as csv,
        pq.ParquetWriter(parquet.path, schema) as writer,
        # Without a byte order mark, Excel reads UTF-8 in the machine's code page.
        csv.path.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        yield writer, file
