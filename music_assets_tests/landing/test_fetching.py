"""Fetching from a sandbox: in as few calls as can be, whatever the limits, quotas and faults."""

import json
import multiprocessing
import time
from dataclasses import replace
from itertools import islice
from math import ceil
from typing import Any

import pytest

from music_assets.calls import pacing
from music_assets.calls.call_errors import CallsPaused
from music_assets.calls.ledger import AppLimits, Ledger
from music_assets.landing import fetching
from music_assets.landing.fetching import land
from music_assets.landing.ingests import IngestError, Manifest, newest_ingest, write_part
from music_assets.landing.kinds import ALBUMS, TRACKS, Kind
from music_assets.landing.pages import to_line
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.session import open_session
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import new_folder
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.rows import Page
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import let_the_time_come

PART = 10
OWN = frozenset({"album", "single", "compilation"})


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten ids."""
    monkeypatch.setattr(fetching, "MOST_PART_IDS", PART)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses after a fault."""
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.02)


def resource(url: str) -> SpotifyResource:
    return SpotifyResource(api_url=url, accounts_url=url)


def ingest(
    storage: StorageResource, spotify: SpotifyResource | str, wanted: dict[str, int], kind: Kind
) -> Manifest:
    spotify = resource(spotify) if isinstance(spotify, str) else spotify
    with open_session(spotify, storage, "0123456789abc") as session:
        manifest, _ = land(
            storage, session, kind, wanted, run_id="0123456789abc", tell=lambda _: None
        )
    return manifest


def landed(storage: StorageResource, kind: Kind) -> dict[str, list[Any]]:
    """Entries by id; while the page size was still being found out, pages may differ."""
    entries: dict[str, list[Any]] = {}
    for part in newest_ingest(storage, kind.name).parts:
        for line in storage.read(part)[1].splitlines():
            page: Page = json.loads(line)
            entries.setdefault(page["requested"], []).extend(page["items"])
    return dict(sorted(entries.items()))


def albums_landed(storage: StorageResource) -> list[tuple[str, Any]]:
    """The albums that came with the first pages of their tracks, by id."""
    parts = newest_ingest(storage, "tracks").parts
    pages = [json.loads(line) for part in parts for line in storage.read(part)[1].splitlines()]
    return [(page["requested"], page["album"]) for page in pages if "album" in page]


def held(server: SandboxServer, kind: Kind) -> dict[str, int]:
    """The ids that a sandbox knows, each with the length of its list."""
    world = server.world
    if kind is TRACKS:
        return {each: len(found) for each, found in world.album_tracks.items()}
    artists = [artist["id"] for artist in world.followed]
    return {each: len(world.albums_of(each, OWN)) for each in artists}


def ledger(storage: StorageResource, server: SandboxServer) -> Ledger:
    return Ledger(storage, resource(server.url).app, "test")


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    """A sandbox with albums enough for several parts."""
    return sandbox(World.fictional(6, 41, 200))


def short_albums(server: SandboxServer) -> dict[str, int]:
    """The albums with all tracks on one page, so that each takes one call."""
    return {each: count for each, count in held(server, TRACKS).items() if count <= 50}


@pytest.mark.parametrize("kind", [ALBUMS, TRACKS], ids=lambda kind: kind.name)
def test_development_mode_takes_no_more_calls_than_there_are_pages(
    storage: FolderStorage, sandbox: Sandbox, kind: Kind
) -> None:
    server = sandbox(World.fictional(40, 400, 2_000))
    wanted = held(server, kind)
    size, refused = {"albums": (10, 2), "tracks": (50, 1)}[kind.name]
    ingest(storage, server.url, wanted, kind)
    least = sum(max(1, ceil(count / size)) for count in wanted.values())
    # The larger page sizes and the batch are refused once each.
    assert server.calls.total() == least + refused
    server.reset()
    ingest(storage, server.url, wanted, kind)
    assert server.calls.total() == least
    firsts = {"albums": {}, "tracks": {"album": len(wanted)}}[kind.name]
    rest = {"albums": "artist_albums", "tracks": "album_tracks"}[kind.name]
    assert server.calls == firsts | {rest: least - sum(firsts.values())}


