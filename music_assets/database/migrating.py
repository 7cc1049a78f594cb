"""Migrations: the first use of a database brings its schema to the newest revision.

The revisions are Alembic's, in `music_assets/schema/migrations`. A database that is up to date is
only asked for its revision.
"""

from pathlib import Path

import sqlalchemy as sa

from music_assets import schema
from music_assets.database.comments import describe
from music_assets.database.connections import is_sqlite, make_engine, writing
from music_assets.database.database_errors import Unavailable

MIGRATIONS = Path(schema.__file__).parent / "migrations"
#: The revision of tables that were made before revisions were recorded.
FIRST = "0001"


def revisions(folder: Path = MIGRATIONS) -> list[str]:
    """The known revisions, oldest first."""
    return sorted(file.stem[1:5] for file in (folder / "versions").glob("r*.py"))


def bring_up_to_date(engine: sa.Engine, folder: Path = MIGRATIONS) -> None:
    """Make or change the tables until they have the newest revision.

    Raises:
        Unavailable: a newer music-assets has changed the tables.
    """
    known = revisions(folder)
    with engine.connect() as connection:
        current = revision(connection)
    if current == known[-1]:
        return
    if current not in (None, *known):
        raise Unavailable(
            f"its tables are at revision {current} and this music-assets knows them up to "
            f"{known[-1]}; install the newer music-assets that changed them"
        )
    if not is_sqlite(engine.url):
        with writing(engine) as connection:
            _upgrade(connection, folder)
        return
    # SQLite changes a table by making a new one. Dropping the old one would delete the rows that
    # refer to it, and foreign keys can only be turned off outside a transaction.
    loose = make_engine(engine.url, foreign_keys=False)
    try:
        with writing(loose) as connection:
            _upgrade(connection, folder)
            _check_references(connection)
    finally:
        loose.dispose()


def revision(connection: sa.Connection) -> str | None:
    """The recorded revision of a database; None where there is no record."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = sa.table("alembic_version", sa.column("version_num"))
    recorded: str | None = connection.execute(sa.select(version)).scalar()
    return recorded


def _upgrade(connection: sa.Connection, folder: Path) -> None:
    # Another process may have migrated meanwhile. Alembic looks again, now under the lock.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    if revision(connection) is None and sa.inspect(connection).has_table("artists"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
    if folder == MIGRATIONS:  # others make other tables than those that are described
        describe(connection)


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise Unavailable(
            f"a migration would leave rows in {broken[0]} that refer to nothing, so nothing was "
            "changed"
        )
