"""A data version stands for the rows that it was given to, and is forgotten at every write."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.versioning import Versions, versions
from music_assets.schema import tables
from music_assets.schema.data_versions import DETAILS, SHOWN, WHOLE_TABLE
from music_assets_tests.conftest import opened
from music_assets_tests.database.conftest import server
from music_assets_tests.database.syncing import MONDAY, SUNDAY, frame
from music_assets_tests.play_rows import at, plays

on_postgresql = pytest.mark.parametrize("url", [server("postgresql")], indirect=True)
FIGURES = ("weekly_streams", 202647)
HEARD = ("plays", 202647)


def load(database: DatabaseResource, title: str = "S") -> None:
    database.sync(tables.artists, pl.LazyFrame({"ArtistID": ["a"], "Name": ["A"]}))
    database.sync(tables.albums, pl.LazyFrame({"AlbumID": ["x"]}))
    database.sync(tables.artist_albums, pl.LazyFrame({"ArtistID": ["a"], "AlbumID": ["x"]}))
    songs = {"SongID": ["s"], "Title": [title], "AlbumID": ["x"]}
    database.sync(tables.tracks, pl.LazyFrame(songs))
    for week in (202646, 202647):
        figures = [(week, "s", MONDAY, SUNDAY, 1)]
        database.sync(tables.weekly_streams, frame(tables.weekly_streams, figures))
    database.sync(
        tables.listened_songs, pl.LazyFrame({"SongID": ["s"], "Title": ["S"], "ArtistName": ["A"]})
    )
    heard = [(at(f"2026-11-{day} 12:00"), "s", 60.0) for day in (15, 16)]
    database.sync(tables.plays, plays(heard).lazy())


def by_hand(database: DatabaseResource, *statements: str) -> None:
    with database._engine.connect() as connection, connection.begin():
        for statement in statements:
            connection.exec_driver_sql(statement)


def noticed(database: DatabaseResource, *statements: str) -> set[tuple[str, int]]:
    """The parts whose versions differ after some statements."""
    before = database.data_versions()
    by_hand(database, *statements)
    after = database.data_versions()
    return {part for part in {*before, *after} if before.get(part) != after.get(part)}


def test_a_sync_that_changes_nothing_leaves_every_version(database: DatabaseResource) -> None:
    load(database)
    before = database.data_versions()
    load(database)
    assert database.data_versions() == before


def test_rows_that_come_back_do_not_bring_their_version_back(database: DatabaseResource) -> None:
    load(database)
    seen = list[Versions]()
    for title in ("other", "S", "other", "S"):
        seen.append(database.data_versions())
        load(database, title)
    for part in (("tracks", WHOLE_TABLE), ("tracks", SHOWN)):
        assert len({each[part] for each in seen}) == len(seen)
    assert len({each[FIGURES] for each in seen}) == 1


def test_a_sync_tells_the_versions_that_it_leaves(database: DatabaseResource) -> None:
    load(database)
    figures = frame(tables.weekly_streams, [(202647, "s", MONDAY, SUNDAY, 9)])
    told = database.sync(tables.weekly_streams, figures).versions
    found = database.data_versions()
    assert told == {part: word for (name, part), word in found.items() if name == FIGURES[0]}


WRITES: dict[str, tuple[str, set[tuple[str, int]]]] = {
    "a figure": (
        'UPDATE "weekly_streams" SET "WeeklyStreams" = 2 WHERE "WeekID" = 202647',
        {FIGURES},
    ),
    "a title": ("""UPDATE "tracks" SET "Title" = 'T'""", {("tracks", 0), ("tracks", SHOWN)}),
    "followers": ('UPDATE "artists" SET "Followers" = 2', {("artists", WHOLE_TABLE)}),
    "an album that nothing refers to": (
        """INSERT INTO "albums" ("AlbumID") VALUES ('y')""",
        {("albums", WHOLE_TABLE), ("albums", DETAILS)},
    ),
    "a link that goes": (
        'DELETE FROM "artist_albums"',
        {("artist_albums", WHOLE_TABLE), ("artist_albums", SHOWN)},
    ),
    "a play": (
        """UPDATE "plays" SET "SecondsPlayed" = 30 WHERE "LocalDate" = '2026-11-16'""",
        {HEARD},
    ),
    "a play in another week": (
        """UPDATE "plays" SET "WeekID" = 202648 WHERE "LocalDate" = '2026-11-16'""",
        {HEARD, ("plays", 202648)},
    ),
    "a title as listened": (
        """UPDATE "listened_songs" SET "Title" = 'T'""",
        {("listened_songs", WHOLE_TABLE)},
    ),
    "an artist as listened": (
        """UPDATE "listened_songs" SET "ArtistName" = 'B'""",
        {("listened_songs", WHOLE_TABLE), ("listened_songs", SHOWN)},
    ),
    "a song that was not played": (
        """INSERT INTO "listened_songs" ("SongID") VALUES ('t')""",
        {("listened_songs", WHOLE_TABLE)},
    ),
    "a sale": (
        'INSERT INTO "monthly_sales" VALUES '
        "('2026-03-05', '2026-01-01', 'Shop', 'SE', 'SE1', 'song', 'T', 'A', 1)",
        {("monthly_sales", WHOLE_TABLE)},
    ),
    "all figures": ('DELETE FROM "weekly_streams"', {FIGURES, ("weekly_streams", 202646)}),
}


@pytest.mark.parametrize(("statement", "expected"), WRITES.values(), ids=WRITES)
def test_a_write_by_hand_is_noticed_where_it_was(
    statement: str, expected: set[tuple[str, int]], database: DatabaseResource
) -> None:
    load(database)
    assert noticed(database, statement) == expected


@on_postgresql
@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_a_table_that_is_truncated_is_noticed(database: DatabaseResource, table: sa.Table) -> None:
    load(database)
    parts = {part for part in database.data_versions() if part[0] == table.name}
    assert noticed(database, f'TRUNCATE "{table.name}" CASCADE') >= parts


@on_postgresql
def test_what_an_open_transaction_writes_is_noticed_after_its_end(
    database: DatabaseResource,
) -> None:
    load(database)
    statement = 'UPDATE "weekly_streams" SET "WeeklyStreams" = {} WHERE "WeekID" = 202647'
    by_hand(database, statement.format(2))
    with database._engine.connect() as other:
        other.exec_driver_sql(statement.format(3))
        during = [database.data_versions() for _ in range(2)]
        other.commit()
    after = database.data_versions()
    # Not given while the rows are not yet what they will be, so it counts as changed each time.
    assert len({each[FIGURES] for each in (*during, after)}) == 3
    assert {part for part in after if after[part] != during[0][part]} == {FIGURES}
    assert database.data_versions() == after


@on_postgresql
def test_two_transactions_may_bring_the_same_new_week(database: DatabaseResource) -> None:
    load(database)
    by_hand(database, """INSERT INTO "tracks" ("SongID", "AlbumID") VALUES ('t', 'x')""")
    rows = [f"(202701, '{song}', '2027-01-04', '2027-01-10', 1)" for song in "st"]
    insert = 'INSERT INTO "weekly_downloads" VALUES {}'
    with database._engine.connect() as one, ThreadPoolExecutor(1) as pool:
        one.exec_driver_sql(insert.format(rows[0]))
        other = pool.submit(by_hand, database, insert.format(rows[1]))
        time.sleep(0.3)
        assert not other.done()
        one.commit()
        other.result()
    assert database.count(tables.weekly_downloads) == len(rows)
    assert ("weekly_downloads", 202701) in database.data_versions()


@on_postgresql
def test_rows_are_restored_where_no_search_path_is_set(database: DatabaseResource) -> None:
    load(database)
    row = "(202701, 's', '2027-01-04', '2027-01-10', 1)"
    found = noticed(
        database, "SET search_path = ''", f'INSERT INTO public."weekly_streams" VALUES {row}'
    )
    assert found == {("weekly_streams", 202701)}


def drop_triggers(database: DatabaseResource) -> None:
    on = ' ON "tracks"' if database._engine.dialect.name == "postgresql" else ""
    by_hand(database, f'DROP TRIGGER "tracks_update_forgets_version"{on}')


def drop_versions(database: DatabaseResource) -> None:
    by_hand(database, 'DROP TABLE "data_versions"')


def empty_versions(database: DatabaseResource) -> None:
    by_hand(database, 'DELETE FROM "data_versions"')


LOST: list[tuple[Callable[[DatabaseResource], None], str]] = [
    (drop_triggers, "lacked the triggers of tracks"),
    (drop_versions, "lacked the table data_versions"),
    (empty_versions, "lacked rows of data_versions"),
]


@pytest.mark.parametrize(("lose", "told"), LOST, ids=[each.__name__ for each, _ in LOST])
def test_what_was_dropped_is_made_again_at_the_first_use_and_nothing_is_trusted(
    lose: Callable[[DatabaseResource], None],
    told: str,
    url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = opened(url)
    load(first)
    before = first.data_versions()
    lose(first)
    first._engine.dispose()
    again = opened(url)
    assert told in caplog.text
    caplog.clear()
    after = again.data_versions()
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert noticed(again, """UPDATE "tracks" SET "Title" = 'T'""") >= {("tracks", WHOLE_TABLE)}
    again._engine.dispose()
    opened(url)._engine.dispose()
    assert "lacked" not in caplog.text


def test_a_table_from_a_dump_without_triggers_is_looked_at_anew(tmp_path: Path) -> None:
    file = tmp_path / "music.db"
    first = opened(f"sqlite:///{file}")
    load(first)
    before = first.data_versions()
    first._engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        [made] = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'tracks'"
        ).fetchone()
        rows = connection.execute("SELECT * FROM tracks").fetchall()
        connection.executescript(f"DROP TABLE tracks; {made};")
        connection.executemany(f"INSERT INTO tracks VALUES ({','.join('?' * len(rows[0]))})", rows)
        connection.commit()
    again = opened(f"sqlite:///{file}")
    assert again.data_versions()[("tracks", SHOWN)] != before[("tracks", SHOWN)]
    assert noticed(again, "UPDATE tracks SET Title = 'T'") == {
        ("tracks", WHOLE_TABLE),
        ("tracks", SHOWN),
    }
    with again._engine.connect() as connection:
        assert None not in versions(connection).values()
    again._engine.dispose()
