"""The weekly transforms: one page of songs, two facts, and why a song is rejected."""

import datetime as dt
from typing import Any

import narwhals as nw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weekly_downloads, weekly_streams, weeks_lookup
from music_assets.weeks import Week
from music_assets_tests.transforms.conftest import Row, transformed

WEEK, NEXT = Week.from_key("2026-11-16"), Week.from_key("2026-11-23")
FACTS = [
    (weekly_streams, "total_weekly_streams", "WeeklyStreams"),
    (weekly_downloads, "total_weekly_downloads", "TotalWeeklyDownloads"),
]


def song(identity: object = "a", **data: Any) -> Row:
    known = {"week": 47, "total_weekly_streams": 600_000, "total_weekly_downloads": 50_000}
    return {"song_id": identity, "weekly_data": known | data}


def page(*songs: Any, week: Week = WEEK) -> Row:
    return {"requested": week.key, "songs": songs}


def judged(transform: Transform, *pages: Row) -> tuple[list[Row], list[str]]:
    """The rows with a figure, and the reasons of the rejects."""
    rows, reasons = with_absent(transform, *pages)
    return [row for row in rows if None not in row.values()], reasons


def with_absent(transform: Transform, *pages: Row) -> tuple[list[Row], list[str]]:
    return transformed(
        transform,
        *pages,
        lookups={"weeks": nw.from_dict(weeks_lookup([WEEK, NEXT]), backend="polars")},
    )


def absent(transform: Transform, *pages: Row) -> list[tuple[int, str]]:
    """The weeks and songs of which the other figure alone is known."""
    rows, _ = with_absent(transform, *pages)
    return [(row["WeekID"], row["SongID"]) for row in rows if None in row.values()]


def test_a_song_of_a_week_is_a_row_in_each_fact() -> None:
    week = {"WeekID": 202647, "SongID": "a"}
    days = {"WeekStartDate": dt.date(2026, 11, 16), "WeekEndDate": dt.date(2026, 11, 22)}
    full = song(week_start_date="2026-11-16", week_end_date="2026-11-22")
    assert judged(weekly_streams, page(full)) == ([{**week, **days, "WeeklyStreams": 600_000}], [])
    assert judged(weekly_downloads, page(full)) == (
        [{**week, **days, "TotalWeeklyDownloads": 50_000}],
        [],
    )


@pytest.mark.parametrize("number", [47, "47", 47.0, 202647, "202647"])
def test_a_week_may_be_numbered_as_iso_does_or_as_its_id(number: object) -> None:
    rows, reasons = judged(weekly_streams, page(song(week=number)))
    assert ([row["WeekID"] for row in rows], reasons) == ([202647], [])


BAD: list[tuple[Any, str]] = [
    (None, "song_id is absent, not the id of a song"),
    (song(None), "song_id is absent, not the id of a song"),
    (song(""), "song_id is '', not the id of a song"),
    (song("a b"), "song_id is 'a b', not the id of a song"),
    ({"song_id": "a"}, "week is absent, not the number of a week"),
    ({"song_id": "a", "weekly_data": None}, "week is absent, not the number of a week"),
    (song(week=None), "week is absent, not the number of a week"),
    (song(week="week 47"), "week is 'week 47', not the number of a week"),
    (song(week=47.5), "week is '47.5', not the number of a week"),
    (song(week=48), "week is '48', not the week of this file"),
    (song(week=-47), "week is '-47', not the week of this file"),
    (song(week=202547), "week is '202547', not the week of this file"),
    (
        song(week_start_date="2026-11-15"),
        "week_start_date is '2026-11-15', not the Monday of this file's week",
    ),
    (
        song(week_start_date=""),
        "week_start_date is '', not the Monday of this file's week",
    ),
]


@pytest.mark.parametrize("transform", [weekly_streams, weekly_downloads])
@pytest.mark.parametrize(("item", "reason"), BAD)
def test_a_song_that_cannot_be_used_says_why(transform: Transform, item: Any, reason: str) -> None:
    assert judged(transform, page(item)) == ([], [reason])


@pytest.mark.parametrize(("transform", "figure"), [fact[:2] for fact in FACTS])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "'-1'"),
        (0.5, "'0.5'"),
        ("many", "'many'"),
        ("", "''"),
        (True, "'true'"),
        (10**18, "'1000000000000000000'"),
    ],
)
def test_a_figure_that_is_no_count_costs_its_own_fact_only(
    transform: Transform, figure: str, value: object, shown: str
) -> None:
    bad = page(song(**{figure: value}))
    assert judged(transform, bad) == ([], [f"{figure} is {shown}, not a count"])
    (other,) = [each for each, _, _ in FACTS if each is not transform]
    rows, reasons = judged(other, bad)
    assert (len(rows), reasons) == (1, [])


