"""The ingest of MusicBrainz: each artist once, stopped anywhere, with the fewest calls."""

import datetime as dt
import json
import multiprocessing
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from math import ceil
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_assets.calls import pacing
from music_assets.calls.call_errors import BadRequest, CallError, RateLimited, Temporary
from music_assets.calls.ledger import Ledger
from music_assets.landing.ingests import newest_ingest
from music_assets.landing.musicbrainz_ingest import NO_CONTACT, Brought, land_answers
from music_assets.landing.questions import HOPELESS
from music_assets.landing.subjects import Artists, Subject, folded
from music_assets.musicbrainz import lookups
from music_assets.musicbrainz.entities import Entity
from music_assets.musicbrainz.web_service import MusicBrainzResource, WebService
from music_assets.sandbox.encyclopedia import AMBIGUOUS, MERGED, UNKNOWN, mbid
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage import dated_folders
from music_assets.storage.blobs import Draft, StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import MUSICBRAINZ_LEDGER
from music_assets_tests.conftest import Sandbox

ARTISTS = 24
#: In a world of so many: the known ones, and one more call for the artist who was merged.
KNOWN = ARTISTS - len([each for each in range(ARTISTS) if each in UNKNOWN]) - 1
LEAST_CALLS = {"url": 1, "artist": KNOWN + 1}
Pages = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.005)


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    return sandbox(World.fictional(ARTISTS, 0, 0))


def names(server: SandboxServer, count: int = ARTISTS) -> dict[str, str]:
    return {each["id"]: each["name"] for each in islice(server.world.followed, count)}


def ingest(
    storage: StorageResource,
    server: SandboxServer | str,
    wanted: Subject | dict[str, str],
    titles: Mapping[str, Collection[str]] | None = None,
    **fields: Any,
) -> Brought:
    url = server if isinstance(server, str) else server.url
    given = {"contact": "me@example.com", "requests_per_second": None, **fields}
    musicbrainz = MusicBrainzResource(url=url, **given)
    subject = Artists(wanted, titles or {}) if isinstance(wanted, dict) else wanted
    return land_answers(storage, musicbrainz, subject, run_id="0123456789", tell=lambda _: None)


def landed(storage: StorageResource, kind: str = "musicbrainz") -> Pages:
    """The pages of the newest ingest by id, without the address of the server."""
    found: Pages = {}
    for part in newest_ingest(storage, kind).parts:
        for line in storage.read(part)[1].splitlines():
            page = json.loads(line)
            page["href"] = page["href"].partition("/ws/2/")[2]
            assert page["requested"] not in found, "an id has two pages"
            found[page["requested"]] = page
    return found


def artist(server: SandboxServer, position: int) -> str:
    return str(server.world.followed[position]["id"])


def test_every_artist_has_a_page_which_says_how_it_was_matched(
    storage: FolderStorage, server: SandboxServer
) -> None:
    brought = ingest(storage, server, names(server))
    pages = landed(storage)
    assert pages.keys() == names(server).keys()
    first = pages[artist(server, 0)]
    assert first["matched"] == "url"
    assert first["items"][0]["id"] == mbid("artist", artist(server, 0))
    assert first["href"].startswith(f"artist/{first['items'][0]['id']}?inc=genres")
    unknown = pages[artist(server, 4)]
    assert (unknown["items"], unknown["missed"]) == ([], "unknown")
    assert unknown["href"].startswith(
        f"url?resource=https://open.spotify.com/artist/{artist(server, 4)}&"
    )
    assert brought.problem == ""
    assert brought.counts == {"asked": 24, "matched": KNOWN, "unknown": 2, "ambiguous": 1}
    assert brought.landed == (24, KNOWN)
    assert brought.calls == server.lookups.total()
    manifest = newest_ingest(storage, "musicbrainz").manifest
    assert sum(manifest.fetched.values()) == KNOWN
    assert server.lookups == LEAST_CALLS


def test_the_new_id_of_a_merged_artist_counts(
    storage: FolderStorage, server: SandboxServer
) -> None:
    ingest(storage, server, names(server))
    page = landed(storage)[artist(server, MERGED)]
    assert page["items"][0]["id"] == mbid("artist", artist(server, MERGED))
    assert mbid("merged", artist(server, MERGED)) not in json.dumps(page)