@pytest.mark.parametrize("kind", [ALBUMS, TRACKS], ids=lambda kind: kind.name)
def test_extended_mode_takes_no_more_calls_than_the_least(
    storage: FolderStorage, sandbox: Sandbox, kind: Kind
) -> None:
    server = sandbox(World.fictional(40, 400, 2_000), mode="extended")
    wanted = held(server, kind)
    ingest(storage, server.url, wanted, kind)
    pages = [max(1, ceil(count / 50)) for count in wanted.values()]
    firsts = {"albums": len(pages), "tracks": ceil(len(pages) / 20)}[kind.name]
    assert server.calls.total() == firsts + sum(pages) - len(pages)
    assert {each: len(items) for each, items in landed(storage, kind).items()} == wanted


def test_what_lands_is_the_same_whether_it_came_in_batches_or_singly(
    storage: FolderStorage, tmp_path: Any, sandbox: Sandbox
) -> None:
    world, other = World.fictional(20, 130, 900), FolderStorage(root=str(tmp_path / "b"))
    extended, development = sandbox(world, mode="extended"), sandbox(world)
    wanted = held(extended, TRACKS)
    ingest(storage, extended.url, wanted, TRACKS)
    ingest(other, development.url, wanted, TRACKS)

    def ids(found: dict[str, list[Any]]) -> dict[str, list[str]]:
        return {each: [item["id"] for item in items] for each, items in found.items()}

    def barcodes(storage: StorageResource) -> dict[str, str]:
        return {each: album["external_ids"]["upc"] for each, album in albums_landed(storage)}

    assert ids(landed(storage, TRACKS)) == ids(landed(other, TRACKS))
    assert max(wanted.values()) > 50
    assert barcodes(storage) == barcodes(other)
    known = {each: album["external_ids"]["upc"] for each, album in world.albums.items()}
    assert barcodes(storage) == known


def test_an_ingest_of_before_albums_came_along_goes_on_and_refetches_nothing(
    storage: FolderStorage, server: SandboxServer
) -> None:
    wanted = held(server, TRACKS)
    [long] = wanted.keys() - short_albums(server).keys()
    old = [*list(short_albums(server))[:10], long]
    with resource(server.url).client() as client:
        pages = [
            client.album_tracks(each, limit=50, offset=0) | {"requested": each} for each in old
        ]
    pages[-1]["continued"] = 50
    folder = new_folder(storage, paths.ingests("tracks"), "before")
    write_part(storage, folder, "before", [to_line(page) for page in pages], [])
    server.reset()
    assert ingest(storage, server.url, wanted, TRACKS).complete
    new = wanted.keys() - set(old)
    assert server.calls == {"albums": 1, "album": len(new), "album_tracks": 2}
    assert {each: len(items) for each, items in landed(storage, TRACKS).items()} == wanted
    assert dict(albums_landed(storage)).keys() == new


def test_an_album_that_was_taken_down_is_gone_in_a_batch_too(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(6, 41, 200), mode="extended")
    wanted = held(server, TRACKS)
    gone = list(wanted)[3]
    server.world = server.world.without_album(gone)
    assert ingest(storage, server.url, wanted, TRACKS).gone == [gone]
    assert landed(storage, TRACKS).keys() == wanted.keys() - {gone}


def test_an_app_that_lost_its_batches_and_large_pages_asks_singly_again(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(30, 200, 600), mode="extended")
    for kind in (ALBUMS, TRACKS):
        ingest(storage, server.url, held(server, kind), kind)
    assert ledger(storage, server).limits().albums_page == 50
    assert ledger(storage, server).limits().batches is True
    server.options = replace(server.options, mode="development")
    for kind in (ALBUMS, TRACKS):
        assert ingest(storage, server.url, held(server, kind), kind).complete
    assert ledger(storage, server).limits().albums_page == 10
    assert ledger(storage, server).limits().batches is False


