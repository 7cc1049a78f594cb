"""Paging: every page once, the size that the server takes, and an end whatever it says."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from music_assets.calls import pacing
from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    NotFound,
    RateLimited,
    Temporary,
)
from music_assets.calls.pacing import Pacer
from music_assets.landing.pages import ids
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.album_page_size import PAGE_SIZES
from music_assets.spotify.client import SpotifyClient
from music_assets.spotify.listed_items import without
from music_assets.spotify.listings import MOST_PAGES, SPOILT_BATCHES, Listings
from music_assets.transforms.catalogue import albums, artists, tracks
from music_assets.transforms.rows import Page
from music_assets_tests.conftest import Sandbox

ARTIST = "4aawyAB9vmqN3uQ7FjRGTy"


def resource(server: SandboxServer) -> SpotifyResource:
    return SpotifyResource(api_url=server.url, accounts_url=server.url)


def of_album(server: SandboxServer, position: int) -> tuple[str, list[str]]:
    album_id = list(server.world.albums)[position]
    return album_id, [track["id"] for track in server.world.album_tracks[album_id]]


def own_albums(server: SandboxServer, artist_id: str) -> list[str]:
    groups = frozenset({"album", "single", "compilation"})
    return [album["id"] for album in server.world.albums_of(artist_id, groups)]


@pytest.mark.parametrize("count", [1, 50, 51, 120])
def test_every_followed_artist_comes_however_many_pages_there_are(
    sandbox: Sandbox, count: int
) -> None:
    server = sandbox(World.fictional(count, 1, 1))
    with resource(server).client(user=True) as client:
        pages = list(Listings(client, Pacer()).followed_artists())
    assert ids(pages, artists) == [artist["id"] for artist in server.world.followed]
    assert server.calls == {"following": -(-count // 50)}


def test_a_list_without_artists_is_one_empty_page(sandbox: Sandbox) -> None:
    with resource(sandbox(World.fictional(0, 0, 0))).client(user=True) as client:
        assert [page["items"] for page in Listings(client, Pacer()).followed_artists()] == [[]]


def test_every_track_of_a_long_album_comes(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(2, 12, 300))
    album_id, expected = of_album(server, 7)
    assert len(expected) > 100
    with resource(server).client() as client:
        pages = list(Listings(client, Pacer()).album_tracks(album_id))
    assert ids(pages, tracks) == expected
    # The album brings the first page along.
    assert server.calls == {"album": 1, "album_tracks": -(-len(expected) // 50) - 1}
    assert ["album" in page for page in pages] == [True] + [False] * (len(pages) - 1)


def test_each_page_says_what_was_asked_for_and_is_otherwise_as_it_came(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(2, 12, 300))
    album_id, _ = of_album(server, 7)
    with resource(server).client() as client:
        first, second, third = Listings(client, Pacer()).album_tracks(album_id)
        whole = client.album(album_id)
        for page, offset, more in ((first, 0, 50), (second, 50, 100), (third, 100, None)):
            assert page == {
                **client.album_tracks(album_id, limit=50, offset=offset),
                "requested": album_id,
                **({"continued": more} if more else {}),
                **({} if offset else {"album": without(whole, "tracks")}),
            }
        assert whole["external_ids"]
        assert whole["images"]


def test_the_album_that_comes_along_is_the_same_singly_and_in_a_batch(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(2, 12, 300), mode="extended")
    wanted = list(server.world.albums)
    with resource(server).client() as client:
        singly = [next(iter(Listings(client, Pacer()).album_tracks(each))) for each in wanted]
        batch = Listings(client, Pacer()).tracks_of(wanted, {})
    assert [batch[each].pages[0] for each in wanted] == singly
    assert [page["album"]["id"] for page in singly] == wanted


def test_development_mode_makes_the_page_smaller_once_and_for_all(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(4, 120, 120))
    pacer = Pacer()
    artist_ids = [artist["id"] for artist in server.world.followed]
    expected = {each: own_albums(server, each) for each in artist_ids}
    with resource(server).client() as client:
        reader = Listings(client, pacer)
        landed = {each: ids(reader.artist_albums(each), albums) for each in artist_ids}
    assert landed == expected
    # 50 and 20 were refused once each; from then on nothing was.
    assert pacer.counts.calls == 2 + sum(-(-len(found) // 10) for found in expected.values())


def test_extended_mode_keeps_the_large_page(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(1, 120, 120), mode="extended")
    artist = server.world.followed[0]["id"]
    with resource(server).client() as client:
        pages = list(Listings(client, Pacer()).artist_albums(artist))
    assert ids(pages, albums) == own_albums(server, artist)
    assert server.calls == {"artist_albums": 3}


def test_threads_that_are_refused_together_step_down_one_step_at_a_time(sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(8, 80, 80), latency_seconds=0.02)
    artist_ids = [artist["id"] for artist in server.world.followed]
    with resource(server).client() as client, ThreadPoolExecutor(8) as pool:
        reader = Listings(client, Pacer())
        pages = list(pool.map(lambda each: list(reader.artist_albums(each)), artist_ids))
    assert [ids(each, albums) for each in pages] == [own_albums(server, a) for a in artist_ids]


def test_what_is_not_there_is_not_found_at_the_first_call(sandbox: Sandbox) -> None:
    server = sandbox(mode="extended")
    with resource(server).client() as client, pytest.raises(NotFound):
        list(Listings(client, Pacer()).artist_albums(ARTIST))
    assert server.calls == {"artist_albums": 1}


class Misbehaving:
    """A client whose pages are the given ones, the last for ever after."""

    def __init__(self, pages: Sequence[Page], largest: int = 50) -> None:
        self.pages, self.largest = pages, largest
        self.asked: list[tuple[int, Any]] = []
        self.lock = threading.Lock()

    def artist_albums(self, artist_id: str, *, limit: int, offset: int) -> Page:
        assert artist_id == ARTIST
        return self._page(limit, offset)

    def followed_artists(self, *, limit: int, after: str | None = None) -> Page:
        return self._page(limit, after)

    def _page(self, limit: int, position: int | str | None) -> Page:
        with self.lock:
            self.asked.append((limit, position))
            if limit > self.largest:
                raise BadRequest("Invalid limit")
            accepted = sum(1 for asked, _ in self.asked if asked <= self.largest)
            return self.pages[min(accepted, len(self.pages)) - 1]


def page(*items: str, more: bool = True, total: object = None, after: str | None = None) -> Page:
    listed = [{"id": item} for item in items]
    return {
        "items": listed,
        "next": "more" if more else None,
        "total": total,
        "cursors": {"after": after},
    }


def read(client: Misbehaving) -> list[list[str]]:
    pages = Listings(cast("SpotifyClient", client), Pacer()).artist_albums(ARTIST)
    return [[item["id"] for item in each["items"]] for each in pages]


def test_paging_stops_where_a_page_is_empty_though_more_is_promised() -> None:
    client = Misbehaving([page("a", "b"), page("c"), page()])
    assert read(client) == [["a", "b"], ["c"], []]
    assert [offset for _, offset in client.asked] == [0, 2, 3]


def test_paging_stops_where_a_page_repeats_what_came() -> None:
    client = Misbehaving([page("a", "b"), page("c", "a"), page("c", "b")])
    assert read(client) == [["a", "b"], ["c"], []]
    assert len(client.asked) == 3


def test_an_empty_list_is_one_page() -> None:
    assert read(Misbehaving([page(more=True)])) == [[]]
    assert read(Misbehaving([page(more=False, total=0)])) == [[]]


@pytest.mark.parametrize("total", [0, 1, None, "many"])
def test_a_total_that_is_too_small_or_none_at_all_cuts_nothing_off(total: object) -> None:
    pages = [page("a", "b", total=total), page("c", total=total, more=False)]
    assert read(Misbehaving(pages)) == [["a", "b"], ["c"]]


def test_a_list_that_ends_before_its_total_is_asked_once_more() -> None:
    client = Misbehaving([page("a", total=3, more=False), page("b", "c", total=3, more=False)])
    assert read(client) == [["a"], ["b", "c"]]
    assert [offset for _, offset in client.asked] == [0, 1]


def test_a_total_that_is_too_large_costs_one_call_more_and_none_once_it_is_known() -> None:
    client = Misbehaving([page("a", total=1_000, more=False), page(total=1_000, more=False)])
    assert read(client) == [["a"], []]
    assert len(client.asked) == 2
    again = Misbehaving([page("a", total=1_000, more=False)])
    listings = Listings(cast("SpotifyClient", again), Pacer())
    listings.is_as_before = lambda *known: known == (ARTIST, 1_000, 1)
    assert len(list(listings.artist_albums(ARTIST))) == 1


def test_an_empty_page_in_the_middle_is_passed_over() -> None:
    empty = {"items": [], "next": "more", "total": 3, "limit": 1}
    client = Misbehaving([page("a", total=3), empty, page("c", total=3, more=False)])
    assert read(client) == [["a"], [], ["c"]]
    assert [offset for _, offset in client.asked] == [0, 1, 2]


@pytest.mark.parametrize("limit", [10**30, 1e9, -5, "many", None])
def test_an_empty_page_is_passed_over_by_no_more_than_a_page(limit: object) -> None:
    empty = {"items": [], "next": "more", "total": 3, "limit": limit}
    client = Misbehaving([page("a", total=3), empty, page("c", total=3, more=False)])
    read(client)
    assert 1 < client.asked[2][1] <= 1 + PAGE_SIZES[0]


def test_a_follow_list_that_ends_early_is_asked_for_the_rest_once() -> None:
    first, rest = page("b", "c", total=3, more=False), page("a", "b", total=3, more=False)
    client = Misbehaving([first, rest])
    found = list(Listings(cast("SpotifyClient", client), Pacer()).followed_artists())
    assert ids(found, artists) == ["b", "c", "a"]
    assert [after for _, after in client.asked] == [None, "b"]


class Endless(Misbehaving):
    """A client that always has something new."""

    def _page(self, limit: int, position: int | str | None) -> Page:
        self.asked.append((limit, position))
        return page(f"item {position}")


def test_a_list_that_never_ends_is_an_error() -> None:
    client = Endless([])
    with pytest.raises(CallError, match=rf"for {ARTIST} does not end after \d+ entries\.$"):
        read(client)
    assert len(client.asked) == MOST_PAGES


@pytest.mark.parametrize("items", [None, {}, "none"])
def test_a_page_without_a_list_of_items_is_an_error(items: object) -> None:
    with pytest.raises(CallError, match="without a list of items"):
        read(Misbehaving([{"items": items, "next": None}]))


def test_entries_without_an_id_are_kept_and_do_not_hold_up_the_end() -> None:
    pages = [{"items": [None, {"id": None}, "x"], "next": "more"}, page()]
    found = Listings(cast("SpotifyClient", Misbehaving(pages)), Pacer()).artist_albums(ARTIST)
    assert [each["items"] for each in found] == [[None, {"id": None}, "x"], []]


def test_the_page_size_steps_down_and_is_remembered() -> None:
    client = Misbehaving([page("a"), page("b", more=False), page("c", more=False)], largest=10)
    reader = Listings(cast("SpotifyClient", client), Pacer())
    for _ in range(2):
        list(reader.artist_albums(ARTIST))
    assert client.asked == [(50, 0), (20, 0), (10, 0), (10, 1), (10, 0)]


def test_a_server_that_takes_no_page_size_is_an_error_and_no_loop() -> None:
    client = Misbehaving([page("a")], largest=1)
    with pytest.raises(BadRequest):
        read(client)
    assert [limit for limit, _ in client.asked] == [50, 20, 10]


@pytest.mark.parametrize(
    "pages",
    [
        [page("a", after="a"), page("a", after="a")],
        [page("a", after="a"), page("b", after="b"), page("a", after="a")],
        [page("a", after="a"), page(after="b")],
        [page("a", after=None)],
        [page("a", after="a", more=False)],
        [{"items": [], "next": "more"}],
        [{"items": [], "next": "more", "cursors": None}],
    ],
)
def test_a_follow_list_that_goes_round_in_circles_is_stopped(pages: list[Page]) -> None:
    client = Misbehaving(pages)
    found = list(Listings(cast("SpotifyClient", client), Pacer()).followed_artists())
    assert found == pages
    assert len(client.asked) == len(pages)


@pytest.mark.parametrize("items", [None, "x", 7, {}])
def test_a_follow_list_without_a_list_of_items_is_an_empty_one(items: object) -> None:
    client = Misbehaving([{"items": items, "next": None, "cursors": [1], "total": 4}])
    found = list(Listings(cast("SpotifyClient", client), Pacer()).followed_artists())
    assert [each["items"] for each in found] == [[], []]
    assert [after for _, after in client.asked] == [None, None]


class Batching:
    """A client with an answer for batches, or an error; one track for each album otherwise."""

    def __init__(self, batch: list[Page | None] | CallError) -> None:
        self.batch = batch
        self.asked: list[tuple[str, int]] = []

    def albums(self, album_ids: Sequence[str]) -> list[Page | None]:
        self.asked.append(("albums", len(album_ids)))
        if isinstance(self.batch, CallError):
            raise self.batch
        return self.batch

    def album(self, album_id: str) -> Page:
        self.asked.append((album_id, 0))
        return {"id": album_id, "tracks": page(f"{album_id} 0", more=False)}

    def album_tracks(self, album_id: str, *, limit: int, offset: int) -> Page:
        assert limit == 50
        assert offset
        self.asked.append((album_id, offset))
        return page(f"{album_id} {offset}", more=False) | {"album": "not the server's to say"}


def tracks_of(client: Batching, *album_ids: str, **known: Any) -> dict[str, Any]:
    """The ids of each album's tracks, or the error."""
    answers = Listings(cast("SpotifyClient", client), Pacer(), **known).tracks_of(album_ids, {})
    return {each: answer.error or ids(answer.pages, tracks) for each, answer in answers.items()}


