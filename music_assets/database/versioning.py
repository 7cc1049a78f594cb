"""The data versions of the tables: words at random, given where somebody has written since."""

import hashlib
import secrets
from collections.abc import Callable, Collection

import sqlalchemy as sa

from music_assets.schema.data_versions import DETAILS, SHOWN, data_versions
from music_assets.schema.treatments import details_of

#: The data version of each part of a table, by the table's name and the part.
Versions = dict[tuple[str, int], str]

_COLUMNS = data_versions.c


def versions(
    connection: sa.Connection, table: sa.Table | None = None
) -> dict[tuple[str, int], str | None]:
    """The version of each part, of one table or all; None where somebody has written since."""
    query = data_versions.select().where(_of(table))
    return {(name, part): word for name, part, word in connection.execute(query)}


def version_of(versions: Versions, table: sa.Table) -> str:
    """A word for all rows of a table, of its versions: the same word, the same rows."""
    return _word_for(versions, table, lambda part: part != SHOWN)


def version_of_own(versions: Versions, table: sa.Table, columns: Collection[str]) -> str:
    """A word for what a load of some columns makes of a table: columns filled in, or the rest."""
    details = not {*columns}.isdisjoint(details_of(table))
    return _word_for(versions, table, lambda part: part != SHOWN and (part == DETAILS) == details)


def _word_for(versions: Versions, table: sa.Table, is_meant: Callable[[int], bool]) -> str:
    words = [
        (part, word)
        for (name, part), word in sorted(versions.items())
        if name == table.name and is_meant(part)
    ]
    return hashlib.blake2b(repr(words).encode(), digest_size=16).hexdigest()


def give_versions(connection: sa.Connection, table: sa.Table | None = None) -> Versions:
    """Give a version to each part, of one table or all, that has none; returns that of every part.

    A part gets none while somebody's open transaction writes to it. What is returned for it is a
    word that is never seen again, so it counts as changed until that transaction has ended.

    Args:
        connection: in a transaction that writes.
        table: the one whose parts are meant.
    """
    unversioned = sa.select(_COLUMNS.TableName, _COLUMNS.Part).where(
        _of(table), _COLUMNS.DataVersion.is_(None)
    )
    # PostgreSQL alone has this clause; SQLite has one writer, and SQL Server waits.
    free = connection.execute(unversioned.with_for_update(skip_locked=True)).all()
    if free:
        this = (_COLUMNS.TableName == sa.bindparam("name"), _COLUMNS.Part == sa.bindparam("number"))
        connection.execute(
            sa.update(data_versions).where(*this).values(DataVersion=sa.bindparam("word")),
            [{"name": name, "number": part, "word": _new_word()} for name, part in free],
        )
    return {part: word or _new_word() for part, word in versions(connection, table).items()}


def _of(table: sa.Table | None) -> sa.ColumnElement[bool]:
    return sa.true() if table is None else _COLUMNS.TableName == table.name


def _new_word() -> str:
    return secrets.token_hex(16)
