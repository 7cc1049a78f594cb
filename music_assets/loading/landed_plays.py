"""The plays that have landed, file by file: their months, their songs, and names that mean a song.

A file's landing stays when the file leaves the inbox. So the table of plays is made of all landings
there are, in whatever order they came.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.engines.polars import scan_ndjson
from music_assets.landing.song_names import name_id
from music_assets.schema import tables
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import LANDED_PLAYS
from music_assets.transforms.listened_songs import SONGS
from music_assets.transforms.local_time import DAY, FIRST_DAY, number_of

SUCCESS, SONG_FILE, OFFLINE_FILE = "_SUCCESS", "songs.ndjson", "offline.ndjson"
#: Nobody has heard anything before.
FIRST_SECOND = number_of(FIRST_DAY) * DAY
OFFLINE = pl.Struct({name: pl.String() for name in ("key", "at", "offline", "ms_played")})


@dataclass(frozen=True)
class LandedPlays:
    """All landings of plays that were finished.

    Attributes:
        storage: holds them.
        months: the files of each month in UTC, such as `2026-11`; `unknown` has the records whose
            moment cannot be read.
        songs: the files that name the songs of each landing.
        offline: the files that list plays made offline, which may be told twice.
        manifests: the landings' own counts.
    """

    storage: StorageResource
    months: dict[str, list[Blob]] = field(default_factory=dict)
    songs: list[Blob] = field(default_factory=list)
    offline: list[Blob] = field(default_factory=list)
    manifests: list[Blob] = field(default_factory=list)

    @cached_property
    def counts(self) -> Counter[str]:
        """The counts of all landings together: records, plays, and what was left out of them."""
        total = Counter[str]()
        for blob in self.manifests:
            told = json.loads(self.storage.read(blob.path)[1])
            total.update({name: each for name, each in told.items() if isinstance(each, int)})
        return total

    def files_of(self, months: Sequence[str]) -> list[Blob]:
        """The files of some months, in order."""
        return [blob for month in months for blob in self.months.get(month, ())]

    @cached_property
    def repeated(self) -> pl.DataFrame:
        """The plays made offline that are told again: `Key`, `At` and `Offline`; the first counts.

        Records of one song, one offline moment and one length are one play.
        """
        told = self._read(self.offline, pl.Schema({"offline": pl.List(OFFLINE)}))
        records = told.explode("offline").drop_nulls().unnest("offline")
        same = ["key", "offline", "ms_played"]
        numbers = records.with_columns(pl.col("at", "offline").cast(pl.Int64, strict=False))
        # A clock that had lost the time must not be the first: the transform takes no such moment.
        now = int(dt.datetime.now(dt.UTC).timestamp())
        moments = numbers.filter(pl.col("at").is_between(FIRST_SECOND, now))
        later = moments.filter(pl.col("at") > pl.col("at").min().over(same))
        again = later.select(Key="key", At="at", Offline="offline").unique()
        return again.sort("Key", "At", "Offline")

    def names(self, database: DatabaseResource) -> pl.DataFrame:
        """Names that some file gives without an id, and the song of each: `NameID` and `Named`.

        It is one that another file names so, otherwise a track of the catalogue: of several the one
        whose id sorts first, so that it does not change from load to load.
        """
        told = self._read(self.songs, pl.Schema(dict(SONGS.page.to_polars())))
        songs = told.select("songs").explode("songs").drop_nulls().unnest("songs")
        wanted = songs.filter(pl.col("song_id").is_null())["name_id"].drop_nulls().unique()
        with_id = songs.filter(pl.col("name_id").is_in(wanted.implode())).drop_nulls("song_id")
        found = with_id.group_by(NameID="name_id").agg(Named=pl.col("song_id").min())
        missing = set(wanted) - set(found["NameID"])
        named = _tracks_called(missing, database) if missing else {}
        tracks = pl.DataFrame({"NameID": list(named), "Named": list(named.values())}, found.schema)
        return pl.concat([found, tracks]).sort("NameID")

    def _read(self, blobs: Sequence[Blob], schema: pl.Schema) -> pl.DataFrame:
        if not blobs:
            return pl.DataFrame(schema=schema)
        with self.storage.local_files([blob.path for blob in blobs]) as files:
            return scan_ndjson(files, schema).collect()


def landed_plays(storage: StorageResource) -> LandedPlays:
    """The landings of plays as they are now, by one listing."""
    found = LandedPlays(storage)
    blobs = list(storage.list(LANDED_PLAYS))
    closed = {folder for blob in blobs for folder, name in [_placed(blob)] if name == SUCCESS}
    for blob in blobs:
        folder, name = _placed(blob)
        if folder not in closed:
            continue
        if name == SUCCESS:
            found.manifests.append(blob)
        elif name == SONG_FILE:
            found.songs.append(blob)
        elif name == OFFLINE_FILE:
            found.offline.append(blob)
        elif name.endswith(".ndjson"):
            found.months.setdefault(_month_of(name), []).append(blob)
    return found


def _placed(blob: Blob) -> tuple[str, str]:
    folder, _, name = blob.path.rpartition("/")
    return folder, name


def _month_of(name: str) -> str:
    """The month of a file such as `2026-11-001.ndjson`."""
    return name.removesuffix(".ndjson").rpartition("-")[0]


def _tracks_called(names: set[str], database: DatabaseResource) -> dict[str, str]:
    """The tracks of the catalogue that bear some names, by name; the first id of several."""
    tracks, artists, both = tables.tracks.c, tables.artists.c, tables.artist_albums.c
    query: sa.Select[Any] = (
        sa.select(artists.Name.label("ArtistName"), tracks.Title, tracks.SongID)
        .where(both.AlbumID == tracks.AlbumID, artists.ArtistID == both.ArtistID)
        .order_by(tracks.SongID.desc())
    )
    called = database.read(query).drop_nulls().iter_rows()
    named = ((name_id(artist, title), song) for artist, title, song in called)
    return {name: song for name, song in named if name in names}
