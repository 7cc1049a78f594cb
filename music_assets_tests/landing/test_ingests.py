"""Landings: stopped anywhere, they go on from there, ask nothing twice and lose nothing."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from music_assets.calls import pacing
from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    LoginError,
    NotFound,
    RateLimited,
    Temporary,
)
from music_assets.calls.ledger import Ledger
from music_assets.calls.pacing import Pacer
from music_assets.landing import fetching
from music_assets.landing.fetching import land
from music_assets.landing.giving_up import HOPELESS
from music_assets.landing.ingests import (
    LOADED,
    SUCCESS,
    IngestError,
    Manifest,
    close,
    mark_loaded,
    newest_ingest,
    write_part,
)
from music_assets.landing.kinds import ALBUMS, TRACKS, Kind
from music_assets.landing.pages import Reject, to_line
from music_assets.landing.progress import Standing, watching
from music_assets.spotify.client import SpotifyClient
from music_assets.spotify.listings import Listing, Listings, ListingsById
from music_assets.spotify.session import Session
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import KEPT_FOLDERS, new_folder
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.rows import Page

PART = 10
APP = "sandbox@127.0.0.1:1"
IDS = [f"id{number:03}" for number in range(35)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten ids, and short pauses after a fault."""
    monkeypatch.setattr(fetching, "MOST_PART_IDS", PART)
    # One after the other, so that a part holds just these.
    monkeypatch.setattr(fetching, "WORKERS", 1)
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


class Stub(Kind):
    """A kind whose pages a function makes up, for one id at a time."""

    def __init__(self, kind: Kind, made_up: Callable[[str], list[Page]]) -> None:
        self.name, self.transform = kind.name, kind.transform
        self._kind, self._made_up = kind, made_up

    def fetch(self, _: Listings, ids: Sequence[str], starts: Mapping[str, int]) -> ListingsById:
        assert not starts
        found: ListingsById = {}
        for each in ids:
            try:
                found[each] = Listing(self._made_up(each))
            except CallError as error:
                found[each] = Listing([], error)
        return found

    def page_size(self, listings: Listings) -> int:
        return self._kind.page_size(listings)

    def ids_per_call(self, _: Listings) -> int:
        return 1

    def expected_ids_per_call(self, listings: Listings) -> int:
        return self._kind.expected_ids_per_call(listings)


def stub_session(storage: StorageResource) -> Session:
    """A session of which only the gate and the ledger are used."""
    pacer = Pacer()
    pages = Listings(cast("SpotifyClient", None), pacer)
    return Session(pages, pacer, Ledger(storage, APP, "0123456789abc"))


def ingested(
    storage: StorageResource,
    fetch: Callable[[str], list[Page]],
    wanted: Sequence[str] = IDS,
    *,
    kind: Kind = ALBUMS,
    run_id: str = "0123456789abc",
    until: str = SUCCESS,
) -> tuple[Manifest, list[Reject]]:
    return land(
        storage,
        stub_session(storage),
        Stub(kind, fetch),
        dict.fromkeys(wanted, 0),
        run_id=run_id,
        tell=lambda _: None,
        until=until,
    )


def ingest(
    storage: StorageResource,
    fetch: Callable[[str], list[Page]],
    wanted: Sequence[str] = IDS,
    **options: Any,
) -> Manifest:
    return ingested(storage, fetch, wanted, **options)[0]


@contextmanager
def standings() -> Iterator[list[Standing]]:
    """The standings of an ingest while the `with` block lasts."""
    seen: list[Any] = []
    with watching(seen.append):
        yield seen


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
    assert len(names) == 4
    assert all(re.fullmatch(r"part-\d{8}T\d{6}\.\d{6}Z-01234567\.ndjson", name) for name in names)
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
    with standings() as told:
        ingest(storage, Server())
    done = [each.done for each in told]
    assert len(told) >= 3
    assert done == sorted(set(done))
    assert done[-1] == 35
    assert [each.total - each.done for each in told] == [each.calls_left for each in told]


def test_an_ingest_that_breaks_off_goes_on_and_asks_for_nothing_that_has_landed(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[25]: RuntimeError("the power failed")})
    with pytest.raises(RuntimeError, match="power"):
        ingest(storage, server)
    assert finished(storage) == [False]
    server.problems.clear()
    with standings() as told:
        manifest = ingest(storage, server)
    assert finished(storage) == [True]
    assert told[0].done > 20
    assert (told[-1].done, told[-1].total) == (35, 35)
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


