"""The schema as SQL text: what is in `sql/schema` and `sql/grants.sql`, and what it makes."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.database.ddl import DIALECTS, schema
from music_assets.schema import tables
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets_tests.conftest import opened
from music_assets_tests.outside.fake_odbc import Server, parse


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_command_prints_what_stands_in_the_folder(dialect: str) -> None:
    printed = CliRunner().invoke(main, ["schema", "--dialect", dialect])
    assert printed.exit_code == 0
    assert printed.output == (sql_folder() / "schema" / f"{dialect}.sql").read_text("utf-8")


def batches(script: str) -> list[str]:
    """The batches between two GOs."""
    found = f"{script}\n".split("\nGO\n")
    return [batch for batch in found if any(map(is_code, batch.splitlines()))]


def is_code(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("--")


def test_every_batch_for_sql_server_is_one_statement_of_t_sql() -> None:
    found = batches(schema("mssql"))
    assert len(found) > 20
    for batch in found:
        assert len(parse(batch)) == 1 or "CREATE TRIGGER" in batch


def test_a_database_made_by_the_script_is_loaded_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(tmp_path / "music.db")
    by_hand = server.connect("by hand")
    for batch in batches(schema("mssql")):
        by_hand.cursor().execute(batch)
    by_hand.commit()
    server.asked.clear()
    monkeypatch.setitem(sys.modules, "pyodbc", server.module())
    database = opened("mssql+pyodbc://loader:secret@server/music")
    assert database.count(tables.artists) == 0
    assert not any("CREATE" in statement for statement in server.asked)


def test_postgresqls_script_makes_what_the_first_use_makes_with_every_view(
    request: pytest.FixtureRequest,
) -> None:
    url = os.environ.get("MUSIC_TEST_POSTGRES_URL")
    if not url:
        pytest.skip("MUSIC_TEST_POSTGRES_URL names no server")
    engine = sa.create_engine(url)
    request.addfinalizer(engine.dispose)
    with engine.connect() as connection:
        # In a schema of its own, which goes with the transaction.
        connection.exec_driver_sql("CREATE SCHEMA by_hand")
        connection.exec_driver_sql("SET LOCAL search_path TO by_hand")
        plain = connection.execution_options(no_parameters=True)
        plain.exec_driver_sql(schema("postgresql"))
        found = sa.MetaData()
        found.reflect(connection, views=True)
        made = {table.name: (table.comment, table) for table in found.sorted_tables}
        for table in tables.metadata.sorted_tables:
            comment, columns = made[table.name]
            assert comment == table.comment
            assert {c.name: c.comment for c in columns.columns} == {
                c.name: c.comment for c in table.columns
            }
        marts = read_marts(sql_folder() / "marts")
        assert made.keys() >= marts.keys()
        for name in marts:
            assert connection.exec_driver_sql(f"SELECT * FROM {name}").all() == []


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_sqlites_script_says_above_each_column_what_it_is(table: sa.Table) -> None:
    [made] = [
        part
        for part in schema("sqlite").split("\n\n")
        if f"\nCREATE TABLE {table.name} (" in f"\n{part}"
    ]
    said, comment = dict[str, str](), ""
    for line in made.strip().splitlines():
        if is_code(line.strip()):
            said.setdefault(line.split('"')[1] if '"' in line else line, comment.strip())
            comment = ""
        else:
            comment += line.strip().removeprefix("--")
    assert said[f"CREATE TABLE {table.name} ("] == table.comment
    for column in table.columns:
        assert said[column.name] == column.comment


def test_sqlites_script_makes_what_the_first_use_makes(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "by hand.db")) as connection:
        connection.executescript(schema("sqlite"))
    by_hand, by_use = shape(tmp_path / "by hand.db"), shape(tmp_path / "music.db")
    assert by_hand == by_use
    assert len(by_hand) == len(tables.metadata.tables) + 2  # data_versions, and Alembic's own


def shape(file: Path) -> dict[str, str]:
    """Columns and references of each table of a database, after its first use."""
    opened(f"sqlite:///{file}")
    inspector = sa.inspect(sa.create_engine(f"sqlite:///{file}"))
    return {
        table: f"{inspector.get_columns(table)} {inspector.get_foreign_keys(table)}"
        for table in inspector.get_table_names()
    }


def test_the_grants_give_the_loader_what_a_load_does_and_the_analyst_a_look() -> None:
    script = (sql_folder() / "grants.sql").read_text("utf-8")
    code = " ".join(filter(is_code, script.splitlines()))
    assert "SELECT, INSERT, UPDATE, DELETE ON SCHEMA::dbo TO music_loader" in code
    analyst = [each for each in code.split(";") if "TO music_analyst" in each]
    assert [each.split("GRANT ")[1] for each in analyst] == [
        "SELECT ON SCHEMA::dbo TO music_analyst"
    ]
    for batch in batches(script):
        sqlglot.parse(batch, dialect="tsql")
