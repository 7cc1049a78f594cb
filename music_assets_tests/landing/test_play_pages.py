"""Landings of plays: pages by month, songs, and a manifest that closes them."""

import json
from pathlib import Path

import pytest

from music_assets.landing import play_pages
from music_assets.landing.play_manifests import (
    PlaysManifest,
    mark_plays_loaded,
    plays_are_loaded,
)
from music_assets.landing.play_pages import Plays, PlaysWriter, month_of
from music_assets.landing.song_names import name_id
from music_assets.loading.landed_plays import landed_plays
from music_assets.storage.folder import FolderStorage
from music_assets_tests.landed_plays import landed, load, manifests, offline, plays, songs

MANIFEST = PlaysManifest("my.zip", "1", "spotify", records=3, plays=3)
DAY = 86_400


def write(storage: FolderStorage, moments: list[int], key: str = "abc") -> None:
    with PlaysWriter(storage, key) as writer:
        for at in moments:
            writer.add(writer.song(f"Song{at % 3}", "T", "A", None), "recent", at, 1_000)
        writer.finish(MANIFEST)


def test_pages_hold_the_plays_of_one_month_and_no_more_than_a_thousand(
    storage: FolderStorage,
) -> None:
    write(storage, [*range(2_500), 40 * DAY])
    lines = {
        path: [json.loads(line) for line in content.splitlines()]
        for path, content in landed(storage).items()
    }
    first = lines["landing/plays/abc/1970-01-001.ndjson"]
    assert [(page["requested"], len(page["plays"])) for page in first] == [
        ("1970-01", 1_000),
        ("1970-01", 1_000),
        ("1970-01", 500),
    ]
    [second] = lines["landing/plays/abc/1970-02-001.ndjson"]
    assert (second["requested"], len(second["plays"])) == ("1970-02", 1)
    assert [play["at"] for page in first for play in page["plays"]] == list(range(2_500))


def test_each_song_stands_once_with_the_moment_of_its_newest_play(storage: FolderStorage) -> None:
    write(storage, [5, 2, 8, 1, 3])
    assert {(song["song_id"], song["last"]) for song in songs(storage)} == {
        ("Song2", 8),
        ("Song1", 1),
        ("Song0", 3),
    }


def test_plays_without_a_connection_are_listed_with_their_songs(storage: FolderStorage) -> None:
    with PlaysWriter(storage, "abc") as writer:
        for song_id, title in (("id", "T"), (None, "T"), (None, None)):
            song = writer.song(song_id, title, "A", None)
            writer.add(song, "spotify", 9, 1_000, None, False, 5)
            writer.add(song, "spotify", 9, 1_000)
        writer.finish(MANIFEST)
    told = {"at": 9, "offline": 5, "ms_played": 1_000}
    assert offline(storage) == [{"key": "id"} | told, {"key": name_id("A", "T")} | told]


def test_an_empty_name_is_none() -> None:
    every = Plays()
    song = every.song("id", "", "A", "")
    assert (song.title, song.artist, song.album, song.name_id) == (None, "A", None, None)
    assert every.song("id", None, "A", None) is song


def test_what_is_not_held_any_more_goes_to_the_next_file_of_its_month(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_pages, "MOST_HELD", 4)
    moments = [0, 1, 40 * DAY, 2, 3, 41 * DAY, 4]
    write(storage, moments)
    names = [path.rpartition("/")[2] for path in landed(storage)]
    assert [name for name in names if name.startswith("1970")] == [
        "1970-01-001.ndjson",
        "1970-01-002.ndjson",
        "1970-02-001.ndjson",
        "1970-02-002.ndjson",
    ]
    assert sorted(play["at"] for play in plays(storage)) == sorted(moments)


def test_a_landing_that_is_written_anew_leaves_nothing_of_the_old_one(
    storage: FolderStorage,
) -> None:
    write(storage, [0, 40 * DAY])
    write(storage, [0])
    assert [play["at"] for play in plays(storage)] == [0]
    assert len(landed(storage)) == 3


def test_an_error_leaves_nothing_of_a_new_landing_and_all_of_an_old_one(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_pages, "MOST_HELD", 1)

    def failing() -> None:
        with PlaysWriter(storage, "abc") as writer:
            writer.add(writer.song("id", "T", "A", None), "recent", 5, None)
            assert landed(storage)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        failing()
    assert landed(storage) == {}
    write(storage, [5])
    with pytest.raises(ValueError):  # noqa: PT011
        failing()
    assert len(manifests(storage)) == 1


def test_a_landing_without_its_manifest_is_none(storage: FolderStorage) -> None:
    write(storage, [1])
    storage.delete("landing/plays/abc/_SUCCESS")
    assert plays(storage) == []


def test_a_landing_is_loaded_until_it_is_written_anew(storage: FolderStorage) -> None:
    write(storage, [1])
    assert not plays_are_loaded(storage, "abc")
    before = landed_plays(storage).manifests
    mark_plays_loaded(storage, before)
    assert plays_are_loaded(storage, "abc")
    write(storage, [1, 2])
    assert not plays_are_loaded(storage, "abc")
    # What a step has loaded is what was there when it looked.
    mark_plays_loaded(storage, before)
    assert not plays_are_loaded(storage, "abc")
    load(storage)
    assert plays_are_loaded(storage, "abc")


def test_a_landing_of_nothing_is_one(storage: FolderStorage, tmp_path: Path) -> None:
    write(storage, [])
    assert (len(manifests(storage)), plays(storage), songs(storage)) == (1, [], [])
    assert [each.name for each in tmp_path.iterdir()] == ["storage"]


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (0, "1970-01"),
        (-1, "1969-12"),
        (19_783, "2024-03"),
        (10**9, "unknown"),
        (-(10**9), "unknown"),
    ],
)
def test_a_day_is_in_a_month(day: int, month: str) -> None:
    assert month_of(day) == month