def without(*figures: str, **data: Any) -> Row:
    """A song of which some figures are absent; a null is no figure either."""
    found = song(**data)
    for figure in figures[:1]:
        del found["weekly_data"][figure]
    for figure in figures[1:]:
        found["weekly_data"][figure] = None
    return found


@pytest.mark.parametrize(("transform", "figure"), [fact[:2] for fact in FACTS])
def test_a_song_with_the_other_figure_alone_is_neither_a_row_nor_a_reject(
    transform: Transform, figure: str
) -> None:
    for lacking in (without(figure), song(**{figure: None})):
        assert judged(transform, page(lacking, song("b"))) == judged(transform, page(song("b")))
        assert absent(transform, page(lacking, song("b"))) == [(202647, "a")]
        (other,) = [each for each, _, _ in FACTS if each is not transform]
        rows, reasons = judged(other, page(lacking))
        assert (len(rows), reasons) == (1, [])


@pytest.mark.parametrize(("transform", "figure"), [fact[:2] for fact in FACTS])
def test_a_song_without_any_figure_is_rejected(transform: Transform, figure: str) -> None:
    both = [fact[1] for fact in FACTS]
    assert judged(transform, page(without(*both))) == ([], [f"{figure} is absent, not a count"])


@pytest.mark.parametrize(
    "unsound",
    [{"total_weekly_streams": -1}, {"total_weekly_streams": "many"}, {"week": 48}, {"week": None},
     {"week_start_date": "2026-11-15"}, {"identity": None}, {"identity": "a b"}],
)  # fmt: skip
def test_only_the_figures_own_transform_tells_why_a_song_is_unsound(unsound: Row) -> None:
    lacking = page(without("total_weekly_downloads", **unsound))
    assert len(judged(weekly_streams, lacking)[1]) == 1
    assert with_absent(weekly_downloads, lacking) == ([], [])


def test_a_song_that_comes_twice_has_the_figure_that_one_of_them_gives() -> None:
    lacking = without("total_weekly_downloads")
    rows, reasons = judged(weekly_downloads, page(lacking, song()), page(lacking))
    assert ([row["TotalWeeklyDownloads"] for row in rows], reasons) == ([50_000], [])


@pytest.mark.parametrize(("transform", "figure", "column"), FACTS)
def test_a_figure_of_zero_is_a_figure(transform: Transform, figure: str, column: str) -> None:
    rows, _ = judged(transform, page(song(**{figure: 0})))
    assert rows[0][column] == 0


def test_a_song_that_comes_twice_is_one_row_the_first() -> None:
    first, second = song(total_weekly_streams=1), song(total_weekly_streams=2)
    rows, reasons = judged(weekly_streams, page(first, second), page(second))
    assert ([row["WeeklyStreams"] for row in rows], reasons) == ([1], [])


def test_a_rejected_song_does_not_stand_in_the_way_of_a_sound_one() -> None:
    rows, reasons = judged(weekly_streams, page(song(week=1), song(), song("b")))
    assert [row["SongID"] for row in rows] == ["a", "b"]
    assert len(reasons) == 1


def test_several_weeks_are_told_apart_by_what_was_requested() -> None:
    pages = page(song(week=48), song("b", week=47), week=NEXT), page(song(), song("b", week=48))
    rows, reasons = judged(weekly_streams, *pages)
    assert [(row["WeekID"], row["SongID"]) for row in rows] == [(202647, "a"), (202648, "a")]
    assert reasons == [f"week is '{week}', not the week of this file" for week in (47, 48)]


def test_the_turn_of_a_year_with_53_weeks() -> None:
    week = Week.from_iso(2026, 53)
    lookups = {"weeks": nw.from_dict(weeks_lookup([week]), backend="polars")}
    for number, accepted in ((53, 1), (202653, 1), (1, 0), (202701, 0)):
        rows, _ = transformed(weekly_streams, page(song(week=number), week=week), lookups=lookups)
        assert len(rows) == accepted
    assert weeks_lookup([week])["WeekEndDate"] == [dt.date(2027, 1, 3)]


figures = st.integers(-(10**6), 10**20) | st.sampled_from([None, "x", 1.5, 7.0])


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([47, 48, "x"]), figures), max_size=9)
)
def test_each_song_is_a_row_or_has_a_reason(content: list[Any]) -> None:
    songs = [
        song(each, week=week, total_weekly_streams=value, total_weekly_downloads=None)
        for each, week, value in content
    ]
    rows, reasons = judged(weekly_streams, page(*songs))
    sound = [
        (each, int(value))
        for each, week, value in content
        if week == 47 and value not in {None, "x", 1.5} and 0 <= value < 10**18
    ]
    assert {row["SongID"]: row["WeeklyStreams"] for row in rows} == dict(reversed(sound))
    assert len(reasons) == len(content) - len(sound)
    assert judged(weekly_downloads, page(*songs))[0] == []
    assert {each for _, each in absent(weekly_downloads, page(*songs))} == {
        song for song, _ in sound
    }
