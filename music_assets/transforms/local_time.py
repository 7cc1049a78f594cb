"""Days and hours of a time zone, as lookups of whole numbers that every engine joins alike.

Engines do not agree on time zones, so the offsets are looked up, day by day.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from music_assets.weeks import Week

DAY = 86_400
#: Spotify began in this year, and nobody has heard anything there before.
FIRST_DAY = dt.date(2006, 1, 1)
EPOCH = dt.date(1970, 1, 1)


def number_of(day: dt.date) -> int:
    """The number of a day, counted from 1970."""
    return (day - EPOCH).days


def days_lookup(zone: ZoneInfo, last: dt.date) -> dict[str, list[int]]:
    """The lookup `days`: one row per day in UTC, with the zone's offsets in seconds.

    Args:
        zone: whose clock counts.
        last: the newest day.

    Returns:
        Columns: `Day`; `Before`, the offset at its begin; `ChangesAt`, the second since 1970 of a
        change, or the day's end; `After`, the offset from then on. No zone changes twice a day.
    """
    numbers = range(number_of(FIRST_DAY), number_of(last) + 1)
    offsets = [_offset(zone, number * DAY) for number in range(numbers.start, numbers.stop + 1)]
    changes = [
        _change(zone, number * DAY, (number + 1) * DAY) if before != after else (number + 1) * DAY
        for number, before, after in zip(numbers, offsets, offsets[1:], strict=False)
    ]
    return {
        "Day": list(numbers),
        "Before": offsets[:-1],
        "ChangesAt": changes,
        "After": offsets[1:],
    }


def calendar_lookup(last: dt.date) -> dict[str, list[Any]]:
    """The lookup `calendar`: one row per day of a clock, with its date, week, month and year.

    `DayNumber` counts days from 1970. The others are columns of `plays`.
    """
    # A clock is up to 14 hours ahead of UTC, or 12 behind.
    first = FIRST_DAY - dt.timedelta(days=1)
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 2)]
    return {
        "DayNumber": [number_of(each) for each in dates],
        "LocalDate": dates,
        "WeekID": [Week.of(each).week_id for each in dates],
        "WeekStartDate": [Week.of(each).monday for each in dates],
        "MonthStartDate": [each.replace(day=1) for each in dates],
        "YearStartDate": [each.replace(month=1, day=1) for each in dates],
    }


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = dt.datetime.fromtimestamp(second, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(zone: ZoneInfo, begin: int, end: int) -> int:
    """The first second of the new offset, between two that have different ones."""
    before = _offset(zone, begin)
    while end - begin > 1:
        middle = (begin + end) // 2
        begin, end = (middle, end) if _offset(zone, middle) == before else (begin, middle)
    return end
