"""One history, wherever a command is called from."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from music_assets.cli.ui import server
from music_assets.config.dagster_home import SETTINGS, prepared_home


def call(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "music_assets.cli", *arguments],
        cwd=folder, env=environment | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_dagster_home_the_history_lies_beside_the_database(tmp_path: Path) -> None:
    assert call(tmp_path, "prepare").returncode == 0
    home = tmp_path / "data" / "dagster"
    assert (home / "dagster.yaml").read_text() == SETTINGS.read_text()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_runs_count() == 0


def test_dagster_home_names_another_one_and_its_settings_stay(tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert call(tmp_path, "prepare", DAGSTER_HOME=str(home)).returncode == 0
    assert (home / "history" / "runs.db").is_file()
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    assert not (tmp_path / "data").exists()


def test_a_history_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    ran = call(tmp_path, "prepare")
    assert ran.returncode == 1
    assert f"DAGSTER_HOME={tmp_path}/data/dagster cannot be written: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_folder_has_its_history_where_a_relative_name_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "mine")
    assert prepared_home() == tmp_path / "mine"


def test_the_ui_is_served_by_the_program_beside_this_python() -> None:
    program, arguments = server(3001, "127.0.0.1")
    assert Path(program).is_file()
    assert arguments[1:4] == ["dev", "-m", "music_assets.definitions"]
    assert arguments[4:6] == ["--port", "3001"]


def test_the_ui_does_not_start_with_a_malformed_variable(tmp_path: Path) -> None:
    ran = call(tmp_path, "ui", MUSIC_ENGINE="abacus")
    assert ran.returncode == 1
    assert ran.stderr == "MUSIC_ENGINE is 'abacus'; it takes polars, spark or databricks.\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_ui_does_not_start_where_somebody_else_has_its_port(tmp_path: Path, host: str) -> None:
    with socket.create_server((host, 0)) as other:
        port = str(other.getsockname()[1])
        ran = call(tmp_path, "ui", "--host", host, "--port", port)
    assert ran.returncode == 1
    assert f"Error: Port {port} of {host} cannot be used: Address already in use." in ran.stderr
    assert "name another port with --port" in ran.stderr
    assert not (tmp_path / "data").exists()