def test_a_quota_of_500_a_day_lets_2000_calls_through_in_four_days(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(40, 2_000, 2_000), daily_quota=500)
    wanted = held(server, TRACKS)
    least = sum(max(1, ceil(count / 50)) for count in wanted.values()) + 1
    refused = []
    for calls in (500, 1_000, 1_500, 2_000):
        assert calls <= least
        with pytest.raises(IngestError, match=r"quota is used up.* run again after"):
            ingest(storage, server.url, wanted, TRACKS)
        assert server.calls.total() == calls
        refused.append(server.stats.refused)
        server.options = replace(server.options, daily_quota=calls + 500)
        with pytest.raises(CallsPaused, match=r"takes no calls before .* none was made"):
            ingest(storage, server.url, wanted, TRACKS)
        let_the_time_come(storage)
    assert ingest(storage, server.url, wanted, TRACKS).complete
    assert server.calls.total() == least
    # Until it has been refused once, a run cannot know when to send one call at a time.
    assert refused[0] <= pacing.MOST_IN_FLIGHT
    assert [each - refused[0] for each in refused] == [0, 1, 2, 3]
    assert server.stats.refused == refused[-1]


def apps(server: SandboxServer, account: str = "") -> list[SpotifyResource]:
    """Two apps of one developer account, as a server knows them."""
    server.options = replace(server.options, client_id="one", other_apps=("two",))
    url = server.url
    return [
        SpotifyResource(client_id=each, api_url=url, accounts_url=url, account=account)
        for each in server.options.apps
    ]


def test_two_apps_of_one_account_spend_its_day_once_and_stop_together(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(40, 400, 400), daily_quota=100)
    one, two = apps(server, account="me@example.org")
    wanted = list(held(server, TRACKS).items())

    def take(app: SpotifyResource, first: int, count: int) -> Manifest:
        return ingest(storage, app, dict(wanted[first : first + count]), TRACKS)

    take(one, 0, 49)
    take(two, 49, 20)
    # The batch that was tried once, for both.
    assert server.calls.total() == 70
    assert [Ledger(storage, app.app, "test").spent() for app in (one, two)] == [70, 70]
    with pytest.raises(IngestError, match="quota is used up"):
        take(two, 69, 60)
    assert server.calls.total() == 100
    refused = server.stats.refused
    with pytest.raises(CallsPaused, match="none was made"):
        take(one, 129, 20)
    assert server.stats.refused == refused
    let_the_time_come(storage)
    server.options = replace(server.options, daily_quota=130)
    # The quota is known, of either app: beyond it one call at a time is made, and one refused.
    with pytest.raises(IngestError, match="quota is used up"):
        take(one, 129, 60)
    assert (server.calls.total(), server.stats.refused) == (130, refused + 1)
    assert len({blob.path.split("/")[2] for blob in storage.list("landing/spotify/")}) == 1


def test_two_apps_without_a_name_for_their_account_have_ledgers_of_their_own(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(40, 200, 200), daily_quota=20)
    one, two = apps(server)
    for app in (one, two):
        with pytest.raises(IngestError, match="quota is used up"):
            ingest(storage, app, held(server, TRACKS), TRACKS)
    assert [Ledger(storage, app.app, "test").spent() for app in (one, two)] == [20, 0]


def test_a_server_that_wants_no_calls_for_a_day_gets_one(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(40, 200, 600), daily_quota=0, quota_retry_after=86_400)
    begun = time.monotonic()
    with pytest.raises(IngestError, match="asks to wait 86400 s"):
        ingest(storage, server.url, held(server, ALBUMS), ALBUMS)
    assert server.stats.refused == 1
    assert server.calls.total() == 0
    assert time.monotonic() - begun < 60


