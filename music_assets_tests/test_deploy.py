"""The files of deploy/ agree with each other, with the settings, and with Dagster's loader."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.compute_log_manager import ComputeLogManager
from dagster._core.workspace.config_schema import process_workspace_config

from music_assets.config.dagster_home import SETTINGS
from music_assets.config.settings import Settings
from music_assets_tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
OURS = {str(field.validation_alias) for field in Settings.model_fields.values()}
VARIABLES = {
    "DAGSTER_POSTGRES_URL": "postgresql+psycopg2://dagster:hunter2@127.0.0.1/dagster",
    "DAGSTER_LOGS_ACCOUNT": "account",
    "DAGSTER_CODE_HOST": "code",
}


def read(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / file).read_text("utf-8"))
    return found


@pytest.fixture(params=["dagster.azure.yaml", "dagster.compose.yaml"])
def instance(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> InstanceRef:
    """Dagster's settings as it loads them, which checks every one of them."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "dagster.yaml").write_text((DEPLOY / request.param).read_text("utf-8"))
    return InstanceRef.from_dir(str(tmp_path))


def test_dagsters_own_state_is_in_postgresql_and_runs_are_queued(instance: InstanceRef) -> None:
    assert instance.storage_data is not None
    assert instance.storage_data.class_name == "DagsterPostgresStorage"
    assert instance.storage_data.config_dict == {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}
    assert instance.run_coordinator_data is not None
    assert instance.run_coordinator_data.class_name == "QueuedRunCoordinator"


def test_what_steps_print_goes_to_blob_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_LOGS_ACCOUNT", "account")
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.azure.yaml").read_text("utf-8"))
    data = InstanceRef.from_dir(str(tmp_path)).compute_logs_data
    manager = data.rehydrate(as_type=ComputeLogManager)  # type: ignore[type-abstract]
    assert type(manager).__name__ == "AzureBlobComputeLogManager"


def test_both_deployments_differ_only_in_where_what_steps_print_is_kept() -> None:
    azure, compose = read("dagster.azure.yaml"), read("dagster.compose.yaml")
    assert azure.pop("compute_logs") != compose.pop("compute_logs")
    assert azure == compose


def test_retries_are_those_of_a_checkout() -> None:
    here = yaml.safe_load(SETTINGS.read_text("utf-8"))
    deployed = read("dagster.azure.yaml")
    for part in ("run_retries", "telemetry", "nux"):
        assert deployed[part] == here[part]


def test_the_workspace_is_the_code_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_CODE_HOST", "code")
    checked = process_workspace_config(read("workspace.yaml"))
    assert checked.success, checked.errors


def test_compose_holds_what_a_deployment_needs() -> None:
    services = read("compose.yaml")["services"]
    assert set(services) == {"postgres", "azurite", "code", "webserver", "daemon"}
    for name in ("code", "webserver", "daemon"):
        assert services[name]["image"] == "music-assets"
        assert set(services[name]["environment"]) >= {"DAGSTER_POSTGRES_URL", "DAGSTER_CODE_HOST"}
    [port] = services["webserver"]["ports"]
    assert port.startswith("127.0.0.1:")


def test_every_variable_that_compose_sets_is_one_that_somebody_reads() -> None:
    services = read("compose.yaml")["services"]
    told = {name for service in services.values() for name in service.get("environment", {})}
    postgres = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
    assert told <= OURS | VARIABLES.keys() | postgres


def test_the_settings_of_compose_are_good_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in read("compose.yaml")["services"]["code"]["environment"].items():
        if name in OURS and value is not None:
            monkeypatch.setenv(name, value)
    assert Settings().storage_in_azure


def test_no_password_stands_in_compose() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    passwords = re.findall(r"PASSWORD: (.*)|://\w+:([^@]+)@", text)
    assert passwords
    assert all("${DAGSTER_POSTGRES_PASSWORD:?" in "".join(found) for found in passwords)


def test_the_image_holds_what_the_wheel_is_built_from_and_what_dagster_reads() -> None:
    copied = re.findall(r"\nCOPY (?!--from)(.+) \S+(?=\n)", (DEPLOY / "Dockerfile").read_text())
    named = {name for line in copied for name in line.split()}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if "!" in line}
    assert all((ROOT / name).exists() for name in named)
    assert {name.split("/")[0] for name in named} <= sent
    assert {"constraints.txt", "setup.cfg", "sql", "deploy/dagster.azure.yaml"} <= named
