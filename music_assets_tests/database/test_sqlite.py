"""The embedded database: its file, its lock, and who waits for whom."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from music_assets.database.connections import writing
from music_assets.database.database_errors import DatabaseError
from music_assets.database.resource import DatabaseResource, location
from music_assets.database.retrying import Patience
from music_assets.database.scope import WHOLE_TABLE
from music_assets.schema import tables
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import artists, counts, statements, writes


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/music.db"


@pytest.fixture
def filled(database: DatabaseResource) -> DatabaseResource:
    """Three artists."""
    database.sync(tables.artists, artists(*((f"a{i}", f"Artist {i}", i) for i in (1, 2, 3))))
    return database


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("max_page_count=1", "database or disk is full; free some space"),
        ("query_only=ON", "attempt to write a readonly database; make it writable"),
    ],
)
def test_a_full_or_read_only_file_is_a_sentence_and_the_rows_stand(
    filled: DatabaseResource, pragma: str, said: str
) -> None:
    def spoil(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(filled._engine, "checkout", spoil)
    many = artists(*((f"b{i:06}", "A name" * 20, i) for i in range(2_000)))
    with pytest.raises(DatabaseError) as told:
        filled.sync(tables.artists, many)
    assert str(told.value).startswith(f"The database refused to load artists: {said}")
    assert str(told.value).endswith(" and run again. What was stored before stands.")
    sa.event.remove(filled._engine, "checkout", spoil)
    assert filled.count(tables.artists) == 3


@pytest.mark.parametrize("kept", ["file", "folder"])
def test_a_database_that_cannot_be_opened_says_what_to_do(tmp_path: Path, kept: str) -> None:
    taken = tmp_path / "taken"
    taken.touch() if kept == "file" else (taken / "music.db").mkdir(parents=True)
    with pytest.raises(DatabaseError, match=r"cannot be opened: .*; .* and run again\."):
        opened(f"sqlite:///{taken}/music.db")


def test_a_writer_that_another_one_keeps_waiting_is_told_so_and_goes_on(
    filled: DatabaseResource, tmp_path: Path
) -> None:
    waits = list[float]()
    with closing(sqlite3.connect(tmp_path / "music.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def end_the_other(seconds: float) -> None:
            waits.append(seconds)
            other.execute("ROLLBACK")

        def be_impatient(connection: Any, *_: Any) -> None:
            connection.execute("PRAGMA busy_timeout=1")

        sa.event.listen(filled._engine, "checkout", be_impatient)
        filled._patience = Patience(sleep=end_the_other)
        assert filled.sync(tables.artists, artists(("a1", "Renamed", 1))).updated == 1
    assert waits == [5]


def test_a_sync_keeps_other_writers_out_from_its_very_beginning(
    filled: DatabaseResource, tmp_path: Path
) -> None:
    """One that reads first and locks later fails when another has written in between."""
    refusals: list[str] = []

    def try_to_write(_cursor: Any, _statement: str) -> None:
        with closing(sqlite3.connect(tmp_path / "music.db", timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refusals.append(str(error))

    said: list[str] = []
    with statements("before", try_to_write), statements("before", lambda _, s: said.append(s)):
        filled.sync(tables.artists, artists(("a1", "Renamed", 1)))
    # Whatever comes after the BEGIN itself.
    assert refusals == ["database is locked"] * (len(said) - 1)
    assert len(refusals) > 3


def test_600_000_unchanged_rows_are_loaded_again_without_a_write(
    database: DatabaseResource, tmp_path: Path
) -> None:
    numbers = pl.int_range(600_000, eager=True)
    songs = pl.DataFrame({"SongID": numbers.cast(pl.String).str.zfill(22), "TrackNumber": numbers})
    songs = songs.with_columns(
        Title="Title of " + pl.col("SongID"),
        DurationInSeconds=(pl.col("TrackNumber") / 1000).round(3),
        AlbumID=pl.lit("x"),
    )
    songs.write_parquet(tmp_path / "tracks.parquet")
    database.sync(tables.albums, pl.LazyFrame({"AlbumID": ["x"]}))
    with writes() as seen:
        first = database.sync(tables.tracks, pl.scan_parquet(tmp_path / "tracks.parquet"))
    assert (first.inserted, seen) == (600_000, [("INSERT", 600_000)])
    with writes() as seen:
        again = database.sync(
            tables.tracks, pl.scan_parquet(tmp_path / "tracks.parquet"), scope=WHOLE_TABLE
        )
    assert counts(again) == (0, 0, 0, 600_000)
    assert seen == []


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    for expected in (1, 0):
        database = opened(f"sqlite:///{tmp_path}/deep/down/music.db")
        done = database.sync(tables.artists, artists(("a", "Abba", 1)))
        assert done.inserted == expected
        database.teardown_after_execution(dg.build_init_resource_context())


def test_readers_are_not_held_up_by_a_writer(filled: DatabaseResource, url: str) -> None:
    writer = opened(url)
    with writing(writer._engine) as connection:
        connection.execute(sa.delete(tables.artists))
        assert filled.count(tables.artists) == 3
    assert filled.count(tables.artists) == 0
    writer.teardown_after_execution(dg.build_init_resource_context())


def test_a_location_never_holds_a_secret() -> None:
    password = "p%40ss-word"
    for url in (
        f"mssql+pyodbc://user:{password}@server/music?driver=ODBC+Driver+18",
        f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Duser%3BPWD%3D{password}",
        f"postgresql://user:{password}@server/music?password={password}",
    ):
        assert "word" not in location(url)
    assert location(f"mssql+pyodbc://user:{password}@server/music?driver=x").endswith(
        "user:***@server/music"
    )


def test_the_location_of_a_file_is_its_path(tmp_path: Path) -> None:
    assert location(f"sqlite:///{tmp_path}/music.db") == str(tmp_path / "music.db")


def test_a_database_does_not_show_its_url() -> None:
    database = DatabaseResource(url="mssql+pyodbc://user:word@server/music")
    assert "word" not in repr(database) + str(database)
