"""Tables for what a person heard, charts and sales, and the source of each weekly figure."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from music_assets.schema.column_types import MOMENT, SECONDS, Code, Name
from music_assets.schema.data_versions import first_rows
from music_assets.schema.version_triggers import triggers

revision = "0004"
down_revision = "0003"

FACTS = ("weekly_streams", "weekly_downloads")
TOTALS = "weekly_album_totals"
SUMS = ["AlbumID", "Figures", "StreamFigures", "Streams", "Downloads"]
#: The new tables with triggers.
WATCHED = ("listened_songs", "plays", "chart_entries", "monthly_sales")
#: Those of them whose rows belong to no week, and those whose songs and weeks are looked for.
UNDATED, DATED = ("listened_songs", "monthly_sales"), ("plays", "chart_entries")


def upgrade() -> None:
    """Make the tables; the weekly facts are loaded once more, to learn where they come from."""
    for table in FACTS:
        op.add_column(table, sa.Column("Source", Code(200)))
    op.add_column(TOTALS, sa.Column("Figures", Code(16), nullable=False, server_default="unknown"))
    op.drop_index("ix_weekly_album_totals_AlbumID", TOTALS)
    op.create_index("ix_weekly_album_totals_sums", TOTALS, SUMS)
    for table in (*FACTS, TOTALS):
        op.execute(
            f'UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = \'{table}\''
        )
    _listening()
    op.create_table("chart_entries", *_chart_entries(), sqlite_with_rowid=False)
    op.create_table("monthly_sales", *_monthly_sales(), sqlite_with_rowid=False)
    for table in DATED:
        # One by one: a table's own indexes are made in any order.
        for column in ("SongID", "WeekID"):
            op.create_index(f"ix_{table}_{column}", table, [column])
    for statement in first_rows({}, UNDATED):
        op.execute(statement)
    for statement in triggers(op.get_context().dialect.name, {}, WATCHED):
        op.execute(statement)


def _listening() -> None:
    op.create_table(
        "listened_songs",
        sa.Column("SongID", Code(64), primary_key=True),
        sa.Column("Title", Name(1000)),
        sa.Column("ArtistName", Name(1000)),
        sa.Column("AlbumName", Name(1000)),
    )
    op.create_table(
        "plays",
        sa.Column("EndedAt", MOMENT, primary_key=True),
        sa.Column(
            "SongID",
            Code(64),
            sa.ForeignKey("listened_songs.SongID", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("SecondsPlayed", SECONDS),
        sa.Column("Skipped", sa.Boolean),
        sa.Column("Source", Code(16), nullable=False),
        sa.Column("LocalDate", sa.DATE, nullable=False),
        sa.Column("LocalHour", sa.Integer, nullable=False),
        sa.Column("WeekID", sa.Integer, nullable=False),
        sa.Column("WeekStartDate", sa.DATE, nullable=False),
        sa.Column("MonthStartDate", sa.DATE, nullable=False),
        sa.Column("YearStartDate", sa.DATE, nullable=False),
        sa.Column("DayNumber", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _chart_entries() -> list[sa.Column[Any]]:
    return [
        sa.Column("Region", Code(8), primary_key=True),
        sa.Column("Period", Code(8), primary_key=True),
        sa.Column("ChartDate", sa.DATE, primary_key=True),
        sa.Column("SongID", Code(64), primary_key=True),
        sa.Column("Rank", sa.Integer, nullable=False),
        sa.Column("PreviousRank", sa.Integer),
        sa.Column("PeakRank", sa.Integer),
        sa.Column("TimesOnChart", sa.Integer),
        sa.Column("Streams", sa.BigInteger),
        sa.Column("Title", Name(1000)),
        sa.Column("ArtistNames", Name(1000)),
        sa.Column("Label", Name(1000)),
        sa.Column("WeekID", sa.Integer, nullable=False),
    ]


def _monthly_sales() -> list[sa.Column[Any]]:
    return [
        sa.Column("ReportDate", sa.DATE, primary_key=True),
        sa.Column("Month", sa.DATE, primary_key=True),
        sa.Column("Store", Name(100), primary_key=True),
        sa.Column("Country", Code(8), primary_key=True),
        sa.Column("Item", Code(32), primary_key=True),
        sa.Column("Kind", Code(8), primary_key=True),
        sa.Column("Title", Name(1000)),
        sa.Column("ArtistName", Name(1000)),
        sa.Column("Quantity", sa.BigInteger, nullable=False),
    ]
