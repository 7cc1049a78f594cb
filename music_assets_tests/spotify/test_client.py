"""Spotify: one call gives a page or an error that says what it means, and no secret gets out."""

import gc
import json
import logging
import re
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    LacksRight,
    NotFound,
    RateLimited,
    Temporary,
    Unauthorised,
)
from music_assets.sandbox.server import FaultKind, SandboxServer
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.client import SpotifyClient
from music_assets.spotify.responses import raise_its_meaning
from music_assets.spotify.tokens import Tokens
from music_assets_tests.conftest import Sandbox

ID = "4aawyAB9vmqN3uQ7FjRGTy"
SECRET, REFRESH = "client-secret-4711", "refresh-token-4712"


def resource(server: SandboxServer | str, **fields: Any) -> SpotifyResource:
    url = server if isinstance(server, str) else server.url
    return SpotifyResource(api_url=url, accounts_url=url, **fields)


@contextmanager
def client(server: SandboxServer | str, *, user: bool = False, **fields: Any) -> Iterator[Any]:
    with resource(server, **fields).client(user=user) as opened:
        yield opened


def an_album(server: SandboxServer) -> str:
    return next(iter(server.world.albums))


def tracks(client: SpotifyClient, server: SandboxServer) -> dict[str, Any]:
    return client.album_tracks(an_album(server), limit=50, offset=0)


def refusal(server: SandboxServer | str, *, user: bool = False, **fields: Any) -> CallError:
    """The error that a call raises; always a `CallError`."""
    with client(server, user=user, **fields) as spotify, pytest.raises(CallError) as raised:
        spotify.followed_artists(limit=50) if user else spotify.album_tracks(ID, limit=50, offset=0)
    return raised.value


Reply = Callable[[str], tuple[int, bytes, dict[str, str]]]
TOKEN = json.dumps({"access_token": "t", "expires_in": 3600, "scope": "user-follow-read"}).encode()


@pytest.fixture
def answering() -> Iterator[Callable[[Reply], str]]:
    """Starts servers that answer anything, for what the sandbox would never say; their URL."""
    with ExitStack() as servers:

        def start(reply: Reply) -> str:
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    status, body, headers = reply(self.path)
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(body)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)

                def do_POST(self) -> None:
                    self.rfile.read(int(self.headers["Content-Length"]))
                    self.do_GET()

                def log_message(self, *_: Any) -> None:
                    pass

            server = servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture
def api(answering: Callable[[Reply], str]) -> Callable[..., str]:
    """A server that gives out tokens and answers each call of the Web API the same way."""

    def start(status: int, body: bytes, headers: dict[str, str] | None = None) -> str:
        return answering(
            lambda path: (200, TOKEN, {}) if "token" in path else (status, body, headers or {})
        )

    return start


def test_a_page_comes_as_spotify_sends_it(sandbox: Sandbox) -> None:
    server = sandbox()
    artist = server.world.followed[0]["id"]
    with client(server) as spotify:
        page = spotify.artist_albums(artist, limit=1, offset=1)
        assert (page["limit"], page["offset"], len(page["items"])) == (1, 1, 1)
        assert f"/artists/{artist}/albums" in page["href"]
        assert tracks(spotify, server)["items"][0]["duration_ms"] > 0
        assert spotify.album(an_album(server))["tracks"] == tracks(spotify, server)


def test_appearances_on_the_albums_of_others_are_not_asked_for(sandbox: Sandbox) -> None:
    server = sandbox(mode="extended")
    artist = server.world.followed[6]["id"]
    assert {album["album_group"] for album in server.world.artist_albums[artist]} >= {"appears_on"}
    with client(server) as spotify:
        page = spotify.artist_albums(artist, limit=50, offset=0)
    assert "appears_on" not in {album["album_group"] for album in page["items"]}


def test_the_wrapper_around_followed_artists_is_taken_off(sandbox: Sandbox) -> None:
    server = sandbox()
    with client(server, user=True) as spotify:
        page = spotify.followed_artists(limit=3)
        assert len(page["items"]) == 3
        after = page["cursors"]["after"]
        following = spotify.followed_artists(limit=3, after=after)
    assert following["items"][0]["id"] == server.world.followed[3]["id"]


