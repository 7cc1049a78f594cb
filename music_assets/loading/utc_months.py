"""Months in UTC, such as `2026-11`: the parts in which plays land and are loaded."""

import datetime as dt
from collections.abc import Sequence

from music_assets.weeks import Week

#: The years of which a table can have plays; landings may have any, and `unknown`.
YEARS = range(2005, 2200)
WEEK = dt.timedelta(weeks=1)


def month_at(second: int) -> str:
    """The month of a second since 1970."""
    return month_of(dt.datetime.fromtimestamp(second, dt.UTC))


def beside(month: str) -> list[str]:
    """The months before and after one."""
    if not _may_have_plays(month):
        return []
    begin, end = _bounds(month)
    return [month_of(begin - dt.timedelta(days=1)), month_of(end)]


def _bounds(month: str) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of a month, and that of the next."""
    begin = dt.datetime.strptime(f"{month}-01", "%Y-%m-%d")  # noqa: DTZ007 (the database's are bare)
    return begin, (begin + dt.timedelta(days=31)).replace(day=1)


def month_of(moment: dt.datetime) -> str:
    """The month that a moment is in."""
    return f"{moment:%Y-%m}"


def ranges(months: Sequence[str]) -> list[tuple[object, object]]:
    """The moments of months as ranges, those that follow each other as one."""
    bounds = [_bounds(month) for month in months if _may_have_plays(month)]
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for begin, end in bounds:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return [*joined]


def weeks_of(month: str) -> list[int]:
    """The WeekIDs that a play of a month in UTC may have on any clock."""
    if not _may_have_plays(month):
        return []
    begin, end = (each.date() for each in _bounds(month))
    first, last = Week.of(begin - dt.timedelta(days=1)), Week.of(end)
    count = (last.monday - first.monday) // WEEK + 1
    return [each.week_id for each in last.and_before(count)]


def _may_have_plays(month: str) -> bool:
    """True if it is a month in one of `YEARS`: in others no record is usable."""
    year = month.partition("-")[0]
    return year.isdecimal() and int(year) in YEARS
