"""The variables of Databricks: a sentence for each that is missing or malformed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from music_assets.configuration import engine
from music_assets.settings import Settings, SettingsError, read_settings

WORKSPACE = {
    "MUSIC_ENGINE": "databricks",
    "DATABRICKS_HOST": "https://adb-1.7.azuredatabricks.net/",
    "MUSIC_DATABRICKS_VOLUME": "/Volumes/main/music/jobs",
    "MUSIC_DATABRICKS_STORAGE": "/mnt/music",
}


@pytest.fixture(autouse=True)
def environment_of_a_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name, value in WORKSPACE.items():
        monkeypatch.setenv(name, value)


def refusal() -> str:
    with pytest.raises(SettingsError) as error:
        read_settings()
    sentence = str(error.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("name", [name for name in WORKSPACE if name != "MUSIC_ENGINE"])
def test_what_a_workspace_needs_is_asked_for_by_name_where_it_is_the_engine(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)
    assert refusal().startswith(f"MUSIC_ENGINE is databricks and {name} is not set; it takes ")
    monkeypatch.setenv("MUSIC_ENGINE", "polars")
    assert read_settings().engine == "polars"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABRICKS_HOST", "adb-1.7.azuredatabricks.net"),
        ("DATABRICKS_HOST", "http://adb-1.7.azuredatabricks.net"),
        ("DATABRICKS_HOST", "https://adb-1.7.azuredatabricks.net/browse"),
        ("MUSIC_DATABRICKS_CLUSTER", "my cluster"),
        ("MUSIC_DATABRICKS_CLUSTER", "no/such/file.json"),
        ("MUSIC_DATABRICKS_VOLUME", "/Volumes/main/music"),
        ("MUSIC_DATABRICKS_VOLUME", "dbfs:/jobs"),
        ("MUSIC_DATABRICKS_STORAGE", "data/storage"),
        ("MUSIC_DATABRICKS_STORAGE", "https://account.blob.core.windows.net"),
        ("MUSIC_DATABRICKS_WHEEL", "dist/no-such.whl"),
        ("MUSIC_DATABRICKS_TIMEOUT", "0"),
        ("MUSIC_DATABRICKS_TIMEOUT", "an hour"),
    ],
)
def test_a_malformed_value_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    sentence = refusal()
    assert sentence.startswith(f"{name} is ")
    assert "; it takes " in sentence


@pytest.mark.parametrize("seen", ["/Volumes/main/music", "abfss://account.dfs.core.windows.net"])
def test_a_folder_of_this_machine_is_refused_where_the_cluster_would_look_elsewhere(
    monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    monkeypatch.setenv("MUSIC_DATABRICKS_STORAGE", seen)
    assert refusal().startswith(
        f"MUSIC_STORAGE_URL is a folder of this machine, which no cluster sees as {seen}; set it to"
    )


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"spark_conf": 7}'])
def test_a_file_that_describes_no_cluster_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(content)
    monkeypatch.setenv("MUSIC_DATABRICKS_CLUSTER", str(file))
    assert refusal().startswith("MUSIC_DATABRICKS_CLUSTER is ")


@pytest.mark.parametrize("part", ["spark_conf", "spark_env_vars"])
def test_a_cluster_names_its_secrets_and_does_not_hold_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str
) -> None:
    file = tmp_path / "cluster.json"
    monkeypatch.setenv("MUSIC_DATABRICKS_CLUSTER", str(file))
    name = "fs.azure.account.key.account.dfs.core.windows.net"
    file.write_text(json.dumps({part: {name: "{{secrets/music/storage}}"}}))
    assert read_settings().databricks_cluster == str(file)
    file.write_text(json.dumps({part: {name: "hunter2"}}))
    assert "names its secrets as {{secrets/SCOPE/KEY}}" in refusal()
    assert "hunter2" not in refusal()


def test_the_engine_is_told_where_its_token_is_and_not_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "hunter2")
    found = engine(read_settings())
    assert getattr(found, "token", None) == dg.EnvVar("DATABRICKS_TOKEN")
    assert getattr(found, "host", None) == "https://adb-1.7.azuredatabricks.net"
    assert "hunter2" not in f"{found!r} {read_settings()!r}"
    with found.process_config_and_initialize_cm() as opened:
        assert opened.token == "hunter2"


def test_without_a_token_the_sdk_is_left_to_find_an_identity() -> None:
    assert getattr(engine(read_settings()), "token", None) == ""


def test_where_what_talks_to_databricks_is_missing_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "music_assets.resources.databricks", raising=False)
    monkeypatch.setitem(sys.modules, "dagster_databricks", None)
    with pytest.raises(
        SystemExit, match=r"is not installed; install music-assets\[databricks\]\.$"
    ):
        engine(read_settings())


@pytest.mark.slow
def test_only_a_configured_engine_is_imported_and_no_workspace_is_asked(tmp_path: Path) -> None:
    script = (
        "import sys, music_assets.definitions;"
        "print('dagster_databricks' in sys.modules, 'databricks.sdk' in sys.modules)"
    )
    for name, imported in (("polars", "False False"), ("databricks", "True True")):
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            env=os.environ | {"MUSIC_ENGINE": name},
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ran.stdout.strip() == imported
