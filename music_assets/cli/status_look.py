"""A look at everything that the status tells; what one part lacks does not hide the others."""

from collections.abc import Callable
from typing import Any, TypeVar

from music_assets.cli import status_parts as parts
from music_assets.cli.outside_runs import existing_history, existing_storage
from music_assets.cli.status_model import Status
from music_assets.config.dagster_home import dagster_home
from music_assets.config.settings import Settings
from music_assets.database.looking import looking
from music_assets.database.resource import location
from music_assets.database.versioning import Versions
from music_assets.loading.asset_kinds import IN_SENTENCES
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import now

T = TypeVar("T")
#: The parts of a status of which nothing is known.
UNKNOWN: dict[str, Any] = dict.fromkeys(
    ("last_run", "newest_week", "rows", "stale", "quarantine", "quotas", "unfinished")
)


def look(settings: Settings) -> Status:
    """The status now, with a sentence about each part that does not answer."""
    problems, nothing = list[str](), dict[str, Any]()

    def attempt(part: Callable[[], T], otherwise: T) -> T:
        try:
            return part()
        except IN_SENTENCES as error:
            problems.append(str(error))
            return otherwise

    found = attempt(lambda: _of_tables(settings), {"versions": None})
    known: Versions | None = found.pop("versions")
    with existing_storage(settings) as storage:
        stored = attempt(lambda: _of_storage(storage), nothing)
        # A storage that does not answer is waited for once.
        found |= stored | attempt(lambda: _of_history(storage, known if stored else None), nothing)
    return Status(
        at=now().replace(microsecond=0),
        storage=settings.storage_url,
        database=location(settings.database_url.get_secret_value()),
        history=str(dagster_home()),
        login=parts.login(settings),
        problems=list(dict.fromkeys(problems)),
        **(UNKNOWN | found),
    )


def _of_tables(settings: Settings) -> dict[str, Any]:
    with looking(settings.database_url.get_secret_value()) as connection:
        if connection is None:
            return {"rows": {}, "versions": {}}
        rows = parts.rows(connection)
        return {
            "rows": rows,
            "newest_week": parts.newest_week(connection) if rows else None,
            "versions": parts.known_versions(connection),
        }


def _of_storage(storage: StorageResource) -> dict[str, Any]:
    return {
        "quarantine": parts.quarantine(storage),
        "quotas": parts.quotas(storage),
        "unfinished": parts.unfinished(storage),
    }


def _of_history(storage: StorageResource, known: Versions | None) -> dict[str, Any]:
    """The last run and, where the tables' versions could be read, what waits for the next one."""
    with existing_history() as instance:
        found: dict[str, Any] = {"last_run": parts.last_run(instance)}
        if known is not None:
            found["stale"] = parts.stale(storage, known, instance)
        return found
