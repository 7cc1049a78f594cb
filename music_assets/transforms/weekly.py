"""Weekly streams and downloads per song: one week's pages to the rows of the two facts."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import narwhals as nw
import sqlalchemy as sa

from music_assets import tables
from music_assets.partitions import Week
from music_assets.transforms.rows import (
    ORDER,
    Transform,
    field,
    first_reason,
    given,
    no_id,
    not_a_count,
    says,
    whole_number,
)

TEXT = nw.String()
FIGURES = nw.Struct(
    {
        "week": TEXT,
        "week_start_date": TEXT,
        "total_weekly_downloads": TEXT,
        "total_weekly_streams": TEXT,
    }
)
SONG = nw.Schema({"song_id": TEXT, "weekly_data": FIGURES})


def _judge(records: nw.LazyFrame, week: str, *, figure: str, column: str) -> nw.LazyFrame:
    """One row per song in the week whose Monday is `week`.

    A file may number its week as ISO does (47) or as WeekID does (202647).
    """
    this = Week.from_key(week)
    song, value = field("song_id"), field("weekly_data", figure)
    number, start = field("weekly_data", "week"), field("weekly_data", "week_start_date")
    numbered = whole_number(number)
    elsewhere = ~numbered.is_in([this.week_id, this.week_id % 100])
    return records.select(
        *ORDER,
        WeekID=nw.lit(this.week_id, dtype=nw.Int64()),
        SongID=song,
        WeekStartDate=_day(this.monday),
        WeekEndDate=_day(this.sunday),
        **{column: whole_number(value)},
        Reason=first_reason(
            (no_id(song), says("song_id", song, "not the id of a song")),
            (numbered.is_null(), says("week", number, "not the number of a week")),
            (elsewhere, says("week", number, f"not this file's week, {this.iso}")),
            (
                given(start) & (start != week),
                says("week_start_date", start, f"not this file's Monday, {week}"),
            ),
            (value.is_null() | not_a_count(value), says(figure, value, "not a count")),
        ),
    )


def _day(value: dt.date) -> nw.Expr:
    return nw.lit(value, dtype=nw.Date())


def _fact(table: sa.Table, figure: str) -> Transform:
    judge: Callable[..., nw.LazyFrame] = partial(
        _judge, figure=figure, column=table.columns.keys()[-1]
    )
    return Transform.into(table, "songs", SONG, judge)


weekly_streams = _fact(tables.weekly_streams, "total_weekly_streams")
weekly_downloads = _fact(tables.weekly_downloads, "total_weekly_downloads")
