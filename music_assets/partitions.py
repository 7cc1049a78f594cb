"""The weekly partitions: the definition, and the weeks that a run asks for."""

import datetime as dt
from collections.abc import Mapping, Sequence

import dagster as dg

from music_assets.config.settings import settings
from music_assets.weeks import Week


def weekly_partitions(first_week: dt.date) -> dg.WeeklyPartitionsDefinition:
    """Weeks from `first_week` to the current one, which exists from its Monday on."""
    return dg.WeeklyPartitionsDefinition(
        start_date=first_week.isoformat(), day_offset=1, end_offset=1
    )


#: The tag of a run of one week, and those of one run for a range of weeks; Dagster reads them.
PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

WEEKS = weekly_partitions(settings().first_week)


def newest_key() -> str:
    """The key of the current week."""
    return WEEKS.get_partition_keys()[-1]


def all_weeks() -> dict[str, str]:
    """The tags that make one run cover every week."""
    return {RANGE_START: WEEKS.get_partition_keys()[0], RANGE_END: newest_key()}


def span(weeks: Sequence[Week]) -> dict[str, str]:
    """The tags that make one run cover weeks without a gap, given oldest first."""
    return {RANGE_START: weeks[0].key, RANGE_END: weeks[-1].key}


def finished_weeks() -> list[Week]:
    """The weeks that have ended, oldest first."""
    return [Week.from_key(key) for key in WEEKS.get_partition_keys()[:-1]]


def names_weeks(tags: Mapping[str, str]) -> bool:
    """True if a run's tags name weeks."""
    return not {PARTITION, RANGE_START, RANGE_END}.isdisjoint(tags)


def weeks_of_run(tags: Mapping[str, str]) -> list[Week]:
    """The weeks that a run's tags ask for, oldest first; every week where they name none."""
    keys = WEEKS.get_partition_keys()
    first, last = tags.get(RANGE_START, keys[0]), tags.get(RANGE_END, keys[-1])
    if PARTITION in tags:
        first = last = tags[PARTITION]
    return [Week.from_key(key) for key in keys if first <= key <= last]


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
