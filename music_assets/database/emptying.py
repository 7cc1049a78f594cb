"""Emptying: every row of every table, and what a file keeps of rows that are gone."""

from contextlib import closing

import sqlalchemy as sa

from music_assets.schema.tables import metadata


def empty_tables(connection: sa.Connection) -> int:
    """Delete every row, in a transaction that writes; returns their number."""
    # Those that refer come before those that they refer to.
    every = reversed(metadata.sorted_tables)
    return sum(connection.execute(table.delete()).rowcount for table in every)


def compact(engine: sa.Engine) -> None:
    """Write a file of SQLite's anew, without the pages of deleted rows that it still holds."""
    with closing(engine.raw_connection()) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
