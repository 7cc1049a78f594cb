"""The transform of charts: a row per song, and why a song is rejected or loaded without a value."""

import datetime as dt
from typing import Any

import narwhals as nw
import pytest

from music_assets.transforms.charts import Chart, chart_entries, charts_lookup
from music_assets_tests.transforms.conftest import Row, transformed

WEEKLY = Chart("global", "weekly", dt.date(2026, 11, 19))
DAILY = Chart("de", "daily", dt.date(2026, 11, 19))
SONG = "4uLU6hMCjMI75M1A2tKUQC"


def entry(rank: object = 1, song: str = SONG, **members: Any) -> Row:
    known = {
        "song_id": song,
        "uri": f"spotify:track:{song}",
        "artist_names": "A, B",
        "track_name": "T",
        "source": "L",
        "peak_rank": 1,
        "previous_rank": 2,
        "times_on_chart": 3,
        "streams": 4,
    }
    return {"rank": rank} | known | members


def judged(*items: Any, chart: Chart = WEEKLY) -> tuple[list[Row], list[str]]:
    lookup = nw.from_dict(charts_lookup([WEEKLY, DAILY]), backend="polars")
    page = {"requested": chart.key, "items": items}
    return transformed(chart_entries, page, lookups={"charts": lookup})


def test_a_song_on_a_chart_is_a_row_with_the_iso_week_of_the_charts_date() -> None:
    assert judged(entry()) == (
        [
            {
                "Region": "global",
                "Period": "weekly",
                "ChartDate": dt.date(2026, 11, 19),
                "SongID": SONG,
                "Rank": 1,
                "PreviousRank": 2,
                "PeakRank": 1,
                "TimesOnChart": 3,
                "Streams": 4,
                "Title": "T",
                "ArtistNames": "A, B",
                "Label": "L",
                "WeekID": 202647,
            }
        ],
        [],
    )


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-01-01", 202601),
        ("2025-12-31", 202601),
        ("2027-01-01", 202653),
        ("2026-12-31", 202653),
    ],
)
def test_the_week_of_a_chart_is_the_iso_week_of_its_date(day: str, week: int) -> None:
    chart = Chart.from_key(f"global-daily-{day}")
    assert (chart.week_id, chart.key) == (week, f"global-daily-{day}")


@pytest.mark.parametrize("song", ["a", "A" * 21, "A" * 23, "A" * 64])
def test_an_id_of_another_length_is_an_id(song: str) -> None:
    assert [row["SongID"] for row in judged(entry(song=song))[0]] == [song]


NO_ADDRESS = "not the address of a track"
NO_PLACE = "not a place on a chart"
BAD: list[tuple[Any, str]] = [
    (None, f"uri is absent, {NO_ADDRESS}"),
    (entry(song_id=None, uri=None), f"uri is absent, {NO_ADDRESS}"),
    (
        entry(song_id=None, uri=f"spotify:episode:{SONG}"),
        f"uri is 'spotify:episode:{SONG}', {NO_ADDRESS}",
    ),
    (entry(song=""), f"uri is 'spotify:track:', {NO_ADDRESS}"),
    (entry(song="A" * 65), f"uri is 'spotify:track:{'A' * 65}', {NO_ADDRESS}"),
    (entry(song="a b"), f"uri is 'spotify:track:a b', {NO_ADDRESS}"),
    (entry(rank=None), f"rank is absent, {NO_PLACE}"),
    (entry(rank="Total"), f"rank is 'Total', {NO_PLACE}"),
    (entry(rank=0), f"rank is '0', {NO_PLACE}"),
    (entry(rank=-1), f"rank is '-1', {NO_PLACE}"),
    (entry(rank=1.5), f"rank is '1.5', {NO_PLACE}"),
    (entry(rank=2**31), f"rank is '{2**31}', {NO_PLACE}"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_song_without_an_id_or_a_rank_is_left_out(bad: Any, reason: str) -> None:
    rows, reasons = judged(bad, entry(rank=2, song="other"))
    assert [row["SongID"] for row in rows] == ["other"]
    assert reasons == [reason]


@pytest.mark.parametrize("previous", [-1, "-1", 0, None])
def test_a_song_that_was_not_on_the_chart_before_has_no_previous_rank(previous: object) -> None:
    [row], reasons = judged(entry(previous_rank=previous))
    assert (row["PreviousRank"], reasons) == (None, [])


@pytest.mark.parametrize(
    ("member", "value", "column"),
    [
        ("previous_rank", -2, "PreviousRank"),
        ("previous_rank", "new", "PreviousRank"),
        ("peak_rank", 0, "PeakRank"),
        ("times_on_chart", "x", "TimesOnChart"),
        ("streams", "1.2E+06", "Streams"),
        ("streams", -1, "Streams"),
        ("track_name", "x" * 1_001, "Title"),
        ("artist_names", "\x00", "ArtistNames"),
        ("source", "x" * 1_001, "Label"),
    ],
)
def test_a_value_that_cannot_be_used_is_null_and_the_song_is_loaded(
    member: str, value: Any, column: str
) -> None:
    [row], [reason] = judged(entry(**{member: value}))
    assert row[column] is None
    assert reason.startswith(f"{member} is ")
    assert reason.endswith("; it is loaded without")


def test_a_rank_belongs_to_the_first_of_two_songs() -> None:
    rows, reasons = judged(entry(5, "z"), entry(5, "a"), entry(6, "b"))
    assert [(row["SongID"], row["Rank"]) for row in rows] == [("b", 6), ("z", 5)]
    assert reasons == ["rank is '5', that of a song above"]


def test_a_song_has_its_best_rank_and_leaves_the_other_to_whom_it_belongs() -> None:
    rows, reasons = judged(entry(9, "a"), entry(5, "a"), entry(9, "b"))
    assert [(row["SongID"], row["Rank"]) for row in rows] == [("a", 5), ("b", 9)]
    assert reasons == ["uri is 'spotify:track:a', a song that has a better rank on this chart"]


def test_a_rank_that_only_an_unusable_song_has_is_free() -> None:
    rows, reasons = judged(entry(5, "a b"), entry(5, "a"))
    assert [row["SongID"] for row in rows] == ["a"]
    assert len(reasons) == 1


def test_the_same_line_twice_is_one_row_and_no_reject() -> None:
    rows, reasons = judged(entry(5), entry(5), entry(6, "b"))
    assert ([row["Rank"] for row in rows], reasons) == ([5, 6], [])


def test_charts_do_not_take_each_others_songs_and_ranks() -> None:
    lookup = nw.from_dict(charts_lookup([WEEKLY, DAILY]), backend="polars")
    pages = [{"requested": chart.key, "items": [entry(5)]} for chart in (WEEKLY, DAILY)]
    rows, reasons = transformed(chart_entries, *pages, lookups={"charts": lookup})
    assert [(row["Region"], row["Period"], row["WeekID"]) for row in rows] == [
        ("de", "daily", 202647),
        ("global", "weekly", 202647),
    ]
    assert reasons == []
