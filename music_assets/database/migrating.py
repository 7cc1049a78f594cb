"""The schema's history: a database is brought to the newest revision when it is first used.

The revisions are Alembic's, in `music_assets/migrations`. A database that is up to date is only
asked which revision it has.
"""

from pathlib import Path

import sqlalchemy as sa

from music_assets import schema
from music_assets.database.connections import is_sqlite, make_engine, writing
from music_assets.database.database_errors import Unavailable

MIGRATIONS = Path(schema.__file__).parent / "migrations"
#: What a database has whose tables were made before it told its revision.
FIRST = "0001"


def revisions(folder: Path = MIGRATIONS) -> list[str]:
    """The revisions that are known, the oldest first."""
    return sorted(file.stem[1:5] for file in (folder / "versions").glob("r*.py"))


def bring_up_to_date(engine: sa.Engine, folder: Path = MIGRATIONS) -> None:
    """Make or change the tables until they have the newest revision; often there is nothing to do.

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
    # SQLite changes a table by making it anew, and dropping the old one would delete what hangs on
    # it. Foreign keys can only be turned off between transactions.
    loose = make_engine(engine.url, foreign_keys=False)
    try:
        with writing(loose) as connection:
            _upgrade(connection, folder)
            _check_references(connection)
    finally:
        loose.dispose()


def revision(connection: sa.Connection) -> str | None:
    """The revision that a database tells; None where it tells none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = sa.table("alembic_version", sa.column("version_num"))
    told: str | None = connection.execute(sa.select(version)).scalar()
    return told


def _upgrade(connection: sa.Connection, folder: Path) -> None:
    # Another process may have done it since, which Alembic sees: the lock is held by now.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    if revision(connection) is None and sa.inspect(connection).has_table("artists"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise Unavailable(
            f"a migration would leave rows in {broken[0]} that refer to nothing, so nothing was "
            "changed"
        )
