"""The inbox: what people drop there becomes a landing, or an error that says what is wrong."""

import json
from typing import Any

import pytest

from music_assets.calls.pacing import Pacer
from music_assets.landing.follow_inbox import (
    FOLLOWED,
    FollowList,
    land_follow_list,
    put_follow_list,
    read_follow_list,
    require_no_misnamed_list,
)
from music_assets.landing.inboxes import FOLLOW_FILES
from music_assets.landing.ingests import IngestError, newest_ingest
from music_assets.landing.pages import Reject, to_line
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.listings import Listings
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST
from music_assets.storage.storage_errors import WrittenByAnother
from music_assets_tests.conftest import Sandbox


def page(*identities: str, total: object = 3) -> dict[str, Any]:
    items = [{"id": identity, "name": identity.upper()} for identity in identities]
    return {"href": "https://api.spotify.com/v1/me/following", "items": items, "total": total}


def content(*pages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in pages)


def drop(storage: FolderStorage, *pages: dict[str, Any]) -> None:
    storage.write(FOLLOW_LIST, content(*pages))


def landed(storage: FolderStorage) -> list[dict[str, Any]]:
    parts = newest_ingest(storage, "artists").parts
    return [json.loads(line) for part in parts for line in storage.read(part)[1].splitlines()]


def test_pages_that_overlap_name_each_artist_once() -> None:
    followed = read_follow_list(content(page("a", "b"), page("b", "c"), page("a", "b")), "list")
    assert followed.artists == ["a", "b", "c"]
    assert len(followed.pages) == 3
    assert followed.rejects == []


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        ([("ab", 2, "")], True),
        ([("ab", 3, "")], False),
        ([("ab", 4, ""), ("cd", 4, "after=b")], True),
        ([("ab", 4, ""), ("ab", 4, "after=b")], False),
        ([("abcd", 4, ""), ("ab", 4, "")], False),
        ([("abcd", 4, ""), ("ab", 3, ""), ("e", 3, "after=b")], True),
        ([("ab", None, "")], False),
        ([("ab", "2", "")], False),
    ],
)
def test_a_list_is_whole_if_its_last_generation_names_as_many_as_there_are(
    pages: list[tuple[str, object, str]], whole: bool
) -> None:
    read = [
        {"href": href, "total": total, "items": [{"id": each} for each in letters]}
        for letters, total, href in pages
    ]
    assert FollowList(read, list("ab"), []).whole == whole
    assert not FollowList(read, list("ab"), [Reject(1, "not JSON", "?")]).whole


@pytest.mark.parametrize("empty", [b"", b"\n \r\n"])
def test_an_empty_list_is_an_error_that_says_so(empty: bytes) -> None:
    with pytest.raises(IngestError, match=r"^Nothing in list can be read, it is empty\.$"):
        read_follow_list(empty, "list")


def test_an_unreadable_list_is_an_error_that_says_why_and_where() -> None:
    with pytest.raises(IngestError, match=r"^Nothing in list can be read: not JSON: .* \(line 2\)"):
        read_follow_list(b"\nno list at all", "list")


@pytest.mark.parametrize("items", [[], [None], [{}], [{"id": None}], [{"id": ""}]])
def test_a_list_without_artists_changes_nothing_and_is_an_error(items: list[Any]) -> None:
    with pytest.raises(IngestError, match=r"names no artist, so nothing was changed\.$"):
        read_follow_list(content({"items": items}), "list")


def test_where_there_is_no_list_it_says_where_and_what_to_run(storage: FolderStorage) -> None:
    with pytest.raises(IngestError, match=r"no follow list at .*; run `music-assets follow`\.$"):
        land_follow_list(storage, "run")
    assert list(storage.list("landing/")) == []


def test_a_list_that_cannot_be_used_lands_nothing(storage: FolderStorage) -> None:
    storage.write(FOLLOW_LIST, b"no list at all")
    with pytest.raises(IngestError, match=FOLLOW_LIST):
        land_follow_list(storage, "run")
    assert list(storage.list("landing/")) == []


