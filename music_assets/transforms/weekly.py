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
    Rule,
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


def _judge(
    records: nw.LazyFrame, weeks: nw.LazyFrame, *, figure: str, other: str, column: str
) -> nw.LazyFrame:
    """One row per track and week; the week is the one in the page's `requested`.

    A file may number its week as ISO does (47) or as WeekID does (202647). A record with the other
    figure alone is none of this table's: nobody exports downloads per song. If it is sound, it is a
    row without a figure, which says that the week is known.
    """
    song, value = field("song_id"), field("weekly_data", figure)
    beside = field("weekly_data", other)
    lacking = value.is_null() & given(beside)
    no_count = (value.is_null() & beside.is_null()) | not_a_count(value, LARGEST_BIGINT)
    judged = records.join(weeks, on="requested", how="inner").select(
        *ORDER,
        "WeekID",
        "WeekStartDate",
        "WeekEndDate",
        SongID=song,
        **{column: whole_number(value)},
        Absent=lacking,
        # Of the others nothing is looked at, which would take time.
        Vain=not_a_count(nw.when(lacking).then(beside), LARGEST_BIGINT),
        **verdict(*_rules_of_place(song), (no_count, says(figure, value, "not a count"))),
    )
    # The other table's transform says why a record is of no use that has its figure alone.
    return judged.filter(~(nw.col("Absent") & (~nw.col("Usable") | nw.col("Vain"))))


def _rules_of_place(song: nw.Expr) -> list[Rule]:
    """The rules for a record without a song, or without the week of its file."""
    number, start = field("weekly_data", "week"), field("weekly_data", "week_start_date")
    numbered = whole_number(number)
    this_week = (numbered == nw.col("WeekID")) | (numbered == nw.col("Number"))
    return [
        (no_id(song), says("song_id", song, "not the id of a song")),
        (numbered.is_null(), says("week", number, "not the number of a week")),
        (~this_week, says("week", number, "not the week of this file")),
        (
            given(start) & (start != nw.col("requested")),
            says("week_start_date", start, "not the Monday of this file's week"),
        ),
    ]


def _fact(table: sa.Table, figure: str, other: str) -> Transform:
    """The transform of one of both figures. The source is added by who knows the week's landing."""
    measure = tables.MEASURES[table.name]
    judge: Callable[..., nw.LazyFrame] = partial(_judge, figure=figure, other=other, column=measure)
    columns = ("WeekID", "SongID", "WeekStartDate", "WeekEndDate", measure)
    return Transform.into(table, SONGS, judge, columns=columns, prefer=("Absent",))


_STREAMS, _DOWNLOADS = "total_weekly_streams", "total_weekly_downloads"
weekly_streams = _fact(tables.weekly_streams, _STREAMS, _DOWNLOADS)
weekly_downloads = _fact(tables.weekly_downloads, _DOWNLOADS, _STREAMS)
