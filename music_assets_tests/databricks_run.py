"""What the tests of Databricks do: run a transform in an asset, and read why it failed."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import dagster as dg
import polars as pl

from music_assets.resources.engine import Engine, EngineError
from music_assets.resources.storage import StorageResource
from music_assets.transforms import catalog
from music_assets.transforms.rows import Transform

SOURCE = "landing/kind/part-00001.ndjson"
ROWS, QUARANTINE = "processed/entity/rows.parquet", "quarantine/entity/run.ndjson"
MakeEngine = Callable[..., Engine]


def cluster_file(folder: Path) -> str:
    described = {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "Standard_D4ds_v5",
        "num_workers": 2,
        "data_security_mode": "SINGLE_USER",
        "spark_env_vars": {"STORAGE_KEY": "{{secrets/music/storage}}"},
    }
    file = folder / "cluster.json"
    file.write_text(json.dumps(described))
    return str(file)


def run(
    engine: Engine,
    storage: StorageResource,
    transform: Transform = catalog.artists,
    lookups: Mapping[str, pl.DataFrame] | None = None,
    instance: dg.DagsterInstance | None = None,
) -> dg.ExecuteInProcessResult:
    """Materialise an asset that does nothing but run a transform."""

    @dg.asset(name=transform.entity)
    def table(engine: Engine) -> dg.MaterializeResult:
        outcome = engine.run(
            transform, storage, [SOURCE], rows=ROWS, quarantine=QUARANTINE, lookups=lookups
        )
        return dg.MaterializeResult(metadata={"outcome": list(vars(outcome).values())})

    return dg.materialize(
        [table], resources={"engine": engine}, instance=instance, raise_on_error=False
    )


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
