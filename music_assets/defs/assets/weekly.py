"""The weekly facts: streams and downloads per song, each week replaced as a whole."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from music_assets.landing.weekly_inbox import SIMULATION, landing_path, source_of
from music_assets.loading.loader import Load, Loader, table_asset
from music_assets.partitions import WEEKS, weeks_of
from music_assets.schema import tables
from music_assets.transforms import weekly
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets.weeks import Week

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
    songs = loader.database.count(tables.tracks)
    at_once = max(1, ROWS_AT_ONCE // max(1, songs))
    empty: list[Week] = []
    for start in range(0, len(weeks), at_once):
        batch = weeks[start : start + at_once]
        loaded = _load_batch(load, loader, batch)
        empty += [week for week in batch if week.week_id not in loaded]
    # Without songs a simulated week is rightly empty; a week that somebody gave never is.
    unusable = [week for week in empty if songs or source_of(loader.storage, week) != SIMULATION]
    if unusable:
        raise dg.Failure(
            f"No record for {', '.join(week.iso for week in unusable)} could be used, so the table "
            f"keeps what it had; {', '.join(load.quarantine_files)} says why.",
            allow_retries=False,
        )
    return load.result(loader.database)


def _load_batch(load: Load, loader: Loader, weeks: Sequence[Week]) -> frozenset[object]:
    """The WeekIDs of the weeks that had a usable row, and so were replaced."""
    for week in weeks:
        if loader.storage.find(landing_path(week)) is None:
            raise dg.Failure(
                f"No figures for {week.iso} have landed yet; materialise raw_weekly for it first.",
                allow_retries=False,
            )
    done = loader.load(
        load,
        [landing_path(week) for week in weeks],
        scope=lambda _rows, _rejected: "WeekID",
        name=weeks[0].key if len(weeks) == 1 else f"{weeks[0].key}...{weeks[-1].key}",
        lookups={"weeks": pl.DataFrame(weeks_lookup(weeks))},
    )
    return done.scope
