"""The tables of weekly figures: the facts per track, and a stored rollup of them per album."""

import sqlalchemy as sa

from music_assets.schema.column_types import Code
from music_assets.schema.table_parts import WEEK_ID, metadata, references, spotify_id

#: The source of figures that no file gives.
SIMULATED = "simulated"
#: The column of figures of each weekly table.
MEASURES = {"weekly_streams": "WeeklyStreams", "weekly_downloads": "TotalWeeklyDownloads"}
_MONDAY, _SUNDAY = "The Monday that begins the week.", "The Sunday that ends the week."


def _weekly_fact(name: str, what: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False, comment=WEEK_ID),
        sa.Column(
            "SongID",
            spotify_id(),
            references("tracks.SongID"),
            primary_key=True,
            index=True,
            comment="The track, in `tracks`.",
        ),
        sa.Column("WeekStartDate", sa.DATE, nullable=False, comment=_MONDAY),
        sa.Column("WeekEndDate", sa.DATE, nullable=False, comment=_SUNDAY),
        sa.Column(
            MEASURES[name],
            sa.BigInteger,
            nullable=False,
            comment=f"The number of the track's {what} in the week.",
        ),
        sa.Column(
            "Source",
            Code(200),
            comment=f"The path of the file that gave the figure, or `{SIMULATED}`. NULL: not "
            "known, since the week was loaded before this was kept.",
        ),
        comment=f"One row is the {what} of one track in one week. A track without a row has no "
        "figure, which is not 0.",
        sqlite_with_rowid=False,
    )


weekly_streams = _weekly_fact("weekly_streams", "streams")
weekly_downloads = _weekly_fact("weekly_downloads", "downloads")

# The marts add up its rows, which are far fewer than the facts'.
weekly_album_totals = sa.Table(
    "weekly_album_totals",
    metadata,
    sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False, comment=WEEK_ID),
    sa.Column(
        "AlbumID",
        spotify_id(),
        references("albums.AlbumID"),
        primary_key=True,
        comment="The album, in `albums`.",
    ),
    sa.Column("WeekStartDate", sa.DATE, nullable=False, comment=_MONDAY),
    sa.Column(
        "Tracks",
        sa.Integer,
        nullable=False,
        comment="The number of the album's tracks that have streams or downloads in the week.",
    ),
    sa.Column(
        "Streams",
        sa.BigInteger,
        comment="The sum of the tracks' WeeklyStreams. NULL: none of them has streams.",
    ),
    sa.Column(
        "Downloads",
        sa.BigInteger,
        comment="The sum of the tracks' TotalWeeklyDownloads. NULL: none of them has downloads.",
    ),
    sa.Column(
        "StreamFigures",
        sa.Integer,
        nullable=False,
        comment="The number of the tracks that have streams, by which a mean is divided.",
    ),
    sa.Column(
        "Figures",
        Code(16),
        nullable=False,
        server_default="unknown",
        comment="The kind of the week's figures: `given` where a file gives them, `simulated`, or "
        "`unknown`; those of another kind are left out of the sums.",
    ),
    # All weeks of an album are added up out of the index alone.
    sa.Index(
        "ix_weekly_album_totals_sums", "AlbumID", "Figures", "StreamFigures", "Streams", "Downloads"
    ),
    comment="One row is one album in one week: the sums of `weekly_streams` and of "
    "`weekly_downloads`, stored.",
    sqlite_with_rowid=False,
)
