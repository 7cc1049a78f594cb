"""The sync: makes a table equal to its input, with statements that every database takes.

The input is staged in a temporary table. The rows that a statement would write are counted first,
and a statement that would write nothing is left out.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import sqlalchemy as sa

from music_assets.database.database_errors import DatabaseError
from music_assets.database.scope import (
    OnlyUpdates,
    RowsOf,
    RowsOfInput,
    RowsWithin,
    Scope,
    WholeTable,
    as_tuple,
)
from music_assets.database.staging import fill, key_of, staged, temporary
from music_assets.database.versioning import Versions, give_versions
from music_assets.schema.treatments import Treatment, first_seen_of, has_treatment

Counts = Counter[object]


@dataclass(frozen=True)
class SyncResult:
    """The numbers of rows that a sync touched.

    Attributes:
        orphans: rows that refer to a row that does not exist, with their `Reason`; left out.
        replaced: by value of a scope's column, such as a week, or by tuple where it has several,
            the numbers of rows that the input has of it (`rows`) and that were inserted, updated
            and deleted.
        versions: the data version of each part of the table, as the sync leaves it.
    """

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    orphans: pl.DataFrame = field(default_factory=pl.DataFrame)
    replaced: Mapping[object, Mapping[str, int]] = field(default_factory=dict)
    versions: Mapping[int, str] = field(default_factory=dict)


def sync(
    connection: sa.Connection, table: sa.Table, rows: pl.LazyFrame, scope: Scope
) -> SyncResult:
    """Do `DatabaseResource.sync`, in a transaction that holds the write lock."""
    stage = staged(connection, table, rows)
    if isinstance(scope, OnlyUpdates):
        connection.execute(sa.delete(stage).where(~sa.exists().where(_matches(table, stage))))
    orphans = _take_orphans(connection, table, stage)
    count = row_count(connection, sa.select(stage))
    if isinstance(scope, WholeTable) and not count and row_count(connection, sa.select(table)):
        raise DatabaseError(
            f"The input for {table.name} is empty and would delete the whole table, so "
            "nothing was changed; look at why the step before gave no row."
        )
    by, came = (), Counts({None: count})
    if isinstance(scope, RowsOfInput):
        by = as_tuple(scope.column)
        came = Counts(dict.fromkeys(scope.also, 0))
        came.update(_counts(connection, sa.select(stage), by))
        scope = RowsOf(scope.column, list(came))
    if _may_match(connection, table, scope, by, came):
        changes = {
            "deleted": _delete(connection, table, stage, scope, by),
            "updated": _update(connection, table, stage, by),
            "inserted": _insert_new(connection, table, stage, by),
        }
    else:
        changes = {"deleted": Counts(), "updated": Counts(), "inserted": came}
        if count:
            _insert(connection, table, stage, sa.select(*stage.columns))
    stage.drop(connection)
    deleted, updated, inserted = (counts.total() for counts in changes.values())
    replaced = {
        value: {"rows": rows, **{name: counts[value] for name, counts in changes.items()}}
        for value, rows in came.items()
        if by
    }
    unchanged = count - inserted - updated
    versions = {part: word for (_, part), word in give_versions(connection, table).items()}
    return SyncResult(inserted, updated, deleted, unchanged, orphans, replaced, versions)


def replace_rows(
    connection: sa.Connection, table: sa.Table, scope: RowsOf, rows: sa.Select[Any]
) -> Versions:
    """Do `DatabaseResource.replace`, in a transaction that holds the write lock."""
    [column] = as_tuple(scope.column)
    connection.execute(sa.delete(table).where(table.c[column].in_(scope.values)))
    names = [column.name for column in rows.selected_columns]
    connection.execute(sa.insert(table).from_select(names, rows))
    return give_versions(connection, table)


def _matches(table: sa.Table, stage: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == stage.c[name] for name in key_of(table)))


def _take_orphans(connection: sa.Connection, table: sa.Table, stage: sa.Table) -> pl.DataFrame:
    """Remove the orphans from the stage, and return them."""
    taken = []
    # `table.foreign_keys` is a set, so the order of the columns is used.
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


def row_count(connection: sa.Connection, rows: sa.Select[Any]) -> int:
    """The number of rows of a query."""
    return connection.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()


def _counts(connection: sa.Connection, rows: sa.Select[Any], by: tuple[str, ...]) -> Counts:
    """The number of rows of a query, by the values of columns or, without any, under None."""
    if not by:
        return Counts({None: row_count(connection, rows)})
    found = rows.subquery()
    columns = [found.c[name] for name in by]
    grouped = connection.execute(sa.select(sa.func.count(), *columns).group_by(*columns))
    return Counts({tuple(v) if len(v) > 1 else v[0]: count for count, *v in grouped})


def _delete(
    connection: sa.Connection,
    table: sa.Table,
    stage: sa.Table,
    scope: Scope,
    by: tuple[str, ...],
) -> Counts:
    absent = ~sa.exists().where(_matches(table, stage))
    match scope:
        case WholeTable():
            return _delete_where(connection, table, by, absent)
        case RowsOf():
            with _limits(connection, table, scope) as within:
                return _delete_where(connection, table, by, absent, *within)
        case RowsWithin():
            return _delete_where(connection, table, by, absent, scope.of(table))
        case _:
            return Counts()


@contextmanager
def _limits(
    connection: sa.Connection, table: sa.Table, scope: RowsOf
) -> Iterator[list[sa.ColumnElement[bool]]]:
    """A `with` block in which conditions hold for the rows in a scope."""
    names = as_tuple(scope.column)
    values = [each for each in {*map(as_tuple, scope.values)} if None not in each]
    limits = temporary(connection, f"scope_{table.name}", table, names, names)
    limits.create(connection, checkfirst=False)
    columns = {name: [each[at] for each in values] for at, name in enumerate(names)}
    fill(connection, limits, pl.LazyFrame(columns))
    within = [table.c[name].in_(sa.select(limits.c[name])) for name in names]
    if len(names) > 1:
        # The lists above lead every database to an index; all together are more than the scope.
        within.append(sa.exists().where(*(limits.c[name] == table.c[name] for name in names)))
    yield within
    limits.drop(connection)


def _delete_where(
    connection: sa.Connection,
    table: sa.Table,
    by: tuple[str, ...],
    *conditions: sa.ColumnElement[bool],
) -> Counts:
    counts = _counts(connection, sa.select(table).where(*conditions), by)
    if counts.total():
        connection.execute(sa.delete(table).where(*conditions))
    return counts


def _update(
    connection: sa.Connection, table: sa.Table, stage: sa.Table, by: tuple[str, ...]
) -> Counts:
    fixed = [column.name for column in table.columns if has_treatment(column, Treatment.FIXED)]
    kept = {*key_of(table), *fixed, *first_seen_of(table)}
    said = {
        column.name: column
        if has_treatment(table.c[column.name], Treatment.EXACT)
        else sa.func.coalesce(column, table.c[column.name])
        for column in stage.columns
        if column.name not in kept
    }
    if not said:
        return Counts()
    differs = sa.or_(*(value.is_distinct_from(table.c[name]) for name, value in said.items()))
    same = (table.c[name] == stage.c[name] for name in fixed)
    matches = sa.and_(_matches(table, stage), *same)
    counts = _counts(connection, sa.select(stage).join(table, matches).where(differs), by)
    if counts.total():
        connection.execute(sa.update(table).values(said).where(matches, differs))
    return counts


def _may_match(
    connection: sa.Connection,
    table: sa.Table,
    scope: Scope,
    by: tuple[str, ...],
    values: Collection[object],
) -> bool:
    """True if the table may hold a row that is in the stage or within the scope.

    Those that are not there need no search: an empty table has none, nor has a week that is new.
    """
    rows = sa.select(sa.literal(1)).select_from(table)
    if by and by[0] in key_of(table):
        # Of several columns the first one alone: it may find too many, and never too few.
        rows = rows.where(table.c[by[0]].in_({as_tuple(each)[0] for each in values}))
    elif isinstance(scope, RowsWithin):
        rows = rows.where(scope.of(table))
    return connection.execute(rows.limit(1)).first() is not None


def _insert_new(
    connection: sa.Connection, table: sa.Table, stage: sa.Table, by: tuple[str, ...]
) -> Counts:
    new = sa.select(*stage.columns).where(~sa.exists().where(_matches(table, stage)))
    counts = _counts(connection, new, by)
    if counts.total():
        _insert(connection, table, stage, new)
    return counts


def _insert(
    connection: sa.Connection, table: sa.Table, stage: sa.Table, rows: sa.Select[Any]
) -> None:
    names = [column.name for column in stage.columns]
    key = [stage.c[name] for name in key_of(table)]
    for column in table.primary_key:
        if has_treatment(column, Treatment.NUMBERED):
            last = sa.select(sa.func.coalesce(sa.func.max(column), 0)).scalar_subquery()
            rows = rows.add_columns(last + sa.func.row_number().over(order_by=key))
            names.append(column.name)
    connection.execute(sa.insert(table).from_select(names, rows.order_by(*key)))
