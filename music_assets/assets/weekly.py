"""The weekly facts: streams and downloads per song, each week replaced as a whole."""

import dagster as dg
import polars as pl

from music_assets import tables
from music_assets.assets.loading import Load, Loader, table_asset
from music_assets.ingest.weekly import landing_path
from music_assets.partitions import WEEKS, Week, weeks_of
from music_assets.transforms import weekly
from music_assets.transforms.rows import Transform

DEPS = ["raw_weekly", "tracks"]


@dg.asset(deps=DEPS, partitions_def=WEEKS, **table_asset(tables.weekly_streams, "weekly"))
def weekly_streams(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is how often one song was streamed in one week. Simulated unless a file says it."""
    return _load_weeks(context, loader, weekly.weekly_streams)


@dg.asset(deps=DEPS, partitions_def=WEEKS, **table_asset(tables.weekly_downloads, "weekly"))
def weekly_downloads(
    context: dg.AssetExecutionContext, loader: Loader
) -> dg.MaterializeResult:
    """One row is how often one song was downloaded in one week. Simulated unless a file says it."""
    return _load_weeks(context, loader, weekly.weekly_downloads)


def _load_weeks(
    context: dg.AssetExecutionContext, loader: Loader, transform: Transform
) -> dg.MaterializeResult:
    """Load each week by itself, so that memory does not grow with the range of weeks."""
    load = Load(context, transform)
    for week in weeks_of(context):
        _load_week(load, loader, week)
    return load.result()


def _load_week(load: Load, loader: Loader, week: Week) -> None:
    path = landing_path(week)
    if loader.storage.find(path) is None:
        raise dg.Failure(
            f"No figures for {week.iso} have landed yet; materialise raw_weekly for {week.key}.",
            allow_retries=False,
        )
    this_week = pl.Series("WeekID", [week.week_id])
    loader.load(
        load,
        [path],
        scope=lambda _rows, _outcome: this_week,
        name=week.key,
        parameters={"week": week.key},
    )