def test_of_two_artists_with_one_address_the_one_of_our_name_counts_and_otherwise_none(
    storage: FolderStorage, server: SandboxServer
) -> None:
    wanted = names(server)
    shouted = f" {wanted[artist(server, 6)].upper()} "
    ingest(storage, server, wanted | {artist(server, 6): shouted})
    pages = landed(storage)
    assert pages[artist(server, 6)]["items"][0]["id"] == mbid("artist", artist(server, 6))
    assert pages[artist(server, AMBIGUOUS)]["missed"] == "ambiguous"
    assert pages[artist(server, AMBIGUOUS)]["items"] == []


@given(st.text(max_size=30))
def test_a_name_is_the_same_in_other_letters(name: str) -> None:
    for other in (name.upper(), name.casefold(), f"  {name} "):
        assert folded(folded(other)) == folded(other)
    assert folded(f" {name}\t") == folded(name)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Cafe\u0301", "CAFÉ"),
        ("Straße", "STRASSE"),
        ("Motörhead", "motÖrhead"),
        ("A\u00a0 B", "a b"),
    ],
)
def test_names_compare_without_case_and_forms_of_unicode(ours: str, theirs: str) -> None:
    assert folded(ours) == folded(theirs)


def test_a_second_run_asks_nothing_and_writes_nothing(
    storage: FolderStorage, server: SandboxServer
) -> None:
    ingest(storage, server, names(server))
    before = list(storage.list(""))
    server.reset()
    again = ingest(storage, server, names(server))
    assert server.lookups == {}
    assert (again.calls, again.problem, again.landed) == (0, "", (24, KNOWN))
    assert list(storage.list("")) == before


@pytest.mark.parametrize("artists", [1, 99, 100, 101, 230])
def test_ids_are_asked_for_a_hundred_at_a_time(
    storage: FolderStorage, sandbox: Sandbox, artists: int
) -> None:
    server = sandbox(World.fictional(artists, 0, 0))
    brought = ingest(storage, server, names(server, artists))
    merged = int(artists > MERGED)
    assert server.lookups["url"] == ceil(artists / 100)
    assert server.lookups["artist"] == brought.counts["matched"] + merged
    assert len(landed(storage)) == artists
    assert len(newest_ingest(storage, "musicbrainz").parts) == ceil(artists / 100)


def test_only_what_is_new_is_asked_for_and_who_is_gone_leaves(
    storage: FolderStorage, server: SandboxServer
) -> None:
    ingest(storage, server, names(server, 10))
    server.reset()
    wanted = names(server, 12)
    del wanted[artist(server, 0)]
    brought = ingest(storage, server, wanted)
    assert server.lookups == {"url": 1, "artist": 2}
    assert brought.counts["asked"] == 2
    assert landed(storage).keys() == wanted.keys()
    server.reset()
    ingest(storage, server, names(server, 5))
    assert server.lookups == {"url": 1, "artist": 1}
    assert landed(storage).keys() == names(server, 5).keys()


@contextmanager
def later(monkeypatch: pytest.MonkeyPatch, days: float) -> Iterator[None]:
    """As if so many days had gone by."""
    now = dated_folders.now
    with monkeypatch.context() as patch:
        patch.setattr(dated_folders, "now", lambda: now() + dt.timedelta(days=days))
        yield


