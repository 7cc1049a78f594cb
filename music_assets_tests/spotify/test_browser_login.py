"""Logging in, the whole way: the address, the answer, a refusal, a paste, and the token's life."""

import datetime as dt
import io
import json
import logging
import socket
import stat
import threading
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from music_assets.calls.call_errors import LoginError
from music_assets.sandbox.server import SandboxServer
from music_assets.spotify import browser_login
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.login_file import FOLLOWING, LISTENING, LoginFile
from music_assets_tests.conftest import Sandbox

APP = {"client_id": "app-4711", "client_secret": "client-secret-4711"}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    return sandbox(**APP, refresh_token="refresh-token-4712")


@pytest.fixture
def spotify(server: SandboxServer, port: int, tmp_path: Path) -> SpotifyResource:
    return SpotifyResource(
        api_url=server.url,
        accounts_url=server.url,
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        login_file=str(tmp_path / "login.json"),
        client_id=APP["client_id"],
        client_secret=APP["client_secret"],
    )


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses that a browser visits one after the other; the login's own is added last."""
    before: list[str] = []
    threads: list[threading.Thread] = []

    def visit(address: str) -> None:
        for each in [*before, address]:
            requests.get(each, timeout=10)

    def browse(address: str) -> bool:
        threads.append(threading.Thread(target=visit, args=(address,)))
        threads[-1].start()
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    yield before
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("visits")
def test_a_login_gives_the_refresh_token(spotify: SpotifyResource) -> None:
    assert spotify.log_in() == "refresh-token-4712"


def test_requests_that_are_not_the_answer_are_ignored(
    spotify: SpotifyResource, visits: list[str], port: int
) -> None:
    here = f"http://127.0.0.1:{port}"
    visits += [f"{here}/favicon.ico", f"{here}/callback", f"{here}/callback?code=x&state=other"]
    assert spotify.log_in() == "refresh-token-4712"


def test_the_address_is_shown_before_anybody_waits(
    spotify: SpotifyResource, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    with pytest.raises(LoginError, match=r"Nobody logged in within 0 minutes.*--paste"):
        spotify.log_in(patience=0.1)
    told = capsys.readouterr().err
    assert "/authorize?client_id=app-4711" in told
    assert "--paste" in told


def test_a_declined_login_says_so(
    spotify: SpotifyResource, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    def decline(address: str) -> bool:
        state = parse_qs(urlsplit(address).query)["state"][0]
        declined = f"http://127.0.0.1:{port}/callback?error=access_denied&state={state}"
        threading.Thread(target=requests.get, args=(declined,), kwargs={"timeout": 10}).start()
        return True

    monkeypatch.setattr(webbrowser, "open", decline)
    with pytest.raises(LoginError, match=r"declined .*access_denied"):
        spotify.log_in()


def test_a_busy_port_is_a_sentence_that_names_it(spotify: SpotifyResource, port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(LoginError, match=rf"Port {port}, .*--paste"),
    ):
        spotify.log_in()


def test_without_a_browser_the_address_is_pasted(
    spotify: SpotifyResource, capsys: pytest.CaptureFixture[str]
) -> None:
    def browse_elsewhere(_prompt: str) -> str:
        address = next(each for each in capsys.readouterr().err.split() if "/authorize?" in each)
        answer = requests.get(address, timeout=10, allow_redirects=False)
        return f"  {answer.headers['Location']} "

    assert spotify.log_in(paste=True, ask=browse_elsewhere) == "refresh-token-4712"


def test_what_a_person_is_asked_stays_out_of_what_a_script_reads(
    spotify: SpotifyResource, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("http://127.0.0.1/callback\n"))
    with pytest.raises(LoginError, match="holds no code"):
        spotify.log_in(paste=True)
    told = capsys.readouterr()
    assert "Paste the address" in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "holds no code"),
        ("http://127.0.0.1/callback?code=x&state=other", "of another login"),
        ("http://127.0.0.1/callback?error=access_denied", "declined"),
    ],
)
def test_a_wrong_paste_is_a_sentence(spotify: SpotifyResource, pasted: str, why: str) -> None:
    with pytest.raises(LoginError, match=why):
        spotify.log_in(paste=True, ask=lambda _: pasted)


