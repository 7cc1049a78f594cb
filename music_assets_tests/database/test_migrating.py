"""Migrations: every way to the newest revision keeps every row, and the first is `tables.py`."""

import multiprocessing
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.schema import CreateIndex, CreateTable

from music_assets.database.comments import comments
from music_assets.database.connections import make_engine
from music_assets.database.database_errors import DatabaseError, Unavailable
from music_assets.database.migrating import MIGRATIONS, bring_up_to_date, revision, revisions
from music_assets.database.resource import DatabaseResource
from music_assets.schema import tables
from music_assets.schema.data_versions import WHOLE_TABLE, bookkeeping
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import statements
from music_assets_tests.outside.fake_odbc import Server

NEWEST = revisions()[-1]
NEXT = f"{int(NEWEST) + 1:04}"
ALBUMS_GROW = f'''
"""A column more, and one that is longer, of a table that others refer to."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEXT}", "{NEWEST}"
def upgrade():
    with op.batch_alter_table("albums", recreate="always") as albums:
        albums.add_column(sa.Column("Series", sa.Unicode(100)))
        albums.alter_column("AlbumType", type_=sa.String(64))
'''
ORPHANS_APPEAR = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{NEWEST}"
def upgrade():
    op.execute("DELETE FROM albums WHERE AlbumID = 'x'")
"""
#: Rows of the first version's tables, with its columns.
ROWS = {
    "artists (ArtistID, Name, Followers)": ("a", "Abba", 1),
    "genres (GenreID, Name)": (1, "pop"),
    "artist_genres (ArtistID, GenreID)": ("a", 1),
    "albums (AlbumID, AlbumName, AlbumType, ReleaseDate, ReleaseDatePrecision, TotalTracks)": (
        *("x", "Xx", "album"),
        *("1987-01-01", "day", 1),
    ),
    "artist_albums (ArtistID, AlbumID)": ("a", "x"),
    "tracks (SongID, TrackNumber, Title, DurationInSeconds, AlbumID)": (
        *("s", 1, "Song"),
        *(215.507, "x"),
    ),
    "weekly_streams (WeekID, SongID, WeekStartDate, WeekEndDate, WeeklyStreams)": (
        *(202647, "s", "2026-11-16"),
        *("2026-11-22", 5),
    ),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "music.db"


@pytest.fixture
def engine(file: Path) -> Iterator[sa.Engine]:
    engine = make_engine(sa.make_url(f"sqlite:///{file}"))
    yield engine
    engine.dispose()


def with_rows(file: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(file)) as connection:
        for columns, row in ROWS.items():
            connection.execute(f"INSERT INTO {columns} VALUES ({', '.join('?' * len(row))})", row)
        connection.commit()
    return contents(file)


def contents(file: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f"SELECT {columns.rstrip(')')} FROM {table}").fetchall()
            for table, _, columns in (each.partition(" (") for each in ROWS)
        }


def later(folder: Path, text: str) -> Path:
    """The migrations with one more after the newest."""
    shutil.copytree(MIGRATIONS, folder / "migrations")
    (folder / "migrations" / "versions" / f"r{NEXT}_more.py").write_text(text)
    return folder / "migrations"


def as_it_was(engine: sa.Engine, folder: Path, newest: str) -> None:
    """The tables as they were when a revision was the newest."""
    older = folder / "older"
    shutil.copytree(MIGRATIONS, older)
    for file in (older / "versions").glob("r*.py"):
        if file.stem[1:5] > newest:
            file.unlink()
    bring_up_to_date(engine, older)


def as_the_first_version_made_it(engine: sa.Engine, folder: Path) -> None:
    """The first revision's tables, in a database that does not record its revision."""
    as_it_was(engine, folder, "0001")
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE alembic_version")


