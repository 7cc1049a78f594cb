"""The relational database: one way to load a table, one to read, one to define a view."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import polars as pl
import sqlalchemy as sa
import sqlglot
from pydantic import Field, PrivateAttr

from music_assets.database.connections import is_sqlite, make_engine, writing
from music_assets.database.database_errors import DatabaseError, Unavailable, cause
from music_assets.database.migrating import bring_up_to_date
from music_assets.database.retrying import Patience
from music_assets.database.scope import NOTHING, Scope
from music_assets.database.sync import SyncResult, row_count, sync

T = TypeVar("T")


class DatabaseResource(dg.ConfigurableResource):
    """A database behind a SQLAlchemy URL, its schema brought up to date when it is first used.

    A fault that passes by itself is waited for: the transaction, or what was read, begins anew.
    """

    url: str = Field(repr=False)
    _engine: sa.Engine = PrivateAttr()
    _patience: Patience = PrivateAttr(default_factory=Patience)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Connect, and bring the schema up to date.

        Raises:
            DatabaseError: the database cannot be had; the message says what to do.
        """
        url = sa.make_url(self.url)
        self._patience = replace(self._patience, secret=str(url.password or ""))
        refusal = f"The database {location(self.url)} cannot be opened"
        try:
            self._engine = make_engine(url)
            self._patience(lambda: bring_up_to_date(self._engine), refusal)
        except (sa.exc.SQLAlchemyError, Unavailable, ImportError, OSError) as error:
            raise DatabaseError(f"{refusal}: {cause(error)}.") from None

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Close every connection."""
        self._engine.dispose()

    def read(self, query: sa.Select[Any]) -> pl.DataFrame:
        """The rows of a query; a column without a single value has the type that is declared."""
        rows = self.reading(lambda c: pl.read_database(query, c, infer_schema_length=None))
        untyped = {name for name, dtype in rows.schema.items() if dtype == pl.Null}
        columns = query.selected_columns.items()
        return rows.cast({name: c.type.python_type for name, c in columns if name in untyped})

    def count(self, table: sa.Table) -> int:
        """How many rows a table holds."""
        return self.reading(lambda connection: row_count(connection, sa.select(table)))

    def reading(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` makes of a connection; called again, on another, when that one fails.

        Raises:
            DatabaseError: the database refuses, for a reason that does not pass by itself.
        """

        def read() -> T:
            with self.connection() as connection:
                return work(connection)

        return self._patience(read, "The database refused to be read")

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        with self._engine.connect() as connection:
            yield connection

    def define_view(self, name: str, query: str) -> None:
        """Make a view anew, in one transaction, so that readers never miss it.

        Raises:
            DatabaseError: the database refuses, for a reason that does not pass by itself.
        """

        def define(connection: sa.Connection) -> None:
            quoted = connection.dialect.identifier_preparer.quote(name)
            # The text is no template: a percent sign in it is SQL's.
            plain = connection.execution_options(no_parameters=True)
            if connection.dialect.name == "postgresql":
                # Names without quotes are in lower case there, and a view that others read stays.
                # What cannot be parsed goes on as it is: the database says what is wrong with it.
                [translated] = sqlglot.transpile(
                    query,
                    "tsql",
                    "postgres",
                    identify=True,
                    error_level=sqlglot.ErrorLevel.IGNORE,
                )
                plain.exec_driver_sql(f"CREATE OR REPLACE VIEW {quoted} AS\n{translated}")
            else:
                plain.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}")
                plain.exec_driver_sql(f"CREATE VIEW {quoted} AS\n{query}")

        self._writing(define, f"The database refused to define {name}")

    def sync(self, table: sa.Table, rows: pl.LazyFrame, *, scope: Scope = NOTHING) -> SyncResult:
        """Make `table` say what `rows` say, in one transaction, and write only what differs.

        Rows are matched by primary key; where the database numbers it, by the unique column. A null
        in `rows` means that nothing was said, and what the table knows stays.

        Args:
            table: the table to change.
            rows: columns of the table, unique by key.
            scope: the rows that may be deleted where the input does not hold them.

        Raises:
            DatabaseError: the input is empty, and the scope is the whole of a table that is not; or
                the database refuses, for a reason that does not pass by itself.
        """
        return self._writing(
            lambda connection: sync(connection, table, rows, scope),
            f"The database refused to load {table.name}",
        )

    def _writing(self, work: Callable[[sa.Connection], T], refusal: str) -> T:
        """What `work` makes of a transaction that keeps other writers out; again if it breaks."""

        def write() -> T:
            with writing(self._engine) as connection:
                return work(connection)

        return self._patience(write, refusal)


def location(url: str) -> str:
    """Where a database lies, for people: a file's path, or the URL without its secrets."""
    parsed = sa.make_url(url)
    if is_sqlite(parsed) and parsed.database:
        return str(Path(parsed.database).resolve())
    # The query goes too: an `odbc_connect` in it is a connection string, password and all.
    return parsed.set(query={}).render_as_string(hide_password=True)
