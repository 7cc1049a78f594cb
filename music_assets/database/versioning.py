"""The data versions of the tables: hashes of rows, made anew where somebody has written since."""

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from music_assets.schema.data_versions import DETAILS, SHOWN, WHOLE_TABLE, data_versions
from music_assets.schema.tables import details_of, metadata

#: The data version of each part of a table, by the table's name and the part.
Versions = dict[tuple[str, int], str]

CHUNK_ROWS = 10_000


def versions(connection: sa.Connection) -> dict[tuple[str, int], str | None]:
    """The version of each part; None where somebody has written since one was given."""
    return {(table, part): word for table, part, word in connection.execute(data_versions.select())}


def version_of(versions: Versions, table: sa.Table) -> str:
    """A word for all rows of a table, of its versions: the same rows, the same word."""
    words = [
        (part, word)
        for (name, part), word in sorted(versions.items())
        if name == table.name and part != SHOWN
    ]
    return hashlib.blake2b(repr(words).encode(), digest_size=16).hexdigest()


def give_all_versions(connection: sa.Connection) -> None:
    """Give a version to every part of a table that somebody has written to."""
    for name in sorted({table for (table, _), word in versions(connection).items() if not word}):
        give_versions(connection, metadata.tables[name])


def give_versions(connection: sa.Connection, table: sa.Table) -> dict[int, str]:
    """Give a version to the parts of a table that somebody has written to; returns them all."""
    column = data_versions.c
    query = sa.select(column.Part, column.DataVersion).where(column.TableName == table.name)
    # `dict` would take the result for a mapping, since it has a method `keys`.
    words = {part: word for part, word in connection.execute(query)}  # noqa: C416
    unversioned = sorted(part for part, word in words.items() if word is None)
    if unversioned:
        words |= _words(connection, table, unversioned)
        for part in unversioned:
            this = (column.TableName == table.name) & (column.Part == part)
            connection.execute(sa.update(data_versions).where(this).values(DataVersion=words[part]))
    return words


def _words(connection: sa.Connection, table: sa.Table, parts: Sequence[int]) -> dict[int, str]:
    """The versions of parts of a table."""
    if {WHOLE_TABLE, SHOWN, DETAILS}.isdisjoint(parts):
        rows = sa.select(table).order_by(*table.primary_key)
        return {week: _hash(connection, rows.where(table.c.WeekID == week)) for week in parts}
    key, details = [each.name for each in table.primary_key], details_of(table)
    own = [each.name for each in table.columns if each.name not in details]
    words = dict[int, str]()
    for columns, told in ((own, {WHOLE_TABLE, SHOWN}), ([*key, *details], {DETAILS})):
        if made := told.intersection(parts):
            rows = sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key)
            # The word of all rows does for what is shown of them too: it means the same rows.
            words |= dict.fromkeys(made, _hash(connection, rows))
    return words


def _hash(connection: sa.Connection, query: sa.Select[Any]) -> str:
    """A hash of the rows of a query, in its order."""
    digest = hashlib.blake2b(digest_size=16)
    result = connection.execute(query)
    # The driver's own rows, as SQLAlchemy's cost three times the time.
    cursor: Any = result.cursor
    while rows := cursor.fetchmany(CHUNK_ROWS):
        digest.update(repr(rows).encode())
    result.close()
    return digest.hexdigest()
