"""The weekly partitions: the definition, and the weeks that a run asks for."""

import datetime as dt

import dagster as dg

from music_assets.config.settings import settings
from music_assets.weeks import Week


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
