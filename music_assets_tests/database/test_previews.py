"""Previews: a few rows, read by their key, and a chart that tells the truth."""

import datetime as dt
from decimal import Decimal

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from music_assets.database.previews import (
    Metadata,
    chart_of,
    preview_of,
    table_preview,
    weeks_chart,
)
from music_assets.database.resource import DatabaseResource
from music_assets.schema import tables
from music_assets.schema.tables import SIMULATED
from music_assets.weeks import Week
from music_assets_tests.database.syncing import COLUMNS, frame
from music_assets_tests.play_rows import at, plays

NEWEST = Week.from_key("2026-01-12")


def records(shown: Metadata) -> list[dict[str, object]]:
    preview = shown["preview"]
    assert isinstance(preview, dg.TableMetadataValue)
    return [dict(record.data) for record in preview.records]


@pytest.fixture
def filled(database: DatabaseResource) -> DatabaseResource:
    """Seven songs with streams in three weeks over a turn of the year."""
    album = ("A", "An album", "album", dt.date(1987, 1, 1), "day", 7)
    database.sync(tables.albums, frame(tables.albums, [album]))
    songs = [(f"S{n}", n, f"<b>{n}</b> | *x*", 60.0, "A") for n in range(7)]
    database.sync(tables.tracks, frame(tables.tracks, songs))
    streams = [
        (week.week_id, f"S{n}", week.monday, week.sunday, 100 if week == NEWEST else 50, SIMULATED)
        for week in NEWEST.and_before(3)
        for n in range(7)
    ]
    columns = [*COLUMNS["weekly_streams"], "Source"]
    database.sync(tables.weekly_streams, frame(tables.weekly_streams, streams, columns))
    return database


def preview(database: DatabaseResource, table: sa.Table, week: int | None = None) -> Metadata:
    return database.reading(lambda connection: preview_of(connection, table, week))


def test_a_table_shows_five_rows_and_titles_stay_as_they_are(filled: DatabaseResource) -> None:
    shown = records(preview(filled, tables.tracks))
    assert [row["Title"] for row in shown] == [f"<b>{n}</b> | *x*" for n in range(5)]
    assert [*shown[0]] == tables.tracks.columns.keys()


def test_an_empty_table_has_no_preview(database: DatabaseResource) -> None:
    for table in tables.metadata.sorted_tables:
        assert preview(database, table) == {}


def test_a_weekly_table_shows_the_newest_week_or_one_that_is_named(
    filled: DatabaseResource,
) -> None:
    newest, first = NEWEST.week_id, NEWEST.and_before(3)[-1].week_id
    assert {row["WeekID"] for row in records(preview(filled, tables.weekly_streams))} == {newest}
    shown = preview(filled, tables.weekly_streams, first)
    assert {row["WeekID"] for row in records(shown)} == {first}
    assert "chart" not in shown


def test_a_chart_begins_at_zero_and_says_whose_figures_it_shows(filled: DatabaseResource) -> None:
    shown = preview(filled, tables.weekly_streams)
    assert shown["chart"] == "▄▄█ 700 simulated, 2026-W01 to 2026-W03"


def test_given_and_simulated_weeks_are_not_in_one_chart() -> None:
    sums = [(202601, "given", 9), (202602, "simulated", 5), (202603, "given", None)]
    assert weeks_chart([*sums, (202604, "given", 18)]) == {
        "chart": "▄█ 18 given, 2026-W01 to 2026-W04"
    }
    assert weeks_chart(sums) == {}
    assert weeks_chart([]) == {}


def test_a_week_of_no_calendar_has_no_chart(filled: DatabaseResource) -> None:
    with filled.connection() as connection:
        assert chart_of(connection, tables.weekly_streams, "WeeklyStreams", week=202699) == {}


def test_the_newest_plays_come_first(database: DatabaseResource) -> None:
    songs = pl.LazyFrame({"SongID": ["S"], "Title": ["A song"], "ArtistName": ["Somebody"]})
    database.sync(tables.listened_songs, songs)
    heard = [(at(f"2026-01-0{day} 12:00"), "S", 60.0) for day in range(1, 9)]
    database.sync(tables.plays, plays(heard).lazy())
    shown = records(preview(database, tables.plays))
    assert [str(row["EndedAt"])[:10] for row in shown] == [
        f"2026-01-0{day}" for day in (8, 7, 6, 5, 4)
    ]


def test_values_of_databases_become_values_of_a_page() -> None:
    long = "x" * 500
    shown = table_preview(
        {"a": "FLOAT", "b": "BOOLEAN", "c": "TEXT"},
        [(Decimal("2.5"), None, long), (dt.date(2026, 1, 5), True, 1)],
    )
    assert records(shown) == [
        {"a": 2.5, "b": None, "c": f"{long[:120]}…"},
        {"a": "2026-01-05", "b": True, "c": 1},
    ]
