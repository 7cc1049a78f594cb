"""Runs a transform in an asset, and reads the cause of a failure, for the tests of Databricks."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import dagster as dg
import pytest

from music_assets.engines.engine import Engine, EngineError, Lookup, Work
from music_assets.storage.blobs import StorageResource
from music_assets.transforms import catalogue
from music_assets.transforms.rows import Transform
from music_assets_tests.outside.databricks import Databricks

KEY = "fs.azure.account.key.account.dfs.core.windows.net"
SOURCE = "landing/kind/part-00001.ndjson"
ROWS, QUARANTINE = "processed/entity/rows.parquet", "quarantine/entity/run.ndjson"
needs_java = pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java, 17 or newer")
MakeEngine = Callable[..., Engine]


def cluster_file(folder: Path) -> str:
    described = {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "Standard_D4ds_v5",
        "num_workers": 2,
        "data_security_mode": "SINGLE_USER",
        "spark_conf": {f"spark.hadoop.{KEY}": "{{secrets/music/storage}}"},
        "spark_env_vars": {"STORAGE_KEY": "{{secrets/music/storage}}"},
    }
    file = folder / "cluster.json"
    file.write_text(json.dumps(described))
    return str(file)


def run(
    engine: Engine,
    storage: StorageResource,
    transform: Transform = catalogue.artists,
    lookups: Mapping[str, Lookup] | None = None,
    instance: dg.DagsterInstance | None = None,
) -> dg.ExecuteInProcessResult:
    """Materialise an asset that does nothing but run a transform."""

    @dg.asset(name=transform.entity)
    def table(context: dg.AssetExecutionContext, engine: Engine) -> dg.MaterializeResult:
        work = Work(transform, [SOURCE], ROWS, QUARANTINE, lookups or {}, context)
        outcome = engine.run(work, storage)
        return dg.MaterializeResult(metadata={"outcome": list(vars(outcome).values())})

    return dg.materialize(
        [table], resources={"engine": engine}, instance=instance, raise_on_error=False
    )


def polled(workspace: Databricks) -> bool:
    """True once somebody follows a job."""
    return sum("/runs/get " in request for request in workspace.requests) > 1


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def end_well(workspace: Databricks) -> None:
    """Let a job that no cluster runs say, in Pipes' protocol, what it would have said, and end."""
    counts = {name: {"raw_value": 1, "type": "int"} for name in ("accepted", "rejected")}
    said: dict[str, dict[str, object]] = {
        "opened": {},
        "report_asset_materialization": {
            "asset_key": "artists", "data_version": None, "metadata": counts,
        },
        "closed": {},
    }  # fmt: skip
    lines = [
        json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params})
        for method, params in said.items()
    ]
    for folder in (workspace.volume / "tmp").iterdir():
        (folder / "1.json").write_text("\n".join(lines))
    workspace.jobs[0].end("SUCCESS")


def ended_as(result: dg.ExecuteInProcessResult) -> str:
    """The name of what a step failed with."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.error
    return str(event.step_failure_data.error.cls_name)


def why(result: dg.ExecuteInProcessResult) -> str:
    """The sentence with which the engine gave up."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    assert error
    assert error.cause
    assert error.cause.cls_name == EngineError.__name__
    return error.cause.message.partition(": ")[2].strip()


def as_soon_as(holds: Callable[[], object], act: Callable[[], object]) -> None:
    """Do something in another thread, once something else is the case."""

    def wait() -> None:
        while not holds():
            time.sleep(0.05)
        act()

    threading.Thread(target=wait, daemon=True).start()
