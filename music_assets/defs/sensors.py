"""Sensors. The decorated functions do the I/O; the decisions are plain functions."""

import datetime as dt
import hashlib
import inspect
import json
from collections.abc import Callable, Collection, Mapping, Sequence

import dagster as dg

from music_assets.calls.ledger import Ledger
from music_assets.defs.jobs import full_graph, weekly_job
from music_assets.landing.follow_inbox import check_follow_list, loaded_version
from music_assets.landing.inboxes import (
    FOLLOW_FILES,
    first_of,
    follow_files_left_out,
    weekly_files_left_out,
)
from music_assets.landing.weekly_inbox import changed_weeks, loaded_versions
from music_assets.partitions import WEEKS, all_weeks, span
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import FOLLOW_LIST, WEEKLY_FILES
from music_assets.storage.storage_errors import ChangedWhileRead
from music_assets.weeks import Week, contiguous

#: Between two looks at the storage: a listing costs one call.
SENSOR_SECONDS = 30
SensorFunction = Callable[..., dg.SensorResult | dg.SkipReason]
LOADED_ALREADY = "A run has loaded this follow list already."


def watching(job: str) -> Callable[[SensorFunction], dg.SensorDefinition]:
    """`dagster.sensor`, switched on, with its docstring as its description; `job` is a name."""

    def decorated(function: SensorFunction) -> dg.SensorDefinition:
        decorator = dg.sensor(
            job_name=job,
            description=inspect.getdoc(function),
            minimum_interval_seconds=SENSOR_SECONDS,
            default_status=dg.DefaultSensorStatus.RUNNING,
        )
        return decorator(function)

    return decorated


def run_of_weeks(weeks: Sequence[Week], blobs: Mapping[Week, Blob]) -> dg.RunRequest:
    """The request of one run for a range of weeks.

    Its key is a digest of the files' versions, so each version is asked for once.
    """
    versions = " ".join(f"{blobs[week].path}:{blobs[week].etag}" for week in weeks)
    key = hashlib.sha256(versions.encode()).hexdigest()
    if len(weeks) == 1:
        return dg.RunRequest(run_key=key, partition_key=weeks[0].key)
    return dg.RunRequest(run_key=key, tags=span(weeks))


def reason_to_skip(blob: Blob | None, cursor: str | None) -> str | None:
    """The reason why there is nothing to do; None where a new follow list has arrived."""
    if blob is None:
        return f"There is no {FOLLOW_LIST} yet."
    if not blob.size:
        return f"{FOLLOW_LIST} is empty."
    if blob.etag == cursor:
        return f"{FOLLOW_LIST} has not changed since its last run."
    return None


def run_for_files(
    context: dg.SensorEvaluationContext,
    waiting: Mapping[str, str],
    told: Collection[str],
    none: str,
) -> dg.SensorResult | dg.SkipReason:
    """One run for the files of an inbox that wait for one, each version asked for once.

    Args:
        context: whose cursor has the versions that were asked for.
        waiting: the versions of the files, by path.
        told: sentences about files that are not taken.
        none: the sentence where no file waits that was not asked for.
    """
    asked = json.loads(context.cursor or "{}")
    if all(asked.get(path) == etag for path, etag in waiting.items()):
        return dg.SkipReason(" ".join([none, *told]))
    for sentence in told:
        context.log.warning(sentence)
    versions = json.dumps(waiting)
    request = dg.RunRequest(run_key=hashlib.sha256(versions.encode()).hexdigest())
    return dg.SensorResult(run_requests=[request], cursor=versions)


@watching(full_graph.name)
def followed_artists_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Launch one run of the whole graph, over all weeks, when a follow list has arrived.

    A list that cannot be read fails the tick with a sentence; the next tick tries again.
    """
    found = first_of(storage, FOLLOW_LIST)
    skip = reason_to_skip(found, context.cursor)
    if found is None or skip:
        others = follow_files_left_out(storage.list(FOLLOW_FILES)).values()
        return dg.SkipReason(" ".join([skip or "", *others]))
    if found.etag == loaded_version(storage):
        return dg.SensorResult(skip_reason=LOADED_ALREADY, cursor=found.etag)
    try:
        blob, content = storage.read(found.path)
        check_follow_list(content, found.path)
    except ChangedWhileRead as error:
        return dg.SkipReason(f"{error} It is looked at again at the next tick.")
    request = dg.RunRequest(run_key=blob.etag, tags=all_weeks())
    return dg.SensorResult(run_requests=[request], cursor=blob.etag)


@watching(weekly_job.name)
def weekly_data_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Launch one run for each range of weeks whose files have arrived or changed."""
    seen = json.loads(context.cursor or "{}")
    files, weeks = list(storage.list(WEEKLY_FILES)), WEEKS.get_partition_keys()
    changed = changed_weeks(files, seen, weeks)
    if changed:
        # What a run has loaded needs no other, whichever version this sensor asked for before.
        changed = changed_weeks(list(changed.values()), loaded_versions(storage), weeks)
    left_out = weekly_files_left_out(files, weeks)
    if not changed:
        none = f"No file in {WEEKLY_FILES} for a week is new or has changed."
        return dg.SkipReason(" ".join([none, *left_out.values()]))
    for sentence in left_out.values():
        context.log.warning(sentence)
    return dg.SensorResult(
        run_requests=[run_of_weeks(weeks, changed) for weeks in contiguous(list(changed))],
        cursor=json.dumps(seen | {blob.path: blob.etag for blob in changed.values()}),
    )


@watching(full_graph.name)
def resume_sensor(
    context: dg.SensorEvaluationContext,  # noqa: ARG001
    storage: dg.ResourceParam[StorageResource],
    spotify: SpotifyResource,
) -> dg.SensorResult | dg.SkipReason:
    """Launch a resuming run once Spotify's pause has passed.

    The run that asks Spotify again deletes the note of the pause. Until one has, this launches a
    run every hour.
    """
    until = Ledger(storage, spotify.app, "sensor").not_before()
    if until is None:
        return dg.SkipReason("Spotify has refused nothing.")
    waited = dt.datetime.now(dt.UTC) - until
    if waited < dt.timedelta(0):
        return dg.SkipReason(f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC.")
    found = first_of(storage, FOLLOW_LIST)
    if found is None or not found.size:
        return dg.SkipReason(f"There is no {FOLLOW_LIST} yet, so there is nothing to go on with.")
    hours = waited // dt.timedelta(hours=1)
    request = dg.RunRequest(run_key=f"resume {until.isoformat()} {hours}", tags=all_weeks())
    return dg.SensorResult(run_requests=[request])
