"""The weekly partitions: which weeks there are at a given time."""

import datetime as dt

import pytest
from dagster import partition_loading_context

from music_assets.partitions import weekly_partitions


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-11-15T23:59", "2026-11-09"),
        ("2026-11-16T00:00", "2026-11-16"),
        ("2026-11-22T06:00", "2026-11-16"),
        ("2026-11-23T00:00", "2026-11-23"),
    ],
)
def test_the_newest_partition_is_the_week_that_is_running(now: str, newest: str) -> None:
    weeks = weekly_partitions(dt.date(2025, 12, 29))
    with partition_loading_context(dt.datetime.fromisoformat(f"{now}+00:00")):
        keys = weeks.get_partition_keys()
    assert (keys[0], keys[-1]) == ("2025-12-29", newest)
    assert len(keys) == len(set(keys))
