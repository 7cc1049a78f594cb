"""One asset per SQL file in `sql/marts`: a view in the database, and extracts of it for BI tools.

`music_assets.schema.mart_sql` says what a mart is, and reads columns and upstreams off its SQL. The
tables' own extracts are one asset more.
"""

import hashlib
import time
from collections.abc import Sequence
from functools import partial

import dagster as dg

from music_assets.database.previews import Metadata, chart_of
from music_assets.database.resource import DatabaseResource
from music_assets.defs.freshness import SUNDAY_NOON, freshness_of
from music_assets.defs.mart_checks import mart_check, mart_results
from music_assets.loading.asset_kinds import common_asset
from music_assets.partitions import weeks_of_run
from music_assets.publishing.extract_previews import extract_preview
from music_assets.publishing.extracts import Relation, of_mart, of_table
from music_assets.publishing.mart_columns import kept_columns
from music_assets.publishing.publish import inputs_of_mart, inputs_of_table, publish
from music_assets.schema import tables
from music_assets.schema.mart_sql import (
    Column,
    Mart,
    Marts,
    description_of,
    read_marts,
    sql_folder,
    tables_read,
)
from music_assets.schema.treatments import details_of
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.weeks import Week

GROUP, WEEKLY_TOTALS = "marts", "weekly_totals"
KINDS = {"view", "sql", "parquet"}
#: The assets that fill in columns of a table that another asset makes.
FILLED_IN = {
    "artist_details": tables.artists,
    "album_details": tables.albums,
    "release_details": tables.albums,
}


def mart_asset(mart: Mart, marts: Marts) -> dg.AssetsDefinition:
    """The asset of one mart.

    Args:
        mart: the SQL file.
        marts: all of them, since a mart may read others.
    """

    @common_asset(
        name=mart.name,
        description=mart.description,
        deps=[*mart.upstreams, *_fillers(mart)],
        group_name=GROUP,
        kinds=KINDS,
        freshness_policy=freshness_of(tables_read(mart, marts)),
        code_version=hashlib.sha256(mart.sql.encode()).hexdigest()[:12],
        metadata={"query": dg.MetadataValue.md(f"```sql\n{mart.sql}\n```")},
        check_specs=mart_check(mart),
        sources=[sql_folder() / "marts" / f"{mart.name}.sql"],
    )
    def define_and_publish(
        context: dg.AssetExecutionContext,
        database: DatabaseResource,
        storage: dg.ResourceParam[StorageResource],
    ) -> dg.MaterializeResult:
        return publish_mart(mart, marts, database, storage, weeks_of_run(context.run.tags))

    return define_and_publish


def _fillers(mart: Mart) -> list[str]:
    """The assets that fill in columns that a mart reads; another mart need not wait for them."""
    return [
        filler
        for filler, table in FILLED_IN.items()
        if table.name in mart.upstreams and mart.columns_read & {*details_of(table)}
    ]


def publish_mart(
    mart: Mart,
    marts: Marts,
    database: DatabaseResource,
    storage: StorageResource,
    weeks: Sequence[Week],
) -> dg.MaterializeResult:
    """Define the view and write the extracts of what has changed; the result describes both."""
    started = time.perf_counter()
    shape = kept_columns(mart, marts, storage)
    relation = of_mart(mart, marts, shape)
    database.define_view(mart.name, mart.sql)
    inputs = inputs_of_mart(mart, marts, relation, database.data_versions())
    done = publish(mart.name, relation, inputs, database, storage)
    folder = paths.extracts(mart.name) if relation.by_week else paths.extract(mart.name, None)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.rows,
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(column.name, column.type, description_of(mart, column))
                    for column in shape
                ]
            ),
            "dagster/column_lineage": _lineage(shape),
            "extracts": len(inputs),
            "written": len(done.written),
            "parquet": dg.MetadataValue.url(storage.link(folder)),
            **extract_preview(mart.name, storage, by_week=relation.by_week),
            **_chart(relation, database),
            "seconds": round(time.perf_counter() - started, 3),
        },
        check_results=mart_results(mart, done, database, weeks),
    )


def _chart(relation: Relation, database: DatabaseResource) -> Metadata:
    """The chart of the mart with one row per week; of others it would repeat that of a table."""
    if relation.rows.name != WEEKLY_TOTALS:
        return {}
    return database.reading(partial(chart_of, rows=relation.rows, measure="Streams"))


@common_asset(
    deps=[*(table.name for table in tables.metadata.sorted_tables), *FILLED_IN],
    group_name=GROUP,
    kinds={"parquet"},
    freshness_policy=SUNDAY_NOON,
)
def table_extracts(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """The rows of every table as Parquet: one file each, and one per week of the weekly tables."""
    started, versions = time.perf_counter(), database.data_versions()
    done = {
        table.name: publish(
            table.name,
            of_table(table),
            inputs_of_table(table.name, versions),
            database,
            storage,
        )
        for table in tables.metadata.sorted_tables
    }
    return dg.MaterializeResult(
        metadata={
            "rows": {name: each.rows for name, each in done.items()},
            "written": sum(len(each.written) for each in done.values()),
            "parquet": dg.MetadataValue.url(storage.link(paths.PUBLISHED)),
            "seconds": round(time.perf_counter() - started, 3),
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
