"""The eight tables, as the first version made them."""

import sqlalchemy as sa
from alembic import op

from music_assets.schema.column_types import SECONDS, Code, Name

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, each after those that it refers to."""
    _catalog()
    _links()
    _weekly("weekly_streams", "WeeklyStreams")
    _weekly("weekly_downloads", "TotalWeeklyDownloads")


def _refers_to(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")


def _catalog() -> None:
    op.create_table(
        "artists",
        sa.Column("ArtistID", Code(64), primary_key=True),
        sa.Column("Name", Name(1000)),
        sa.Column("Followers", sa.Integer),
    )
    op.create_table(
        "genres",
        sa.Column("GenreID", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("Name", Name(400), nullable=False, unique=True),
    )
    op.create_table(
        "albums",
        sa.Column("AlbumID", Code(64), primary_key=True),
        sa.Column("AlbumName", Name(1000)),
        sa.Column("AlbumType", Code(32)),
        sa.Column("ReleaseDate", sa.DATE),
        sa.Column("ReleaseDatePrecision", Code(5)),
        sa.Column("TotalTracks", sa.Integer),
    )
    op.create_table(
        "tracks",
        sa.Column("SongID", Code(64), primary_key=True),
        sa.Column("TrackNumber", sa.Integer),
        sa.Column("Title", Name(1000)),
        sa.Column("DurationInSeconds", SECONDS),
        sa.Column("AlbumID", Code(64), _refers_to("albums.AlbumID"), nullable=False, index=True),
    )


def _links() -> None:
    op.create_table(
        "artist_genres",
        sa.Column("ArtistID", Code(64), _refers_to("artists.ArtistID"), primary_key=True),
        sa.Column(
            "GenreID",
            sa.Integer,
            _refers_to("genres.GenreID"),
            primary_key=True,
            autoincrement=False,
            index=True,
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "artist_albums",
        sa.Column("ArtistID", Code(64), _refers_to("artists.ArtistID"), primary_key=True),
        sa.Column("AlbumID", Code(64), _refers_to("albums.AlbumID"), primary_key=True, index=True),
        sqlite_with_rowid=False,
    )


def _weekly(name: str, measure: str) -> None:
    op.create_table(
        name,
        sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("SongID", Code(64), _refers_to("tracks.SongID"), primary_key=True, index=True),
        sa.Column("WeekStartDate", sa.DATE, nullable=False),
        sa.Column("WeekEndDate", sa.DATE, nullable=False),
        sa.Column(measure, sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