def test_what_could_not_be_fetched_is_recorded_and_the_rest_lands(storage: FolderStorage) -> None:
    bad = [IDS[3], IDS[12], IDS[34]]
    server = Server({each: Temporary("Spotify answered 500.") for each in bad})
    manifest = ingest(storage, server)
    assert manifest.failed == dict.fromkeys(bad, "Spotify answered 500.")
    assert not manifest.complete
    assert finished(storage) == [True]
    assert {each["requested"] for each in landed(storage)} == set(IDS) - set(bad)
    assert newest_ingest(storage, "albums").manifest == manifest


def test_what_failed_is_all_that_is_asked_for_again_while_the_rest_is_not_in_the_tables(
    storage: FolderStorage,
) -> None:
    bad = [IDS[3], IDS[34]]
    server = Server({each: Temporary("Spotify answered 500.") for each in bad})
    ingest(storage, server)
    server.problems.clear()
    assert ingest(storage, server, until=LOADED).complete
    assert server.asked == Counter(IDS) + Counter(bad)


@pytest.mark.parametrize("problem", [CallError("Premium."), BadRequest("No.")])
def test_a_server_that_answers_nothing_is_not_asked_for_the_rest(
    storage: FolderStorage, problem: CallError
) -> None:
    wanted = [f"id{number}" for number in range(200)]
    server = Server(dict.fromkeys(wanted, problem))
    with pytest.raises(IngestError, match="20 of the albums lists in a row could not be fetched"):
        ingest(storage, server, wanted)
    assert len(server.asked) <= HOPELESS + PART
    server.problems.clear()
    assert ingest(storage, server, wanted).complete


def test_a_server_that_goes_down_in_the_middle_is_not_asked_for_the_rest(
    storage: FolderStorage,
) -> None:
    wanted = [f"id{number:03}" for number in range(200)]
    server = Server(dict.fromkeys(wanted[30:], Temporary("Spotify answered 500.")))
    with pytest.raises(IngestError, match="in a row"):
        ingest(storage, server, wanted)
    assert len(server.asked) <= 30 + HOPELESS + PART


def test_an_id_that_spotify_does_not_take_has_failed_and_does_not_stop_the_rest(
    storage: FolderStorage,
) -> None:
    manifest = ingest(storage, Server({IDS[4]: BadRequest("invalid id")}))
    assert (manifest.gone, manifest.failed) == ([], {IDS[4]: "invalid id"})
    assert finished(storage) == [True]


def test_two_runs_that_go_on_with_one_ingest_overwrite_nothing(storage: FolderStorage) -> None:
    refused(storage, Server({IDS[-1]: LoginError("Log in again.")}))

    def meanwhile(requested: str) -> list[Page]:
        if requested == IDS[-1]:
            ingest(storage, Server(), [*IDS, "a"], run_id="other-run")
        return Server()(requested)

    ingest(storage, meanwhile, [*IDS, "b"])
    assert {each["requested"] for each in landed(storage)} == {*IDS, "a", "b"}


def test_an_ingest_that_stopped_long_ago_is_left_alone(storage: FolderStorage) -> None:
    old = "landing/albums/20200101T000000.000000Z-01234567/"
    part = f"{old}part-20200102T000000.000000Z-01234567.ndjson"
    storage.write(part, b'{"requested": "id000", "items": []}')
    server = Server()
    ingest(storage, server)
    assert server.asked == Counter(IDS)


def test_an_ingest_that_was_begun_long_ago_and_has_gone_on_since_goes_on(
    storage: FolderStorage,
) -> None:
    old = "landing/albums/20200101T000000.000000Z-01234567/"
    write_part(storage, old, "01234567", [b'{"requested": "id000", "items": []}\n'], [])
    server = Server()
    ingest(storage, server)
    assert server.asked == Counter(IDS[1:])


