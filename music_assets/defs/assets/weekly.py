"""The weeks: their figures as landed, streams and downloads per track, and their sums per album."""

import time
from functools import cache, partial
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy as sa

from music_assets.database.previews import preview_of
from music_assets.database.resource import DatabaseResource
from music_assets.database.versioning import version_of
from music_assets.defs.freshness import SUNDAY_NOON
from music_assets.landing.inboxes import weekly_files_left_out
from music_assets.loading.album_weeks import bring_totals_up_to_date
from music_assets.loading.asset_kinds import (
    column_schema,
    common_asset,
    landing_asset,
    table_asset,
)
from music_assets.loading.landing_versions import version_of_blobs
from music_assets.loading.loader import Loader
from music_assets.loading.quarantine import quarantine_result
from music_assets.loading.week_landings import land_weeks
from music_assets.loading.week_loads import load_weeks
from music_assets.loading.week_notes import LandingNotes
from music_assets.partitions import WEEKS, weeks_of
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.transforms import weekly

if TYPE_CHECKING:
    from music_assets.sandbox.weekly_figures import WeeklySimulator

GROUP = "weekly"
#: Of the simulation, where a run's configuration gives no other.
SEED = 1
DEPS = ["raw_weekly", "tracks"]


class Simulation(dg.Config):
    """Settings of the simulation, for the weeks without real figures.

    Attributes:
        seed: another seed gives other figures.
    """

    seed: int = SEED


@landing_asset(
    "raw_weekly", group=GROUP, deps=["tracks"], partitions_def=WEEKS, freshness=SUNDAY_NOON
)
def raw_weekly(
    context: dg.AssetExecutionContext,
    config: Simulation,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
) -> dg.MaterializeResult:
    """One line is one page of tracks with a week's figures: a file's, otherwise simulated ones."""

    @cache
    def simulator() -> "WeeklySimulator":
        # Imports NumPy, which a run without new weeks does not need.
        from music_assets.sandbox.weekly_figures import WeeklySimulator  # noqa: PLC0415

        songs = database.read(sa.select(tables.tracks.c.SongID).order_by("SongID"))
        return WeeklySimulator(songs["SongID"].to_list(), config.seed)

    weeks, inbox = weeks_of(context), list(storage.list(paths.WEEKLY_FILES))
    notes = LandingNotes(storage, inbox, config.seed, database.data_versions())
    done = land_weeks(notes, weeks, simulator, context.run.run_id)
    if not done.told:
        raise dg.Failure(" ".join(done.problems.values()), allow_retries=False)
    for week in weeks:
        problem = {"problem": done.problems[week]} if week in done.problems else {}
        context.add_asset_metadata(done.told.get(week, {}) | problem, partition_key=week.key)
    rejected = sum(told["quarantined"] for told in done.told.values())
    left_out = weekly_files_left_out(inbox, WEEKS.get_partition_keys())
    return dg.MaterializeResult(
        data_version=version_of_blobs(storage.list(paths.LANDED_WEEKS)),
        metadata={
            "songs": database.count(tables.tracks),
            "seed": config.seed,
            "landed": len(done.landed),
        },
        check_results=[quarantine_result(rejected, done.files, left_out.values())],
    )


@table_asset(
    tables.weekly_streams, group=GROUP, deps=DEPS, partitions_def=WEEKS, freshness=SUNDAY_NOON
)
def weekly_streams(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the streams of one track in one week, simulated unless a file gives them."""
    return load_weeks(context, loader, weekly.weekly_streams, weeks_of(context))


@table_asset(
    tables.weekly_downloads, group=GROUP, deps=DEPS, partitions_def=WEEKS, freshness=SUNDAY_NOON
)
def weekly_downloads(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is the downloads of one track in one week, simulated unless a file gives them."""
    return load_weeks(context, loader, weekly.weekly_downloads, weeks_of(context))


@common_asset(
    deps=["tracks", *tables.MEASURES],
    group_name=GROUP,
    kinds={"table"},
    freshness_policy=SUNDAY_NOON,
    metadata={
        "dagster/table_name": tables.weekly_album_totals.name,
        "dagster/column_schema": column_schema(tables.weekly_album_totals),
    },
)
def weekly_album_totals(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """One row is one week of one album: the streams and downloads of its tracks.

    Tracks counts those that have either, StreamFigures those that have streams. Figures is `given`
    where a file gives them, `simulated`, or `unknown`.
    Only the weeks are made anew whose figures have changed, or whose rows somebody has.
    """
    started = time.perf_counter()
    weeks = bring_totals_up_to_date(database, storage)
    version = version_of(database.data_versions(), tables.weekly_album_totals)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "dagster/row_count": database.count(tables.weekly_album_totals),
            "weeks": len(weeks),
            **database.reading(partial(preview_of, table=tables.weekly_album_totals)),
            "seconds": round(time.perf_counter() - started, 3),
        },
    )
