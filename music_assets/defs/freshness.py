"""Freshness: when Dagster calls an asset late. What no clock makes has no policy."""

import datetime as dt
from collections.abc import Collection

import dagster as dg

from music_assets.config.settings import settings
from music_assets.schema.data_versions import FIGURES
from music_assets.schema.tables import plays

#: `weekly_schedule` begins on Sundays at six, and a run of one week takes minutes.
SUNDAY_NOON = dg.FreshnessPolicy.cron("0 12 * * 0", lower_bound_delta=dt.timedelta(hours=6))
#: `recently_played_schedule` asks every hour; Spotify remembers 50 plays, two hours of music.
EVERY_HOUR = dg.FreshnessPolicy.time_window(
    fail_window=dt.timedelta(hours=24), warn_window=dt.timedelta(hours=3)
)


def hourly() -> dg.FreshnessPolicy | None:
    """The policy of what is made of recent plays; None where nobody lets Spotify be asked."""
    return EVERY_HOUR if settings().refresh_token else None


def freshness_of(tables_read: Collection[str]) -> dg.FreshnessPolicy | None:
    """The policy of a mart that reads some tables."""
    if not {*FIGURES}.isdisjoint(tables_read):
        return SUNDAY_NOON
    return hourly() if plays.name in tables_read else None