def test_what_is_too_old_is_asked_for_again(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(storage, server, names(server, 10), refresh_days=30)
    with later(monkeypatch, 20):
        ingest(storage, server, names(server), refresh_days=30)
    server.reset()
    with later(monkeypatch, 29):
        ingest(storage, server, names(server), refresh_days=30)
        assert server.lookups == {}
    with later(monkeypatch, 31):
        brought = ingest(storage, server, names(server), refresh_days=30)
        assert brought.counts["asked"] == 10
        assert landed(storage).keys() == names(server).keys()
        server.reset()
        ingest(storage, server, names(server), refresh_days=30)
        assert server.lookups == {}


def test_an_old_page_stays_until_a_new_one_comes(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(storage, server, names(server))
    before = landed(storage)
    with later(monkeypatch, 100):
        away = ingest(storage, "http://127.0.0.1:1", names(server))
        assert "The connection to MusicBrainz failed" in away.problem
        assert landed(storage) == before
        assert away.landed == (24, KNOWN)
        server.reset()
        ingest(storage, server, names(server))
        assert server.lookups == LEAST_CALLS
        assert landed(storage) == before


def test_without_a_contact_nothing_is_asked_and_a_sentence_says_what_to_set(
    storage: FolderStorage, server: SandboxServer
) -> None:
    brought = ingest(storage, server, names(server), contact=None)
    assert brought == Brought(problem=NO_CONTACT)
    assert "set MUSICBRAINZ_CONTACT to" in brought.problem
    assert server.lookups == {}
    assert list(storage.list("")) == []
    ingest(storage, server, names(server))
    assert ingest(storage, server, names(server), contact=None).landed == (24, KNOWN)


def test_nobody_followed_is_nobody_asked_for(storage: FolderStorage, server: SandboxServer) -> None:
    assert ingest(storage, server, {}) == Brought()
    assert server.lookups == {}


@pytest.mark.parametrize("fault", ["503", "500", "truncated", "partial", "dropped"])
def test_a_musicbrainz_that_never_answers_stops_the_ingest_which_goes_on_later(
    storage: FolderStorage, server: SandboxServer, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.0001)
    monkeypatch.setattr(lookups, "_pacers", {})
    server.options = replace(server.options, fault_rate=1, fault_kinds=(fault,))
    brought = ingest(storage, server, names(server))
    assert "MusicBrainz" in brought.problem
    server.options = replace(server.options, fault_rate=0)
    server.reset()
    assert ingest(storage, server, names(server)).problem == ""
    assert server.lookups == LEAST_CALLS
    assert len(landed(storage)) == ARTISTS


def test_an_artist_whose_answer_is_always_spoilt_holds_up_nobody(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, poison = WebService.entity, mbid("artist", artist(server, 3))

    def spoilt(self: WebService, entity: Entity, asked: str) -> Any:
        if asked == poison:
            raise Temporary("MusicBrainz's answer was cut off.")
        return honest(self, entity, asked)

    with monkeypatch.context() as patch:
        patch.setattr(WebService, "entity", spoilt)
        brought = ingest(storage, server, names(server))
    assert brought.problem == (
        "MusicBrainz's answer was cut off. 1 of 24 artists could not be asked for, "
        f"{artist(server, 3)} among them; the next run does so again."
    )
    assert len(landed(storage)) == ARTISTS - 1
    assert list(newest_ingest(storage, "musicbrainz").manifest.failed) == [artist(server, 3)]
    server.reset()
    assert ingest(storage, server, names(server)).problem == ""
    assert server.lookups == {"artist": 1}
    assert len(landed(storage)) == ARTISTS


def test_several_questions_in_a_row_without_an_answer_end_the_run(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def cut(_: WebService, _entity: Entity, each: str) -> Any:
        asked.append(each)
        raise Temporary("MusicBrainz's answer was cut off.")

    with monkeypatch.context() as patch:
        patch.setattr(WebService, "entity", cut)
        brought = ingest(storage, server, names(server))
    assert len(set(asked)) == HOPELESS
    assert brought.problem == (
        "MusicBrainz's answer was cut off. 3 of 24 artists have landed; "
        "the next run goes on from there."
    )
    server.reset()
    assert ingest(storage, server, names(server)).problem == ""
    assert server.lookups == {"artist": KNOWN + 1}


@pytest.mark.parametrize("error", [Temporary("It was cut off."), BadRequest("It was refused.")])
def test_artists_who_never_get_an_answer_hold_up_nobody(
    storage: FolderStorage,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
    error: CallError,
) -> None:
    everybody = names(server)
    ingest(FolderStorage(root=f"{storage.root}-2"), server, everybody)
    pages = landed(FolderStorage(root=f"{storage.root}-2"))
    *matched, newest = sorted(each for each, page in pages.items() if page["items"])
    spoilt = {pages[each]["items"][0]["id"] for each in matched[:HOPELESS]}
    honest = WebService.entity

    def answer(self: WebService, entity: Entity, asked: str) -> Any:
        if asked in spoilt:
            raise error
        return honest(self, entity, asked)

    monkeypatch.setattr(WebService, "entity", answer)
    before = {each: name for each, name in everybody.items() if each != newest}
    for _ in range(2):
        ingest(storage, server, before)
    assert matched[0] not in landed(storage)
    ingest(storage, server, everybody)
    assert everybody.keys() - landed(storage).keys() == {*matched[:HOPELESS]}


def test_an_mbid_that_is_gone_is_unknown_and_one_in_a_circle_is_told(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, circle = (mbid("artist", artist(server, each)) for each in (0, 1))
    honest = WebService.entity

    def answer(self: WebService, entity: Entity, asked: str) -> Any:
        if asked == gone:
            return honest(self, entity, "00000000-0000-0000-0000-000000000000")
        return {circle: gone[::-1], gone[::-1]: circle}.get(asked) or honest(self, entity, asked)

    monkeypatch.setattr(WebService, "entity", answer)
    brought = ingest(storage, server, names(server))
    assert landed(storage)[artist(server, 0)]["missed"] == "unknown"
    assert "is another, in a circle" in brought.problem


def test_a_blocked_address_stops_at_once_and_says_so(
    storage: FolderStorage, server: SandboxServer
) -> None:
    # The sandbox blocks whoever does not say who asks.
    brought = ingest(storage, server, names(server), contact="not one word")
    assert "lets this address ask nothing" in brought.problem
    assert brought.problem.endswith("0 of 24 artists have landed; the next run goes on from there.")
    assert brought.calls == 1
    assert server.lookups == {}


def test_a_long_refusal_stops_the_calls_until_its_time(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> Any:
        raise RateLimited(7_200, quota=False, server="MusicBrainz")

    with monkeypatch.context() as patch:
        patch.setattr(WebService, "entity", refused)
        brought = ingest(storage, server, names(server))
    assert "MusicBrainz says that there were too many calls" in brought.problem
    assert "run again after" in brought.problem
    server.reset()
    waiting = ingest(storage, server, names(server))
    assert waiting.problem.startswith("MusicBrainz takes no calls before")
    assert (waiting.landed, server.lookups) == ((3, 0), {})
    [note] = [each.path for each in storage.list(MUSICBRAINZ_LEDGER) if "not_before" in each.path]
    storage.write(note, b'{"not_before": "2026-01-01T00:00:00+00:00"}')
    assert ingest(storage, server, names(server)).problem == ""
    assert server.lookups == {"artist": KNOWN + 1}


def test_with_one_fault_in_ten_calls_the_landing_is_the_faultless_one(
    storage: FolderStorage, server: SandboxServer, tmp_path: Path
) -> None:
    ingest(storage, server, names(server))
    server.options = replace(server.options, fault_rate=0.1, slow_seconds=0.01, fault_seed=3)
    server.reset()
    faulty = FolderStorage(root=str(tmp_path / "faulty"))
    assert ingest(faulty, server, names(server)).problem == ""
    assert server.stats.faults.total() >= 2
    assert landed(faulty) == landed(storage)


class PowerCut(BaseException):
    """The end of a process, at a write."""


@contextmanager
def power_cut(monkeypatch: pytest.MonkeyPatch, boundary: int) -> Iterator[Event]:
    """Let no write happen any more, from a boundary on: each write has one before and one after.

    The event is set once it has come to that.
    """
    passed, replacing, cut = 0, FolderStorage.replacing, Event()

    def reach() -> None:
        nonlocal passed
        passed += 1
        if passed >= boundary:
            cut.set()
            raise PowerCut

    @contextmanager
    def watched(self: FolderStorage, path: str, **how: Any) -> Iterator[Draft]:
        reach()
        with replacing(self, path, **how) as draft:
            yield draft
        reach()

    with monkeypatch.context() as patch, suppress(PowerCut):
        patch.setattr(FolderStorage, "replacing", watched)
        yield cut


def cut_off_at_every_write(
    folder: Path,
    server: SandboxServer,
    wanted: Subject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut an ingest off at each of its writes, and compare what the next one makes of it."""
    whole = FolderStorage(root=str(folder / "whole"))
    ingest(whole, server, wanted)
    least, boundary, is_over = server.lookups.total(), 0, False
    while not is_over:
        boundary += 1
        storage = FolderStorage(root=str(folder / str(boundary)))
        server.reset()
        with power_cut(monkeypatch, boundary) as cut:
            ingest(storage, server, wanted)
        ingest(storage, server, wanted)
        assert landed(storage, wanted.kind) == landed(whole, wanted.kind)
        assert server.lookups.total() <= least + 1
        is_over = not cut.is_set()
    assert boundary > 2 * least


def test_cut_off_at_every_write_the_landing_is_the_same_and_a_cut_costs_one_call(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sandbox(World.fictional(4, 0, 0))
    cut_off_at_every_write(tmp_path, server, Artists(names(server, 4)), monkeypatch)


@settings(max_examples=6)
@given(cuts=st.lists(st.integers(1, 60), min_size=1, max_size=10))
def test_cut_off_at_any_writes_the_landing_is_the_same_and_a_cut_costs_one_call(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    monkeypatch = pytest.MonkeyPatch()
    with SandboxServer(World.fictional(12, 0, 0)) as server:
        whole, cut_off = (
            FolderStorage(root=str(tmp_path_factory.mktemp(name))) for name in ("whole", "cut")
        )
        wanted = names(server, 12)
        ingest(whole, server, wanted)
        least = server.lookups.total()
        server.reset()
        for boundary in cuts:
            with power_cut(monkeypatch, boundary):
                ingest(cut_off, server, wanted)
        assert ingest(cut_off, server, wanted).problem == ""
        assert landed(cut_off) == landed(whole)
        assert server.lookups.total() <= least + len(cuts)


@pytest.fixture
def with_albums(sandbox: Sandbox) -> SandboxServer:
    """A server whose artists have albums, and of whom one is known by name alone: the 14th."""
    return sandbox(World.fictional(ARTISTS, 60, 60))


def titles(server: SandboxServer) -> dict[str, list[str]]:
    return {
        artist: [album["name"].swapcase() for album in albums]
        for artist, albums in server.world.artist_albums.items()
        if albums
    }


def test_whom_no_address_leads_to_is_found_by_name_and_an_album_if_that_is_wanted(
    storage: FolderStorage, with_albums: SandboxServer
) -> None:
    brought = ingest(storage, with_albums, names(with_albums), titles(with_albums))
    page = landed(storage)[artist(with_albums, 14)]
    assert page["matched"] == "name"
    assert page["items"][0]["id"] == mbid("artist", artist(with_albums, 14))
    assert landed(storage)[artist(with_albums, 4)]["missed"] == "unknown"
    assert brought.counts == {"asked": 24, "matched": KNOWN + 1, "unknown": 1, "ambiguous": 1}
    assert with_albums.lookups == {"url": 1, "artist": KNOWN + 2, "search": 2, "release_group": 1}
    with_albums.reset()
    ingest(storage, with_albums, names(with_albums), titles(with_albums))
    assert with_albums.lookups == {}


def test_a_name_without_an_album_in_common_is_nobodys(
    storage: FolderStorage, with_albums: SandboxServer
) -> None:
    other = {each: ["An album of somebody else"] for each in titles(with_albums)}
    ingest(storage, with_albums, names(with_albums), other)
    assert landed(storage)[artist(with_albums, 14)]["missed"] == "unknown"
    assert with_albums.lookups["release_group"] == 1


def test_two_artists_of_a_name_with_an_album_of_ours_are_neither(
    storage: FolderStorage, with_albums: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = names(with_albums)[artist(with_albums, 14)]
    other = mbid("artist", artist(with_albums, 0))
    found = {mbid("artist", artist(with_albums, 14)): ours, other: ours}
    common = [title for each in (0, 14) for title in titles(with_albums)[artist(with_albums, each)]]
    monkeypatch.setattr(WebService, "artists_named", lambda *_: found)
    wanted = {artist(with_albums, 14): ours}
    ingest(storage, with_albums, wanted, {artist(with_albums, 14): common})
    assert landed(storage)[artist(with_albums, 14)]["missed"] == "ambiguous"


def test_cut_off_at_every_write_a_search_for_names_costs_one_call(
    tmp_path: Path, with_albums: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = with_albums
    wanted = {artist(server, each): names(server)[artist(server, each)] for each in (0, 4, 14)}
    cut_off_at_every_write(tmp_path, server, Artists(wanted, titles(server)), monkeypatch)


def ingest_in_a_process(root: str, url: str, wanted: dict[str, str]) -> None:
    ingest(FolderStorage(root=root), url, wanted)


def test_killed_ten_times_the_landing_is_the_same_and_a_kill_costs_one_call(
    storage: FolderStorage, server: SandboxServer, tmp_path: Path
) -> None:
    ingest(storage, server, names(server))
    server.reset()
    killed = FolderStorage(root=str(tmp_path / "killed"))
    server.options = replace(server.options, latency_seconds=0.02)
    fork = multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload([__name__])
    for kill in range(10):
        process = fork.Process(
            target=ingest_in_a_process, args=(killed.root, server.url, names(server))
        )
        process.start()
        enough = server.lookups.total() + 2
        while server.lookups.total() < enough and process.is_alive():
            time.sleep(0.002)
        time.sleep(0.003 * kill)
        process.kill()
        process.join()
        process.close()
    server.options = replace(server.options, latency_seconds=0)
    assert ingest(killed, server, names(server)).problem == ""
    assert landed(killed) == landed(storage)
    assert sum(LEAST_CALLS.values()) < server.lookups.total() <= sum(LEAST_CALLS.values()) + 10


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1', b"\xff"])
def test_damaged_files_of_an_unfinished_ingest_are_asked_for_again(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with power_cut(monkeypatch, 20):
        ingest(storage, server, names(server))
    held = [blob.path for blob in storage.list("landing/musicbrainz/")]
    assert len(held) == 2
    for path in held:
        storage.write(path, content)
    assert ingest(storage, server, names(server)).problem == ""
    assert len(landed(storage)) == ARTISTS


def test_an_old_note_of_matches_is_not_gone_by(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with power_cut(monkeypatch, 20):
        ingest(storage, server, names(server))
    server.reset()
    with later(monkeypatch, 100):
        ingest(storage, server, names(server))
        assert server.lookups == LEAST_CALLS
        assert len(landed(storage)) == ARTISTS


def test_never_two_calls_are_made_within_a_second_by_whatever_runs(
    storage: FolderStorage, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sandbox(lookup_seconds=1.0)
    begun = time.monotonic()
    ingest(storage, server, names(server, 2), requests_per_second=1)
    # A new process knows nothing of the calls of the one before.
    monkeypatch.setattr(lookups, "_pacers", {})
    ingest(storage, server, names(server, 3), requests_per_second=1)
    assert server.lookups["url"] == 2
    assert server.stats.lookups_refused == 0
    assert time.monotonic() - begun >= server.lookups.total() - 1


def test_a_strict_server_that_refuses_is_asked_again(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(lookup_seconds=0.3)
    assert ingest(storage, server, names(server, 2)).problem == ""
    assert server.stats.lookups_refused >= 1
    assert len(landed(storage)) == 2


def test_in_azure_it_lands_stops_and_goes_on_alike(
    blob_storage: StorageResource, server: SandboxServer
) -> None:
    ingest(blob_storage, server, names(server, 5))
    assert "ConnectionError" in ingest(blob_storage, "http://127.0.0.1:1", names(server, 6)).problem
    server.reset()
    assert ingest(blob_storage, server, names(server, 6)).problem == ""
    assert server.lookups == {"url": 1, "artist": 1}
    assert landed(blob_storage).keys() == names(server, 6).keys()


def test_the_ledger_counts_the_calls(storage: FolderStorage, server: SandboxServer) -> None:
    brought = ingest(storage, server, names(server))
    address = MusicBrainzResource(url=server.url).address
    ledger = Ledger(storage, address, "another", folder=MUSICBRAINZ_LEDGER, server="MusicBrainz")
    assert ledger.spent() == brought.calls == sum(LEAST_CALLS.values())
