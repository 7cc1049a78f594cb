"""Databricks: jobs in a workspace on loopback, through the real SDK and the real Pipes client."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import narwhals as nw
import polars as pl
import pytest

from music_assets.engines.engine import Lookup
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import to_line
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue, weekly
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets.weeks import Week
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import House, small_world
from music_assets_tests.outside.databricks import CLUSTER, Databricks
from music_assets_tests.outside.databricks_run import (
    QUARANTINE,
    ROWS,
    SOURCE,
    MakeEngine,
    as_soon_as,
    cluster_file,
    ended_as,
    interrupt,
    needs_java,
    polled,
    run,
    why,
)

ARTISTS = {"items": [{"id": "b", "name": "B"}, {"id": None, "name": "no id"}, {"id": "a"}]}
FIGURES = {"week": 47, "total_weekly_streams": 7, "total_weekly_downloads": 5}
SONGS = {
    "requested": "2026-11-16",
    "songs": [{"song_id": "s", "weekly_data": FIGURES}, {"song_id": "t", "weekly_data": {}}],
}
WEEKS = nw.from_dict(weeks_lookup([Week.from_key("2026-11-16")]), backend="polars")


def land(storage: FolderStorage, page: dict[str, Any]) -> None:
    storage.write(SOURCE, to_line(page))


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
        ("existing", catalogue.artists, ARTISTS, {}, (2, 1)),
        ("job", weekly.weekly_streams, SONGS, {"weeks": WEEKS}, (1, 1)),
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
    lookups: dict[str, Lookup],
    counts: tuple[int, int],
) -> None:
    clusters = {"existing": CLUSTER, "job": cluster_file(tmp_path)}
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
def test_an_asset_is_materialised_from_what_a_job_on_serverless_compute_wrote(
    engine: MakeEngine, tmp_path: Path, sandbox: Sandbox
) -> None:
    server = sandbox(small_world())
    here = House(tmp_path / "here", server)
    there = House(tmp_path / "there", server)
    there.engine = engine(cluster="serverless", seen_storage=str(there.folder / "storage"))
    for house in (here, there):
        house.follow()
        assert house.run("key:raw_artists or key:artists").success
    assert there.rows("artists") == here.rows("artists")
    assert there.rows("artists")


@needs_java
def test_a_job_that_fails_says_what_it_said_itself_and_where_to_look(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    sentence = why(run(engine(), storage))
    assert sentence.startswith("The job on Databricks failed: artists could not be transformed: ")
    assert f"{storage.root}/{SOURCE}" in sentence
    assert sentence.endswith(f" See {workspace.url}/?o=1#job/7/run/1.")
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_run_that_is_cancelled_cancels_its_job_and_is_left_cancelled(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, *, told: bool
) -> None:
    land(storage, ARTISTS)
    with dg.DagsterInstance.ephemeral() as instance:

        def terminate() -> None:
            """Interrupt the run, as Dagster's button or a terminal does."""
            if told:
                instance.report_run_canceling(instance.get_runs()[0])
            interrupt()

        as_soon_as(lambda: polled(workspace), terminate)
        result = run(engine(), storage, instance=instance)
        [left] = instance.get_runs()
    assert left.status is (dg.DagsterRunStatus.CANCELED if told else dg.DagsterRunStatus.FAILURE)
    assert ended_as(result) == "DagsterExecutionInterruptedError"
    [job] = workspace.jobs
    assert job.process
    job.process.wait(timeout=60)
    assert job.stopping


def test_a_job_that_somebody_else_cancels_fails_the_run(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage
) -> None:
    workspace.has_clusters = False
    as_soon_as(lambda: polled(workspace), lambda: workspace.jobs[0].end("CANCELED"))
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
        f"The Databricks workspace at {workspace.url} does not answer (ReadTimeout), and the job "
        f"may still be running; see {workspace.url}/?o=1#job/7/run/1."
    )
