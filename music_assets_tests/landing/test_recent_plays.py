"""Recently played songs: each lands once, whatever overlaps, and a gap between calls is told."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from music_assets.calls import pacing
from music_assets.landing import recent_plays
from music_assets.landing.play_pages import Play as LandedPlay
from music_assets.landing.recent_plays import Heard, land_recent_plays
from music_assets.landing.song_names import name_id
from music_assets.sandbox.listening_now import plays_until
from music_assets.sandbox.options import FOLLOWING, LISTENING
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.spotify.access import LACKS_RIGHT, NO_LISTENER, NO_LOGIN, SpotifyResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import PLAY_GAPS
from music_assets_tests.conftest import Sandbox
from music_assets_tests.outside.proxy import Exchange, Proxy

NOW = dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC)
APP: dict[str, Any] = {
    "client_id": "app-4711",
    "client_secret": "secret-4712",
    "refresh_token": "token-4713",
}
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Play = dict[str, Any]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_plays, "now", lambda: NOW)
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.002)


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    return sandbox(scope=f"{FOLLOWING} {LISTENING}", **APP)


@pytest.fixture
def spotify(server: SandboxServer, tmp_path: Path) -> SpotifyResource:
    return resource(server.url, tmp_path)


@pytest.fixture
def answering(server: SandboxServer, tmp_path: Path) -> Iterator[Callable[..., SpotifyResource]]:
    """Access to a Spotify whose page of plays, or whose answer to a login, is another."""
    with ExitStack() as servers:

        def start(
            *items: Any, status: int = 200, body: bytes | None = None, token: bytes | None = None
        ) -> SpotifyResource:
            page = json.dumps({"items": items}).encode() if body is None else body

            def spoil(exchange: Exchange) -> Exchange:
                if exchange.path.startswith("/api/token"):
                    return exchange if token is None else exchange.answered(token)
                return exchange.answered(page, status)

            proxy = servers.enter_context(Proxy(server.url, spoil).running())
            return resource(proxy.url, tmp_path)

        yield start


def resource(url: str, folder: Path) -> SpotifyResource:
    return SpotifyResource(
        api_url=url, accounts_url=url, login_file=str(folder / "login.json"), **APP
    )


def ask(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer, at: dt.datetime
) -> Heard:
    """The result of asking Spotify at a moment."""
    server.options = replace(server.options, listened_until=at.timestamp())
    return hear(storage, spotify)


def hear(storage: FolderStorage, spotify: SpotifyResource) -> Heard:
    return land_recent_plays(storage, spotify, run_id="0123456789", tell=lambda _: None)


def landed(storage: FolderStorage) -> list[Play]:
    """All plays that have landed, in the order of their months and places.

    What a landing says of nothing is None.
    """
    pages = [blob.path for blob in storage.list("landing/plays/") if blob.path.endswith("1.ndjson")]
    lines = [json.loads(line) for path in pages for line in storage.read(path)[1].splitlines()]
    for line in lines:
        assert len(line["plays"]) <= 1_000
    nothing: Play = dict.fromkeys(LandedPlay.__struct_fields__)
    return [nothing | play for line in lines for play in line["plays"]]


def files(storage: FolderStorage) -> dict[str, bytes]:
    """The landing of plays, and the notes of the gaps in it."""
    found = [*storage.list("landing/plays/"), storage.find(PLAY_GAPS)]
    return {blob.path: storage.read(blob.path)[1] for blob in found if blob}


def item(at: object = "2026-11-20T10:00:00.567Z", **track: Any) -> Play:
    """A play as Spotify tells it, with everything that is nobody's business."""
    whole = {
        "id": "4aawyAB9vmqN3uQ7FjRGTy",
        "name": "A title",
        "artists": [{"name": "An artist"}, {"name": "A guest"}],
        "album": {"name": "An album", "available_markets": ["NL"]},
        "duration_ms": 247_040,
        "type": "track",
        "is_local": False,
        **track,
    }
    context = {"type": "playlist", "uri": "spotify:user:somebody-4714:playlist:x"}
    return {"track": whole, "played_at": at, "context": context}