def recorded(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return revision(connection)


def test_the_revisions_make_what_the_tables_say(url: str) -> None:
    if url.startswith("mssql+pyodbc://loader:secret@server"):
        pytest.skip("nothing can be asked of the catalogue of the driver that stands in for ODBC's")
    opened(url)
    engine = make_engine(sa.make_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        every = sa.MetaData()
        for table in (*tables.metadata.tables.values(), *bookkeeping.tables.values()):
            table.to_metadata(every)
        assert compare_metadata(context, every) == []
    engine.dispose()


def test_the_revisions_make_what_the_tables_say_on_sql_server(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(file)
    monkeypatch.setitem(sys.modules, "pyodbc", server.module())
    database = opened("mssql+pyodbc://loader:secret@server/music")
    dialect = database._engine.dialect
    wanted: list[sa.ClauseElement] = []
    for table in (*tables.metadata.tables.values(), *bookkeeping.tables.values()):
        wanted += [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    expected = {squeezed(str(each.compile(dialect=dialect))) for each in wanted}
    made = set(made_by([squeezed(each) for each in server.asked]))
    assert {each for each in made if "alembic" not in each and "#" not in each} == expected


def test_sql_server_is_told_once_what_every_table_and_column_is(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(file)
    monkeypatch.setitem(sys.modules, "pyodbc", server.module())
    opened("mssql+pyodbc://loader:secret@server/music")._engine.dispose()
    described = {}
    for table in (*tables.metadata.tables.values(), *bookkeeping.tables.values()):
        described[f"[dbo], 'table', {table.name}"] = table.comment
        for column in table.columns:
            of = f"[dbo], 'table', {table.name}, 'column', [{column.name}]"
            described[of] = column.comment
    assert server.comments == described
    server.asked.clear()
    opened("mssql+pyodbc://loader:secret@server/music")._engine.dispose()
    assert not [each for each in server.asked if "extendedproperty '" in each]


def test_an_older_description_gives_way_to_a_newer_one() -> None:
    dialect = sa.create_mock_engine("mssql+pyodbc://", print).dialect
    dialect.default_schema_name = "dbo"
    there = frozenset({("artists", None), ("artists", "Name")})
    said = [str(each.compile(dialect=dialect)) for each in comments(there)]
    of = "'MS_Description', 'schema', dbo, 'table', artists"
    dropped = [at for at, each in enumerate(said) if "sp_dropextendedproperty" in each]
    assert [said[at].partition("property ")[2] for at in dropped] == [of, f"{of}, 'column', [Name]"]
    for at in dropped:
        assert said[at + 1].endswith(said[at].partition("'schema'")[2])


def made_by(statements: list[str]) -> list[str]:
    """The statements that make tables and indexes, as later ones leave them."""
    made = [each for each in statements if re.match(r"CREATE (TABLE|INDEX)", each)]
    for statement in statements:
        if dropped := re.match(r"DROP INDEX (\S+)", statement):
            made = [each for each in made if not each.startswith(f"CREATE INDEX {dropped[1]} ")]
        if added := re.match(r"ALTER TABLE (\w+) ADD (.*)", statement):
            head, column = f"CREATE TABLE {added[1]} (", f", {added[2]}, PRIMARY KEY"
            made = [
                each.replace(", PRIMARY KEY", column, 1) if each.startswith(head) else each
                for each in made
            ]
    return made


def squeezed(statement: str) -> str:
    return " ".join(statement.split())


def test_an_older_database_that_tells_no_revision_keeps_every_row(
    file: Path, engine: sa.Engine, tmp_path: Path
) -> None:
    as_the_first_version_made_it(engine, tmp_path)
    before = with_rows(file)
    assert recorded(engine) is None
    opened(f"sqlite:///{file}")
    assert recorded(engine) == revisions()[-1]
    assert contents(file) == before
    with engine.connect() as connection:
        for table in ("albums", "tracks"):
            seen = connection.exec_driver_sql(f"SELECT FirstSeen FROM {table}").scalars().all()
            assert seen == [None], "nobody knows when it was first seen"


@pytest.mark.parametrize("told_before", [True, False])
def test_an_older_revision_is_brought_to_the_newest_and_keeps_every_row(
    file: Path, engine: sa.Engine, tmp_path: Path, told_before: bool
) -> None:
    if told_before:
        bring_up_to_date(engine)
    else:
        as_the_first_version_made_it(engine, tmp_path)
    before = with_rows(file)
    bring_up_to_date(engine, later(tmp_path, ALBUMS_GROW))
    assert recorded(engine) == NEXT
    assert contents(file) == before
    columns = {c["name"]: str(c["type"]) for c in sa.inspect(engine).get_columns("albums")}
    assert columns["Series"] == "VARCHAR(100)"
    assert columns["AlbumType"] == "VARCHAR(64)"
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_what_was_there_before_first_seen_has_none_and_versions_follow_the_new_column(
    url: str, tmp_path: Path
) -> None:
    if url.startswith("mssql+pyodbc://loader:secret@server"):
        pytest.skip("the driver that stands in for ODBC's has the triggers of today")
    engine = make_engine(sa.make_url(url))
    as_it_was(engine, tmp_path, "0004")
    with engine.begin() as connection:
        connection.exec_driver_sql("""INSERT INTO albums ("AlbumID") VALUES ('x')""")
        connection.exec_driver_sql("""INSERT INTO tracks ("SongID", "AlbumID") VALUES ('s', 'x')""")
    database = opened(url)
    for table in (tables.albums, tables.tracks):
        assert database.read(sa.select(table.c.FirstSeen)).rows() == [(None,)]
        before = database.data_versions()
        with engine.begin() as connection:
            connection.exec_driver_sql(f"""UPDATE {table} SET "FirstSeen" = '2026-01-02'""")
        after = database.data_versions()
        part = (table.name, WHOLE_TABLE)
        assert {each for each in before if after[each] != before[each]} == {part}
    if engine.dialect.supports_comments:
        found = sa.inspect(engine).get_table_comment("albums")
        assert found["text"] == tables.albums.comment
    database.teardown_after_execution(dg.build_init_resource_context())
    engine.dispose()


def test_a_migration_that_leaves_orphans_changes_nothing(
    file: Path, engine: sa.Engine, tmp_path: Path
) -> None:
    bring_up_to_date(engine)
    before = with_rows(file)
    with pytest.raises(Unavailable, match=r"rows in \w+ that refer to nothing, so nothing was"):
        bring_up_to_date(engine, later(tmp_path, ORPHANS_APPEAR))
    assert contents(file) == before
    assert recorded(engine) == NEWEST


def test_a_migration_that_fails_half_way_changes_nothing(
    file: Path, engine: sa.Engine, tmp_path: Path
) -> None:
    bring_up_to_date(engine)
    before = with_rows(file)
    broken = ALBUMS_GROW + "    op.execute('SELECT * FROM nowhere')\n"
    with pytest.raises(sa.exc.OperationalError, match="nowhere"):
        bring_up_to_date(engine, later(tmp_path, broken))
    assert contents(file) == before
    assert recorded(engine) == NEWEST
    assert "Series" not in {column["name"] for column in sa.inspect(engine).get_columns("albums")}


def test_a_database_that_is_newer_is_refused_in_a_sentence(
    file: Path, engine: sa.Engine, tmp_path: Path
) -> None:
    bring_up_to_date(engine)
    before = with_rows(file)
    bring_up_to_date(engine, later(tmp_path, ALBUMS_GROW))
    with pytest.raises(DatabaseError) as refused:
        opened(f"sqlite:///{file}")
    assert str(refused.value) == (
        f"The database {file} cannot be opened: its tables are at revision {NEXT} and this "
        f"music-assets knows them up to {NEWEST}; install the newer music-assets that changed them."
    )
    assert contents(file) == before


def test_a_database_that_is_up_to_date_is_only_read(engine: sa.Engine) -> None:
    bring_up_to_date(engine)
    said: list[str] = []
    with statements("before", lambda _, statement: said.append(statement)):
        bring_up_to_date(engine)
    assert not [each for each in said if not each.startswith(("BEGIN", "PRAGMA", "SELECT"))]
    assert "BEGIN IMMEDIATE" not in said
    assert len(said) <= 4


def open_in_a_process(url: str) -> int:
    database = opened(url)
    count = database.count(tables.artists)
    database.teardown_after_execution(dg.build_init_resource_context())
    return count


def test_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    if url.startswith("mssql+pyodbc://loader:secret@server"):
        pytest.skip("other processes do not see the driver that stands in for ODBC's")
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(open_in_a_process, [url] * 3)) == [0, 0, 0]
    database = DatabaseResource(url=url)
    database.setup_for_execution(dg.build_init_resource_context())
    assert recorded(database._engine) == revisions()[-1]
    database.teardown_after_execution(dg.build_init_resource_context())
