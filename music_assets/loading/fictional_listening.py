"""A fictional history, where the bundled sandbox stands in for Spotify and nobody gave a real one.

It lands like a file of the inbox, and each of its plays says `simulated`. It goes as soon as
anything else lands, so that nobody takes the two for one history.
"""

import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.versioning import Versions
from music_assets.landing.ingests import SUCCESS
from music_assets.landing.listening_inbox import read_history
from music_assets.landing.play_pages import PlaysWriter, Song
from music_assets.schema import tables
from music_assets.schema.data_versions import WHOLE_TABLE
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.weeks import Week

#: The key of its landing, and the name of its notes.
SIMULATED, NOTES = "simulated", "fictional_listening"
#: The tables that its songs are of.
CATALOGUE = (tables.tracks, tables.albums, tables.artist_albums, tables.artists)


class _SimulatedPlays(PlaysWriter):
    """Writes plays with the source `simulated`, whatever file they are read from."""

    def add(self, song: Song, source: str, *args: object, **others: object) -> None:
        """Take a play."""
        del source
        super().add(song, SIMULATED, *args, **others)  # type: ignore[arg-type]


def without_fiction(storage: StorageResource) -> bool:
    """Remove the fictional history; returns False where there was none."""
    folder = paths.landed_plays(SIMULATED)
    if storage.find(f"{folder}{SUCCESS}") is None:
        return False
    # Without its end, the rest is no landing.
    storage.delete(f"{folder}{SUCCESS}")
    storage.clear(folder)
    return True


def others_landed(storage: StorageResource) -> bool:
    """True if any other landing of plays is there."""
    own = paths.landed_plays(SIMULATED)
    return any(not blob.path.startswith(own) for blob in storage.list(paths.LANDED_PLAYS))


def land_fiction(
    storage: StorageResource, database: DatabaseResource, zone: ZoneInfo, weeks: list[Week]
) -> int:
    """Land the history of some weeks, unless it would be as it is; returns the number of its plays.

    Args:
        storage: gets the landing.
        database: has the songs that are heard.
        zone: in whose hours the listener lives.
        weeks: in order.
    """
    catalogue, folder = catalogue_of(database), paths.landed_plays(SIMULATED)
    if not weeks or catalogue.is_empty():
        without_fiction(storage)
        return 0
    versions = database.data_versions()
    inputs: list[object] = [weeks[0].key, weeks[-1].key, zone.key]
    inputs += songs_versions(versions)

    def word() -> str:
        closed = storage.find(f"{folder}{SUCCESS}")
        return fingerprint(*inputs, closed and closed.etag)

    before = made_before(storage, NOTES).get(SIMULATED)
    if before and before.fingerprint == word():
        return before.rows
    # Imports NumPy, which a run that simulates nothing does not need.
    from music_assets.sandbox.listener import simulated_history  # noqa: PLC0415

    content = simulated_history(catalogue, weeks[0], weeks[-1], zone=zone)
    with (
        tempfile.TemporaryDirectory() as scratch,
        _SimulatedPlays(storage, SIMULATED) as plays,
    ):
        file = Path(scratch) / "Streaming_History_Audio_simulated.json"
        file.write_bytes(content)
        history = read_history(file, file.name, plays)
        history.sources = {SIMULATED}
        plays.finish(history.manifest(SIMULATED, ""))
    note_made(storage, NOTES, {SIMULATED: Made(word(), plays.count)})
    return plays.count


def songs_versions(versions: Versions) -> list[str | None]:
    """The versions of the songs' own columns, without those that are filled in later."""
    return [versions.get((table.name, WHOLE_TABLE)) for table in CATALOGUE]


def catalogue_of(database: DatabaseResource) -> pl.DataFrame:
    """The tracks with their albums and artists, as the sandbox takes them, in one order."""
    tracks, albums = tables.tracks.c, tables.albums.c
    artists, both = tables.artists.c, tables.artist_albums.c
    return database.read(
        sa.select(
            tracks.SongID,
            tracks.Title,
            artists.Name.label("ArtistName"),
            albums.AlbumName,
            tracks.DurationInSeconds,
        )
        .where(
            albums.AlbumID == tracks.AlbumID,
            both.AlbumID == tracks.AlbumID,
            artists.ArtistID == both.ArtistID,
        )
        .order_by(tracks.SongID, artists.ArtistID)
    )
