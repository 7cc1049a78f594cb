"""The steps of a purge by hand, which no run may go on beside."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from music_assets.cli import running
from music_assets.cli.configured import configured
from music_assets.config.settings import settings
from music_assets.database.looking import looking
from music_assets.spotify.login_file import LOGIN_FILE
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.storage_errors import StorageError
from music_assets.upkeep.purging import Unit, doomed, everything, purge

#: The kinds after which rows of the tables go too, in a run of this job.
FOLLOWED_BY = {"listening": "listening_job"}
BUSY = dg.RunsFilter(
    statuses=[
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        *(running.UNFINISHED.statuses),
    ]
)
ALSO = (
    "every row of every table of the database",
    "Dagster's history of runs, sensors and schedules",
    f"the login in {LOGIN_FILE}",
)
STILL = (
    "SPOTIFY_REFRESH_TOKEN, where .env or the environment has it, is yours to remove, and so are "
    "files that you exported, and the app's right at https://www.spotify.com/account/apps."
)


@dataclass(frozen=True)
class Plan:
    """The things that go: units by kind, or everything."""

    units: Mapping[str, Sequence[Unit]]
    blobs: Sequence[Blob] = ()
    also: Sequence[str] = field(default=())

    def told(self) -> dict[str, Any]:
        """The numbers of files and bytes by kind, and what goes beside files."""
        files = {
            kind: [b for unit in units for b in unit.blobs] for kind, units in self.units.items()
        }
        files |= {"storage": list(self.blobs)} if self.also else {}
        return {
            "kinds": {
                kind: {"files": len(blobs), "bytes": sum(blob.size for blob in blobs)}
                for kind, blobs in files.items()
            },
            "also": list(self.also),
        }


@dataclass(frozen=True)
class House:
    """Storage and history, while nobody else runs anything."""

    instance: dg.DagsterInstance
    storage: StorageResource

    def old(self, days: int | None, kinds: Sequence[str]) -> Plan:
        """The plan for some kinds: what is older than so many days, or all."""
        return Plan(doomed(self.storage, kinds, days))

    def all_of_it(self) -> Plan:
        """The plan for everything."""
        return Plan({}, everything(self.storage), ALSO)

    def carry_out(self, plan: Plan) -> list[str]:
        """Remove what a plan says; returns sentences for the person."""
        if plan.also:
            self._forget(plan.blobs)
            return [STILL]
        for units in plan.units.values():
            purge(self.storage, units)
        failures = []
        for kind, job in FOLLOWED_BY.items():
            if plan.units.get(kind):
                failures += running.execute(self.instance, job, None).failures
        if failures:
            again = "The files are gone; run `music-assets run` for their rows."
            raise StorageError("\n".join([*failures, again]))
        return []

    def _forget(self, blobs: Sequence[Blob]) -> None:
        for blob in blobs:
            self.storage.delete(blob.path)
        self.storage.tidy()
        with looking(settings().database_url.get_secret_value()) as connection:
            there = connection is not None
        if there:
            with configured("database", self.instance) as database:
                database.empty()
        _forget_history(self.instance)
        Path(LOGIN_FILE).unlink(missing_ok=True)


def _forget_history(instance: dg.DagsterInstance) -> None:
    """Remove all runs, and what wiping them leaves: logs, and the ticks and cursors of sensors.

    Raises:
        StorageError: the logs cannot be removed.
    """
    logs = Path(instance.storage_directory())
    try:
        if logs.exists():
            shutil.rmtree(logs)
    except OSError as error:
        raise StorageError.of(error, str(logs), "deleted") from None
    instance.wipe()
    if instance.schedule_storage:
        instance.schedule_storage.wipe()


@contextmanager
def alone() -> Iterator[House]:
    """A `with` block in which no run goes on, and none is begun by this command.

    Raises:
        StorageError: a run goes on.
    """
    with running.history() as instance, running.turn():
        for run in instance.get_runs(BUSY, limit=1):
            raise StorageError(
                f"Run {run.run_id[:8]} of {run.job_name} goes on, so nothing was removed; wait for "
                "its end, or stop it, and do it again."
            )
        with configured("storage", instance) as storage:
            yield House(instance, storage)
