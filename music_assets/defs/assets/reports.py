"""The weekly report: one page that anybody can open, made from the marts."""

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
from music_assets.publishing.report import CATALOGUE, MARTS, NotDefined, weekly_facts
from music_assets.publishing.report_page import NOTHING_YET, preview, rendered
from music_assets.schema.tables import MEASURES
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import WEEKLY_REPORT


@common_asset(
    deps=[*MARTS, *(table.name for table in CATALOGUE), "artist_albums"],
    group_name="reports",
    kinds={"html"},
    freshness_policy=SUNDAY_NOON,
)
def weekly_report(
    context: dg.AssetExecutionContext,
    database: DatabaseResource,
    storage: dg.ResourceParam[StorageResource],
) -> dg.MaterializeResult:
    """One HTML page about the newest finished week that has figures, and how it compares."""
    started = time.perf_counter()
    try:
        today = dt.datetime.now(dt.UTC).date()
        report = weekly_facts(database, sandbox=settings().bundled_sandbox, today=today)
    except NotDefined as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    # The last step: what this run has loaded needs no other run, whoever launched it.
    mark_list_loaded(storage, context.run.run_id)
    if _loads_weeks(context):
        mark_weeks_loaded(storage, weeks_of_run(context.run.tags))
    if report is None:
        storage.write(WEEKLY_REPORT, NOTHING_YET.encode())
        return dg.MaterializeResult(
            metadata={
                "preview": dg.MetadataValue.md("No week has figures yet."),
                "report": dg.MetadataValue.path(storage.where(WEEKLY_REPORT)),
            }
        )
    storage.write(WEEKLY_REPORT, rendered(report).encode())
    return dg.MaterializeResult(
        metadata={
            "preview": dg.MetadataValue.md(preview(report)),
            "report": dg.MetadataValue.path(storage.where(WEEKLY_REPORT)),
            "week": report["week"].iso,
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _loads_weeks(context: dg.AssetExecutionContext) -> bool:
    """True if the run fills both weekly tables."""
    return {
        dg.AssetKey(name) for name in MEASURES
    } <= context.job_def.asset_layer.selected_asset_keys
