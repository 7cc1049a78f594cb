"""Jobs, sensors and the schedule. Decisions are plain functions; what is decorated does I/O."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence

import dagster as dg

from music_assets.landing.follow_inbox import INBOX, read_follow_list
from music_assets.landing.weekly_inbox import INBOX as WEEKLY_INBOX
from music_assets.landing.weekly_inbox import week_of
from music_assets.partitions import WEEKS, newest_key
from music_assets.spotify.client import SpotifyResource
from music_assets.spotify.ledger import Ledger
from music_assets.storage.blobs import Blob, ChangedWhileRead, StorageResource
from music_assets.weeks import Week

SENSOR_SECONDS = 30
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

full_graph = dg.define_asset_job(
    "full_graph",
    selection=dg.AssetSelection.all(),
    description="From the follow list to the report, over all weeks that the launch names.",
)

weekly_job = dg.define_asset_job(
    "weekly_job",
    selection=dg.AssetSelection.assets("raw_weekly").downstream(),
    description="A week's figures, and everything that rests on them.",
)


def all_weeks() -> dict[str, str]:
    """The tags that make one run cover every week."""
    return {RANGE_START: WEEKS.get_partition_keys()[0], RANGE_END: newest_key()}


def span(weeks: Sequence[Week]) -> dict[str, str]:
    """The tags that make one run cover weeks without a gap, given oldest first."""
    return {RANGE_START: weeks[0].key, RANGE_END: weeks[-1].key}


def contiguous(weeks: Sequence[Week]) -> list[list[Week]]:
    """Weeks in groups that each cover a range without a gap, oldest first."""
    groups: list[list[Week]] = []
    for week in sorted(weeks):
        if groups and week.monday - groups[-1][-1].monday == dt.timedelta(days=7):
            groups[-1].append(week)
        else:
            groups.append([week])
    return groups


def run_of_weeks(weeks: Sequence[Week], blobs: Mapping[Week, Blob]) -> dg.RunRequest:
    """One run for a range of weeks, asked for once per version of their files."""
    versions = " ".join(f"{blobs[week].path}:{blobs[week].etag}" for week in weeks)
    key = hashlib.sha256(versions.encode()).hexdigest()
    if len(weeks) == 1:
        return dg.RunRequest(run_key=key, partition_key=weeks[0].key)
    return dg.RunRequest(run_key=key, tags=span(weeks))


def new_follow_list(blob: Blob | None, cursor: str | None) -> str | None:
    """Why the inbox is not worth reading; None if it is."""
    if blob is None:
        return f"There is no {INBOX} yet."
    if not blob.size:
        return f"{INBOX} is empty."
    if blob.etag == cursor:
        return f"{INBOX} has not changed since its last run."
    return None


def changed_weeks(
    blobs: Sequence[Blob], seen: Mapping[str, str], weeks: Sequence[str]
) -> dict[Week, Blob]:
    """The weeks whose file is new or has changed, for which a partition exists."""
    named = {week: blob for blob in blobs if blob.size and (week := week_of(blob.path))}
    return {
        week: blob
        for week, blob in sorted(named.items())
        if week.key in weeks and seen.get(blob.path) != blob.etag
    }


@dg.sensor(
    job=full_graph,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def followed_artists_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """A follow list arrived: one run of the whole graph over all weeks.

    A list in which nothing can be read fails the tick, which says why; the next one tries again.
    """
    why_not = new_follow_list(storage.find(INBOX), context.cursor)
    if why_not:
        return dg.SkipReason(why_not)
    try:
        blob, content = storage.read(INBOX)
        read_follow_list(content, INBOX)
    except ChangedWhileRead as error:
        return dg.SkipReason(f"{error} It is looked at again at the next tick.")
    request = dg.RunRequest(run_key=blob.etag, tags=all_weeks())
    return dg.SensorResult(run_requests=[request], cursor=blob.etag)


@dg.sensor(
    job=weekly_job,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def weekly_data_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Weeks' files arrived or changed: a run of these weeks, one for each range of them."""
    seen = json.loads(context.cursor or "{}")
    changed = changed_weeks(list(storage.list(WEEKLY_INBOX)), seen, WEEKS.get_partition_keys())
    if not changed:
        return dg.SkipReason(f"No file in {WEEKLY_INBOX} for a week is new or has changed.")
    return dg.SensorResult(
        run_requests=[run_of_weeks(weeks, changed) for weeks in contiguous(list(changed))],
        cursor=json.dumps(seen | {blob.path: blob.etag for blob in changed.values()}),
    )


@dg.sensor(
    job=full_graph,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def resume_sensor(
    context: dg.SensorEvaluationContext,  # noqa: ARG001
    storage: dg.ResourceParam[StorageResource],
    spotify: SpotifyResource,
) -> dg.SensorResult | dg.SkipReason:
    """Spotify refused calls until a time that has come: a run that goes on where it stopped.

    The refusal is forgotten by the run that asks again. Until then there is a run every hour.
    """
    until = Ledger(storage, spotify.app, "sensor").not_before()
    if until is None:
        return dg.SkipReason("Spotify has refused nothing.")
    waited = dt.datetime.now(dt.UTC) - until
    if waited < dt.timedelta(0):
        return dg.SkipReason(f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC.")
    if storage.find(INBOX) is None:
        return dg.SkipReason(f"There is no {INBOX} yet, so there is nothing to go on with.")
    hours = waited // dt.timedelta(hours=1)
    request = dg.RunRequest(run_key=f"resume {until.isoformat()} {hours}", tags=all_weeks())
    return dg.SensorResult(run_requests=[request])


# On Sundays, for the week that ends that day.
weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_job,
    name="weekly_schedule",
    day_of_week=0,
    hour_of_day=6,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

jobs = [full_graph, weekly_job]
sensors = [followed_artists_sensor, weekly_data_sensor, resume_sensor]
schedules = [weekly_schedule]
