"""Listening: the histories in `listening/`, the songs, and each play of one."""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from music_assets.config.settings import settings
from music_assets.database.resource import DatabaseResource
from music_assets.defs.freshness import hourly
from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.fictional_listening import (
    land_fiction,
    others_landed,
    without_fiction,
)
from music_assets.loading.landed_plays import landed_plays
from music_assets.loading.landing_versions import version_of_blobs
from music_assets.loading.listening_loads import load_plays, load_songs
from music_assets.loading.loader import Loader
from music_assets.loading.play_landings import COUNTS, land_listening
from music_assets.loading.quarantine import quarantine_result
from music_assets.partitions import finished_weeks
from music_assets.schema import tables
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import LANDED_PLAYS

GROUP = "listening"


@landing_asset("raw_plays", group=GROUP, deps=["tracks"])
def raw_plays(
    context: dg.AssetExecutionContext,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
) -> dg.MaterializeResult:
    """One line is one page of plays of a month, out of a listening history in `listening/`.

    A play has the few fields that are used: no address, country, device or user's name lands. With
    the bundled sandbox there is a fictional history, until a real one lands.
    """
    done = land_listening(storage, context.run.run_id)
    simulated = _simulated(storage, database)
    # A landing stays when its file leaves the inbox, so all of them are counted.
    total = landed_plays(storage).counts
    return dg.MaterializeResult(
        data_version=version_of_blobs(storage.list(LANDED_PLAYS)),
        metadata={
            **{name: total[name] for name in COUNTS},
            "files": len(done.told),
            "landed": len(done.landed),
            "refused": len(done.problems),
            "simulated": simulated,
        },
        check_results=[quarantine_result(total["quarantined"], done.files, done.waiting.values())],
    )


def _simulated(storage: StorageResource, database: DatabaseResource) -> int:
    """Bring the fictional history up to date, or take it away; returns the number of its plays."""
    if not settings().bundled_sandbox or others_landed(storage):
        without_fiction(storage)
        return 0
    zone = ZoneInfo(settings().time_zone)
    return land_fiction(storage, database, zone, finished_weeks())


@table_asset(
    tables.listened_songs,
    group=GROUP,
    deps=["raw_plays", "recent_plays", "tracks"],
    freshness=hourly(),
)
def listened_songs(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one song that somebody has heard, whether its artist is followed or not."""
    return load_songs(context, loader)


@table_asset(
    tables.plays,
    group=GROUP,
    deps=["raw_plays", "recent_plays", "listened_songs"],
    freshness=hourly(),
)
def plays(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one play of one song, however short: when it ended, and how long it was.

    Days, hours and weeks are those of MUSIC_TIME_ZONE.
    """
    zone, today = ZoneInfo(settings().time_zone), dt.datetime.now(dt.UTC).date()
    return load_plays(context, loader, zone, today)
