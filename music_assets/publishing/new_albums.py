"""The newest rows of the mart `new_releases`, with what the feeds say of them."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.schema.lines import in_a_line, visible
from music_assets.schema.tables import artist_albums, artists

#: Albums of a feed: the newest, and those that are announced.
MOST = 200


@dataclass(frozen=True)
class NewAlbum:
    """One row of the mart, and the names of all followed artists of the album.

    Attributes:
        released: the day of the release; None where only the year or month is told, or nothing.
        told: the first day on which it could be told: `new`, or FirstSeen if that was earlier.
    """

    album_id: str
    name: str
    kind: str
    artists: tuple[str, ...]
    new: dt.date
    released: dt.date | None
    told: dt.date
    tracks: int | None
    label: str
    cover: str

    @property
    def title(self) -> str:
        """Who and what, in one line."""
        return f"{', '.join(self.artists)}: {self.name}"

    @property
    def address(self) -> str:
        """The album's page at Spotify."""
        return f"https://open.spotify.com/album/{self.album_id}"

    @property
    def uuid(self) -> uuid.UUID:
        """A lasting name for the album in a feed, made of its AlbumID alone."""
        return uuid.uuid5(uuid.NAMESPACE_URL, self.address)

    @property
    def facts(self) -> list[str]:
        """Other facts, in a few words each; true on any day that they are read."""
        count = f"{self.tracks} track{'s' * (self.tracks != 1)}" if self.tracks else ""
        day = f"release date {self.released}" if self.released else f"first seen on {self.new}"
        return [each for each in (self.kind, count, self.label, day) if each]


def new_albums(database: DatabaseResource, rows: sa.FromClause) -> list[NewAlbum]:
    """The albums that are newest, or announced; the newest first.

    Args:
        database: holds them.
        rows: the mart's view, with its columns.
    """
    newest = sa.select(*rows.c).where(rows.c.NewRank <= MOST).order_by(rows.c.NewRank)
    found = database.read(newest).to_dicts()
    names = _names(database, [row["AlbumID"] for row in found])
    return [_album(row, names.get(row["AlbumID"], ())) for row in found]


def _names(database: DatabaseResource, albums: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The names of the followed artists of some albums."""
    query = (
        sa.select(artist_albums.c.AlbumID, artists.c.Name)
        .join(artists)
        .where(artist_albums.c.AlbumID.in_(sorted(albums)))
        .order_by(artist_albums.c.AlbumID, artists.c.Name, artists.c.ArtistID)
    )
    names: dict[str, tuple[str, ...]] = {}
    for album, name in database.read(query).iter_rows():
        names[album] = (*names.get(album, ()), visible(name) or "(no name)")
    return names


def _album(row: Mapping[str, Any], names: tuple[str, ...]) -> NewAlbum:
    new, seen, cover = row["NewDate"], row["FirstSeen"], in_a_line(row["CoverURL"])
    return NewAlbum(
        album_id=row["AlbumID"],
        name=visible(row["AlbumName"]) or "(no title)",
        kind=in_a_line(row["AlbumType"]),
        artists=names or ("(no name)",),
        new=new,
        released=row["ReleaseDate"] if row["ReleaseDatePrecision"] == "day" else None,
        told=min(new, seen or new),
        tracks=row["TotalTracks"],
        label=in_a_line(row["Label"]),
        cover=cover if cover.startswith("https://") else "",
    )
