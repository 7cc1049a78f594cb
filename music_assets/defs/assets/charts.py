"""The charts: as landed, and the songs on them."""

import dagster as dg

from music_assets.config.settings import settings
from music_assets.database.resource import DatabaseResource
from music_assets.landing.chart_inbox import chart_files_left_out, charts_in
from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.chart_loads import land_charts, load_charts
from music_assets.loading.fictional_charts import (
    land_fictional_charts,
    real_charts_landed,
    without_fictional_charts,
)
from music_assets.loading.landing_versions import version_of_blobs
from music_assets.loading.loader import Loader
from music_assets.loading.quarantine import quarantine_result
from music_assets.partitions import finished_weeks
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

GROUP = "charts"


@landing_asset("raw_charts", group=GROUP, deps=["tracks"])
def raw_charts(
    storage: dg.ResourceParam[StorageResource], database: DatabaseResource
) -> dg.MaterializeResult:
    """One line is one page of the songs on a chart, as a file in `charts/` has them.

    With the bundled sandbox there are charts of a region `demo`, until a real one lands.
    """
    inbox = list(storage.list(paths.CHART_FILES))
    charts = charts_in(inbox)
    landed, left_out = land_charts(storage, charts)
    told = [*chart_files_left_out(inbox).values(), *left_out]
    simulated = _simulated(storage, database)
    return dg.MaterializeResult(
        data_version=version_of_blobs(storage.list(paths.LANDED_CHARTS)),
        metadata={"charts": len(charts), "landed": landed, "simulated": simulated},
        check_results=[quarantine_result(0, [], told)],
    )


def _simulated(storage: StorageResource, database: DatabaseResource) -> int:
    """Bring the fictional charts up to date, or take them away; returns their number."""
    if settings().bundled_sandbox and not real_charts_landed(storage):
        return land_fictional_charts(storage, database, finished_weeks())
    without_fictional_charts(storage)
    return 0


@table_asset(tables.chart_entries, group=GROUP, deps=["raw_charts"])
def chart_entries(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one song on one chart, of a region and a day or week, whoever made the song.

    A weekly chart's week is Friday to Thursday, its ChartDate that Thursday, and WeekID the ISO
    week that the Thursday is in: the chart counts four of its days, Monday to Thursday, in it. A
    daily chart's WeekID is that of its day. PreviousRank is null where a song was not on the chart
    before. A chart is replaced as a whole when its file changes, and stays when that leaves.
    """
    return load_charts(context, loader)
