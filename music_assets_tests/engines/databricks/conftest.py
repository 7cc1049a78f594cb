"""A Databricks on loopback, with engines that run their transforms in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside.databricks import CLUSTER, TOKEN, Databricks
from music_assets_tests.outside.databricks_run import MakeEngine
from music_assets_tests.wheel import build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databricks]:
    # Ten seconds, for the last words of a job that may never have begun.
    waits = "dagster._core.pipes.utils.WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL"
    monkeypatch.setattr(waits, 1)
    with Databricks(tmp_path / "databricks", secrets={"music/storage": "hunter3"}) as running:
        yield running


@pytest.fixture
def engine(
    workspace: Databricks, storage: FolderStorage, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeEngine:
    """An engine in the workspace; other attributes as keywords."""
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)

    # Takes seconds to import, which only the tests that are about it should pay.
    from music_assets.engines.databricks.databricks_engine import DatabricksEngine  # noqa: PLC0415

    def make(**options: Any) -> DatabricksEngine:
        known: dict[str, Any] = {
            "host": workspace.url,
            "token": dg.EnvVar("DATABRICKS_TOKEN"),
            "cluster": CLUSTER,
            "volume": str(workspace.volume),
            "seen_storage": storage.root,
            "wheel": str(wheel),
            "poll_seconds": 0.2,
            "patience_seconds": 2,
        }
        return DatabricksEngine(**known | options)

    return make