def test_a_batch_brings_first_pages_and_what_is_left_is_asked_for_from_there() -> None:
    short, long = page("s", more=False), page("l", "m", more=True)
    client = Batching([{"tracks": short}, {"tracks": long, "label": "Moss"}])
    assert tracks_of(client, "a", "b") == {"a": ["s"], "b": ["l", "m", "b 2"]}
    assert client.asked == [("albums", 2), ("b", 2)]
    answers = Listings(cast("SpotifyClient", client), Pacer()).tracks_of(["a", "b"], {})
    assert [each.get("album") for each in answers["b"].pages] == [{"label": "Moss"}, None]


@pytest.mark.parametrize("album", [{"tracks": None}, {"tracks": [1]}, {}, [], "b"])
def test_a_batch_without_an_album_or_without_its_tracks_costs_only_that_album(album: Any) -> None:
    client = Batching([None, album, {"tracks": page("c", more=False)}])
    found = tracks_of(client, *"abc")
    assert isinstance(found["a"], NotFound)
    assert "without a page of tracks" in str(found["b"])
    assert found["c"] == ["c"]
    assert client.asked == [("albums", 3)]


@pytest.mark.parametrize("error", [NotFound("404"), Forbidden("403"), BadRequest("400")])
def test_an_album_that_is_refused_is_the_error_of_its_tracks(error: CallError) -> None:
    class Refusing(Batching):
        def album(self, album_id: str) -> Page:
            self.asked.append((album_id, 0))
            raise error

    client = Refusing([])
    assert tracks_of(client, "a", batches=False) == {"a": error}
    assert client.asked == [("a", 0)]


