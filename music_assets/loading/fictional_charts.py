"""Fictional charts, where the bundled sandbox stands in for Spotify and nobody gave real ones.

They are of a region that there is not, `demo`, so that nobody takes them for a real one's, and go
as soon as a real chart has landed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from music_assets.database.resource import DatabaseResource
from music_assets.landing.chart_inbox import chart_lines
from music_assets.loading.chart_loads import landed_charts
from music_assets.loading.fictional_listening import catalogue_of, songs_versions
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.transforms.charts import DEMO, Chart
from music_assets.weeks import Week

NOTES = "fictional_charts"
#: The sandbox's region that they are made like.
LIKE = "global"


def without_fictional_charts(storage: StorageResource) -> None:
    """Remove the landings of fictional charts; their rows go with the next load."""
    _remove(storage, (chart for chart in landed_charts(storage) if chart.region == DEMO))


def real_charts_landed(storage: StorageResource) -> bool:
    """True if any chart has landed that is not fictional."""
    return any(chart.region != DEMO for chart in landed_charts(storage))


def land_fictional_charts(
    storage: StorageResource, database: DatabaseResource, weeks: Sequence[Week]
) -> int:
    """Land a chart for each of some weeks, unless they would be as they are; returns their number.

    Args:
        storage: gets the landings.
        database: has the songs that are charted, beside others.
        weeks: whose Thursdays end the charts' weeks.
    """
    catalogue = catalogue_of(database)
    charts = {_chart_of(week): week for week in weeks} if not catalogue.is_empty() else {}
    inputs = [[week.key for week in weeks], songs_versions(database.data_versions())]

    def word() -> str:
        landed = landed_charts(storage)
        return fingerprint(*inputs, *((chart.key, landed.get(chart)) for chart in charts))

    before = made_before(storage, NOTES).get(DEMO)
    if before is None or before.fingerprint != word():
        # Imports NumPy, which a run that simulates nothing does not need.
        from music_assets.sandbox.hit_parade import ChartSimulator  # noqa: PLC0415

        simulator = ChartSimulator(catalogue, LIKE)
        for chart, week in charts.items():
            lines = chart_lines(simulator.chart(week), simulator.file_name(week), chart)
            storage.write(paths.landed_chart(chart.key), b"".join(lines))
        others = (each for each in landed_charts(storage) if each.region == DEMO)
        _remove(storage, (each for each in others if each not in charts))
        note_made(storage, NOTES, {DEMO: Made(word())})
    return len(charts)


def _chart_of(week: Week) -> Chart:
    return Chart(DEMO, "weekly", week.monday + dt.timedelta(days=3))


def _remove(storage: StorageResource, charts: Iterable[Chart]) -> None:
    for chart in list(charts):
        storage.delete(paths.landed_chart(chart.key))