def test_nothing_is_asked_before_the_first_call(sandbox: Sandbox) -> None:
    server = sandbox()
    with client(server), client(server, user=True):
        pass
    assert not server.stats.tokens
    assert not server.calls


def test_a_token_serves_many_calls(sandbox: Sandbox) -> None:
    server = sandbox()
    with client(server) as spotify:
        for _ in range(5):
            tracks(spotify, server)
    assert server.stats.tokens == {"client_credentials": 1}
    assert server.stats.unauthorised == 0


def test_the_first_calls_of_16_threads_share_one_token(sandbox: Sandbox) -> None:
    server = sandbox()
    with client(server) as spotify, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: tracks(spotify, server), range(32)))
    assert server.stats.tokens.total() == 1


def test_an_expired_token_is_renewed_once_for_16_threads(sandbox: Sandbox) -> None:
    # The latency lets all threads leave with the stale token before the first is refused.
    server = sandbox(latency_seconds=0.05)
    with client(server) as spotify, ThreadPoolExecutor(16) as pool:
        tracks(spotify, server)
        server._accounts._tokens.clear()
        pages = list(pool.map(lambda _: tracks(spotify, server), range(16)))
    assert all(page == pages[0] for page in pages)
    assert server.stats.tokens == {"client_credentials": 2}
    assert 1 <= server.stats.unauthorised <= 16


def test_a_late_refusal_of_an_old_token_does_not_drop_the_new_one() -> None:
    issued = iter(["old", "new", "one too many"])
    tokens = Tokens(lambda: next(issued))
    stale = tokens.get_access_token()
    tokens.renew(stale)
    assert tokens.get_access_token() == "new"
    tokens.renew(stale)
    assert tokens.get_access_token() == "new"


def test_a_token_that_expires_while_calls_are_under_way_disturbs_none(sandbox: Sandbox) -> None:
    server = sandbox(latency_seconds=0.02, token_seconds=0.3)
    with client(server) as spotify, ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: tracks(spotify, server), range(200)))
    assert len(pages) == 200
    assert server.stats.unauthorised > 0


def test_an_expired_user_token_is_renewed_with_the_refresh_token(sandbox: Sandbox) -> None:
    server = sandbox(refresh_token=REFRESH)
    with client(server, user=True, refresh_token=REFRESH) as spotify:
        spotify.followed_artists(limit=1)
        server._accounts._tokens.clear()
        spotify.followed_artists(limit=1)
    assert server.stats.tokens == {"refresh_token": 2}


def test_a_token_refused_twice_is_an_error_and_no_loop(sandbox: Sandbox) -> None:
    server = sandbox(token_seconds=0.0)
    error = refusal(server)
    assert isinstance(error, Unauthorised)
    assert "music-assets login" in str(error)
    assert server.stats.unauthorised == 2


@pytest.mark.parametrize("kind", ["500", "503", "dropped", "partial", "truncated"])
def test_a_fault_that_may_pass_is_temporary(sandbox: Sandbox, kind: FaultKind) -> None:
    server = sandbox()
    with client(server) as spotify:
        tracks(spotify, server)
        server.options = type(server.options)(fault_rate=1.0, fault_kinds=(kind,))
        with pytest.raises(Temporary, match=r"^[A-Z].*\.$"):
            tracks(spotify, server)
    assert server.stats.faults == {kind: 1}


def test_a_server_that_is_not_there_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert isinstance(refusal(f"http://127.0.0.1:{port}"), Temporary)


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"error": "busy"}', b'{"error": null}', b"[]"])
def test_a_gateways_error_is_temporary_whatever_it_says(
    api: Callable[..., str], body: bytes
) -> None:
    assert isinstance(refusal(api(502, body)), Temporary)


@pytest.mark.parametrize("user", [False, True])
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'{"ite', b"\xff"])
def test_an_answer_that_is_no_object_is_temporary(
    api: Callable[..., str], body: bytes, user: bool
) -> None:
    assert isinstance(refusal(api(200, body), user=user), Temporary)


