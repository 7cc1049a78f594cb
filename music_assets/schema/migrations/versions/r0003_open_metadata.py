"""Columns for MusicBrainz and for the albums' own pages, and data versions of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from music_assets.schema.column_types import Code, Name
from music_assets.schema.data_versions import DETAILS, Split
from music_assets.schema.version_triggers import drop_triggers, triggers

revision = "0003"
down_revision = "0002"

#: The tables with triggers.
WATCHED = (
    *("artists", "genres", "albums", "tracks", "artist_genres", "artist_albums"),
    *("weekly_streams", "weekly_downloads", "weekly_album_totals"),
)
COLUMNS: dict[str, list[sa.Column[Any]]] = {
    "artists": [
        sa.Column("MusicBrainzID", Code(36)),
        sa.Column("Country", Code(8)),
        sa.Column("ArtistType", Code(32)),
        sa.Column("BeganYear", sa.Integer),
        sa.Column("MatchedBy", Code(8)),
    ],
    "artist_genres": [
        # Nobody else gave any before.
        sa.Column("Source", Code(16), nullable=False, server_default="spotify"),
        sa.Column("Votes", sa.Integer),
    ],
    "albums": [
        sa.Column("UPC", Code(32)),
        sa.Column("Label", Name(1000)),
        sa.Column("CoverURL", Name(1000)),
        sa.Column("Copyright", Name(1000)),
        sa.Column("FirstReleaseYear", sa.Integer),
    ],
    "tracks": [sa.Column("DiscNumber", sa.Integer), sa.Column("ISRC", Code(32))],
}
#: Another step fills in all new columns of these tables.
SPLIT = {
    "artists": Split(
        ("ArtistID",),
        ("ArtistID", "Name", "Followers"),
        ("MusicBrainzID", "Country", "ArtistType", "BeganYear", "MatchedBy"),
    ),
    "albums": Split(
        ("AlbumID",),
        (
            "AlbumID",
            "AlbumName",
            "AlbumType",
            "ReleaseDate",
            "ReleaseDatePrecision",
            "TotalTracks",
        ),
        ("UPC", "Label", "CoverURL", "Copyright", "FirstReleaseYear"),
    ),
}


def upgrade() -> None:
    """Add the columns, and let the triggers tell the rows' own columns from those filled in."""
    dialect = op.get_context().dialect.name
    for statement in drop_triggers(dialect, WATCHED):
        op.execute(statement)
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    for table in SPLIT:
        op.execute(
            f'INSERT INTO "data_versions" ("TableName", "Part") VALUES (\'{table}\', {DETAILS})'
        )
    # The tables have other columns than those that the versions are of.
    op.execute('UPDATE "data_versions" SET "DataVersion" = NULL')
    for statement in triggers(dialect, SPLIT, WATCHED):
        op.execute(statement)
