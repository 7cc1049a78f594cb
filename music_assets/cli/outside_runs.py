"""Storage and history for commands that launch no run: neither is made where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import sqlalchemy as sa

from music_assets.config.dagster_home import dagster_home
from music_assets.config.settings import Settings
from music_assets.database.database_errors import cause
from music_assets.defs.resources import storage
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError


@contextmanager
def existing_storage(settings: Settings) -> Iterator[StorageResource]:
    """The storage of the settings, for a `with` block."""
    with storage(settings).process_config_and_initialize_cm() as files:
        yield files


@contextmanager
def existing_history() -> Iterator[dg.DagsterInstance]:
    """Dagster's history, for a `with` block; an empty one where nothing has run yet.

    Raises:
        StorageError: it cannot be read.
    """
    home = dagster_home()
    if not any((home / name).exists() for name in ("history", "dagster.yaml")):
        with dg.DagsterInstance.ephemeral() as empty:
            yield empty
        return
    where = f"Dagster's history in DAGSTER_HOME={home}"
    try:
        with dg.DagsterInstance.from_config(str(home)) as instance:
            yield instance
    except OSError as error:
        raise StorageError.of(error, where, "read") from None
    except sa.exc.DatabaseError as error:
        raise StorageError(f"{where} cannot be read: {cause(error)}.") from None
