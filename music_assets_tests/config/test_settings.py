"""The environment: defaults that work, and a sentence for everything that does not."""

import os
import re
import subprocess
import sys

import pytest

from music_assets.config.settings import Settings, SettingsError, read_settings
from music_assets.defs.resources import engine, resources

OURS = [str(field.validation_alias) for field in Settings.model_fields.values()]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


def test_an_empty_environment_means_the_embedded_default_and_the_bundled_sandbox() -> None:
    settings = read_settings()
    assert settings.storage_url == "data/storage"
    assert settings.database_url.get_secret_value() == "sqlite:///data/music.db"
    assert settings.bundled_sandbox


def test_a_variable_that_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSIC_ENGINE", "")
    assert read_settings().engine == "polars"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUSIC_ENGINE", "pandas"),
        ("SPARK_REMOTE", "127.0.0.1:15002"),
        ("MUSIC_STORAGE_URL", "ftp://somewhere"),
        ("MUSIC_STORAGE_URL", "https://example.com/music"),
        ("MUSIC_STORAGE_URL", "https://account.blob.core.windows.net/container"),
        ("MUSIC_STORAGE_URL", "https://account.blob.core.windows.net?sv=1&sig=hunter2"),
        ("MUSIC_STORAGE_URL", "http://127.0.0.1:10000"),
        ("MUSIC_DATABASE_URL", "no url"),
        ("MUSIC_FIRST_WEEK", "2026-01-01"),
        ("MUSIC_FIRST_WEEK", "2099-12-28"),
        ("MUSIC_FIRST_WEEK", "last week"),
        ("SPOTIPY_REDIRECT_URI", "localhost"),
        ("SPOTIFY_API_URL", "api.spotify.com"),
        ("SPOTIFY_ACCOUNTS_URL", "http://"),
        ("SPOTIFY_ACCOUNT", "my account"),
        ("SPOTIFY_ACCOUNT", "../mine"),
        ("SPOTIFY_ACCOUNT", "a" * 65),
        ("SPOTIFY_REQUESTS_PER_SECOND", "0"),
        ("SPOTIFY_REQUESTS_PER_SECOND", "nan"),
        ("SPOTIFY_REQUESTS_PER_SECOND", "fast"),
        ("MUSICBRAINZ_URL", "musicbrainz.org"),
        ("MUSICBRAINZ_CONTACT", "me"),
        ("MUSICBRAINZ_CONTACT", "me@example.com (it is I)"),
        ("MUSICBRAINZ_CONTACT", "me@example.com\r\nX-Other: 1"),
        ("MUSICBRAINZ_CONTACT", "https://me:secret@example.com"),
        ("MUSICBRAINZ_REFRESH_DAYS", "9999999999"),
        ("MUSICBRAINZ_CONTACT", "bj\u00f6rk@example.com"),
        ("MUSICBRAINZ_REQUESTS_PER_SECOND", "0"),
        ("MUSICBRAINZ_REQUESTS_PER_SECOND", "inf"),
        ("MUSICBRAINZ_REFRESH_DAYS", "0"),
        ("MUSICBRAINZ_SEARCH_NAMES", "perhaps"),
        ("MUSICBRAINZ_RELEASES", "perhaps"),
    ],
)
def test_a_malformed_value_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    sentence = str(error.value)
    assert sentence.startswith(f"{name} is ")
    assert "; it takes " in sentence
    assert "hunter2" not in sentence
    assert "\n" not in sentence


def test_a_malformed_database_url_is_not_shown_since_it_may_hold_a_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSIC_DATABASE_URL", "mssql//user:hunter2@host")
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"],
)
def test_half_of_a_pair_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="only one is set"):
        read_settings()


