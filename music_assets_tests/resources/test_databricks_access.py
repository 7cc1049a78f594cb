"""Access to Databricks: who is let in, what is uploaded, and what nobody gets to see."""

import os
import zipfile
from pathlib import Path

import dagster as dg
import pytest

from music_assets.resources.databricks import DatabricksEngine
from music_assets.resources.storage import FolderStorage
from music_assets_tests.databricks import TOKEN, Databricks
from music_assets_tests.databricks_run import MakeEngine, cluster_file, run, why


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
    here = engine(seen_storage=seen)
    assert isinstance(here, DatabricksEngine)
    assert here.address("landing/a b.ndjson") == address
