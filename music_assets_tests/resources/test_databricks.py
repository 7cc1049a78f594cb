"""Databricks: jobs in a workspace on loopback, through the real SDK and the real Pipes client."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from music_assets.ingest.pages import to_line
from music_assets.partitions import Week
from music_assets.resources.databricks import DatabricksEngine
from music_assets.resources.engine import Engine, EngineError, PolarsEngine
from music_assets.resources.storage import FolderStorage
from music_assets.transforms import catalog, weekly
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets_tests.databricks import CLUSTER, TOKEN, Databricks
from music_assets_tests.wheel import build_wheel

needs_java = pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java, 17 or newer")

SOURCE = "landing/kind/part-00001.ndjson"
ROWS, QUARANTINE = "processed/entity/rows.parquet", "quarantine/entity/run.ndjson"
ARTISTS = {"items": [{"id": "b", "name": "B"}, {"id": None, "name": "no id"}, {"id": "a"}]}
GENRES = {"items": [{"id": "a", "genres": ["rock", "jazz"]}, {"id": "b", "genres": []}]}
FIGURES = {"week": 47, "total_weekly_streams": 7, "total_weekly_downloads": 5}
SONGS = {
    "requested": "2026-11-16",
    "songs": [{"song_id": "s", "weekly_data": FIGURES}, {"song_id": "t", "weekly_data": {}}],
}
WEEKS = pl.DataFrame(weeks_lookup([Week.from_key("2026-11-16")]))
KNOWN = pl.DataFrame({"GenreID": [1, 2], "Name": ["jazz", "rock"]})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Databricks]:
    with Databricks(tmp_path / "databricks", secrets={"music/storage": "hunter3"}) as running:
        yield running


MakeEngine = Callable[..., DatabricksEngine]


@pytest.fixture
def engine(workspace: Databricks, storage: FolderStorage, wheel: Path) -> MakeEngine:
    """An engine in the workspace; other attributes as keywords."""

    def make(**options: Any) -> DatabricksEngine:
        known: dict[str, Any] = {
            "host": workspace.url,
            "token": TOKEN,
            "cluster": CLUSTER,
            "volume": str(workspace.volume),
            "seen_storage": storage.root,
            "wheel": str(wheel),
            "poll_seconds": 0.2,
            "patience_seconds": 2,
        }
        return DatabricksEngine(**known | options)

    return make


def cluster_file(folder: Path) -> str:
    described = {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "Standard_D4ds_v5",
        "num_workers": 2,
        "spark_env_vars": {"STORAGE_KEY": "{{secrets/music/storage}}"},
    }
    file = folder / "cluster.json"
    file.write_text(json.dumps(described))
    return str(file)


def land(storage: FolderStorage, page: dict[str, Any]) -> None:
    storage.write(SOURCE, to_line(page))


def run(
    engine: Engine,
    storage: FolderStorage,
    transform: Transform = catalog.artists,
    lookups: Mapping[str, pl.DataFrame] | None = None,
    instance: dg.DagsterInstance | None = None,
) -> dg.ExecuteInProcessResult:
    """Materialise an asset that does nothing but run a transform."""

    @dg.asset(name=transform.entity)
    def table() -> dg.MaterializeResult:
        outcome = engine.run(
            transform, storage, [SOURCE], rows=ROWS, quarantine=QUARANTINE, lookups=lookups
        )
        return dg.MaterializeResult(metadata={"outcome": list(vars(outcome).values())})

    return dg.materialize([table], instance=instance, raise_on_error=False)


def why(result: dg.ExecuteInProcessResult) -> str:
    """The sentence with which the engine gave up."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    assert error
    assert error.cause
    assert error.cause.cls_name == EngineError.__name__
    return error.cause.message.partition(": ")[2].strip()


def frames(storage: FolderStorage) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The rows and the rejects, whether an engine wrote a file or a folder of files."""
    found = {kind: Path(storage.root, path) for kind, path in (("r", ROWS), ("q", QUARANTINE))}
    parts = {
        kind: sorted(path.glob("part-*")) if path.is_dir() else [path]
        for kind, path in found.items()
    }
    lines = [line for part in parts["q"] if part.exists() for line in part.read_text().splitlines()]
    return pl.read_parquet(parts["r"]), [json.loads(line) for line in lines]


@needs_java
@pytest.mark.parametrize(
    ("kind", "transform", "page", "lookups", "counts"),
    [
        ("existing", catalog.artists, ARTISTS, {}, (2, 1)),
        ("job", weekly.weekly_streams, SONGS, {"weeks": WEEKS}, (1, 1)),
        ("serverless", catalog.artist_genres, GENRES, {"genres": KNOWN}, (3, 0)),
    ],
)
def test_a_job_gives_the_rows_that_polars_gives_and_says_how_many_and_how_long(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    tmp_path: Path,
    kind: str,
    transform: Transform,
    page: dict[str, Any],
    lookups: dict[str, pl.DataFrame],
    counts: tuple[int, int],
) -> None:
    clusters = {"existing": CLUSTER, "serverless": "serverless", "job": cluster_file(tmp_path)}
    land(storage, page)
    result = run(engine(cluster=clusters[kind]), storage, transform, lookups)
    assert result.success
    [event] = result.asset_materializations_for_node(transform.entity)
    told: dict[str, Any] = {name: entry.value for name, entry in event.metadata.items()}
    assert (told["accepted"], told["rejected"]) == counts
    assert told["outcome"] == [ROWS, *counts]
    assert told["session_seconds"] > 0
    assert told["spark_seconds"] > 0
    assert told["Databricks Job Run URL"] == f"{workspace.url}/?o=1#job/7/run/1"
    here = FolderStorage(root=str(tmp_path / "here"))
    land(here, page)
    assert run(PolarsEngine(), here, transform, lookups).success
    assert frames(storage)[0].equals(frames(here)[0])
    assert frames(storage)[1] == frames(here)[1]
    assert not list((workspace.volume / "tmp").iterdir())
