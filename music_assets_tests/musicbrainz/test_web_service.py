"""MusicBrainz: one call gives an answer or an error that says what it means."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    NotFound,
    RateLimited,
    Temporary,
)
from music_assets.musicbrainz.entities import ARTIST, RELEASE, Entity
from music_assets.musicbrainz.web_service import (
    MOST_ADDRESSES,
    MusicBrainzResource,
    WebService,
)
from music_assets.sandbox.encyclopedia import AMBIGUOUS, MERGED, mbid
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.conftest import Sandbox

PAGE = "4aawyAB9vmqN3uQ7FjRGTy"
MBID = "f27ec8db-af05-4f36-916e-3d57f91ecf5e"
OTHER = "00000000-af05-4f36-916e-3d57f91ecf5e"


@contextmanager
def service(server: SandboxServer | str, **fields: Any) -> Iterator[WebService]:
    url = server if isinstance(server, str) else server.url
    given = {"contact": "me@example.com", **fields}
    with MusicBrainzResource(url=url, **given).service() as opened:
        yield opened


class Canned:
    """A server that gives one answer to everything, and notes what it was sent."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        self.sent = list[tuple[str, dict[str, str]]]()
        canned = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canned.sent.append((self.path, dict(self.headers)))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._listener.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._listener.server_port}"

    def __enter__(self) -> "Canned":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


def error_of(status: int, body: bytes, **headers: str) -> CallError:
    """The error that an answer raises."""
    with (
        Canned(status, body, **headers) as server,
        service(server.url) as musicbrainz,
        pytest.raises(CallError) as raised,
    ):
        musicbrainz.entity(ARTIST, MBID)
    return raised.value


def said(message: str) -> bytes:
    return json.dumps({"error": message}).encode()


def ids(server: SandboxServer) -> list[str]:
    return [artist["id"] for artist in server.world.followed]


def test_up_to_a_hundred_addresses_are_one_call(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(MOST_ADDRESSES, 0, 0))
    with service(server) as musicbrainz:
        found = musicbrainz.known_at(ARTIST, ids(server))
    assert server.lookups == {"url": 1}
    assert ids(server)[4] not in found
    assert found[ids(server)[0]] == {
        mbid("artist", ids(server)[0]): server.world.followed[0]["name"]
    }
    assert len(found[ids(server)[AMBIGUOUS]] or ()) == 2


def test_a_single_address_is_read_too_known_or_not(sandbox: Sandbox) -> None:
    server = sandbox()
    with service(server) as musicbrainz:
        assert list(musicbrainz.known_at(ARTIST, ids(server)[:1])) == ids(server)[:1]
        assert musicbrainz.known_at(ARTIST, [ids(server)[4]]) == {}


def test_a_merged_artist_is_told_and_not_followed(sandbox: Sandbox) -> None:
    server = sandbox()
    artist = ids(server)[MERGED]
    with service(server) as musicbrainz:
        [old] = list(musicbrainz.known_at(ARTIST, [artist])[artist] or {})
        assert musicbrainz.entity(ARTIST, old) == mbid("artist", artist)
        answer = musicbrainz.entity(ARTIST, mbid("artist", artist))
    assert isinstance(answer, dict)
    assert answer["genres"]
    assert server.lookups == {"url": 1, "artist": 2}


def test_the_contact_is_in_every_call_and_no_login_of_somebody_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Canned(200, json.dumps({"id": MBID}).encode()) as server, service(server.url) as it:
        it.entity(ARTIST, MBID)
    [(path, headers)] = server.sent
    assert headers["User-Agent"] == "music_assets/0.1.0 ( me@example.com )"
    assert "Authorization" not in headers
    assert parse_qs(urlsplit(path).query) == {"inc": ["genres tags"], "fmt": ["json"]}


