"""Weeks: the partitions definition and the way between its keys, dates and `WeekID`.

A week runs from Monday to Sunday and is named by its Monday; its number is the ISO week's.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Self

import dagster as dg

from music_assets.settings import settings


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
    def from_iso(cls, year: int, week: int) -> Self:
        """The week of an ISO year and week number.

        Raises:
            ValueError: the year has no such week (most have 52, some 53).
        """
        return cls(dt.date.fromisocalendar(year, week, 1))

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


def weekly_partitions(first_week: dt.date) -> dg.WeeklyPartitionsDefinition:
    """Weeks from `first_week` to the current one, which is offered from its Monday on."""
    return dg.WeeklyPartitionsDefinition(
        start_date=first_week.isoformat(), day_offset=1, end_offset=1
    )


WEEKS = weekly_partitions(settings().first_week)


def newest_key() -> str:
    """The key of the current week."""
    return WEEKS.get_partition_keys()[-1]


def weeks_of(context: dg.AssetExecutionContext) -> list[Week]:
    """The weeks that a run asks for, oldest first.

    Raises:
        dagster.Failure: the run was launched without a partition.
    """
    if not context.has_partition_key and not context.has_partition_key_range:
        raise dg.Failure(
            f"{context.asset_key.to_user_string()} is made per week and the run names none; launch "
            f"it with a partition, such as --partition {newest_key()}.",
            allow_retries=False,
        )
    return sorted(Week.from_key(key) for key in context.partition_keys)
