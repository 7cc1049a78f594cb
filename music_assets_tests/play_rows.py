"""A listening history as the rows of `plays`, for the tests of what is made of them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from music_assets.weeks import Week

EPOCH = dt.date(1970, 1, 1)
#: The end of a play, its SongID, and its seconds.
Heard = tuple[dt.datetime, str, float | None]


def at(moment: str) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromisoformat(moment)


def play(ended: dt.datetime, song: str, seconds: float | None, zone: str = "UTC") -> dict[str, Any]:
    """A row of `plays`; `ended` is in UTC."""
    local = ended.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
    week = Week.of(local.date())
    return {
        "EndedAt": ended,
        "SongID": song,
        "SecondsPlayed": seconds,
        "Skipped": None if seconds is None else seconds < 30,
        "Source": "lastfm" if seconds is None else "spotify",
        "LocalDate": local.date(),
        "LocalHour": local.hour,
        "WeekID": week.week_id,
        "WeekStartDate": week.monday,
        "MonthStartDate": local.date().replace(day=1),
        "YearStartDate": local.date().replace(month=1, day=1),
        "DayNumber": (local.date() - EPOCH).days,
    }


def plays(heard: Iterable[Heard], zone: str = "UTC") -> pl.DataFrame:
    """The rows for a load, in which a moment is a number of seconds since 1970."""
    rows = pl.DataFrame(
        [play(*each, zone) for each in heard],
        schema_overrides={"SecondsPlayed": pl.Float64, "Skipped": pl.Boolean},
        infer_schema_length=None,
    )
    return rows.with_columns(pl.col("EndedAt").dt.epoch("s"))
