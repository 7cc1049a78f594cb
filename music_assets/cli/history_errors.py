"""Errors about Dagster's history, as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import sqlalchemy as sa
import yaml

from music_assets.config.dagster_home import SETTINGS, dagster_home
from music_assets.database.database_errors import cause
from music_assets.storage.storage_errors import StorageError


@contextmanager
def history_in_sentences(done: str) -> Iterator[None]:
    """A `with` block whose errors about Dagster's own files are sentences.

    Args:
        done: the attempted action, `read` or `written`.

    Raises:
        StorageError: in place of them.
    """
    home = dagster_home()
    where = f"Dagster's history in DAGSTER_HOME={home}"
    if home.exists() and not home.is_dir():
        raise StorageError(f"{where} is a file; set DAGSTER_HOME to a folder, or unset it.")
    try:
        yield
    except OSError as error:
        raise StorageError.of(error, where, done) from None
    except sa.exc.DatabaseError as error:
        raise StorageError(f"{where} cannot be {done}: {cause(error)}.") from None
    except (yaml.YAMLError, dg.DagsterInvalidConfigError) as error:
        wrong = error.errors[0].message if isinstance(error, dg.DagsterInvalidConfigError) else ""
        why = wrong.partition(". ")[0] or "it is no YAML"
        raise StorageError(
            f"{home / SETTINGS.name} cannot be used: {why}; correct it, or remove it, and it is "
            "made anew with the project's settings."
        ) from None
