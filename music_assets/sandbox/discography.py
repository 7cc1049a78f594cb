"""The albums of a world as the sandbox's MusicBrainz knows them, in MusicBrainz's own objects.

Everything about a release is a function of the album and of its position. No MBID of it is
MusicBrainz's.
"""

import sys
from collections.abc import Iterator
from functools import cached_property

from music_assets.sandbox.encyclopedia import mbid
from music_assets.sandbox.fiction import Json
from music_assets.sandbox.naming import digest_of
from music_assets.sandbox.world import World

SPOTIFY_ALBUM = "https://open.spotify.com/album/"
#: Positions of the awkward cases; see `Discography`.
REISSUED, MERGED, ANOTHER_LABEL, BARE = 1, 2, 3, 8
BY_BARCODE = range(4, sys.maxsize, 10)
SHARED = range(6, sys.maxsize, 20)
UNKNOWN = range(9, sys.maxsize, 10)
TWO_EDITIONS, TWO_ALBUMS = 24, 34
NO_LABEL = "[no label]"


class Discography:
    """MusicBrainz's knowledge of a world's albums: releases with the world's barcodes and labels.

    Awkward cases are at fixed positions, from 0:

    - album 1: first released 30 years earlier
    - album 2: merged, so that its address leads to an MBID that leads to another
    - album 3: on two labels, of which the world names none
    - albums 4, 14, 24 …: no address; their barcodes are known, also with another 0 before them.
      That of album 24 is on two editions, and that of album 34 on two albums
    - albums 6, 26, 46 …: the address belongs to two releases, and one of them has the title
    - album 8: on no label, and at no known time
    - albums 9, 19, 29 …: unknown
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def releases_at(self, resource: str) -> list[Json]:
        """The releases that an address belongs to."""
        position = self._positions.get(resource.removeprefix(SPOTIFY_ALBUM))
        if not resource.startswith(SPOTIFY_ALBUM) or position is None or position in BY_BARCODE:
            return []
        return self._releases_of(position)

    def release(self, asked: str) -> Json | str | None:
        """A release; the MBID that it was merged into; None for an unknown one."""
        return self._by_mbid.get(asked)

    def with_barcode(self, barcode: str) -> list[Json]:
        """The releases that a search finds, to which a 0 more or less makes no difference."""
        bare = barcode.lstrip("0")
        every = (each for each in self._by_mbid.values() if isinstance(each, dict))
        return [each for each in every if each["barcode"] and each["barcode"].lstrip("0") == bare]

    @cached_property
    def _albums(self) -> list[str]:
        return list(self._world.albums)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {album: position for position, album in enumerate(self._albums)}

    @cached_property
    def _by_mbid(self) -> dict[str, Json | str]:
        return dict(self._every())

    def _every(self) -> Iterator[tuple[str, Json | str]]:
        for position, album in enumerate(self._albums):
            yield from ((each["id"], each) for each in self._releases_of(position))
            if position == MERGED:
                yield mbid("merged release", album), mbid("release", album)
                yield mbid("release", album), self._release(position)

    def _releases_of(self, position: int) -> list[Json]:
        if position in UNKNOWN:
            return []
        own, album = self._release(position), self._albums[position]
        if position == MERGED:
            return [own | {"id": mbid("merged release", album)}]
        if position in SHARED:
            title = f"{own['title']} (Karaoke Version)"
            return [own | {"id": mbid("release", album, "karaoke"), "title": title}, own]
        if position not in BY_BARCODE:
            return [own]
        other = own | {"id": mbid("release", album, "other"), "barcode": f"0{own['barcode']}"}
        if position in (TWO_EDITIONS, TWO_ALBUMS):
            other |= {"barcode": own["barcode"]}
        if position == TWO_ALBUMS:
            other |= {"release-group": own["release-group"] | {"id": mbid("other group", album)}}
        return [other, own]

    def _release(self, position: int) -> Json:
        album = self._world.albums[self._albums[position]]
        digest = digest_of(0, f"musicbrainz {album['id']}", position)
        date = "" if position == BARE else str(album.get("release_date") or "")
        labels = [album["label"]] if album.get("label") else []
        if position == ANOTHER_LABEL:
            labels = [f"{label} Reissues" for label in labels] + labels
        if position == BARE:
            labels = [NO_LABEL]
        return {
            "id": mbid("release", album["id"]),
            "title": album["name"],
            "status": "Official",
            "date": date,
            "barcode": (album.get("external_ids") or {}).get("upc"),
            "label-info": [
                {"catalog-number": None, "label": {"id": mbid("label", name), "name": name}}
                for name in labels
            ],
            "release-group": {
                "id": mbid("album", album["id"]),
                "title": album["name"],
                "first-release-date": _earlier(date, 30 if position == REISSUED else digest[0] % 2),
            },
        }


def _earlier(date: str, years: int) -> str:
    """The date, so many years before."""
    return f"{int(date[:4]) - years}{date[4:]}" if date else ""
