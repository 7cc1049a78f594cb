"""The outcome of a run: its steps, warnings and failures, read off its events."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import AssetCheckEvaluation, AssetCheckSeverity, DagsterEvent

from music_assets.storage.storage_errors import ChangedWhileRead, StorageError, WrittenByAnother

#: The metadata that counts an asset's rows: a table's, or those of the kinds of landings.
ROWS = ("dagster/row_count", "entries", "artists", "albums", "songs", "plays")
SHOWN = ("inserted", "updated", "deleted")
#: Dagster's error of a step whose checks do not hold. They say so themselves.
RED_CHECKS = "DagsterAssetCheckFailedError"
#: Errors whose message is a whole sentence for the user.
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
    """A finished run: its steps in order, warnings for a person, and the causes of a failure."""

    steps: list[Step]
    warnings: list[str]
    failures: list[str]


def outcome_of(events: Sequence[DagsterEvent], *, success: bool) -> RunOutcome:
    """The outcome of a run, from the events that it left."""
    failures = list(_failures(events))
    if not success and not failures:
        failures = [_why_it_never_began(events)]
    return RunOutcome(list(_steps(events)), list(_warnings(events)), failures)


def together(first: RunOutcome, then: RunOutcome) -> RunOutcome:
    """The outcome of two runs, one after the other: changes and seconds add up."""
    steps = {step.asset: step for step in first.steps}
    for step in then.steps:
        before = steps.get(step.asset, Step(step.asset, None, {}, 0.0))
        changes = Counter(before.changes)
        changes.update(step.changes)
        seconds = before.seconds + step.seconds
        steps[step.asset] = Step(step.asset, step.rows, dict(changes), seconds)
    warnings = list(dict.fromkeys([*first.warnings, *then.warnings]))
    return RunOutcome(list(steps.values()), warnings, [*first.failures, *then.failures])


def _steps(events: Sequence[DagsterEvent]) -> Iterator[Step]:
    """One step per asset, whose changes are those of all its weeks."""
    counted: dict[str | None, Counter[str]] = {}
    for event in events:
        if event.is_step_materialization:
            counts, sums = _counts(event), counted.setdefault(event.step_key, Counter())
            for name, count in counts.items():
                sums[name] = sums[name] + count if name in SHOWN else count
    for event in events:
        if event.is_step_success and event.step_key in counted:
            counts = counted[event.step_key]
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
            if not check.passed and not _ends_red(check):
                yield _sentence(check)


def _failures(events: Sequence[DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and _ends_red(check):
                yield _sentence(check)
        if event.is_step_failure:
            data = event.step_failure_data
            if data.error is not None and data.error.cls_name == RED_CHECKS:
                continue
            given = data.user_failure_data
            cause = _cause(data) if given is None else given.description
            yield f"{event.step_key} failed: {cause}"


def _ends_red(check: AssetCheckEvaluation) -> bool:
    """True for a check that fails its step; then what it says is said as a failure alone."""
    return bool(check.blocking) and check.severity is AssetCheckSeverity.ERROR


def _sentence(check: AssetCheckEvaluation) -> str:
    details = {name: value.value for name, value in check.metadata.items()}
    asset = check.asset_key.to_user_string()
    return f"{asset}: {check.check_name} does not hold. {check.description or details}"


def _cause(data: Any) -> str:  # noqa: ANN401
    """The sentence of a storage error; for an unexpected error, everything that is known."""
    innermost = _innermost(data.error)
    if innermost is not None and innermost.cls_name in STORAGE_ERRORS:
        return _message(innermost)
    return str(data.error_display_string)


def _why_it_never_began(events: Sequence[DagsterEvent]) -> str:
    """The message of a run that failed outside its steps, such as at the start of a resource."""
    failed = [event for event in events if event.is_job_failure]
    error = _innermost(failed[-1].job_failure_data.error) if failed else None
    return _message(error) if error else "The run ended before it began."


def _innermost(error: Any) -> Any:  # noqa: ANN401
    """The first error, of those that Dagster recorded as each other's cause."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error


def _message(error: Any) -> str:  # noqa: ANN401
    return str(error.message.partition(": ")[2].strip())
