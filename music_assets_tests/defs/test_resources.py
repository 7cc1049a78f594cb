"""From settings to resources: what is chosen, and what it is told of secrets."""

import sys

import dagster as dg
import pytest

from music_assets.config.settings import Settings
from music_assets.defs.resources import resources, spotify, storage
from music_assets.storage.folder import FolderStorage

ACCOUNT = "https://account.blob.core.windows.net"


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_storage_is_a_folder_unless_its_url_is_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage(settings(monkeypatch)) == FolderStorage(root="data/storage")


@pytest.mark.parametrize("name", ["key", "sas"])
def test_storage_in_azure_is_told_where_its_secret_is_and_not_what_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variable = f"MUSIC_STORAGE_{name.upper()}"
    environment = {"MUSIC_STORAGE_URL": ACCOUNT, variable: "hunter2"}
    found = resources(settings(monkeypatch, **environment))
    told = {"url": ACCOUNT, "key": "", "sas": "", name: dg.EnvVar(variable)}
    assert {field: getattr(found["storage"], field) for field in told} == told
    assert "hunter2" not in repr(found)
    with found["storage"].process_config_and_initialize_cm() as opened:
        assert getattr(opened, name) == "hunter2"


def test_storage_in_azure_logs_in_where_there_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    found = storage(settings(monkeypatch, MUSIC_STORAGE_URL=ACCOUNT))
    assert (getattr(found, "key", None), getattr(found, "sas", None)) == ("", "")


def test_where_what_talks_to_azure_is_missing_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "music_assets.storage.azure", raising=False)
    monkeypatch.setitem(sys.modules, "dagster_azure.blob", None)
    with pytest.raises(SystemExit, match=r"is not installed; install music-assets\[azure\]\.$"):
        storage(settings(monkeypatch, MUSIC_STORAGE_URL=ACCOUNT))


def test_calls_are_counted_by_app_unless_its_account_has_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert spotify(settings(monkeypatch)).app == "sandbox@api.spotify.com"
    app = {"SPOTIPY_CLIENT_ID": "first", "SPOTIPY_CLIENT_SECRET": "hunter2"}
    assert spotify(settings(monkeypatch, **app)).app == "first@api.spotify.com"
    account = {**app, "SPOTIFY_ACCOUNT": "me@example.org"}
    assert spotify(settings(monkeypatch, **account)).app == "me@example.org@api.spotify.com"
    server = dict.fromkeys(("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"), "http://127.0.0.1:8080")
    given = settings(monkeypatch, **account, **server)
    assert spotify(given).app == "me@example.org@127.0.0.1:8080"
