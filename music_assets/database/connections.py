"""Connections to each kind of database, and the lock of a transaction that writes.

Only one transaction writes at a time: it takes a lock before anything else, and keeps it until it
ends. Readers do not wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from music_assets.database.database_errors import Unavailable
from music_assets.database.mssql import mssql_engine

# Any number that all writers share.
_POSTGRESQL_LOCK = 0x6D75736963


#: SQLite keeps 24 MB of pages in memory, in place of 2. With 64 MB a load is 3 % faster.
CACHE = "cache_size=-24576"
#: What installs the driver of a database, by the database's name in the URL.
EXTRAS = {"postgresql": "postgresql"}


def make_engine(url: sa.URL, *, foreign_keys: bool = True) -> sa.Engine:
    """An SQLAlchemy engine. It keeps no connection to a server, so a serverless one can pause.

    Args:
        url: where the database is.
        foreign_keys: False where SQLite is to enforce none, for tables to be made anew.

    Raises:
        Unavailable: a driver is missing, or a folder cannot be made; the message says what to do.
    """
    if is_sqlite(url):
        return _sqlite_engine(url, foreign_keys=foreign_keys)
    if url.get_backend_name() == "mssql":
        return mssql_engine(url)
    try:
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(url.get_backend_name())
        how = f"pip install 'music-assets[{extra}]' brings it" if extra else "install it"
        raise Unavailable(f"the driver {error.name} is not installed; {how}") from None
    if url.get_backend_name() == "postgresql":
        sa.event.listen(engine, "begin", _begin_postgresql)
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that keeps other writers out, and commits when the block ends."""
    with engine.execution_options(writes=True).connect() as connection, connection.begin():
        yield connection


def is_sqlite(url: sa.URL) -> bool:
    """True if the database is a file of SQLite's."""
    return url.get_backend_name() == "sqlite"


def _sqlite_engine(url: sa.URL, *, foreign_keys: bool) -> sa.Engine:
    # The connection is kept open: SQLite rewrites its journal whenever the last one closes.
    if url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"its folder cannot be made: {error.strerror}; make it yourself and run again"
            ) from None
    engine = sa.create_engine(url, connect_args={"timeout": 60}, hide_parameters=True)
    enforced = "foreign_keys=ON" if foreign_keys else "foreign_keys=OFF"

    def configure(connection: Any, _record: Any) -> None:  # noqa: ANN401
        # The driver begins a transaction only at the first write, after reading without a lock.
        connection.isolation_level = None
        for pragma in (enforced, "journal_mode=WAL", "synchronous=NORMAL", CACHE):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", configure)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRESQL_LOCK})")
