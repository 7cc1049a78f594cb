"""The files of the feeds of new releases, written where they would be others."""

from dataclasses import dataclass

from music_assets.database.resource import DatabaseResource
from music_assets.publishing.atom_feed import atom
from music_assets.publishing.extracts import of_mart
from music_assets.publishing.mart_columns import kept_columns
from music_assets.publishing.new_albums import new_albums
from music_assets.publishing.publish import inputs_of_mart
from music_assets.publishing.release_calendar import calendar
from music_assets.schema.mart_sql import Marts
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.storage.paths import RELEASES_CALENDAR, RELEASES_FEED

STEP, MART, ALL = "release_feeds", "new_releases", "all"
FILES = {RELEASES_FEED: atom, RELEASES_CALENDAR: calendar}


@dataclass(frozen=True)
class Feeds:
    """The number of albums in the feeds, and the files that were written."""

    albums: int
    written: list[str]


def write_feeds(marts: Marts, database: DatabaseResource, storage: StorageResource) -> Feeds:
    """Bring the feeds up to date.

    Nothing is read where neither the tables behind the mart nor the files have changed.

    Args:
        marts: that there are, `new_releases` among them.
        database: holds the mart's rows.
        storage: gets the files.
    """
    mart = marts[MART]
    relation = of_mart(mart, marts, kept_columns(mart, marts, storage))
    versions = inputs_of_mart(mart, marts, relation, database.data_versions())[None]
    before = made_before(storage, STEP).get(ALL)
    if before and before.fingerprint == fingerprint(*versions, *_etags(storage)):
        return Feeds(before.rows, [])
    albums = new_albums(database, relation.rows)
    made = {path: make(albums) for path, make in FILES.items()}
    stale = [path for path, content in made.items() if _stored(path, storage) != content]
    for path in stale:
        storage.write(path, made[path])
    word = fingerprint(*versions, *_etags(storage))
    note_made(storage, STEP, {ALL: Made(word, len(albums))})
    return Feeds(len(albums), stale)


def _etags(storage: StorageResource) -> list[str | None]:
    found = (storage.find(path) for path in FILES)
    return [blob.etag if blob else None for blob in found]


def _stored(path: str, storage: StorageResource) -> bytes | None:
    return storage.read(path)[1] if storage.find(path) else None