def test_an_album_without_its_tracks_is_an_error() -> None:
    class Bare(Batching):
        def album(self, album_id: str) -> Page:
            return {"id": album_id}

    assert "without a page of tracks" in str(tracks_of(Bare([]), "a", batches=False)["a"])


@pytest.mark.parametrize("error", [BadRequest("400"), Forbidden("403"), NotFound("404")])
def test_a_batch_that_is_refused_is_never_asked_for_again(error: CallError) -> None:
    client = Batching(error)
    reader = Listings(cast("SpotifyClient", client), Pacer())
    assert reader.albums_at_once == 20
    # Unanswered, they are asked for once more, one at a time.
    assert reader.tracks_of(["a", "b"], {}) == {}
    assert list(reader.tracks_of(["a"], {})) == ["a"]
    assert client.asked == [("albums", 2), ("a", 0)]
    assert (reader.batches, reader.albums_at_once) == (False, 1)


def test_an_app_that_is_known_to_have_no_batches_is_not_asked_for_one() -> None:
    client = Batching(CallError("never"))
    assert tracks_of(client, "a", batches=False) == {"a": ["a 0"]}
    assert client.asked == [("a", 0)]


def test_a_fault_that_a_batch_cannot_get_over_has_its_albums_asked_for_singly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.001)
    client = Batching(Temporary("Spotify answered 500."))
    reader = Listings(cast("SpotifyClient", client), Pacer())
    answers = reader.tracks_of(["a", "b"], {})
    assert [ids(answer.pages, tracks) for answer in answers.values()] == [["a 0"], ["b 0"]]
    assert client.asked == [("albums", 2)] * pacing.ATTEMPTS + [("a", 0), ("b", 0)]
    assert reader.batches is None
    assert reader.albums_at_once == 20
    for _ in range(SPOILT_BATCHES - 1):
        reader.tracks_of(["a", "b"], {})
    assert reader.albums_at_once == 1


