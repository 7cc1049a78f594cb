"""Retention: what is older than MUSIC_RETENTION_DAYS is purged each night."""

import dagster as dg

from music_assets.config.settings import settings
from music_assets.defs.jobs import listening_job
from music_assets.defs.schedules import LONGEST_RUN, UNFINISHED
from music_assets.loading.asset_kinds import in_sentences
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import now
from music_assets.upkeep.purgeable import RAW
from music_assets.upkeep.purging import doomed, purge

NOT_SET = (
    "MUSIC_RETENTION_DAYS is not set, so nothing is purged; raw pages and histories stay until "
    "somebody calls `music-assets purge`."
)
GOES_ON = "A run goes on, so nothing is purged before tomorrow night."


@dg.op
@in_sentences
def purge_old(context: dg.OpExecutionContext, storage: dg.ResourceParam[StorageResource]) -> None:
    """Remove raw pages, histories and records in quarantine that are too old."""
    days = settings().retention_days
    if days is None:
        raise dg.Failure(NOT_SET, allow_retries=False)
    for kind, units in doomed(storage, [*RAW], days).items():
        purge(storage, units)
        files = sum(len(unit.blobs) for unit in units)
        context.log.info(f"{kind}: {files:,} files older than {days} days are gone.")


@dg.job(description="What is older than MUSIC_RETENTION_DAYS goes; its plays follow.")
def purge_job() -> None:
    """One step that removes files."""
    purge_old()


@dg.schedule(
    job=purge_job,
    # While few use the machine, and between the hourly plays.
    cron_schedule="43 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night purge what is older than MUSIC_RETENTION_DAYS; without it, say so.",
)
def purge_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for a purge where it is wanted and no run goes on."""
    if settings().retention_days is None:
        return dg.SkipReason(NOT_SET)
    unfinished = dg.RunsFilter(statuses=UNFINISHED, created_after=now() - LONGEST_RUN)
    return (
        dg.SkipReason(GOES_ON) if context.instance.get_runs_count(unfinished) else dg.RunRequest()
    )


# Dagster takes no description of such a sensor from its function.
AFTER_A_PURGE = "After a purge, let the plays of histories that are gone leave the tables."


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[purge_job],
    request_job=listening_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=AFTER_A_PURGE,
)
def purged_sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """Ask for a run of the listening history."""
    return dg.RunRequest(run_key=context.dagster_run.run_id)
