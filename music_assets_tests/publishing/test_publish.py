"""After any history of changes, sums and extracts are those of a full computation."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import publish_mart
from music_assets.loading.album_weeks import bring_totals_up_to_date
from music_assets.publishing.extracts import of_table
from music_assets.publishing.publish import inputs_of_table, publish
from music_assets.schema import tables
from music_assets.schema.album_totals import album_totals
from music_assets.schema.mart_sql import Mart, read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FINGERPRINTS
from music_assets.weeks import Week
from music_assets_tests.conftest import opened
from music_assets_tests.play_rows import plays

MARTS = read_marts(sql_folder() / "marts")
IN_ORDER = ["weekly_totals", *sorted(MARTS.keys() - {"weekly_totals"})]
WEEKS = [Week.from_iso(2025, 52), Week.from_iso(2026, 1), Week.from_iso(2026, 2)]
SONGS, ALBUMS, ARTISTS = "stuvw", "xyz", "ab"

weeks, songs = st.sampled_from([week.week_id for week in WEEKS]), st.sampled_from(SONGS)
albums, artists, figures = st.sampled_from(ALBUMS), st.sampled_from(ARTISTS), st.integers(0, 9)
facts = st.sampled_from(sorted(tables.MEASURES))
seconds = st.sampled_from([None, 12.5, 30.0, 215.507])
weekly = st.sampled_from(sorted(table.name for table in tables.WEEKLY))

#: The columns of names.
NAMES = {
    "tracks": "Title",
    "albums": "AlbumName",
    "artists": "Name",
    "genres": "Name",
    "listened_songs": "ArtistName",
}
Change = tuple[Any, ...]
#: One thing that a load, a purge or a person may do.
CHANGES = st.one_of(
    st.tuples(st.just("load"), facts, weeks, st.dictionaries(songs, figures, min_size=1)),
    st.tuples(st.just("delete"), st.just("tracks"), songs),
    st.tuples(st.just("delete"), st.just("albums"), albums),
    st.tuples(st.just("delete"), st.just("artists"), artists),
    st.tuples(st.just("purge"), weekly, weeks),
    st.tuples(st.just("play"), weeks, st.dictionaries(songs, seconds, min_size=1)),
    st.tuples(st.just("edit plays"), weeks, songs, seconds),
    st.tuples(st.just("move plays"), weeks, weeks),
    st.tuples(st.just("same artist"), songs, songs),
    st.tuples(st.just("delete"), st.just("listened_songs"), songs),
    st.tuples(st.just("delete alone"), st.just("listened_songs"), songs),
    st.tuples(st.just("chart"), weeks, st.lists(songs, min_size=1, unique=True)),
    st.tuples(st.just("edit charts"), weeks, songs, figures),
    st.tuples(st.just("move charts"), weeks, weeks),
    st.tuples(st.just("edit"), facts, weeks, songs, figures),
    st.tuples(st.just("spoil sums"), weeks, albums),
    st.tuples(st.just("move"), songs, albums),
    st.tuples(st.just("rename"), st.sampled_from(sorted(NAMES))),
    st.tuples(st.just("link"), artists, albums),
    st.tuples(st.just("genre"), artists, st.integers(1, 2)),
    st.tuples(st.just("unlink"), artists, albums),
    st.tuples(st.just("empty"), st.sampled_from(sorted(tables.metadata.tables))),
    st.tuples(st.just("delete alone"), st.just("tracks"), songs),
    st.tuples(st.just("delete alone"), st.just("albums"), albums),
    st.tuples(st.just("delete alone"), st.just("artists"), artists),
    st.tuples(st.just("put in place"), artists),
    st.tuples(st.just("drop an extract"), st.integers(0, 20)),
    st.tuples(st.just("copy"), st.sampled_from(["keep", "restore"])),
)


def load_catalogue(database: DatabaseResource) -> None:
    """Load what is missing of a small catalogue; it changes nothing that is there."""
    rows = {
        tables.artists: {"ArtistID": list(ARTISTS)},
        tables.genres: {"Name": ["pop", "rock"]},
        tables.albums: {"AlbumID": list(ALBUMS)},
        tables.artist_albums: {"ArtistID": ["a", "b", "b"], "AlbumID": ["x", "x", "y"]},
        tables.tracks: {"SongID": list(SONGS), "AlbumID": list("xxyyz")},
        tables.listened_songs: {"SongID": list(SONGS)},
    }
    for table, columns in rows.items():
        database.sync(table, pl.LazyFrame(columns))


def load(database: DatabaseResource, fact: str, week: int, values: dict[str, int]) -> None:
    monday = Week.from_id(week).monday
    rows = pl.LazyFrame({"SongID": list(values), tables.MEASURES[fact]: list(values.values())})
    dated = rows.with_columns(
        WeekID=pl.lit(week),
        WeekStartDate=pl.lit(monday),
        WeekEndDate=pl.lit(monday + dt.timedelta(days=6)),
    )
    database.sync(tables.metadata.tables[fact], dated)


def load_plays(database: DatabaseResource, week: int, seconds: dict[str, float | None]) -> None:
    at = dt.datetime.combine(Week.from_id(week).monday, dt.time(12))
    database.sync(tables.plays, plays((at, *each) for each in seconds.items()).lazy())


def load_charts(database: DatabaseResource, week: int, songs: list[str]) -> None:
    rows = pl.LazyFrame({"SongID": songs}).with_row_index("Rank", offset=1)
    thursday = Week.from_id(week).monday + dt.timedelta(days=3)
    told = {"Region": "global", "Period": "weekly", "ChartDate": thursday, "WeekID": week}
    literals = [pl.lit(value).alias(name) for name, value in told.items()]
    database.sync(tables.chart_entries, rows.with_columns(literals))


KEY = {
    "tracks": '"SongID"',
    "albums": '"AlbumID"',
    "artists": '"ArtistID"',
    "genres": '"GenreID"',
    "listened_songs": '"SongID"',
}
LOADS: dict[str, Callable[..., None]] = {"load": load, "play": load_plays, "chart": load_charts}
STATEMENTS: dict[str, Callable[..., str]] = {
    "purge": lambda fact, week: f'DELETE FROM "{fact}" WHERE "WeekID" = {week}',
    "delete": lambda table, value: f"""DELETE FROM "{table}" WHERE {KEY[table]} = '{value}'""",
    "edit": lambda fact, week, song, figure: (
        f'UPDATE "{fact}" SET "{tables.MEASURES[fact]}" = {figure} '
        f"""WHERE "WeekID" = {week} AND "SongID" = '{song}'"""
    ),
    "edit plays": lambda week, song, seconds: (
        f'UPDATE "plays" SET "SecondsPlayed" = {"NULL" if seconds is None else seconds} '
        f"""WHERE "WeekID" = {week} AND "SongID" = '{song}'"""
    ),
    "move plays": lambda week, to: f'UPDATE "plays" SET "WeekID" = {to} WHERE "WeekID" = {week}',
    "same artist": lambda song, other: (
        f"""UPDATE "listened_songs" SET "ArtistName" = 'same' """
        f"""WHERE "SongID" IN ('{song}', '{other}')"""
    ),
    "edit charts": lambda week, song, figure: (
        f'UPDATE "chart_entries" SET "Streams" = {figure} '
        f"""WHERE "WeekID" = {week} AND "SongID" = '{song}'"""
    ),
    "move charts": lambda week, to: (
        f'UPDATE "chart_entries" SET "WeekID" = {to} WHERE "WeekID" = {week}'
    ),
    "spoil sums": lambda week, album: (
        'UPDATE "weekly_album_totals" SET "Streams" = 77 '
        f"""WHERE "WeekID" = {week} AND "AlbumID" = '{album}'"""
    ),
    "move": lambda song, album: (
        f"""UPDATE "tracks" SET "AlbumID" = '{album}' WHERE "SongID" = '{song}'"""
    ),
    "genre": lambda artist, genre: (
        f"""INSERT INTO "artist_genres" ("ArtistID", "GenreID") SELECT '{artist}', {genre} """
        f"""WHERE NOT EXISTS (SELECT 1 FROM "artist_genres" WHERE "ArtistID" = '{artist}' """
        f'AND "GenreID" = {genre})'
    ),
    "unlink": lambda artist, album: (
        f"""DELETE FROM "artist_albums" WHERE "ArtistID" = '{artist}' AND "AlbumID" = '{album}'"""
    ),
    "empty": lambda table: f'DELETE FROM "{table}"',
    "link": lambda artist, album: (
        f"""INSERT INTO "artist_albums" SELECT '{artist}', '{album}' WHERE NOT EXISTS (SELECT 1 """
        f"""FROM "artist_albums" WHERE "ArtistID" = '{artist}' AND "AlbumID" = '{album}')"""
    ),
}


def do(change: Change, number: int, database: DatabaseResource, storage: FolderStorage) -> None:
    match change:
        case ("copy", "keep" | "restore" as what):
            copy(database, what)
        case (kind, *arguments) if kind in LOADS:
            load_catalogue(database)
            LOADS[kind](database, *arguments)
        case ("rename", table):
            by_hand(
                database,
                f"""UPDATE "{table}" SET "{NAMES[table]}" = 'new {number} ' || {KEY[table]}""",
            )
        case ("drop an extract", which):
            found = list(storage.list("published/"))
            for blob in found[int(which) % max(1, len(found)) :][:1]:
                storage.delete(blob.path)
        case ("delete alone", table, value):
            by_shell(database, STATEMENTS["delete"](table, value))
            if table == "albums":
                # Its tracks stay, and the graph puts it back before it adds them up.
                load_catalogue(database)
        case ("put in place", artist):
            values = f"('{artist}', 'put {number}')"
            by_shell(
                database, f'INSERT OR REPLACE INTO "artists" ("ArtistID", "Name") VALUES {values}'
            )
        case (kind, *arguments):
            load_catalogue(database)
            by_hand(database, STATEMENTS[kind](*arguments))


def by_hand(database: DatabaseResource, statement: str) -> None:
    with database._engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(statement)


def by_shell(database: DatabaseResource, statement: str) -> None:
    """As in SQLite's own shell, which enforces no reference."""
    with closing(sqlite3.connect(database_file(database))) as connection, connection:
        connection.execute(statement)


def database_file(database: DatabaseResource) -> Path:
    return Path(str(sa.make_url(database.url).database))


def copy(database: DatabaseResource, what: str) -> None:
    """Keep a copy of the database, or restore it if there is one."""
    file = database_file(database)
    source, target = file, file.with_name("backup.db")
    if what == "restore":
        source, target = target, source
    if source.exists():
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)


