"""Weeks whose file gives streams and no downloads, or the other way round: absent is not zero."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.weekly import SEED
from music_assets.landing.figure_files import put_streams, whole_weeks
from music_assets.landing.song_exports import read_timeline
from music_assets.loading.week_notes import stale_weeks
from music_assets.sandbox.server import SandboxServer
from music_assets.schema.version_triggers import drop_triggers
from music_assets.storage.paths import extract, landed_week_success, weekly_file
from music_assets.weeks import Week
from music_assets_tests.house import (
    WEEKS,
    House,
    Rows,
    failed_checks,
    failures,
    metadata_of,
    small_world,
)

WEEKLY = "group:weekly"
WEEK = Week.from_key(WEEKS[1])
STREAMS, DOWNLOADS = "weekly_streams", "weekly_downloads"
BOTH = [(STREAMS, DOWNLOADS), (DOWNLOADS, STREAMS)]
OTHER = pytest.mark.parametrize(("given", "lacking"), BOTH)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        yield house


@pytest.fixture
def filled(empty: House) -> House:
    assert failures(empty.run()) == {}
    return empty


def figures(song: str, **figures: Any) -> dict[str, Any]:
    given = {f"total_{name}": value for name, value in figures.items()}
    return {"song_id": song, "weekly_data": {"week": WEEK.week_id % 100, **given}}


def give(house: House, *songs: dict[str, Any]) -> None:
    house.storage.write(weekly_file(WEEK), json.dumps({"songs": songs}).encode())


def of_week(house: House, table: str, week: Week = WEEK) -> Rows:
    return [row for row in house.rows(table) if row[0] == week.week_id]


def elsewhere(house: House, table: str) -> Rows:
    return [row for row in house.rows(table) if row[0] != WEEK.week_id]


def told(result: dg.ExecuteInProcessResult, table: str, week: str = WEEK.key) -> dict[str, Any]:
    [found] = [
        event.metadata
        for event in result.asset_materializations_for_node(table)
        if event.partition == week
    ]
    return {name: entry.value for name, entry in found.items()}


def songs_of(house: House, count: int) -> list[str]:
    return [row[0] for row in house.rows("tracks")[:count]]


@OTHER
def test_a_week_of_one_figure_alone_has_no_row_of_the_other(
    filled: House, given: str, lacking: str
) -> None:
    before = elsewhere(filled, lacking)
    songs = songs_of(filled, 3)
    give(filled, *(figures(song, **{given: 7}) for song in songs))
    result = filled.run("*")
    assert failures(result) == {}
    assert [(row[1], row[4]) for row in of_week(filled, given)] == [(song, 7) for song in songs]
    assert of_week(filled, lacking) == []
    assert elsewhere(filled, lacking) == before
    assert told(result, lacking)["dagster/partition_row_count"] == 0
    assert told(result, lacking)["deleted"] == 700
    assert told(result, lacking)["quarantined"] == 0
    assert {STREAMS, DOWNLOADS} & set(filled.quarantined()) == set()
    assert {each for each in failed_checks(result) if "weekly" in each} == {
        f"{table}:weeks_cover_every_track" for table in (STREAMS, DOWNLOADS)
    }
    assert filled.storage.find(extract(given, WEEK.week_id))
    assert filled.storage.find(extract(lacking, WEEK.week_id)) is None


def test_the_coverage_of_downloads_names_the_week_that_only_streams_have(filled: House) -> None:
    give(filled, figures(songs_of(filled, 1)[0], weekly_streams=7))
    result = filled.run(WEEKLY)
    [found] = [
        each
        for each in result.get_asset_check_evaluations()
        if (each.asset_key.to_user_string(), each.check_name)
        == (DOWNLOADS, "weeks_cover_every_track")
    ]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert str(WEEK.week_id) in str(found.description)


@OTHER
def test_such_a_week_is_left_as_it_is_the_next_time(
    filled: House, given: str, lacking: str
) -> None:
    give(filled, figures(songs_of(filled, 1)[0], **{given: 7}))
    assert failures(filled.run("*")) == {}
    before = filled.dump(), filled.data_versions()
    again = filled.run("*")
    assert (filled.dump(), filled.data_versions()) == before
    for table in (given, lacking):
        changes = [told(again, table)[name] for name in ("inserted", "updated", "deleted")]
        assert changes == [0, 0, 0]
    assert metadata_of(again, "raw_weekly")["landed"] == 0
    assert metadata_of(again, "weekly_album_totals")["weeks"] == 0
    url = f"sqlite:///{filled.database_file}"
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        weeks = [Week.from_key(key) for key in WEEKS]
        assert stale_weeks(filled.storage, database.data_versions(), weeks, SEED) == []


def test_rows_that_somebody_adds_to_such_a_week_go(filled: House) -> None:
    [song] = songs_of(filled, 1)
    give(filled, figures(song, weekly_streams=7))
    assert failures(filled.run(WEEKLY)) == {}
    with filled.connection() as connection, connection.begin():
        connection.exec_driver_sql(
            f"INSERT INTO weekly_downloads VALUES ({WEEK.week_id}, '{song}', '{WEEK.key}', "
            f"'{WEEK.sunday}', 3, NULL)"
        )
    assert failures(filled.run(WEEKLY)) == {}
    assert of_week(filled, DOWNLOADS) == []


def test_the_first_load_of_such_a_week_needs_no_simulation_before_it(empty: House) -> None:
    assert failures(empty.run("*", weeks=WEEKS[:1])) == {}
    give(empty, *(figures(song, weekly_streams=7) for song in songs_of(empty, 2)))
    for _ in range(2):
        assert failures(empty.run(WEEKLY, weeks=[WEEK.key])) == {}
        assert (len(of_week(empty, STREAMS)), of_week(empty, DOWNLOADS)) == (2, [])


def test_where_nobody_gives_downloads_their_empty_table_is_no_alarm(empty: House) -> None:
    assert failures(empty.run("*", weeks=WEEKS[:1])) == {}
    give(empty, *(figures(song, weekly_streams=7) for song in songs_of(empty, 2)))
    with empty.connection() as connection, connection.begin():
        for table in (STREAMS, DOWNLOADS):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    result = empty.run(WEEKLY, weeks=[WEEK.key])
    assert empty.rows(DOWNLOADS) == []
    assert failed_checks(result) == {
        f"{table}:weeks_cover_every_track" for table in (STREAMS, DOWNLOADS)
    }


def test_some_songs_of_a_week_may_have_downloads(filled: House) -> None:
    first, second, third = songs_of(filled, 3)
    give(
        filled,
        figures(first, weekly_streams=7, weekly_downloads=None),
        figures(second, weekly_streams=7, weekly_downloads=0),
        figures(third, weekly_downloads=2),
    )
    assert failures(filled.run(WEEKLY)) == {}
    assert [row[1] for row in of_week(filled, STREAMS)] == [first, second]
    assert [(row[1], row[4]) for row in of_week(filled, DOWNLOADS)] == [(second, 0), (third, 2)]


def test_a_bad_figure_beside_it_does_not_hold_up_that_the_others_are_absent(filled: House) -> None:
    first, second = songs_of(filled, 2)
    give(
        filled,
        figures(first, weekly_streams=7),
        figures(second, weekly_streams=7, weekly_downloads=-1),
    )
    assert failures(filled.run(WEEKLY)) == {}
    assert [row[1] for row in of_week(filled, STREAMS)] == [first, second]
    assert of_week(filled, DOWNLOADS) == []
    assert [each["SongID"] for each in filled.quarantined()[DOWNLOADS]] == [second]


@pytest.mark.parametrize(
    "unusable", [{"weekly_streams": -1}, {"weekly_streams": "many"}, {}], ids=str
)
def test_a_week_without_any_usable_record_keeps_both_figures(
    filled: House, unusable: dict[str, Any]
) -> None:
    before = filled.dump()
    give(filled, figures(songs_of(filled, 1)[0], **unusable))
    result = filled.run(WEEKLY, weeks=[WEEK.key])
    for table in (STREAMS, DOWNLOADS):
        assert f"No record for {WEEK.iso} could be used" in failures(result)[table]
        assert "quarantine" in failures(result)[table]
    assert filled.dump() == before


@OTHER
def test_a_file_of_songs_that_are_in_no_tracks_changes_neither(
    filled: House, given: str, lacking: str
) -> None:
    before = filled.dump()
    give(filled, figures("NobodyKnowsThisSong", **{given: 7}))
    assert set(failures(filled.run(WEEKLY, weeks=[WEEK.key]))) >= {given, lacking}
    assert filled.dump() == before
    assert set(filled.quarantined()) & {STREAMS, DOWNLOADS} == {given}


def test_a_week_is_simulated_again_once_its_file_is_gone(filled: House) -> None:
    before = filled.dump()
    give(filled, figures(songs_of(filled, 1)[0], weekly_streams=7))
    assert failures(filled.run(WEEKLY)) == {}
    filled.storage.delete(weekly_file(WEEK))
    assert failures(filled.run(WEEKLY)) == {}
    assert filled.dump() == before


def test_a_timeline_is_loaded_as_the_streams_of_its_weeks(filled: House) -> None:
    [song] = songs_of(filled, 1)
    lines = (f"{WEEK.monday + dt.timedelta(days=day)},{day}" for day in range(-3, 9))
    timeline = read_timeline("\n".join(["date,streams", *lines]).encode(), "s-timeline.csv")
    whole, _ = whole_weeks(timeline.days, dt.date.max)
    assert put_streams(filled.storage, song, whole).written == [WEEK]
    assert failures(filled.run(WEEKLY)) == {}
    assert [row[1:] for row in of_week(filled, STREAMS)] == [
        (song, WEEK.key, str(WEEK.sunday), 21, weekly_file(WEEK))
    ]
    assert of_week(filled, DOWNLOADS) == []


def sources(house: House, table: str) -> set[tuple[int, str | None]]:
    return {(row[0], row[5]) for row in house.rows(table)}


def test_each_figure_has_its_source(filled: House) -> None:
    simulated = {(Week.from_key(key).week_id, "simulated") for key in WEEKS}
    for table in (STREAMS, DOWNLOADS):
        assert sources(filled, table) == simulated
    give(filled, figures(songs_of(filled, 1)[0], weekly_streams=7, weekly_downloads=1))
    assert failures(filled.run(WEEKLY)) == {}
    for table in (STREAMS, DOWNLOADS):
        others = {each for each in simulated if each[0] != WEEK.week_id}
        assert sources(filled, table) == others | {(WEEK.week_id, weekly_file(WEEK))}


def test_a_landing_of_an_earlier_version_is_simulated_by_another_word(filled: House) -> None:
    before = filled.dump()
    for key in WEEKS:
        path = landed_week_success(Week.from_key(key))
        filled.storage.write(path, b'{"source": "simulation", "etag": ""}')
    assert failures(filled.run("group:weekly")) == {}
    assert filled.dump() == before


#: Back from revision 0004.
OF_0003 = [
    *drop_triggers("sqlite", ["albums"]),
    *(f"ALTER TABLE {table} DROP COLUMN FirstSeen" for table in ("albums", "tracks")),
    *("DROP TABLE plays", "DROP TABLE listened_songs", "DROP TABLE chart_entries"),
    "DROP TABLE monthly_sales",
    "DELETE FROM data_versions WHERE TableName IN ('listened_songs', 'plays',"
    " 'chart_entries', 'monthly_sales')",
    *(f"ALTER TABLE {table} DROP COLUMN Source" for table in (STREAMS, DOWNLOADS)),
    "DROP INDEX ix_weekly_album_totals_sums",
    'CREATE INDEX "ix_weekly_album_totals_AlbumID" ON weekly_album_totals ("AlbumID")',
    "ALTER TABLE weekly_album_totals DROP COLUMN Figures",
    "UPDATE alembic_version SET version_num = '0003'",
]


def test_a_database_of_the_revision_before_gets_its_sources_by_the_next_run(filled: House) -> None:
    give(filled, figures(songs_of(filled, 1)[0], weekly_streams=7))
    assert failures(filled.run()) == {}
    before = filled.tables()
    with filled.connection() as connection, connection.begin():
        for statement in OF_0003:
            connection.exec_driver_sql(statement)
    result = filled.run()
    assert result.success
    after = filled.tables()
    # Nobody knows when the rows of the older revision were first seen.
    for table in ("albums", "tracks"):
        before[table] = [(*row[:-1], None) for row in before[table]]
    assert after == before
    assert told(result, DOWNLOADS, WEEKS[0])["updated"] == 700
    again = filled.run()
    for table in (STREAMS, DOWNLOADS):
        for week in WEEKS:
            changes = [
                told(again, table, week)[each] for each in ("inserted", "updated", "deleted")
            ]
            assert changes == [0, 0, 0]


def test_figures_without_a_source_get_it_by_the_next_run(filled: House) -> None:
    before = filled.dump()
    with filled.connection() as connection, connection.begin():
        for table in (STREAMS, DOWNLOADS):
            connection.exec_driver_sql(f"UPDATE {table} SET Source = NULL")
    result = filled.run(WEEKLY)
    assert failures(result) == {}
    assert told(result, STREAMS)["updated"] == 700
    assert filled.dump() == before
