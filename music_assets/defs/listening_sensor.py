"""The sensor of `listening/`: one run when a listening history has arrived or changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import dagster as dg

from music_assets.defs.jobs import listening_job
from music_assets.defs.sensors import watching
from music_assets.landing.inboxes import files_incomplete
from music_assets.landing.listening_inbox import listening_files
from music_assets.loading.play_landings import LISTENING, listening_is_loaded
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import made_before
from music_assets.storage.paths import LISTENING_FILES


def unseen(blobs: Sequence[Blob], seen: Mapping[str, str]) -> list[Blob]:
    """The files that are new or have changed since a run was asked for."""
    return [blob for blob in blobs if seen.get(blob.path) != blob.etag]


@watching(listening_job.name)
def listening_sensor(
    context: dg.SensorEvaluationContext, storage: dg.ResourceParam[StorageResource]
) -> dg.SensorResult | dg.SkipReason:
    """Launch one run for all listening histories that have arrived or changed.

    The cursor has the versions of the files that are there, so it is as long as the inbox.
    """
    files = listening_files(storage)
    waiting = files_incomplete(files)
    complete = [blob for blob in files if blob.path not in waiting]
    noted = made_before(storage, LISTENING)
    new = unseen(complete, json.loads(context.cursor or "{}"))
    # What a run has loaded needs no other, whoever launched it.
    new = [blob for blob in new if not listening_is_loaded(storage, blob, noted)]
    refused = [
        noted[blob.path].told["problem"]
        for blob in complete
        if blob not in new and blob.path in noted and "problem" in noted[blob.path].told
    ]
    told = [*refused, *waiting.values()]
    if not new:
        none = f"No file in {LISTENING_FILES} is new or has changed."
        return dg.SkipReason(" ".join([none, *told]))
    for sentence in told:
        context.log.warning(sentence)
    versions = " ".join(f"{blob.path}:{blob.etag}" for blob in new)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=hashlib.sha256(versions.encode()).hexdigest())],
        cursor=json.dumps({blob.path: blob.etag for blob in complete}),
    )
