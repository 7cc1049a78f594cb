"""Mending: what data versions need and somebody dropped or emptied is made again at the first use.

A table that is restored from a dump may come back without its triggers, and nothing would notice
what is written to it from then on.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from music_assets.database.connections import writing
from music_assets.schema.data_versions import (
    UNDATED,
    WATCHED,
    data_versions,
    parts,
    splits,
)
from music_assets.schema.tables import WEEKLY
from music_assets.schema.version_triggers import (
    drop_triggers,
    events,
    trigger_name,
    triggers,
)

#: The names of the tables, and of the triggers that fire, by the database's dialect.
_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')",
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND pg_table_is_visible(tgrelid) "
        "UNION ALL SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)"
    ),
    "mssql": (
        "SELECT name FROM sys.triggers WHERE is_disabled = 0 UNION ALL SELECT name FROM sys.tables"
    ),
}
_COLUMNS = data_versions.c


@dataclass(frozen=True)
class _Missing:
    """The tables, triggers and rows that a database lacks.

    Attributes:
        table: True if it has no table of data versions.
        blind: the tables that lack a trigger.
        parts: of the catalogue that have no row, each with its table.
    """

    table: bool
    blind: list[str]
    parts: list[tuple[str, int]]

    def __bool__(self) -> bool:
        return self.table or bool(self.blind) or bool(self.parts)

    def __str__(self) -> str:
        said = [f"the triggers of {', '.join(self.blind)}"] if self.blind else []
        if self.table or self.parts:
            said.append(f"{'the table' if self.table else 'rows of'} {data_versions.name}")
        return " and ".join(said)


def mend(engine: sa.Engine) -> str | None:
    """Make again what is missing; returns the end of a sentence that says so, or None.

    No version holds any longer, as nobody knows what was written meanwhile.
    """
    with engine.connect() as connection:
        if not _missing(connection):
            return None
    with writing(engine) as connection:
        # Another process may have mended it before this one got the lock.
        missing = _missing(connection)
        if missing:
            _mend(connection, missing)
    return (
        f"lacked {missing}. They are made again, and every table is looked at as if it had changed"
    )


def _missing(connection: sa.Connection) -> _Missing:
    dialect = connection.dialect.name
    names = set(connection.exec_driver_sql(_NAMES[dialect]).scalars())
    needed = {table: {trigger_name(table, event) for event in events(dialect)} for table in WATCHED}
    blind = [table for table in WATCHED if not needed[table] <= names]
    every = list(parts(splits()))
    if data_versions.name not in names:
        return _Missing(True, blind, every)
    catalogue = _COLUMNS.TableName.in_(UNDATED)
    rows = connection.execute(sa.select(_COLUMNS.TableName, _COLUMNS.Part).where(catalogue))
    known = {(table, part) for table, part in rows}
    return _Missing(False, blind, [each for each in every if each not in known])


def _mend(connection: sa.Connection, missing: _Missing) -> None:
    dialect = connection.dialect.name
    if missing.table:
        data_versions.create(connection, checkfirst=False)
    for statement in drop_triggers(dialect, missing.blind):
        connection.exec_driver_sql(statement)
    for statement in triggers(dialect, splits(), missing.blind):
        connection.exec_driver_sql(statement)
    connection.execute(sa.update(data_versions).values(DataVersion=None))
    for table, part in missing.parts:
        connection.execute(sa.insert(data_versions).values(TableName=table, Part=part))
    for weekly in WEEKLY:
        known = sa.select(_COLUMNS.Part).where(_COLUMNS.TableName == weekly.name)
        weeks = sa.select(sa.literal(weekly.name), weekly.c.WeekID).distinct()
        unknown = weeks.where(weekly.c.WeekID.not_in(known))
        connection.execute(sa.insert(data_versions).from_select(["TableName", "Part"], unknown))
