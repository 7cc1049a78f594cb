"""One asset per SQL file in `sql/marts`: a view in the database, and extracts of it for BI tools.

`music_assets.schema.mart_sql` says what a mart is, and reads columns and upstreams off its SQL.
"""

import hashlib
import time
from functools import partial

import dagster as dg

from music_assets.database.resource import DatabaseResource
from music_assets.loading.asset_kinds import OWNERS, SINGLE_RUN, in_sentences
from music_assets.publishing.extracts import write_extracts
from music_assets.schema.mart_sql import (
    Column,
    Mart,
    Marts,
    columns,
    read_marts,
    sql_folder,
)
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

KINDS = {"view", "sql", "parquet"}


def mart_asset(mart: Mart, marts: Marts) -> dg.AssetsDefinition:
    """The asset of one mart.

    Args:
        mart: the SQL file.
        marts: all of them, since a mart may read others.
    """

    @dg.asset(
        name=mart.name,
        description=mart.description,
        deps=mart.upstreams,
        group_name="marts",
        kinds=KINDS,
        owners=OWNERS,
        backfill_policy=SINGLE_RUN,
        code_version=hashlib.sha256(mart.sql.encode()).hexdigest()[:12],
        metadata={"query": dg.MetadataValue.md(f"```sql\n{mart.sql}\n```")},
    )
    @in_sentences
    def publish(
        database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
    ) -> dg.MaterializeResult:
        return publish_mart(mart, columns(mart, marts), database, storage)

    return publish


def publish_mart(
    mart: Mart, shape: list[Column], database: DatabaseResource, storage: StorageResource
) -> dg.MaterializeResult:
    """Define the view and write its extracts; the result describes both to Dagster."""
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
                kind: dg.MetadataValue.path(storage.where(paths.extract(mart.name, kind)))
                for kind in ("parquet", "csv")
            },
        }
    )


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
