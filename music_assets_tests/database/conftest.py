"""The databases for which the contract of `sync` holds.

SQLite, always. T-SQL, always: what is sent to SQL Server, done by SQLite behind a driver that
stands in for ODBC's. And each server that the environment names; it must be a database for tests
alone, since everything in it is dropped.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from filelock import FileLock

from music_assets.database.connections import make_engine
from music_assets_tests.outside.fake_odbc import Server

SERVERS = {"postgresql": "MUSIC_TEST_POSTGRES_URL", "mssql": "MUSIC_TEST_MSSQL_URL"}


def server(name: str) -> object:
    """A parameter of `url`: a server, where the environment names one."""
    variable = SERVERS[name]
    missing = pytest.mark.skipif(not os.environ.get(variable), reason=f"{variable} names no server")
    return pytest.param(name, marks=[getattr(pytest.mark, name), missing])


@pytest.fixture(params=["sqlite", "tsql", *map(server, SERVERS)])
def url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/music.db"
    elif request.param == "tsql":
        monkeypatch.setitem(sys.modules, "pyodbc", Server(tmp_path / "music.db").module())
        yield "mssql+pyodbc://loader:secret@server/music"
    else:
        named = os.environ[SERVERS[request.param]]
        # One at a time: the workers of a parallel run share the folder above their own.
        with FileLock(tmp_path_factory.getbasetemp().parent / f"{request.param}.lock"):
            _clear(named)
            yield named


def _clear(url: str) -> None:
    """Drop every view and every table."""
    engine = make_engine(sa.make_url(url))
    behind = " CASCADE" if engine.dialect.name == "postgresql" else ""
    with engine.connect() as connection, connection.begin():
        for view in sa.inspect(connection).get_view_names():
            quoted = engine.dialect.identifier_preparer.quote(view)
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}{behind}")
        found = sa.MetaData()
        found.reflect(connection)
        found.drop_all(connection)
    engine.dispose()
