"""The sensor of the charts' inbox."""

import dagster as dg

from music_assets.defs.jobs import charts_job
from music_assets.defs.sensors import run_for_files, watching
from music_assets.landing.chart_inbox import chart_files_left_out, charts_in
from music_assets.loading.chart_loads import files_waiting
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import CHART_FILES


@watching(charts_job.name)
def charts_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Launch one run for the charts whose files have arrived or changed.

    Each version of a file is asked for once. What a run has loaded needs no other.
    """
    inbox = list(storage.list(CHART_FILES))
    waiting = files_waiting(storage, charts_in(inbox))
    none = f"No chart in {CHART_FILES} is new or has changed."
    return run_for_files(context, waiting, chart_files_left_out(inbox).values(), none)
