"""The sandbox's listener, and the endpoint that tells what was played."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from music_assets.sandbox.listening_now import plays_until
from music_assets.sandbox.options import FOLLOWING, LISTENING, SandboxOptions
from music_assets.sandbox.world import World
from music_assets_tests.sandbox.conftest import Client

PATH = "me/player/recently-played"
NOW = dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC).timestamp()
BOTH = SandboxOptions(scope=f"{FOLLOWING} {LISTENING}", listened_until=NOW)


@pytest.fixture
def listener(client: Client) -> Client:
    client.server.options = BOTH
    client.login(grant_type="refresh_token", refresh_token="sandbox")
    client.server.reset()
    return client


def moments(page: Any) -> list[int]:
    """The moments of a page's plays in milliseconds, as the listener has them."""
    found = [dt.datetime.fromisoformat(item["played_at"]) for item in page["items"]]
    return [round(each.timestamp() * 1_000) for each in found]


def test_the_newest_plays_come_first_each_with_its_track_and_moment(listener: Client) -> None:
    page = listener.json(PATH, limit=50)
    assert len(page["items"]) == 50
    assert moments(page) == sorted(moments(page), reverse=True)
    assert moments(page)[0] <= NOW * 1_000
    assert page["cursors"] == {"after": str(moments(page)[0]), "before": str(moments(page)[-1])}
    for item in page["items"]:
        assert item.keys() == {"track", "played_at", "context"}
        assert item["track"].keys() >= {"name", "duration_ms", "artists", "album", "is_local"}
        assert (item["track"]["id"] is None) == item["track"]["is_local"]
    assert listener.server.calls == {"recently_played": 1}


def test_only_fifty_plays_are_remembered(listener: Client) -> None:
    pages = listener.pages(PATH, limit=20)
    assert [len(page["items"]) for page in pages] == [20, 20, 10]
    page = listener.json(listener.json(PATH, limit=50)["next"])
    assert (page["items"], page["cursors"], page["next"]) == ([], None, None)


def test_plays_after_a_moment_are_those_that_came_since(listener: Client) -> None:
    earlier = moments(listener.json(PATH, limit=50))
    since = listener.json(PATH, limit=50, after=earlier[3])
    assert moments(since) == earlier[:3]
    assert moments(listener.json(PATH, limit=50, before=earlier[-3])) == earlier[-2:]


def test_who_asks_later_finds_the_same_plays_and_more(listener: Client) -> None:
    earlier = listener.json(PATH, limit=50)["items"]
    listener.server.options = replace(BOTH, listened_until=NOW + 3_600)
    later = listener.json(PATH, limit=50)["items"]
    new = [item for item in later if item not in earlier]
    assert 0 < len(new) < 15
    assert later[len(new) :] == earlier[: 50 - len(new)]


def test_without_a_moment_the_clock_counts(listener: Client) -> None:
    listener.server.options = replace(BOTH, listened_until=None)
    newest = moments(listener.json(PATH, limit=1))[0] / 1_000
    assert 0 <= dt.datetime.now(dt.UTC).timestamp() - newest < 86_400


def test_plays_need_a_right_of_their_own(client: Client) -> None:
    assert client.error(PATH, limit=50) == (403, "Insufficient client scope")
    client.login(grant_type="client_credentials")
    assert client.error(PATH, limit=50) == (403, "Insufficient client scope")
    client.headers = {}
    assert client.error(PATH, limit=50)[0] == 401


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": 51}, "Invalid limit"),
        ({"limit": 0}, "Invalid limit"),
        ({"after": "soon"}, "Invalid after"),
        ({"after": 1, "before": 2}, "Only one of after and before can be specified"),
    ],
)
def test_a_wrong_question_is_refused(
    listener: Client, query: dict[str, int | str], message: str
) -> None:
    assert listener.error(PATH, **query) == (400, message)


def test_a_listener_without_songs_plays_none() -> None:
    assert plays_until(World.fictional(3, 0, 0), NOW, 50) == []
    assert plays_until(World.fictional(0, 0, 0), NOW, 50) == []


def test_more_songs_in_the_world_than_plays_are_heard_more_than_once() -> None:
    plays = plays_until(World.fictional(2, 2, 4), NOW, 50)
    titles = [play["track"]["name"] for _, play in plays]
    assert len(titles) == 50 > len(set(titles))


def test_a_login_that_asks_for_a_right_has_it_from_then_on(client: Client) -> None:
    redirect = "http://127.0.0.1:8888/callback"
    query = {"client_id": "sandbox", "response_type": "code", "redirect_uri": redirect}
    page = client.session.get(
        f"{client.server.url}/authorize",
        params=query | {"scope": f"{FOLLOWING} {LISTENING}"},
        allow_redirects=False,
        timeout=60,
    )
    code = page.headers["Location"].partition("code=")[2]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    assert client.token(form).json()["scope"] == f"{FOLLOWING} {LISTENING}"
    again = client.token({"grant_type": "refresh_token", "refresh_token": "sandbox"})
    assert again.json()["scope"] == f"{FOLLOWING} {LISTENING}"
