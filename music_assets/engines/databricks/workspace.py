"""Access to a Databricks workspace for one job, with a sentence for each failure."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging import Logger
from typing import Any, cast

import dagster as dg
import tenacity
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.core import ApiClient
from databricks.sdk.mixins.jobs import JobsExt
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState
from typing_extensions import override

from music_assets.engines.databricks.databricks_errors import (
    OUTSIDE,
    call_cause,
    first_line,
    history,
    login_cause,
    may_pass,
    readable,
)
from music_assets.engines.engine import EngineError

LONGEST_CALL_SECONDS, LONGEST_WAIT_SECONDS = 60, 30
ENDED = (
    RunLifeCycleState.TERMINATED,
    RunLifeCycleState.SKIPPED,
    RunLifeCycleState.INTERNAL_ERROR,
)
NO_REASON = "it does not say why"
INTERRUPTS = (dg.DagsterExecutionInterruptedError, KeyboardInterrupt)


class Submission(JobsExt):
    """The jobs API, recording what the Pipes client does with it, since the client does not say.

    Args:
        api: the SDK's connection.
        log: gets the job's URL.
        patience_seconds: how long to repeat a question about the job's state without an answer.

    Attributes:
        request: the arguments of the submission; empty before it.
        run_id: of the submitted job; None until the workspace has answered.
        run: the job's state when it was last seen.
        cancelled: True once the workspace has accepted a cancellation from here.
    """

    def __init__(self, api: ApiClient, log: Logger, patience_seconds: int) -> None:
        super().__init__(api)  # type: ignore[no-untyped-call]
        self._log = log
        self._patience_seconds = patience_seconds
        self.request: dict[str, Any] = {}
        self.run_id: int | None = None
        self.run: Run | None = None
        self.cancelled = False

    @property
    def place(self) -> str:
        """The job's page, or its name where the page is not known."""
        seen = self.run.run_page_url if self.run else None
        return seen or f"the job run {self.request.get('run_name')} there"

    @property
    def ended(self) -> bool:
        """True once the job is known to have ended, well or not."""
        state = self.run.state if self.run else None
        return state is not None and state.life_cycle_state in ENDED

    @override
    def submit(self, **request: Any) -> Any:
        self.request = request
        submitted = super().submit(**request)
        self.run_id = submitted.bind()["run_id"]
        return submitted

    @override
    def get_run(self, run_id: int, **options: Any) -> Run:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(may_pass),
            wait=tenacity.wait_exponential(max=LONGEST_WAIT_SECONDS),
            stop=tenacity.stop_after_delay(self._patience_seconds),
            before_sleep=self._log_retry,
            reraise=True,
        )
        run: Run = retrying(super().get_run, run_id, **options)
        if self.run is None:
            self._log.info(f"Databricks shows this job at {run.run_page_url}.")
        self.run = run
        return run

    def _log_retry(self, state: tenacity.RetryCallState) -> None:
        error = cast("tenacity.Future", state.outcome).exception()
        self._log.warning(
            f"Databricks does not say how the job is ({first_line(error)}); it is asked again in "
            f"{state.upcoming_sleep:.0f} seconds."
        )

    @override
    def cancel_run(self, run_id: int) -> Any:
        cancelling = super().cancel_run(run_id)
        self.cancelled = True
        return cancelling

    def cancel(self) -> None:
        """Cancel the job, also one of which it is not known that it was submitted."""
        if self.request and self.run_id is None:
            # The submission was interrupted before its answer. Its idempotency token makes
            # Databricks answer a second one with the job that exists.
            self.submit(**self.request)
        if self.run_id is not None and not self.cancelled:
            self.cancel_run(self.run_id)


