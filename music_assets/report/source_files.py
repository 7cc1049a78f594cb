"""The files that people gave a week's figures in."""

import sqlalchemy as sa

from music_assets.report.mart_rows import Reader
from music_assets.schema import tables


def files_of_week(read: Reader, week: int) -> list[str]:
    """The files that give a week's figures."""
    facts = (tables.weekly_streams.c, tables.weekly_downloads.c)
    sources = (
        sa.select(each.Source).where(each.WeekID == week, each.Source != tables.SIMULATED)
        for each in facts
    )
    rows = read.rows(sa.select(sa.union(*sources).subquery()))
    return sorted(row["Source"] for row in rows)
