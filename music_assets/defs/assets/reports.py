"""The weekly report: a site of pages that anybody can open, made from the marts."""

import datetime as dt
import time

import dagster as dg

from music_assets.config.settings import settings
from music_assets.database.resource import DatabaseResource
from music_assets.defs.freshness import SUNDAY_NOON
from music_assets.landing.follow_inbox import mark_list_loaded
from music_assets.landing.weekly_inbox import mark_weeks_loaded
from music_assets.loading.asset_kinds import common_asset
from music_assets.partitions import weeks_of_run
from music_assets.report.mart_rows import MARTS
from music_assets.report.preview import preview
from music_assets.report.site import Site, write_site
from music_assets.schema import tables
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import WEEKLY_REPORT

READ = (tables.artists, tables.albums, tables.artist_albums, tables.tracks, tables.genres)


@common_asset(
    deps=[*MARTS, *(table.name for table in READ)],
    group_name="reports",
    kinds={"html"},
    freshness_policy=SUNDAY_NOON,
)
def weekly_report(
    context: dg.AssetExecutionContext,
    database: DatabaseResource,
    storage: dg.ResourceParam[StorageResource],
) -> dg.MaterializeResult:
    """A site in `reports/`: pages of weeks, months, years, artists and albums."""
    started = time.perf_counter()
    today = dt.datetime.now(dt.UTC).date()
    site = write_site(database, storage, sandbox=settings().bundled_sandbox, today=today)
    # The last step: what this run has loaded needs no other run, whoever launched it.
    mark_list_loaded(storage, context.run.run_id)
    if _loads_weeks(context):
        mark_weeks_loaded(storage, weeks_of_run(context.run.tags))
    return dg.MaterializeResult(
        metadata={
            **_told(site),
            "report": dg.MetadataValue.url(storage.link(WEEKLY_REPORT)),
            "pages": site.pages,
            "written": len(site.written),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _told(site: Site) -> dict[str, dg.MetadataValue]:
    if site.newest is None:
        return {"preview": dg.MetadataValue.md("No week has figures yet.")}
    return {
        "preview": dg.MetadataValue.md(preview(site.newest, site.top)),
        "week": dg.MetadataValue.text(site.newest.week.iso),
    }


def _loads_weeks(context: dg.AssetExecutionContext) -> bool:
    """True if the run fills both weekly tables."""
    return {
        dg.AssetKey(name) for name in tables.MEASURES
    } <= context.job_def.asset_layer.selected_asset_keys
