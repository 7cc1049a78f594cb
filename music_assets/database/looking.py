"""A look at a database as it is: nothing is made, changed or waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from music_assets.database.connections import is_sqlite, make_engine
from music_assets.database.database_errors import DatabaseError, Unavailable, cause
from music_assets.database.resource import location

HIDDEN = "***"


@contextmanager
def looking(url: str) -> Iterator[sa.Connection | None]:
    """A connection for a `with` block; None where a file of SQLite's does not exist yet.

    Raises:
        DatabaseError: the database cannot be opened or read; the message says what to do.
    """
    parsed = sa.make_url(url)
    if is_sqlite(parsed) and not Path(parsed.database or "").exists():
        yield None
        return
    try:
        engine = make_engine(parsed)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except (sa.exc.SQLAlchemyError, Unavailable, ImportError) as error:
        why = cause(error)
        if parsed.password:
            why = why.replace(str(parsed.password), HIDDEN)
        raise DatabaseError(f"The database {location(url)} cannot be opened: {why}.") from None
