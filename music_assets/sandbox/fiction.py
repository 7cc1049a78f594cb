"""An invented world in Spotify's shapes, made on demand.

Only the artists and two arrays of offsets are stored. Albums and tracks are made when they are
read, each a function of the seed, its kind and its position.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar, overload

from music_assets.sandbox.members import (
    COVERS,
    LONGEST_SINGLE,
    PORTRAITS,
    album_type,
    images,
    label_of,
    reference,
    release_date,
    upc_of,
)
from music_assets.sandbox.naming import AWKWARD_NAMES, Ids, digest_of, genres_of, name_of
from music_assets.sandbox.phrases import Kind, believable

#: One object of Spotify's Web API, parsed.
Json = dict[str, Any]
T = TypeVar("T")

#: Position of the album that Spotify shows without a name, as after a takedown.
NAMELESS_ALBUM = len(AWKWARD_NAMES) + 1
#: Positions of followed artists without an album of their own.
ALBUMLESS = range(9, sys.maxsize, 10)
#: Artists who share artist 0's first album, or their predecessor's, or merely appear on that.
SHARING_THE_FIRST = range(1, 3)
SHARING = range(3, sys.maxsize, 5)
APPEARING = range(6, sys.maxsize, 10)
#: Position and size of the longest album.
LONG_ALBUM, LONG_TRACKS = 7, 120
#: Positions of albums on two discs, the longest among them.
TWO_DISCS = range(7, sys.maxsize, 9)
NO_FOLLOWERS, NO_GENRES_FIELD = 7, 8
RELEASE_DATES = {1: "1987", 2: "2001-07", 3: "2024-02-29"}
MARKETS = ("AT", "BR", "CA", "DE", "ES", "GB", "JP", "NL", "SE", "US")


class Items(Sequence[Json]):
    """A sequence of `length` objects, each made by `make(position)` when it is read."""

    def __init__(self, length: int, make: Callable[[int], Json]) -> None:
        self._positions = range(length)
        self._make = make

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Json: ...
    @overload
    def __getitem__(self, index: slice) -> list[Json]: ...
    def __getitem__(self, index: int | slice) -> Json | list[Json]:
        if isinstance(index, slice):
            return [self._make(position) for position in self._positions[index]]
        return self._make(self._positions[index])


class Made(Mapping[str, T], Generic[T]):
    """A mapping from the first `length` ids to what `make(position)` returns."""

    def __init__(self, ids: Ids, length: int, make: Callable[[int], T]) -> None:
        self._ids, self._length, self._make = ids, length, make

    def __getitem__(self, spotify_id: str) -> T:
        position = self._ids.position(spotify_id)
        if position >= self._length:
            raise KeyError(spotify_id)
        return self._make(position)

    def __iter__(self) -> Iterator[str]:
        return map(self._ids.at, range(self._length))

    def __len__(self) -> int:
        return self._length


class Fiction:
    """`artists` followed artists with `albums` albums and `tracks` tracks between them.

    `awkward` decides names and genres, `current` dates; see `World.fictional`.

    Raises ValueError for a negative count, albums without artists and tracks without albums.
    """

    def __init__(
        self, artists: int, albums: int, tracks: int, seed: int, *, awkward: bool, current: bool
    ) -> None:
        if min(artists, albums, tracks) < 0:
            raise ValueError("artists, albums and tracks cannot be negative")
        if (albums and not artists) or (tracks and not albums):
            raise ValueError("albums need an artist and tracks need an album")
        self._seed, self._awkward, self._current = seed, awkward, current
        self._artist_ids = Ids(seed, "artist")
        self._album_ids = Ids(seed, "album")
        self._track_ids = Ids(seed, "track")
        self._guest_ids = Ids(seed, "guest")
        self._first_album = self._share_albums(artists, albums)
        self._first_track = self._share_tracks(albums, tracks)
        self.followed = [self._artist(position) for position in range(artists)]
        self._credits = [reference("artist", a["id"], a["name"]) for a in self.followed]
        self._others: dict[int, list[int]] = {}
        self._extra: dict[int, list[tuple[int, str | None]]] = {}
        self._share_first_albums()
        self.artist_albums = Made(self._artist_ids, artists, self._albums_of)
        self.albums = Made(self._album_ids, albums, self._album)
        self.album_tracks = Made(self._album_ids, albums, self._tracks_of)

    def _share_albums(self, artists: int, albums: int) -> "array[int]":
        """Give each artist a share of the albums: some none, others up to ninefold."""
        weights = [
            0 if i in ALBUMLESS else 1 + digest_of(self._seed, "artist", i)[31] % 9
            for i in range(artists)
        ]
        return _offsets(albums, weights, least=0)

    def _share_tracks(self, albums: int, tracks: int) -> "array[int]":
        """Give each album a share of the tracks: a quarter of them few, but one where possible."""
        sizes = (digest_of(self._seed, "album", i)[31] for i in range(albums))
        weights = [1 if size % 4 == 0 else 6 + size % 12 for size in sizes]
        extra = LONG_TRACKS - 1 if LONG_ALBUM < albums <= tracks - LONG_TRACKS + 1 else 0
        if extra:
            weights[LONG_ALBUM] = 0
        offsets = _offsets(tracks - extra, weights, least=int(tracks >= albums))
        for album in range(LONG_ALBUM + 1, albums + 1):
            offsets[album] += extra
        return offsets

    def _share_first_albums(self) -> None:
        for artist in range(1, len(self.followed)):
            owner = 0 if artist in SHARING_THE_FIRST else artist - 1
            album = self._first_album[owner]
            if album == self._first_album[owner + 1]:
                continue
            if artist in SHARING_THE_FIRST or artist in SHARING:
                self._others.setdefault(album, []).append(artist)
                self._extra.setdefault(artist, []).append((album, None))
            elif artist in APPEARING:
                self._extra.setdefault(artist, []).append((album, "appears_on"))

    def _artist(self, position: int) -> Json:
        digest = digest_of(self._seed, "artist", position)
        name = self._name("artist", position, digest)
        followers = int.from_bytes(digest[8:11]) >> digest[11] % 20
        artist = {
            **reference("artist", self._artist_ids.at(position), name),
            "followers": {"href": None, "total": followers},
            "genres": genres_of(position, digest, awkward=self._awkward),
            "images": images(digest, PORTRAITS),
            "popularity": digest[12] % 101,
        }
        for absent, field in ((NO_FOLLOWERS, "followers"), (NO_GENRES_FIELD, "genres")):
            if position == absent:
                del artist[field]
        return artist

    def _albums_of(self, artist: int) -> Items:
        first, end = self._first_album[artist], self._first_album[artist + 1]
        extra = self._extra.get(artist, [])

        def album(position: int) -> Json:
            if position < end - first:
                return self._album(first + position)
            shared, group = extra[position - (end - first)]
            made = self._album(shared)
            return {**made, "album_group": group or made["album_group"]}

        return Items(end - first + len(extra), album)

    def _album(self, position: int) -> Json:
        digest = digest_of(self._seed, "album", position)
        size = self._first_track[position + 1] - self._first_track[position]
        name = self._name("album", position, digest)
        kind = album_type(size, digest)
        date = RELEASE_DATES.get(position) or release_date(digest, current=self._current)
        label = label_of(self._seed, digest)
        return {
            **reference("album", self._album_ids.at(position), name),
            "album_group": kind,
            "album_type": kind,
            "artists": self._artists_of(position),
            "available_markets": list(MARKETS),
            "copyrights": [{"text": f"{date[:4]} {label}", "type": right} for right in "CP"],
            "external_ids": {"upc": upc_of(digest)},
            "images": images(digest, COVERS),
            "label": label,
            "popularity": digest[20] % 101,
            "release_date": date,
            "release_date_precision": {4: "year", 7: "month", 10: "day"}[len(date)],
            "total_tracks": size,
        }

    def _artists_of(self, album: int) -> list[Json]:
        owner = bisect_right(self._first_album, album) - 1
        return [self._credits[artist] for artist in (owner, *self._others.get(album, ()))]

    def _tracks_of(self, album: int) -> Items:
        first, end = self._first_track[album], self._first_track[album + 1]
        artists, size = self._artists_of(album), end - first
        of_a_disc = -(-size // 2) if album in TWO_DISCS else size
        named_alike = size <= LONGEST_SINGLE and not self._awkward
        title = self._album(album)["name"] if named_alike else None

        def track(place: int) -> Json:
            disc, number = divmod(place, of_a_disc)
            numbers = {"disc_number": disc + 1, "track_number": number + 1}
            made = self._track(first + place, artists) | numbers
            return made | {"name": title} if title and not place else made

        return Items(size, track)

    def _track(self, position: int, artists: list[Json]) -> Json:
        digest = digest_of(self._seed, "track", position)
        name = self._name("track", position, digest)
        return {
            **reference("track", self._track_ids.at(position), name),
            "artists": artists + self._featured(digest),
            "available_markets": list(MARKETS),
            "duration_ms": 30_000 + int.from_bytes(digest[8:11]) % 570_000,
            "explicit": digest[11] % 10 == 0,
            "is_local": False,
            "preview_url": None,
        }

    def _featured(self, digest: bytes) -> list[Json]:
        """The featured artist of every eighth track: one of 64 whom nobody follows."""
        if digest[12] % 8:
            return []
        guest = digest[13] % 64
        name = self._name("artist", -1, digest_of(self._seed, "guest", guest))
        return [reference("artist", self._guest_ids.at(guest), name)]

    def _name(self, kind: Kind, position: int, digest: bytes) -> str:
        if not self._awkward:
            return believable(kind, digest)
        if kind == "album" and position == NAMELESS_ALBUM:
            return ""
        return name_of(position, digest)


def _offsets(total: int, weights: Sequence[int], least: int) -> "array[int]":
    """Cut `total` by weight into parts of at least `least`: part i begins at the offset i."""
    spare, whole = total - least * len(weights), max(1, sum(weights))
    sums = accumulate(weights, initial=0)
    return array("q", (least * i - (-spare * part // whole) for i, part in enumerate(sums)))
