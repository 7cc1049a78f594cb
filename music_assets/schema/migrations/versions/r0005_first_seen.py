"""The day on which an album and a track was first seen."""

import sqlalchemy as sa
from alembic import op

from music_assets.schema.data_versions import Split
from music_assets.schema.version_triggers import drop_triggers, triggers

revision = "0005"
down_revision = "0004"

TABLES = ("albums", "tracks")
#: Another step fills in some columns of albums.
SPLIT = {
    "albums": Split(
        ("AlbumID",),
        (
            *("AlbumID", "AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision"),
            *("TotalTracks", "FirstSeen"),
        ),
        ("UPC", "Label", "CoverURL", "Copyright", "FirstReleaseYear"),
    ),
}


def upgrade() -> None:
    """Add the column; of the rows that are there, nobody knows when they were first seen."""
    dialect = op.get_context().dialect.name
    for table in TABLES:
        op.add_column(table, sa.Column("FirstSeen", sa.DATE))
        # The table has one column more than its versions are of.
        op.execute(
            f'UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = \'{table}\''
        )
    # Only those of albums name columns.
    for statement in (*drop_triggers(dialect, ["albums"]), *triggers(dialect, SPLIT, ["albums"])):
        op.execute(statement)
