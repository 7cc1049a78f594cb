"""The eight tables, the one source of the schema.

Columns are named as the design names them. A nullable column is one that Spotify may leave out;
absent is NULL, never 0 and never "". Deleting a row deletes what hangs on it. A day is `sa.DATE`,
since `sa.Date` may be a DATETIME on SQL Server.
"""

import sqlalchemy as sa

from music_assets.schema.column_types import SECONDS, Code, Name

metadata = sa.MetaData()


def _spotify_id() -> Code:
    """Base-62 and case-sensitive; 22 characters today."""
    return Code(64)


def _references(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")


artists = sa.Table(
    "artists",
    metadata,
    sa.Column("ArtistID", _spotify_id(), primary_key=True),
    sa.Column("Name", Name(1000)),
    sa.Column("Followers", sa.Integer),
)

genres = sa.Table(
    "genres",
    metadata,
    # Numbered by the sync that inserts a name, once and for ever.
    sa.Column(
        "GenreID", sa.Integer, primary_key=True, autoincrement=False, info={"numbered": True}
    ),
    sa.Column("Name", Name(400), nullable=False, unique=True),
)

artist_genres = sa.Table(
    "artist_genres",
    metadata,
    sa.Column("ArtistID", _spotify_id(), _references("artists.ArtistID"), primary_key=True),
    sa.Column(
        "GenreID",
        sa.Integer,
        _references("genres.GenreID"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    sqlite_with_rowid=False,
)

albums = sa.Table(
    "albums",
    metadata,
    sa.Column("AlbumID", _spotify_id(), primary_key=True),
    sa.Column("AlbumName", Name(1000)),
    sa.Column("AlbumType", Code(32)),
    sa.Column("ReleaseDate", sa.DATE),
    sa.Column("ReleaseDatePrecision", Code(5)),
    sa.Column("TotalTracks", sa.Integer),
)

artist_albums = sa.Table(
    "artist_albums",
    metadata,
    sa.Column("ArtistID", _spotify_id(), _references("artists.ArtistID"), primary_key=True),
    sa.Column(
        "AlbumID", _spotify_id(), _references("albums.AlbumID"), primary_key=True, index=True
    ),
    sqlite_with_rowid=False,
)

tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("SongID", _spotify_id(), primary_key=True),
    sa.Column("TrackNumber", sa.Integer),
    sa.Column("Title", Name(1000)),
    sa.Column("DurationInSeconds", SECONDS),
    # A track that Spotify lists on two albums stays on the one that brought it.
    sa.Column(
        "AlbumID",
        _spotify_id(),
        _references("albums.AlbumID"),
        nullable=False,
        index=True,
        info={"fixed": True},
    ),
)


def _weekly_fact(name: str, measure: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "SongID", _spotify_id(), _references("tracks.SongID"), primary_key=True, index=True
        ),
        sa.Column("WeekStartDate", sa.DATE, nullable=False),
        sa.Column("WeekEndDate", sa.DATE, nullable=False),
        sa.Column(measure, sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


weekly_streams = _weekly_fact("weekly_streams", "WeeklyStreams")
weekly_downloads = _weekly_fact("weekly_downloads", "TotalWeeklyDownloads")