def test_the_fifty_plays_that_spotify_remembers_land_as_a_file_of_plays(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    heard = ask(storage, spotify, server, NOW)
    assert (heard.came, heard.new, heard.calls) == (50, 50, 1)
    assert (heard.problem, heard.not_asked, heard.gaps) == ("", "", [])
    assert server.calls == {"recently_played": 1}
    told = [play for _, play in plays_until(server.world, NOW.timestamp(), 50)]
    plays = landed(storage)
    assert [play["at"] for play in plays] == [seconds(play) for play in reversed(told)]
    newest, track = plays[-1], told[0]["track"]
    artist = track["artists"][0]["name"]
    assert newest == {
        "source": "recent",
        "at": seconds(told[0]),
        "ms_played": None,
        "length_ms": track["duration_ms"],
        "song_id": track["id"],
        "name_id": name_id(artist, track["name"]),
        "title": track["name"],
        "artist": artist,
        "album": track["album"]["name"],
        "skipped": None,
        "offline": None,
    }


def seconds(play: Play) -> int:
    return int(dt.datetime.fromisoformat(play["played_at"]).timestamp())


def test_the_folder_of_a_month_says_how_many_plays_and_which_songs_it_holds(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    ask(storage, spotify, server, NOW)
    folder = "landing/plays/recent-2026-11/"
    assert [blob.path.removeprefix(folder) for blob in storage.list("landing/plays/")] == [
        "2026-11-001.ndjson", "_SUCCESS", "songs.ndjson",
    ]  # fmt: skip
    manifest = json.loads(storage.read(f"{folder}_SUCCESS")[1])
    assert (manifest["records"], manifest["plays"], manifest["kind"]) == (50, 50, "recent")
    [songs] = storage.read(f"{folder}songs.ndjson")[1].splitlines()
    last = {song["name_id"]: song["last"] for song in json.loads(songs)["songs"]}
    assert last == {play["name_id"]: play["at"] for play in landed(storage)}


def test_plays_that_come_again_land_once_and_those_since_are_added(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    ask(storage, spotify, server, NOW - 2 * HOUR)
    before = landed(storage)
    heard = ask(storage, spotify, server, NOW)
    plays = landed(storage)
    assert 0 < heard.new < 50 == heard.came
    assert plays[:50] == before
    assert len(plays) == 50 + heard.new
    assert heard.gaps == []


def test_asking_again_changes_no_file(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    ask(storage, spotify, server, NOW)
    before = {blob.path: blob.etag for blob in storage.list("landing/plays/")}
    heard = ask(storage, spotify, server, NOW)
    assert (heard.came, heard.new) == (50, 0)
    assert {blob.path: blob.etag for blob in storage.list("landing/plays/")} == before


def test_the_order_of_the_calls_makes_no_difference(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer, tmp_path: Path
) -> None:
    other = FolderStorage(root=str(tmp_path / "other"))
    moments = [NOW - hours * HOUR for hours in (3, 1, 2)]
    for moment in moments:
        ask(storage, spotify, server, moment)
    for moment in sorted(moments):
        ask(other, spotify, server, moment)
    assert files(storage) == files(other)


def test_plays_of_two_months_land_in_two_folders(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    heard = ask(storage, spotify, server, dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC))
    folders = {blob.path.split("/")[2] for blob in storage.list("landing/plays/")}
    assert folders == {"recent-2026-10", "recent-2026-11"}
    assert heard.new == 50 == len(landed(storage))


def test_a_gap_is_told_with_its_moments_and_also_an_hour_later(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    assert ask(storage, spotify, server, NOW - 2 * DAY).gaps == []
    newest = landed(storage)[-1]["at"]
    heard = ask(storage, spotify, server, NOW - HOUR)
    [gap] = heard.gaps
    assert heard.new == 50
    assert gap.begins.timestamp() == newest
    assert gap.ends.timestamp() == landed(storage)[50]["at"]
    assert str(gap) == f"{gap.begins:%Y-%m-%d %H:%M:%S} to {gap.ends:%Y-%m-%d %H:%M:%S} UTC"
    assert ask(storage, spotify, server, NOW).gaps == [gap]


def test_a_gap_of_more_than_a_month_ago_is_told_no_more(
    storage: FolderStorage,
    spotify: SpotifyResource,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(storage, spotify, server, NOW - 2 * DAY)
    assert ask(storage, spotify, server, NOW).gaps
    monkeypatch.setattr(recent_plays, "now", lambda: NOW + 31 * DAY)
    assert ask(storage, spotify, server, NOW).gaps == []


def test_a_play_of_a_clock_that_is_ahead_hides_no_gap(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    early, late = "2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z"
    assert hear(storage, answering(item("2099-01-01T00:00:00Z"), item(early))).gaps == []
    [gap] = hear(storage, answering(item(late))).gaps
    assert gap.begins.isoformat() == early.replace("Z", "+00:00")


def test_plays_that_just_follow_those_known_are_no_gap_if_one_of_them_is_known(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    ask(storage, spotify, server, NOW - DAY)
    newest = landed(storage)[-1]["at"]
    moment = NOW - DAY
    while True:
        moment += HOUR
        told = [play for _, play in plays_until(server.world, moment.timestamp(), 50)]
        if seconds(told[-1]) > newest:
            break
        assert ask(storage, spotify, server, moment).gaps == []
        newest = landed(storage)[-1]["at"]
        if moment > NOW:
            break
    assert len(landed(storage)) > 100


def test_a_run_that_is_killed_between_any_two_files_leaves_the_rest_to_the_next(
    storage: FolderStorage,
    spotify: SpotifyResource,
    server: SandboxServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, over = (
        dt.datetime(2026, 10, 29, 9, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC),
    )
    monkeypatch.setattr(recent_plays, "now", lambda: over)
    for moment in (begun, over):
        ask(storage, spotify, server, moment)
    wanted, killed = files(storage), 0
    while True:
        other = FolderStorage(root=str(tmp_path / f"killed-{killed}"))
        ask(other, spotify, server, begun)
        with monkeypatch.context() as patch:
            patch.setattr(FolderStorage, "write", writing(killed))
            try:
                ask(other, spotify, server, over)
            except Killed:
                killed += 1
            else:
                break
        ask(other, spotify, server, over)
        assert files(other) == wanted
    assert killed == 7


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_month_that_a_killed_run_left_open_is_closed_though_spotify_tells_no_more_of_it(
    storage: FolderStorage,
    spotify: SpotifyResource,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
    written: int,
) -> None:
    over = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    with monkeypatch.context() as patch:
        patch.setattr(FolderStorage, "write", writing(written))
        with pytest.raises(Killed):
            ask(storage, spotify, server, over)
    ask(storage, spotify, server, over + DAY)
    for month in ("2026-10", "2026-11"):
        folder = f"landing/plays/recent-{month}/"
        plays = [play for play in landed(storage) if month_of(play) == month]
        assert json.loads(storage.read(f"{folder}_SUCCESS")[1])["plays"] == len(plays) > 0
        assert storage.find(f"{folder}songs.ndjson")


def month_of(play: Play) -> str:
    return f"{dt.datetime.fromtimestamp(play['at'], dt.UTC):%Y-%m}"


class Killed(BaseException):
    """The process ends here."""


def writing(most: int) -> Callable[..., None]:
    """A way to write that ends the process after so many files of the landing."""
    left = [most]
    write = FolderStorage.write

    def limited(self: FolderStorage, path: str, content: bytes, **how: Any) -> None:
        if path.startswith(("landing/plays/", PLAY_GAPS)):
            if not left[0]:
                raise Killed
            left[0] -= 1
        write(self, path, content, **how)

    return limited


def test_a_listener_who_has_played_nothing_lands_nothing(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    server.world = World.fictional(2, 0, 0)
    heard = ask(storage, spotify, server, NOW)
    assert (heard.came, heard.problem, heard.calls) == (0, "", 1)
    assert files(storage) == {}


def test_an_empty_answer_in_a_private_session_is_no_fault(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    heard = hear(storage, answering(status=204, body=b""))
    assert (heard.came, heard.problem, heard.calls) == (0, "", 1)


def test_a_file_of_the_listeners_own_lands_by_its_names(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    local = item(id=None, is_local=True, album={"name": ""})
    odd = item("2026-11-20T10:05:00Z", id="not-spotifys", is_local=True)
    hear(storage, answering(local, odd))
    assert [(play["song_id"], play["name_id"], play["album"]) for play in landed(storage)] == [
        (None, name_id("An artist", "A title"), None),
        (None, name_id("An artist", "A title"), "An album"),
    ]


def test_what_is_no_music_is_counted_and_what_is_no_play_is_put_aside_without_its_content(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    odd = [7, None, {"played_at": "x", "track": None, "context": "somebody-4714"}]
    heard = hear(storage, answering(item(type="episode"), *odd, item()))
    assert (heard.came, heard.new, heard.not_music) == (1, 1, 1)
    assert [(each.line, each.record) for each in heard.rejects] == [(2, ""), (3, ""), (4, "")]


@pytest.mark.parametrize(
    ("at", "kept", "month"),
    [
        ("2026-11-20T10:00:00.999Z", 1_795_168_800, "2026-11"),
        ("2026-10-31T23:59:59+00:00", 1_793_491_199, "2026-10"),
        ("2026-11-01T00:30:00+01:00", 1_793_489_400, "2026-10"),
        ("yesterday", "yesterday", "unknown"),
        (None, None, "unknown"),
        (17, None, "unknown"),
        ("\ud800", None, "unknown"),
    ],
)
def test_the_moment_of_a_play_is_in_seconds_or_as_it_came(
    storage: FolderStorage,
    answering: Callable[..., SpotifyResource],
    at: object,
    kept: object,
    month: str,
) -> None:
    assert hear(storage, answering(item(at))).new == 1
    [play] = landed(storage)
    assert play["at"] == kept
    assert f"landing/plays/recent-{month}/_SUCCESS" in files(storage)


@pytest.mark.parametrize(
    ("track", "member"),
    [
        ({"name": "\ud800"}, "title"),
        ({"name": ["x"]}, "title"),
        ({"artists": []}, "artist"),
        ({"artists": ["x"]}, "artist"),
        ({"album": None}, "album"),
        ({"duration_ms": {}}, "length_ms"),
        ({"duration_ms": 10**400}, "length_ms"),
        ({"id": 7}, "song_id"),
    ],
)
def test_a_member_that_no_reader_takes_is_left_out_and_the_play_lands(
    storage: FolderStorage,
    answering: Callable[..., SpotifyResource],
    track: Play,
    member: str,
) -> None:
    assert hear(storage, answering(item(**track))).new == 1
    [play] = landed(storage)
    assert play[member] is None


def test_nothing_lands_of_whose_playlist_a_song_was_played_from(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    hear(storage, answering(item(), item("nonsense"), {"context": "somebody-4714"}))
    assert not any(b"somebody-4714" in storage.read(blob.path)[1] for blob in storage.list(""))


def test_without_the_right_nothing_is_asked_after_the_first_time(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    server.options = replace(server.options, scope=FOLLOWING)
    for _ in range(2):
        heard = hear(storage, spotify)
        assert heard.not_asked == LACKS_RIGHT
        assert "run `music-assets follow --listening`" in heard.not_asked
        assert heard.problem == ""
    assert server.calls == {"recently_played": 1}
    assert files(storage) == {}


def test_a_right_of_which_nobody_tells_is_tried_once_a_day(
    storage: FolderStorage,
    answering: Callable[..., SpotifyResource],
    tmp_path: Path,
) -> None:
    lacking = json.dumps(
        {"error": {"status": 403, "message": "Insufficient client scope"}}
    ).encode()
    token = json.dumps({"access_token": "t", "expires_in": 3_600}).encode()
    spotify = answering(status=403, body=lacking, token=token)
    assert [hear(storage, spotify).calls for _ in range(3)] == [1, 0, 0]
    noted = json.loads((tmp_path / "login.json").read_text())
    day_ago = dt.datetime.now(dt.UTC) - DAY - HOUR
    noted["refused"] = {LISTENING: day_ago.isoformat()}
    (tmp_path / "login.json").write_text(json.dumps(noted))
    heard = hear(storage, spotify)
    assert (heard.calls, heard.not_asked) == (1, LACKS_RIGHT)


def test_a_player_that_calls_a_lacking_right_a_missing_permission_is_understood(
    storage: FolderStorage, answering: Callable[..., SpotifyResource]
) -> None:
    body = json.dumps({"error": {"status": 401, "message": "Permissions missing"}}).encode()
    assert hear(storage, answering(status=401, body=body)).not_asked == LACKS_RIGHT


def test_nobody_is_asked_without_a_login_or_in_the_bundled_sandbox(storage: FolderStorage) -> None:
    assert hear(storage, SpotifyResource(client_id="somebody")).not_asked == NO_LOGIN
    assert hear(storage, SpotifyResource(bundled_sandbox=True)).not_asked == NO_LISTENER
    assert list(storage.list("")) == []


def test_a_login_that_is_no_longer_accepted_is_a_sentence(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    server.options = replace(server.options, refresh_token="another")
    assert "run `music-assets login`" in hear(storage, spotify).problem
    server.options = replace(server.options, refresh_token=APP["refresh_token"], token_seconds=0.0)
    heard = hear(storage, spotify)
    assert "run `music-assets login`" in heard.problem
    assert heard.not_asked == ""


def test_a_used_up_quota_is_a_sentence_and_is_not_asked_again_before_its_time(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    server.options = replace(server.options, daily_quota=0)
    assert "the day's quota is used up" in hear(storage, spotify).problem
    server.options = replace(server.options, daily_quota=None)
    heard = hear(storage, spotify)
    assert "Spotify takes no calls before" in heard.problem
    assert (heard.calls, server.stats.refused) == (0, 1)


def test_a_spotify_that_is_broken_is_a_sentence_and_what_was_heard_stands(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    ask(storage, spotify, server, NOW - HOUR)
    before = files(storage)
    server.options = replace(server.options, fault_rate=1.0, fault_kinds=("500", "truncated"))
    assert hear(storage, spotify).problem.startswith("Spotify")
    assert files(storage) == before


def test_a_month_that_cannot_be_read_is_not_written_over(
    storage: FolderStorage, spotify: SpotifyResource, server: SandboxServer
) -> None:
    path = "landing/plays/recent-2026-11/2026-11-001.ndjson"
    for damaged in (b"{", b"[]", b'{"plays": [{}]}', b'{"plays": [7]}'):
        storage.write(path, damaged)
        heard = ask(storage, spotify, server, NOW)
        assert heard.problem.startswith(f"{path} holds plays that Spotify no longer remembers")
        assert storage.read(path)[1] == damaged