def test_a_whole_list_lands_and_counts_as_complete(storage: FolderStorage) -> None:
    pages = [page("a", "b"), page("b", "c") | {"href": "/v1/me/following?after=b"}]
    drop(storage, *pages)
    folder, followed = land_follow_list(storage, "0123456789")
    newest = newest_ingest(storage, "artists")
    assert newest.folder == folder
    assert folder.startswith("landing/artists/")
    assert newest.parts == [f"{folder}part-00001.ndjson"]
    assert newest.manifest.expected == newest.manifest.fetched == {FOLLOWED: 3}
    assert newest.manifest.complete
    assert landed(storage) == followed.pages == pages


def test_the_first_page_of_many_is_not_taken_for_the_whole_list(storage: FolderStorage) -> None:
    drop(storage, page("a", "b", total=100))
    land_follow_list(storage, "run")
    manifest = newest_ingest(storage, "artists").manifest
    assert (manifest.expected, manifest.fetched) == ({FOLLOWED: None}, {FOLLOWED: 2})
    assert not manifest.complete


def test_a_list_that_does_not_say_how_many_there_are_is_not_called_complete(
    storage: FolderStorage,
) -> None:
    drop(storage, {"items": [{"id": "a"}]})
    land_follow_list(storage, "run")
    assert not newest_ingest(storage, "artists").manifest.complete


def test_a_list_with_unreadable_lines_proves_nothing_about_who_is_missing(
    storage: FolderStorage,
) -> None:
    storage.write(FOLLOW_LIST, content(page("a", "b", "c")) + b"{cut off\n")
    _, followed = land_follow_list(storage, "run")
    assert [reject.line for reject in followed.rejects] == [2]
    manifest = newest_ingest(storage, "artists").manifest
    assert manifest.fetched == {FOLLOWED: 3}
    assert not manifest.complete


def test_a_later_change_of_the_inbox_does_not_touch_what_has_landed(
    storage: FolderStorage,
) -> None:
    drop(storage, page("a"))
    land_follow_list(storage, "run")
    drop(storage, page("b"))
    assert landed(storage) == [page("a")]


def test_what_is_put_into_the_inbox_is_what_lands(storage: FolderStorage, sandbox: Sandbox) -> None:
    server = sandbox(World.fictional(60, 1, 1))
    spotify = SpotifyResource(api_url=server.url, accounts_url=server.url)
    with spotify.client(user=True) as client:
        pages = list(Listings(client, Pacer()).followed_artists())
    put_follow_list(storage, pages)
    _, followed = land_follow_list(storage, "run")
    assert followed.artists == [artist["id"] for artist in server.world.followed]
    assert landed(storage) == pages
    assert newest_ingest(storage, "artists").manifest.complete


def test_a_list_that_cannot_be_written_leaves_the_old_one(storage: FolderStorage) -> None:
    drop(storage, page("a"))
    with pytest.raises(ValueError, match="JSON"):
        put_follow_list(storage, [page("b"), page("c", total=float("inf"))])
    assert storage.read(FOLLOW_LIST)[1] == content(page("a"))


def test_a_list_that_came_first_is_kept_where_one_was_only_to_be_put_into_an_empty_inbox(
    storage: FolderStorage,
) -> None:
    put_follow_list(storage, [page("a")], if_absent=True)
    with pytest.raises(WrittenByAnother):
        put_follow_list(storage, [page("b")], if_absent=True)
    assert storage.read(FOLLOW_LIST)[1] == to_line(page("a"))


def test_what_a_file_manager_leaves_in_the_inbox_is_no_misnamed_list(
    storage: FolderStorage,
) -> None:
    for name in (".DS_Store", "README", ".gitkeep", "Thumbs.db"):
        storage.write(f"{FOLLOW_FILES}{name}", b"x")
    require_no_misnamed_list(storage)
    storage.write(f"{FOLLOW_FILES}Followed.JSON", b"x")
    with pytest.raises(IngestError, match=r"Followed\.JSON is left out"):
        require_no_misnamed_list(storage)
