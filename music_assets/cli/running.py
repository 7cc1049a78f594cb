"""A job in this process, and what came of it: what `music-assets run` shows."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterEvent
from filelock import FileLock
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from music_assets.config.settings import settings
from music_assets.database.resource import location
from music_assets.definitions import defs
from music_assets.defs.automation import all_weeks
from music_assets.storage.blobs import ChangedWhileRead, StorageError, WrittenByAnother

#: Of runs in the process of `music-assets run`.
HERE = {"music_assets/in_process": "true"}
#: What an asset counts, by kind of asset: a table's rows, a landing's entries.
ROWS = ("dagster/row_count", "entries", "artists", "songs")
SHOWN = ("inserted", "updated", "deleted")
#: Errors that say all there is to say.
STORAGE_ERRORS = {error.__name__ for error in (StorageError, ChangedWhileRead, WrittenByAnother)}


@dataclass(frozen=True)
class Step:
    """One materialised asset: its metadata's counts, and the seconds that its step took."""

    asset: str
    rows: int | None
    changes: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class RunOutcome:
    """A finished run: its steps in order, what a person should know, and why it failed, if so."""

    steps: list[Step]
    warnings: list[str]
    failures: list[str]
    database: str


def materialise(name: str = "full_graph", weeks: Mapping[str, str] | None = None) -> RunOutcome:
    """Run a job over all weeks, or those of the tags.

    Args:
        name: of the job.
        weeks: the tags of a range of weeks.
    """
    job = defs.resolve_job_def(name)
    with _instance() as instance, _without_the_dead(instance):
        result = job.execute_in_process(
            instance=instance,
            tags={**(weeks or all_weeks()), **HERE},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    events = result.all_events
    failures = list(_failures(events))
    if not result.success and not failures:
        failures = [_why_it_never_began(events)]
    return RunOutcome(
        list(_steps(events)),
        list(_warnings(events)),
        failures,
        location(settings().database_url.get_secret_value()),
    )


def _instance() -> dg.DagsterInstance:
    known = "DAGSTER_HOME" in os.environ
    return dg.DagsterInstance.get() if known else dg.DagsterInstance.ephemeral()


@contextmanager
def _without_the_dead(instance: dg.DagsterInstance) -> Iterator[None]:
    """Free what runs of this command still hold whose process was killed.

    A pool's place is given back by the process that took it, and without it the next run waits.
    Runs of this command come one at a time, so that what another one holds is a dead one's.
    """
    with FileLock(Path(instance.root_directory) / "music-assets-run.lock"):
        _free(instance)
        yield


def _free(instance: dg.DagsterInstance) -> None:
    pools = instance.event_log_storage
    for run_id in pools.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is not None and HERE.items() <= run.tags.items():
            pools.free_concurrency_slots_for_run(run_id)
            if not run.is_finished:
                instance.report_run_failed(run, "The process of this run was killed.")


def summary(outcome: RunOutcome) -> RenderableType:
    """One table, and below it what a person should know."""
    table = Table(caption=f"The database is {outcome.database}", caption_justify="left")
    table.add_column("asset")
    for name in ("rows", *SHOWN, "seconds"):
        table.add_column(name, justify="right")
    for step in outcome.steps:
        counts = [step.rows, *(step.changes.get(name) for name in SHOWN)]
        shown = ["" if count is None else f"{count:,}" for count in counts]
        table.add_row(step.asset, *shown, f"{step.seconds:.2f}")
    total = sum(step.seconds for step in outcome.steps)
    table.add_section()
    table.add_row("all", *[""] * (1 + len(SHOWN)), f"{total:.2f}")
    return Group(table, *(Text(warning, style="yellow") for warning in outcome.warnings))


def _steps(events: Sequence[DagsterEvent]) -> Iterator[Step]:
    """One per asset; a run over many weeks tells the same of each of them."""
    told = {event.step_key: _counts(event) for event in events if event.is_step_materialization}
    for event in events:
        if event.is_step_success and event.step_key in told:
            counts = told[event.step_key]
            rows = next((counts[name] for name in ROWS if name in counts), None)
            changes = {name: counts[name] for name in SHOWN if name in counts}
            seconds = event.step_success_data.duration_ms / 1000
            yield Step(str(event.step_key), rows, changes, seconds)


def _counts(event: DagsterEvent) -> dict[str, int]:
    values = {name: entry.value for name, entry in event.materialization.metadata.items()}
    return {name: value for name, value in values.items() if isinstance(value, int)}


def _warnings(events: Sequence[DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed:
                details = {name: value.value for name, value in check.metadata.items()}
                asset = check.asset_key.to_user_string()
                yield f"{asset}: {check.check_name} does not hold. {check.description or details}"


def _failures(events: Sequence[DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.is_step_failure:
            data = event.step_failure_data
            told = data.user_failure_data
            cause = _cause(data) if told is None else told.description
            yield f"{event.step_key} failed: {cause}"


def _cause(data: Any) -> str:  # noqa: ANN401
    """An error of storage as its sentence; of what nobody expected, all that is known."""
    innermost = _innermost(data.error)
    if innermost is not None and innermost.cls_name in STORAGE_ERRORS:
        return _text(innermost)
    return str(data.error_display_string)


def _why_it_never_began(events: Sequence[DagsterEvent]) -> str:
    """The innermost error of a run that failed outside its steps, as a resource's start can."""
    failed = [event for event in events if event.is_job_failure]
    error = _innermost(failed[-1].job_failure_data.error) if failed else None
    return _text(error) if error else "The run ended before it began."


def _innermost(error: Any) -> Any:  # noqa: ANN401
    """The error that began it, of those that Dagster recorded as each other's cause."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error


def _text(error: Any) -> str:  # noqa: ANN401
    return str(error.message.partition(": ")[2].strip())
