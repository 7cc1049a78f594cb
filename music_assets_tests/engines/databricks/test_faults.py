"""Databricks when it fails: what passes is waited for, the rest is told, and without secrets."""

from typing import Any

import dagster as dg
import pytest
from dagster._core.pipes import utils as pipes
from databricks.sdk.errors.base import DatabricksError

from music_assets.engines.databricks.workspace import Workspace
from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside.databricks import TOKEN, Databricks, Fault, bad_gateway, refusal
from music_assets_tests.outside.databricks_run import (
    MakeEngine,
    as_soon_as,
    end_well,
    ended_as,
    interrupt,
    polled,
    run,
    why,
)

GET = "GET /api/2.2/jobs/runs/get"
CANCEL = "POST /api/2.2/jobs/runs/cancel"
SUBMIT = "POST /api/2.2/jobs/runs/submit"
FAILING = Fault(GET, bad_gateway())
NO_ANSWER = "The Databricks workspace at {} does not answer (502 Bad Gateway), and the job may "


@pytest.fixture(autouse=True)
def no_clusters(workspace: Databricks) -> None:
    """Jobs that wait, until a test says how they end."""
    workspace.has_clusters = False


@pytest.mark.parametrize("status", [500, 502, 504, 200])
def test_an_answer_that_fails_now_and_then_is_asked_for_again(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, status: int
) -> None:
    workspace.faults = [Fault(GET, bad_gateway(status), times=1)]
    as_soon_as(lambda: polled(workspace), lambda: end_well(workspace))
    assert run(engine(timeout_seconds=20), storage).success


def test_one_that_goes_on_failing_says_that_the_job_may_still_run(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    as_soon_as(lambda: polled(workspace), lambda: workspace.faults.append(FAILING))
    assert why(run(engine(patience_seconds=1), storage)) == (
        f"{NO_ANSWER.format(workspace.url)}still be running; see {workspace.url}/?o=1#job/7/run/1."
    )


def test_a_job_that_nobody_has_seen_is_named(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.faults = [FAILING]
    sentence = why(run(engine(patience_seconds=1), storage))
    [job] = workspace.jobs
    assert sentence.endswith(f"be running; see the job run {job.payload['run_name']} there.")


@pytest.mark.parametrize("interrupted", [True, False])
def test_the_token_is_in_nothing_that_is_said_of_an_answer_that_cannot_be_read(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    capfd: pytest.CaptureFixture[str],
    *,
    interrupted: bool,
) -> None:
    workspace.faults = [FAILING, Fault(CANCEL, bad_gateway())]
    if interrupted:
        as_soon_as(lambda: polled(workspace), interrupt)
    with dg.DagsterInstance.ephemeral() as instance:
        # Patience lasts until the interrupt comes, whatever else the machine has to do.
        patience = 30 if interrupted else 3
        result = run(engine(patience_seconds=patience), storage, instance=instance)
        remembered = f"{instance.all_logs(result.run_id)}{result.all_events}"
    said = f"{remembered}{capfd.readouterr()}"
    assert "502 Bad Gateway" in said
    assert TOKEN not in said
    assert "Bearer" not in said


def test_the_token_is_in_no_error_that_led_to_another(
    engine: MakeEngine, workspace: Databricks
) -> None:
    engine()
    workspace.faults = [FAILING]
    jobs = Workspace(workspace.url, TOKEN, 1, dg.get_dagster_logger()).jobs
    with pytest.raises(DatabricksError) as raised:
        jobs.get_run(1)
    error: BaseException | None = raised.value
    while error:
        assert TOKEN not in f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("ending", ["SUCCESS", "FAILED", "interrupt"])
def test_a_clean_up_that_fails_does_not_decide_how_a_job_ended(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, ending: str
) -> None:
    ends: dict[str, Any] = {
        "SUCCESS": lambda: end_well(workspace),
        "FAILED": lambda: workspace.jobs[0].end("FAILED"),
        "interrupt": interrupt,
    }
    workspace.faults = [Fault("DELETE /api/2.0/fs/", refusal(403, "PERMISSION_DENIED", "no"))]
    as_soon_as(lambda: polled(workspace), ends[ending])
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(engine(), storage, instance=instance)
        logged = str(instance.all_logs(result.run_id))
    assert "could not be deleted (no); delete it by hand." in logged
    if ending == "SUCCESS":
        assert result.success
    elif ending == "FAILED":
        assert why(result).startswith("The job on Databricks failed: Workload failed, see run out")
    else:
        assert ended_as(result) == "DagsterExecutionInterruptedError"


def test_an_interrupt_before_the_submission_is_answered_cancels_the_job_all_the_same(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    slow = refusal(429, "RESOURCE_EXHAUSTED", "ask again")
    slow.headers["Retry-After"] = "1"
    workspace.faults = [Fault(SUBMIT, slow, times=1, unheard=False)]
    as_soon_as(lambda: workspace.jobs, interrupt)
    assert ended_as(run(engine(), storage)) == "DagsterExecutionInterruptedError"
    [job] = workspace.jobs
    assert job.stopping


def test_a_cancel_that_is_refused_says_that_the_job_may_still_run(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.faults = [Fault(CANCEL, refusal(403, "PERMISSION_DENIED", "You may not."))]
    as_soon_as(lambda: polled(workspace), interrupt)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(engine(), storage, instance=instance)
        logged = str(instance.all_logs(result.run_id))
    assert ended_as(result) == "DagsterExecutionInterruptedError"
    assert (
        "Databricks did not cancel the job (You may not), and it may still be running; "
        f"see {workspace.url}/?o=1#job/7/run/1."
    ) in logged


def test_pipes_that_do_not_end_end_the_run_in_a_sentence(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipes, "THREAD_WAIT_TIMEOUT", 0)
    as_soon_as(lambda: polled(workspace), lambda: workspace.jobs[0].end("SUCCESS"))
    assert why(run(engine(), storage)) == (
        "The job on Databricks was lost sight of (Timed out waiting for messages thread to finish);"
        f" see {workspace.url}/?o=1#job/7/run/1."
    )


@pytest.mark.parametrize("ending", ["FAILED", "INTERNAL_ERROR"])
def test_a_job_that_never_came_to_say_anything_fails_in_one_line(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, ending: str
) -> None:
    as_soon_as(lambda: polled(workspace), lambda: workspace.jobs[0].end(ending))
    assert why(run(engine(), storage)) == (
        "The job on Databricks failed: Workload failed, see run output for details. "
        f"See {workspace.url}/?o=1#job/7/run/1."
    )
