"""The way in which peers that write SQLite are started: one transaction, foreign keys on."""

import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.notes import note_beginning


def load_as_asked(loads: Mapping[str, Callable[[Path, sqlite3.Connection], None]]) -> None:
    """Do the load that the command line names, of a folder, into a database: KIND FOLDER FILE."""
    note_beginning()
    kind, folder, database = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with connection:
            loads[kind](folder, connection)
