"""Pipes' temporary folders in a volume. Failing to delete one does not fail the job."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from logging import Logger

from dagster_databricks.pipes import (
    PipesUnityCatalogVolumesContextInjector,
    PipesUnityCatalogVolumesMessageReader,
)
from dagster_pipes import PipesContextData, PipesParams
from databricks.sdk import WorkspaceClient
from typing_extensions import override

from music_assets.engines.databricks.databricks_errors import OUTSIDE, first_line


class ContextInjector(PipesUnityCatalogVolumesContextInjector):
    """Writes the job's arguments into a folder in the volume."""

    def __init__(self, client: WorkspaceClient, volume_path: str, log: Logger) -> None:
        super().__init__(client=client, volume_path=volume_path)
        self._log = log

    @override
    @contextmanager
    def inject_context(self, context: PipesContextData) -> Iterator[PipesParams]:
        with _tidied(super().inject_context(context), self._log) as params:
            yield params


class MessageReader(PipesUnityCatalogVolumesMessageReader):
    """Reads the job's messages from a folder in the volume."""

    def __init__(
        self, client: WorkspaceClient, volume_path: str, log: Logger, interval: float
    ) -> None:
        super().__init__(client=client, volume_path=volume_path, interval=interval)
        self._log = log

    @override
    @contextmanager
    def get_params(self) -> Iterator[PipesParams]:
        with _tidied(super().get_params(), self._log) as params:
            yield params


@contextmanager
def _tidied(folder: AbstractContextManager[PipesParams], log: Logger) -> Iterator[PipesParams]:
    params = folder.__enter__()
    try:
        yield params
    finally:
        try:
            folder.__exit__(None, None, None)
        except OUTSIDE as error:
            log.warning(
                f"{params['path']} could not be deleted ({first_line(error)}); delete it by hand."
            )
