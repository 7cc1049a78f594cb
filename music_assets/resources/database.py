"""The relational database: one way to load a table, one to read, one to define a view."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa
from pydantic import Field, PrivateAttr
from sqlalchemy.pool import NullPool

from music_assets import tables

CHUNK_ROWS = 20_000


class DatabaseError(Exception):
    """The database refused or cannot be had; the message says what to do."""


class WholeTable(Enum):
    """The scope of a sync whose input is everything there is."""

    WHOLE_TABLE = "every row that the input does not hold is deleted"


WHOLE_TABLE = WholeTable.WHOLE_TABLE
Scope = pl.Series | WholeTable | str | None


@dataclass(frozen=True)
class SyncResult:
    """Rows that a sync touched.

    Attributes:
        orphans: rows left out because what they refer to is absent; `Reason` and their columns.
        scope: where the scope is a column's name, the values that were in it.
    """

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    orphans: pl.DataFrame = field(default_factory=pl.DataFrame)
    scope: frozenset[object] = frozenset()


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
            return _count(connection, sa.select(table))

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
            stage = _staged(connection, table, rows)
            orphans = _take_orphans(connection, table, stage)
            staged = _count(connection, sa.select(stage))
            if scope is WHOLE_TABLE and not staged and _count(connection, sa.select(table)):
                raise DatabaseError(
                    f"The input for {table.name} is empty and would delete the whole table, so "
                    "nothing was changed; look at why the step before gave no row."
                )
            if isinstance(scope, str):
                scope = _values(connection, stage, scope)
            deleted = _delete(connection, table, stage, scope)
            updated = _update(connection, table, stage)
            inserted = _insert(connection, table, stage)
            stage.drop(connection)
        within = frozenset(scope) if isinstance(scope, pl.Series) else frozenset[object]()
        unchanged = staged - inserted - updated
        return SyncResult(inserted, updated, deleted, unchanged, orphans, within)

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


def _key(table: sa.Table) -> list[str]:
    """What identifies a row of the input: the primary key, or the name that it numbers."""
    if any(column.info.get("numbered") for column in table.primary_key):
        return [column.name for column in table.columns if column.unique]
    return [column.name for column in table.primary_key]


def _staged(connection: sa.Connection, table: sa.Table, rows: pl.LazyFrame) -> sa.Table:
    """A temporary table that holds the input."""
    names = tuple(rows.collect_schema().names())
    stage = _temporary(f"stage_{table.name}", table, names, tuple(_key(table)))
    stage.create(connection, checkfirst=False)
    _fill(connection, stage, rows)
    return stage


# One object per table, since SQLAlchemy compiles a statement once per object that it names.
@cache
def _temporary(
    name: str, like: sa.Table, columns: tuple[str, ...], key: tuple[str, ...]
) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        *(sa.Column(c, like.c[c].type, primary_key=c in key, autoincrement=False) for c in columns),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )


def _fill(connection: sa.Connection, stage: sa.Table, rows: pl.LazyFrame) -> None:
    if connection.dialect.name == "sqlite":  # which has no date type; ISO text is its date
        rows = rows.with_columns(pl.col(pl.Date).cast(pl.String))
    insert = sa.insert(stage).compile(dialect=connection.dialect)
    for chunk in rows.collect_batches(chunk_size=CHUNK_ROWS):
        if chunk.height:
            values = chunk.rows() if insert.positional else chunk.to_dicts()
            connection.exec_driver_sql(str(insert), values)


def _matches(table: sa.Table, stage: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == stage.c[name] for name in _key(table)))


def _take_orphans(connection: sa.Connection, table: sa.Table, stage: sa.Table) -> pl.DataFrame:
    """Remove from the stage, and return, the rows that refer to what does not exist."""
    taken = []
    # In the order of the columns; `table.foreign_keys` is a set and has none.
    for reference in (each for column in table.columns for each in column.foreign_keys):
        own, parent = stage.c[reference.parent.name], reference.column
        orphan = ~sa.exists().where(parent == own)
        rows = connection.execute(sa.select(stage).where(orphan)).mappings().all()
        if rows:
            connection.execute(sa.delete(stage).where(orphan))
            taken += [
                {"Reason": f"{own.name} '{row[own.name]}' is not in {parent.table.name}", **row}
                for row in rows
            ]
    return pl.DataFrame(taken, infer_schema_length=None)


def _count(connection: sa.Connection, rows: sa.Select[Any]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()


def _values(connection: sa.Connection, stage: sa.Table, column: str) -> pl.Series:
    found = connection.execute(sa.select(stage.c[column]).distinct()).scalars().all()
    return pl.Series(column, found)


def _delete(connection: sa.Connection, table: sa.Table, stage: sa.Table, scope: Scope) -> int:
    if scope is None:
        return 0
    gone = [~sa.exists().where(_matches(table, stage))]
    if isinstance(scope, pl.Series):
        limits = _temporary(f"scope_{table.name}", table, (scope.name,), (scope.name,))
        limits.create(connection, checkfirst=False)
        _fill(connection, limits, scope.unique().drop_nulls().to_frame().lazy())
        gone.append(table.c[scope.name].in_(sa.select(limits.c[scope.name])))
    count = _count(connection, sa.select(table).where(*gone))
    if count:
        connection.execute(sa.delete(table).where(*gone))
    if isinstance(scope, pl.Series):
        limits.drop(connection)
    return count


def _update(connection: sa.Connection, table: sa.Table, stage: sa.Table) -> int:
    fixed = [column.name for column in table.columns if column.info.get("fixed")]
    said = {
        column.name: sa.func.coalesce(column, table.c[column.name])
        for column in stage.columns
        if column.name not in [*_key(table), *fixed]
    }
    if not said:
        return 0
    differs = sa.or_(*(value.is_distinct_from(table.c[name]) for name, value in said.items()))
    same = (table.c[name] == stage.c[name] for name in fixed)
    matches = sa.and_(_matches(table, stage), *same)
    count = _count(connection, sa.select(stage).join(table, matches).where(differs))
    if count:
        connection.execute(sa.update(table).values(said).where(matches, differs))
    return count


def _insert(connection: sa.Connection, table: sa.Table, stage: sa.Table) -> int:
    new = sa.select(*stage.columns).where(~sa.exists().where(_matches(table, stage)))
    count = _count(connection, new)
    if not count:
        return 0
    names = [column.name for column in stage.columns]
    key = [stage.c[name] for name in _key(table)]
    for column in table.primary_key:
        if column.info.get("numbered"):
            last = sa.select(sa.func.coalesce(sa.func.max(column), 0)).scalar_subquery()
            new = new.add_columns(last + sa.func.row_number().over(order_by=key))
            names.append(column.name)
    connection.execute(sa.insert(table).from_select(names, new.order_by(*key)))
    return count
