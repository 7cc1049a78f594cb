"""Landings: stopped anywhere, they go on from there, ask nothing twice and lose nothing."""

import json
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from music_assets.ingest import fetching, pacing
from music_assets.ingest.fetching import land
from music_assets.ingest.landing import (
    KEPT_INGESTS,
    LOADED,
    SUCCESS,
    IngestError,
    Manifest,
    close,
    mark_loaded,
    new_folder,
    newest_ingest,
)
from music_assets.ingest.pacing import Pacer
from music_assets.ingest.pages import Page
from music_assets.ingest.paging import Pages
from music_assets.ingest.refusal import note_refusal
from music_assets.resources.spotify import (
    BadRequest,
    NotFound,
    RateLimited,
    SpotifyError,
    SpotifyResource,
    Temporary,
)
from music_assets.resources.storage import FolderStorage, StorageResource
from music_assets.simulation.catalogue import Catalogue
from music_assets.simulation.sandbox import SandboxServer
from music_assets.transforms.catalog import albums, tracks
from music_assets_tests.conftest import Sandbox

PART = 10
IDS = [f"id{number:03}" for number in range(35)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten ids, and short pauses after a fault."""
    monkeypatch.setattr(fetching, "FIRST_PART_IDS", PART)
    monkeypatch.setattr(fetching, "MOST_PART_IDS", PART)
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.02)


class Server:
    """Two pages for each id, unless there is something to raise; counts how often it was asked."""

    def __init__(self, problems: dict[str, BaseException] | None = None) -> None:
        self.problems = problems or {}
        self.asked: Counter[str] = Counter()

    def __call__(self, requested: str) -> list[Page]:
        self.asked[requested] += 1
        if requested in self.problems:
            raise self.problems[requested]
        return [page(requested, f"{requested}x1"), page(requested, f"{requested}x2")]


def page(requested: str, *items: Any, total: object = 2) -> Page:
    listed = [{"id": item} if isinstance(item, str) else item for item in items]
    return {"requested": requested, "total": total, "items": listed}


def ingest(
    storage: StorageResource,
    fetch: Callable[[str], list[Page]],
    wanted: Sequence[str] = IDS,
    *,
    kind: str = "albums",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    until: str = SUCCESS,
) -> Manifest:
    transform = {"albums": albums, "tracks": tracks}[kind]
    manifest, _ = land(
        storage, kind, wanted, fetch, transform,
        run_id="0123456789abc", progress=progress, until=until,
    )  # fmt: skip
    return manifest


def refused(storage: StorageResource, fetch: Callable[[str], list[Page]]) -> str:
    with pytest.raises(IngestError) as raised:
        ingest(storage, fetch)
    return str(raised.value)


def landed(storage: StorageResource, kind: str = "albums") -> list[Page]:
    """The pages of the newest finished ingest, in the order of their ids."""
    parts = newest_ingest(storage, kind).parts
    pages = [json.loads(line) for part in parts for line in storage.read(part)[1].splitlines()]
    return sorted(pages, key=lambda page: str(page["requested"]))


def folders(storage: StorageResource, kind: str = "albums") -> list[str]:
    blobs = storage.list(f"landing/{kind}/")
    return list(dict.fromkeys(blob.path.rpartition("/")[0] for blob in blobs))


def finished(storage: StorageResource) -> list[bool]:
    return [storage.find(f"{folder}/_SUCCESS") is not None for folder in folders(storage)]


def test_everything_lands_in_parts_and_a_manifest_closes_it(storage: FolderStorage) -> None:
    server = Server()
    manifest = ingest(storage, server)
    assert landed(storage) == [each for requested in IDS for each in server(requested)]
    newest = newest_ingest(storage, "albums")
    names = [part.removeprefix(newest.folder) for part in newest.parts]
    assert names == [f"part-{number:05}-01234567.ndjson" for number in (1, 2, 3, 4)]
    assert newest.manifest == manifest
    assert manifest == Manifest(dict.fromkeys(IDS, 2), dict.fromkeys(IDS, 2), [])
    assert manifest.complete


def test_an_id_that_is_wanted_twice_is_asked_for_once(storage: FolderStorage) -> None:
    server = Server()
    assert ingest(storage, server, ["a", "b", "a"]).fetched == {"a": 2, "b": 2}
    assert server.asked == {"a": 1, "b": 1}


def test_where_nothing_is_wanted_an_empty_ingest_is_finished(storage: FolderStorage) -> None:
    assert ingest(storage, Server(), []) == Manifest()
    assert newest_ingest(storage, "albums").parts == []


def test_an_id_without_entries_is_fetched_too_and_not_asked_for_again(
    storage: FolderStorage,
) -> None:
    def nothing(requested: str) -> list[Page]:
        return [page(requested, total=0)]

    assert ingest(storage, nothing, ["a"]).fetched == {"a": 0}
    assert newest_ingest(storage, "albums").manifest.complete


def test_progress_goes_from_part_to_part_up_to_all(storage: FolderStorage) -> None:
    told: list[tuple[int, int]] = []
    ingest(storage, Server(), progress=lambda done, total: told.append((done, total)))
    assert told == [(10, 35), (20, 35), (30, 35), (35, 35)]


def test_an_ingest_that_breaks_off_goes_on_and_asks_for_nothing_that_has_landed(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[25]: RuntimeError("the power failed")})
    with pytest.raises(RuntimeError, match="power"):
        ingest(storage, server)
    assert finished(storage) == [False]
    server.problems.clear()
    told: list[tuple[int, int]] = []
    manifest = ingest(storage, server, progress=lambda done, total: told.append((done, total)))
    assert finished(storage) == [True]
    assert told == [(30, 35), (35, 35)]
    assert manifest == Manifest(dict.fromkeys(IDS, 2), dict.fromkeys(IDS, 2), [])
    assert {server.asked[each] for each in IDS[:20]} == {1}
    assert max(server.asked.values()) == 2
    assert [each["requested"] for each in landed(storage)] == [i for i in IDS for _ in range(2)]


def test_an_interrupt_from_the_keyboard_is_no_different(storage: FolderStorage) -> None:
    server = Server({IDS[15]: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        ingest(storage, server)
    server.problems.clear()
    assert ingest(storage, server).complete
    assert {server.asked[each] for each in IDS[:10]} == {1}


def test_what_could_not_be_fetched_is_named_and_the_rest_lands(storage: FolderStorage) -> None:
    bad = [IDS[3], IDS[12], IDS[34]]
    server = Server({each: Temporary("Spotify answered 500.") for each in bad})
    why = refused(storage, server)
    assert why.startswith("3 of the albums lists could not be fetched; what could has landed")
    assert f"Spotify answered 500. (Asked for {bad[-1]}.)" in why
    assert finished(storage) == [False]
    server.problems.clear()
    assert ingest(storage, server).complete
    assert server.asked == Counter(IDS) + Counter(bad)
    assert finished(storage) == [True]


def test_a_server_that_answers_nothing_of_a_whole_part_is_not_asked_for_the_rest(
    storage: FolderStorage,
) -> None:
    server = Server({each: SpotifyError("Premium.") for each in IDS})
    why = refused(storage, server)
    assert why.startswith(f"{PART} of the albums")
    assert why.count("Premium.") == 1
    assert set(server.asked) == set(IDS[:PART])


def test_an_id_that_spotify_does_not_take_is_gone_and_does_not_stop_the_rest(
    storage: FolderStorage,
) -> None:
    manifest = ingest(storage, Server({IDS[4]: BadRequest("invalid id")}))
    assert manifest.gone == [IDS[4]]
    assert finished(storage) == [True]


def test_two_runs_that_go_on_with_one_ingest_overwrite_nothing(storage: FolderStorage) -> None:
    refused(storage, Server({IDS[-1]: Temporary("Spotify answered 500.")}))

    def meanwhile(requested: str) -> list[Page]:
        if requested == IDS[-1]:
            land(storage, "albums", [*IDS, "a"], Server(), albums, run_id="other-run",
                 progress=lambda *_: None)  # fmt: skip
        return Server()(requested)

    ingest(storage, meanwhile, [*IDS, "b"])
    assert {each["requested"] for each in landed(storage)} == {*IDS, "a", "b"}


def test_an_ingest_that_stopped_long_ago_is_left_alone(storage: FolderStorage) -> None:
    old = "landing/albums/20200101T000000.000000Z-01234567/"
    storage.write(f"{old}part-1.ndjson", b'{"requested": "id000", "items": []}')
    server = Server()
    ingest(storage, server)
    assert server.asked == Counter(IDS)


def test_what_landed_and_was_never_loaded_is_gone_on_with_if_asked(storage: FolderStorage) -> None:
    server = Server()
    ingest(storage, server)
    ingest(storage, server, until=LOADED)
    assert server.asked == Counter(IDS)
    mark_loaded(storage, "albums")
    ingest(storage, server, until=LOADED)
    assert server.asked == Counter(IDS * 2)


def test_what_is_gone_is_recorded_and_does_not_stop_the_rest(storage: FolderStorage) -> None:
    gone = [IDS[4], IDS[30]]
    manifest = ingest(storage, Server({each: NotFound("no longer") for each in gone}))
    assert manifest.gone == gone
    assert not manifest.complete
    assert set(manifest.whole()) == set(IDS) - set(gone)
    assert newest_ingest(storage, "albums").manifest == manifest
    assert {each["requested"] for each in landed(storage)} == set(IDS) - set(gone)


def test_a_refusal_stops_everybody_and_says_when_to_come_back(storage: FolderStorage) -> None:
    server = Server({IDS[12]: RateLimited(7_200, quota=True)})
    begun = time.time()
    why = refused(storage, server)
    again = re.search(
        r"run again after (\d{4}-\d\d-\d\d \d\d:\d\d) UTC to go on from there\.$", why
    )
    assert again
    expected = [time.strftime("%Y-%m-%d %H:%M", time.gmtime(begun + s)) for s in (7_200, 7_260)]
    assert again[1] in expected
    assert not set(server.asked) & set(IDS[20:])
    held = len(set(server.asked)) - 1
    assert f"{held} have landed and {len(IDS) - held} are left" in why


def test_after_a_refusal_nobody_asks_for_anything_more(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "FIRST_PART_IDS", 100)
    server = Server({IDS[0]: RateLimited(7_200, quota=True)})

    def slowly(requested: str) -> list[Page]:
        if requested != IDS[0]:
            time.sleep(0.05)
        return server(requested)

    refused(storage, slowly)
    # What was under way, one call per worker, is finished and lands.
    assert len(server.asked) <= pacing.MOST_IN_FLIGHT + 1


def test_an_entry_that_no_reader_takes_goes_aside_and_counts_as_missing(
    storage: FolderStorage,
) -> None:
    def fetch(requested: str) -> list[Page]:
        return [page(requested, "sound", {"id": ["unsound"]})]

    manifest, rejects = land(
        storage, "albums", ["a"], fetch, albums, run_id="r", progress=lambda *_: None
    )
    assert [json.loads(reject.record) for reject in rejects] == [{"id": ["unsound"]}]
    assert (manifest.expected, manifest.fetched) == ({"a": 2}, {"a": 1})
    assert not manifest.complete
    assert [each["items"] for each in landed(storage)] == [[{"id": "sound"}]]


@pytest.mark.parametrize("total", [None, "many", 3])
def test_what_is_not_known_to_be_whole_is_not_called_whole(
    storage: FolderStorage, total: object
) -> None:
    manifest = ingest(storage, lambda requested: [page(requested, "x", "y", total=total)], ["a"])
    assert manifest.whole() == []
    assert not manifest.complete


def test_an_unfinished_ingest_that_holds_what_is_no_longer_wanted_is_left_alone(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[-1]: Temporary("Spotify answered 500.")})
    refused(storage, server)
    now_wanted = IDS[1:-1]
    manifest = ingest(storage, server, now_wanted)
    assert set(manifest.fetched) == set(now_wanted)
    assert finished(storage) == [False, True]
    assert {each["requested"] for each in landed(storage)} == set(now_wanted)


def test_an_unfinished_ingest_goes_on_with_what_is_wanted_in_addition(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[-1]: Temporary("Spotify answered 500.")})
    refused(storage, server)
    server.problems.clear()
    assert set(ingest(storage, server, [*IDS, "new"]).fetched) == {*IDS, "new"}
    assert server.asked == Counter([*IDS, IDS[-1], "new"])


def test_a_finished_ingest_is_never_added_to(storage: FolderStorage) -> None:
    server = Server()
    ingest(storage, server)
    ingest(storage, server)
    assert finished(storage) == [True, True]
    assert server.asked == Counter(IDS * 2)


def test_albums_and_tracks_do_not_mix(storage: FolderStorage) -> None:
    refused(storage, Server({IDS[-1]: Temporary("Spotify answered 500.")}))
    assert ingest(storage, Server(), ["a"], kind="tracks").fetched == {"a": 2}
    assert [each["requested"] for each in landed(storage, "tracks")] == ["a", "a"]


def test_only_the_newest_ingests_are_kept(storage: FolderStorage) -> None:
    made = []
    for _ in range(KEPT_INGESTS + 3):
        ingest(storage, Server(), ["a"])
        made.append(folders(storage)[-1])
    assert folders(storage) == made[-KEPT_INGESTS:]
    assert finished(storage) == [True] * KEPT_INGESTS
    ingest(storage, Server(), ["a"], kind="tracks")
    assert len(folders(storage)) == KEPT_INGESTS


def test_the_newest_ingest_is_the_newest_finished_one(storage: FolderStorage) -> None:
    ingest(storage, Server(), ["a"])
    expected = newest_ingest(storage, "albums")
    refused(storage, Server({IDS[-1]: Temporary("Spotify answered 500.")}))
    assert finished(storage) == [True, False]
    assert newest_ingest(storage, "albums") == expected


def test_where_nothing_has_landed_yet_it_says_what_to_do(storage: FolderStorage) -> None:
    with pytest.raises(IngestError, match=r"^No albums have landed yet; materialise raw_albums"):
        newest_ingest(storage, "albums")


def test_ingests_that_start_right_after_each_other_sort_by_time(storage: FolderStorage) -> None:
    made = [new_folder("landing/albums/", run_id) for run_id in ("z", "m", "a", "z", "a")]
    assert made == sorted(made)
    for number, folder in enumerate(made):
        close(storage, folder, Manifest(fetched={"a": number}))
    assert newest_ingest(storage, "albums").manifest.fetched == {"a": 4}


def resource(url: str) -> SpotifyResource:
    return SpotifyResource(api_url=url, accounts_url=url)


def ingest_from(storage: StorageResource, url: str, wanted: Sequence[str], kind: str) -> Manifest:
    with resource(url).client() as client:
        pages = Pages(client, Pacer())
        fetch = {"albums": pages.artist_albums, "tracks": pages.album_tracks}[kind]
        return ingest(storage, fetch, wanted, kind=kind)


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    """A sandbox with albums enough for several parts."""
    return sandbox(Catalogue.fictional(6, 41, 200))


def short_albums(server: SandboxServer) -> list[str]:
    """Forty albums, each with its tracks on one page, so that a call is an id."""
    found = server.catalogue.album_tracks
    return [album_id for album_id in server.catalogue.albums if len(found[album_id]) <= 50]


def test_a_used_up_quota_ends_with_a_sentence_and_goes_on_the_next_day(
    storage: FolderStorage, server: SandboxServer
) -> None:
    wanted, options = short_albums(server), server.options
    server.options = replace(options, daily_quota=17)
    for held in (17, 34):
        with pytest.raises(IngestError, match=rf"quota is used up.* {held} have landed"):
            ingest_from(storage, server.url, wanted, "tracks")
        assert server.calls == {"album_tracks": held}
        server.options = replace(options, daily_quota=held + 17)
        with pytest.raises(IngestError, match=r"takes no calls before .* none was made"):
            ingest_from(storage, server.url, wanted, "tracks")
        assert server.calls == {"album_tracks": held}
        note_refusal(storage, -1)
    assert ingest_from(storage, server.url, wanted, "tracks").complete
    assert server.calls == {"album_tracks": 40}


def test_what_was_taken_down_meanwhile_is_gone(
    storage: FolderStorage, server: SandboxServer
) -> None:
    wanted = short_albums(server)
    server.catalogue = server.catalogue.without_album(wanted[3])
    manifest = ingest_from(storage, server.url, wanted, "tracks")
    assert manifest.gone == [wanted[3]]
    assert server.calls == {"album_tracks": 40}


@pytest.mark.parametrize("kind", ["albums", "tracks"])
def test_with_faults_of_all_kinds_the_landing_is_the_faultless_one(
    storage: FolderStorage, tmp_path: Any, sandbox: Sandbox, kind: str
) -> None:
    server = sandbox(Catalogue.fictional(30, 200, 600))
    wanted = {
        "albums": [artist["id"] for artist in server.catalogue.followed],
        "tracks": list(server.catalogue.albums)[:60],
    }[kind]
    expected = ingest_from(storage, server.url, wanted, kind)
    server.options = replace(server.options, fault_rate=0.1, slow_seconds=0.05)
    server.reset()
    faulty = FolderStorage(root=str(tmp_path / "faulty"))
    manifest = ingest_from(faulty, server.url, wanted, kind)
    assert server.stats.faults.total() >= 3
    assert manifest == expected
    assert whole(landed(faulty, kind)) == whole(landed(storage, kind))


def whole(pages: list[Page]) -> list[tuple[str, list[Any]]]:
    """Entries by id; while the page size was still being found out, pages may differ."""
    entries: dict[str, list[Any]] = {}
    for each in pages:
        entries.setdefault(each["requested"], []).extend(each["items"])
    return list(entries.items())


def ingest_in_a_process(root: str, url: str, wanted: list[str]) -> None:
    fetching.FIRST_PART_IDS = fetching.MOST_PART_IDS = PART
    ingest_from(FolderStorage(root=root), url, wanted, "tracks")


def test_a_killed_process_loses_no_more_than_the_part_it_was_at(
    storage: FolderStorage, server: SandboxServer
) -> None:
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
    parts = len(list(storage.list("landing/tracks/")))
    assert finished_kinds(storage) == []
    before = server.calls["album_tracks"]
    server.options = replace(server.options, latency_seconds=0.0)
    assert ingest_from(storage, server.url, wanted, "tracks").complete
    assert server.calls["album_tracks"] - before == len(wanted) - parts * PART
    requested = [each["requested"] for each in landed(storage, "tracks")]
    assert sorted(requested) == sorted(wanted)


def finished_kinds(storage: StorageResource) -> list[str]:
    return [blob.path for blob in storage.list("landing/") if blob.path.endswith("_SUCCESS")]
