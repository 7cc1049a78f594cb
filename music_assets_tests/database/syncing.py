"""Rows to load, and a watch on statements and writes, for the tests of the database."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.sync import SyncResult
from music_assets.schema import tables

TYPES: dict[str, Any] = {
    "str": pl.String,
    "int": pl.Int64,
    "float": pl.Float64,
    "date": pl.Date,
    "bool": pl.Boolean,
    "datetime": pl.Int64,
}
MONDAY, SUNDAY = dt.date(2026, 11, 16), dt.date(2026, 11, 22)


#: The columns of a table that the tests of the sync load; all of any other.
COLUMNS = {
    "artists": ["ArtistID", "Name", "Followers"],
    "artist_genres": ["ArtistID", "GenreID"],
    "albums": [
        *("AlbumID", "AlbumName", "AlbumType"),
        *("ReleaseDate", "ReleaseDatePrecision", "TotalTracks"),
    ],
    "tracks": ["SongID", "TrackNumber", "Title", "DurationInSeconds", "AlbumID"],
    "weekly_streams": ["WeekID", "SongID", "WeekStartDate", "WeekEndDate", "WeeklyStreams"],
    "weekly_downloads": [
        "WeekID",
        "SongID",
        "WeekStartDate",
        "WeekEndDate",
        "TotalWeeklyDownloads",
    ],
}


def columns_of(table: sa.Table) -> list[str]:
    return COLUMNS.get(table.name) or table.columns.keys()


def frame(table: sa.Table, rows: Sequence[tuple[Any, ...]], columns: Sequence[str] = ()) -> Any:
    """Rows of a table, `COLUMNS` unless others are named, typed as the engine types them."""
    names = list(columns) or columns_of(table)
    schema = {name: TYPES[table.c[name].type.python_type.__name__] for name in names}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def artists(*rows: tuple[Any, ...]) -> Any:
    return frame(tables.artists, rows)


def genres(*names: str) -> Any:
    return frame(tables.genres, [(name,) for name in names], ["Name"])


def held(database: DatabaseResource, table: sa.Table) -> list[tuple[Any, ...]]:
    columns = (table.c[name] for name in columns_of(table))
    return database.read(sa.select(*columns).order_by(*table.primary_key)).rows()


def counts(done: SyncResult) -> tuple[int, int, int, int]:
    return done.inserted, done.updated, done.deleted, done.unchanged


@contextmanager
def statements(moment: str, note: Callable[[Any, str], None]) -> Iterator[None]:
    """Tells `note` of the cursor and the text of each statement, before or after it runs."""

    def listener(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        note(cursor, statement)

    sa.event.listen(sa.Engine, f"{moment}_cursor_execute", listener)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, f"{moment}_cursor_execute", listener)


@contextmanager
def writes() -> Iterator[list[tuple[str, int]]]:
    """The writes to the tables while the block lasts: verb and number of rows."""
    seen: list[tuple[str, int]] = []

    def note(cursor: Any, statement: str) -> None:
        match = re.match(r'\s*(INSERT|UPDATE|DELETE)\s+(?:INTO |FROM )?["[]?(\w+)', statement)
        if match and match[2] in tables.metadata.tables:
            seen.append((match[1], cursor.rowcount))

    with statements("after", note):
        yield seen