def test_a_list_that_was_begun_goes_on_where_it_stopped_beside_a_batch() -> None:
    client = Batching([{"tracks": page("a", more=False)}, {"tracks": page("c", more=False)}])
    answers = Listings(cast("SpotifyClient", client), Pacer()).tracks_of(["a", "b", "c"], {"b": 50})
    assert ids(answers["b"].pages, tracks) == ["b 50"]
    assert client.asked == [("b", 50), ("albums", 2)]


def test_the_pages_before_a_fault_are_kept_and_say_where_the_list_goes_on() -> None:
    class Broken(Misbehaving):
        def _page(self, limit: int, position: int | str | None) -> Page:
            if position == 3:
                raise RateLimited(7_200, quota=True)
            return super()._page(limit, position)

    client = Broken([page("a", "b", "x"), page("c", more=False)])
    reader = Listings(cast("SpotifyClient", client), Pacer(), albums_page=50)
    answer = reader.albums_of([ARTIST], {})[ARTIST]
    assert isinstance(answer.error, RateLimited)
    assert [each["continued"] for each in answer.pages] == [3]
    whole = Misbehaving([page("c", more=False)])
    rest = Listings(cast("SpotifyClient", whole), Pacer()).albums_of([ARTIST], {ARTIST: 3})[ARTIST]
    assert whole.asked == [(50, 3)]
    assert "continued" not in rest.pages[0]


def test_an_entry_that_stands_twice_on_one_page_counts_once() -> None:
    assert read(Misbehaving([page("x", "x", "y", more=False)])) == [["x", "y"]]


def test_a_refusal_of_a_batch_is_the_answer_for_each_of_its_albums() -> None:
    refusal = RateLimited(7_200, quota=True)
    assert tracks_of(Batching(refusal), "a", "b") == {"a": refusal, "b": refusal}
