"""Access to Databricks: who is let in, what is uploaded, and what nobody gets to see."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from music_assets.engines.databricks.databricks_engine import DatabricksEngine
from music_assets.landing.pages import to_line
from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside.databricks import TOKEN, Databricks, Fault, bad_gateway
from music_assets_tests.outside.databricks_run import (
    SOURCE,
    MakeEngine,
    cluster_file,
    needs_java,
    run,
    why,
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


@pytest.fixture
def identify(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, str]], None]:
    """Gives this process an identity by variables, and none where else the SDK looks for one."""

    def become(identity: dict[str, str]) -> None:
        for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "ARM_"))]:
            monkeypatch.delenv(name)
        for name, value in identity.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("PATH", "")

    return become


OAUTH = {"DATABRICKS_CLIENT_ID": "me", "DATABRICKS_CLIENT_SECRET": "hunter2"}
AZURE = {"ARM_CLIENT_ID": "me", "ARM_CLIENT_SECRET": "hunter2", "ARM_TENANT_ID": "us"}


@pytest.mark.parametrize(
    ("identity", "sentence"),
    [
        ({}, "There is no login for {}; set DATABRICKS_TOKEN, or let this process have an "),
        (OAUTH | AZURE, "There are several logins for {}, azure and oauth; leave one of them, or "),
        (OAUTH, "Databricks refused the login (invalid_client: Client authentication failed); "),
    ],
)
def test_an_identity_that_is_missing_ambiguous_or_refused_says_what_to_do(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    identify: Callable[[dict[str, str]], None],
    identity: dict[str, str],
    sentence: str,
) -> None:
    identify(identity)
    said = why(run(engine(token=""), storage))
    assert said.startswith(sentence.format(workspace.url))
    assert len(said.splitlines()) == 1
    assert "hunter2" not in said


def test_a_workspace_that_does_not_answer_an_identity_is_not_called_a_missing_login(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    identify: Callable[[dict[str, str]], None],
) -> None:
    identify(OAUTH)
    workspace.faults = [Fault("GET /oidc/", bad_gateway())]
    assert why(run(engine(token=""), storage)) == (
        f"The Databricks workspace at {workspace.url} does not answer (502 Bad Gateway)."
    )


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


@needs_java
@pytest.mark.parametrize("fails", [True, False])
def test_no_job_says_the_secret_that_its_cluster_was_given(
    engine: MakeEngine,
    workspace: Databricks,
    storage: FolderStorage,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    fails: bool,
) -> None:
    if not fails:
        storage.write(SOURCE, to_line({"items": [{"id": "a", "name": "A"}]}))
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(engine(cluster=cluster_file(tmp_path)), storage, instance=instance)
        remembered = f"{instance.all_logs(result.run_id)}"
    assert result.success is not fails
    [job] = workspace.jobs
    # The cluster did have it, as Spark's configuration and as a variable.
    assert "hunter3" in (job.home / "conf/spark-defaults.conf").read_text()
    assert job.environment["STORAGE_KEY"] == "hunter3"
    said = f"{job.stdout}{job.stderr}{workspace.requests}{remembered}{capfd.readouterr()}"
    assert ("could not be transformed" in said) is fails
    assert "hunter3" not in said


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


def test_a_file_of_this_machine_that_cannot_be_read_is_not_laid_at_the_workspaces_door(
    engine: MakeEngine, storage: FolderStorage, tmp_path: Path
) -> None:
    corrupt = tmp_path / "corrupt.whl"
    corrupt.write_bytes(b"PK no more")
    missing = tmp_path / "missing.whl"
    for wheel, problem in ((corrupt, "BadZipFile"), (missing, "FileNotFoundError")):
        assert why(run(engine(wheel=str(wheel)), storage)) == (
            f"MUSIC_DATABRICKS_WHEEL is {wheel}, which cannot be read as a wheel ({problem}); "
            "build it anew with `make wheel`."
        )
    cluster = tmp_path / "gone.json"
    assert why(run(engine(cluster=str(cluster)), storage)) == (
        f"MUSIC_DATABRICKS_CLUSTER is {cluster}, which cannot be read as JSON (FileNotFoundError)."
    )


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
