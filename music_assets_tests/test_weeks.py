"""Weeks: keys, dates and WeekID, over year ends too."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.weeks import Week

mondays = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)).map(
    lambda day: day - dt.timedelta(days=day.weekday())
)


def test_a_week_is_known_by_its_monday_its_iso_name_and_its_id() -> None:
    week = Week.from_key("2026-11-16")
    assert (week.week_id, week.iso, week.sunday) == (202647, "2026-W47", dt.date(2026, 11, 22))
    assert Week.from_iso(2026, 47) == week


def test_the_first_and_the_last_days_of_a_year_belong_to_the_week_that_iso_says() -> None:
    assert Week.from_key("2025-12-29").week_id == 202601
    assert Week.from_key("2020-12-28").week_id == 202053


@given(mondays, mondays)
def test_ids_are_unique_over_the_years_and_sort_by_time(one: dt.date, other: dt.date) -> None:
    assert (Week(one).week_id < Week(other).week_id) == (one < other)


@given(mondays)
def test_every_name_of_a_week_leads_back_to_it(monday: dt.date) -> None:
    week = Week(monday)
    assert Week.from_key(week.key) == week
    year, number = week.iso.split("-W")
    assert Week.from_iso(int(year), int(number)) == week


def test_a_day_that_is_no_monday_names_no_week() -> None:
    with pytest.raises(ValueError, match="not a Monday"):
        Week.from_key("2026-11-17")
