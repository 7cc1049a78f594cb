"""Inboxes: which files are taken, and what is said of the others."""

import gzip
import json

import pytest

from music_assets.landing.follow_inbox import land_follow_list
from music_assets.landing.inboxes import follow_files_left_out, plain, weekly_files_left_out
from music_assets.landing.weekly_inbox import changed_weeks, land_week, source_of
from music_assets.sandbox.weekly_figures import WeeklySimulator
from music_assets.schema.tables import SIMULATED
from music_assets.storage.blobs import Blob
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST, weekly_file
from music_assets.weeks import Week

WEEK = Week.from_key("2026-11-16")
WEEKS = [WEEK.key]
FILE = weekly_file(WEEK)
CONTENT = json.dumps({"songs": [{"song_id": "a", "weekly_data": {"week": 47}}]}).encode()


def blobs(*paths: str) -> list[Blob]:
    return [Blob(path, "1", 1) for path in paths]


def simulator() -> WeeklySimulator:
    return WeeklySimulator(["a"])


@pytest.mark.parametrize(
    "name",
    [
        "weekly_data_2026_W47.json",
        "weekly_data_2026-W47.JSON",
        "weekly_data_2026-47.json",
        "weekly_data_2026W47.json",
        "weekly_data_2026-W47 (1).json",
        "weekly_data_2026-W47.json.zip",
        "weekly_data_2026-W47.txt",
        "weekly_data_2026-11-16.json",
        "weekly_data_20261118.json",
        "figures of 2026 week 47.json",
        "weekly_data_2026-W47 (exported 2026-11-25).json",
        "2026-11-25 weekly_data_2026-W47.json",
        "weekly_data_W47-2026.json",
        "weekly_data_2026-KW47.json",
        "weekly_data_2026-W047.json",
        "weekly_data_2026\u2013W47.json",
        "weekly_data_\uff12\uff10\uff12\uff16-W\uff14\uff17.json",
        "2026-W47/figures.json",
        "2026/W47.json",
        "weekly_data_2026-W47.json/part-00000.json",
    ],
)
def test_a_week_is_not_simulated_while_its_file_lies_there_under_another_name(
    storage: FolderStorage, name: str
) -> None:
    storage.write(f"weekly-data/{name}", CONTENT)
    with pytest.raises(
        ValueError, match=r"is not simulated; rename it to weekly_data_2026-W47\.json"
    ):
        land_week(storage, WEEK, simulator)
    [said] = weekly_files_left_out(storage.list("weekly-data/"), WEEKS).values()
    assert "rename it to weekly_data_2026-W47.json" in said


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "weekly_data_2026-W46.txt",
        "README 2024.md",
        "weekly_data_2026 (47).json",
        "weekly_data_2026-W46 (exported 2026-11-18).json",
        "2026-W46/part-00047.json",
    ],
)
def test_a_file_that_means_another_week_or_none_holds_up_no_simulation(
    storage: FolderStorage, name: str
) -> None:
    storage.write(f"weekly-data/{name}", CONTENT)
    assert land_week(storage, WEEK, simulator).source == SIMULATED
    assert list(weekly_files_left_out(storage.list("weekly-data/"), WEEKS)) == [
        f"weekly-data/{name}"
    ]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_compressed_file_is_read_whatever_its_name(storage: FolderStorage, ending: str) -> None:
    storage.write(f"{FILE}{ending}", gzip.compress(CONTENT))
    assert land_week(storage, WEEK, simulator).rejects == []
    assert source_of(storage, WEEK) == f"{FILE}{ending}"


@pytest.mark.parametrize("cut", [3, 12, -4])
def test_a_compressed_file_that_was_cut_is_a_sentence(storage: FolderStorage, cut: int) -> None:
    storage.write(f"{FILE}.gz", gzip.compress(CONTENT)[:cut])
    with pytest.raises(ValueError, match=r"\.gz cannot be unpacked: .*put it there again"):
        land_week(storage, WEEK, simulator)


def test_a_compressed_follow_list_is_read(storage: FolderStorage) -> None:
    page = json.dumps({"items": [{"id": "a", "name": "A"}]}).encode()
    storage.write(f"{FOLLOW_LIST}.gz", gzip.compress(page))
    followed = land_follow_list(storage, "0123456789")[1]
    assert (followed.artists, followed.source) == (["a"], f"{FOLLOW_LIST}.gz")


def test_files_for_no_partition_and_second_files_of_a_week_are_named() -> None:
    other = weekly_file(Week.from_key("2020-01-06"))
    told = weekly_files_left_out(blobs(FILE, f"{FILE}.gz", other), WEEKS)
    assert set(told) == {f"{FILE}.gz", other}
    assert "remove one" in told[f"{FILE}.gz"]
    assert "MUSIC_FIRST_WEEK" in told[other]


def test_files_beside_the_follow_list_are_named_with_the_name_that_is_taken() -> None:
    copy = FOLLOW_LIST.replace(".json", " (1).json")
    assert follow_files_left_out(blobs(FOLLOW_LIST, copy)) == {
        copy: f"{copy} is left out; the follow list is called followed_artists_list.json, or "
        "followed_artists_list.json.gz."
    }
    assert follow_files_left_out(blobs(FOLLOW_LIST)) == {}


def test_what_is_not_compressed_stays_as_it_is() -> None:
    assert plain(CONTENT, "x") == CONTENT


def test_an_empty_file_is_named_and_a_compressed_one_beside_it_is_taken(
    storage: FolderStorage,
) -> None:
    storage.write(FILE, b"")
    assert weekly_files_left_out(storage.list("weekly-data/"), WEEKS) == {
        FILE: f"{FILE} is empty, so it waits."
    }
    storage.write(f"{FILE}.gz", gzip.compress(CONTENT))
    inbox = list(storage.list("weekly-data/"))
    assert set(weekly_files_left_out(inbox, WEEKS)) == {FILE}
    assert [blob.path for blob in changed_weeks(inbox, {}, WEEKS).values()] == [f"{FILE}.gz"]
    assert land_week(storage, WEEK, simulator).source == f"{FILE}.gz"


def test_an_empty_follow_list_does_not_hide_the_compressed_one_that_is_taken() -> None:
    empty, packed = Blob(FOLLOW_LIST, "1", 0), Blob(f"{FOLLOW_LIST}.gz", "1", 1)
    assert set(follow_files_left_out([empty, packed])) == {FOLLOW_LIST}
    assert follow_files_left_out([empty]) == {}
