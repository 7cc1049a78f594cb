"""The stored rollup `weekly_album_totals`, and data versions with the triggers that forget them."""

import sqlalchemy as sa
from alembic import op

from music_assets.schema.column_types import Code
from music_assets.schema.data_versions import first_rows
from music_assets.schema.version_triggers import triggers

revision = "0002"
down_revision = "0001"

CATALOGUE = ("artists", "genres", "albums", "tracks", "artist_genres", "artist_albums")
WEEKLY = ("weekly_streams", "weekly_downloads", "weekly_album_totals")


def upgrade() -> None:
    """Make both tables and the triggers; every part begins without a version."""
    dialect = op.get_context().dialect.name
    if "weekly_album_totals" in sa.inspect(op.get_bind()).get_view_names():
        # It was a view, which others read; the marts define those anew.
        cascade = " CASCADE" if dialect == "postgresql" else ""
        op.execute(f'DROP VIEW "weekly_album_totals"{cascade}')
    _album_totals()
    op.create_table(
        "data_versions",
        sa.Column("TableName", Code(64), primary_key=True),
        sa.Column("Part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("DataVersion", Code(32)),
        sqlite_with_rowid=False,
    )
    for statement in first_rows({}, CATALOGUE):
        op.execute(statement)
    for name in WEEKLY[:2]:
        op.execute(
            'INSERT INTO "data_versions" ("TableName", "Part") '
            f'SELECT DISTINCT \'{name}\', "WeekID" FROM "{name}"'
        )
    for statement in triggers(dialect, {}, (*CATALOGUE, *WEEKLY)):
        op.execute(statement)


def _album_totals() -> None:
    op.create_table(
        "weekly_album_totals",
        sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "AlbumID",
            Code(64),
            sa.ForeignKey("albums.AlbumID", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        sa.Column("WeekStartDate", sa.DATE, nullable=False),
        sa.Column("Tracks", sa.Integer, nullable=False),
        sa.Column("Streams", sa.BigInteger),
        sa.Column("Downloads", sa.BigInteger),
        sa.Column("StreamFigures", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
