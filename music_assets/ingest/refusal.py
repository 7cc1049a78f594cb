"""Long refusals: when Spotify will take calls again, kept in storage for whoever comes next."""

import datetime as dt
import json

from music_assets.ingest.landing import IngestError
from music_assets.resources.storage import StorageResource

PATH = "landing/not_before.json"


def note_refusal(storage: StorageResource, seconds: float) -> dt.datetime:
    """Keep the time before which no call is to be made; returns it."""
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    storage.write(PATH, json.dumps({"not_before": until.isoformat(timespec="seconds")}).encode())
    return until


def not_before(storage: StorageResource) -> dt.datetime | None:
    """The time that the newest long refusal named; None where nothing was refused."""
    if storage.find(PATH) is None:
        return None
    _, content = storage.read(PATH)
    return dt.datetime.fromisoformat(json.loads(content)["not_before"])


def await_permission(storage: StorageResource) -> None:
    """Go on only if Spotify takes calls; a refusal whose time has passed is forgotten.

    Raises:
        IngestError: it does not yet.
    """
    until = not_before(storage)
    if until is None:
        return
    if dt.datetime.now(dt.UTC) < until:
        raise IngestError(
            f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC, so none was made; what has "
            "landed is kept, and resume_sensor goes on from there by itself."
        )
    storage.delete(PATH)
