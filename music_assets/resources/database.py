"""The relational database: one way to load a table, one to read, one to define a view."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa
from pydantic import Field, PrivateAttr
from sqlalchemy.pool import NullPool

from music_assets import tables
from music_assets.resources.sync import DatabaseError, Scope, SyncResult, row_count, sync


class DatabaseResource(dg.ConfigurableResource):
    """A database behind a SQLAlchemy URL, its tables created when it is first used."""

    url: str = Field(repr=False)
    _engine: sa.Engine = PrivateAttr()

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Connect, and create the tables that do not exist yet."""
        try:
            self._engine = _engine(sa.make_url(self.url))
            with self._transaction() as connection:
                tables.metadata.create_all(connection)
        except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
            raise DatabaseError(
                f"The database {location(self.url)} cannot be opened: {_cause(error)}."
            ) from None

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Close every connection."""
        self._engine.dispose()

    def read(self, query: sa.Select[Any]) -> pl.DataFrame:
        """The rows of a query; a column without a single value has the type that is declared."""
        with self._engine.connect() as connection:
            rows = pl.read_database(query, connection, infer_schema_length=None)
        untyped = {name for name, dtype in rows.schema.items() if dtype == pl.Null}
        columns = query.selected_columns.items()
        return rows.cast({name: c.type.python_type for name, c in columns if name in untyped})

    def count(self, table: sa.Table) -> int:
        """How many rows a table holds."""
        with self._engine.connect() as connection:
            return row_count(connection, sa.select(table))

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        with self._engine.connect() as connection:
            yield connection

    def define_view(self, name: str, query: str) -> None:
        """Make a view anew, in one transaction, so that readers never miss it."""
        with self._transaction() as connection:
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}")
            connection.exec_driver_sql(f"CREATE VIEW {quoted} AS\n{query}")

    def sync(self, table: sa.Table, rows: pl.LazyFrame, *, scope: Scope = None) -> SyncResult:
        """Make `table` say what `rows` say, in one transaction, and write only what differs.

        Rows are matched by primary key; where the database numbers it, by the unique column. A null
        in `rows` means that nothing was said, and what the table knows stays.

        Args:
            table: the table to change.
            rows: columns of the table, unique by key.
            scope: what may be deleted. None: nothing. A series named like a column: rows with those
                values that the input does not hold. A column's name: the same, for the values that
                the usable rows have. `WHOLE_TABLE`: whatever the input does not hold.

        Raises:
            DatabaseError: the input is empty, and the scope is the whole of a table that is not.
        """
        with self._transaction() as connection:
            return sync(connection, table, rows, scope)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        writing = self._engine.execution_options(writes=True)
        with writing.connect() as connection, connection.begin():
            yield connection


def _cause(error: Exception) -> str:
    """Why a database cannot be opened, in the driver's words but without its statement."""
    told = getattr(error, "orig", None) or error
    return str(told).strip().splitlines()[0].rstrip(".")


def location(url: str) -> str:
    """Where a database lies, for people: a file's path, or the URL without its secrets."""
    parsed = sa.make_url(url)
    if _is_sqlite(parsed) and parsed.database:
        return str(Path(parsed.database).resolve())
    # The query goes too: an `odbc_connect` in it is a connection string, password and all.
    return parsed.set(query={}).render_as_string(hide_password=True)


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _engine(url: sa.URL) -> sa.Engine:
    """An engine; towards a server it keeps no connection, so that a serverless one may pause."""
    if not _is_sqlite(url):
        return sa.create_engine(url, poolclass=NullPool)
    # A file's connection is kept, since SQLite tidies up whenever the last one closes.
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": 60})
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401
    # The driver's own BEGIN comes too late to lock before reading, so it is turned off.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