def test_before_it_asks_a_run_says_what_it_will_cost(
    storage: FolderStorage, server: SandboxServer
) -> None:
    told: list[str] = []
    wanted = short_albums(server)
    with open_session(resource(server.url), storage, "0123456789abc") as session:

        def tell(line: str) -> None:
            assert not server.calls
            told.append(line)

        land(storage, session, TRACKS, wanted, run_id="0123456789abc", tell=tell)
    assert [line.partition(";")[0] for line in told] == ["tracks: 40 ids take at least 2 calls"]


def test_what_a_run_has_shown_is_known_to_the_next(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    server = sandbox(World.fictional(40, 200, 600), daily_quota=120)
    assert ledger(storage, server).limits() == AppLimits()
    ingest(storage, server.url, held(server, ALBUMS), ALBUMS)
    with pytest.raises(IngestError):
        ingest(storage, server.url, held(server, TRACKS), TRACKS)
    limits = ledger(storage, server).limits()
    assert (limits.albums_page, limits.batches, limits.quota) == (10, False, 120)
    assert ledger(storage, server).spent() == 120
    assert ledger(storage, server).left() == 0


def test_what_was_taken_down_meanwhile_is_gone(
    storage: FolderStorage, server: SandboxServer
) -> None:
    wanted = short_albums(server)
    gone = list(wanted)[3]
    server.world = server.world.without_album(gone)
    assert ingest(storage, server.url, wanted, TRACKS).gone == [gone]
    assert server.calls == {"album": 40, "albums": 1}


@pytest.mark.parametrize("mode", ["development", "extended"])
@pytest.mark.parametrize("kind", [ALBUMS, TRACKS], ids=lambda kind: kind.name)
def test_with_faults_of_all_kinds_the_landing_is_the_faultless_one(
    storage: FolderStorage, tmp_path: Any, sandbox: Sandbox, kind: Kind, mode: str
) -> None:
    server = sandbox(World.fictional(30, 200, 600), mode=mode)
    wanted = dict(islice(held(server, kind).items(), 60))
    expected = ingest(storage, server.url, wanted, kind)
    server.options = replace(server.options, fault_rate=0.3, slow_seconds=0.05)
    server.reset()
    faulty = FolderStorage(root=str(tmp_path / "faulty"))
    manifest = ingest(faulty, server.url, wanted, kind)
    assert server.stats.faults.total() >= 3
    assert manifest == expected
    assert landed(faulty, kind) == landed(storage, kind)


def ingest_in_a_process(root: str, url: str, wanted: dict[str, int]) -> None:
    fetching.MOST_PART_IDS = PART
    ingest(FolderStorage(root=root), url, wanted, TRACKS)


@pytest.mark.usefixtures("small_parts")
def test_a_killed_process_loses_no_more_than_the_part_it_was_at(
    storage: FolderStorage, sandbox: Sandbox
) -> None:
    # So many that a kill on a busy machine still comes long before the end.
    server = sandbox(World.fictional(6, 800, 3_200))
    wanted = short_albums(server)
    server.options = replace(server.options, latency_seconds=0.2)
    process = multiprocessing.get_context("spawn").Process(
        target=ingest_in_a_process, args=(storage.root, server.url, wanted)
    )
    process.start()
    while len(list(storage.list("landing/tracks/"))) < 2 and process.is_alive():
        time.sleep(0.005)
    process.kill()
    process.join()
    process.close()
    parts = [storage.read(blob.path)[1] for blob in storage.list("landing/tracks/")]
    kept = sum(part.count(b"\n") for part in parts)
    assert 20 <= kept < len(wanted)
    assert finished_kinds(storage) == []
    before = server.calls["album"]
    server.options = replace(server.options, latency_seconds=0.0)
    assert ingest(storage, server.url, wanted, TRACKS).complete
    assert server.calls["album"] - before == len(wanted) - kept
    assert {each: len(items) for each, items in landed(storage, TRACKS).items()} == wanted


def finished_kinds(storage: StorageResource) -> list[str]:
    return [blob.path for blob in storage.list("landing/") if blob.path.endswith("_SUCCESS")]
