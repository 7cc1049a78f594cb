"""The feeds of new releases, for feed readers and calendars."""

import time

import dagster as dg

from music_assets.database.resource import DatabaseResource
from music_assets.loading.asset_kinds import common_asset
from music_assets.publishing.release_feeds import write_feeds
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import RELEASES_CALENDAR, RELEASES_FEED


@common_asset(
    deps=["new_releases", "artists", "artist_albums"], group_name="reports", kinds={"xml", "ics"}
)
def release_feeds(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """One entry is one album of a followed artist, new or announced.

    There is an Atom feed, and a calendar with an event of a whole day for each.
    """
    started = time.perf_counter()
    feeds = write_feeds(read_marts(sql_folder() / "marts"), database, storage)
    return dg.MaterializeResult(
        metadata={
            "albums": feeds.albums,
            "written": len(feeds.written),
            "feed": dg.MetadataValue.url(storage.link(RELEASES_FEED)),
            "calendar": dg.MetadataValue.url(storage.link(RELEASES_CALENDAR)),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )
