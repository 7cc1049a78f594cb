"""The artists of a world as the sandbox's MusicBrainz knows them, in MusicBrainz's own objects.

Everything about an artist is a function of the Spotify id and of the position in the follow list.
No MBID of it is MusicBrainz's.
"""

import sys
import uuid
from functools import cached_property

from music_assets.sandbox.fiction import MARKETS, Json
from music_assets.sandbox.naming import GENRES, digest_of
from music_assets.sandbox.world import World

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://musicbrainz.invalid")
SPOTIFY_ARTIST = "https://open.spotify.com/artist/"
#: Positions of the awkward cases; see `Encyclopedia`.
ODD_GENRES, MERGED, MANY_GENRES, AMBIGUOUS, SPARSE = 1, 2, 3, 7, 8
UNKNOWN = range(4, sys.maxsize, 10)
KNOWN_BY_NAME = range(14, sys.maxsize, 20)
SHARED = range(6, sys.maxsize, 20)
GENRES_OF_MANY = 400
TYPES = ("Person", "Group", "Orchestra", "Choir", None)


def mbid(*names: object) -> str:
    """The MBID of something that is named so."""
    return str(uuid.uuid5(NAMESPACE, " ".join(map(str, names))))


class Encyclopedia:
    """MusicBrainz's knowledge of a world's followed artists.

    Awkward cases are at fixed positions, from 0; those of artists 1 and 3 only in an awkward world:

    - artist 1: genres of which one has no name, one no vote and one less than none
    - artist 2: merged, so that its address leads to an MBID that leads to another
    - artist 3: 400 genres
    - artists 4, 14, 24 …: no address; 14, 34, 54 … are known by name, with their albums
    - artists 6, 26, 46 …: the address belongs to two artists, and one of them has the name
    - artist 7: the address belongs to two artists of other names
    - artist 8: without type, country, begin and genres
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def artists_at(self, resource: str) -> list[Json]:
        """The artists that an address belongs to; none of one that nobody has entered."""
        spotify_id = resource.removeprefix(SPOTIFY_ARTIST)
        position = self.world.follow_order.get(spotify_id)
        if not resource.startswith(SPOTIFY_ARTIST) or position is None or position in UNKNOWN:
            return []
        return self._artists_of(position)

    def artist(self, asked: str) -> Json | str | None:
        """An artist; the MBID that it was merged into; None for an unknown one."""
        return self._by_mbid.get(asked)

    def named(self, name: str) -> list[Json]:
        """The artists that a search for a name finds, among them a character of a book."""
        found = [each for each in self._by_mbid.values() if isinstance(each, dict)]
        named = [each for each in found if each["name"].casefold() == name.casefold()]
        return [{**each, "id": mbid("book", each["id"]), "type": "Character"} for each in named] + [
            each | {"type": each["type"] or "Person"} for each in named
        ]

    def release_groups(self, asked: str) -> list[Json] | None:
        """The albums of an artist; None for an unknown one."""
        owners = {mbid("artist", each["id"]): each["id"] for each in self.world.followed}
        if asked not in self._by_mbid:
            return None
        albums = self.world.artist_albums.get(owners.get(asked, ""), [])
        return [{"id": mbid("album", each["id"]), "title": each["name"]} for each in albums]

    @cached_property
    def _by_mbid(self) -> dict[str, Json | str]:
        found: dict[str, Json | str] = {}
        for position, followed in enumerate(self.world.followed):
            if position in UNKNOWN and position not in KNOWN_BY_NAME:
                continue
            found |= {each["id"]: each for each in self._artists_of(position)}
            if position == MERGED:
                found[mbid("merged", followed["id"])] = mbid("artist", followed["id"])
                found[mbid("artist", followed["id"])] = self._artist(position, followed["name"])
        return found

    def _artists_of(self, position: int) -> list[Json]:
        """The artists that an address belongs to."""
        name = self.world.followed[position]["name"]
        own = self._artist(position, name)
        if position == MERGED:
            return [own | {"id": mbid("merged", self.world.followed[position]["id"])}]
        if position == AMBIGUOUS:
            own |= {"name": f"{name} & Friends", "sort-name": f"{name} & Friends"}
        if position in SHARED or position == AMBIGUOUS:
            other = self._artist(position, f"{name} Revival", "revival")
            return [other, own]
        return [own]

    def _artist(self, position: int, name: str, *which: str) -> Json:
        spotify_id = self.world.followed[position]["id"]
        digest = digest_of(0, f"musicbrainz {spotify_id}", position)
        sparse = position == SPARSE
        country = None if sparse or digest[0] % 8 == 0 else MARKETS[digest[1] % len(MARKETS)]
        area = country and {"id": mbid("area", country), "name": country, "type": "Country"}
        genres = [] if sparse else self._genres(position, digest)
        return {
            "id": mbid("artist", spotify_id, *which),
            "name": name,
            "sort-name": name,
            "disambiguation": " ".join(which),
            "type": None if sparse else TYPES[digest[2] % len(TYPES)],
            "country": country,
            "area": area,
            "begin-area": None,
            "life-span": {"begin": None if sparse else _begin(digest), "end": None, "ended": False},
            "genres": [
                {"id": mbid("genre", name), "name": name, "count": votes, "disambiguation": ""}
                for name, votes in genres
            ],
            "tags": [{"name": name, "count": votes} for name, votes in genres],
        }

    def _genres(self, position: int, digest: bytes) -> list[tuple[str, int]]:
        if self.world.awkward and position == ODD_GENRES:
            return [(GENRES[0], 3), ("", 5), (GENRES[1], 0), (GENRES[2], -2)]
        if self.world.awkward and position == MANY_GENRES:
            return [
                (f"{GENRES[i % len(GENRES)]} no. {i}", 1 + i * 7 % 50)
                for i in range(GENRES_OF_MANY)
            ]
        return _voted(digest)


def _voted(digest: bytes) -> list[tuple[str, int]]:
    """The genres with their votes. In one of four artists they begin with capital letters."""
    names = sorted({GENRES[choice % len(GENRES)] for choice in digest[5 : 6 + digest[4] % 4]})
    if digest[9] % 4 == 0:
        names = [name.title() for name in names]
    return [(name, 1 + digest[10 + i] % 20) for i, name in enumerate(names)]


def _begin(digest: bytes) -> str | None:
    """A day, a month or a year from 1930 to 2019; one in eight is not known."""
    date = f"{1930 + digest[20] % 90}-{digest[21] % 12 + 1:02d}-{digest[22] % 28 + 1:02d}"
    return (None, date[:4], date[:4], date[:7])[digest[23] % 4] if digest[23] % 2 else date
