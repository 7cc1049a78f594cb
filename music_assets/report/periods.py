"""Months and years of weeks: a week is in those that its Thursday is in, as ISO 8601 has it."""

import datetime as dt
from collections.abc import Callable, Sequence

from music_assets.report.shown_lists import WeekLists
from music_assets.weeks import Week

Groups = dict[str, list[WeekLists]]


def months_of(weeks: Sequence[WeekLists]) -> Groups:
    """The weeks of each month, such as `2026-11`."""
    return _groups(weeks, lambda week: f"{_thursday(week):%Y-%m}")


def years_of(weeks: Sequence[WeekLists]) -> Groups:
    """The weeks of each year, such as `2026`."""
    return _groups(weeks, lambda week: f"{_thursday(week):%Y}")


def days_of(period: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a month or a year."""
    year, _, month = period.partition("-")
    first = dt.date(int(year), int(month or 1), 1)
    then = dt.date(int(year) + 1, 1, 1) if not month else _month_after(first)
    return first, then - dt.timedelta(days=1)


def _month_after(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def _thursday(week: Week) -> dt.date:
    return week.monday + dt.timedelta(days=3)


def _groups(weeks: Sequence[WeekLists], name: Callable[[Week], str]) -> Groups:
    groups: Groups = {}
    for each in weeks:
        groups.setdefault(name(each.week), []).append(each)
    return groups