@pytest.mark.parametrize("body", [b"{}", b'{"artists": null}', b'{"artists": []}'])
def test_a_follow_list_without_artists_is_temporary(api: Callable[..., str], body: bytes) -> None:
    assert isinstance(refusal(api(200, body), user=True), Temporary)


@pytest.mark.parametrize("body", [b"{}", b'{"items": null}', b'{"items": {}}'])
def test_plays_without_a_list_are_temporary(api: Callable[..., str], body: bytes) -> None:
    with client(api(200, body), user=True) as spotify, pytest.raises(Temporary, match="no list"):
        spotify.recently_played()


def test_an_empty_answer_means_no_plays_and_is_temporary_for_any_other_call(
    api: Callable[..., str],
) -> None:
    with client(api(204, b""), user=True) as spotify:
        assert spotify.recently_played() == {"items": []}
        with pytest.raises(Temporary, match="empty answer"):
            spotify.followed_artists(limit=1)


def test_a_right_that_lacks_is_told_apart_from_other_refusals(api: Callable[..., str]) -> None:
    for status, message, kind in (
        (403, "Insufficient client scope", LacksRight),
        (401, "Permissions missing", LacksRight),
        (403, "Active premium subscription required", Forbidden),
        (401, "The access token expired", Unauthorised),
    ):
        body = json.dumps({"error": {"status": status, "message": message}}).encode()
        assert type(refusal(api(status, body), user=True)) is kind


def test_what_spotify_does_not_know_is_not_found(sandbox: Sandbox) -> None:
    server = sandbox()
    with client(server) as spotify:
        for ask in (spotify.artist_albums, spotify.album_tracks):
            with pytest.raises(NotFound, match=r"^Spotify knows no such artist or album"):
                ask("0" * 22, limit=1, offset=0)
        with pytest.raises(NotFound, match=r"^Spotify knows no such artist or album"):
            spotify.album("0" * 22)


def test_an_id_that_cannot_be_one_is_an_error_too(sandbox: Sandbox) -> None:
    with client(sandbox()) as spotify, pytest.raises(CallError):
        spotify.album_tracks("no such id?", limit=1, offset=0)


def test_a_page_too_large_is_a_bad_request_in_spotifys_words(sandbox: Sandbox) -> None:
    server = sandbox()
    artist = server.world.followed[0]["id"]
    with client(server) as spotify, pytest.raises(BadRequest, match=r"\(400\): Invalid limit\.$"):
        spotify.artist_albums(artist, limit=50, offset=0)


def test_too_many_calls_say_how_long_to_wait(sandbox: Sandbox) -> None:
    server = sandbox(requests_per_window=1, window_seconds=30.0)
    with client(server) as spotify:
        tracks(spotify, server)
        with pytest.raises(RateLimited, match=r"too many calls .* wait \d+ s\.$") as raised:
            tracks(spotify, server)
    assert 25 < raised.value.retry_after <= 30
    assert not raised.value.quota