def bring_up_to_date(database: DatabaseResource, storage: FolderStorage) -> int:
    """Make the sums and all extracts; returns how many were written."""
    written = len(bring_totals_up_to_date(database, storage))
    for name in IN_ORDER:
        written += extracts_written(name, database, storage)
    versions = database.data_versions()
    for table in tables.metadata.sorted_tables:
        inputs = inputs_of_table(table.name, versions)
        written += len(publish(table.name, of_table(table), inputs, database, storage).written)
    return written


def extracts_written(mart: str, database: DatabaseResource, storage: FolderStorage) -> int:
    told: Any = publish_mart(MARTS[mart], MARTS, database, storage, []).metadata
    return int(told["written"])


def extracts(storage: FolderStorage) -> dict[str, bytes]:
    return {blob.path: storage.read(blob.path)[1] for blob in storage.list("published/")}


def sums(database: DatabaseResource, query: sa.Select[tuple[object, ...]]) -> pl.DataFrame:
    return database.read(query).sort("WeekID", "AlbumID")


@pytest.fixture
def database(url: str) -> Iterator[DatabaseResource]:
    database = opened(url)
    yield database
    database._engine.dispose()


@settings(max_examples=30)
@given(st.lists(st.tuples(CHANGES, st.booleans()), max_size=10))
def test_sums_and_extracts_are_those_of_a_full_computation(
    history: list[tuple[Change, bool]],
) -> None:
    with TemporaryDirectory() as folder:
        database = opened(f"sqlite:///{folder}/music.db")
        storage = FolderStorage(root=f"{folder}/storage")
        load_catalogue(database)
        for number, (change, then_run) in enumerate(history):
            do(change, number, database, storage)
            if then_run:
                bring_up_to_date(database, storage)
        bring_up_to_date(database, storage)
        assert bring_up_to_date(database, storage) == 0
        every = [week.week_id for week in WEEKS]
        stored = sums(database, sa.select(tables.weekly_album_totals))
        assert_frame_equal(
            stored, sums(database, album_totals(every)).select(stored.columns), check_dtypes=False
        )
        anew = FolderStorage(root=f"{folder}/anew")
        bring_up_to_date(database, anew)
        assert extracts(storage) == extracts(anew)
        database._engine.dispose()


