"""Landings of plays: one folder for each thing that plays came from, `landing/plays/<key>/`.

A line of a `<YYYY-MM>-<nnn>.ndjson` is a page, `{"requested": "2024-03", "plays": […]}`: plays of
one month, in UTC; `unknown` where the moment cannot be read. A line of `songs.ndjson` is
`{"songs": […]}`: each song of the landing once, so that the songs can be known without reading all
plays. A line of `offline.ndjson` is `{"offline": […]}`: the plays made without a connection, which
may be told twice. `_SUCCESS`, a `PlaysManifest`, closes the landing.

Nothing else of a history gets here: a play has the fields of `Play`, and no others.
"""

import datetime as dt
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import msgspec

from music_assets.landing.ingests import SUCCESS
from music_assets.landing.play_manifests import PlaysManifest
from music_assets.landing.song_names import name_id
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import landed_plays
from music_assets.storage.storage_errors import StorageError

PLAYS_PER_PAGE = 1_000
#: Plays that are held before they are written: a month of a usual history is one file.
MOST_HELD = 100_000
#: The `requested` of plays whose moment cannot be read.
UNKNOWN_MONTH = "unknown"
SONGS, OFFLINE = "songs", "offline"
SECONDS_PER_DAY = 86_400


class Song(msgspec.Struct):
    """A song of a landing.

    Attributes:
        song_id: Spotify's.
        name_id: made of artist and title; None without a title.
        last: the newest moment of its plays, in seconds since 1970.
    """

    song_id: str | None
    name_id: str | None
    title: str | None
    artist: str | None
    album: str | None
    last: int | None = None


class Play(msgspec.Struct, gc=False, omit_defaults=True):
    """One play, as it lands.

    Attributes:
        source: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or `simulated`.
        at: seconds since 1970; text where the source gives no moment that can be read. The end of
            the play for `spotify` and `account`, otherwise the moment that the source gives.
        ms_played: milliseconds; None where the source does not say.
        length_ms: of the track, where only that is known.
        skipped: as the source gives it.
        offline: the moment at which a play without a connection began, in seconds since 1970.
    """

    source: str
    at: int | str | None
    ms_played: int | None = None
    length_ms: int | None = None
    song_id: str | None = None
    name_id: str | None = None
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    skipped: bool | None = None
    offline: int | None = None


class Offline(msgspec.Struct, gc=False):
    """A play that was made without a connection; `key` is its song's `song_id`, or `name_id`."""

    key: str
    at: int | str | None
    offline: int
    ms_played: int | None


class Plays:
    """Counts plays, and knows their songs.

    Attributes:
        count: of the plays.
        songs: by id, title, artist and album.
        known: songs by what a record says of them, for the readers of records.
    """

    def __init__(self) -> None:
        self.count = 0
        self.songs: dict[tuple[str | None, ...], Song] = {}
        self.known: dict[tuple[str | None, ...], Song] = {}

    def song(
        self, song_id: str | None, title: str | None, artist: str | None, album: str | None
    ) -> Song:
        """The song of this id and these names; an empty name is none."""
        title, artist, album = title or None, artist or None, album or None
        key = song_id, title, artist, album
        song = self.songs.get(key)
        if song is None:
            named = name_id(artist or "", title) if title else None
            song = self.songs[key] = Song(song_id, named, title, artist, album)
        return song

    def add(
        self,
        song: Song,
        source: str,
        at: int | str | None,
        ms_played: int | None,
        length_ms: int | None = None,
        skipped: bool | None = None,
        offline: int | None = None,
    ) -> None:
        """Take a play; see `Play`."""
        del song, source, at, ms_played, length_ms, skipped, offline
        self.count += 1


class PlaysWriter(Plays):
    """Writes the landing of a key in a `with` block, and `finish` closes it.

    A landing that is there already is written anew, file by file: until its `_SUCCESS` is written
    again, the old one stands. A block that ends with an error leaves nothing of a new landing.
    """

    def __init__(self, storage: StorageResource, key: str) -> None:
        super().__init__()
        self.folder = landed_plays(key)
        self._storage = storage
        self._months: dict[str, list[Play]] = {}
        self._held = 0
        self._offline: list[Offline] = []
        self._written: dict[str, int] = {}
        self._files: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A storage that cannot be written must not hide the first error.
        with suppress(StorageError):
            if isinstance(error, Exception) and not self._storage.find(f"{self.folder}{SUCCESS}"):
                self._storage.clear(self.folder)

    def add(
        self,
        song: Song,
        source: str,
        at: int | str | None,
        ms_played: int | None,
        length_ms: int | None = None,
        skipped: bool | None = None,
        offline: int | None = None,
    ) -> None:
        """Take a play; see `Play`. It is written with others of its month."""
        month = UNKNOWN_MONTH
        if isinstance(at, int):
            month = month_of(at // SECONDS_PER_DAY)
            if song.last is None or at > song.last:
                song.last = at
        held = self._months.get(month)
        if held is None:
            held = self._months[month] = []
        held.append(
            Play(source, at, ms_played, length_ms, song.song_id, song.name_id, song.title,
                 song.artist, song.album, skipped, offline)
        )  # fmt: skip
        if offline is not None and (key := song.song_id or song.name_id):
            self._offline.append(Offline(key, at, offline, ms_played))
        self.count += 1
        self._held += 1
        if self._held >= MOST_HELD:
            self._write_months()

    def finish(self, manifest: PlaysManifest) -> None:
        """Write what is held, the songs and `_SUCCESS`; remove what an earlier landing left."""
        self._write_months()
        known = (each for each in self.songs.values() if each.song_id or each.name_id)
        self._write(f"{SONGS}.ndjson", SONGS, list(known), {})
        self._write(f"{OFFLINE}.ndjson", OFFLINE, self._offline, {})
        self._storage.write(f"{self.folder}{SUCCESS}", msgspec.json.encode(asdict(manifest)))
        for blob in list(self._storage.list(self.folder)):
            if blob.path not in self._files and blob.path.endswith(".ndjson"):
                self._storage.delete(blob.path)

    def _write_months(self) -> None:
        for month in sorted(self._months):
            number = self._written[month] = self._written.get(month, 0) + 1
            plays = self._months.pop(month)
            self._write(f"{month}-{number:03}.ndjson", "plays", plays, {"requested": month})
        self._held = 0

    def _write(self, name: str, items: str, every: list[Any], others: dict[str, str]) -> None:
        """Write a file of pages; nothing where there is nothing to write."""
        encode = msgspec.json.Encoder().encode
        pages = [
            encode({**others, items: every[begin : begin + PLAYS_PER_PAGE]})
            for begin in range(0, len(every), PLAYS_PER_PAGE)
        ]
        if pages:
            path = f"{self.folder}{name}"
            self._files.add(path)
            self._storage.write(path, b"\n".join([*pages, b""]))


@lru_cache(maxsize=20_000)
def month_of(day: int) -> str:
    """The month of a day, counted from 1970, such as `2024-03`; `unknown` outside any calendar."""
    try:
        date = dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + day)
    except (ValueError, OverflowError):
        return UNKNOWN_MONTH
    return f"{date.year:04}-{date.month:02}"
