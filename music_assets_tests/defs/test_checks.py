"""Asset checks: each of them goes red when what it guards is broken."""

import re
from collections.abc import Iterator

import dagster as dg
import pytest
import sqlalchemy as sa

from music_assets.definitions import defs
from music_assets.defs.checks import (
    OPTIONAL,
    checks,
    constraint_checks,
    constraint_rules,
    evaluate,
    rules,
)
from music_assets.schema import tables
from music_assets.weeks import Week


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """Two albums of one artist with two tracks in one week, and no database that would object."""
    engine = sa.create_engine("sqlite://")
    loose = sa.MetaData()
    for table in tables.metadata.sorted_tables:
        sa.Table(table.name, loose, *(sa.Column(each.name, each.type) for each in table.columns))
    with engine.connect() as connection:
        loose.create_all(connection)
        for statement in SOUND:
            connection.exec_driver_sql(statement)
        yield connection
    engine.dispose()


SOUND = [
    "INSERT INTO artists (ArtistID, Name, Followers) VALUES ('A', 'Ann', 1)",
    "INSERT INTO genres VALUES (1, 'rock')",
    "INSERT INTO artist_genres (ArtistID, GenreID) VALUES ('A', 1)",
    "INSERT INTO albums (AlbumID, AlbumName, AlbumType, ReleaseDate, ReleaseDatePrecision,"
    " TotalTracks) VALUES ('L', 'Lp', 'album', '2020-01-01', 'day', 2)",
    "INSERT INTO artist_albums VALUES ('A', 'L')",
    "INSERT INTO tracks (SongID, TrackNumber, Title, DurationInSeconds, AlbumID)"
    " VALUES ('S', 1, 'Song', 1.5, 'L'), ('T', 2, 'Tune', NULL, 'L')",
    *(
        f"INSERT INTO {table} VALUES (202601, 'S', '2025-12-29', '2026-01-04', 5, 'simulated'),"
        " (202601, 'T', '2025-12-29', '2026-01-04', 0, 'simulated')"
        for table in ("weekly_streams", "weekly_downloads")
    ),
    "INSERT INTO weekly_album_totals VALUES (202601, 'L', '2025-12-29', 2, 5, 5, 2, 'simulated')",
    "INSERT INTO listened_songs VALUES ('S', 'Song', 'Ann', 'Lp')",
    "INSERT INTO plays (EndedAt, SongID, Source, LocalDate, LocalHour, WeekID)"
    " VALUES ('2026-01-01 10:00:00', 'S', 'spotify', '2026-01-01', 10, 202601)",
    "INSERT INTO chart_entries VALUES ('global', 'weekly', '2026-01-01', 'S', 1, 1, 1, 1, 1,"
    " 'Song', 'Ann', 'Us', 202601)",
    "INSERT INTO monthly_sales VALUES ('2026-03-05', '2026-01-01', 'Shop', 'SE', 'SE1', 'song',"
    " 'Song', 'Ann', -1)",
]
FACTS = ["weekly_streams", "weekly_downloads"]


def broken(connection: sa.Connection, table: sa.Table) -> set[str]:
    every = [*rules(table), *constraint_rules(table)]
    results = [evaluate(connection, table.name, rule) for rule in every]
    return {str(each.check_name) for each in results if not each.passed}


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_every_check_holds_for_a_sound_table(connection: sa.Connection, table: sa.Table) -> None:
    assert broken(connection, table) == set()


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_an_empty_table_is_noticed_unless_it_is_filled_from_peoples_own_files(
    connection: sa.Connection, table: sa.Table
) -> None:
    for name in FACTS if table.name in FACTS else [table.name]:
        connection.exec_driver_sql(f"DELETE FROM {name}")
    assert ("not_empty" in broken(connection, table)) == (table not in OPTIONAL)


@pytest.mark.parametrize("table", [tables.weekly_streams, tables.weekly_downloads], ids=str)
def test_a_week_that_only_the_other_figure_has_is_noticed_and_no_alarm(
    connection: sa.Connection, table: sa.Table
) -> None:
    connection.exec_driver_sql(f"DELETE FROM {table.name}")
    assert broken(connection, table) == {"weeks_cover_every_track"}
    for week, held in ((Week.from_id(202601), False), (Week.from_id(202602), True)):
        [told] = [
            evaluate(connection, table.name, rule)
            for rule in rules(table, [week])
            if rule.name == "weeks_cover_every_track"
        ]
        assert (told.passed, told.severity) == (held, dg.AssetCheckSeverity.WARN)


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_a_key_that_stands_twice_is_noticed(connection: sa.Connection, table: sa.Table) -> None:
    connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM {table.name}")
    assert "keys_unique" in broken(connection, table)


