"""A job in this process."""

import os
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from filelock import FileLock, Timeout

from music_assets.cli.history_errors import history_in_sentences
from music_assets.cli.kept_connections import opened_history
from music_assets.cli.outcome import RunOutcome, outcome_of
from music_assets.config.dagster_home import prepared_home
from music_assets.definitions import defs
from music_assets.landing.progress import notice
from music_assets.partitions import all_weeks

T = TypeVar("T")

UNFINISHED = dg.RunsFilter(
    statuses=[
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
)


#: Ask Spotify for everything, also for what is known.
EVERYTHING_ANEW = {name: {"config": {"refresh": True}} for name in ("raw_albums", "raw_tracks")}


def materialise(name: str, weeks: Mapping[str, str] | None) -> RunOutcome:
    """Run a job in this process, as `execute` does, in a turn of its own."""
    with turn(), history() as instance:
        return execute(instance, name, weeks)


def execute(
    instance: dg.DagsterInstance,
    name: str,
    weeks: Mapping[str, str] | None,
    *,
    refresh: bool = False,
    only: Collection[dg.AssetKey] = (),
) -> RunOutcome:
    """Run a job in this process.

    Args:
        instance: keeps the history.
        name: of the job.
        weeks: the tags of a range of weeks; all weeks where there are none. None for a job that
            has none.
        refresh: ask Spotify for everything anew.
        only: the assets of the job that are made; all unless given.

    Raises:
        KeyboardInterrupt: somebody stopped it. The run is cancelled, and what it does goes on until
            the process ends.
        StorageError: Dagster cannot keep its history.
    """
    job, run_id = defs().resolve_job_def(name), str(uuid.uuid4())
    tags = {} if weeks is None else weeks or all_weeks()
    with history_in_sentences("written"):
        try:
            result = _in_a_thread(
                lambda: job.execute_in_process(
                    instance=instance,
                    run_id=run_id,
                    tags=tags,
                    raise_on_error=False,
                    asset_selection=sorted(only) or None,
                    run_config={
                        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                        "ops": _anew(only) if refresh else {},
                    },
                )
            )
        except KeyboardInterrupt:
            _cancel(instance, run_id)
            raise
    return outcome_of(result.all_events, success=result.success)


def _anew(only: Collection[dg.AssetKey]) -> dict[str, Any]:
    """The config of the steps that ask Spotify, of those that are made."""
    made = {key.to_user_string() for key in only} or EVERYTHING_ANEW.keys()
    return {name: config for name, config in EVERYTHING_ANEW.items() if name in made}


@contextmanager
def history() -> Iterator[dg.DagsterInstance]:
    """Dagster's history, with its tables made and the runs ended whose process has died.

    Raises:
        StorageError: it cannot be opened.
    """
    with history_in_sentences("written"):
        home = prepared_home()
        # Two processes that both make the tables would disturb each other.
        with FileLock(home / "music-assets-history.lock"):
            instance = opened_history(home)
            _end_dead_runs(instance)
    with instance:
        yield instance


@contextmanager
def turn() -> Iterator[None]:
    """A `with` block that one `music-assets run` per DAGSTER_HOME is in; the others wait."""
    with history_in_sentences("written"):
        home = prepared_home()
        # The kernel takes the lock away from a process that ends, however it ends.
        lock = FileLock(home / "music-assets-run.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            notice(f"Waiting for another `music-assets run` with DAGSTER_HOME={home} to end.")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _in_a_thread(work: Callable[[], T]) -> T:
    """The result of work in another thread, so that Ctrl-C reaches this one at any moment.

    Dagster waits for the end of a step instead, and a step may wait for Spotify.
    """
    results, errors = list[T](), list[BaseException]()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if errors:
        raise errors[0]
    return results[0]


def _cancel(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, "Stopped with Ctrl-C.")


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """End the runs whose process has died without a word, whoever launched them."""
    # A history on a server has runs of other machines too, whose processes cannot be seen here.
    if not Path(instance.root_directory, "history", "runs.db").is_file():
        return
    for run in instance.get_runs(UNFINISHED):
        process = _process_of(instance, run.run_id)
        if process is not None and not _lives(process):
            instance.report_run_failed(run, f"The process of this run, {process}, has died.")


def _process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that executes a run, as its executor said; None before it has."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        metadata = event.engine_event_data.metadata if event else {}
        if "pid" in metadata:
            return int(str(metadata["pid"].value))
    return None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