def with_two_weeks(database: DatabaseResource) -> None:
    load_catalogue(database)
    for week in WEEKS:
        for fact in tables.MEASURES:
            load(database, fact, week.week_id, dict.fromkeys(SONGS, 5))
        load_plays(database, week.week_id, dict.fromkeys(SONGS, 60.0))


def test_one_new_week_writes_its_own_extracts_and_no_older_one(
    database: DatabaseResource, tmp_path: Path
) -> None:
    storage = FolderStorage(root=str(tmp_path / "storage"))
    with_two_weeks(database)
    bring_up_to_date(database, storage)
    before = extracts(storage)
    new = Week.from_iso(2026, 3).week_id
    for fact in tables.MEASURES:
        load(database, fact, new, dict.fromkeys(SONGS, 7))
    load_plays(database, new, {"s": 60.0})
    bring_up_to_date(database, storage)
    differs = {path for path, content in extracts(storage).items() if before.get(path) != content}
    assert differs
    assert {path for path in differs if "WeekID=" in path} == {
        path for path in extracts(storage) if f"WeekID={new}" in path
    }


CATALOGUE_GROWS: dict[str, Callable[[DatabaseResource], object]] = {
    "an album without figures": lambda database: database.sync(
        tables.albums, pl.LazyFrame({"AlbumID": ["new"], "AlbumName": ["New"]})
    ),
    "more followers": lambda database: database.sync(
        tables.artists, pl.LazyFrame({"ArtistID": ["a"], "Followers": [7]})
    ),
    "a song that was not played": lambda database: database.sync(
        tables.listened_songs, pl.LazyFrame({"SongID": ["new"], "ArtistName": ["New"]})
    ),
    "a title as listened": lambda database: database.sync(
        tables.listened_songs, pl.LazyFrame({"SongID": ["s"], "Title": ["S (live)"]})
    ),
}


