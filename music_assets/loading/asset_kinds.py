"""Decorators for the two kinds of assets: those that land pages, and those that fill a table."""

from collections.abc import Callable, Sequence

import dagster as dg
import sqlalchemy as sa

from music_assets.loading.quarantine import quarantine_check

#: Without it, Dagster launches one run for each week of a range.
SINGLE_RUN = dg.BackfillPolicy.single_run()
OWNERS = ["team:data-platform"]

AssetFunction = Callable[..., dg.MaterializeResult]


def landing_asset(
    name: str,
    *,
    deps: Sequence[str],
    partitions_def: dg.PartitionsDefinition | None = None,
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset`, with what all assets that land pages have in common."""
    return dg.asset(
        deps=deps,
        partitions_def=partitions_def,
        group_name="landing",
        kinds={"json"},
        owners=OWNERS,
        backfill_policy=SINGLE_RUN,
        check_specs=quarantine_check(name),
    )


def table_asset(
    table: sa.Table,
    *,
    group: str,
    deps: Sequence[str],
    partitions_def: dg.PartitionsDefinition | None = None,
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset`, with what all assets that fill a table have in common."""
    return dg.asset(
        group_name=group,
        deps=deps,
        partitions_def=partitions_def,
        kinds={"table"},
        owners=OWNERS,
        backfill_policy=SINGLE_RUN,
        metadata={
            "dagster/table_name": table.name,
            "dagster/column_schema": column_schema(table),
        },
        check_specs=quarantine_check(table.name),
    )


def column_schema(table: sa.Table) -> dg.TableSchema:
    """The columns of a table, as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                str(column.type),
                constraints=dg.TableColumnConstraints(
                    nullable=bool(column.nullable), unique=bool(column.unique)
                ),
            )
            for column in table.columns
        ]
    )
