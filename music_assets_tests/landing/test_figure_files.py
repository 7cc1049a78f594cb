"""Weeks of people's own figures: whole ones, beside other songs, and never over a person's file."""

import datetime as dt
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.figure_files import Put, put_streams, whole_weeks
from music_assets.landing.weekly_form import usual_songs
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import IMPORTED_FIGURES, WEEKLY_FILES, weekly_file
from music_assets.weeks import Week

WEEK, NEXT = Week.from_iso(2026, 53), Week.from_iso(2027, 1)

days = st.dictionaries(
    st.dates(dt.date(2026, 12, 1), dt.date(2027, 1, 31)), st.integers(0, 10**15), max_size=62
)
runs = st.tuples(st.dates(dt.date(2026, 11, 1), dt.date(2027, 1, 1)), st.integers(0, 60)).map(
    lambda run: {run[0] + dt.timedelta(days=i): i for i in range(run[1])}
)


@given(days | runs)
def test_a_week_is_the_sum_of_its_seven_days_or_is_left_out(days: Mapping[dt.date, int]) -> None:
    whole, partial = whole_weeks(days, dt.date.max)
    assert set(whole) | set(partial) == {Week.of(day) for day in days}
    assert not set(whole) & set(partial)
    for week, count in whole.items():
        every = [week.monday + dt.timedelta(days=i) for i in range(7)]
        assert count == sum(days[day] for day in every)
    for week, known in partial.items():
        assert known == len([day for day in days if Week.of(day) == week]) < 7
    assert sum(whole.values()) <= sum(days.values())


def entries(storage: StorageResource, week: Week = WEEK) -> dict[str, int]:
    songs = usual_songs(storage.read(weekly_file(week))[1])
    assert all(song.weekly_data for song in songs)
    return {
        str(song.song_id): song.weekly_data.total_weekly_streams  # type: ignore[union-attr,misc]
        for song in songs
    }


def test_songs_of_several_imports_stand_in_one_file(storage: StorageResource) -> None:
    assert put_streams(storage, "b", {WEEK: 1, NEXT: 2}) == Put(written=[WEEK, NEXT])
    assert put_streams(storage, "a", {WEEK: 3}) == Put(written=[WEEK])
    assert (entries(storage), entries(storage, NEXT)) == ({"a": 3, "b": 1}, {"b": 2})
    assert put_streams(storage, "b", {WEEK: 4, NEXT: 2}) == Put(written=[WEEK], unchanged=[NEXT])
    assert entries(storage) == {"a": 3, "b": 4}


def test_a_figure_has_its_week_and_no_downloads(storage: StorageResource) -> None:
    put_streams(storage, "a", {WEEK: 1})
    assert json.loads(storage.read(weekly_file(WEEK))[1])["songs"] == [
        {
            "song_id": "a",
            "weekly_data": {
                "week": 53,
                "week_start_date": "2026-12-28",
                "week_end_date": "2027-01-03",
                "total_weekly_streams": 1,
            },
        }
    ]


def test_the_order_of_imports_makes_no_difference(storage: StorageResource) -> None:
    for songs in ("abc", "cab", "abcabc"):
        for blob in list(storage.list(WEEKLY_FILES)):
            storage.delete(blob.path)
        for song in songs:
            put_streams(storage, song, {WEEK: ord(song)})
        if songs == "abc":
            first = storage.read(weekly_file(WEEK))[1]
        assert storage.read(weekly_file(WEEK))[1] == first


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_persons_own_file_is_left_alone(storage: StorageResource, ending: str) -> None:
    path = f"{weekly_file(WEEK)}{ending}"
    storage.write(path, b'{"songs": []}')
    done = put_streams(storage, "a", {WEEK: 1, NEXT: 2})
    assert done.written == [NEXT]
    assert done.refused == {
        WEEK: f"{path} was not written by this command, so it stays as it is, and 2026-W53 is left "
        "out; add the figures to it, or remove it and do this again."
    }
    assert storage.read(path)[1] == b'{"songs": []}'


def test_a_file_that_somebody_has_changed_is_theirs(storage: StorageResource) -> None:
    put_streams(storage, "a", {WEEK: 1})
    edited = storage.read(weekly_file(WEEK))[1].replace(b": 1", b": 2")
    storage.write(weekly_file(WEEK), edited)
    assert list(put_streams(storage, "b", {WEEK: 1}).refused) == [WEEK]
    storage.delete(weekly_file(WEEK))
    assert put_streams(storage, "b", {WEEK: 1}).written == [WEEK]
    assert entries(storage) == {"b": 1}


def test_a_misnamed_file_of_the_week_keeps_its_figures_out(storage: StorageResource) -> None:
    storage.write("weekly-data/2026-W53.json", b'{"songs": []}')
    [(week, why)] = put_streams(storage, "a", {WEEK: 1}).refused.items()
    assert week == WEEK
    assert "rename it to weekly_data_2026-W53.json" in why


@pytest.mark.parametrize("wrote_file", [True, False])
def test_a_kill_between_the_note_and_the_file_costs_nothing(
    storage: StorageResource, wrote_file: bool
) -> None:
    put_streams(storage, "a", {WEEK: 1})
    before = storage.read(weekly_file(WEEK))[1]
    put_streams(storage, "b", {WEEK: 2})
    if not wrote_file:
        storage.write(weekly_file(WEEK), before)
    assert put_streams(storage, "b", {WEEK: 2}).refused == {}
    assert entries(storage) == {"a": 1, "b": 2}


def test_a_damaged_note_makes_every_file_a_persons(storage: StorageResource) -> None:
    put_streams(storage, "a", {WEEK: 1})
    storage.write(IMPORTED_FIGURES, b"{half")
    assert list(put_streams(storage, "a", {WEEK: 2}).refused) == [WEEK]