@pytest.mark.parametrize("change", CATALOGUE_GROWS.values(), ids=CATALOGUE_GROWS)
def test_what_no_week_shows_makes_no_week_anew(
    change: Callable[[DatabaseResource], object], database: DatabaseResource, tmp_path: Path
) -> None:
    storage = FolderStorage(root=str(tmp_path / "storage"))
    with_two_weeks(database)
    bring_up_to_date(database, storage)
    change(database)
    bring_totals_up_to_date(database, storage)
    for name in [each for each in IN_ORDER if MARTS[each].weeks_read]:
        assert extracts_written(name, database, storage) == 0, name


def test_a_mart_that_does_not_say_how_many_weeks_it_reads_is_one_extract(
    database: DatabaseResource, storage: FolderStorage
) -> None:
    sql = "SELECT WeekID, MAX(SongID) AS Last FROM weekly_streams GROUP BY WeekID"
    mart = Mart("lasts", f"-- One row is one week.\n{sql}")

    def written() -> object:
        told: Any = publish_mart(mart, {mart.name: mart}, database, storage, []).metadata
        return told["written"]

    with_two_weeks(database)
    assert written() == 1
    assert extracts(storage).keys() == {"published/lasts.parquet"}
    assert written() == 0
    load(database, "weekly_streams", WEEKS[0].week_id, {"s": 9})
    assert written() == 1
    assert extracts(storage).keys() == {"published/lasts.parquet"}


def test_without_its_notes_everything_is_made_anew_and_is_the_same(
    database: DatabaseResource, tmp_path: Path
) -> None:
    storage = FolderStorage(root=str(tmp_path / "storage"))
    with_two_weeks(database)
    bring_up_to_date(database, storage)
    before = extracts(storage)
    storage.write(f"{FINGERPRINTS}weekly_totals.json", b"[damaged")
    assert bring_up_to_date(database, storage) == len(WEEKS)
    storage.clear(FINGERPRINTS)
    assert bring_up_to_date(database, storage) > len(before)
    assert extracts(storage) == before