def test_each_login_has_a_state_of_its_own(
    spotify: SpotifyResource, capsys: pytest.CaptureFixture[str]
) -> None:
    states = set()
    for _ in range(2):
        with pytest.raises(LoginError):
            spotify.log_in(paste=True, ask=lambda _: "")
        address = next(each for each in capsys.readouterr().err.split() if "/authorize?" in each)
        states.add(parse_qs(urlsplit(address).query)["state"][0])
    assert len(states) == 2


def test_a_token_that_was_replaced_is_kept_where_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "data/login.json"
    LoginFile(path, "first-token").note("second-token")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LoginFile(path, "first-token").current() == "second-token"
    LoginFile(path, "first-token").note("third-token")
    assert LoginFile(path, "first-token").current() == "third-token"
    # Whoever logs in again has a token that the file is not about.
    assert LoginFile(path, "another-token").current() == "another-token"
    assert "first-token" not in path.read_text()


def test_a_login_older_than_five_months_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "login.json"
    LoginFile(path, "a-token").note(None)
    assert caplog.messages == []
    known = json.loads(path.read_text())
    known["since"] = (dt.date.fromisoformat(known["since"]) - dt.timedelta(days=151)).isoformat()
    path.write_text(json.dumps(known))
    with caplog.at_level(logging.WARNING):
        LoginFile(path, "a-token").note("a-token")
    assert "151 days old" in caplog.text
    assert "music-assets login" in caplog.text


def test_a_login_file_that_cannot_be_written_is_told_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    LoginFile(tmp_path / "file/login.json", "a-token").note("other-token")
    assert "cannot be written" in caplog.text
    assert "other-token" not in caplog.text


def test_five_minutes_are_waited_for() -> None:
    assert browser_login.PATIENCE_SECONDS == 300


@pytest.mark.usefixtures("visits")
def test_a_login_notes_the_rights_that_were_granted(spotify: SpotifyResource) -> None:
    kept = LoginFile(Path(spotify.login_file), spotify.log_in())
    assert kept.has(FOLLOWING)
    assert kept.lacks(LISTENING)
    assert not LoginFile(Path(spotify.login_file), spotify.log_in(listening=True)).lacks(LISTENING)
    assert "refresh-token-4712" not in Path(spotify.login_file).read_text()


@pytest.mark.usefixtures("visits")
def test_a_login_anew_keeps_the_right_to_what_is_played(spotify: SpotifyResource) -> None:
    token = spotify.log_in(listening=True)
    anew = spotify.model_copy(update={"refresh_token": token}).log_in()
    assert LoginFile(Path(spotify.login_file), anew).has(LISTENING)


def test_the_rights_that_a_token_endpoint_names_are_noted_and_those_it_does_not_are_unknown(
    spotify: SpotifyResource, server: SandboxServer
) -> None:
    known = spotify.model_copy(update={"refresh_token": "refresh-token-4712"})
    assert not known.kept_login.has(FOLLOWING)
    assert not known.kept_login.lacks(LISTENING)
    with known.client(user=True) as client:
        client.followed_artists(limit=1)
    assert known.kept_login.has(FOLLOWING)
    assert known.kept_login.lacks(LISTENING)
    server.options = replace(server.options, scope=f"{FOLLOWING} {LISTENING}")
    with known.client(user=True) as client:
        client.followed_artists(limit=1)
    assert not known.kept_login.lacks(LISTENING)


@pytest.mark.parametrize("damaged", ["7", "{}", '{"user-read-recently-played": "soon"}', "null"])
def test_a_refusal_that_cannot_be_read_is_none(tmp_path: Path, damaged: str) -> None:
    login = LoginFile(tmp_path / "login.json", "a-token")
    login.refuse(LISTENING)
    assert login.lacks(LISTENING)
    known = json.loads((tmp_path / "login.json").read_text())
    known["refused"] = json.loads(damaged)
    (tmp_path / "login.json").write_text(json.dumps(known))
    assert not login.lacks(LISTENING)
