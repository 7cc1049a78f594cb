"""The facts of the weekly report."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from music_assets.database.database_errors import DatabaseError
from music_assets.database.resource import DatabaseResource
from music_assets.publishing.trend import Row, trend
from music_assets.schema import tables
from music_assets.weeks import Week

MARTS = ["weekly_totals", "top_tracks", "weekly_artist_totals", "genre_trends", "weekly_movers"]
CATALOGUE = [tables.artists, tables.albums, tables.tracks, tables.genres]
TRACKS_SHOWN = 20
OTHERS_SHOWN = 10


class NotDefined(Exception):
    """A mart cannot be read; the message says which one to materialise."""


def weekly_facts(database: DatabaseResource, *, sandbox: bool, today: dt.date) -> Row | None:
    """The facts of the newest finished week, by the names that the template uses.

    A week that is not finished is named, and compared with none. Where no other week has figures,
    the report is about it. Simulated and given weeks are never compared, and the trends show those
    of one kind. None without any week.

    Args:
        database: holds the catalogue and the marts.
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
    newest = weeks[-1]
    kinds = {row["Week"]: row["Figures"] for row in every}
    alike = [row for row in weeks if row["Figures"] == newest["Figures"]]
    rankings = _rankings(database, newest)
    return {
        "week": newest["Week"],
        "totals": newest,
        "weeks": weeks,
        "every": every,
        "unfinished": [row["Week"] for row in every if row["Week"].sunday > today],
        "trends": {name: trend(alike, name) for name in ("Streams", "Downloads")},
        "files": _files(database, newest["WeekID"]),
        "origins": Counter(row["Figures"] for row in weeks),
        "origin": newest["Figures"],
        "origin_before": kinds.get(newest["Week"].and_before(2)[1]),
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


def _files(database: DatabaseResource, week: int) -> list[str]:
    """The files that give a week's figures."""
    facts = (tables.weekly_streams.c, tables.weekly_downloads.c)
    sources = (
        sa.select(each.Source).where(each.WeekID == week, each.Source != tables.SIMULATED)
        for each in facts
    )
    return sorted(database.read(sa.select(sa.union(*sources).subquery()))["Source"])


def _size(database: DatabaseResource, table: sa.Table) -> int:
    return int(database.read(sa.select(sa.func.count()).select_from(table)).item())


def _rankings(database: DatabaseResource, newest: Row) -> dict[str, list[Row]]:
    """The newest week's best tracks, artists and genres, and its movers up and down."""
    week, before = newest["WeekID"], newest["PreviousWeekID"]
    movers = sorted(_rows(database, "weekly_movers", week), key=lambda row: row["MoveRank"])
    top = sorted(_rows(database, "top_tracks", week), key=lambda row: row["StreamRank"])
    tracks = [row for row in top if row["Figures"] == newest["Figures"]]
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
