"""A Databricks workspace: one job in it, and a sentence for whatever goes wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging import Logger
from typing import Any

import dagster as dg
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.core import ApiClient
from databricks.sdk.errors import PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.mixins.jobs import JobsExt
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState
from typing_extensions import override

from music_assets.resources.engine import EngineError

LONGEST_CALL_SECONDS = 60
ENDED = (
    RunLifeCycleState.TERMINATED,
    RunLifeCycleState.SKIPPED,
    RunLifeCycleState.INTERNAL_ERROR,
)
INTERRUPTS = (dg.DagsterExecutionInterruptedError, KeyboardInterrupt)


class Submission(JobsExt):
    """The jobs API, which remembers what the Pipes client did: the client itself does not tell.

    Attributes:
        run_id: of what was submitted.
        run: as it was last seen.
        cancelled: whether this side cancelled it.
    """

    def __init__(self, api: ApiClient, log: Logger) -> None:
        super().__init__(api)  # type: ignore[no-untyped-call]
        self._log = log
        self.run_id: int | None = None
        self.run: Run | None = None
        self.cancelled = False

    @property
    def url(self) -> str | None:
        """Where a person looks at what was submitted; None before it was first seen."""
        return self.run.run_page_url if self.run else None

    @override
    def submit(self, **request: Any) -> Any:
        submitted = super().submit(**request)
        self.run_id = submitted.bind()["run_id"]
        return submitted

    @override
    def get_run(self, run_id: int, **options: Any) -> Run:
        run = super().get_run(run_id, **options)
        if self.run is None:
            self._log.info(f"Databricks shows this job at {run.run_page_url}.")
        self.run = run
        return run

    @override
    def cancel_run(self, run_id: int) -> Any:
        self.cancelled = True
        return super().cancel_run(run_id)


class Workspace(WorkspaceClient):
    """Access to a workspace for as long as one job lasts.

    Args:
        host: address of the workspace.
        token: a personal access token; without one the SDK looks for an identity by itself.
        patience_seconds: for a workspace that does not answer.
        log: what hears where the job can be looked at.

    Raises:
        EngineError: there is no token and no identity.
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
        except ValueError:
            raise EngineError(
                f"There is no login for {host}; set DATABRICKS_TOKEN, or let this process have an "
                "identity of Azure or Databricks."
            ) from None
        super().__init__(config=config)
        self._submission = Submission(self.api_client, log)

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
        try:
            yield
        except INTERRUPTS:
            self._cancel()
            raise
        except OSError as error:
            raise EngineError(f"{self._told(error)}{self._where()}") from None
        except Exception:
            # What Pipes raises when a job fails has no public name, so it is the job that is asked.
            end = self._bad_end()
            if end is None:
                raise
            raise EngineError(f"The job on Databricks {end}{self._where()}") from None
        if self.jobs.cancelled:
            # The Pipes client cancels the job and then goes on as if it had ended well.
            raise dg.DagsterExecutionInterruptedError

    def _cancel(self) -> None:
        """Cancel a job that the Pipes client had not begun to follow when the interrupt came."""
        if self.jobs.run_id is not None and not self.jobs.cancelled:
            with suppress(OSError):
                self.jobs.cancel_run(self.jobs.run_id)

    def _where(self) -> str:
        return f" See {self.jobs.url}." if self.jobs.url else ""

    def _bad_end(self) -> str | None:
        """How a job ended that did not end well; None where it has not ended, or ended well."""
        state = self.jobs.run.state if self.jobs.run else None
        if state is None or state.life_cycle_state not in ENDED:
            return None
        if state.result_state is RunResultState.SUCCESS:
            return None
        if state.result_state is RunResultState.TIMEDOUT:
            return "took longer than MUSIC_DATABRICKS_TIMEOUT allows, and was stopped."
        if state.result_state is RunResultState.CANCELED:
            return "was cancelled there, by somebody else."
        said = self._output() or state.state_message or "it does not say why"
        return f"failed: {said.rstrip('.')}."

    def _output(self) -> str | None:
        """What the job itself said last, where it came that far."""
        for task in (self.jobs.run.tasks if self.jobs.run else None) or []:
            with suppress(OSError):
                if task.run_id is not None:
                    return self.jobs.get_run_output(task.run_id).error
        return None

    def _told(self, error: OSError) -> str:
        if isinstance(error, Unauthenticated | PermissionDenied):
            return (
                f"Databricks refused the login ({_first_line(error)}); check DATABRICKS_TOKEN and "
                "what its owner may do."
            )
        if isinstance(error, DatabricksError):
            return f"Databricks refused the request: {_first_line(error)}."
        cause = type(error.__cause__ or error).__name__
        return f"The Databricks workspace at {self.config.host} does not answer ({cause})."


def _first_line(error: Exception) -> str:
    """What an error says, without the configuration that the SDK repeats after it."""
    said = (str(error) or type(error).__name__).strip().splitlines()[0]
    return said.partition(" Config: ")[0].rstrip(".")
