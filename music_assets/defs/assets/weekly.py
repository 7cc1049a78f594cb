"""The weeks: their figures as landed, and streams and downloads per track."""

import time
from collections.abc import Collection, Sequence
from functools import cache

import dagster as dg
import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import RowsOfInput, Scope
from music_assets.landing.inboxes import weekly_files_left_out
from music_assets.landing.weekly_inbox import (
    SIMULATION,
    WeekLanding,
    land_week,
    note_problems,
    source_of,
)
from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.loader import Loader, Tally
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.partitions import WEEKS, weeks_of
from music_assets.sandbox.weekly_figures import WeeklySimulator
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError
from music_assets.transforms import weekly
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets.weeks import Week

DEPS = ["raw_weekly", "tracks"]
#: Rows of one load, so that memory does not grow with the number of weeks.
ROWS_AT_ONCE = 500_000
PARTITION_ROWS = "dagster/partition_row_count"
NOTHING_LOADED = {"rows": 0, "inserted": 0, "updated": 0, "deleted": 0, "seconds": 0.0}
NOT_LANDED = "No figures for {} have landed yet; materialise raw_weekly for it first."
UNUSABLE = "No record for {} could be used, so the table keeps what it had; {} says why."


class Simulation(dg.Config):
    """Settings of the simulation, for the weeks without real figures.

    Attributes:
        seed: another seed gives other figures.
    """

    seed: int = 1


@landing_asset("raw_weekly", deps=["tracks"], partitions_def=WEEKS)
def raw_weekly(
    context: dg.AssetExecutionContext,
    config: Simulation,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
) -> dg.MaterializeResult:
    """One line is one page of tracks with a week's figures: a file's, otherwise simulated ones."""

    @cache
    def simulator() -> WeeklySimulator:
        songs = database.read(sa.select(tables.tracks.c.SongID).order_by("SongID"))
        return WeeklySimulator(songs["SongID"].to_list(), config.seed)

    landings, rejected, files = list[WeekLanding](), 0, list[str]()
    weeks, problems = weeks_of(context), dict[Week, str]()
    inbox = list(storage.list(paths.WEEKLY_FILES))
    for week in weeks:
        try:
            landed = land_week(storage, week, simulator, inbox)
            landings.append(landed)
            rejected += len(landed.rejects)
            path = paths.quarantined("weekly", context.run.run_id, f"{week.key}-landing")
            files += put_aside(storage, path, landed.source, landed.rejects)
        except (StorageError, ValueError) as error:
            problems[week] = str(error)
    note_problems(storage, "raw_weekly", weeks, problems)
    if not landings:
        raise dg.Failure(" ".join(problems.values()), allow_retries=False)
    left_out = weekly_files_left_out(inbox, WEEKS.get_partition_keys())
    return dg.MaterializeResult(
        metadata={
            "songs": database.count(tables.tracks),
            "simulated_weeks": sum(landed.source == SIMULATION for landed in landings),
            "failed_weeks": len(problems),
            "seed": config.seed,
        },
        check_results=[quarantine_result(rejected, files, left_out.values())],
    )


@table_asset(tables.weekly_streams, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_streams(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the streams of one track in one week, simulated unless a file gives them."""
    return _load_weeks(context, loader, weekly.weekly_streams)


@table_asset(tables.weekly_downloads, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_downloads(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the downloads of one track in one week, simulated unless a file gives them."""
    return _load_weeks(context, loader, weekly.weekly_downloads)


def _load_weeks(
    context: dg.AssetExecutionContext, loader: Loader, transform: Transform
) -> dg.MaterializeResult:
    """Load the run's weeks in batches of about `ROWS_AT_ONCE` rows.

    A week that cannot be loaded is noted, and holds up none of the others.
    """
    tally, weeks = Tally(context, transform), weeks_of(context)
    problems = {week: NOT_LANDED.format(week.iso) for week in weeks if not _landed(loader, week)}
    landed = [week for week in weeks if week not in problems]
    songs = loader.database.count(tables.tracks)
    at_once = max(1, ROWS_AT_ONCE // max(1, songs))
    for start in range(0, len(landed), at_once):
        batch = landed[start : start + at_once]
        loaded = _load_batch(tally, loader, batch)
        # Without tracks a simulated week is rightly empty; a week with a file never is.
        problems |= {
            week: UNUSABLE.format(week.iso, ", ".join(tally.quarantine_files))
            for week in batch
            if week.week_id not in loaded
            and (songs or source_of(loader.storage, week) != SIMULATION)
        }
    note_problems(loader.storage, transform.entity, weeks, problems)
    if problems.keys() == set(weeks):
        raise dg.Failure(" ".join(problems.values()), allow_retries=False)
    _describe(tally, weeks)
    return tally.result(loader.database, by_partition=True)


def _landed(loader: Loader, week: Week) -> bool:
    return loader.storage.find(paths.landed_week(week)) is not None


def _load_batch(tally: Tally, loader: Loader, weeks: Sequence[Week]) -> Collection[object]:
    """Load some weeks; returns the WeekIDs of those that had a usable row."""
    begun = time.perf_counter()
    done = loader.load(
        tally,
        [paths.landed_week(week) for week in weeks],
        scope=_weeks_with_a_usable_row,
        name=weeks[0].key if len(weeks) == 1 else f"{weeks[0].key}...{weeks[-1].key}",
        lookups={"weeks": pa.table(weeks_lookup(weeks))},
        needs_a_row=False,
    )
    tally.add_replaced(done, time.perf_counter() - begun)
    return done.replaced


def _describe(tally: Tally, weeks: Sequence[Week]) -> None:
    """Give each week's materialisation the counts of that week."""
    for week in weeks:
        counts = tally.by_value.get(week.week_id, NOTHING_LOADED)
        told = {PARTITION_ROWS if name == "rows" else name: each for name, each in counts.items()}
        tally.context.add_asset_metadata(told, partition_key=week.key)


def _weeks_with_a_usable_row(_rows: pl.LazyFrame, _rejects: pl.LazyFrame) -> Scope:
    """Replace each week as a whole, except one without any usable row."""
    return RowsOfInput("WeekID")
