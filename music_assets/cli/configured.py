"""Configured resources outside a run, and errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import click
import dagster as dg

from music_assets.database.database_errors import DatabaseError
from music_assets.engines.engine import EngineError
from music_assets.landing.ingests import IngestError
from music_assets.spotify.spotify_errors import SpotifyError
from music_assets.storage.storage_errors import StorageError

#: Errors whose message is a sentence for a person.
FORESEEN = (DatabaseError, EngineError, IngestError, SpotifyError, StorageError)


@contextmanager
def in_sentences() -> Iterator[None]:
    """A `with` block whose foreseen errors end the command with one sentence and exit code 1."""
    try:
        yield
    except FORESEEN as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def configured(name: str) -> Iterator[Any]:
    """A resource by its name, configured and connected, for use outside a run."""
    from music_assets.config.settings import settings  # noqa: PLC0415
    from music_assets.defs.resources import resources  # noqa: PLC0415

    chosen = {name: resources(settings())[name]}
    with dg.build_resources(chosen, instance=_no_history()) as built:
        yield getattr(built, name)


@cache
def _no_history() -> dg.DagsterInstance:
    """An instance that keeps nothing. Dagster would make one for each resource, in 0.1 s each."""
    return dg.DagsterInstance.ephemeral()
