"""The weeks: their figures as landed, streams and downloads per track, and their sums per album."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from music_assets.loading.album_weeks import bring_totals_up_to_date
from music_assets.loading.asset_kinds import (
    OWNERS,
    SINGLE_RUN,
    column_schema,
    in_sentences,
    landing_asset,
    table_asset,
)
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

    landings, files = dict[Week, WeekLanding](), list[str]()
    weeks, problems = weeks_of(context), dict[Week, str]()
    inbox = list(storage.list(paths.WEEKLY_FILES))
    for week in weeks:
        try:
            landed = landings[week] = land_week(storage, week, simulator, inbox)
            path = paths.quarantined("weekly", context.run.run_id, f"{week.key}-landing")
            files += put_aside(storage, path, landed.source, landed.rejects)
        except (StorageError, ValueError) as error:
            problems[week] = str(error)
    note_problems(storage, "raw_weekly", weeks, problems)
    if not landings:
        raise dg.Failure(" ".join(problems.values()), allow_retries=False)
    for week in weeks:
        told = _told_of_landing(landings.get(week), problems.get(week))
        context.add_asset_metadata(told, partition_key=week.key)
    rejected = sum(len(landed.rejects) for landed in landings.values())
    left_out = weekly_files_left_out(inbox, WEEKS.get_partition_keys())
    return dg.MaterializeResult(
        metadata={"songs": database.count(tables.tracks), "seed": config.seed},
        check_results=[quarantine_result(rejected, files, left_out.values())],
    )


def _told_of_landing(landed: WeekLanding | None, problem: str | None) -> dict[str, object]:
    """The metadata of a week: the source of its figures and its rejects, or why none landed."""
    told: dict[str, object] = (
        {"source": landed.source, "quarantined": len(landed.rejects)} if landed else {}
    )
    return told | ({"problem": problem} if problem else {})


@table_asset(tables.weekly_streams, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_streams(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the streams of one track in one week, simulated unless a file gives them."""
    return _load_weeks(context, loader, weekly.weekly_streams)


@table_asset(tables.weekly_downloads, group="weekly", deps=DEPS, partitions_def=WEEKS)
def weekly_downloads(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the downloads of one track in one week, simulated unless a file gives them."""
    return _load_weeks(context, loader, weekly.weekly_downloads)


@dg.asset(
    deps=["tracks", *tables.MEASURES],
    group_name="weekly",
    kinds={"table"},
    owners=OWNERS,
    backfill_policy=SINGLE_RUN,
    metadata={
        "dagster/table_name": tables.weekly_album_totals.name,
        "dagster/column_schema": column_schema(tables.weekly_album_totals),
    },
)
@in_sentences
def weekly_album_totals(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """One row is one week of one album: the streams and downloads of its tracks.

    Tracks counts those that have a figure of either kind, StreamFigures those that have streams.
    Only the weeks are made anew whose figures have changed, or whose rows somebody has.
    """
    started = time.perf_counter()
    weeks = bring_totals_up_to_date(database, storage)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": database.count(tables.weekly_album_totals),
            "weeks": len(weeks),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


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
    _describe(tally, loader.database, weeks, problems)
    return tally.result(loader.database, by_partition=True)


def _landed(loader: Loader, week: Week) -> bool:
    return loader.storage.find(paths.landed_week(week)) is not None


def _load_batch(tally: Tally, loader: Loader, weeks: Sequence[Week]) -> Collection[object]:
    """Load some weeks; returns the WeekIDs of those that had a usable row."""
    begun = time.perf_counter()

    def scope(_rows: pl.LazyFrame, rejects: pl.LazyFrame) -> Scope:
        """Replace each week as a whole, except one without any usable row."""
        counts = rejects.group_by("WeekID").len().collect()
        tally.rejects_by_value.update({int(week): count for week, count in counts.iter_rows()})
        return RowsOfInput("WeekID")

    done = loader.load(
        tally,
        [paths.landed_week(week) for week in weeks],
        scope=scope,
        name=weeks[0].key if len(weeks) == 1 else f"{weeks[0].key}...{weeks[-1].key}",
        lookups={"weeks": pa.table(weeks_lookup(weeks))},
        needs_a_row=False,
    )
    tally.add_replaced(done, time.perf_counter() - begun, "WeekID")
    return done.replaced


def _describe(
    tally: Tally, database: DatabaseResource, weeks: Sequence[Week], problems: Mapping[Week, str]
) -> None:
    """Give each week's materialisation the counts of that week, and why it could not be loaded."""
    kept = _rows_of(database, tally.transform.table, problems)
    for week in weeks:
        counts = {**NOTHING_LOADED, "rows": kept.get(week.week_id, 0)}
        counts |= tally.by_value.get(week.week_id, {})
        told = {PARTITION_ROWS if name == "rows" else name: each for name, each in counts.items()}
        quarantined = {"quarantined": tally.rejects_by_value[week.week_id]}
        problem = {"problem": problems[week]} if week in problems else {}
        tally.context.add_asset_metadata({**told, **quarantined, **problem}, partition_key=week.key)


def _rows_of(database: DatabaseResource, table: sa.Table, weeks: Iterable[Week]) -> dict[int, int]:
    """The number of rows that a table holds of some weeks."""
    column = table.c.WeekID
    wanted = column.in_([week.week_id for week in weeks])
    counts = database.read(sa.select(column, sa.func.count()).where(wanted).group_by(column))
    return dict(counts.iter_rows())