@pytest.mark.parametrize(
    "table", [each for each in tables.metadata.sorted_tables if each.foreign_keys], ids=str
)
def test_a_reference_to_nothing_is_noticed(connection: sa.Connection, table: sa.Table) -> None:
    for reference in table.foreign_keys:
        connection.exec_driver_sql(f"DELETE FROM {reference.column.table.name}")
        assert "references_whole" in broken(connection, table)


@pytest.mark.parametrize("table", [tables.weekly_streams, tables.weekly_downloads], ids=str)
def test_a_week_that_lacks_a_track_is_noticed(connection: sa.Connection, table: sa.Table) -> None:
    connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE SongID = 'T'")
    assert broken(connection, table) == {"weeks_cover_every_track"}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (tables.weekly_streams, "WeeklyStreams"),
        (tables.weekly_downloads, "TotalWeeklyDownloads"),
        (tables.tracks, "DurationInSeconds"),
    ],
)
def test_a_negative_figure_is_noticed(
    connection: sa.Connection, table: sa.Table, column: str
) -> None:
    connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = -1 WHERE SongID = 'S'")
    assert broken(connection, table) == {"figures_not_negative"}
    [told] = [
        each.description
        for each in (evaluate(connection, table.name, rule) for rule in rules(table))
        if not each.passed
    ]
    assert told is not None
    assert re.fullmatch(rf"No {column} is below zero. Not so: (202601 )?S.", told)


@pytest.mark.parametrize("column", ["Streams", "Downloads"])
@pytest.mark.parametrize("value", ["4", "NULL"])
def test_a_sum_that_is_not_that_of_its_figures_is_noticed(
    connection: sa.Connection, column: str, value: str
) -> None:
    connection.exec_driver_sql(f"UPDATE weekly_album_totals SET {column} = {value}")
    assert broken(connection, tables.weekly_album_totals) == {"totals_add_up"}


@pytest.mark.parametrize("table", [tables.weekly_streams, tables.weekly_downloads], ids=str)
def test_a_run_looks_at_its_own_weeks_and_the_sweep_at_all(
    connection: sa.Connection, table: sa.Table
) -> None:
    measure = tables.MEASURES[table.name]
    connection.exec_driver_sql(f"UPDATE {table.name} SET {measure} = -1 WHERE SongID = 'S'")
    for week, found in ((Week.from_id(202601), True), (Week.from_id(202602), False)):
        results = [evaluate(connection, table.name, rule) for rule in rules(table, [week])]
        assert any(not each.passed for each in results) == found
    assert broken(connection, table) == {"figures_not_negative"}


def test_keys_and_references_are_looked_at_by_the_sweep_alone() -> None:
    contents = {spec.key for check in checks for spec in check.check_specs}
    constraints = {spec.key for check in constraint_checks for spec in check.check_specs}
    assert {key.name for key in constraints} == {"keys_unique", "references_whole"}
    keys = {
        check.op.name: [spec.key for spec in check.check_specs]
        for check in (*checks, *constraint_checks)
    }
    for job, looked_at in (
        ("full_graph", contents),
        ("weekly_job", {key for key in contents if "weekly" in key.asset_key.to_user_string()}),
        ("sweep", contents | constraints),
    ):
        nodes = defs().resolve_job_def(job).nodes
        selected = {key for node in nodes for key in keys.get(node.name, ())}
        assert selected & (contents | constraints) == looked_at


def test_what_would_make_later_steps_wrong_blocks_them_and_incompleteness_only_warns() -> None:
    blocking = {
        f"{key.asset_key.to_user_string()}:{key.name}"
        for check in defs().asset_checks or ()
        for spec in check.check_specs
        for key in [spec.key]
        if spec.blocking
    }
    names = {name.split(":")[1] for name in blocking}
    assert names == {
        "not_empty", "keys_unique", "references_whole", "figures_not_negative", "totals_add_up"
    }  # fmt: skip
    assert {name for name in blocking if "not_empty" in name} == {"artists:not_empty"}
