"""The sensor of the inbox of monthly sales."""

import dagster as dg

from music_assets.defs.jobs import sales_job
from music_assets.defs.sensors import run_for_files, watching
from music_assets.loading.sales_loads import sales_inbox, sales_waiting
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import SALES_FILES


@watching(sales_job.name)
def sales_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Launch one run for the reports of sales that have arrived or changed.

    Each version of a file is asked for once. What a run has loaded needs no other.
    """
    files, incomplete = sales_inbox(storage)
    none = f"No file in {SALES_FILES} is new or has changed."
    return run_for_files(context, sales_waiting(storage, files), incomplete, none)