@pytest.mark.parametrize("entity", [ARTIST, RELEASE])
def test_the_longest_call_fits_into_a_line_that_servers_take(entity: Entity) -> None:
    with service("https://musicbrainz.org") as musicbrainz:
        assert len(musicbrainz.url_of(entity, [PAGE] * MOST_ADDRESSES)) < 8_000


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, said("Not Found"), NotFound),
        (404, b"<html>", BadRequest),
        (400, said("Invalid mbid."), BadRequest),
        (403, said("You are blocked."), Forbidden),
        (403, b"<html>", Forbidden),
        (429, said("Slowly."), Temporary),
        (500, b"", Temporary),
        (503, said("The web server is busy."), Temporary),
        (503, b"<html>", Temporary),
        (200, b"<html>", Temporary),
        (200, b'{"id": "f27', Temporary),
        (200, b"[]", Temporary),
        (200, b"{}", Temporary),
        (200, b"[" * 100_000, Temporary),
        (200, b'{"id": 7}', Temporary),
        (301, b"", BadRequest),
    ],
)
def test_each_answer_that_is_none_has_a_meaning(
    status: int, body: bytes, kind: type[CallError]
) -> None:
    error = error_of(status, body)
    assert type(error) is kind
    assert str(error).startswith("MusicBrainz")
    assert str(error).endswith((".", ")."))


def test_its_own_words_are_quoted() -> None:
    error = error_of(503, said('The "web"\nserver is busy.'))
    assert str(error) == "MusicBrainz answered 503 (\"The 'web' server is busy\")."


@pytest.mark.parametrize(
    "location", [f"/ws/2/artist/{MBID}", "https://example.com/", f"/ws/2/{MBID}/{OTHER}"]
)
def test_a_redirect_that_leads_nowhere_is_refused(location: str) -> None:
    assert type(error_of(301, b"", Location=location)) is BadRequest


def test_a_redirect_to_another_host_gives_no_more_than_an_mbid() -> None:
    elsewhere = f"https://evil.example/{OTHER}"
    with Canned(301, b"", Location=elsewhere) as server, service(server.url) as musicbrainz:
        assert musicbrainz.entity(ARTIST, MBID) == OTHER


def test_a_pause_that_is_asked_for_is_kept_and_a_long_one_ends_the_calls() -> None:
    short = error_of(503, b"", Retry_After="7")
    assert isinstance(short, Temporary)
    assert short.retry_after == 7
    long = error_of(503, said("Come back."), Retry_After="7200")
    assert isinstance(long, RateLimited)
    assert "MusicBrainz says" in str(long)


def test_a_server_that_is_not_there_is_a_passing_fault() -> None:
    with service("http://127.0.0.1:1") as musicbrainz, pytest.raises(Temporary) as raised:
        musicbrainz.known_at(ARTIST, [PAGE])
    assert str(raised.value) == "The connection to MusicBrainz failed: ConnectionError."


@pytest.mark.parametrize(
    "answer",
    [
        {"urls": None},
        {"urls": {}},
    ],
)
def test_several_addresses_without_a_list_are_a_passing_fault(answer: Any) -> None:
    with (
        Canned(200, json.dumps(answer).encode()) as server,
        service(server.url) as it,
        pytest.raises(Temporary),
    ):
        it.known_at(ARTIST, [PAGE, PAGE[::-1]])


@pytest.mark.parametrize(
    "relations",
    [[], [7], [{}], [{"artist": None}], [{"artist": {}}], [{"artist": {"id": "7"}}]],
)
def test_relations_to_nobody_are_none(relations: Any) -> None:
    answer = json.dumps({"resource": f"{ARTIST.page}{PAGE}", "relations": relations}).encode()
    with Canned(200, answer) as server, service(server.url) as musicbrainz:
        assert musicbrainz.known_at(ARTIST, [PAGE]) == {PAGE: {}}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": "busy"},
        {"resource": f"{ARTIST.page}{PAGE}"},
        {"resource": f"{ARTIST.page}{PAGE}", "relations": None},
        {"resource": f"{ARTIST.page}{PAGE[::-1]}", "relations": []},
        {"urls": [{"resource": f"{ARTIST.page}{PAGE}", "relations": None}]},
    ],
)
def test_an_answer_that_does_not_say_is_not_one_that_nobody_is_known(answer: Any) -> None:
    with Canned(200, json.dumps(answer).encode()) as server, service(server.url) as musicbrainz:
        assert musicbrainz.known_at(ARTIST, [PAGE]) == {PAGE: None}