def test_what_landed_and_was_never_loaded_is_gone_on_with_if_asked(storage: FolderStorage) -> None:
    server = Server()
    ingest(storage, server)
    ingest(storage, server, until=LOADED)
    assert server.asked == Counter(IDS)
    mark_loaded(storage)
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
    monkeypatch.setattr(fetching, "MOST_PART_IDS", 100)
    monkeypatch.setattr(fetching, "WORKERS", 4)
    server = Server({IDS[0]: RateLimited(7_200, quota=True)})

    def slowly(requested: str) -> list[Page]:
        if requested != IDS[0]:
            time.sleep(0.05)
        return server(requested)

    refused(storage, slowly)
    # What was under way, or next in line, is finished and lands.
    assert len(server.asked) <= 2 * 4 + 1


def test_an_entry_that_no_reader_takes_goes_aside_and_counts_as_missing(
    storage: FolderStorage,
) -> None:
    def fetch(requested: str) -> list[Page]:
        return [page(requested, "sound", {"id": ["unsound"]})]

    manifest, rejects = ingested(storage, fetch, ["a"])
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


def test_what_is_no_longer_wanted_leaves_an_unfinished_ingest_and_the_rest_stays(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[-1]: LoginError("Log in again."), IDS[5]: NotFound("gone")})
    refused(storage, server)
    now_wanted = [each for each in IDS[:-1] if each not in {IDS[0], IDS[5], *IDS[10:20]}]
    manifest = ingest(storage, server, now_wanted)
    assert set(manifest.fetched) == set(now_wanted)
    assert manifest.complete
    assert finished(storage) == [True]
    assert {each["requested"] for each in landed(storage)} == set(now_wanted)
    assert {server.asked[each] for each in now_wanted} == {1}


def test_a_damaged_part_is_asked_for_again(storage: FolderStorage) -> None:
    server = Server({IDS[-1]: LoginError("Log in again.")})
    refused(storage, server)
    part = next(blob.path for blob in storage.list("landing/albums/"))
    storage.write(part, storage.read(part)[1][:-5])
    server.problems.clear()
    assert ingest(storage, server).complete
    assert {each["requested"] for each in landed(storage)} == set(IDS)


@pytest.mark.parametrize(
    "unsound",
    [
        '{"id": "x", "unknown": ' + "9" * 40 + "}",
        '{"id": "x", "name": NaN}',
        '{"id": "x", "name": {}}',
        '{"id": "x", "unknown": ' + "[" * 300 + "]" * 300 + "}",
    ],
)
def test_a_page_that_a_reader_would_refuse_is_not_gone_on_with(
    storage: FolderStorage, unsound: str
) -> None:
    folder = new_folder(storage, "landing/albums/", "01234567")
    bad = f'{{"requested": "a", "total": 1, "items": [{unsound}]}}\n'.encode()
    # The good page of the same list goes too: half of a list would look whole.
    good = to_line(page("a", "y")) + to_line(page("b", "z", total=1))
    storage.write(f"{folder}part-20260101T000000.000000Z-one.ndjson", bad + good)
    asked = Counter[str]()

    def answer(requested: str) -> list[Page]:
        asked[requested] += 1
        return [page(requested, "clean", total=1)]

    manifest, rejects = ingested(storage, answer, ["a", "b"])
    assert asked == {"a": 1}
    assert manifest.fetched == {"a": 1, "b": 1}
    assert len(rejects) == 1
    assert [each["items"] for each in landed(storage)] == [[{"id": "clean"}], [{"id": "z"}]]


@pytest.mark.parametrize(
    "line",
    [
        b'{"requested": ["a"], "items": []}',
        b'{"requested": {"a": 1}, "items": []}',
        b'{"requested": 7, "items": [{"id": "x"}]}',
        b'{"items": [{"id": "x"}]}',
        b"7",
        b"null",
    ],
)
def test_a_landed_line_that_says_of_no_id_what_it_is_about_leaves(
    storage: FolderStorage, line: bytes
) -> None:
    folder = new_folder(storage, "landing/albums/", "01234567")
    good = to_line(page("b", "z", total=1))
    storage.write(f"{folder}part-20260101T000000.000000Z-one.ndjson", line + b"\n" + good)
    manifest, _ = ingested(storage, lambda each: [page(each, "clean", total=1)], ["a", "b"])
    assert manifest.fetched == {"a": 1, "b": 1}
    assert [each["items"] for each in landed(storage)] == [[{"id": "clean"}], [{"id": "z"}]]


