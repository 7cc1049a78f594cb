"""Storage and history for commands that launch no run: neither is made where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from music_assets.cli.history_errors import history_in_sentences
from music_assets.config.dagster_home import dagster_home
from music_assets.config.settings import Settings
from music_assets.defs.resources import storage
from music_assets.storage.blobs import StorageResource


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
    with history_in_sentences("read"):
        if not any((home / name).exists() for name in ("history", "dagster.yaml")):
            with dg.DagsterInstance.ephemeral() as empty:
                yield empty
            return
        with dg.DagsterInstance.from_config(str(home)) as instance:
            yield instance