def test_a_used_up_quota_says_so_and_how_long_to_wait(sandbox: Sandbox) -> None:
    server = sandbox(daily_quota=1, quota_retry_after=48_925)
    with client(server) as spotify:
        tracks(spotify, server)
        with pytest.raises(RateLimited, match=r"the day's quota is used up .* 48925 s") as raised:
            tracks(spotify, server)
    assert raised.value.quota
    assert raised.value.retry_after == 48_925


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 1),
        ("", 1),
        ("0", 1),
        ("0.2", 1),
        ("-5", 1),
        ("2.5", 2.5),
        ("120s", 120),
        (" 7 ", 7),
        ("Wed, 18 Nov 2026 07:28:00 GMT", 1),
        ("Wed, 18 Nov 2026 07:28:00 -0000", 1),
        ("soon", 1),
        ("NaN", 1),
        ("1e9", 1),
        ("+5", 5),
        (".5", 1),
        ("120 seconds", 120),
        ("2000000000", 86_400),
        ("9" * 400, 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
    ],
)
def test_a_refusal_asks_for_a_second_at_least_whatever_it_says(
    api: Callable[..., str], header: str | None, seconds: float
) -> None:
    sent = {} if header is None else {"Retry-After": header}
    error = refusal(api(429, b'{"error": {"status": 429}}', sent))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.quota) == (seconds, False)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Insufficient client scope", "`music-assets login`, which asks for the rights"),
        ("Active premium subscription required for the owner of the app.", "Spotify Premium"),
        ("User not registered in the Developer Dashboard", "under User Management"),
        ("Forbidden.", "See the app's page in Spotify's dashboard"),
    ],
)
def test_a_refusal_is_quoted_and_the_advice_follows_its_words(
    api: Callable[..., str], message: str, advice: str
) -> None:
    body = json.dumps({"error": {"status": 403, "message": message}}).encode()
    error = str(refusal(api(403, body)))
    assert message.strip(".") in error
    assert advice in error


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_every_sentence_about_a_refusal_quotes_it(api: Callable[..., str], status: int) -> None:
    body = json.dumps({"error": {"status": status, "message": "Not on a Thursday."}}).encode()
    assert "Not on a Thursday" in str(refusal(api(status, body)))


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b"<html>", '"Forbidden"'),
        (b'{"error": {"message": null}}', '"Forbidden"'),
        (b'{"error": {"message": " . "}}', '"Forbidden"'),
        (b'{"error": {"message": {"a": 1}}}', '"Forbidden"'),
        (b'{"error": {"message": "two\\nlines\\u001b \\"x\\""}}', "\"two lines 'x'\""),
        (b'{"error": "access_denied", "error_description": "Not for you"}', '"Not for you"'),
        (b'{"error": "access_denied"}', '"access_denied"'),
    ],
)  # fmt: skip
def test_a_quote_is_one_line_of_somebodys_words_and_never_empty(
    api: Callable[..., str], body: bytes, quoted: str
) -> None:
    assert f"Spotify said {quoted}, so it forbids this." in str(refusal(api(403, body)))


def test_a_status_without_any_words_is_quoted_by_its_name() -> None:
    response = requests.Response()
    response.status_code, response.reason = 403, ""
    with pytest.raises(Forbidden, match='"Forbidden"'):
        raise_its_meaning(response)


def test_a_server_that_quotes_our_credentials_gets_them_into_no_message(
    api: Callable[..., str],
) -> None:
    body = json.dumps({"error": {"status": 400, "message": "no Bearer abcdefghijkl here"}}).encode()
    assert "abcdefghijkl" not in str(refusal(api(400, body)))