@pytest.mark.parametrize("answer", [{"urls": []}, {"url-count": 12, "urls": []}])
def test_an_answer_without_the_addresses_that_it_counts_is_a_passing_fault(answer: Any) -> None:
    with (
        Canned(200, json.dumps(answer).encode()) as server,
        service(server.url) as it,
        pytest.raises(Temporary),
    ):
        it.known_at(ARTIST, [PAGE])


@pytest.mark.parametrize(
    ("fields", "ceiling"),
    [
        ({}, 1.0),
        ({"requests_per_second": 5}, 1.0),
        ({"requests_per_second": None}, 1.0),
        ({"requests_per_second": 0.5}, 0.5),
        ({"url": "https://beta.musicbrainz.org", "requests_per_second": 5}, 1.0),
        ({"url": "http://127.0.0.1:5000", "requests_per_second": 5}, 5),
        ({"url": "http://127.0.0.1:5000"}, 1.0),
        ({"bundled_sandbox": True}, None),
    ],
)
def test_musicbrainz_itself_is_asked_once_a_second_at_most(
    fields: dict[str, Any], ceiling: float | None
) -> None:
    assert MusicBrainzResource(**fields).ceiling == ceiling


def test_without_a_contact_only_the_stand_in_may_be_asked() -> None:
    assert not MusicBrainzResource().may_ask
    assert MusicBrainzResource(contact="me@example.com").may_ask
    stand_in = MusicBrainzResource(bundled_sandbox=True)
    assert stand_in.may_ask
    world = World.fictional()
    with stand_in.service() as musicbrainz:
        assert musicbrainz.known_at(ARTIST, [world.followed[0]["id"]])


@pytest.mark.parametrize("position", range(1, 7))
def test_a_search_takes_any_name_as_it_is_and_leaves_out_characters(
    sandbox: Sandbox, position: int
) -> None:
    server = sandbox()
    followed = server.world.followed[position]
    named = {mbid("artist", followed["id"]): followed["name"]}
    with service(server) as musicbrainz:
        found = musicbrainz.artists_named(followed["name"])
    assert found == (named if position != 4 else {})


def test_the_titles_of_an_artist_are_those_of_the_albums(sandbox: Sandbox) -> None:
    server = sandbox()
    artist = ids(server)[0]
    with service(server) as musicbrainz:
        found = musicbrainz.titles_of(mbid("artist", artist))
        assert found == [album["name"] for album in server.world.artist_albums[artist]]
        with pytest.raises(NotFound):
            musicbrainz.titles_of(OTHER)


def test_an_address_of_an_album_leads_to_its_release_with_labels_and_group(
    sandbox: Sandbox,
) -> None:
    server = sandbox()
    [album] = [each for each, _ in zip(server.world.albums, range(1), strict=False)]
    with service(server) as musicbrainz:
        found = musicbrainz.known_at(RELEASE, [album])
        assert found == {album: {mbid("release", album): server.world.albums[album]["name"]}}
        release = musicbrainz.entity(RELEASE, mbid("release", album))
    assert isinstance(release, dict)
    assert release["label-info"][0]["label"]["name"] == server.world.albums[album]["label"]
    assert release["release-group"]["first-release-date"]


def test_a_barcode_leads_to_releases_with_exactly_that_one() -> None:
    odd = [None, {}, {"barcode": "42"}, {"id": MBID}, {"id": "7", "barcode": "42"}]
    sound = {"id": MBID, "barcode": "42", "release-group": {"id": OTHER}}
    longer = {"id": OTHER, "barcode": "042", "release-group": {"id": OTHER}}
    answer = json.dumps({"releases": [*odd, longer, sound]}).encode()
    with Canned(200, answer) as server, service(server.url) as musicbrainz:
        assert musicbrainz.releases_with("42") == {MBID: OTHER}
    [(path, _)] = server.sent
    assert path == "/ws/2/release?query=barcode%3A42&limit=25&fmt=json"
