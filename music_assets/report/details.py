"""Details of artists and albums that other steps fill in later, such as a cover's address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from music_assets.report.mart_rows import Reader, Row
from music_assets.report.shown_lists import WeekLists
from music_assets.schema import tables


@dataclass(frozen=True)
class Details:
    """The details of every artist and album that has a page, by its id."""

    artists: Mapping[str, Row]
    albums: Mapping[str, Row]

    def covers(self, albums: Collection[str]) -> list[str]:
        """The addresses of the covers of albums, as a page's input."""
        return [self.albums[each]["CoverURL"] or "" for each in albums]

    def of(self, kind: str, identity: str) -> list[object]:
        """The details of an artist or an album, as a page's input."""
        known = self.artists if kind == "artists" else self.albums
        return [*known[identity].values()]


def details_of_shown(read: Reader, weeks: Collection[WeekLists], *, pictures: bool) -> Details:
    """The details of what any week shows.

    Args:
        read: the reader.
        weeks: all that has been shown.
        pictures: False where the covers' addresses are invented and lead nowhere.
    """
    shown = {
        kind: {each for week in weeks for each in week.shown[kind]}
        for kind in ("artists", "albums")
    }
    artist, album = tables.artists.c, tables.albums.c
    artists = sa.select(
        artist.ArtistID, artist.Name, artist.Country, artist.ArtistType, artist.BeganYear
    )
    cover = album.CoverURL if pictures else sa.null().label("CoverURL")
    albums = sa.select(
        album.AlbumID, album.AlbumName, album.AlbumType, album.ReleaseDate,
        album.ReleaseDatePrecision, album.Label, cover,
    )  # fmt: skip
    return Details(
        {row["ArtistID"]: row for row in read.of_keys(artists, artist.ArtistID, shown["artists"])},
        {row["AlbumID"]: row for row in read.of_keys(albums, album.AlbumID, shown["albums"])},
    )