@pytest.mark.parametrize("host", ["default", "machine 127.0.0.1"])
def test_what_netrc_holds_goes_nowhere(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    (tmp_path / ".netrc").write_text(f"{host} login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    server = sandbox()
    with client(server) as spotify:
        assert tracks(spotify, server)["items"]


def test_what_is_forbidden_says_what_to_look_at(api: Callable[..., str]) -> None:
    error = refusal(api(403, b'{"error": {"status": 403, "message": "Forbidden."}}'))
    assert "Premium" in str(error)
    assert "dashboard" in str(error)
    assert not isinstance(error, Temporary)


def test_a_wrong_secret_says_which_variables_to_check(sandbox: Sandbox) -> None:
    for user in (False, True):
        error = refusal(sandbox(), user=user, client_secret="wrong", refresh_token=REFRESH)
        assert "check SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET" in str(error)
        assert not isinstance(error, Temporary)


def test_a_login_that_has_lapsed_says_how_to_log_in_again(sandbox: Sandbox) -> None:
    error = refusal(sandbox(), user=True, refresh_token="revoked")
    assert "`music-assets login`" in str(error)
    assert "SPOTIFY_REFRESH_TOKEN" in str(error)
    assert not isinstance(error, Temporary)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("body", [b"busy", b'{"error": "server_error"}', b""])
def test_a_login_server_in_trouble_is_temporary_and_no_wrong_secret(
    answering: Callable[[Reply], str], status: int, body: bytes
) -> None:
    url = answering(lambda _: (status, body, {}))
    for user in (False, True):
        assert isinstance(refusal(url, user=user), Temporary)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"access_tok', b"[]"])
def test_a_token_that_is_cut_off_is_temporary(
    answering: Callable[[Reply], str], body: bytes
) -> None:
    url = answering(lambda _: (200, body, {}))
    for user in (False, True):
        assert isinstance(refusal(url, user=user), Temporary)


def test_no_browser_is_opened_where_a_refresh_token_is_set(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened"))
    server = sandbox(client_id="app", client_secret=SECRET, refresh_token=REFRESH)
    fields = {"client_id": "app", "client_secret": SECRET, "refresh_token": REFRESH}
    with client(server, user=True, **fields) as spotify:
        assert spotify.followed_artists(limit=1)["items"]
    assert server.stats.tokens == {"refresh_token": 1}


def test_the_app_itself_never_needs_a_login(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened"))
    server = sandbox(client_id="app", client_secret=SECRET)
    with client(server, client_id="app", client_secret=SECRET) as spotify:
        assert tracks(spotify, server)["items"]


# Spotipy leaves the socket that it waited on for the garbage collector to close.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_person_logs_in_with_the_browser(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sandbox(client_id="app", client_secret=SECRET)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    fields = {
        "client_id": "app",
        "client_secret": SECRET,
        "redirect_uri": f"http://127.0.0.1:{port}/callback",
    }
    visits: list[threading.Thread] = []

    def browser(address: str) -> None:
        visits.append(threading.Thread(target=requests.get, args=(address,), kwargs={"timeout": 5}))
        visits[0].start()

    monkeypatch.setattr(webbrowser, "open", browser)
    with client(server, user=True, **fields) as spotify:
        assert spotify.followed_artists(limit=1)["items"]
    visits[0].join()
    gc.collect()
    assert server.stats.tokens == {"authorization_code": 1}


def test_no_secret_gets_into_a_log_or_an_error(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = sandbox(client_id="app", client_secret=SECRET, refresh_token=REFRESH)
    fields = {"client_id": "app", "client_secret": SECRET, "refresh_token": REFRESH}
    for user in (False, True):
        with client(server, user=user, **fields) as spotify:
            spotify.followed_artists(limit=1) if user else tracks(spotify, server)
    server.options = type(server.options)(client_id="app", client_secret="other")
    errors = [str(refusal(server, user=user, **fields)) for user in (False, True)]
    server.options = type(server.options)(client_id="app", client_secret=SECRET)
    errors.append(str(refusal(server, user=True, **fields)))
    said = "\n".join([*errors, *(record.getMessage() for record in caplog.records), caplog.text])
    assert "Starting new HTTP connection" in said
    for secret in (SECRET, REFRESH, *server._accounts._tokens):
        assert secret not in said
    assert re.search(r"(Bearer|Basic) (?!\*\*\*)", said) is None


def test_an_error_drags_no_request_along(sandbox: Sandbox) -> None:
    """A traceback printed in full would show the exception behind, with its headers."""
    for error in (refusal(sandbox(), client_secret=SECRET), refusal(sandbox())):
        assert error.__suppress_context__
        assert error.__cause__ is None


def test_a_resource_does_not_show_its_secrets() -> None:
    spotify = SpotifyResource(client_id="app", client_secret=SECRET, refresh_token=REFRESH)
    for text in (repr(spotify), str(spotify)):
        assert "app" in text
        assert SECRET not in text
        assert REFRESH not in text


def test_without_credentials_there_is_the_bundled_sandbox() -> None:
    with SpotifyResource(bundled_sandbox=True).client(user=True) as spotify:
        assert spotify.followed_artists(limit=50)["total"] == 40


@pytest.mark.parametrize(
    "body", [b"[" * 2_000 + b"]" * 2_000, b'{"items": ' + b"9" * 5_000 + b"}", b"\xff", b"", b"[]"]
)
def test_an_answer_that_nobody_can_read_is_an_error_that_may_pass(
    api: Callable[..., str], body: bytes
) -> None:
    assert isinstance(refusal(api(200, body)), Temporary)
