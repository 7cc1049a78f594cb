"""The data versions of landings: by them Dagster tells if an asset is in sync with what landed."""

import hashlib
from collections.abc import Iterable

import dagster as dg

from music_assets.landing.ingests import SUCCESS, parts
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.dated_folders import folders
from music_assets.storage.fingerprints import lines_version


def version_of_blobs(blobs: Iterable[Blob]) -> dg.DataVersion:
    """A word for the versions of blobs, in whatever order they come."""
    every = sorted((blob.path, blob.etag) for blob in blobs)
    return dg.DataVersion(hashlib.blake2b(repr(every).encode(), digest_size=16).hexdigest())


def version_of_ingest(storage: StorageResource, kind: str) -> dg.DataVersion:
    """A word for the lines of the newest finished ingest of a kind that brought any."""
    for folder in reversed(folders(storage, paths.ingests(kind))):
        brought = parts(storage, folder)
        if brought and storage.find(f"{folder}{SUCCESS}"):
            return dg.DataVersion(lines_version(storage, brought))
    return version_of_blobs([])
