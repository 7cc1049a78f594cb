"""The database as a resource: one way to load a table, one to read, one to define a view."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import polars as pl
import sqlalchemy as sa
from pydantic import Field, PrivateAttr

from music_assets.database.connections import is_sqlite, make_engine, writing
from music_assets.database.database_errors import DatabaseError, Unavailable, cause
from music_assets.database.emptying import compact, empty_tables
from music_assets.database.mending import mend
from music_assets.database.migrating import bring_up_to_date
from music_assets.database.retrying import Patience
from music_assets.database.scope import NOTHING, RowsOf, Scope
from music_assets.database.sync import SyncResult, replace_rows, row_count, sync
from music_assets.database.versioning import Versions, give_versions, versions
from music_assets.database.views import define_view

T = TypeVar("T")


class DatabaseResource(dg.ConfigurableResource):
    """A database behind a SQLAlchemy URL. Its first use brings the schema up to date, and mends it.

    After a fault that passes by itself, the whole transaction or read is repeated.
    """

    url: str = Field(repr=False)
    _engine: sa.Engine = PrivateAttr()
    _patience: Patience = PrivateAttr(default_factory=Patience)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Connect, bring the schema up to date, and make again what somebody dropped of it.

        Raises:
            DatabaseError: the database cannot be opened; the message says what to do.
        """
        url = sa.make_url(self.url)
        self._patience = replace(self._patience, secret=str(url.password or ""))
        refusal = f"The database {location(self.url)} cannot be opened"
        try:
            self._engine = make_engine(url)
            self._patience(lambda: bring_up_to_date(self._engine), refusal)
            mended = self._patience(lambda: mend(self._engine), refusal)
        except (sa.exc.SQLAlchemyError, Unavailable, ImportError, OSError) as error:
            raise DatabaseError(f"{refusal}: {cause(error)}.") from None
        if mended:
            dg.get_dagster_logger().warning(f"The database {location(self.url)} {mended}.")

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Close every connection."""
        self._engine.dispose()

    def read(self, query: sa.Select[Any]) -> pl.DataFrame:
        """The rows of a query. Floats, and columns without any value, have their declared types."""
        rows = self.reading(lambda c: pl.read_database(query, c, infer_schema_length=None))
        # Polars takes the driver's type, and drivers have decimals where the contract says float.
        return rows.cast(
            {
                name: column.type.python_type
                for (name, dtype), column in zip(
                    rows.schema.items(), query.selected_columns, strict=True
                )
                if dtype == pl.Null or column.type.python_type is float
            }
        )

    def count(self, table: sa.Table) -> int:
        """The number of rows in a table."""
        return self.reading(lambda connection: row_count(connection, sa.select(table)))

    def reading(self, work: Callable[[sa.Connection], T]) -> T:
        """The result of `work` on a connection; repeated on another one after a passing fault.

        Raises:
            DatabaseError: the work failed, for a reason that does not pass by itself.
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
        """Define a view in one transaction, so that readers never miss it.

        One that has this text already stays as it is, with the rights that people have on it.

        Raises:
            DatabaseError: it failed, for a reason that does not pass by itself.
        """
        self._writing(
            lambda connection: define_view(connection, name, query),
            f"The database refused to define {name}",
        )

    def sync(self, table: sa.Table, rows: pl.LazyFrame, *, scope: Scope = NOTHING) -> SyncResult:
        """Make `table` equal to `rows` within the scope, in one transaction; write only changes.

        Rows are matched by primary key or, where the sync numbers it, by the unique column. A null
        in `rows` means unknown, and the value in the table stays.

        Args:
            table: the table to change.
            rows: columns of the table, unique by key.
            scope: the rows that may be deleted where the input does not hold them.

        Raises:
            DatabaseError: the input is empty and the scope is a whole table with rows; or the sync
                failed, for a reason that does not pass by itself.
        """
        return self._writing(
            lambda connection: sync(connection, table, rows, scope),
            f"The database refused to load {table.name}",
        )

    def replace(self, table: sa.Table, scope: RowsOf, rows: sa.Select[Any]) -> Versions:
        """Put the rows of a query in place of those in the scope; returns the table's versions.

        Raises:
            DatabaseError: it failed, for a reason that does not pass by itself.
        """
        return self._writing(
            lambda connection: replace_rows(connection, table, scope, rows),
            f"The database refused to make {table.name} anew",
        )

    def empty(self) -> int:
        """Delete every row of every table, and what a file of SQLite's keeps of them.

        Returns:
            The number of rows that there were.

        Raises:
            DatabaseError: the database refused; then every row is there still.
        """
        rows = self._writing(empty_tables, "The database refused to be emptied")
        if is_sqlite(self._engine.url):
            self._patience(lambda: compact(self._engine), "The database refused to be compacted")
        return rows

    def data_versions(self) -> Versions:
        """The data version of every part of the tables, given now where somebody has written.

        Read them before the rows: who writes in between makes the versions differ the next time.

        Raises:
            DatabaseError: the database refused.
        """
        found = self.reading(versions)
        told = {part: word for part, word in found.items() if word}
        if len(told) == len(found):
            return told
        return self._writing(give_versions, "The database refused to note versions of its tables")

    def _writing(self, work: Callable[[sa.Connection], T], refusal: str) -> T:
        """The result of `work` in a transaction that keeps other writers out; may be repeated."""

        def write() -> T:
            with writing(self._engine) as connection:
                return work(connection)

        return self._patience(write, refusal)


def location(url: str) -> str:
    """The location of a database, for people: a file's path, or the URL without secrets."""
    parsed = sa.make_url(url)
    if is_sqlite(parsed) and parsed.database:
        return str(Path(parsed.database).resolve())
    # Without the query, where `odbc_connect` may hold a connection string with a password.
    return parsed.set(query={}).render_as_string(hide_password=True)
