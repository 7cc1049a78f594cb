"""The facts of the weekly report."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from music_assets.database.database_errors import DatabaseError
from music_assets.database.resource import DatabaseResource
from music_assets.landing.weekly_inbox import SIMULATION, source_of
from music_assets.publishing.trend import Row, trend
from music_assets.schema import tables
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError
from music_assets.weeks import Week

MARTS = ["weekly_totals", "top_tracks", "weekly_artist_totals", "genre_trends", "weekly_movers"]
CATALOGUE = [tables.artists, tables.albums, tables.tracks, tables.genres]
TRACKS_SHOWN = 20
OTHERS_SHOWN = 10


class NotDefined(Exception):
    """A mart cannot be read; the message says which one to materialise."""


def weekly_facts(
    database: DatabaseResource, storage: StorageResource, *, sandbox: bool, today: dt.date
) -> Row | None:
    """The facts of the newest finished week, by the names that the template uses.

    A week that is not finished is named, and compared with none. Where no other week has figures,
    the report is about it. None without any week.

    Args:
        database: holds the catalogue and the marts.
        storage: holds the sources of the weeks' figures.
        sandbox: True if the bundled sandbox stands in for Spotify, which the page mentions.
        today: a week is finished from its Sunday on, when its figures are made.

    Raises:
        NotDefined: a mart cannot be read.
    """
    totals = sorted(_rows(database, "weekly_totals"), key=lambda row: row["WeekID"])
    if not totals:
        return None
    every = [row | _dated(Week.from_id(row["WeekID"])) for row in totals]
    finished = [row for row in every if row["Week"].sunday <= today]
    weeks = finished or every[-1:]
    sources = {row["Week"]: _source(storage, row["Week"]) for row in every}
    rankings = _rankings(database, weeks[-1])
    return {
        "week": weeks[-1]["Week"],
        "totals": weeks[-1],
        "weeks": weeks,
        "every": every,
        "unfinished": [row["Week"] for row in every if row["Week"].sunday > today],
        "trends": {name: trend(weeks, name) for name in ("Streams", "Downloads")},
        "sources": sources,
        "origins": Counter(_origin(sources[row["Week"]]) for row in weeks),
        "origin": _origin(sources[weeks[-1]["Week"]]),
        "catalogue": {table.name: _size(database, table) for table in CATALOGUE},
        "makers": _makers(database, {row["SongID"] for row in _songs(rankings)}),
        "sandbox": sandbox,
        **rankings,
    }


def _rows(database: DatabaseResource, mart: str, *weeks: int) -> list[Row]:
    """The rows of a mart, of some weeks or of all."""
    query = sa.select(sa.text("*")).select_from(sa.table(mart))
    if weeks:
        query = query.where(sa.column("WeekID").in_(weeks))
    try:
        found = database.reading(lambda connection: connection.execute(query).mappings().all())
    except DatabaseError as error:
        raise NotDefined(f"{error} Materialise {mart} first.") from None
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _dated(week: Week) -> Row:
    return {"Week": week, "WeekStartDate": week.monday}


def _plain(value: object) -> object:
    """A value without the database's own type: PostgreSQL adds whole numbers up to a decimal."""
    return int(value) if isinstance(value, Decimal) else value


def _source(storage: StorageResource, week: Week) -> str | None:
    """The source of a week's figures; None if its landing no longer exists."""
    try:
        return source_of(storage, week)
    except StorageError:
        return None


def _origin(source: str | None) -> str:
    return "unknown" if source is None else "simulated" if source == SIMULATION else "given"


def _size(database: DatabaseResource, table: sa.Table) -> int:
    return int(database.read(sa.select(sa.func.count()).select_from(table)).item())


def _rankings(database: DatabaseResource, newest: Row) -> dict[str, list[Row]]:
    """The newest week's best tracks, artists and genres, and its movers up and down."""
    week, before = newest["WeekID"], newest["PreviousWeekID"]
    movers = sorted(_rows(database, "weekly_movers", week), key=lambda row: row["MoveRank"])
    tracks = sorted(_rows(database, "top_tracks", week), key=lambda row: row["StreamRank"])
    return {
        "tracks": tracks[:TRACKS_SHOWN],
        "artists": _most_streamed(_artists(database, week, before), "ArtistID"),
        "genres": _most_streamed(_rows(database, "genre_trends", week), "GenreID"),
        "up": [row for row in movers if row["Change"] > 0][:OTHERS_SHOWN],
        "down": [row for row in movers if row["Change"] < 0][:OTHERS_SHOWN],
    }


def _artists(database: DatabaseResource, week: int, before: int | None) -> list[Row]:
    """A week's artists, each with the change of the streams against the week before."""
    earlier = _rows(database, "weekly_artist_totals", before) if before else []
    streams = {row["ArtistID"]: row["Streams"] for row in earlier}
    return [
        row | {"StreamsChange": _change(row["Streams"], streams.get(row["ArtistID"]))}
        for row in _rows(database, "weekly_artist_totals", week)
    ]


def _change(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before


def _most_streamed(rows: list[Row], key: str) -> list[Row]:
    """The rows with the most streams, those without any last."""
    return sorted(rows, key=lambda row: (-(row["Streams"] or -1), row[key]))[:OTHERS_SHOWN]


def _songs(rankings: Mapping[str, list[Row]]) -> Iterable[Row]:
    return (row for name in ("tracks", "up", "down") for row in rankings[name])


def _makers(database: DatabaseResource, songs: Iterable[str]) -> dict[str, list[Row]]:
    """The album and the followed artists of each song."""
    query = (
        sa.select(tables.tracks.c.SongID, tables.artist_albums.c.AlbumID, tables.artists)
        .join(tables.artist_albums, tables.artist_albums.c.AlbumID == tables.tracks.c.AlbumID)
        .join(tables.artists)
        .where(tables.tracks.c.SongID.in_(sorted(songs)))
        .order_by(tables.tracks.c.SongID, tables.artists.c.Name, tables.artists.c.ArtistID)
    )
    makers: dict[str, list[Row]] = {}
    for row in database.read(query).iter_rows(named=True):
        makers.setdefault(row["SongID"], []).append(row)
    return makers
