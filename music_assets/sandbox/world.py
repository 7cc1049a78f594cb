"""The world that the sandbox serves: artists, their albums, their tracks.

Only data, in Spotify's own objects. `answers` turns it into pages, and `fiction` invents it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from music_assets.sandbox.fiction import Fiction, Items, Json


@dataclass(frozen=True)
class World:
    """A follow list and everything below it, in Spotify's objects of the full (extended) shape.

    `followed` are the artists in the order of the follow list; `artist_albums` maps an artist's id
    to that artist's albums in order, each with its `album_group`; `albums` maps an album's id to
    the album and `album_tracks` to its tracks in order. The mappings may be lazy: the server reads
    single keys only. `awkward` is True if names, and MusicBrainz's genres, are made to break code.
    """

    followed: Sequence[Json]
    artist_albums: Mapping[str, Sequence[Json]]
    albums: Mapping[str, Json]
    album_tracks: Mapping[str, Sequence[Json]]
    awkward: bool = True
    _in_groups: dict[tuple[str, frozenset[str]], list[int]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    @classmethod
    def fictional(
        cls,
        artists: int = 40,
        albums: int = 500,
        tracks: int = 5000,
        seed: int = 1,
        *,
        awkward: bool = True,
        current: bool = False,
    ) -> "World":
        """An invented world with exactly these numbers of artists, albums and tracks.

        The same arguments give the same content everywhere. Albums and tracks take no memory until
        they are read. If the size permits, awkward cases are at fixed positions, from 0:

        - artist, album and track 5: the id of number 4 but for the case of its letters
        - artists 1 and 2 share artist 0's first album; 3, 8, 13 … share their predecessor's first
          album, 6, 16, 26 … only appear on it (`album_group` "appears_on")
        - artists 9, 19, 29 … have no album; artists 5, 12, 19 … have `genres: []`
        - artist 7 comes without `followers`, artist 8 without `genres`
        - albums 1, 2, 3: released "1987", "2001-07", "2024-02-29"; one in ten of the rest is not
          known to the day
        - albums 7, 16, 25 …: on two discs, on each of which `track_number` begins with 1
        - album 7: 120 tracks

        These are for tests alone. Without `awkward` every name is one of `phrases`, the first track
        of a single is named as the single, and ids and all else stay the same:

        - artists, albums and tracks 1-11: `naming.AWKWARD_NAMES` (CJK, emoji, combining marks,
          right-to-left, quotes, `;`, `%`, backslash, NULL, a formula, 200 characters)
        - album 12: its name is ""
        - artists 2 and 3 have one genre each, and these differ only in case
        - some genres at MusicBrainz are odd; see `Encyclopedia`

        With `current` one album in four came out on a Friday of 2026 or early 2027, so that weeks
        have something new; otherwise none is newer than 2025.

        Raises ValueError for a negative count, albums without artists and tracks without albums.
        """
        made = Fiction(artists, albums, tracks, seed, awkward=awkward, current=current)
        return cls(made.followed, made.artist_albums, made.albums, made.album_tracks, awkward)

    @classmethod
    def recorded(
        cls,
        followed: Sequence[Json],
        artist_albums: Mapping[str, Sequence[Json]],
        album_tracks: Mapping[str, Sequence[Json]],
    ) -> "World":
        """A world of given objects; an artist or album without an entry has no items."""
        albums = {album["id"]: album for items in artist_albums.values() for album in items}
        return cls(
            followed,
            {artist["id"]: [] for artist in followed} | dict(artist_albums),
            albums,
            {album_id: [] for album_id in albums} | dict(album_tracks),
        )

    def albums_of(self, artist_id: str, groups: frozenset[str]) -> Sequence[Json]:
        """An artist's albums whose `album_group` is one of `groups`. Raises KeyError if unknown."""
        albums = self.artist_albums[artist_id]
        key = (artist_id, groups)
        if key not in self._in_groups:
            self._in_groups[key] = [
                position
                for position, album in enumerate(albums)
                if album.get("album_group", album["album_type"]) in groups
            ]
        positions = self._in_groups[key]
        return Items(len(positions), lambda position: albums[positions[position]])

    @cached_property
    def follow_order(self) -> dict[str, int]:
        """Each followed artist's position in the follow list, by id."""
        return {artist["id"]: position for position, artist in enumerate(self.followed)}

    def with_album(self, artist_id: str, album: Json, tracks: Sequence[Json]) -> "World":
        """A copy in which an artist has one more album, in front. Raises KeyError if unknown.

        A fictional world of another seed is a source of albums. Every key is copied, so this is for
        the small worlds of tests.
        """
        return replace(
            self,
            artist_albums=dict(self.artist_albums)
            | {artist_id: [album, *self.artist_albums[artist_id]]},
            albums=dict(self.albums) | {album["id"]: album},
            album_tracks=dict(self.album_tracks) | {album["id"]: tracks},
        )

    def without_album(self, album_id: str) -> "World":
        """A copy in which no artist has the album any more. Raises KeyError if unknown."""
        albums, tracks = dict(self.albums), dict(self.album_tracks)
        del albums[album_id], tracks[album_id]
        return replace(
            self,
            artist_albums={
                artist_id: [album for album in items if album["id"] != album_id]
                for artist_id, items in self.artist_albums.items()
            },
            albums=albums,
            album_tracks=tracks,
        )