@pytest.mark.parametrize("url", ["https://musicbrainz.org", "https://beta.MusicBrainz.org/"])
def test_musicbrainz_itself_is_never_asked_more_than_once_a_second(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MUSICBRAINZ_REQUESTS_PER_SECOND", "1.5")
    monkeypatch.setenv("MUSICBRAINZ_URL", url)
    with pytest.raises(SettingsError, match=r"SECOND is 1.5 and MusicBrainz blocks .*; set it to "):
        read_settings()
    monkeypatch.setenv("MUSICBRAINZ_URL", "http://127.0.0.1:8080")
    assert read_settings().musicbrainz_requests_per_second == 1.5


@pytest.mark.parametrize(
    "url", ["https://account.blob.core.windows.net", "http://127.0.0.1:10000/devstoreaccount1"]
)
def test_storage_in_azure_takes_a_key_or_a_signature(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_URL", f"{url}/")
    for name in ("MUSIC_STORAGE_KEY", "MUSIC_STORAGE_SAS"):
        monkeypatch.setenv(name, "hunter2")
        settings = read_settings()
        assert (settings.storage_url, settings.storage_in_azure) == (url, True)
        monkeypatch.delenv(name)


def test_storage_in_azure_takes_neither_where_it_can_log_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_URL", "https://account.blob.core.windows.net")
    assert read_settings().storage_key is None
    monkeypatch.setenv("MUSIC_STORAGE_URL", "http://127.0.0.1:10000/devstoreaccount1")
    with pytest.raises(SettingsError, match=r"only sent over https://; set MUSIC_STORAGE_KEY or "):
        read_settings()


def test_two_ways_into_storage_or_one_into_a_folder_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_SAS", "hunter2")
    with pytest.raises(SettingsError, match=r"^MUSIC_STORAGE_SAS is set and .* is a folder"):
        read_settings()
    monkeypatch.setenv("MUSIC_STORAGE_URL", "https://account.blob.core.windows.net")
    monkeypatch.setenv("MUSIC_STORAGE_KEY", "hunter2")
    with pytest.raises(SettingsError, match="are both set and storage takes one"):
        read_settings()


def test_no_secret_is_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "SPOTIPY_CLIENT_SECRET": "hunter2",
        "SPOTIFY_REFRESH_TOKEN": "hunter3",
        "MUSIC_DATABASE_URL": "mssql+pyodbc://user:hunter4@host/music",
        "MUSIC_STORAGE_KEY": "hunter5",
        "MUSIC_STORAGE_URL": "https://account.blob.core.windows.net",
        "SPARK_REMOTE": "sc://host:443/;token=hunter6",
    }
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "somebody")
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    shown = f"{read_settings()!r} {read_settings()}"
    assert not [number for number in range(2, 6) if f"hunter{number}" in shown]


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "dagster", "asset", "list", "-m", "music_assets.definitions"],
        ["-m", "dagster", "definitions", "validate", "-m", "music_assets.definitions"],
        ["-c", "from music_assets.cli.main import main; main(['run'])"],
    ],
)
@pytest.mark.slow
def test_a_malformed_environment_refuses_the_start_in_one_sentence(command: list[str]) -> None:
    environment = os.environ | {"MUSIC_ENGINE": "abacus"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "MUSIC_ENGINE is 'abacus'; it takes polars, spark or databricks." in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("missing", "install"),
    [("pyspark", "music-assets[spark]"), ("java", "openjdk-17-jre-headless")],
)
def test_what_spark_needs_and_is_not_there_is_named_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, missing: str, install: str
) -> None:
    pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")
    monkeypatch.setenv("MUSIC_ENGINE", "spark")
    if missing == "java":
        monkeypatch.setenv("JAVA_HOME", "/nowhere")
    else:
        monkeypatch.delitem(sys.modules, "music_assets.engines.spark", raising=False)
        monkeypatch.setitem(sys.modules, "dagster_pyspark", None)
    with pytest.raises(SystemExit, match=re.escape(install)):
        resources(read_settings())


def test_a_spark_connect_server_needs_no_java_here(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")
    from music_assets.engines.spark import SparkEngine  # noqa: PLC0415

    monkeypatch.setenv("MUSIC_ENGINE", "spark")
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:15002")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert isinstance(engine(read_settings()), SparkEngine)


def test_spark_is_imported_only_where_it_was_asked_for() -> None:
    script = "import sys, music_assets.definitions; sys.exit('pyspark' in sys.modules)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MUSIC_STORAGE_URI", "MUSIC_STORAGE_URL"),
        ("SPOTIFY_CLIENT_ID", "SPOTIPY_CLIENT_ID"),
        ("SPOTIPY_REFRESH_TOKEN", "SPOTIFY_REFRESH_TOKEN"),
        ("MUSIC_DATABASE", "MUSIC_DATABASE_URL"),
    ],
)
def test_a_variable_that_nothing_reads_stops_the_start_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "hunter2-hunter2")
    with pytest.raises(
        SettingsError, match=rf"Nothing reads {name}; did you mean {nearest}\?"
    ) as told:
        read_settings()
    assert "hunter2" not in str(told.value)


def test_an_at_sign_in_a_password_is_told_without_its_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSIC_DATABASE_URL", "postgresql+psycopg://u:before@after@server/db")
    with pytest.raises(SettingsError, match="MUSIC_DATABASE_URL") as told:
        read_settings()
    assert "after" not in str(told.value)