def test_a_restored_older_database_is_published_as_it_is(tmp_path: Path) -> None:
    file, storage = tmp_path / "music.db", FolderStorage(root=str(tmp_path / "storage"))
    database = opened(f"sqlite:///{file}")
    with_two_weeks(database)
    bring_up_to_date(database, storage)
    database._engine.dispose()
    older, before = file.read_bytes(), extracts(storage)
    database = opened(f"sqlite:///{file}")
    load(database, "weekly_streams", WEEKS[0].week_id, dict.fromkeys(SONGS, 9))
    bring_up_to_date(database, storage)
    assert extracts(storage) != before
    database._engine.dispose()
    file.write_bytes(older)
    database = opened(f"sqlite:///{file}")
    bring_up_to_date(database, storage)
    assert extracts(storage) == before
    database._engine.dispose()


@pytest.fixture
def published(database: DatabaseResource, storage: FolderStorage) -> DatabaseResource:
    """A database with three weeks that are published."""
    with_two_weeks(database)
    by_hand(database, """UPDATE "tracks" SET "Title" = 'right'""")
    bring_up_to_date(database, storage)
    return database


def told_in(storage: FolderStorage, name: str, column: str) -> list[object]:
    """The values that a column of an extract per week has in all weeks."""
    folder = Path(storage.root) / f"published/{name}"
    return pl.read_parquet(folder / "*.parquet")[column].unique().sort().to_list()


def test_a_moved_track_moves_the_sums(published: DatabaseResource, storage: FolderStorage) -> None:
    by_hand(published, """UPDATE "tracks" SET "AlbumID" = 'z' WHERE "SongID" = 's'""")
    assert bring_totals_up_to_date(published, storage) == [week.week_id for week in WEEKS]
    every = [week.week_id for week in WEEKS]
    stored = sums(published, sa.select(tables.weekly_album_totals))
    made = sums(published, album_totals(every)).select(stored.columns)
    assert_frame_equal(stored, made, check_dtypes=False)
    assert bring_totals_up_to_date(published, storage) == []


@pytest.mark.parametrize("delete", [by_hand, by_shell])
def test_a_title_that_somebody_changed_goes_with_its_track(
    delete: Callable[[DatabaseResource, str], None],
    published: DatabaseResource,
    storage: FolderStorage,
) -> None:
    by_hand(published, """UPDATE "tracks" SET "Title" = 'wrong' WHERE "SongID" = 's'""")
    extracts_written("top_tracks", published, storage)
    delete(published, """DELETE FROM "tracks" WHERE "SongID" = 's'""")
    song = {"SongID": ["s"], "AlbumID": ["x"], "Title": ["right"]}
    published.sync(tables.tracks, pl.LazyFrame(song))
    for week in WEEKS:
        for fact in tables.MEASURES:
            load(published, fact, week.week_id, dict.fromkeys(SONGS, 5))
    bring_up_to_date(published, storage)
    assert told_in(storage, "top_tracks", "Title") == ["right"]


def test_an_album_gains_an_artist_while_the_sums_are_gone(
    published: DatabaseResource, storage: FolderStorage
) -> None:
    by_hand(published, 'DELETE FROM "weekly_album_totals"')
    by_hand(published, """INSERT INTO "artist_albums" VALUES ('a', 'y')""")
    bring_up_to_date(published, storage)
    anew = FolderStorage(root=f"{storage.root}-anew")
    bring_up_to_date(published, anew)
    assert extracts(storage) == extracts(anew)


def test_extracts_of_weeks_that_the_database_does_not_have_are_removed(
    published: DatabaseResource, storage: FolderStorage
) -> None:
    before = extracts(storage)
    folder = "published/weekly_streams/"
    others = {f"{folder}{name}": b"mine" for name in ("notes.txt", "WeekID=x.parquet", "a.parquet")}
    for path in (*others, f"{folder}WeekID=209901.parquet"):
        storage.write(path, b"mine")
    storage.write("published/top_tracks/WeekID=199901.parquet", b"old")
    bring_up_to_date(published, storage)
    assert extracts(storage) == before | others
    assert bring_up_to_date(published, storage) == 0


def test_without_data_versions_deleted_extracts_are_written_again(
    published: DatabaseResource, storage: FolderStorage
) -> None:
    before = extracts(storage)
    by_hand(published, 'DELETE FROM "data_versions"')
    storage.clear("published/")
    again = opened(published.url)
    bring_up_to_date(again, storage)
    again._engine.dispose()
    assert extracts(storage) == before