@pytest.mark.parametrize("damage", [b'{"requested": "a", "ite', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_part_goes_aside_before_its_ids_are_asked_for_again(
    storage: FolderStorage, damage: bytes
) -> None:
    folder = new_folder(storage, "landing/albums/", "01234567")
    part = f"{folder}part-20260101T000000.000000Z-one.ndjson"
    storage.write(part, to_line(page("a", "kept aside", total=1)) + damage)
    manifest, rejects = ingested(storage, lambda each: [page(each, "clean", total=1)], ["a"])
    assert manifest.fetched == {"a": 1}
    [reject] = rejects
    assert "not the lines of a landing" in reject.reason
    assert "kept aside" in reject.record
    assert storage.find(part) is None


def test_a_list_that_two_runs_bring_counts_once(storage: FolderStorage) -> None:
    folder = new_folder(storage, "landing/albums/", "01234567")
    line = to_line(page("a", "x", "y", total=3))
    for run_id in ("one", "two"):
        write_part(storage, folder, run_id, [line], [])
    manifest = ingest(storage, lambda each: [page(each, total=0)], ["a", "b"])
    assert manifest.fetched == {"a": 2, "b": 0}
    assert manifest.whole() == ["b"]


def test_an_unfinished_ingest_goes_on_with_what_is_wanted_in_addition(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[-1]: LoginError("Log in again.")})
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
    refused(storage, Server({IDS[-1]: LoginError("Log in again.")}))
    assert ingest(storage, Server(), ["a"], kind=TRACKS).fetched == {"a": 2}
    assert [each["requested"] for each in landed(storage, "tracks")] == ["a", "a"]


def test_only_the_newest_ingests_are_kept(storage: FolderStorage) -> None:
    made = []
    for _ in range(KEPT_FOLDERS + 3):
        ingest(storage, Server(), ["a"])
        made.append(folders(storage)[-1])
    assert folders(storage) == made[-KEPT_FOLDERS:]
    assert finished(storage) == [True] * KEPT_FOLDERS
    ingest(storage, Server(), ["a"], kind=TRACKS)
    assert len(folders(storage)) == KEPT_FOLDERS


def test_the_newest_ingest_is_the_newest_finished_one(storage: FolderStorage) -> None:
    ingest(storage, Server(), ["a"])
    expected = newest_ingest(storage, "albums")
    refused(storage, Server({IDS[-1]: LoginError("Log in again.")}))
    assert finished(storage) == [True, False]
    assert newest_ingest(storage, "albums") == expected


def test_where_nothing_has_landed_yet_it_says_what_to_do(storage: FolderStorage) -> None:
    with pytest.raises(IngestError, match=r"^No albums have landed yet; materialise raw_albums"):
        newest_ingest(storage, "albums")


def test_ingests_that_start_right_after_each_other_sort_by_time(storage: FolderStorage) -> None:
    made = [new_folder(storage, "landing/albums/", run_id) for run_id in ("z", "m", "a", "z", "a")]
    assert made == sorted(made)
    for number, folder in enumerate(made):
        close(storage, folder, Manifest(fetched={"a": number}))
    assert newest_ingest(storage, "albums").manifest.fetched == {"a": 4}


def test_what_is_gone_is_not_asked_for_again_by_the_run_that_goes_on(
    storage: FolderStorage,
) -> None:
    server = Server({IDS[3]: NotFound("gone"), IDS[34]: LoginError("Log in again.")})
    refused(storage, server)
    del server.problems[IDS[34]]
    manifest = ingest(storage, server)
    assert manifest.gone == [IDS[3]]
    assert server.asked[IDS[3]] == 1
    assert finished(storage) == [True]


def test_a_step_that_is_tried_again_writes_over_none_of_its_parts(storage: FolderStorage) -> None:
    # The first part holds nothing but what is gone, so that there are fewer files than numbers.
    problems: dict[str, BaseException] = {each: NotFound("gone") for each in IDS[:PART]}
    server = Server(problems | {IDS[34]: LoginError("Log in again.")})
    refused(storage, server)
    del server.problems[IDS[34]]
    ingest(storage, server)
    assert {each["requested"] for each in landed(storage)} == set(IDS[PART:])


def test_a_login_that_is_not_accepted_stops_everybody_at_once(storage: FolderStorage) -> None:
    server = Server({IDS[12]: LoginError("Log in again.")})
    why = refused(storage, server)
    assert why.startswith("Log in again. ")
    assert why.endswith("a new run goes on from there.")
    assert not set(server.asked) & set(IDS[20:])
