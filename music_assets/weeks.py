"""Weeks, with their partition keys, dates and `WeekID`.

A week runs from Monday to Sunday. Its key is its Monday, and its number the ISO week's. Jobs on a
cluster import this, so it imports neither settings nor Dagster.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, order=True)
class Week:
    """One week, Monday to Sunday."""

    monday: dt.date

    def __post_init__(self) -> None:
        if self.monday.weekday() != 0:
            raise ValueError(f"{self.monday} is not a Monday, and a week is named by its Monday.")

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The week of a partition key such as `2026-11-16`."""
        return cls(dt.date.fromisoformat(key))

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """The week that a day is in."""
        return cls(day - dt.timedelta(days=day.weekday()))

    @classmethod
    def from_iso(cls, year: int, week: int) -> Self:
        """The week of an ISO year and week number.

        Raises:
            ValueError: the year has no such week (most have 52, some 53).
        """
        return cls(dt.date.fromisocalendar(year, week, 1))

    @classmethod
    def from_id(cls, week_id: int) -> Self:
        """The week of a `WeekID`.

        Raises:
            ValueError: there is no such week.
        """
        return cls.from_iso(*divmod(week_id, 100))

    def and_before(self, count: int) -> list[Self]:
        """A number of weeks that end with this one, newest first."""
        return [type(self)(self.monday - dt.timedelta(weeks=back)) for back in range(count)]

    @property
    def key(self) -> str:
        """The partition key, the Monday as `YYYY-MM-DD`."""
        return self.monday.isoformat()

    @property
    def sunday(self) -> dt.date:
        """The last day."""
        return self.monday + dt.timedelta(days=6)

    @property
    def week_id(self) -> int:
        """`WeekID`: ISO year * 100 + ISO week, so 2026-W47 is 202647."""
        year, week, _ = self.monday.isocalendar()
        return year * 100 + week

    @property
    def iso(self) -> str:
        """ISO 8601 name, such as `2026-W47`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"


def contiguous(weeks: Sequence[Week]) -> list[list[Week]]:
    """Weeks in groups that each cover a range without a gap, oldest first."""
    groups: list[list[Week]] = []
    for week in sorted(weeks):
        if groups and week.monday - groups[-1][-1].monday == dt.timedelta(days=7):
            groups[-1].append(week)
        else:
            groups.append([week])
    return groups
