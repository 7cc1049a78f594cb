"""The facts of somebody's listening: in a week, in a month or a year, and ever."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from music_assets.report.mart_rows import Reader, Row
from music_assets.report.rankings import grouped
from music_assets.weeks import Week

LISTED = 10
STREAKS = 6
TOP = {"songs": "my_top_tracks", "artists": "my_top_artists", "albums": "my_top_albums"}
#: The days of the week as the marts number them.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def listening_of_week(read: Reader, week: Week) -> Row | None:
    """A week's plays, minutes, top lists, clock and discoveries; None without a play."""
    totals = read.mart("my_weekly_plays", WeekID=week.week_id)
    if not totals:
        return None
    clock = _plays("Weekday", "LocalHour").where(sa.column("WeekID") == week.week_id)
    found = read.mart("my_discoveries", FirstWeekID=week.week_id)
    return {
        **totals[0],
        "top": top_lists(read, "week", week.monday),
        "clock": read.rows(clock),
        "discovered": sum(row["ArtistDiscovered"] or 0 for row in found),
        "new_songs": len(found),
        "discoveries": sorted(found, key=lambda row: (-row["PlaysSince"], row["SongID"]))[:LISTED],
        "simulated": _is_simulated(read, week),
    }


def listening_of_period(read: Reader, period: str, first: dt.date, last: dt.date) -> Row | None:
    """A calendar month's or year's plays, minutes by day or month, and top lists."""
    name, part = ("MonthStartDate", "LocalDate"), ("YearStartDate", "MonthStartDate")
    key, by = name if period == "month" else part
    # By week, which alone has an index.
    within = sa.column("WeekID").between(Week.of(first).week_id, Week.of(last).week_id)
    parts = _plays(by).where(within, sa.column(key, sa.DATE()) == first).order_by(sa.column(by))
    rows = read.rows(parts)
    if not rows:
        return None
    minutes = [row["Minutes"] for row in rows if row["Minutes"] is not None]
    return {
        "Plays": sum(row["Plays"] for row in rows),
        "Minutes": sum(minutes) if minutes else None,
        "parts": [row | {"Day": row[by]} for row in rows],
        "top": top_lists(read, period, first),
        "simulated": _is_simulated(read, Week.of(first), Week.of(last)),
    }


def listening_ever(read: Reader) -> Row | None:
    """All plays: minutes, clock, streaks, latest discoveries, top lists; None without a play."""
    weeks = sorted(read.mart("my_weekly_plays"), key=lambda row: row["WeekID"])
    if not weeks:
        return None
    streaks = sorted(read.mart("my_streaks"), key=lambda row: (-row["Days"], row["FirstDate"]))
    whole = read.mart("my_top_artists", Period="all")[:1]
    since = whole[0]["PeriodStartDate"] if whole else weeks[0]["WeekStartDate"]
    return {
        "weeks": weeks,
        "Plays": sum(row["Plays"] for row in weeks),
        "Minutes": sum(row["Minutes"] or 0 for row in weeks),
        "since": since,
        "streaks": streaks[:STREAKS],
        "discoveries": read.rows(_latest_discoveries()),
        "clock": read.mart("my_listening_clock"),
        "top": top_lists(read, "all", since),
        "simulated": _is_simulated(read, Week.from_id(weeks[-1]["WeekID"])),
    }


def top_lists(read: Reader, period: str, first: dt.date) -> dict[str, list[Row]]:
    """The songs, artists and albums that were played most in a period."""
    return {name: read.once(_listed, mart, period).get(first, []) for name, mart in TOP.items()}


def _listed(read: Reader, mart: str, period: str) -> Mapping[dt.date, list[Row]]:
    """The first places of a mart in all periods of a kind, by their first days.

    For the places of one period, SQLite makes those of all.
    """
    query = sa.select(sa.text("*")).select_from(sa.table(mart))
    listed = query.where(sa.column("Period") == period, sa.column("PlayRank") <= LISTED)
    return grouped(read.rows(listed.order_by(sa.column("PlayRank"))), "PeriodStartDate")


def _latest_discoveries() -> sa.Select[tuple[object, ...]]:
    """The artists who were heard for the first time, each by the song, the latest first."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in ("ArtistName", "Title", "FirstHeardDate")
    ]
    return (
        sa.select(*columns)
        .select_from(sa.table("my_discoveries"))
        .where(sa.column("ArtistDiscovered") == 1)
        .order_by(sa.column("FirstHeardAt").desc(), sa.column("SongID"))
        .limit(LISTED)
    )


def _plays(*by: str) -> sa.Select[tuple[object, ...]]:
    """The plays that count, and their minutes, per value of some columns."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(each) for each in by]
    return (
        sa.select(
            *columns,
            sa.func.count().label("Plays"),
            (sa.cast(sa.func.sum(sa.column("Milliseconds")), sa.Double()) / 60_000).label(
                "Minutes"
            ),
        )
        .select_from(sa.table("counted_plays"))
        .group_by(*columns)
    )


def _is_simulated(read: Reader, first: Week, last: Week | None = None) -> bool:
    """True if a play of a week, or up to a last one, is of the sandbox's fictional listener."""
    source: sa.ColumnClause[Any] = sa.column("Source")
    query = sa.select(source).select_from(sa.table("counted_plays"))
    within = sa.column("WeekID").between(first.week_id, (last or first).week_id)
    return bool(read.rows(query.where(within, source == "simulated").limit(1)))
