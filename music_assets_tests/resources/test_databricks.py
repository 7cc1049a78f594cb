"""Databricks: jobs in a workspace on loopback, through the real SDK and the real Pipes client."""

import json
import os
import shutil
import signal
import threading
import time
import zipfile
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
from music_assets_tests.conftest import Sandbox
from music_assets_tests.databricks import CLUSTER, TOKEN, Databricks
from music_assets_tests.house import House, small_catalogue
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
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databricks]:
    # Ten seconds, for the last words of a job that may never have begun.
    waits = "dagster._core.pipes.utils.WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL"
    monkeypatch.setattr(waits, 1)
    with Databricks(tmp_path / "databricks", secrets={"music/storage": "hunter3"}) as running:
        yield running


MakeEngine = Callable[..., DatabricksEngine]


@pytest.fixture
def engine(
    workspace: Databricks, storage: FolderStorage, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeEngine:
    """An engine in the workspace; other attributes as keywords."""
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)

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


@needs_java
def test_an_asset_is_materialised_from_what_a_job_wrote(
    engine: MakeEngine, tmp_path: Path, sandbox: Sandbox
) -> None:
    server = sandbox(small_catalogue())
    here = House(tmp_path / "here", server)
    there = House(tmp_path / "there", server)
    there.engine = engine(seen_storage=there.storage.root)
    for house in (here, there):
        house.follow()
        assert house.run("raw_artists or artists").success
    assert there.rows("artists") == here.rows("artists")
    assert there.rows("artists")


def as_soon_as(holds: Callable[[], object], act: Callable[[], object]) -> None:
    """Do something in another thread, once something else is the case."""

    def wait() -> None:
        while not holds():
            time.sleep(0.05)
        act()

    threading.Thread(target=wait, daemon=True).start()


def polled(workspace: Databricks) -> bool:
    return sum("/runs/get " in request for request in workspace.requests) > 1


@needs_java
def test_a_job_that_fails_says_what_it_said_itself_and_where_to_look(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    sentence = why(run(engine(), storage))
    assert sentence.startswith("The job on Databricks failed: artists could not be transformed: ")
    assert f"{storage.root}/{SOURCE}" in sentence
    assert sentence.endswith(f" See {workspace.url}/?o=1#job/7/run/1.")
    assert len(sentence.splitlines()) == 1


def test_a_run_that_is_cancelled_cancels_its_job_and_is_left_cancelled(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    land(storage, ARTISTS)
    with dg.DagsterInstance.ephemeral() as instance:

        def terminate() -> None:
            """What Dagster does when somebody presses the button."""
            instance.report_run_canceling(instance.get_runs()[0])
            os.kill(os.getpid(), signal.SIGINT)

        as_soon_as(lambda: polled(workspace), terminate)
        result = run(engine(), storage, instance=instance)
        [left] = instance.get_runs()
    assert left.status is dg.DagsterRunStatus.CANCELED
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.error
    assert event.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError"
    [job] = workspace.jobs
    assert job.result == "CANCELED"
    assert job.process
    assert job.process.poll() is not None


def test_a_job_that_somebody_else_cancels_fails_the_run(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.has_clusters = False
    as_soon_as(lambda: polled(workspace), lambda: workspace.end(workspace.jobs[0], "CANCELED"))
    assert "was cancelled there, by somebody else. See http" in why(run(engine(), storage))


def test_a_job_that_takes_too_long_is_stopped(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.has_clusters = False
    sentence = why(run(engine(timeout_seconds=1), storage))
    assert "took longer than MUSIC_DATABRICKS_TIMEOUT allows, and was stopped. See " in sentence
    assert sentence.endswith("/?o=1#job/7/run/1.")
    assert workspace.jobs[0].result == "TIMEDOUT"


def test_a_workspace_that_stops_answering_ends_the_run_in_a_sentence_with_the_url(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.has_clusters = False
    as_soon_as(lambda: polled(workspace), workspace.fall_silent)
    assert why(run(engine(patience_seconds=1), storage)) == (
        f"The Databricks workspace at {workspace.url} does not answer (ReadTimeout). "
        f"See {workspace.url}/?o=1#job/7/run/1."
    )


def test_a_host_that_cannot_be_reached_is_named(engine: MakeEngine, storage: FolderStorage) -> None:
    sentence = why(run(engine(host="http://127.0.0.1:9", patience_seconds=1), storage))
    assert sentence == (
        "The Databricks workspace at http://127.0.0.1:9 does not answer (ConnectionError)."
    )


def test_a_token_that_is_refused_says_what_to_check(
    engine: MakeEngine, storage: FolderStorage
) -> None:
    sentence = why(run(engine(token="dapi-other"), storage))
    assert sentence.startswith("Databricks refused the login (Forbidden); ")
    assert "check DATABRICKS_TOKEN" in sentence


def test_without_a_token_and_an_identity_it_says_what_to_set(
    engine: MakeEngine, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Where the SDK looks for an identity: the environment, a file, and the Azure CLI.
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "ARM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    assert "set DATABRICKS_TOKEN, or" in why(run(engine(token=""), storage))


def test_no_secret_is_in_what_is_submitted_logged_or_remembered(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_KEY", "hunter3")
    workspace.has_clusters = False
    here = engine(cluster=cluster_file(tmp_path), timeout_seconds=1)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(here, storage, instance=instance)
        remembered = f"{instance.all_logs(result.run_id)}{instance.get_runs()}{here!r}"
    everything = f"{workspace.requests}{remembered}{capfd.readouterr()}"
    assert "{{secrets/music/storage}}" in everything
    assert "/runs/submit" in everything
    assert not [secret for secret in (TOKEN, "hunter3") if secret in everything]


def test_the_wheel_is_uploaded_once_for_each_version_of_the_code(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, wheel: Path
) -> None:
    workspace.has_clusters = False
    run(engine(timeout_seconds=1), storage)
    assert "took longer" in why(run(engine(timeout_seconds=1, wheel=""), storage))
    [uploaded] = workspace.volume.rglob("*.whl")
    assert uploaded.read_bytes() == wheel.read_bytes()
    assert uploaded.name == wheel.name
    for job in workspace.jobs:
        assert job.task["libraries"] == [{"whl": str(uploaded)}]


def test_a_wheel_that_is_missing_or_of_other_code_says_what_to_build(
    engine: MakeEngine, storage: FolderStorage, tmp_path: Path
) -> None:
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("music_assets/__init__.py", "")
    assert "set MUSIC_DATABRICKS_WHEEL to its file" in why(run(engine(wheel=""), storage))
    sentence = why(run(engine(wheel=str(other)), storage))
    assert "holds other code than runs here; build it anew with `make wheel`." in sentence


@pytest.mark.parametrize(
    ("seen", "address"),
    [
        ("/Volumes/main/music", "dbfs:/Volumes/main/music/landing/a b.ndjson"),
        ("/mnt/music", "file:///mnt/music/landing/a b.ndjson"),
        ("abfss://a.dfs.core.windows.net", "abfss://landing@a.dfs.core.windows.net/a b.ndjson"),
    ],
)
def test_the_cluster_is_told_where_it_finds_a_blob(
    engine: MakeEngine, seen: str, address: str
) -> None:
    assert engine(seen_storage=seen).address("landing/a b.ndjson") == address
