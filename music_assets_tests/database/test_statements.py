"""Every statement that SQL Server is sent, by the code that sends it, is T-SQL."""

import datetime as dt
import re
import sys
from typing import Any

import pytest
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import NOTHING, WHOLE_TABLE, RowsOf, RowsOfInput
from music_assets.schema import tables
from music_assets.schema.album_totals import album_totals
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import MONDAY, SUNDAY, frame
from music_assets_tests.outside.fake_odbc import Server, parse

DAY = dt.date(1987, 1, 1)
#: Of each table two rows that stay, and what is loaded after them: a change, a new row, an orphan.
ROWS: dict[str, tuple[list[Any], list[Any]]] = {
    "artists": ([("a", "A", 1), ("b", "B", 2)], [("a", "AA", 1), ("c", "C", 3)]),
    "genres": ([("rock",), ("jazz",)], [("rock",), ("pop",)]),
    "albums": (
        [("x", "X", "album", DAY, "day", 2), ("y", "Y", "album", None, None, 1)],
        [("x", "XX", "album", DAY, "day", 2), ("z", "Z", "single", DAY, "year", 1)],
    ),
    "artist_genres": ([("a", 1), ("b", 2)], [("a", 2), ("nobody", 1)]),
    "artist_albums": ([("a", "x"), ("b", "y")], [("a", "y"), ("a", "nothing")]),
    "tracks": (
        [("s", 1, "S", 215.507, "x"), ("t", 2, "T", None, "x")],
        [("s", 1, "SS", 215.507, "x"), ("u", 1, "U", 1.0, "nothing"), ("v", 1, "V", 2.0, "y")],
    ),
    "weekly_streams": (
        [(202647, "s", MONDAY, SUNDAY, 1), (202647, "t", MONDAY, SUNDAY, 2)],
        [(202647, "s", MONDAY, SUNDAY, 9), (202648, "s", MONDAY, SUNDAY, 1)],
    ),
    "weekly_downloads": (
        [(202647, "s", MONDAY, SUNDAY, 1), (202647, "t", MONDAY, SUNDAY, 2)],
        [(202647, "s", MONDAY, SUNDAY, 9), (202648, "none", MONDAY, SUNDAY, 1)],
    ),
    "chart_entries": (
        [("global", "weekly", DAY, song, 1, None, 1, 1, 9, "T", "A", "L", 198701) for song in "st"],
        [("global", "weekly", DAY, "s", 2, 1, 1, 2, 9, "T", "A", "L", 198701)],
    ),
    "monthly_sales": (
        [(MONDAY, DAY, "Shop", "SE", item, "song", "T", "A", 1) for item in ("SE1", "SE2")],
        [(MONDAY, DAY, "Shop", "SE", "SE1", "song", "T", "A", -5)],
    ),
}
LOADED = [table for table in tables.metadata.sorted_tables if table.name in ROWS]


def load(database: DatabaseResource, table: sa.Table) -> None:
    """Each kind of scope, each time from the same rows; they are what is there in the end."""
    names = ["Name"] if table is tables.genres else []
    before, after = (frame(table, rows, names) for rows in ROWS[table.name])
    keys = names or table.primary_key.columns.keys()
    values = RowsOf(keys[0], before.collect()[keys[0]].to_list())
    several = RowsOfInput(tuple(keys[:-1]) or keys[0])
    for scope in (NOTHING, RowsOfInput(keys[0]), several, values, WHOLE_TABLE):
        database.sync(table, before, scope=scope)
        database.sync(table, after, scope=scope)
    database.sync(table, before, scope=WHOLE_TABLE)
    database.count(table)
    database.read(sa.select(table))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every statement of a first use, of loads of each table, and of all views."""
    server = Server(tmp_path_factory.mktemp("statements") / "music.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pyodbc", server.module())
        database = opened("mssql+pyodbc://loader:secret@server/music")
    for table in LOADED:
        load(database, table)
    database.replace(tables.weekly_album_totals, RowsOf("WeekID", [202647]), album_totals([202647]))
    database.data_versions()
    for mart in read_marts(sql_folder() / "marts").values():
        database.define_view(mart.name, mart.sql)
    return server.asked


def verbs(asked: list[str], name: str) -> set[str]:
    """The statements on a table, its stage or its scope, or on a view."""
    verb = r"\s*(CREATE OR ALTER VIEW|CREATE \w+|DROP \w+|INSERT|UPDATE|DELETE)\b"
    words = rf"{verb}.*?\[?{re.escape(name)}\]?[\s(;]"
    return {found[1] for statement in asked if (found := re.match(words, f"{statement} "))}


def test_every_statement_is_t_sql_and_plain(asked: list[str]) -> None:
    assert len(asked) > 500
    for statement in asked:
        assert parse(statement), statement
        assert not re.search(r"\b(MERGE|LIMIT|TEMPORARY|IDENTITY)\b", statement), statement


@pytest.mark.parametrize("table", LOADED, ids=str)
def test_each_table_is_made_staged_and_changed_in_every_way(
    asked: list[str], table: sa.Table
) -> None:
    links = {"artist_genres", "artist_albums", "genres"}
    changed = {"CREATE TABLE", "INSERT", "DELETE"} | (
        {"UPDATE"} if table.name not in links else set()
    )
    assert verbs(asked, table.name) >= changed
    assert verbs(asked, f"#stage_{table.name}") >= {"CREATE TABLE", "INSERT", "DROP TABLE"}
    assert verbs(asked, f"#scope_{table.name}") >= {"CREATE TABLE", "INSERT", "DROP TABLE"}


def test_the_rollup_is_made_out_of_the_facts(asked: list[str]) -> None:
    assert verbs(asked, "weekly_album_totals") == {
        "CREATE TABLE",
        "CREATE INDEX",
        "DROP INDEX",
        "DELETE",
        "INSERT",
    }


def test_each_mart_is_defined_as_a_view(asked: list[str]) -> None:
    for name in read_marts(sql_folder() / "marts"):
        assert verbs(asked, name) == {"CREATE OR ALTER VIEW"}


def test_a_key_has_at_most_900_bytes_and_numbers_itself_nowhere(asked: list[str]) -> None:
    for statement in (each for each in asked if "PRIMARY KEY" in each):
        assert "IDENTITY" not in statement
        sizes = {
            name: int(size) * (2 if kind == "NVARCHAR" else 1)
            for name, kind, size in re.findall(r"\[(\w+)\] (N?VARCHAR)\((\d+)\)", statement)
        }
        for key in re.findall(r"(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)", statement):
            assert sum(sizes.get(name.strip(" []"), 8) for name in key.split(",")) <= 900
