"""A job in this process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock

from music_assets.cli.outcome import RunOutcome, outcome_of
from music_assets.definitions import defs
from music_assets.partitions import all_weeks

#: Tags of the runs in a process of `music-assets run`.
HERE = {"music_assets/in_process": "true"}


def materialise(name: str = "full_graph", weeks: Mapping[str, str] | None = None) -> RunOutcome:
    """Run a job in this process.

    Args:
        name: of the job.
        weeks: the tags of a range of weeks; all weeks unless given.
    """
    job = defs().resolve_job_def(name)
    with _instance() as instance, _slots_of_killed_runs_released(instance):
        result = job.execute_in_process(
            instance=instance,
            tags={**(weeks or all_weeks()), **HERE},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return outcome_of(result.all_events, success=result.success)


def _instance() -> dg.DagsterInstance:
    known = "DAGSTER_HOME" in os.environ
    return dg.DagsterInstance.get() if known else dg.DagsterInstance.ephemeral()


@contextmanager
def _slots_of_killed_runs_released(instance: dg.DagsterInstance) -> Iterator[None]:
    """Release the pool slots of killed `music-assets run` processes, for a `with` block.

    A process gives its slot back itself, so a killed one keeps it and the next run would wait. Such
    runs hold a lock, one at a time: a slot that another run of this kind holds is a killed one's.
    """
    with FileLock(Path(instance.root_directory) / "music-assets-run.lock"):
        _release_slots(instance)
        yield


def _release_slots(instance: dg.DagsterInstance) -> None:
    pools = instance.event_log_storage
    for run_id in pools.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is not None and HERE.items() <= run.tags.items():
            pools.free_concurrency_slots_for_run(run_id)
            if not run.is_finished:
                instance.report_run_failed(run, "The process of this run was killed.")
