"""Transform of the charts: from the pages of a chart's file to one row per song on it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.rows import (
    LARGEST_BIGINT,
    LARGEST_INTEGER,
    ORDER,
    Form,
    Rule,
    Transform,
    count_in,
    field,
    given,
    name_in,
    no_id,
    not_a_count,
    not_a_text,
    says,
    verdict,
    whole_number,
)
from music_assets.weeks import Week

TEXT = nw.String()
#: The previous rank of a song that was not on the chart before; some files say 0.
NEW = -1
#: The region of fictional charts, which there is not.
DEMO = "demo"
NO_PLACE = "not a place on a chart"
CHART = Form(
    items="items",
    item=nw.Schema(
        dict.fromkeys(
            (
                *("rank", "song_id", "uri", "artist_names", "track_name", "source"),
                *("peak_rank", "previous_rank", "times_on_chart", "streams"),
            ),
            TEXT,
        )
    ),
    needs=("rank", "song_id"),
)


@dataclass(frozen=True, order=True)
class Chart:
    """A chart: the most streamed songs of a region, on one day or in one week.

    Attributes:
        region: `global`, or the code of a country.
        period: `daily` or `weekly`.
        date: the day; of a week, which begins on a Friday, the Thursday that ends it.
    """

    region: str
    period: str
    date: dt.date

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The chart of a key such as `global-weekly-2026-11-19`.

        Raises:
            ValueError: it is no such key.
        """
        region, period, day = key.split("-", 2)
        return cls(region, period, dt.date.fromisoformat(day))

    @property
    def key(self) -> str:
        """The key, as in the name of the chart's file."""
        return f"{self.region}-{self.period}-{self.date.isoformat()}"

    @property
    def week_id(self) -> int:
        """`WeekID` of the date: a weekly chart has four of its days, Monday to Thursday, in it."""
        return Week.of(self.date).week_id


def charts_lookup(charts: Sequence[Chart]) -> dict[str, list[Any]]:
    """The lookup `charts` of the transform: one row per chart, given by columns."""
    return {
        "requested": [chart.key for chart in charts],
        "Region": [chart.region for chart in charts],
        "Period": [chart.period for chart in charts],
        "ChartDate": [chart.date for chart in charts],
        "WeekID": [chart.week_id for chart in charts],
    }


def _judge(records: nw.LazyFrame, charts: nw.LazyFrame) -> nw.LazyFrame:
    """One row per song on a chart; the chart is the one in the page's `requested`."""
    song, uri, rank = field("song_id"), field("uri"), field("rank")
    peak, previous = field("peak_rank"), field("previous_rank")
    times, streams = field("times_on_chart"), field("streams")
    return _with_twins(
        records.join(charts, on="requested", how="inner").with_columns(
            SongID=nw.when(~no_id(song)).then(song), Rank=_rank_in(rank)
        )
    ).select(
        *ORDER,
        *("Region", "Period", "ChartDate", "WeekID", "SongID", "Rank"),
        PreviousRank=_rank_in(previous),
        PeakRank=_rank_in(peak),
        TimesOnChart=count_in(times),
        Streams=count_in(streams, LARGEST_BIGINT),
        Title=name_in(field("track_name")),
        ArtistNames=name_in(field("artist_names")),
        Label=name_in(field("source")),
        **verdict(
            (nw.col("SongID").is_null(), says("uri", uri, "not the address of a track")),
            (nw.col("Rank").is_null(), says("rank", rank, NO_PLACE)),
            (
                nw.col("Rank") > nw.col("BestRank"),
                says("uri", uri, "a song that has a better rank on this chart"),
            ),
            (nw.col("SongAt") > nw.col("FirstAt"), says("rank", rank, "that of a song above")),
            without=[
                (_is_outside(previous, NEW), says("previous_rank", previous, NO_PLACE)),
                (_is_outside(peak, 1), says("peak_rank", peak, NO_PLACE)),
                (not_a_count(times), says("times_on_chart", times, "not a count")),
                (not_a_count(streams, LARGEST_BIGINT), says("streams", streams, "not a count")),
                *map(_no_name, ("track_name", "artist_names", "source")),
            ],
        ),
    )


def _with_twins(read: nw.LazyFrame) -> nw.LazyFrame:
    """Records with what tells those that take another's place.

    A song has one rank, its best (`BestRank`), and a rank has one song: of several the one whose
    place in the file (`SongAt`) is the first of all (`FirstAt`). The same line twice is one.
    """
    rank = nw.col("Rank")
    at = nw.col("Line").cast(nw.Int64()) * 10**9 + nw.col("Position").cast(nw.Int64())
    song, place = ("requested", "SongID"), ("requested", "Rank")
    sound = ~nw.col("SongID").is_null() & ~rank.is_null()
    best = sound & (rank == nw.col("BestRank"))
    return (
        read.with_columns(RankOfSound=nw.when(sound).then(rank))
        .with_columns(BestRank=nw.col("RankOfSound").min().over(*song))
        .with_columns(AtOfBest=nw.when(best).then(at))
        .with_columns(SongAt=nw.col("AtOfBest").min().over(*song))
        .with_columns(AtOfSong=nw.when(best).then(nw.col("SongAt")))
        .with_columns(FirstAt=nw.col("AtOfSong").min().over(*place))
    )


def _rank_in(text: nw.Expr) -> nw.Expr:
    """Text as a place on a chart, from 1, otherwise null."""
    return nw.when(~_is_outside(text, 1)).then(whole_number(text))


def _is_outside(text: nw.Expr, least: int) -> nw.Expr:
    """True if a value was sent and is no integer that a column holds, from a least one."""
    number = whole_number(text)
    return given(text) & (number.is_null() | (number < least) | (number > LARGEST_INTEGER))


def _no_name(name: str) -> Rule:
    return not_a_text(field(name)), nw.lit(f"{name} is longer than its column, or holds a NUL")


chart_entries = Transform.into(tables.chart_entries, CHART, _judge)
