"""Configured resources outside a run, and errors as sentences."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click
import dagster as dg

from music_assets.loading.asset_kinds import IN_SENTENCES


@contextmanager
def in_sentences() -> Iterator[None]:
    """A `with` block whose foreseen errors end the command with one sentence and exit code 1."""
    try:
        yield
    except IN_SENTENCES as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def configured(name: str, instance: dg.DagsterInstance | None = None) -> Iterator[Any]:
    """A resource by its name, configured and connected, for use outside a run.

    Args:
        name: of the resource.
        instance: of Dagster, if there is one; to make one that keeps nothing takes 0.1 s.
    """
    from music_assets.config.settings import settings  # noqa: PLC0415
    from music_assets.defs.resources import resources  # noqa: PLC0415

    chosen = {name: resources(settings())[name]}
    with ExitStack() as stack:
        try:
            built = stack.enter_context(dg.build_resources(chosen, instance=instance))
        except dg.DagsterResourceFunctionError as error:
            # What a resource says of itself is a sentence, which Dagster wraps.
            raise error.user_exception from None
        yield getattr(built, name)
