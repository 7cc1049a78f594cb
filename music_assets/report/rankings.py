"""Rankings: the rows of a week's lists, as the marts and tables have them."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from music_assets.report.mart_rows import Reader, Row
from music_assets.schema import tables

TRACKS_SHOWN = 20
OTHERS_SHOWN = 10
MOVERS_SHOWN = 5


def rankings(reader: Reader, totals: Row) -> dict[str, list[Row]]:
    """A week's most streamed tracks, artists, albums and genres, and its movers up and down.

    Args:
        reader: of the marts.
        totals: the week's row of `weekly_totals`.
    """
    week, figures = totals["WeekID"], totals["Figures"]
    top = reader.mart("top_tracks", WeekID=week, Figures=figures)
    movers = _sorted(reader.mart("weekly_movers", WeekID=week), "MoveRank")
    return {
        "tracks": _sorted(top, "StreamRank")[:TRACKS_SHOWN],
        "artists": _most_streamed(reader.mart("weekly_artist_totals", WeekID=week), "ArtistID"),
        "albums": _albums(reader, week),
        "genres": _most_streamed(reader.mart("genre_trends", WeekID=week), "GenreID"),
        "up": [row for row in movers if row["Change"] > 0][:MOVERS_SHOWN],
        "down": [row for row in movers if row["Change"] < 0][:MOVERS_SHOWN],
    }


def _sorted(rows: list[Row], name: str) -> list[Row]:
    return sorted(rows, key=lambda row: row[name])


def _most_streamed(rows: list[Row], key: str) -> list[Row]:
    """The rows with the most streams; none without any."""
    known = [row for row in rows if row["Streams"] is not None]
    return sorted(known, key=lambda row: (-row["Streams"], row[key]))[:OTHERS_SHOWN]


def _albums(reader: Reader, week: int) -> list[Row]:
    totals = tables.weekly_album_totals
    query = (
        sa.select(totals, tables.albums.c.AlbumName)
        .join(tables.albums, tables.albums.c.AlbumID == totals.c.AlbumID)
        .where(totals.c.WeekID == week, totals.c.Streams.is_not(None))
        .order_by(totals.c.Streams.desc(), totals.c.AlbumID)
    )
    return reader.rows(query.limit(OTHERS_SHOWN))


def makers_of_songs(reader: Reader, songs: Collection[str]) -> dict[str, list[Row]]:
    """The album and the followed artists of each song."""
    query = (
        sa.select(
            tables.tracks.c.SongID,
            tables.tracks.c.Title,
            tables.albums.c.AlbumID,
            tables.albums.c.AlbumName,
            tables.artists.c.ArtistID,
            tables.artists.c.Name,
        )
        .join(tables.albums, tables.albums.c.AlbumID == tables.tracks.c.AlbumID)
        .join(tables.artist_albums, tables.artist_albums.c.AlbumID == tables.albums.c.AlbumID)
        .join(tables.artists, tables.artists.c.ArtistID == tables.artist_albums.c.ArtistID)
        .order_by(tables.tracks.c.SongID, tables.artists.c.Name, tables.artists.c.ArtistID)
    )
    return grouped(reader.of_keys(query, tables.tracks.c.SongID, songs), "SongID")


def artists_of_albums(reader: Reader, albums: Collection[str]) -> dict[str, list[Row]]:
    """The followed artists of each album."""
    query = (
        sa.select(tables.artist_albums.c.AlbumID, tables.artists.c.ArtistID, tables.artists.c.Name)
        .join(tables.artists, tables.artists.c.ArtistID == tables.artist_albums.c.ArtistID)
        .order_by(tables.artist_albums.c.AlbumID, tables.artists.c.Name, tables.artists.c.ArtistID)
    )
    return grouped(reader.of_keys(query, tables.artist_albums.c.AlbumID, albums), "AlbumID")


def grouped(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    """The rows by the value of a column."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups
