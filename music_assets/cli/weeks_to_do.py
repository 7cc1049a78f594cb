"""The weeks that have something to do, for the run that does it and the status that tells it."""

from collections.abc import Sequence

import dagster as dg

from music_assets.database.versioning import Versions
from music_assets.defs.assets.weekly import SEED
from music_assets.loading.week_notes import LANDING, stale_weeks
from music_assets.partitions import WEEKS
from music_assets.schema import tables
from music_assets.storage.blobs import StorageResource
from music_assets.weeks import Week


def every_week() -> list[Week]:
    """The weeks of the partitions, oldest first."""
    return [Week.from_key(key) for key in WEEKS.get_partition_keys()]


def weeks_to_do(
    storage: StorageResource, versions: Versions, instance: dg.DagsterInstance
) -> list[Week]:
    """The weeks that would land or load otherwise than they have, or that no run is known of.

    Args:
        storage: holds the landings, and the notes of what they were made of.
        versions: of the tables.
        instance: keeps the history.
    """
    weeks = every_week()
    stale = set(stale_weeks(storage, versions, weeks, SEED))
    stale |= set(weeks) - _in_history(instance, weeks)
    return [week for week in weeks if week in stale]


def _in_history(instance: dg.DagsterInstance, weeks: Sequence[Week]) -> set[Week]:
    """The weeks of which Dagster's history knows every table and the landing."""
    keys = [
        instance.get_materialized_partitions(dg.AssetKey(name))
        for name in (LANDING, *tables.MEASURES)
    ]
    return {week for week in weeks if all(week.key in each for each in keys)}
