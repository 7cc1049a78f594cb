"""Limits, quotas, waits and injected faults, as a client meets them."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from music_assets.sandbox.server import FaultKind, SandboxOptions
from music_assets_tests.sandbox.conftest import Client, album


def test_a_full_window_answers_429_until_there_is_room_again(client: Client) -> None:
    client.server.options = SandboxOptions(requests_per_window=3, window_seconds=0.4)
    answers = [client.get("me/following", type="artist") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].headers["Retry-After"] == "1"
    assert answers[3].json()["error"] == {"status": 429, "message": "API rate limit exceeded"}
    time.sleep(0.4)
    assert client.get("me/following", type="artist").ok
    assert (client.server.calls.total(), client.server.stats.refused) == (4, 2)


def test_retry_after_is_the_time_until_the_window_has_room(client: Client) -> None:
    client.server.options = SandboxOptions(requests_per_window=1, window_seconds=7.5)
    assert client.get("me/following", type="artist").ok
    assert client.get("me/following", type="artist").headers["Retry-After"] == "8"


def test_the_limit_can_change_while_the_server_runs(client: Client) -> None:
    for _ in range(3):
        assert client.get("me/following", type="artist").ok
    client.server.options = SandboxOptions(requests_per_window=2)
    assert client.get("me/following", type="artist").status_code == 429
    client.server.options = replace(client.server.options, requests_per_window=4)
    assert client.get("me/following", type="artist").ok


def test_an_exceeded_daily_quota_says_so_and_sends_the_client_away_for_hours(
    client: Client,
) -> None:
    client.server.options = SandboxOptions(daily_quota=2, requests_per_window=2)
    answers = [client.get("me/following", type="artist") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "48925"
    assert answers[2].json() == {
        "error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    }


def test_the_apps_of_one_account_share_its_day_and_have_windows_of_their_own(
    client: Client,
) -> None:
    def statuses(app: str, calls: int) -> list[int]:
        form = {"grant_type": "refresh_token", "refresh_token": "sandbox"}
        token = client.token(form, (app, "sandbox")).json()["access_token"]
        client.headers = {"Authorization": f"Bearer {token}"}
        return [client.get("me/following", type="artist").status_code for _ in range(calls)]

    client.server.options = SandboxOptions(other_apps=("second",), requests_per_window=3)
    assert statuses("sandbox", 4) == [200, 200, 200, 429]
    assert statuses("second", 1) == [200]
    client.server.reset()
    client.server.options = SandboxOptions(other_apps=("second",), daily_quota=3)
    assert statuses("sandbox", 2) == [200, 200]
    assert statuses("second", 2) == [200, 429]
    assert statuses("sandbox", 1) == [429]


def test_a_limit_of_nothing_refuses_everything(client: Client) -> None:
    client.server.options = SandboxOptions(requests_per_window=0)
    assert client.get("me/following", type="artist").headers["Retry-After"] == "30"


def test_slow_calls_wait_side_by_side(client: Client) -> None:
    client.server.options = SandboxOptions(latency_seconds=1.0)
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: client.get("me/following", type="artist").ok, range(8))
        assert all(answers)
    # One after the other they take eight seconds.
    assert 1.0 <= time.perf_counter() - begun < 7


def outcome(client: Client) -> str:
    """The result or the error of one call of a client."""
    try:
        response = client.get(f"albums/{album(client.server, 7)}/tracks", limit=50)
    except requests.ConnectionError as error:
        return "dropped" if "without response" in str(error) else f"dropped: {error}"
    except requests.exceptions.ChunkedEncodingError as error:
        return "partial" if "IncompleteRead" in str(error) else f"partial: {error}"
    if response.status_code != 200:
        return str(response.status_code)
    try:
        response.json()
    except ValueError:
        return "truncated"
    return "slow" if response.elapsed.total_seconds() >= 2.0 else "right"


@pytest.mark.parametrize("kind", ["500", "503", "dropped", "partial", "truncated", "slow"])
def test_each_kind_of_fault_reaches_the_client(client: Client, kind: FaultKind) -> None:
    client.server.options = SandboxOptions(fault_rate=1, fault_kinds=(kind,), slow_seconds=2.0)
    assert [outcome(client) for _ in range(3)] == [kind] * 3
    assert client.server.stats.faults == {kind: 3}
    client.server.options = SandboxOptions()
    assert outcome(client) == "right"


def test_faults_follow_the_seed_and_the_ordinal_of_the_call(client: Client) -> None:
    def outcomes(seed: int) -> list[str]:
        client.server.reset()
        kinds: tuple[FaultKind, ...] = ("500", "503", "truncated")
        client.server.options = SandboxOptions(fault_rate=0.3, fault_seed=seed, fault_kinds=kinds)
        return [outcome(client) for _ in range(100)]

    first = outcomes(1)
    assert 15 <= sum(result != "right" for result in first) <= 45
    assert set(first) == {"right", "500", "503", "truncated"}
    assert outcomes(1) == first
    assert outcomes(2) != first


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "premium"}, {"fault_rate": 1.5}, {"fault_kinds": ()}, {"fault_kinds": ("x",)}],
)
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SandboxOptions(**wrong)
