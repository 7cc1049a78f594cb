"""Schedules: what runs by the clock."""

import datetime as dt

import dagster as dg

from music_assets.calls.call_errors import CallsPaused
from music_assets.calls.ledger import Ledger
from music_assets.defs.jobs import recent_job, sweep, weekly_job
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import now

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
#: A run of a dead process stays unfinished for ever, and must not end the schedule.
LONGEST_RUN = dt.timedelta(hours=6)

weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_job,
    name="weekly_schedule",
    description="On Sunday mornings, the figures of the week that ends that day.",
    day_of_week=0,
    hour_of_day=6,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

sweep_schedule = dg.ScheduleDefinition(
    name="sweep_schedule",
    description="On Sundays, after the week's figures are made: the checks over all rows.",
    job=sweep,
    cron_schedule="0 8 * * 0",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=recent_job,
    # Between the minutes at which everybody asks.
    cron_schedule="23 * * * *",
    description="Every hour, the plays that Spotify remembers, where a login lets it be asked.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def recently_played_schedule(
    context: dg.ScheduleEvaluationContext,
    storage: dg.ResourceParam[StorageResource],
    spotify: SpotifyResource,
) -> dg.RunRequest | dg.SkipReason:
    """Launch a run that asks Spotify, in one call, for what was played since the last one."""
    reason = spotify.why_not_listening or _reason_to_wait(context.instance, storage, spotify)
    return dg.SkipReason(reason) if reason else dg.RunRequest()


def _reason_to_wait(
    instance: dg.DagsterInstance, storage: StorageResource, spotify: SpotifyResource
) -> str:
    """The sentence that says why a run could not ask Spotify now; "" if it could."""
    try:
        until = Ledger(storage, spotify.app, "schedule").not_before()
    except CallsPaused as unreadable:
        return str(unreadable)
    if until is not None and now() < until:
        return f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC."
    unfinished = dg.RunsFilter(
        job_name=recent_job.name, statuses=UNFINISHED, created_after=now() - LONGEST_RUN
    )
    return (
        "The run of an earlier hour has not ended." if instance.get_runs_count(unfinished) else ""
    )
