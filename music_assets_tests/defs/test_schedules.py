"""The schedule of recently played songs: it launches a run where that can do something."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.calls.ledger import Ledger
from music_assets.defs import schedules
from music_assets.defs.schedules import recently_played_schedule
from music_assets.landing.recent_plays import land_recent_plays
from music_assets.sandbox.options import FOLLOWING, LISTENING
from music_assets.sandbox.server import SandboxServer
from music_assets.spotify.access import LACKS_RIGHT, NO_LISTENER, NO_LOGIN, SpotifyResource
from music_assets.storage.folder import FolderStorage
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import let_the_time_come

Tick = Callable[[SpotifyResource], str]
APP: dict[str, Any] = {
    "client_id": "app-4711",
    "client_secret": "secret-4712",
    "refresh_token": "token-4713",
}


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    return sandbox(scope=f"{FOLLOWING} {LISTENING}", **APP)


@pytest.fixture
def spotify(server: SandboxServer, tmp_path: Path) -> SpotifyResource:
    return SpotifyResource(
        api_url=server.url, accounts_url=server.url, login_file=str(tmp_path / "login.json"), **APP
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def tick(storage: FolderStorage, instance: dg.DagsterInstance) -> Tick:
    """The sentence with which a tick skips; "" where it launches a run."""

    def of(spotify: SpotifyResource) -> str:
        return _tick(storage, spotify, instance)

    return of


def _tick(storage: FolderStorage, spotify: SpotifyResource, instance: dg.DagsterInstance) -> str:
    with dg.build_schedule_context(
        instance=instance, resources={"storage": storage, "spotify": spotify}
    ) as context:
        found = recently_played_schedule(context)
    if isinstance(found, dg.SkipReason):
        return str(found.skip_message)
    assert isinstance(found, dg.RunRequest)
    return ""


def test_it_runs_hourly_by_itself() -> None:
    assert recently_played_schedule.cron_schedule == "23 * * * *"
    assert recently_played_schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert recently_played_schedule.job_name == "recent_job"


def test_a_login_with_the_right_or_with_unknown_rights_launches_a_run(
    tick: Tick, storage: FolderStorage, spotify: SpotifyResource
) -> None:
    assert tick(spotify) == ""
    land_recent_plays(storage, spotify, run_id="0123456789", tell=lambda _: None)
    assert tick(spotify) == ""


def test_a_login_without_the_right_is_skipped_with_what_to_run(
    tick: Tick, spotify: SpotifyResource, server: SandboxServer
) -> None:
    server.options = replace(server.options, scope=FOLLOWING)
    with spotify.client(user=True) as client:
        client.followed_artists(limit=1)
    assert tick(spotify) == LACKS_RIGHT
    assert "run `music-assets follow --listening`" in LACKS_RIGHT


def test_nobody_to_ask_is_skipped(tick: Tick) -> None:
    assert tick(SpotifyResource(client_id="somebody")) == NO_LOGIN
    assert tick(SpotifyResource(bundled_sandbox=True)) == NO_LISTENER


def test_a_pause_of_spotifys_is_waited_for(
    tick: Tick, storage: FolderStorage, spotify: SpotifyResource
) -> None:
    until = Ledger(storage, spotify.app, "run").refuse(48_925)
    assert tick(spotify) == f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC."
    [note] = [each.path for each in storage.list("") if each.path.endswith("not_before.json")]
    storage.write(note, b"damaged")
    assert "delete it if you know that Spotify takes calls" in tick(spotify)
    let_the_time_come(storage)
    assert tick(spotify) == ""


def test_a_run_that_has_not_ended_is_waited_for_but_not_for_ever(
    tick: Tick,
    spotify: SpotifyResource,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance.add_run(dg.DagsterRun("recent_job", status=dg.DagsterRunStatus.STARTED))
    assert tick(spotify) == "The run of an earlier hour has not ended."
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=7)
    monkeypatch.setattr(schedules, "now", lambda: later)
    assert tick(spotify) == ""
