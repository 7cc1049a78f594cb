"""The variables of Databricks: a sentence for each that is missing or malformed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from music_assets.config.settings import Settings, SettingsError, read_settings
from music_assets.defs.resources import engine

WORKSPACE = {
    "MUSIC_ENGINE": "databricks",
    "DATABRICKS_HOST": "https://adb-1.7.azuredatabricks.net/",
    "MUSIC_DATABRICKS_VOLUME": "/Volumes/main/music/jobs",
    "MUSIC_DATABRICKS_STORAGE": "/mnt/music",
}
CLUSTER = "0923-164208-meows279"
SINGLE_USER = {"data_security_mode": "SINGLE_USER"}
SECRET = "{{secrets/music/storage}}"


@pytest.fixture(autouse=True)
def environment_of_a_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name, value in WORKSPACE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MUSIC_DATABRICKS_CLUSTER", CLUSTER)


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


@pytest.mark.parametrize("seen", ["abfss://account.dfs.core.windows.net", "/mnt/music"])
def test_serverless_compute_is_given_volumes_and_no_other_storage(
    monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_URL", "https://account.blob.core.windows.net")
    monkeypatch.setenv("MUSIC_DATABRICKS_STORAGE", seen)
    assert read_settings().databricks_storage == seen
    monkeypatch.delenv("MUSIC_DATABRICKS_CLUSTER")
    assert refusal() == (
        f"MUSIC_DATABRICKS_STORAGE is {seen}, which serverless compute does not reach; set it to a "
        "folder such as /Volumes/main/music, or MUSIC_DATABRICKS_CLUSTER to a cluster."
    )
    monkeypatch.setenv("MUSIC_DATABRICKS_STORAGE", "/Volumes/main/music")
    assert read_settings().databricks_cluster == "serverless"


@pytest.fixture
def describe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], str]:
    """Makes a file that describes a job cluster the one to use."""

    def make(content: object) -> str:
        file = tmp_path / "cluster.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        monkeypatch.setenv("MUSIC_DATABRICKS_CLUSTER", str(file))
        return str(file)

    return make


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("no JSON", "cannot be read as JSON (JSONDecodeError)"),
        ("[]", "holds no object; "),
        ({"spark_conf": 7}, "has no object as its spark_conf; "),
        ({"num_workers": 2}, "has no data_security_mode, without which a cluster sees no volume; "),
        ({"new_cluster": SINGLE_USER}, "has no data_security_mode, "),
    ],
)
def test_a_file_that_describes_no_cluster_is_refused(
    describe: Callable[[object], str], content: object, problem: str
) -> None:
    file = describe(content)
    assert refusal().startswith(f"MUSIC_DATABRICKS_CLUSTER is {file}, which {problem}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"autoscale": 5}, "which is no cluster of Databricks' API"),
        ({"data_security_mode": "SINGEL_USER"}, "whose data_security_mode is not one of"),
        ({"new_cluster": {}, "num_worker": 2}, "whose num_worker is not one of"),
    ],
)
def test_a_description_that_the_sdk_makes_nothing_of_is_refused_at_the_start(
    describe: Callable[[object], str], content: dict[str, object], problem: str
) -> None:
    file = describe(SINGLE_USER | content)
    with pytest.raises(SystemExit, match=rf"^MUSIC_DATABRICKS_CLUSTER is {file}, {problem}"):
        engine(read_settings())


KEY = "fs.azure.account.key.account.dfs.core.windows.net"
PROVIDER = "fs.azure.sas.token.provider.type.account.dfs.core.windows.net"
FIXED_SAS = "org.apache.hadoop.fs.azurebfs.sas.FixedSASTokenProvider"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"spark_conf": {KEY: "hunter2"}}, f"spark_conf.{KEY}"),
        ({"spark_conf": {"x.ConnectionURL": "jdbc:a;user=b;password=hunter2"}}, "spark_conf.x."),
        ({"spark_conf": {"x.extraJavaOptions": "-Xmx1g -Dtoken=hunter2"}}, "spark_conf.x."),
        ({"spark_conf": {"a.source": "https://account/b?sv=1&sig=hunter2"}}, "spark_conf.a.source"),
        ({"spark_env_vars": {"PROXY": "http://me:hunter2@proxy"}}, "spark_env_vars.PROXY"),
        ({"spark_env_vars": {"DB_PWD": "hunter2"}}, "spark_env_vars.DB_PWD"),
        ({"spark_env_vars": {"SPOTIFY_CREDENTIAL": "hunter2"}}, "spark_env_vars.SPOTIFY_CREDENT"),
        ({"spark_env_vars": {"STORAGE_SAS": "hunter2"}}, "spark_env_vars.STORAGE_SAS"),
        (
            {"spark_env_vars": {"AZURE_STORAGE_CONNECTION_STRING": "hunter2"}},
            "spark_env_vars.AZURE_STORAGE_CONNECTION_STRING",
        ),
        (
            {"docker_image": {"basic_auth": {"username": "me", "password": "hunter2"}}},
            "docker_image.basic_auth.password",
        ),
        ({"init_scripts": [{"file": {"destination": "a?token=hunter2"}}]}, "init_scripts.file."),
        ({"new_cluster": {"spark_env_vars": {"A_KEY": "hunter2"}}}, "new_cluster.spark_env_vars."),
    ],
)
def test_a_cluster_names_its_secrets_and_does_not_hold_them(
    describe: Callable[[object], str], content: dict[str, object], name: str
) -> None:
    file = describe(SINGLE_USER | content)
    sentence = refusal()
    assert sentence.startswith(
        f"MUSIC_DATABRICKS_CLUSTER is {file}, which holds a secret in {name}"
    )
    assert "; write it as {{secrets/SCOPE/KEY}}, its name." in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    "content",
    [
        {"spark_conf": {KEY: SECRET}, "spark_env_vars": {"STORAGE_KEY": SECRET}},
        {"spark_conf": {PROVIDER: FIXED_SAS, "fs.azure.sas.fixed.token.account": SECRET}},
        {"docker_image": {"url": "a/b", "basic_auth": {"username": "me", "password": SECRET}}},
        {"spark_conf": {"spark.executor.extraJavaOptions": "-XX:+UseG1GC -Dfile.encoding=UTF-8"}},
        {"ssh_public_keys": ["ssh-ed25519 AAAA"], "enable_elastic_disk": True, "num_workers": 2},
    ],
)
def test_a_cluster_that_names_its_secrets_is_taken(
    describe: Callable[[object], str], content: dict[str, object]
) -> None:
    file = describe(SINGLE_USER | content)
    assert getattr(engine(read_settings()), "cluster", None) == file


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
    monkeypatch.delitem(
        sys.modules, "music_assets.engines.databricks.databricks_engine", raising=False
    )
    monkeypatch.setitem(sys.modules, "dagster_databricks", None)
    with pytest.raises(
        SystemExit, match=r"is not installed; install music-assets\[databricks\]\.$"
    ):
        engine(read_settings())


@pytest.mark.slow
def test_only_a_configured_engine_is_imported_and_no_workspace_is_asked(tmp_path: Path) -> None:
    script = (
        "import sys, music_assets.definitions; music_assets.definitions.defs();"
        "print('dagster_databricks' in sys.modules, 'databricks.sdk' in sys.modules)"
    )
    for name, imported in (("polars", "False False"), ("databricks", "True True")):
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            env=os.environ | {"MUSIC_ENGINE": name},
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ran.stdout.strip() == imported
