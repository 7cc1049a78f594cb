"""The manifest that closes a landing of plays, and the note that its plays are in the tables."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from music_assets.landing.ingests import SUCCESS
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import LOADED_PLAYS, landed_plays


@dataclass(frozen=True)
class PlaysManifest:
    """The contents of a landing's `_SUCCESS`: records = plays + not_music + quarantined.

    Attributes:
        name: of the file, in the inbox.
        etag: the version of the file.
        kind: the sources of the plays, joined by `+`.
        files_left: files of an archive that are no listening history.
    """

    name: str
    etag: str
    kind: str
    records: int
    plays: int
    not_music: int = 0
    quarantined: int = 0
    files_left: int = 0


def mark_plays_loaded(storage: StorageResource, closed: Iterable[Blob]) -> None:
    """Note that the plays of all landings are in the tables; `closed` has their `_SUCCESS`."""
    after = {blob.path: blob.etag for blob in closed}
    if after != _loaded(storage):
        storage.write(LOADED_PLAYS, json.dumps(after).encode())


def plays_are_loaded(storage: StorageResource, key: str) -> bool:
    """True if the plays of a landing, as it is now, are in the tables."""
    closed = storage.find(f"{landed_plays(key)}{SUCCESS}")
    return closed is not None and _loaded(storage).get(closed.path) == closed.etag


def _loaded(storage: StorageResource) -> dict[str, str]:
    """The versions of the landings that were loaded; none where the note is damaged."""
    if storage.find(LOADED_PLAYS) is None:
        return {}
    try:
        return dict(json.loads(storage.read(LOADED_PLAYS)[1]))
    except (ValueError, TypeError):
        return {}
