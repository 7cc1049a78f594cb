"""A Databricks workspace: one job in it, and a sentence for whatever goes wrong with it."""

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
    first_line,
    history,
    no_login,
    passes,
    readable,
    told,
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
    """The jobs API, which remembers what the Pipes client did: the client itself does not tell.

    Args:
        api: what it calls.
        log: what hears where the job can be looked at.
        patience_seconds: for a workspace that does not say how the job is.

    Attributes:
        request: what was to be submitted.
        run_id: of what was submitted.
        run: as it was last seen.
        cancelled: whether the workspace took this side's word to cancel it.
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
        """Where a person looks at what was submitted."""
        seen = self.run.run_page_url if self.run else None
        return seen or f"the job run {self.request.get('run_name')} there"

    @property
    def ended(self) -> bool:
        """Whether it is known to have ended, well or not."""
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
            retry=tenacity.retry_if_exception(passes),
            wait=tenacity.wait_exponential(max=LONGEST_WAIT_SECONDS),
            stop=tenacity.stop_after_delay(self._patience_seconds),
            before_sleep=self._say_that_it_is_asked_again,
            reraise=True,
        )
        run: Run = retrying(super().get_run, run_id, **options)
        if self.run is None:
            self._log.info(f"Databricks shows this job at {run.run_page_url}.")
        self.run = run
        return run

    def _say_that_it_is_asked_again(self, state: tenacity.RetryCallState) -> None:
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
        """Cancel what was submitted, or may have been."""
        if self.request and self.run_id is None:
            # Its answer was not waited for. Databricks knows a request by its idempotency token,
            # and answers with the job that there is.
            self.submit(**self.request)
        if self.run_id is not None and not self.cancelled:
            self.cancel_run(self.run_id)


class Workspace(WorkspaceClient):
    """Access to a workspace for as long as one job lasts.

    Args:
        host: address of the workspace.
        token: a personal access token; without one the SDK looks for an identity by itself.
        patience_seconds: for a workspace that does not answer.
        log: what hears where the job can be looked at.

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
            raise EngineError(f"{no_login(error, host)}.") from None
        super().__init__(config=config)
        self._log = log
        # Pipes makes APIs of its own from this client, so it is the client that has to be clean.
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
            EngineError: it failed, or the workspace does not answer; the message has the job's URL.
            dagster.DagsterExecutionInterruptedError: the run was cancelled, and the job with it.
        """
        failure: BaseException | None = None
        try:
            yield
        except (Exception, *INTERRUPTS) as error:
            failure = error
        # The Pipes client cancels the job and then goes on as if it had ended well; and where the
        # threads of Pipes do not end, what it says of them hides the interrupt.
        if self.jobs.cancelled or any(isinstance(each, INTERRUPTS) for each in history(failure)):
            self._cancel()
            raise dg.DagsterExecutionInterruptedError from None
        if failure:
            told_as = self._told(failure)
            if told_as is failure:
                raise failure
            raise told_as from None

    def _cancel(self) -> None:
        try:
            self.jobs.cancel()
        except OUTSIDE as error:
            self._log.error(
                f"Databricks did not cancel the job ({first_line(error)}), and it may still be "
                f"running; see {self.jobs.place}."
            )

    def _told(self, failure: BaseException) -> BaseException:
        """The sentence for what went wrong; what is a mistake of this project stays as it is."""
        from_pipes = type(failure).__module__.startswith("dagster")
        if not from_pipes and not isinstance(failure, OUTSIDE):
            return failure
        # What Pipes raises when a job fails has no public name, so it is the job that is asked.
        end = self._bad_end()
        if end:
            return EngineError(f"The job on Databricks {end}. See {self.jobs.place}.")
        outside = next((each for each in history(failure) if isinstance(each, OUTSIDE)), None)
        if outside:
            said = told(outside, self.config.host or "")
        else:
            said = f"The job on Databricks was lost sight of ({first_line(failure)})"
        return EngineError(f"{said}{self._left()}.")

    def _left(self) -> str:
        """What became of the job where nobody follows it any more."""
        if not self.jobs.request:
            return ""
        running = "" if self.jobs.ended else ", and the job may still be running"
        return f"{running}; see {self.jobs.place}"

    def _bad_end(self) -> str | None:
        """How a job ended that did not end well; None where it has not ended, or ended well."""
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
        """What the job itself said last, where it came that far."""
        for task in (self.jobs.run.tasks if self.jobs.run else None) or []:
            with suppress(*OUTSIDE):
                if task.run_id is not None:
                    return self.jobs.get_run_output(task.run_id).error
        return None
