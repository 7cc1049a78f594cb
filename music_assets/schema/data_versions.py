"""Data versions: a word for the rows of a table, or of one week of it.

Triggers forget the word when somebody writes to the rows: a sync, a cascade, or a person with an
editor. Whoever needs it next gives another one, at random. So the same word means the same rows,
also in a copy or in a database that was restored, and no word ever comes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from music_assets.schema.column_types import Code
from music_assets.schema.tables import metadata
from music_assets.schema.treatments import details_of

#: Apart from the tables that hold music, of which each is an asset.
bookkeeping = sa.MetaData()

#: A part is a WeekID, or one of these.
#: Every row, without the columns that another step fills in later.
WHOLE_TABLE = 0
#: What marts show of the rows that weeks refer to: a new album is in no mart before it has figures.
SHOWN = 1
#: The columns that another step fills in later, in a table that has some.
DETAILS = 2

data_versions = sa.Table(
    "data_versions",
    bookkeeping,
    sa.Column("TableName", Code(64), primary_key=True, comment="The name of the table."),
    sa.Column(
        "Part",
        sa.Integer,
        primary_key=True,
        autoincrement=False,
        comment="A WeekID, or 0: every row, 1: what marts show of them, 2: the columns that are "
        "filled in later.",
    ),
    sa.Column(
        "DataVersion",
        Code(32),
        comment="A word at random; the same word means the same rows. NULL: somebody has written "
        "to the part since.",
    ),
    comment="One row is one table, or one part of it, and the version of its rows.",
    sqlite_with_rowid=False,
)

#: The columns that marts per week show, by table; its key comes first.
LABELS = {
    "artists": ("ArtistID", "Name"),
    "genres": ("GenreID", "Name"),
    "albums": ("AlbumID", "AlbumName", "AlbumType", "ReleaseDate"),
    "tracks": ("SongID", "Title", "AlbumID"),
    "listened_songs": ("SongID", "ArtistName"),
}
#: Tables that link two things, with the column and the table that tell if a new row is shown.
LINKS = {
    "artist_genres": ("ArtistID", "artist_albums"),
    "artist_albums": ("AlbumID", "weekly_album_totals"),
}
#: The tables that refer to a row by its key, which is called the same there. Where references are
#: enforced, no row has any when it comes or has gone. SQLite's own shell, for one, enforces none.
REFERRING = {
    "artists": ("artist_genres", "artist_albums"),
    "genres": ("artist_genres",),
    "albums": ("artist_albums", "tracks", "weekly_album_totals"),
    "tracks": ("weekly_streams", "weekly_downloads"),
    "listened_songs": ("plays",),
}
#: The figures of tracks, and their sums.
FIGURES = ("weekly_streams", "weekly_downloads", "weekly_album_totals")
#: The tables of which no mart per week shows anything.
UNSHOWN = ("monthly_sales",)
#: The tables whose rows belong to no week.
UNDATED = (*LABELS, *LINKS, *UNSHOWN)
#: The tables with a version per week.
WEEKLY = (*FIGURES, "plays", "chart_entries")
#: The tables with triggers.
WATCHED = (*UNDATED, *WEEKLY)


@dataclass(frozen=True)
class Split:
    """The columns of a table of which another step fills in some.

    Attributes:
        key: that identifies a row.
        own: the columns that come with a row, the key among them.
        details: those that are filled in later.
    """

    key: tuple[str, ...]
    own: tuple[str, ...]
    details: tuple[str, ...]


def splits() -> dict[str, Split]:
    """The tables of which another step fills in some columns."""
    found = {}
    for table in metadata.sorted_tables:
        if details := details_of(table):
            own = [each.name for each in table.columns if each.name not in details]
            key = [each.name for each in table.primary_key]
            found[table.name] = Split(tuple(key), tuple(own), tuple(details))
    return found


def first_rows(split: Mapping[str, Split], tables: Sequence[str] = UNDATED) -> Iterator[str]:
    """The statements that give every part of empty tables its row, without a version."""
    for table, part in parts(split, tables):
        yield f'INSERT INTO "data_versions" ("TableName", "Part") VALUES (\'{table}\', {part})'


def parts(split: Mapping[str, Split], tables: Sequence[str] = UNDATED) -> Iterator[tuple[str, int]]:
    """The parts that belong to no week, each with its table."""
    for table in tables:
        for part in parts_of(table, split):
            yield table, part


def parts_of(table: str, split: Mapping[str, Split]) -> tuple[int, ...]:
    """The parts of a table whose rows belong to no week."""
    shown = () if table in UNSHOWN else (SHOWN,)
    return (WHOLE_TABLE, *shown, DETAILS) if table in split else (WHOLE_TABLE, *shown)
