"""The sandbox's server: its life, what it counts, and Spotipy as a client of it."""

import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import spotipy  # type: ignore[import-untyped,unused-ignore]

from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.sandbox.conftest import CLIENT, EXTENDED, Client, album, followed, ids


def test_a_server_starts_within_a_third_of_a_second_and_leaves_nothing_behind() -> None:
    before, seconds = threading.active_count(), list[float]()
    for _ in range(5):
        begun = time.perf_counter()
        with SandboxServer(World.fictional(1, 1, 1)) as server:
            seconds.append(time.perf_counter() - begun)
            assert requests.get(f"{server.url}/sandbox/stats", timeout=60).ok
        assert threading.active_count() == before
    # The fastest, since the machine may be busy.
    assert min(seconds) < 0.3
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=60)


def test_a_taken_port_is_the_callers_exception(server: SandboxServer) -> None:
    port = urlsplit(server.url).port or 0
    with pytest.raises(OSError, match="in use"), SandboxServer(server.world, port=port):
        pass


def test_a_server_can_be_started_again_on_its_port() -> None:
    server = SandboxServer(World.fictional(1, 1, 1))
    with server:
        url = server.url
    with server:
        assert server.url == url
        assert requests.get(f"{url}/sandbox/stats", timeout=60).ok


def test_a_stop_does_not_wait_for_a_slow_answer(session: requests.Session) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        SandboxServer(World.fictional(1, 1, 1)) as server,
    ):
        client = Client(server, session)
        server.options = SandboxOptions(latency_seconds=60)
        waiting = pool.submit(client.get, "me/following", type="artist")
        while not server.calls:
            time.sleep(0.005)
        begun = time.perf_counter()
        server.stop()
        assert time.perf_counter() - begun < 30
        assert waiting.exception() is not None or waiting.result().status_code == 500


def test_the_server_counts_for_its_own_process_and_for_others(client: Client) -> None:
    client.login(grant_type="refresh_token", refresh_token="sandbox")
    client.get("me/following", type="artist")
    client.get(f"artists/{followed(client.server, 0)}/albums")
    client.get(f"albums/{album(client.server, 0)}")
    client.get(f"albums/{album(client.server, 0)}/tracks")
    client.get(f"albums/{album(client.server, 0)}/tracks/")
    client.get("albums")
    client.server.options = SandboxOptions(requests_per_window=0)
    client.get("albums")
    assert client.server.calls == {
        "following": 1,
        "artist_albums": 1,
        "album": 1,
        "album_tracks": 2,
        "albums": 1,
    }
    assert client.session.get(f"{client.server.url}/sandbox/stats", timeout=60).json() == {
        "calls": dict(client.server.calls),
        "refused": 1,
        "unauthorised": 0,
        "tokens": {"refresh_token": 1},
        "faults": {},
        "lookups": {},
        "lookups_refused": 0,
    }


def spotipy_client(server: SandboxServer, auth: Any, session: requests.Session) -> Any:
    auth.OAUTH_TOKEN_URL = f"{server.url}/api/token"
    client = spotipy.Spotify(auth_manager=auth, requests_session=session)
    client.prefix = f"{server.url}/v1/"
    return client


@pytest.fixture
def user(server: SandboxServer, session: requests.Session) -> Any:
    token = {
        "access_token": "",
        "refresh_token": "sandbox",
        "scope": "user-follow-read",
        "expires_at": 0,
    }
    auth = spotipy.SpotifyOAuth(
        *CLIENT,
        "http://127.0.0.1:8888/callback",
        scope="user-follow-read",
        cache_handler=spotipy.MemoryCacheHandler(token),
        requests_session=session,
    )
    return spotipy_client(server, auth, session)


def test_spotipy_reads_the_whole_catalogue_with_a_refresh_token(
    user: Any, server: SandboxServer
) -> None:
    server.world = World.fictional(6, 40, 400)
    artists = user.current_user_followed_artists(limit=50)["artists"]["items"]
    found: dict[str, list[str]] = {}
    for artist in artists:
        page = user.artist_albums(artist["id"], limit=10)
        while page:
            for item in page["items"]:
                found[item["id"]] = ids(user.album_tracks(item["id"], limit=50)["items"])
            page = user.next(page)
    assert {key: found[key][:50] for key in found} == {
        key: ids(tracks[:50]) for key, tracks in server.world.album_tracks.items()
    }
    assert server.stats.tokens == {"refresh_token": 1}


def test_spotipy_reads_batches_with_client_credentials(
    server: SandboxServer, session: requests.Session
) -> None:
    server.options = EXTENDED
    cache = spotipy.MemoryCacheHandler()
    auth = spotipy.SpotifyClientCredentials(*CLIENT, requests_session=session, cache_handler=cache)
    client = spotipy_client(server, auth, session)
    wanted = [album(server, position) for position in range(20)]
    with warnings.catch_warnings():
        # Spotipy 2.26 calls the batch deprecated, as Spotify does.
        warnings.simplefilter("ignore", DeprecationWarning)
        assert ids(client.albums(wanted)["albums"]) == wanted


def test_spotipy_passes_on_the_wait_and_the_reason_of_a_refusal(
    user: Any, server: SandboxServer
) -> None:
    server.options = SandboxOptions(daily_quota=0)
    with pytest.raises(spotipy.SpotifyException) as refused:
        user.current_user_followed_artists()
    assert refused.value.http_status == 429
    assert refused.value.reason == "QUOTA_EXCEEDED"
    assert refused.value.headers["Retry-After"] == "48925"


def test_spotipy_makes_none_of_truncated_json(user: Any, server: SandboxServer) -> None:
    server.options = SandboxOptions(fault_rate=1, fault_kinds=("truncated",))
    assert user.current_user_followed_artists() is None


def test_spotipy_reports_a_revoked_refresh_token(user: Any, server: SandboxServer) -> None:
    server.options = SandboxOptions(refresh_token="renewed")
    with pytest.raises(spotipy.SpotifyOauthError, match="Refresh token revoked") as refused:
        user.current_user_followed_artists()
    assert refused.value.error == "invalid_grant"
