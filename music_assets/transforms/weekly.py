"""Transforms of the weeks: from their pages to streams and downloads per track."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import narwhals as nw
import sqlalchemy as sa

from music_assets.schema import tables
from music_assets.transforms.rows import (
    LARGEST_BIGINT,
    ORDER,
    Form,
    Transform,
    field,
    given,
    no_id,
    not_a_count,
    says,
    verdict,
    whole_number,
)
from music_assets.weeks import Week

TEXT = nw.String()
FIGURES = nw.Struct(
    {
        "week": TEXT,
        "week_start_date": TEXT,
        "total_weekly_downloads": TEXT,
        "total_weekly_streams": TEXT,
    }
)
SONGS = Form(
    items="songs",
    item=nw.Schema({"song_id": TEXT, "weekly_data": FIGURES}),
    needs=("song_id", "weekly_data"),
)


def weeks_lookup(weeks: Sequence[Week]) -> dict[str, list[Any]]:
    """The lookup `weeks` of the transforms: one row per week, given by columns."""
    return {
        "requested": [week.key for week in weeks],
        "WeekID": [week.week_id for week in weeks],
        "Number": [week.week_id % 100 for week in weeks],
        "WeekStartDate": [week.monday for week in weeks],
        "WeekEndDate": [week.sunday for week in weeks],
    }


def _judge(records: nw.LazyFrame, weeks: nw.LazyFrame, *, figure: str, column: str) -> nw.LazyFrame:
    """One row per track and week; the week is the one in the page's `requested`.

    A file may number its week as ISO does (47) or as WeekID does (202647).
    """
    song, value = field("song_id"), field("weekly_data", figure)
    number, start = field("weekly_data", "week"), field("weekly_data", "week_start_date")
    numbered = whole_number(number)
    this_week = (numbered == nw.col("WeekID")) | (numbered == nw.col("Number"))
    return records.join(weeks, on="requested", how="inner").select(
        *ORDER,
        "WeekID",
        "WeekStartDate",
        "WeekEndDate",
        SongID=song,
        **{column: whole_number(value)},
        **verdict(
            (no_id(song), says("song_id", song, "not the id of a song")),
            (numbered.is_null(), says("week", number, "not the number of a week")),
            (~this_week, says("week", number, "not the week of this file")),
            (
                given(start) & (start != nw.col("requested")),
                says("week_start_date", start, "not the Monday of this file's week"),
            ),
            (
                value.is_null() | not_a_count(value, LARGEST_BIGINT),
                says(figure, value, "not a count"),
            ),
        ),
    )


def _fact(table: sa.Table, figure: str) -> Transform:
    judge: Callable[..., nw.LazyFrame] = partial(
        _judge, figure=figure, column=tables.MEASURES[table.name]
    )
    return Transform.into(table, SONGS, judge)


weekly_streams = _fact(tables.weekly_streams, "total_weekly_streams")
weekly_downloads = _fact(tables.weekly_downloads, "total_weekly_downloads")