class Workspace(WorkspaceClient):
    """A client of the workspace, for as long as one job lasts.

    Args:
        host: address of the workspace.
        token: a personal access token; without one the SDK looks for an identity by itself.
        patience_seconds: how long to repeat a call without an answer.
        log: gets the job's URL.

    Raises:
        EngineError: there is no way to log in.
    """

    def __init__(self, host: str, token: str, patience_seconds: int, log: Logger) -> None:
        login: dict[str, Any] = {"token": token, "auth_type": "pat"} if token else {}
        try:
            config = Config(
                host=host,
                retry_timeout_seconds=patience_seconds,
                http_timeout_seconds=min(patience_seconds, LONGEST_CALL_SECONDS),
                **login,
            )
        except ValueError as error:
            raise EngineError(f"{login_cause(error, host)}.") from None
        super().__init__(config=config)
        self._log = log
        # Pipes derives APIs of its own from this client, so its errors are cleaned here.
        self.api_client.do = readable(self.api_client.do)  # type: ignore[method-assign]
        self._submission = Submission(self.api_client, log, patience_seconds)

    @property
    @override
    def jobs(self) -> Submission:
        return self._submission

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """A `with` block in which a job is submitted and followed.

        Raises:
            EngineError: the job failed, or the workspace does not answer; the message has the URL.
            dagster.DagsterExecutionInterruptedError: the run was cancelled, and the job with it.
        """
        failure: BaseException | None = None
        try:
            yield
        except (Exception, *INTERRUPTS) as error:
            failure = error
        # After an interrupt the Pipes client cancels the job and returns as if it had ended well.
        # Where its threads do not end, its error about them hides the interrupt.
        if self.jobs.cancelled or any(isinstance(each, INTERRUPTS) for each in history(failure)):
            self._cancel()
            raise dg.DagsterExecutionInterruptedError from None
        if failure:
            sentence = self._sentence(failure)
            if sentence is None:
                raise failure
            raise EngineError(sentence) from None

    def _cancel(self) -> None:
        try:
            self.jobs.cancel()
        except OUTSIDE as error:
            self._log.error(
                f"Databricks did not cancel the job ({first_line(error)}), and it may still be "
                f"running; see {self.jobs.place}."
            )

    def _sentence(self, failure: BaseException) -> str | None:
        """The message for a failure outside; None for a mistake in this project's code."""
        from_pipes = type(failure).__module__.startswith("dagster")
        if not from_pipes and not isinstance(failure, OUTSIDE):
            return None
        # The error of Pipes for a failed job has no public name, so the job's state decides.
        end = self._bad_end()
        if end:
            return f"The job on Databricks {end}. See {self.jobs.place}."
        outside = next((each for each in history(failure) if isinstance(each, OUTSIDE)), None)
        if outside:
            cause = call_cause(outside, self.config.host or "")
        else:
            cause = f"The job on Databricks was lost sight of ({first_line(failure)})"
        return f"{cause}{self._unfollowed()}."

    def _unfollowed(self) -> str:
        """The end of a sentence about a job that nobody follows any more."""
        if not self.jobs.request:
            return ""
        running = "" if self.jobs.ended else ", and the job may still be running"
        return f"{running}; see {self.jobs.place}"

    def _bad_end(self) -> str | None:
        """The end of a job that failed; None for one that has not ended or ended well."""
        state = self.jobs.run.state if self.jobs.run else None
        if state is None or not self.jobs.ended:
            return None
        if state.result_state is RunResultState.SUCCESS:
            return None
        if state.result_state is RunResultState.TIMEDOUT:
            return "took longer than MUSIC_DATABRICKS_TIMEOUT allows, and was stopped"
        if state.result_state is RunResultState.CANCELED:
            return "was cancelled there, by somebody else"
        return f"failed: {first_line(self._output() or state.state_message or NO_REASON)}"

    def _output(self) -> str | None:
        """The error that the job itself reported, if it came that far."""
        for task in (self.jobs.run.tasks if self.jobs.run else None) or []:
            with suppress(*OUTSIDE):
                if task.run_id is not None:
                    return self.jobs.get_run_output(task.run_id).error
        return None
