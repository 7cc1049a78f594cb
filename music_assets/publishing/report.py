"""The facts of the weekly report."""

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.landing.weekly_inbox import SIMULATION, source_of
from music_assets.publishing.trend import Row, trend
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError
from music_assets.weeks import Week

MARTS = ["weekly_totals", "top_tracks", "weekly_artist_totals", "genre_trends", "weekly_movers"]
CATALOGUE = [tables.artists, tables.albums, tables.tracks, tables.genres]
TRACKS_SHOWN = 20
OTHERS_SHOWN = 10


class NotPublished(Exception):
    """A mart has no extract yet; the message says which one to materialise."""


def weekly_facts(
    database: DatabaseResource, storage: StorageResource, *, sandbox: bool, today: dt.date
) -> Row | None:
    """The facts of the newest finished week, by the names that the template uses.

    A week that is not finished is named, and compared with none. Where no other week has figures,
    the report is about it. None without any week.

    Args:
        database: holds the catalogue.
        storage: holds the marts' extracts.
        sandbox: True if the bundled sandbox stands in for Spotify, which the page mentions.
        today: a week is finished from its Sunday on, when its figures are made.

    Raises:
        NotPublished: a mart has no extract yet.
    """
    marts = {mart: _published(storage, mart) for mart in MARTS}
    totals = marts["weekly_totals"]
    if totals.empty:
        return None
    every = [row | {"Week": _week(row["WeekID"])} for row in _rows(totals)]
    finished = [row for row in every if row["Week"].sunday <= today]
    weeks = finished or every[-1:]
    sources = {row["Week"]: _source(storage, row["Week"]) for row in every}
    rankings = _rankings(marts, weeks[-1])
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


def _published(storage: StorageResource, mart: str) -> pd.DataFrame:
    """The rows of a mart's extract, so that the page shows the same figures as BI tools."""
    try:
        _, content = storage.read(paths.extract(mart, "parquet"))
    except StorageError as error:
        raise NotPublished(f"{error} Materialise {mart} first.") from None
    return pd.read_parquet(io.BytesIO(content), dtype_backend="pyarrow")


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Rows as dictionaries, with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _week(week_id: int) -> Week:
    return Week.from_iso(*divmod(week_id, 100))


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


def _rankings(marts: Mapping[str, pd.DataFrame], newest: Row) -> dict[str, list[Row]]:
    """The newest week's best tracks, artists and genres, and its movers up and down."""
    of_week = {name: mart[mart["WeekID"] == newest["WeekID"]] for name, mart in marts.items()}
    movers = of_week["weekly_movers"].sort_values("MoveRank")
    artists = marts["weekly_artist_totals"]
    earlier = artists.loc[artists["WeekID"] == newest["PreviousWeekID"], ["ArtistID", "Streams"]]
    with_earlier = of_week["weekly_artist_totals"].merge(
        earlier, on="ArtistID", how="left", suffixes=("", "Before")
    )
    with_earlier["StreamsChange"] = with_earlier["Streams"] - with_earlier["StreamsBefore"]
    return {
        "tracks": _rows(of_week["top_tracks"].sort_values("StreamRank").head(TRACKS_SHOWN)),
        "artists": _most_streamed(with_earlier, "ArtistID"),
        "genres": _most_streamed(of_week["genre_trends"], "GenreID"),
        "up": _rows(movers[movers["Change"] > 0].head(OTHERS_SHOWN)),
        "down": _rows(movers[movers["Change"] < 0].head(OTHERS_SHOWN)),
    }


def _most_streamed(frame: pd.DataFrame, key: str) -> list[Row]:
    ranked = frame.sort_values(["Streams", key], ascending=[False, True])
    return _rows(ranked.head(OTHERS_SHOWN))


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
