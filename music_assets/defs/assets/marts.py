"""One asset per SQL file in `sql/marts`: a view in the database, and extracts of it for BI tools.

What a mart is, and what its SQL says about it, is `music_assets.schema.mart_sql`' business.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TextIO

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.loading.loader import OWNERS, SINGLE_RUN
from music_assets.schema.mart_sql import (
    Column,
    Mart,
    MartError,
    Marts,
    columns,
    read_marts,
    sql_folder,
)
from music_assets.storage.blobs import StorageResource

CHUNK_ROWS = 20_000
KINDS = {"view", "sql", "parquet"}

#: What SQL types are to the database's driver and in an extract.
TYPES: dict[str, tuple[sa.types.TypeEngine[Any], pa.DataType]] = {
    "INT": (sa.Integer(), pa.int64()),
    "BIGINT": (sa.BigInteger(), pa.int64()),
    "DOUBLE": (sa.Double(), pa.float64()),
    "DATE": (sa.Date(), pa.date32()),
    "VARCHAR": (sa.Unicode(), pa.string()),
}


def extract_path(mart: str, kind: str) -> str:
    """Where a mart's extract lies; `kind` is `parquet` or `csv`."""
    return f"published/{mart}.{kind}"


def mart_asset(mart: Mart, marts: Marts) -> dg.AssetsDefinition:
    """The asset of a mart; `marts` holds those that it may read."""

    @dg.asset(
        name=mart.name,
        description=mart.description,
        deps=mart.upstreams,
        group_name="marts",
        kinds=KINDS,
        owners=OWNERS,
        pool="database",
        backfill_policy=SINGLE_RUN,
        code_version=hashlib.sha256(mart.sql.encode()).hexdigest()[:12],
        metadata={"query": dg.MetadataValue.md(f"```sql\n{mart.sql}\n```")},
    )
    def publish(
        database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
    ) -> dg.MaterializeResult:
        return publish_mart(mart, columns(mart, marts), database, storage)

    return publish


def publish_mart(
    mart: Mart, shape: list[Column], database: DatabaseResource, storage: StorageResource
) -> dg.MaterializeResult:
    """Define the view, write its extracts, and tell Dagster about both."""
    started = time.perf_counter()
    database.define_view(mart.name, mart.sql)
    rows = database.reading(partial(write_extracts, mart.name, shape, storage))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(column.name, column.type) for column in shape]
            ),
            "dagster/column_lineage": _lineage(shape),
            "seconds": round(time.perf_counter() - started, 3),
            **{
                kind: dg.MetadataValue.path(storage.where(extract_path(mart.name, kind)))
                for kind in ("parquet", "csv")
            },
        }
    )


def write_extracts(
    mart: str, shape: list[Column], storage: StorageResource, connection: sa.Connection
) -> int:
    """Write a view, sorted by its columns from the left, to its extracts; the number of rows.

    The same rows make the same bytes. No more than `CHUNK_ROWS` rows are held at a time.

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
    """The view's rows in order; one chunk without rows where it has none."""
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
    """Both extracts, open; they appear together when the block ends well."""
    with (
        storage.replacing(extract_path(mart, "parquet")) as parquet,
        storage.replacing(extract_path(mart, "csv")) as csv,
        pq.ParquetWriter(parquet.path, schema) as writer,
        # Excel takes a file without a byte order mark for one in a code page.
        csv.path.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        yield writer, file


def _lineage(shape: list[Column]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column.name: [
                dg.TableColumnDep(asset_key=table, column_name=source)
                for table, source in column.sources
            ]
            for column in shape
        }
    )


_MARTS = read_marts(sql_folder() / "marts")
marts = [mart_asset(mart, _MARTS) for mart in _MARTS.values()]
