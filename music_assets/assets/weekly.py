"""The weekly facts: streams and downloads per song, each week replaced as a whole."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from music_assets import tables
from music_assets.assets.loading import Load, Loader, table_asset
from music_assets.ingest.weekly import landing_path
from music_assets.partitions import WEEKS, Week, weeks_of
from music_assets.resources.database import Scope
from music_assets.resources.engine import Outcome
from music_assets.transforms import weekly
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup

DEPS = ["raw_weekly", "tracks"]
ROWS_AT_ONCE = 500_000


@table_asset(tables.weekly_streams, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_streams(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is how often one song was streamed in one week. Simulated unless a file says it."""
    return _load_weeks(context, loader, weekly.weekly_streams)


@table_asset(tables.weekly_downloads, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_downloads(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is how often one song was downloaded in one week. Simulated unless a file says it."""
    return _load_weeks(context, loader, weekly.weekly_downloads)


def _load_weeks(
    context: dg.AssetExecutionContext, loader: Loader, transform: Transform
) -> dg.MaterializeResult:
    """Load as many weeks at a time as fit, so that memory does not grow with their range."""
    load, weeks = Load(context, transform), weeks_of(context)
    at_once = max(1, ROWS_AT_ONCE // max(1, loader.database.count(tables.tracks)))
    for start in range(0, len(weeks), at_once):
        _load_batch(load, loader, weeks[start : start + at_once])
    return load.result(loader.database)


def _load_batch(load: Load, loader: Loader, weeks: Sequence[Week]) -> None:
    for week in weeks:
        if loader.storage.find(landing_path(week)) is None:
            raise dg.Failure(
                f"No figures for {week.iso} have landed yet; materialise raw_weekly for it first.",
                allow_retries=False,
            )
    loader.load(
        load,
        [landing_path(week) for week in weeks],
        scope=_weeks_that_came,
        name=weeks[0].key if len(weeks) == 1 else f"{weeks[0].key}...{weeks[-1].key}",
        lookups={"weeks": pl.DataFrame(weeks_lookup(weeks))},
    )


def _weeks_that_came(rows: pl.LazyFrame, _outcome: Outcome) -> Scope:
    """Weeks with a usable row. One without keeps what the table has: unreadable is not empty."""
    return rows.select("WeekID").unique().collect()["WeekID"]
